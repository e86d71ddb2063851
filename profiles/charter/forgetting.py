"""Taking a person out of the committee's sealed rows, when the person's data are erased.

Who held a seat is the public record of a public body: it stays, with the passkeys that signed its ballots, which are
revoked (Regulation (EU) 2016/679, article 17(3)(b) and (d)). All else that names the person gets a pseudonym. Rows that
were edited by hand before are not sealed anew.
"""

import msgspec

from mdm.clock import Clock
from mdm.i18n import N_
from mdm.privacy.subject import Person
from mdm.store import Connection
from profiles.charter import passkey_store, seat_store
from profiles.charter.seals import Seals
from profiles.charter.seat_store import Holding

_SITS = N_("the person holds a seat of the committee, or is proposed for one")


class SeatEraser:
    """Implements `mdm.privacy.erasure.RoomEraser`."""

    def __init__(self, clock: Clock, seals: Seals) -> None:
        self._clock = clock
        self._seals = seals

    def check(self, conn: Connection, person: Person) -> str:
        """Return why the person is still needed; empty when the person has no seat now."""
        login = person.login
        if login is None:
            return ""
        now = self._clock.ms()
        for one in seat_store.holdings(conn, self._seals):
            if login in (one.holder, one.deputy) and (one.state == "proposed" or one.held_at(now)):
                return _SITS
        return ""

    def erase(self, conn: Connection, person: Person, pseudonym: str) -> int:
        """Take the person out of seats and passkeys; return how many rows."""
        seat_store.hold_seats(conn)
        changed = 0
        sat = False
        for one in seat_store.holdings(conn, self._seals):
            sat = sat or (person.login is not None and _was_confirmed(one) and person.login in (one.holder, one.deputy))
            after = _without(one, person, pseudonym)
            if after != one:
                seat_store.rename_in_holding(conn, after, self._seals)
                changed += 1
        if person.login is not None:
            changed += self._passkeys(conn, person.login, keep=sat)
        return changed

    def _passkeys(self, conn: Connection, login: str, *, keep: bool) -> int:
        changed = 0
        for one in [one for one in passkey_store.all_passkeys(conn, self._seals) if one.login == login]:
            if not keep:
                passkey_store.delete_passkey(conn, one)
                changed += 1
            elif one.revoked_at is None:
                passkey_store.revoke_passkey(conn, one, self._seals, now=self._clock.ms())
                changed += 1
        return changed


def _was_confirmed(one: Holding) -> bool:
    return one.position is not None


def _without(one: Holding, person: Person, pseudonym: str) -> Holding:
    changes: dict[str, str] = {}
    if person.name is not None:
        changes |= {
            column: pseudonym for column in ("proposed_by", "confirmed_by") if getattr(one, column) == person.name
        }
    if person.login is not None and not _was_confirmed(one):
        changes |= {column: pseudonym for column in ("holder", "deputy") if getattr(one, column) == person.login}
    return msgspec.structs.replace(one, **changes)
