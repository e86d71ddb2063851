"""What the fleet refuses, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class FleetError(ValiseError):
    """Something about schools, kits or tablets that was asked for and is refused."""

    code: ClassVar[str] = "fleet_refused"


class UaiInvalid(FleetError):
    """A text is not a school's code."""

    code: ClassVar[str] = "uai_invalid"
    status: ClassVar[int] = 422


class UaiMalformed(UaiInvalid):
    """It has not the shape of a UAI."""

    code: ClassVar[str] = "uai_malformed"
    message: ClassVar[str] = N_("“{uai}” is not a school code (UAI).")
    hint: ClassVar[str] = N_("Write 7 digits and a letter, such as 0400377T.")


class UaiLetterWrong(UaiInvalid):
    """The check letter is not the number's."""

    code: ClassVar[str] = "uai_letter_wrong"
    message: ClassVar[str] = N_("The last letter of the school code {uai} does not fit its digits.")
    hint: ClassVar[str] = N_("Check the digits; if they are right, the code is {expected}.")


class InseeMalformed(FleetError):
    """A text is not a commune's code."""

    code: ClassVar[str] = "insee_malformed"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("“{insee}” is not a commune's INSEE code.")
    hint: ClassVar[str] = N_("Write its 5 characters, such as 40192 or 2A004. It is not the postal code.")


class InseeWithoutZero(InseeMalformed):
    """Its first zero is missing."""

    code: ClassVar[str] = "insee_without_zero"
    message: ClassVar[str] = N_("The INSEE code {insee} has lost its first zero.")
    hint: ClassVar[str] = N_("Write {expected}; in a spreadsheet, give the column the format “Text” first.")


class InseeInCorsica(InseeMalformed):
    """It begins with 20, which has not been used since 1976."""

    code: ClassVar[str] = "insee_in_corsica"
    message: ClassVar[str] = N_("The INSEE code {insee} begins with 20, which is no longer used.")
    hint: ClassVar[str] = N_("Write {south} in Corse-du-Sud, {north} in Haute-Corse.")


class NameInvalid(FleetError):
    """A text cannot be a name."""

    code: ClassVar[str] = "name_invalid"
    status: ClassVar[int] = 422


class NameEmpty(NameInvalid):
    """Nothing was written."""

    code: ClassVar[str] = "name_empty"
    message: ClassVar[str] = N_("The name is empty.")
    hint: ClassVar[str] = N_("Write a name.")


class NameTooLong(NameInvalid):
    """It has too many characters."""

    code: ClassVar[str] = "name_too_long"
    message: ClassVar[str] = N_("The name “{name}…” has {length} characters.")
    hint: ClassVar[str] = N_("Write {limit} characters at most.")


class NameUnprintable(NameInvalid):
    """It has characters that nobody can see."""

    code: ClassVar[str] = "name_unprintable"
    message: ClassVar[str] = N_("The name “{name}” has invisible characters.")
    hint: ClassVar[str] = N_("Type it again instead of pasting it.")


class SerialInvalid(FleetError):
    """A text cannot be a serial number."""

    code: ClassVar[str] = "serial_invalid"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("“{serial}” is not a tablet's serial number.")
    hint: ClassVar[str] = N_("It is in the tablet's settings, under General, About.")


class PlatformUnknown(FleetError):
    """A text names no platform."""

    code: ClassVar[str] = "platform_unknown"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("“{platform}” is not a kind of tablet.")
    hint: ClassVar[str] = N_("Write ipad or android.")


class SlotCountInvalid(FleetError):
    """A kit cannot have that many places."""

    code: ClassVar[str] = "slot_count_invalid"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("A kit cannot have {count} places.")
    hint: ClassVar[str] = N_("Write a number from 1 to {limit}.")


class TerritoryExists(FleetError):
    """The name is taken."""

    code: ClassVar[str] = "territory_exists"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The territory “{name}” exists already.")


class TerritoryUnknown(FleetError):
    """There is no such territory."""

    code: ClassVar[str] = "territory_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no territory “{name}”.")
    hint: ClassVar[str] = N_("Create it first, or check its name.")


class CommuneExists(FleetError):
    """The code is taken."""

    code: ClassVar[str] = "commune_exists"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The commune {insee} exists already: {name}.")


class CommuneUnknown(FleetError):
    """There is no such commune."""

    code: ClassVar[str] = "commune_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("The commune {insee} is not in any territory here.")
    hint: ClassVar[str] = N_("Create it first, or check its INSEE code.")


class SchoolExists(FleetError):
    """The code is taken."""

    code: ClassVar[str] = "school_exists"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The school {uai} exists already: {name}.")


class SchoolUnknown(FleetError):
    """There is no such school."""

    code: ClassVar[str] = "school_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no school {uai} here.")
    hint: ClassVar[str] = N_("Create or import it first, or check its code.")


class ClassExists(FleetError):
    """The school has a class of that name."""

    code: ClassVar[str] = "class_exists"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The school {uai} has a class “{name}” already.")


class KitExists(FleetError):
    """The school has a kit of that name."""

    code: ClassVar[str] = "kit_exists"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The school {uai} has a kit “{name}” already.")
    hint: ClassVar[str] = N_("Choose another name.")


class ClassUnknown(FleetError):
    """There is no class with this identifier."""

    code: ClassVar[str] = "class_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no such class.")
    hint: ClassVar[str] = N_("It may have been closed at the end of a school year. Choose one of the school's classes.")


class ClassElsewhere(FleetError):
    """A kit was given to a class of another school."""

    code: ClassVar[str] = "class_elsewhere"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This class is in another school than the kit.")
    hint: ClassVar[str] = N_("Choose a class of the kit's school. A technician moves kits from school to school.")


class KitUnknown(FleetError):
    """There is no such kit."""

    code: ClassVar[str] = "kit_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no kit “{kit}”.")
    hint: ClassVar[str] = N_("Look at the list of kits: valise kit list.")


class KitAmbiguous(FleetError):
    """Several schools have a kit of that name."""

    code: ClassVar[str] = "kit_ambiguous"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("{count} schools have a kit “{kit}”.")
    hint: ClassVar[str] = N_("Write the school's code before it, such as {example}.")


class SlotUnknown(FleetError):
    """The kit has no place of that number."""

    code: ClassVar[str] = "slot_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("The kit has no place number {number}.")


class SlotEmpty(FleetError):
    """No tablet is in that place."""

    code: ClassVar[str] = "slot_empty"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("There is no tablet in “{slot}”.")


class SlotTaken(FleetError):
    """Another tablet is in that place."""

    code: ClassVar[str] = "slot_taken"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("“{slot}” is taken by another tablet ({holder}).")
    hint: ClassVar[str] = N_("Free that place first, or declare its tablet broken or retired; then scan again.")


class TabletUnknown(FleetError):
    """There is no such tablet."""

    code: ClassVar[str] = "tablet_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no tablet “{tablet}”.")
    hint: ClassVar[str] = N_("Look at the list of tablets: valise device list.")


class PlatformMismatch(FleetError):
    """The tablet is not of the kit's kind."""

    code: ClassVar[str] = "platform_mismatch"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This is a kit of {wanted} tablets; the tablet is of kind {found}.")
    hint: ClassVar[str] = N_("Use the code of a kit of the right kind.")


class IdentityContradiction(FleetError):
    """The tablet's serial number and its device identifier belong to two different tablets."""

    code: ClassVar[str] = "identity_contradiction"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This tablet gives one known tablet's serial number and another's identifier.")
    hint: ClassVar[str] = N_("Wipe it and scan again; if it happens again, tell the technician.")
