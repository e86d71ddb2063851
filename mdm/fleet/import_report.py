"""What an import would do or did, and what is wrong with a file, line by line."""

from collections.abc import Callable, Iterable
from typing import ClassVar, Literal

import msgspec

from mdm.fleet.errors import FleetError
from mdm.i18n import N_, Translator

_SHOWN = 80


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that line ``line`` creates or changes; ``before`` is empty for a creation."""

    line: int
    kind: Literal["territory", "commune", "school", "kit", "tablet"]
    key: str
    before: str
    after: str


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, or with ``applied`` false would do.

    ``lines`` counts the lines with content below the titles, ``unchanged`` those of them that say what is known.
    ``digest`` is the file's SHA-256 in hex; ``encoding`` is ``utf-8`` or ``windows-1252``.
    """

    digest: str
    encoding: str
    delimiter: str
    lines: int
    created: tuple[Change, ...]
    changed: tuple[Change, ...]
    unchanged: int
    ignored_columns: tuple[str, ...]
    applied: bool


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong in one place of a file: its line (from 1), its column's title, its value, and the words for it.

    ``column`` is empty when the whole line or file is meant, ``line`` 0 when it is the whole file.
    """

    line: int
    column: str
    value: str
    error: FleetError

    def text(self, translate: Translator | Callable[..., str]) -> str:
        """Return what is wrong."""
        return self.error.text(translate)

    def advice(self, translate: Translator | Callable[..., str]) -> str:
        """Return what would be right."""
        return self.error.advice(translate)


class ImportRefused(FleetError):
    """A file cannot be imported; ``problems`` are all that was found, in the order of the lines."""

    code: ClassVar[str] = "import_refused"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("Nothing was imported; places to correct in the file: {count}.")
    hint: ClassVar[str] = N_("Correct them all, then import the whole file again.")

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__(count=len(self.problems))


def problem(line: int, column: str, value: str, error: FleetError) -> Problem:
    """Return a problem; a long value is shortened, and what cannot be printed left out."""
    shown = "".join(character for character in value if character.isprintable())
    return Problem(line=line, column=column, value=shown[:_SHOWN], error=error)
