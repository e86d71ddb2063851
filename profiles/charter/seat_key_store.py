"""Which passkeys stood for which seats, read from both stores. Rows that were edited by hand count for nothing."""

from collections.abc import Iterator

from mdm.store import Connection
from profiles.charter import passkey_store, seat_store
from profiles.charter.passkey_store import MemberPasskey
from profiles.charter.record import SeatKey
from profiles.charter.seals import Seals
from profiles.charter.seat_store import Holding


def seat_keys_of(conn: Connection, seals: Seals) -> tuple[SeatKey, ...]:
    """Return every key that ever stood for a seat, as editions record them, the oldest first.

    The passkeys of a seat's holder and deputy stand for it while they hold it and until they are revoked.
    """
    by_login: dict[str, list[MemberPasskey]] = {}
    for passkey in passkey_store.all_passkeys(conn, seals):
        by_login.setdefault(passkey.login, []).append(passkey)
    found: dict[tuple[int, str, str], SeatKey] = {}
    for held in seat_store.holdings(conn, seals):
        for one in _keys_while(held, by_login):
            name = (one.since, one.seat, one.fingerprint)
            # Somebody may have registered one key twice: it stands as long as one of the two does.
            if name not in found or _ends_after(one, found[name]):
                found[name] = one
    return tuple(found[name] for name in sorted(found))


def _keys_while(held: Holding, by_login: dict[str, list[MemberPasskey]]) -> Iterator[SeatKey]:
    if held.position is None or held.since is None or held.state not in ("confirmed", "ended"):
        return
    for login in (held.holder, held.deputy or ""):
        for passkey in by_login.get(login, ()):
            since = max(held.since, passkey.created_at)
            ends = [end for end in (held.until, held.term_ends_at, passkey.revoked_at) if end is not None]
            until = min(ends) if ends else None
            if until is None or since < until:
                yield SeatKey(seat=held.seat_id, fingerprint=passkey.fingerprint, since=since, until=until)


def _ends_after(one: SeatKey, other: SeatKey) -> bool:
    return other.until is not None and (one.until is None or other.until < one.until)
