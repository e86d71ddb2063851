"""Reads what decides tablets' modes, and lets guardians be stricter than the charter."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from mdm.clock import Clock, from_ms
from mdm.fleet.tablet_store import require_tablet
from mdm.home.calendar.calendars import CalendarBook, calendar_book
from mdm.home.modes import mode_store, stricter_store
from mdm.home.modes.errors import NotOnLoan
from mdm.home.modes.hours import HomeHours
from mdm.home.modes.loans import Loans
from mdm.home.modes.mode import Moded
from mdm.home.modes.mode_at import Facts, mode_at
from mdm.home.modes.mode_store import FactRow
from mdm.home.modes.stricter import StricterRules, stricter_rules
from mdm.journal import Journal
from mdm.store import Connection, Database

_REMEMBERED_MS = 60_000

RulesGiven = Callable[[Connection, str, StricterRules, StricterRules, str], None]
"""Is told of a guardian's rules: the tablet, the rules before, those that hold now, and who gave them."""


class HomeRules(Protocol):
    """Knows the hours of use at home that a kit's edition agreed."""

    def home_hours(self, conn: Connection, kit_id: str) -> HomeHours:
        """Return the hours; those without any limit where the edition says nothing."""
        ...


class TabletMode(msgspec.Struct, frozen=True, kw_only=True):
    """A tablet's mode now. ``class_mode_id``: the class mode that it is in."""

    tablet_id: str
    platform: str
    moded: Moded
    class_mode_id: str | None = None


class ModeReader:
    """Decides modes from the store; calendars are read again when they, or the editions, have changed."""

    def __init__(self, clock: Clock, rules: HomeRules, loans: Loans) -> None:
        self._clock = clock
        self._rules = rules
        self._loans = loans
        self._book: tuple[str, CalendarBook] | None = None
        self._hours: dict[str, HomeHours] = {}
        self._hours_at = 0

    def modes_of(self, conn: Connection, tablet_ids: Sequence[str]) -> list[TabletMode]:
        """Return the modes of tablets now, in their order; unknown ones are left out."""
        facts = mode_store.facts_of(conn, tablet_ids)
        loans = self._loans.on_loan(conn, [one.tablet_id for one in facts])
        book = self._calendars(conn)
        found = []
        for one in facts:
            on_loan = one.tablet_id in loans
            known = self._facts(conn, one, book, on_loan=on_loan)
            moded = mode_at(known, self._clock.now())
            focus = one.focus if moded.mode == "focus" else None
            found.append(
                TabletMode(
                    tablet_id=one.tablet_id,
                    platform=one.platform,
                    moded=moded,
                    class_mode_id=focus.class_mode_id if focus is not None else None,
                )
            )
        return found

    def _facts(
        self,
        conn: Connection,
        row: FactRow,
        book: CalendarBook,
        *,
        on_loan: bool,
    ) -> Facts:
        agreed = (self._home_hours(conn, row.kit_id),) if on_loan and row.kit_id else ()
        taken = stricter_store.taken_away(conn, row.tablet_id).hours if on_loan and row.stricter else ()
        return Facts(
            calendar=book.of_school(row.uai),
            lost=row.state == "lost",
            focus_until=from_ms(row.focus.until) if row.focus is not None else None,
            on_loan=on_loan,
            seen_at_school=row.seen_at_school,
            hours=(*agreed, *taken),
        )

    def _home_hours(self, conn: Connection, kit_id: str) -> HomeHours:
        """Return the hours that a kit's edition agreed; pilots begin and end by the clock, so not remembered long."""
        if self._clock.ms() - self._hours_at >= _REMEMBERED_MS:
            self._hours, self._hours_at = {}, self._clock.ms()
        if kit_id not in self._hours:
            self._hours[kit_id] = self._rules.home_hours(conn, kit_id)
        return self._hours[kit_id]

    def _calendars(self, conn: Connection) -> CalendarBook:
        as_of = mode_store.rules_as_of(conn)
        if self._book is None or self._book[0] != as_of:
            self._book, self._hours = (as_of, calendar_book(conn)), {}
        return self._book[1]


class StricterBook:
    """Takes in what guardians take away, and shows it; who may is decided by the caller. Changes are journalled.

    ``after`` is told, in the transaction of a change, the tablet, the guardian's rules before and now, and who did it.
    """

    def __init__(
        self, database: Database, clock: Clock, journal: Journal, loans: Loans, *, after: RulesGiven | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._loans = loans
        self._after = after

    async def show(self, tablet_id: str) -> Mapping[str, StricterRules]:
        """Return each guardian's rules for a tablet, by account."""
        return await self._database.read(lambda conn: stricter_store.rules_by_guardian(conn, tablet_id))

    async def give(self, tablet_id: str, fields: Mapping[str, Any], *, actor: str) -> StricterRules:
        """Let a guardian's rules hold, in the place of that guardian's earlier ones; empty ones take nothing away.

        Raises `StricterInvalid`, `NotOnLoan` or `TabletUnknown`. Whatever they say, nothing more is allowed by them.
        """
        rules = stricter_rules(fields)

        def give(conn: Connection) -> None:
            require_tablet(conn, tablet_id)
            if tablet_id not in self._loans.on_loan(conn, [tablet_id]):
                raise NotOnLoan
            now = self._clock.ms()
            before = stricter_store.rules_by_guardian(conn, tablet_id).get(actor, StricterRules())
            stricter_store.save_rules(conn, tablet_id, rules, actor=actor, now=now)
            mode_store.hasten(conn, [tablet_id], now=now)
            kind = "stricter_rules_given" if rules != StricterRules() else "stricter_rules_lifted"
            self._journal.record(conn, kind, actor=actor, subject=f"tablet:{tablet_id}")
            if self._after is not None:
                self._after(conn, tablet_id, before, rules, actor)

        await self._database.write(give)
        return rules
