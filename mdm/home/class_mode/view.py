"""What the kit's page shows of a class mode: each place, asked, doing it, or why it cannot."""

from enum import StrEnum
from typing import Protocol

import msgspec

from mdm.commands import convergence_store
from mdm.commands.planner import app_is_there, plan
from mdm.commands.report import Report
from mdm.commands.steps import (
    ApplyConfiguration,
    InstallProfileStep,
    OpenStep,
    RemoveProfileStep,
    SyncDeclarations,
)
from mdm.commands.target import Target
from mdm.home.class_mode import class_mode_store
from mdm.home.class_mode.agreed import Agreed
from mdm.home.class_mode.capability import Able, Capability, Does, capability
from mdm.home.class_mode.class_mode_store import ClassModeRow, KitTablet
from mdm.home.class_mode.focus import Focus
from mdm.i18n import N_
from mdm.store import Connection

FOCUS_PROFILE = "org.valise.mode.focus"
_BROUGHT = (ApplyConfiguration, InstallProfileStep, OpenStep, RemoveProfileStep, SyncDeclarations)
"""The steps that bring a tablet into a mode; whatever else is missing, an app or a book, is another matter."""
_ABOUT = ("profile:", "remove-profile:", "declarations:", "configuration:", "open:")

_ON_LOAN = N_("It is on loan.")
_LOST = N_("It was declared lost.")
_BROKEN = N_("It is being repaired.")
_NOT_ENROLLED = N_("It is not managed: scan its place's code.")
_APP_MISSING = N_("The app is not on this tablet yet.")
_REFUSED = N_("The tablet refused: {detail}")
_AWAY = {"loaned": _ON_LOAN, "lost": _LOST, "broken": _BROKEN, "new": _NOT_ENROLLED, "retired": _NOT_ENROLLED}


class Stage(StrEnum):
    """How far a place is. ``free``: nothing is asked of it; ``ending``: it goes back to normal."""

    EMPTY = "empty"
    AWAY = "away"
    FREE = "free"
    ASKED = "asked"
    DOING = "doing"
    CANNOT = "cannot"
    ENDING = "ending"


class SlotNow(msgspec.Struct, frozen=True, kw_only=True):
    """A place now. ``why`` is an English gettext text, completed by ``detail``; times in milliseconds."""

    number: int
    name: str
    tablet_id: str | None
    stage: Stage
    why: str = ""
    detail: str = ""
    does: Does | None = None
    battery: int | None = None
    seen_at: int | None = None


class ClassModeView(msgspec.Struct, frozen=True, kw_only=True):
    """A kit's class mode; ``running`` is None where there is none, ``latest_end`` when one would end at the latest."""

    kit_id: str
    running: ClassModeRow | None
    slots: tuple[SlotNow, ...]
    latest_end: int

    def count(self, stage: Stage) -> int:
        """Return how many places are that far."""
        return sum(slot.stage is stage for slot in self.slots)


class ExpectedTargets(Protocol):
    """Knows what a tablet should be now, and keeps nothing."""

    def expected(self, conn: Connection, tablet_id: str) -> Target | None:
        """Return the tablet's target."""
        ...


