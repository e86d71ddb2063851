"""What the pages of rollouts refuse by themselves, in words; what rollouts refuse has its own."""

from typing import ClassVar

from mdm.i18n import N_
from profiles.rollouts.errors import RolloutError


class NotSure(RolloutError):
    """Going back was asked for without saying that it is meant."""

    code: ClassVar[str] = "rollout_not_sure"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("You have not confirmed that the kits go back.")
    hint: ClassVar[str] = N_("Tick the box above the button, then send the form again.")


class LimitRefused(RolloutError):
    """A number of the form for a rollout is out of its range."""

    code: ClassVar[str] = "rollout_limit_refused"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("“{field}” cannot be {value}.")
    hint: ClassVar[str] = N_("Write a number from {lowest} to {highest}.")


class HoursMissing(RolloutError):
    """A window is of hours, and these are not written."""

    code: ClassVar[str] = "rollout_hours_missing"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("A wave waits for hours, and these are not written.")
    hint: ClassVar[str] = N_("Write the hour of the beginning and the hour of the end, or choose another moment.")
