"""What rollouts refuse, in words."""

from typing import ClassVar

from mdm.errors import ValiseError, Words
from mdm.i18n import N_


class RolloutError(ValiseError):
    """Something about a rollout that was asked for and is refused."""

    code: ClassVar[str] = "rollout_refused"
    status: ClassVar[int] = 409


class RolloutUnknown(RolloutError):
    """There is no such rollout."""

    code: ClassVar[str] = "rollout_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no rollout “{rollout}”.")
    hint: ClassVar[str] = N_("List them with: valise rollout list")


class PlanInvalid(RolloutError):
    """A plan does not hold together."""

    code: ClassVar[str] = "rollout_plan_invalid"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The plan is not right at “{where}”: {reason}.")
    hint: ClassVar[str] = N_("Correct this part of the plan, then send it again. Nothing was begun.")


class ChangeRefused(RolloutError):
    """The rollout's state does not allow what was asked."""

    code: ClassVar[str] = "rollout_change_refused"
    message: ClassVar[str] = N_("The rollout is “{state}”: it is not possible to {change} it.")
    hint: ClassVar[str] = N_("Look at what it does: valise rollout show")

    def __init__(self, *, state: str, change: str) -> None:
        super().__init__(state=Words(state), change=Words(change))


class ReasonMissing(RolloutError):
    """A person must say why."""

    code: ClassVar[str] = "rollout_reason_missing"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("Say why: whoever looks at this rollout later must understand it.")
    hint: ClassVar[str] = N_("Write it in at most {limit} characters, without a person's name.")


class NotTheNewest(RolloutError):
    """Only the newest edition is rolled out."""

    code: ClassVar[str] = "rollout_not_the_newest"
    message: ClassVar[str] = N_("Only the newest edition is rolled out: number {newest}, not number {number}.")
    hint: ClassVar[str] = N_("To go back to the edition before, roll the running rollout back.")


class NothingToRollOut(RolloutError):
    """Every kit follows the newest edition."""

    code: ClassVar[str] = "nothing_to_roll_out"
    message: ClassVar[str] = N_("Every kit follows edition {number} already, the newest one.")


class RolloutInTheWay(RolloutError):
    """Another rollout is on its way back."""

    code: ClassVar[str] = "rollout_in_the_way"
    message: ClassVar[str] = N_("A rollout is being rolled back: wait until every kit is back.")
    hint: ClassVar[str] = N_("Watch it with: valise rollout watch")


class TooLateToRollBack(RolloutError):
    """The edition before is not the one before the newest any more."""

    code: ClassVar[str] = "rollout_too_late"
    message: ClassVar[str] = N_(
        "It is too late to go back: only the edition before the newest one can be gone back to."
    )
    hint: ClassVar[str] = N_("Ask the committee for a new edition, and roll that one out.")


class AnotherUnderWay(RolloutError):
    """Another rollout is under way."""

    code: ClassVar[str] = "rollout_another_under_way"
    message: ClassVar[str] = N_("Another rollout is under way.")
    hint: ClassVar[str] = N_("Let it end, or roll that one back.")


class RolloutGonePast(RolloutError):
    """A kit or a school would go past the waves and gates of a rollout that concerns it."""

    code: ClassVar[str] = "rollout_gone_past"
    message: ClassVar[str] = N_("The rollout of edition {number} is “{state}”: this would go past its waves and gates.")
    hint: ClassVar[str] = N_("Let it end, or roll it back; then do this again.")

    def __init__(self, *, number: int, state: str) -> None:
        super().__init__(number=number, state=Words(state))


class KitNotConcerned(RolloutError):
    """A pilot kit does not exist, or follows the edition already."""

    code: ClassVar[str] = "rollout_kit_not_concerned"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The kit {kit} has nothing to gain: it follows this edition already, or is not there.")
    hint: ClassVar[str] = N_("Name other kits as pilots.")
