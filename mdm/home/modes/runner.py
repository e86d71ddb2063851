"""Brings tablets to their modes when the time has come. The schedule is in the store: a restart loses nothing.

One server process of all those on a database does it. What is due is taken in small transactions, so that reports of
tablets go on between them.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import msgspec
import structlog

from mdm.clock import Clock, to_ms
from mdm.commands.convergence import Convergence
from mdm.errors import ValiseError
from mdm.home.class_mode import class_mode_store
from mdm.home.class_mode.finding import withdraw_late
from mdm.home.modes import mode_store, stricter_store
from mdm.home.modes.mode import Mode
from mdm.home.modes.mode_store import ModeRow
from mdm.home.modes.modes import ModeReader, TabletMode
from mdm.home.modes.spread import FOCUS_MS, HOME_MS, after
from mdm.journal import Journal
from mdm.rounds import Rounds, change_or_time
from mdm.store import Connection, Database

log = structlog.get_logger()

_PERIOD_SECONDS = 2.0
_AT_ONCE = 50
_SWEEP_MS = 60_000
_SWEPT_AT_ONCE = 1000
_PUT_OFF_MS = 10 * 60_000


class ModeRunner:
    """A service that runs in one server process of all those on a database."""

    def __init__(
        self, database: Database, clock: Clock, journal: Journal, reader: ModeReader, convergence: Convergence
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._reader = reader
        self._convergence = convergence
        self._swept_at = 0
        self._rounds = Rounds(
            database, "modes", self.run_once, pause=partial(change_or_time, database, "modes", _PERIOD_SECONDS)
        )

    async def start(self) -> None:
        """Begin."""
        await self._rounds.start()

    async def stop(self) -> None:
        """End; what was begun is finished or undone whole."""
        await self._rounds.stop()

    async def run_once(self) -> int:
        """Bring every tablet to its mode whose time has come; return how many were looked at."""
        await self._database.write(self._end_class_modes)
        if self._clock.ms() - self._swept_at >= _SWEEP_MS:
            await self._sweep()
        looked = 0
        while due := await self._database.read(
            lambda conn: mode_store.due_tablets(conn, now=self._clock.ms(), limit=_AT_ONCE)
        ):
            await self._bring(due)
            looked += len(due)
        return looked

    async def _bring(self, tablets: Sequence[str]) -> None:
        try:
            await self._database.write(partial(self._change, tablets=tablets))
        except ValiseError as error:
            # One of them cannot be brought there (a secret that the edition names is missing): the others can.
            log.warning("modes_not_changed", code=error.code, tablets=len(tablets))
            for tablet_id in tablets:
                await self._bring_one(tablet_id)

    async def _bring_one(self, tablet_id: str) -> None:
        with suppress(ValiseError):
            await self._database.write(partial(self._change, tablets=[tablet_id]))
            return
        later = self._clock.ms() + _PUT_OFF_MS
        await self._database.write(lambda conn: mode_store.put_off(conn, tablet_id, until=later))

    def _change(self, conn: Connection, *, tablets: Sequence[str]) -> None:
        before = mode_store.mode_rows(conn, tablets)
        found = self._reader.modes_of(conn, tablets)
        rows = [self._row(one, before.get(one.tablet_id)) for one in found]
        plain = [row.tablet_id for row in rows if row.mode is Mode.SCHOOL and row.due_at is None]
        mode_store.save_modes(conn, [row for row in rows if row.tablet_id not in set(plain)])
        mode_store.forget_modes(conn, plain)
        # A tablet that came back from its loan follows nothing but the school again, and no guardian.
        stricter_store.forget_rules(conn, plain)
        # Rules may have changed within a mode, so that each is looked at; equal targets lead to no step.
        self._convergence.advance_many(conn, [(one.tablet_id, one.platform) for one in found])
        for one, row in zip(found, rows, strict=True):
            earlier = before.get(one.tablet_id)
            if earlier is None or _rules(earlier) != _rules(row):
                conn.publish("tablet", one.tablet_id)

    def _row(self, one: TabletMode, before: ModeRow | None) -> ModeRow:
        until, next_at = (to_ms(at) if at is not None else None for at in (one.moded.until, one.moded.next_at))
        spread = FOCUS_MS if one.moded.mode is Mode.FOCUS else HOME_MS
        key = one.class_mode_id or one.tablet_id
        row = ModeRow(
            tablet_id=one.tablet_id,
            mode=one.moded.mode,
            usable=one.moded.usable,
            why=one.moded.why,
            class_mode_id=one.class_mode_id,
            since_at=self._clock.ms(),
            until_at=until,
            due_at=next_at + after(key, spread) if next_at is not None else None,
        )
        if before is not None and _rules(before) == _rules(row):
            return msgspec.structs.replace(row, since_at=before.since_at)
        return row

    def _end_class_modes(self, conn: Connection) -> None:
        """End the class modes whose time is over, those of kits without any tablet too."""
        for one in class_mode_store.overdue(conn, now=self._clock.ms()):
            class_mode_store.end(conn, one.class_mode_id, at=one.until_at, actor="system")
            detail = {"kit": one.kit_id, "id": one.class_mode_id}
            self._journal.record(conn, "class_mode_ended", actor="system", subject=f"kit:{one.kit_id}", detail=detail)
            conn.publish("kit", one.kit_id)
        withdraw_late(conn, now=self._clock.ms())

    async def _sweep(self) -> None:
        """Find what nobody asked to look at: a tablet declared lost, one lent by hand, a calendar that changed."""
        self._swept_at = self._clock.ms()
        now = self._swept_at
        strays = await self._database.read(lambda conn: mode_store.stray_tablets(conn, limit=_SWEPT_AT_ONCE))
        if strays:
            await self._database.write(lambda conn: mode_store.hasten(conn, strays, now=now))
        as_of, seen = await self._database.read(
            lambda conn: (mode_store.rules_as_of(conn), mode_store.rules_seen(conn))
        )
        if as_of != seen:
            await self._look_at_all(now)
            await self._database.write(lambda conn: mode_store.note_rules_seen(conn, as_of))

    async def _look_at_all(self, now: int) -> None:
        last = ""
        while found := await self._database.read(partial(mode_store.tablets_at_home, after=last, limit=_SWEPT_AT_ONCE)):
            due = {one: now + after(one, HOME_MS) for one in found}
            await self._database.write(partial(mode_store.set_due, due=due))
            last = found[-1]
            await asyncio.sleep(0)


def _rules(row: ModeRow) -> tuple[Mode, bool, str | None]:
    return row.mode, row.usable, row.class_mode_id
