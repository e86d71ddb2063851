"""What is refused about pupils and their imports, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.fleet.errors import FleetError
from mdm.i18n import N_


class PupilError(ValiseError):
    """Something about pupils that was asked for and is refused."""

    code: ClassVar[str] = "pupil_refused"
    status: ClassVar[int] = 422


class PupilUnknown(PupilError):
    """There is no such pupil, or not any more."""

    code: ClassVar[str] = "pupil_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This pupil is not in the list any more.")
    hint: ClassVar[str] = N_("Look at the school's list again.")


class ClassUnknown(PupilError):
    """The school has no such class."""

    code: ClassVar[str] = "class_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("The school has no such class.")
    hint: ClassVar[str] = N_("Look at the school's classes again.")


class ClassesNotAllSaid(PupilError):
    """The year's end was asked for without saying where each class goes."""

    code: ClassVar[str] = "classes_not_all_said"
    message: ClassVar[str] = N_("It is not said where these classes go: {classes}.")
    hint: ClassVar[str] = N_("Say for each class which class it becomes, or that its pupils leave the school.")


class ImportUnknown(PupilError):
    """The import was dropped, or its day is over."""

    code: ClassVar[str] = "pupil_import_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This import is not there any more: what a file says is kept for 24 hours.")
    hint: ClassVar[str] = N_("Give the files again; pupils who are there already are recognised.")


class ImportDone(PupilError):
    """The import was applied."""

    code: ClassVar[str] = "pupil_import_done"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This import is done already.")
    hint: ClassVar[str] = N_("Look at the school's list.")


class ImportBusy(PupilError):
    """Another import has the turn."""

    code: ClassVar[str] = "pupil_import_busy"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("Another import is being carried out.")
    hint: ClassVar[str] = N_(
        "Try again in a few minutes: one that has stopped gives way ten minutes after its last step."
    )


class LeaversNotSure(PupilError):
    """Lines could not be read, so nobody can say who is missing."""

    code: ClassVar[str] = "leavers_not_sure"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("{count} lines could not be read: they may name pupils who would count as having left.")
    hint: ClassVar[str] = N_("Correct these lines and give the file again, or take nobody out this time.")


class DoubtUnknown(PupilError):
    """The question was answered, or its time is over."""

    code: ClassVar[str] = "pupil_doubt_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This question has been answered already.")
    hint: ClassVar[str] = N_("Look at the list of questions again.")


class AnswerImpossible(PupilError):
    """The answer does not fit the question."""

    code: ClassVar[str] = "pupil_answer_impossible"
    message: ClassVar[str] = N_("This answer does not fit the question.")
    hint: ClassVar[str] = N_("Choose one of the pupils that are shown, or say that it is another child.")


class LineError(FleetError):
    """A line of a pupils' file is not what an import can read."""

    code: ClassVar[str] = "pupil_line_refused"
    status: ClassVar[int] = 422


class BirthDateMalformed(LineError):
    """A text is not a birth date."""

    code: ClassVar[str] = "birth_date_malformed"
    message: ClassVar[str] = N_("The birth date cannot be read.")
    hint: ClassVar[str] = N_("Write it as 31/12/2018. It serves to recognise the child and is not stored.")


class SchoolNotSaid(LineError):
    """Nothing tells which school a line belongs to."""

    code: ClassVar[str] = "school_not_said"
    message: ClassVar[str] = N_("Nothing tells which school this pupil is in.")
    hint: ClassVar[str] = N_("Name the school for the whole file, or add a column with its code (UAI).")


class SchoolNotHere(LineError):
    """A line names a school that is not here, or not the one that the import is for."""

    code: ClassVar[str] = "school_not_here"
    message: ClassVar[str] = N_("The school “{school}” is not one of those that this import is for.")
    hint: ClassVar[str] = N_("Check its code or its name; schools that are new here are created first.")


class SchoolNameTwice(LineError):
    """A line names a school by a name that several schools have."""

    code: ClassVar[str] = "school_name_twice"
    message: ClassVar[str] = N_("Several schools have the name “{school}”.")
    hint: ClassVar[str] = N_("Add a column with their codes (UAI), or import the file of one school in that school.")


class LineTwice(LineError):
    """The same child is in the same school on two lines of one file."""

    code: ClassVar[str] = "pupil_line_twice"
    message: ClassVar[str] = N_("This child is on line {other} already.")
    hint: ClassVar[str] = N_("One of the two lines is enough; the first one counts.")


class GuardianWithoutChild(LineError):
    """A guardian's line names no child."""

    code: ClassVar[str] = "guardian_without_child"
    message: ClassVar[str] = N_("This line names no child.")
    hint: ClassVar[str] = N_("Write the child's name and first name, or leave the line out.")


class MappingUnknown(LineError):
    """A chosen mapping names a field or a title that is not there."""

    code: ClassVar[str] = "mapping_unknown"
    message: ClassVar[str] = N_("The file has no column “{title}”.")
    hint: ClassVar[str] = N_("Its columns are: {titles}.")
