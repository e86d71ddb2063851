"""What is refused about loans, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class LoanError(ValiseError):
    """Something about a loan that was asked for and is refused."""

    code: ClassVar[str] = "loan_refused"
    status: ClassVar[int] = 409


class LoanUnknown(LoanError):
    """There is no such loan, or not any more."""

    code: ClassVar[str] = "loan_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no such loan.")
    hint: ClassVar[str] = N_("Look at the school's list of loans.")


class LabelMalformed(LoanError):
    """What was scanned is not a tablet's label."""

    code: ClassVar[str] = "label_malformed"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("This is not the code of a tablet's label.")
    hint: ClassVar[str] = N_("Scan the square code on the tablet's back, or write valise:… as it is printed there.")


class LabelUnknown(LoanError):
    """No tablet has that label."""

    code: ClassVar[str] = "label_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("No tablet here has this label.")
    hint: ClassVar[str] = N_("Give the tablet back to the school: its label may be of another territory.")


class TabletNotToLend(LoanError):
    """The tablet's state does not allow a loan."""

    code: ClassVar[str] = "tablet_not_to_lend"
    message: ClassVar[str] = N_("This tablet cannot be lent: it is “{state}”.")
    hint: ClassVar[str] = N_("Choose one that is ready, or wait until this one is.")


class TabletLent(LoanError):
    """The tablet has an open loan."""

    code: ClassVar[str] = "tablet_lent"
    message: ClassVar[str] = N_("This tablet has a loan already that is not over.")
    hint: ClassVar[str] = N_("Take it back first, or end that loan.")


class PupilHasTablet(LoanError):
    """The pupil has an open loan."""

    code: ClassVar[str] = "pupil_has_tablet"
    message: ClassVar[str] = N_("This pupil has a loan already that is not over.")
    hint: ClassVar[str] = N_("Take that tablet back first, or end that loan.")


class PupilElsewhere(LoanError):
    """The pupil is not in the school whose tablet it is."""

    code: ClassVar[str] = "pupil_elsewhere"
    message: ClassVar[str] = N_("This pupil is not in the school that the tablet belongs to.")
    hint: ClassVar[str] = N_("Import the school's pupils, or choose a tablet of the pupil's school.")


class DayImpossible(LoanError):
    """A day does not fit."""

    code: ClassVar[str] = "loan_day_impossible"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The day {day} is not possible here.")
    hint: ClassVar[str] = N_("Write a day between {first} and {last}.")


class TermsChanged(LoanError):
    """The charter's text is another one now."""

    code: ClassVar[str] = "loan_terms_changed"
    message: ClassVar[str] = N_("The text of the loan has changed since.")
    hint: ClassVar[str] = N_("Read the new text and accept it; a yes to the old one does not count.")


class YesMissing(LoanError):
    """No guardian has accepted."""

    code: ClassVar[str] = "loan_yes_missing"
    message: ClassVar[str] = N_("No guardian has accepted the loan yet, and the charter asks for it.")
    hint: ClassVar[str] = N_("A guardian accepts on a phone, or on paper: then note it here, with its date.")


class SecondYesMissing(LoanError):
    """Every guardian must agree, and one has not."""

    code: ClassVar[str] = "loan_second_yes_missing"
    message: ClassVar[str] = N_("The school noted that both guardians must agree, and one has not yet.")
    hint: ClassVar[str] = N_("Ask the other guardian; if only one is known here, add the other first.")


class TrainingMissing(LoanError):
    """No guardian has done the training."""

    code: ClassVar[str] = "loan_training_missing"
    message: ClassVar[str] = N_("No guardian of this pupil has done the training yet, and the charter asks for it.")
    hint: ClassVar[str] = N_("It takes a quarter of an hour on a phone; the school notes who came to its meeting.")


class InsuranceMissing(LoanError):
    """The charter asks for an insurance that was not declared."""

    code: ClassVar[str] = "loan_insurance_missing"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The charter asks that an insurance covers the tablet, and none was declared.")
    hint: ClassVar[str] = N_(
        "Ask your insurer: civil liability in a home insurance often covers it. Then tick the box."
    )


class PhotosTooMany(LoanError):
    """There are enough photos."""

    code: ClassVar[str] = "loan_photos_too_many"
    message: ClassVar[str] = N_("There are {limit} photos already.")
    hint: ClassVar[str] = N_("Four sides are enough: front, back, and where something is damaged.")


class NoPhotos(LoanError):
    """This server keeps no photos."""

    code: ClassVar[str] = "loan_no_photos"
    status: ClassVar[int] = 503
    message: ClassVar[str] = N_("Photos cannot be kept now.")
    hint: ClassVar[str] = N_("Describe the tablet's state in words, and tell the technician.")


class NoteTooLong(LoanError):
    """A note about the tablet is too long."""

    code: ClassVar[str] = "loan_note_too_long"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The note has {length} characters.")
    hint: ClassVar[str] = N_("Write {limit} at most, about the tablet and not about persons.")
