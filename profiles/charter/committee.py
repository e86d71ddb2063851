"""The committee's seats: appointments are proposed by one person and hold once another, who sits there, confirmed them.

Nobody enters the committee, leaves it or is replaced on the word of one person, except that a holder may resign.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from mdm.clock import Clock
from mdm.errors import Words
from mdm.i18n import N_
from mdm.ids import new_id
from mdm.journal import Detail, Journal
from mdm.store import Connection, Database
from profiles.charter import seat_store
from profiles.charter.agreed import AgreedEditions
from profiles.charter.convention import Slug, Text
from profiles.charter.errors import CharterError
from profiles.charter.proposal import Moment
from profiles.charter.proposal_errors import NotYourSeat
from profiles.charter.seals import Seals
from profiles.charter.seat_errors import (
    BodyUnknown,
    HoldingDecided,
    HoldingUnknown,
    MayNotConfirm,
    NoAccount,
    SeatMalformed,
    SeatUnknown,
    TermOver,
)
from profiles.charter.seat_key_store import seat_keys_of
from profiles.charter.seat_store import Holding, HoldingState
from profiles.charter.texts import one_line

NOBODY = ""
"""The holder that a proposal to leave a seat empty names."""


class People(Protocol):
    """The accounts, as far as the committee needs them."""

    def can_sign_in(self, conn: Connection, login: str) -> bool:
        """Tell whether there is an account with this login that has not ended."""
        ...


class Appointment(msgspec.Struct, frozen=True, kw_only=True):
    """Who is to sit where. ``seat_id`` and ``body`` are short names, ``holder`` and ``deputy`` logins.

    ``reference``: the act that appoints; ``term_ends_at`` in milliseconds since the epoch.
    """

    seat_id: str
    body: str
    label: str
    holder: str
    deputy: str | None = None
    reference: str = ""
    term_ends_at: int | None = None


class _Facts(msgspec.Struct, frozen=True, kw_only=True):
    seat_id: Slug
    body: Slug
    label: Text
    term_ends_at: Moment | None


_FACT_NAMES = {
    "seat_id": N_("its short name"),
    "body": N_("its body"),
    "label": N_("its name"),
    "term_ends_at": N_("the end of its term"),
}
_FACT_WORDS = {
    "seat_id": N_("a short name has 2 to 40 small letters, digits and dashes, and begins with a letter"),
    "body": N_("a short name has 2 to 40 small letters, digits and dashes, and begins with a letter"),
    "label": N_("1 to 200 characters are needed"),
    "term_ends_at": N_("its date is not one"),
}


class Committee:
    """Fills and empties seats. Persons are given by their logins."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        seals: Seals,
        agreed: AgreedEditions,
        people: People,
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._seals = seals
        self._agreed = agreed
        self._people = people

    async def seats(self) -> list[Holding]:
        """Return how seats are held now, and the appointments that wait, by body and seat."""
        now = self._clock.ms()
        known = await self.history()
        return [one for one in known if one.held_at(now) or one.state == "proposed"]

    async def history(self) -> list[Holding]:
        """Return every time that a seat was held or was to be, by body and seat."""
        return await self._database.read(lambda conn: seat_store.holdings(conn, self._seals))

    async def objections(self, login: str) -> dict[str, str]:
        """Return, by each appointment that waits, why a person may not confirm it; empty where he may."""
        return await self._database.read(lambda conn: self.objections_in(conn, login))

    def objections_in(self, conn: Connection, login: str) -> dict[str, str]:
        """Do what `objections` does, inside the caller's transaction; the reasons are gettext texts."""
        waiting = [one for one in seat_store.holdings(conn, self._seals) if one.state == "proposed"]
        return {one.holding_id: self._why_not(conn, one, login) or "" for one in waiting}

    async def edited(self) -> list[str]:
        """Return the rows of seats that were edited by hand, which count for nothing."""
        return await self._database.read(lambda conn: seat_store.edited_holdings(conn, self._seals))

    async def require_accounts(self, holdings: Sequence[Holding]) -> None:
        """Check that everybody who is to sit can sign in, before a charter is founded; raise `NoAccount`."""

        def work(conn: Connection) -> None:
            for one in holdings:
                self._require_people(conn, one.holder, one.deputy)

        await self._database.read(work)

    async def appoint(self, appointment: Appointment, *, login: str) -> Holding:
        """Propose who holds a seat, a new one or one that is held; it takes the place of what was proposed for it.

        Raises `SeatMalformed`, `BodyUnknown`, `NoAccount`, `TermOver` or `NoCharter`.
        """
        holding_id = new_id(self._clock)
        return await self._database.write(lambda conn: self._appoint(conn, holding_id, appointment, login))

    async def change_deputy(self, seat_id: str, deputy: str | None, *, login: str) -> Holding:
        """Propose another deputy for a seat that is held, or none. Raises `SeatUnknown`, and as `appoint` does."""
        holding_id = new_id(self._clock)

        def work(conn: Connection) -> Holding:
            seat_store.hold_seats(conn)
            held = self._require_held(conn, seat_id)
            return self._appoint(conn, holding_id, _again(held, deputy), login)

        return await self._database.write(work)

    async def resign(self, seat_id: str, *, login: str) -> Holding:
        """Give up a seat that one holds, at once. Raises `SeatUnknown` or `NotYourSeat`."""

        def work(conn: Connection) -> Holding:
            seat_store.hold_seats(conn)
            held = self._require_held(conn, seat_id)
            if held.holder != login:
                raise NotYourSeat(seat=seat_id)
            return self._vacate(conn, held, self._moment(conn, seat_id), actor=f"account:{login}")

        return await self._database.write(work)

    async def end(self, seat_id: str, *, login: str) -> Holding:
        """Propose to leave a seat empty, which needs the same confirmation. Raises `SeatUnknown`."""
        holding_id = new_id(self._clock)
        return await self._database.write(lambda conn: self._end(conn, holding_id, seat_id, login))

    async def confirm(self, holding_id: str, *, login: str) -> Holding:
        """Confirm what was proposed for a seat; whoever held it until then holds it no more from the same moment.

        Raises `HoldingUnknown`, `HoldingDecided`, `MayNotConfirm`, `BodyUnknown` or `TermOver`.
        """
        return await self._database.write(lambda conn: self._confirm(conn, holding_id, login))

    async def refuse(self, holding_id: str, *, login: str) -> Holding:
        """Refuse what was proposed for a seat. Its proposer may take it back, the persons it names may decline.

        Raises `HoldingUnknown`, `HoldingDecided` or `MayNotConfirm`.
        """
        return await self._database.write(lambda conn: self._refuse(conn, holding_id, login))

    async def suspend_for(self, login: str, *, actor: str) -> list[Holding]:
        """Do what `suspend_in` does, in a transaction of its own."""
        return await self._database.write(lambda conn: self.suspend_in(conn, login, actor=actor))

    def suspend_in(self, conn: Connection, login: str, *, actor: str) -> list[Holding]:
        """Have a person's seats confirmed again, since somebody else gave the account a new password or took its keys.

        A seat that the person holds is empty until then; one that he deputises for goes on without a deputy. Returns
        what waits to be confirmed. ``actor``: who did it, such as ``account:anne``.
        """
        seat_store.hold_seats(conn)
        held = seat_store.holdings_of_person(conn, login, self._clock.ms(), self._seals)
        return [self._suspend(conn, one, login, actor) for one in held]

    def _appoint(self, conn: Connection, holding_id: str, wanted: Appointment, login: str) -> Holding:
        seat_store.hold_seats(conn)
        wanted = _checked(wanted)
        self._require_body(conn, wanted.body)
        self._require_people(conn, wanted.holder, wanted.deputy)
        if wanted.term_ends_at is not None and wanted.term_ends_at <= self._clock.ms():
            raise TermOver
        self._set_aside(conn, wanted.seat_id)
        return self._propose(conn, holding_id, wanted, actor=f"account:{login}")

    def _end(self, conn: Connection, holding_id: str, seat_id: str, login: str) -> Holding:
        seat_store.hold_seats(conn)
        held = self._require_held(conn, seat_id)
        self._set_aside(conn, seat_id)
        vacancy = msgspec.structs.replace(_again(held, None), holder=NOBODY, term_ends_at=None)
        return self._propose(conn, holding_id, vacancy, actor=f"account:{login}")

    def _confirm(self, conn: Connection, holding_id: str, login: str) -> Holding:
        seat_store.hold_seats(conn)
        wanted = self._require_proposed(conn, holding_id)
        reason = self._why_not(conn, wanted, login)
        if reason is not None:
            raise MayNotConfirm(reason=Words(reason))
        moment, actor = self._moment(conn, wanted.seat_id), f"account:{login}"
        if wanted.holder != NOBODY:
            self._require_body(conn, wanted.body)
        if wanted.term_ends_at is not None and wanted.term_ends_at <= moment:
            raise TermOver
        for one in seat_store.holdings(conn, self._seals):
            if one.seat_id == wanted.seat_id and one.state == "confirmed":
                self._vacate(conn, one, moment, actor=actor)
        if wanted.holder == NOBODY:
            done = self._decide(conn, wanted, "ended", actor)
        else:
            done = self._decide(conn, wanted, "confirmed", actor, since=moment)
        self._set_aside(conn, wanted.seat_id)
        return done

    def _refuse(self, conn: Connection, holding_id: str, login: str) -> Holding:
        seat_store.hold_seats(conn)
        wanted = self._require_proposed(conn, holding_id)
        concerned = wanted.proposed_by == f"account:{login}" or login in (wanted.holder, wanted.deputy)
        reason = None if concerned else self._why_not(conn, wanted, login)
        if reason is not None:
            raise MayNotConfirm(reason=Words(reason))
        return self._decide(conn, wanted, "refused", f"account:{login}")

    def _why_not(self, conn: Connection, wanted: Holding, login: str) -> str | None:
        """Return why a person may not confirm; None when he may.

        Those of the same body confirm, where somebody else of it can; otherwise anybody who holds a seat.
        """
        if wanted.proposed_by == f"account:{login}":
            return N_("you proposed it")
        if login in (wanted.holder, wanted.deputy):
            return N_("it concerns you")
        able = [
            one
            for one in seat_store.holdings_at(conn, self._clock.ms(), self._seals)
            if one.seat_id != wanted.seat_id
            and one.holder not in (wanted.holder, wanted.deputy)
            and wanted.proposed_by != f"account:{one.holder}"
        ]
        if login not in {one.holder for one in able}:
            return N_("you hold no seat that has a say in it")
        same = {one.holder for one in able if one.body == wanted.body}
        if same and login not in same:
            return N_("the others of the same body decide it")
        return None

    def _suspend(self, conn: Connection, held: Holding, login: str, actor: str) -> Holding:
        moment = self._moment(conn, held.seat_id)
        if login == held.holder:
            self._vacate(conn, held, moment, actor=actor)
        elif held.state == "confirmed":
            self._go_on_alone(conn, held, moment, actor)
        return self._propose(conn, new_id(self._clock), _again(held, held.deputy), actor=actor)

    def _propose(self, conn: Connection, holding_id: str, wanted: Appointment, *, actor: str) -> Holding:
        holding = Holding(
            holding_id=holding_id,
            **msgspec.structs.asdict(wanted),
            proposed_at=self._clock.ms(),
            proposed_by=actor,
        )
        seat_store.insert_holding(conn, holding, self._seals)
        kind = "seat_vacancy_proposed" if wanted.holder == NOBODY else "seat_appointment_proposed"
        self._record(conn, kind, holding, actor)
        return holding

    def _decide(
        self, conn: Connection, wanted: Holding, state: HoldingState, actor: str, *, since: int | None = None
    ) -> Holding:
        decided = msgspec.structs.replace(wanted, state=state, since=since, confirmed_by=actor)
        seat_store.replace_holding(conn, decided, self._seals)
        kind = "seat_appointment_refused" if state == "refused" else "seat_appointment_confirmed"
        self._record(conn, kind, decided, actor)
        return seat_store.holding_by_id(conn, wanted.holding_id, self._seals) or decided

    def _vacate(self, conn: Connection, held: Holding, moment: int, *, actor: str) -> Holding:
        # An end that waits for its moment, since the clock jumped back, is not put off.
        until = moment if held.until is None else min(moment, held.until)
        ended = msgspec.structs.replace(held, state="ended", until=until)
        seat_store.replace_holding(conn, ended, self._seals)
        self._record(conn, "seat_ended", ended, actor)
        return ended

    def _go_on_alone(self, conn: Connection, held: Holding, moment: int, actor: str) -> None:
        """Let a seat go on without its deputy. What the deputy signed until then stays: editions tell of the key."""
        ended = msgspec.structs.replace(held, state="ended", until=moment)
        seat_store.replace_holding(conn, ended, self._seals)
        alone = msgspec.structs.replace(
            held, holding_id=new_id(self._clock), deputy=None, since=moment, until=None, position=None
        )
        seat_store.insert_holding(conn, alone, self._seals)
        self._record(conn, "seat_deputy_suspended", held, actor)

    def _set_aside(self, conn: Connection, seat_id: str) -> None:
        """Let nothing that was proposed for a seat earlier wait any more."""
        for one in seat_store.holdings(conn, self._seals):
            if one.seat_id == seat_id and one.state == "proposed":
                seat_store.replace_holding(conn, msgspec.structs.replace(one, state="refused"), self._seals)

    def _moment(self, conn: Connection, seat_id: str) -> int:
        """Return when a change of a seat takes effect: now, but after all that editions and votes say of the past."""
        known = seat_store.holdings(conn, self._seals)
        changes = [moment for one in known for moment in (one.since, one.until) if moment is not None]
        head = self._agreed.head(conn).made_at
        keys = [one.since + 1 for one in seat_keys_of(conn, self._seals) if one.seat == seat_id]
        return max([self._clock.ms(), head, seat_store.newest_opening(conn) + 1, *changes, *keys])

    def _require_held(self, conn: Connection, seat_id: str) -> Holding:
        held = seat_store.holding_of(conn, seat_id, self._clock.ms(), self._seals)
        if held is None:
            raise SeatUnknown(seat=seat_id[:80])
        return held

    def _require_body(self, conn: Connection, body: str) -> None:
        bodies = [one.body for one in self._agreed.head(conn).state.convention.bodies]
        if body not in bodies:
            raise BodyUnknown(body=body, known=", ".join(bodies))

    def _require_people(self, conn: Connection, holder: str, deputy: str | None) -> None:
        for person in (holder, deputy):
            if person is not None and not self._people.can_sign_in(conn, person):
                raise NoAccount(login=person[:80])

    def _require_proposed(self, conn: Connection, holding_id: str) -> Holding:
        wanted = seat_store.holding_by_id(conn, holding_id, self._seals)
        if wanted is None:
            raise HoldingUnknown(holding=holding_id[:80])
        if wanted.state != "proposed":
            raise HoldingDecided
        return wanted

    def _record(self, conn: Connection, kind: str, holding: Holding, actor: str) -> None:
        detail: Detail = {
            "holding": holding.holding_id,
            "body": holding.body,
            "holder": f"account:{holding.holder}" if holding.holder else "",
            "deputy": f"account:{holding.deputy}" if holding.deputy else "",
        }
        self._journal.record(conn, kind, actor=actor, subject=f"seat:{holding.seat_id}", detail=detail)
        conn.publish("committee", holding.seat_id)


