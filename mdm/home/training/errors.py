"""What is refused about the training, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class TrainingError(ValiseError):
    """Something about the training that was asked for and is refused."""

    code: ClassVar[str] = "training_refused"
    status: ClassVar[int] = 422


class ModuleUnknown(TrainingError):
    """There is no such module."""

    code: ClassVar[str] = "training_module_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no such part of the training.")
    hint: ClassVar[str] = N_("Look at the list of its parts.")


class AnswersMissing(TrainingError):
    """Not every question has an answer that exists."""

    code: ClassVar[str] = "training_answers_missing"
    message: ClassVar[str] = N_("These questions have no answer yet: {numbers}.")
    hint: ClassVar[str] = N_("Choose one answer for each question.")


class NotYetGuardian(TrainingError):
    """The account has used no code of a school."""

    code: ClassVar[str] = "training_not_yet_guardian"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("Your account is not linked to a child yet, so the training cannot be noted.")
    hint: ClassVar[str] = N_("Give the code of the school's sheet first. You may read everything meanwhile.")


class AttendedWhen(TrainingError):
    """The day of a meeting does not fit."""

    code: ClassVar[str] = "training_attended_when"
    message: ClassVar[str] = N_("The day {day} is not possible for a meeting that took place.")
    hint: ClassVar[str] = N_("Write the day of the meeting: today, or a day of the last twelve months.")


class NotTrained(TrainingError):
    """There is no certificate of what was not done."""

    code: ClassVar[str] = "training_not_done"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The training is not done yet.")
    hint: ClassVar[str] = N_("Do the parts that are left: each takes a few minutes.")
