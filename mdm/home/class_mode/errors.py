"""What the class mode refuses, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class ClassModeError(ValiseError):
    """Something about the class mode that was asked for and is refused."""

    code: ClassVar[str] = "class_mode_refused"
    status: ClassVar[int] = 409


class NothingAgreed(ClassModeError):
    """The kit follows no edition."""

    code: ClassVar[str] = "class_mode_without_edition"
    message: ClassVar[str] = N_("Nothing can be opened: no edition holds for this kit yet.")
    hint: ClassVar[str] = N_("The committee agrees on apps and pages first.")


class NotAgreed(ClassModeError):
    """What should be opened is not in the kit's edition."""

    code: ClassVar[str] = "class_mode_not_agreed"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("That is not among the apps and pages that were agreed for this kit.")
    hint: ClassVar[str] = N_("Choose one of the list, or propose it to the committee.")


class NobodyCan(ClassModeError):
    """No tablet of the kit can do it."""

    code: ClassVar[str] = "class_mode_impossible"
    message: ClassVar[str] = N_("No tablet of this kit can do that: {why}")
    hint: ClassVar[str] = N_("Look at the list: it says what each tablet can do.")


class UntilPassed(ClassModeError):
    """The end lies in the past."""

    code: ClassVar[str] = "class_mode_end_passed"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("That end is over already.")
    hint: ClassVar[str] = N_("Choose a later time, or none: it then lasts an hour at most.")


class UntilTooLate(ClassModeError):
    """The end lies past the school day."""

    code: ClassVar[str] = "class_mode_end_too_late"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The class mode never lasts longer than the school day: until {latest} at the latest.")
    hint: ClassVar[str] = N_("Choose an earlier time.")


class NoTabletThere(ClassModeError):
    """The place has no tablet."""

    code: ClassVar[str] = "slot_empty"
    message: ClassVar[str] = N_("Place {number} has no tablet.")
    hint: ClassVar[str] = N_("Look at the kit's page, and scan the place's code with a tablet.")


class TabletAway(ClassModeError):
    """The tablet is on loan: nothing of the classroom reaches it."""

    code: ClassVar[str] = "tablet_away"
    message: ClassVar[str] = N_("The tablet of place {number} is on loan: it is not in the classroom.")
    hint: ClassVar[str] = N_("It can be asked to show itself once it is back.")


class CannotShow(ClassModeError):
    """The tablet cannot be made to show itself."""

    code: ClassVar[str] = "tablet_cannot_show"
    message: ClassVar[str] = N_("The tablet of place {number} cannot show itself: {why}")
    hint: ClassVar[str] = N_("Look at its label.")