def _again(held: Holding, deputy: str | None) -> Appointment:
    """Return the appointment that a holding came from, with a deputy."""
    return Appointment(
        seat_id=held.seat_id,
        body=held.body,
        label=held.label,
        holder=held.holder,
        deputy=deputy,
        reference=held.reference,
        term_ends_at=held.term_ends_at,
    )


def _checked(wanted: Appointment) -> Appointment:
    """Return an appointment with its texts cleaned; raise `SeatMalformed`."""
    try:
        label, reference = one_line(wanted.label), one_line(wanted.reference)
    except CharterError as error:
        raise SeatMalformed(where=Words(_FACT_NAMES["label"]), reason=error.params["reason"]) from error
    facts = {"seat_id": wanted.seat_id, "body": wanted.body, "label": label, "term_ends_at": wanted.term_ends_at}
    try:
        msgspec.convert(facts, _Facts, strict=True)
    except msgspec.ValidationError as error:
        where = str(error).rpartition("$.")[2].rstrip("`")
        where = where if where in _FACT_NAMES else "label"
        raise SeatMalformed(where=Words(_FACT_NAMES[where]), reason=Words(_FACT_WORDS[where])) from error
    if not wanted.holder:
        raise SeatMalformed(where=Words(N_("who holds it")), reason=Words(N_("nobody is named")))
    if wanted.holder == wanted.deputy:
        raise SeatMalformed(where=Words(N_("the deputy")), reason=Words(N_("nobody is his own deputy")))
    return msgspec.structs.replace(wanted, label=label, reference=reference)
