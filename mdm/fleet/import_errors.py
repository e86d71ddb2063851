"""What can be wrong in a file to import, apart from the values themselves."""

from typing import ClassVar

from mdm.fleet.errors import FleetError
from mdm.i18n import N_


class FileRefused(FleetError):
    """The file, or one of its lines, is not what an import can read."""

    code: ClassVar[str] = "file_refused"
    status: ClassVar[int] = 422


class FileTooLarge(FileRefused):
    """It has too many bytes."""

    code: ClassVar[str] = "file_too_large"
    status: ClassVar[int] = 413
    message: ClassVar[str] = N_("The file is larger than {limit} MiB.")
    hint: ClassVar[str] = N_("Import it in several parts, each with the line of titles.")


class TooManyLines(FileRefused):
    """It has too many lines."""

    code: ClassVar[str] = "too_many_lines"
    status: ClassVar[int] = 413
    message: ClassVar[str] = N_("The file has more than {limit} lines.")
    hint: ClassVar[str] = N_("Import it in several parts, each with the line of titles.")


class FileEmpty(FileRefused):
    """There is nothing below the titles."""

    code: ClassVar[str] = "file_empty"
    message: ClassVar[str] = N_("The file has no line to import.")
    hint: ClassVar[str] = N_("Write the titles in the first line and one line for each thing to import below it.")


class EncodingUnknown(FileRefused):
    """Its bytes are no text that an import reads."""

    code: ClassVar[str] = "encoding_unknown"
    message: ClassVar[str] = N_("The file's characters cannot be read: it is not a CSV file in UTF-8 or Windows-1252.")
    hint: ClassVar[str] = N_("Save it from the spreadsheet as “CSV UTF-8”.")


class QuotesBroken(FileRefused):
    """A quotation mark is open or misplaced."""

    code: ClassVar[str] = "quotes_broken"
    message: ClassVar[str] = N_("The quotation marks from this line on do not go in pairs.")
    hint: ClassVar[str] = N_("Put a value that has quotation marks between quotation marks, and double those inside.")


class TitlesUnknown(FileRefused):
    """The first line has no title that this import knows."""

    code: ClassVar[str] = "titles_unknown"
    message: ClassVar[str] = N_("The first line has none of the expected titles.")
    hint: ClassVar[str] = N_("Write in the first line, between “;” or “,”: {expected}.")


class ColumnMissing(FileRefused):
    """A column that is needed is not there."""

    code: ClassVar[str] = "column_missing"
    message: ClassVar[str] = N_("The column “{column}” is missing.")
    hint: ClassVar[str] = N_("Add it; it may be called: {titles}.")


class ColumnTwice(FileRefused):
    """Two columns say the same."""

    code: ClassVar[str] = "column_twice"
    message: ClassVar[str] = N_("This column says the same as the column “{other}”.")
    hint: ClassVar[str] = N_("Remove one of the two.")


class TooManyCells(FileRefused):
    """A line has more values than there are titles."""

    code: ClassVar[str] = "too_many_cells"
    message: ClassVar[str] = N_("This line has {count} values for {titles} columns.")
    hint: ClassVar[str] = N_("Put a value that has “{delimiter}” in it between quotation marks.")


class ValueMissing(FileRefused):
    """A value that is needed is not there."""

    code: ClassVar[str] = "value_missing"
    message: ClassVar[str] = N_("Nothing is written here.")
    hint: ClassVar[str] = N_("Write the value, or remove the line.")


class NumberMalformed(FileRefused):
    """A text is no number, or one that is too small or too large."""

    code: ClassVar[str] = "number_malformed"
    message: ClassVar[str] = N_("“{value}” is not a whole number from 1 to {limit}.")
    hint: ClassVar[str] = N_("Write the number in digits.")


class LineContradicts(FileRefused):
    """Two lines say different things of one subject."""

    code: ClassVar[str] = "line_contradicts"
    message: ClassVar[str] = N_("Line {other} says something else of {key}: {said}.")
    hint: ClassVar[str] = N_("Keep the one that is right.")


class TerritoryNotSaid(FileRefused):
    """Nothing tells which territory a commune belongs to."""

    code: ClassVar[str] = "territory_not_said"
    message: ClassVar[str] = N_("Nothing tells to which territory {insee} belongs.")
    hint: ClassVar[str] = N_("Add a column “territory”, or name the territory for the whole file.")


class KitHasPlatform(FileRefused):
    """A kit that exists is of another kind."""

    code: ClassVar[str] = "kit_has_platform"
    message: ClassVar[str] = N_("The kit “{kit}” exists already, for {platform} tablets.")
    hint: ClassVar[str] = N_("Write {platform}, or another kit's name.")


class KitHasMoreSlots(FileRefused):
    """A kit that exists is larger."""

    code: ClassVar[str] = "kit_has_more_slots"
    message: ClassVar[str] = N_("The kit “{kit}” has {count} places already; an import takes none away.")
    hint: ClassVar[str] = N_("Write {count} or more.")
