"""Rollouts: the newest edition on its way to the kits, in waves; a technician paces, and changes no content."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.clock import Clock, from_ms
from mdm.i18n import Translator
from profiles.charter.errors import EditionNotVerified, EditionUnknown, NoCharter, RecordMalformed
from profiles.errors import PolicyInvalid, SecretUnknown
from profiles.rollouts.dry_run import DryRun
from profiles.rollouts.errors import (
    AnotherUnderWay,
    ChangeRefused,
    KitNotConcerned,
    NothingToRollOut,
    NotTheNewest,
    PlanInvalid,
    ReasonMissing,
    RolloutInTheWay,
    RolloutUnknown,
    TooLateToRollBack,
)
from profiles.rollouts.gates import Counts
from profiles.rollouts.policy_diff import PolicyChange
from profiles.rollouts.progress_store import IllTablet
from profiles.rollouts.rollout import Change, Plan, Rollout, RolloutState
from profiles.rollouts.rollouts import Rollouts, RolloutView
from webui.api.operation import Call, Creates, Operation, operation
from webui.api.paging import Page, PageQuery, after, page_of
from webui.api.resources.places import Id
from webui.api.results import Created, Nothing
from webui.permissions import Action

_UNSOUND = (NoCharter, EditionNotVerified, RecordMalformed)
_FIRST = 2**53


class RolloutItem(msgspec.Struct, frozen=True, kw_only=True):
    """A rollout in a list."""

    rollout_id: str
    edition_id: str
    previous_id: str
    state: RolloutState
    wave: int
    reason: str | None
    created_at: datetime
    ended_at: datetime | None


class WaveShown(msgspec.Struct, frozen=True, kw_only=True):
    """How far a wave is. `counts` are of the tablets of kits that were moved."""

    wave: int
    kits: int
    moved: int
    returned: int
    counts: Counts


class ChangeShown(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to a rollout, and why: `reason` by the gates, `words` by the person."""

    at: datetime
    actor: str
    change: Change
    state: RolloutState
    wave: int
    reason: str | None
    words: str


class RolloutShown(msgspec.Struct, frozen=True, kw_only=True):
    """A rollout with its progress. `waits` says why nothing is done now, until `waits_until` where that is known."""

    rollout: RolloutItem
    plan: Plan
    number: int
    previous_number: int
    waves: tuple[WaveShown, ...]
    waits: str | None
    waits_until: datetime | None
    ill: tuple[IllTablet, ...]
    history: tuple[ChangeShown, ...]


class PlatformGaps(msgspec.Struct, frozen=True, kw_only=True):
    """What tablets of one kind will not obey."""

    platform: str
    system: str
    supervised: bool | None
    tablets: int
    gaps: tuple[str, ...]


class KitShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a kit's tablets get: `change` is the place of its change in the list."""

    kit_id: str
    name: str
    wave: int
    platform: str
    tablets: int
    change: int
    download_bytes: int


class SchoolShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a school's line will carry; `unknown` names apps and books whose size is not known."""

    uai: str
    name: str
    kits: tuple[KitShown, ...]
    tablets: int
    download_bytes: int
    unknown: tuple[str, ...]


class DryRunShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a rollout would do, before anything is moved. `shortages` stop a wave before it starts."""

    edition_id: str
    number: int
    tablets: int
    download_bytes: int
    silent_kits: int
    changes: tuple[PolicyChange, ...]
    schools: tuple[SchoolShown, ...]
    gaps: tuple[PlatformGaps, ...]
    shortages: tuple[str, ...]


class RolloutWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rollout to plan; `edition`, where it is given, must mean the newest one."""

    plan: Plan
    edition: Annotated[str, Meta(max_length=64)] = ""


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why."""

    words: Annotated[str, Meta(max_length=500)] = ""


class RolloutPath(msgspec.Struct, frozen=True, kw_only=True):
    """Names a rollout."""

    rollout_id: Id


class RolloutOperations:
    """Plans, paces and shows rollouts."""

    def __init__(self, rollouts: Rollouts, clock: Clock) -> None:
        self._rollouts = rollouts
        self._clock = clock

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [*self._reading(), *self._pacing()]

    def _reading(self) -> list[Operation]:
        compiled = (*_UNSOUND, SecretUnknown, PolicyInvalid)
        return [
            operation(
                "GET",
                "/rollouts",
                self.list_rollouts,
                name="list_rollouts",
                summary="The rollouts, the newest first.",
                needs=Action.READ_ROLLOUTS,
            ),
            operation(
                "GET",
                "/rollouts/{rollout_id}",
                self.show,
                name="show_rollout",
                summary="A rollout with its progress.",
                needs=Action.READ_ROLLOUTS,
                errors=(*_UNSOUND, RolloutUnknown),
            ),
            operation(
                "GET",
                "/rollouts/{rollout_id}/dry-run",
                self.dry_run,
                name="dry_run_rollout",
                summary="What a rollout would still do.",
                needs=Action.READ_ROLLOUTS,
                errors=(*compiled, RolloutUnknown),
            ),
            operation(
                "GET",
                "/rollout-dry-run",
                self.dry_run_newest,
                name="dry_run_newest_edition",
                summary="What rolling out the newest edition would do.",
                needs=Action.READ_ROLLOUTS,
                errors=compiled,
            ),
        ]

    def _pacing(self) -> list[Operation]:
        paced = (*_UNSOUND, RolloutUnknown, ChangeRefused)
        return [
            operation(
                "POST",
                "/rollouts",
                self.plan,
                name="plan_rollout",
                summary="Plan a rollout of the newest edition.",
                needs=Action.PACE_ROLLOUT,
                creates=Creates.IN_STEPS,
                errors=(*_UNSOUND, PlanInvalid, NotTheNewest, NothingToRollOut, KitNotConcerned, EditionUnknown),
            ),
            operation(
                "POST",
                "/rollouts/{rollout_id}/start",
                self.start,
                name="start_rollout",
                summary="Start a planned rollout.",
                needs=Action.PACE_ROLLOUT,
                errors=(*paced, NotTheNewest, RolloutInTheWay, AnotherUnderWay),
            ),
            operation(
                "POST",
                "/rollouts/{rollout_id}/pause",
                self.pause,
                name="pause_rollout",
                summary="Stop moving kits; what was moved stays.",
                needs=Action.PACE_ROLLOUT,
                errors=(*paced, ReasonMissing),
            ),
            operation(
                "POST",
                "/rollouts/{rollout_id}/resume",
                self.resume,
                name="resume_rollout",
                summary="Go on.",
                needs=Action.PACE_ROLLOUT,
                errors=(*paced, ReasonMissing, AnotherUnderWay, RolloutInTheWay, NotTheNewest),
            ),
            operation(
                "POST",
                "/rollouts/{rollout_id}/roll-back",
                self.roll_back,
                name="roll_back_rollout",
                summary="Bring every kit that was moved back to the edition that was in force before.",
                needs=Action.ROLL_BACK,
                errors=(*paced, ReasonMissing, TooLateToRollBack, AnotherUnderWay, RolloutInTheWay),
            ),
        ]

    async def list_rollouts(self, call: Call[Nothing, PageQuery, Nothing]) -> Page[RolloutItem]:
        """Return rollouts."""
        created, last = after(call.query, tuple[int, str]) or (_FIRST, "")
        known = sorted(await self._rollouts.list(), key=lambda one: (one.created_at, one.rollout_id), reverse=True)
        rows = [one for one in known if (one.created_at, one.rollout_id) < (created, last)]
        return page_of(
            call.query,
            rows[: call.query.limit + 1],
            lambda row: _item(row, call.translate),
            lambda row: (row.created_at, row.rollout_id),
        )

    async def show(self, call: Call[RolloutPath, Nothing, Nothing]) -> RolloutShown:
        """Return a rollout."""
        return _shown(await self._rollouts.show(call.path.rollout_id), call.translate)

    async def dry_run(self, call: Call[RolloutPath, Nothing, Nothing]) -> DryRunShown:
        """Return what it would still do."""
        return self._dry(await self._rollouts.dry_run(call.path.rollout_id), call.translate)

    async def dry_run_newest(self, call: Call[Nothing, Nothing, Nothing]) -> DryRunShown:
        """Return what the newest edition would do."""
        return self._dry(await self._rollouts.dry_run(), call.translate)

    async def plan(self, call: Call[Nothing, Nothing, RolloutWanted]) -> Created[RolloutItem]:
        """Plan a rollout."""
        body = call.body
        made = await self._rollouts.plan(body.plan, edition=body.edition, actor=call.person.actor)
        return Created(value=_item(made, call.translate), location=f"/api/v1/rollouts/{made.rollout_id}")

    async def start(self, call: Call[RolloutPath, Nothing, Words]) -> RolloutItem:
        """Start it."""
        after_ = await self._rollouts.start(call.path.rollout_id, words=call.body.words, actor=call.person.actor)
        return _item(after_, call.translate)

    async def pause(self, call: Call[RolloutPath, Nothing, Words]) -> RolloutItem:
        """Pause it."""
        after_ = await self._rollouts.pause(call.path.rollout_id, words=call.body.words, actor=call.person.actor)
        return _item(after_, call.translate)

    async def resume(self, call: Call[RolloutPath, Nothing, Words]) -> RolloutItem:
        """Resume it."""
        after_ = await self._rollouts.resume(call.path.rollout_id, words=call.body.words, actor=call.person.actor)
        return _item(after_, call.translate)

    async def roll_back(self, call: Call[RolloutPath, Nothing, Words]) -> RolloutItem:
        """Roll it back."""
        after_ = await self._rollouts.roll_back(call.path.rollout_id, words=call.body.words, actor=call.person.actor)
        return _item(after_, call.translate)

    def _dry(self, run: DryRun, translate: Translator) -> DryRunShown:
        now = self._clock.ms()
        return DryRunShown(
            edition_id=run.edition_id,
            number=run.number,
            tablets=run.tablets,
            download_bytes=run.download_bytes,
            silent_kits=run.silent_kits,
            changes=run.changes,
            schools=tuple(
                SchoolShown(
                    uai=school.uai,
                    name=school.name,
                    kits=tuple(KitShown(**msgspec.structs.asdict(kit)) for kit in school.kits),
                    tablets=school.tablets,
                    download_bytes=school.download_bytes,
                    unknown=school.unknown,
                )
                for school in run.schools
            ),
            gaps=tuple(
                PlatformGaps(
                    platform=one.platform,
                    system=one.system,
                    supervised=one.supervised,
                    tablets=one.tablets,
                    gaps=tuple(gap.in_words(translate) for gap in one.gaps),
                )
                for one in run.gaps
            ),
            shortages=tuple(one.in_words(translate, now) for one in run.shortages),
        )


def _item(one: Rollout, translate: Translator) -> RolloutItem:
    return RolloutItem(
        rollout_id=one.rollout_id,
        edition_id=one.edition_id,
        previous_id=one.previous_id,
        state=one.state,
        wave=one.wave,
        reason=one.reason.in_words(translate) if one.reason is not None else None,
        created_at=from_ms(one.created_at),
        ended_at=from_ms(one.ended_at) if one.ended_at is not None else None,
    )


def _shown(view: RolloutView, translate: Translator) -> RolloutShown:
    return RolloutShown(
        rollout=_item(view.rollout, translate),
        plan=view.rollout.plan,
        number=view.number,
        previous_number=view.previous_number,
        waves=tuple(
            WaveShown(wave=one.wave, kits=one.kits, moved=one.moved, returned=one.returned, counts=one.counts)
            for one in view.waves
        ),
        waits=view.waits.in_words(translate) if view.waits is not None else None,
        waits_until=from_ms(view.waits_until) if view.waits_until is not None else None,
        ill=view.ill,
        history=tuple(
            ChangeShown(
                at=from_ms(line.at),
                actor=line.actor,
                change=line.change,
                state=line.state,
                wave=line.wave,
                reason=line.reason.in_words(translate) if line.reason is not None else None,
                words=line.words,
            )
            for line in view.history
        ),
    )