class SlotReader:
    """Tells how far each place is. ``told_at_once``: whether messages reach agents."""

    def __init__(self, targets: ExpectedTargets, *, told_at_once: bool) -> None:
        self._targets = targets
        self._told_at_once = told_at_once

    def able(self, tablet: KitTablet) -> Able:
        """Return what a tablet is, as far as its capabilities go."""
        return Able(platform=tablet.platform, owned=tablet.owned, told_at_once=self._told_at_once)

    def read(self, conn: Connection, tablet: KitTablet, running: ClassModeRow | None, agreed: Agreed | None) -> SlotNow:
        """Return a place as it is now."""
        stage, why, detail, does = self._stage(conn, tablet, running, agreed)
        return SlotNow(
            number=tablet.number,
            name=tablet.name,
            tablet_id=tablet.tablet_id,
            stage=stage,
            why=why,
            detail=detail,
            does=does,
            battery=tablet.battery,
            seen_at=tablet.seen_at,
        )

    def _stage(
        self, conn: Connection, tablet: KitTablet, running: ClassModeRow | None, agreed: Agreed | None
    ) -> tuple[Stage, str, str, Does | None]:
        if tablet.tablet_id is None:
            return Stage.EMPTY, "", "", None
        if tablet.mode in ("home", "holiday"):
            return Stage.AWAY, _ON_LOAN, "", None
        if tablet.state in _AWAY:
            return Stage.AWAY, _AWAY[tablet.state], "", None
        if running is None:
            return self._after(conn, tablet.tablet_id)
        can = self._capability(tablet, running, agreed)
        if can is None or can.does is Does.CANNOT:
            return Stage.CANNOT, can.words if can is not None else _NOT_AGREED_NOW, "", Does.CANNOT
        if can.does is Does.ONCE:
            return self._ordered(conn, tablet.tablet_id, running, can)
        stage, why, detail = self._brought(conn, tablet, running)
        return stage, why or can.words, detail, can.does

    def _capability(self, tablet: KitTablet, running: ClassModeRow, agreed: Agreed | None) -> Capability | None:
        focus = focus_of(running)
        if agreed is None or not is_agreed(focus, agreed):
            return None
        return capability(focus, agreed, self.able(tablet))

    def _ordered(
        self, conn: Connection, tablet_id: str, running: ClassModeRow, can: Capability
    ) -> tuple[Stage, str, str, Does | None]:
        state = class_mode_store.order_state(conn, running.class_mode_id, tablet_id)
        stage = {"acknowledged": Stage.DOING, "error": Stage.CANNOT}.get(state or "", Stage.ASKED)
        return stage, can.words, "", can.does

    def _brought(self, conn: Connection, tablet: KitTablet, running: ClassModeRow) -> tuple[Stage, str, str]:
        tablet_id = tablet.tablet_id or ""
        progress = convergence_store.progress_of(conn, tablet_id)
        if progress is None:
            return Stage.AWAY, _NOT_ENROLLED, ""
        report, target = progress.report, self._targets.expected(conn, tablet_id)
        if tablet.class_mode_id != running.class_mode_id or target is None:
            return Stage.ASKED, "", ""
        refused = _refusal(report)
        if refused:
            return Stage.CANNOT, _REFUSED, refused
        if any(not app_is_there(one.needs_app, report) for one in target.profiles):
            return Stage.ASKED, _APP_MISSING, ""
        return (Stage.ASKED if _waits(target, report) else Stage.DOING), "", ""

    def _after(self, conn: Connection, tablet_id: str) -> tuple[Stage, str, str, Does | None]:
        progress = convergence_store.progress_of(conn, tablet_id)
        held = progress is not None and FOCUS_PROFILE in (progress.report.profiles or {})
        target = self._targets.expected(conn, tablet_id) if progress is not None else None
        looks = progress is not None and target is not None and target.configuration is not None
        behind = looks and progress is not None and target is not None and _waits(target, progress.report)
        return (Stage.ENDING if held or behind else Stage.FREE), "", "", None


_NOT_AGREED_NOW = N_("What was opened is no longer among what is agreed for this kit.")


def focus_of(row: ClassModeRow) -> Focus:
    """Return what a class mode asks for."""
    return Focus(kind="app" if row.kind == "app" else "page" if row.kind == "page" else "lock", what=row.what)


def is_agreed(focus: Focus, agreed: Agreed) -> bool:
    """Tell whether an edition agrees to what is asked; covering the screens opens nothing."""
    if focus.kind == "app":
        return agreed.app(focus.what) is not None
    return focus.kind == "lock" or agreed.page(focus.what) is not None


def _waits(target: Target, report: Report) -> bool:
    return any(isinstance(step, _BROUGHT) for step in plan(target, report))


def _refusal(report: Report) -> str:
    return next((words for step, words in report.failed.items() if step.startswith(_ABOUT)), "")
