"""What the parent's pages refuse by themselves, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class FamilyError(ValiseError):
    """Something that a parent asked for and is refused."""

    code: ClassVar[str] = "family_refused"
    status: ClassVar[int] = 422


class NotYourChild(FamilyError):
    """The address names no child for whom the person answers; whether there is such a child is not told."""

    code: ClassVar[str] = "not_your_child"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This page is not about a child for whom you answer.")
    hint: ClassVar[str] = N_("Go back to your page. If a child is missing there, give the code of the school's sheet.")


class NotYourLoan(FamilyError):
    """The address names no loan to a child for whom the person answers."""

    code: ClassVar[str] = "not_your_loan"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This page is not about a loan to a child for whom you answer.")
    hint: ClassVar[str] = N_("Go back to your page: your children's loans are there.")


class NotAtHome(FamilyError):
    """The family does not have the tablet now."""

    code: ClassVar[str] = "tablet_not_at_home"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The tablet is not with your family now.")
    hint: ClassVar[str] = N_("This is possible from the day on which the school hands it over until it is given back.")


class NotReadYet(FamilyError):
    """The box that says that the agreement was read is not ticked."""

    code: ClassVar[str] = "agreement_not_read"
    message: ClassVar[str] = N_("You have not ticked that you have read the agreement.")
    hint: ClassVar[str] = N_("Read it, tick the box, then accept.")


class NotAnApp(FamilyError):
    """An app that this tablet does not have was to be taken away."""

    code: ClassVar[str] = "not_an_app_of_the_tablet"
    message: ClassVar[str] = N_("One of the apps that you chose is not on this tablet.")
    hint: ClassVar[str] = N_("The charter has changed meanwhile, perhaps. Choose again.")


class NoPhoto(FamilyError):
    """The loan has no such photo."""

    code: ClassVar[str] = "no_such_photo"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This photo is not there, or not any more.")
    hint: ClassVar[str] = N_("Go back to the loan.")


class NoPicture(FamilyError):
    """The training has no such drawing."""

    code: ClassVar[str] = "no_such_picture"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("The training has no such drawing.")
    hint: ClassVar[str] = N_("Go back to the training.")


class RequestUnclear(FamilyError):
    """It is not said what is asked for."""

    code: ClassVar[str] = "data_request_unclear"
    message: ClassVar[str] = N_("You have not said yet what you ask for.")
    hint: ClassVar[str] = N_("Choose to object, to correct, or to erase; then send the form again.")
