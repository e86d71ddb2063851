"""The class mode of kits: what can be opened, start, stop, and how far each tablet is; starts and stops are journalled.

It goes by the target where it is a state, so that a tablet that slept at the start follows while it lasts and one that
sleeps past the end gets nothing; and by an order where it happens once.
"""

from collections import Counter
from datetime import datetime

import msgspec

from mdm.clock import Clock, to_ms
from mdm.errors import Words
from mdm.fleet.kit import Kit
from mdm.fleet.kit_store import require_kit
from mdm.home.calendar.calendars import calendar_book
from mdm.home.calendar.class_time import SchoolCalendar
from mdm.home.class_mode import class_mode_store, orders
from mdm.home.class_mode.agreed import Agreed, AgreedThings
from mdm.home.class_mode.capability import Capability, Does, capability
from mdm.home.class_mode.class_mode_store import ClassModeRow, KitTablet
from mdm.home.class_mode.errors import NobodyCan, NotAgreed, NothingAgreed
from mdm.home.class_mode.focus import Focus, Kind, checked_end, default_end, latest_end
from mdm.home.class_mode.view import ClassModeView, ExpectedTargets, SlotReader, is_agreed
from mdm.home.modes import mode_store
from mdm.home.modes.loans import Loans
from mdm.ids import new_id
from mdm.journal import Detail, Journal
from mdm.store import Connection, Database


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that may be asked of a kit. ``can``: how far tablets do it, each with how many they are."""

    kind: Kind
    what: str
    name: str
    can: tuple[tuple[Capability, int], ...]

    @property
    def possible(self) -> bool:
        """Tell whether any tablet can do it."""
        return any(one.does is not Does.CANNOT for one, _ in self.can)


class WhatCan(msgspec.Struct, frozen=True, kw_only=True):
    """All that may be asked of a kit now; ends in milliseconds."""

    kit_id: str
    choices: tuple[Choice, ...]
    usual_end: int
    latest_end: int


class ClassMode:
    """Starts and stops class modes. ``push`` is how agents listen (``polling``, or by MQTT)."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        agreed: AgreedThings,
        targets: ExpectedTargets,
        loans: Loans,
        *,
        push: str = "polling",
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._agreed = agreed
        self._loans = loans
        self._slots = SlotReader(targets, told_at_once=push == "polling")

    async def what_can(self, kit_id: str) -> WhatCan:
        """Return what may be asked of a kit, apps first, then pages, then the screens; raise `KitUnknown`."""
        return await self._database.read(lambda conn: self._what_can(conn, kit_id))

    async def now(self, kit_id: str) -> ClassModeView:
        """Return the class mode of a kit and how far each place is; raise `KitUnknown`."""
        return await self._database.read(lambda conn: self._view(conn, require_kit(conn, kit_id)))

    async def start(self, kit_id: str, focus: Focus, until: datetime | None = None, *, actor: str) -> ClassModeView:
        """Ask something of all the tablets of a kit that are in it, in the place of what was asked before.

        Raises `KitUnknown`, `NothingAgreed`, `NotAgreed`, `NobodyCan`, `UntilPassed` or `UntilTooLate`.
        """
        await self._database.write(lambda conn: self._start(conn, kit_id, focus, until, actor))
        return await self.now(kit_id)

    async def stop(self, kit_id: str, *, actor: str) -> ClassModeView:
        """Let the tablets of a kit go back to normal; one that has no class mode stays so. Raises `KitUnknown`."""
        await self._database.write(lambda conn: self._stop(conn, require_kit(conn, kit_id), actor))
        return await self.now(kit_id)

    def _what_can(self, conn: Connection, kit_id: str) -> WhatCan:
        kit = require_kit(conn, kit_id)
        agreed = self._agreed.of_kit(conn, kit_id, kit.platform.value)
        tablets = self._in_kit(conn, kit_id)
        calendar, now = self._calendar(conn, kit), self._clock.now()
        return WhatCan(
            kit_id=kit_id,
            choices=tuple(
                Choice(kind=focus.kind, what=focus.what, name=name, can=self._can(focus, agreed, tablets))
                for focus, name in _asked_of(agreed)
            )
            if agreed is not None
            else (),
            usual_end=to_ms(default_end(calendar, now)),
            latest_end=to_ms(latest_end(calendar, now)),
        )

    def _can(self, focus: Focus, agreed: Agreed, tablets: list[KitTablet]) -> tuple[tuple[Capability, int], ...]:
        found = Counter(capability(focus, agreed, self._slots.able(one)) for one in tablets)
        return tuple(found.most_common())

    def _start(self, conn: Connection, kit_id: str, focus: Focus, until: datetime | None, actor: str) -> None:
        kit = require_kit(conn, kit_id)
        agreed = self._agreed.of_kit(conn, kit_id, kit.platform.value)
        if agreed is None:
            raise NothingAgreed
        if not is_agreed(focus, agreed):
            raise NotAgreed
        tablets = self._in_kit(conn, kit_id)
        can = {one.number: capability(focus, agreed, self._slots.able(one)) for one in tablets}
        if tablets and all(one.does is Does.CANNOT for one in can.values()):
            raise NobodyCan(why=Words(can[tablets[0].number].words))
        end = checked_end(self._calendar(conn, kit), self._clock.now(), until)
        now = self._clock.ms()
        before = class_mode_store.running(conn, kit_id)
        if before is not None:
            class_mode_store.end(conn, before.class_mode_id, at=now, actor=actor)
        row = ClassModeRow(
            class_mode_id=new_id(self._clock),
            kit_id=kit_id,
            kind=focus.kind,
            what=focus.what if focus.kind != "lock" else "",
            started_at=now,
            started_by=actor,
            until_at=to_ms(end),
        )
        class_mode_store.begin(conn, row)
        once = [one.tablet_id for one in tablets if one.tablet_id and can[one.number].does is Does.ONCE]
        if once:
            orders.darken(conn, row.class_mode_id, once, actor=actor, now=now)
        self._hasten(conn, tablets, now)
        detail: Detail = {"id": row.class_mode_id, "kind": row.kind, "what": row.what, "until": row.until_at}
        self._journal.record(conn, "class_mode_started", actor=actor, subject=f"kit:{kit_id}", detail=detail)
        conn.publish("kit", kit_id)

    def _stop(self, conn: Connection, kit: Kit, actor: str) -> None:
        running = class_mode_store.running(conn, kit.kit_id)
        if running is None:
            return
        now = self._clock.ms()
        class_mode_store.end(conn, running.class_mode_id, at=now, actor=actor)
        self._hasten(conn, class_mode_store.kit_tablets(conn, kit.kit_id), now)
        detail = {"id": running.class_mode_id}
        self._journal.record(conn, "class_mode_stopped", actor=actor, subject=f"kit:{kit.kit_id}", detail=detail)
        conn.publish("kit", kit.kit_id)

    def _view(self, conn: Connection, kit: Kit) -> ClassModeView:
        row = class_mode_store.running(conn, kit.kit_id)
        running = row if row is not None and row.until_at > self._clock.ms() else None
        agreed = self._agreed.of_kit(conn, kit.kit_id, kit.platform.value) if running is not None else None
        return ClassModeView(
            kit_id=kit.kit_id,
            running=running,
            slots=tuple(
                self._slots.read(conn, one, running, agreed) for one in class_mode_store.kit_tablets(conn, kit.kit_id)
            ),
            latest_end=to_ms(latest_end(self._calendar(conn, kit), self._clock.now())),
        )

    def _in_kit(self, conn: Connection, kit_id: str) -> list[KitTablet]:
        """Return the tablets that are in the kit, at school: none that is on loan or declared lost."""
        tablets = [one for one in class_mode_store.kit_tablets(conn, kit_id) if one.tablet_id is not None]
        loans = self._loans.on_loan(conn, [one.tablet_id for one in tablets if one.tablet_id is not None])
        return [one for one in tablets if one.tablet_id not in loans and one.state not in ("lost", "new")]

    def _hasten(self, conn: Connection, tablets: list[KitTablet], now: int) -> None:
        mode_store.hasten(conn, [one.tablet_id for one in tablets if one.tablet_id is not None], now=now)

    def _calendar(self, conn: Connection, kit: Kit) -> SchoolCalendar:
        return calendar_book(conn).of_school(kit.uai)


def _asked_of(agreed: Agreed) -> list[tuple[Focus, str]]:
    """Return what may be asked, with its name."""
    found = [(Focus(kind="app", what=one.key), one.name) for one in agreed.apps]
    found += [(Focus(kind="page", what=one.label), one.label) for one in agreed.pages]
    return [*found, (Focus(kind="lock"), "")]
