"""What the lines of an import's files say, once they are read: frozen values that are kept sealed."""

from enum import StrEnum

import msgspec

from mdm.i18n import Translator


class Source(StrEnum):
    """Where a pupil's inscription comes from; ONDE's word goes before a town hall's."""

    ONDE = "onde"
    MUNICIPAL = "municipal"
    HAND = "hand"


class PupilLine(msgspec.Struct, frozen=True, kw_only=True):
    """A pupil as a line says. ``file`` counts the files from 1; ``birth``: ISO 8601, empty when it is not said.

    ``file_name``: for whoever is asked about the line; empty where it came without one.
    """

    file: int
    line: int
    source: Source
    uai: str
    class_name: str
    level: str
    first_name: str
    last_name: str
    usage_name: str = ""
    birth: str = ""
    ine: str = ""
    file_name: str = ""


class Child(msgspec.Struct, frozen=True, kw_only=True):
    """A child as a guardian's line names it."""

    first_name: str
    last_name: str
    usage_name: str
    class_name: str


class GuardianLine(msgspec.Struct, frozen=True, kw_only=True):
    """A guardian as a line says, with the children that the line names."""

    file: int
    line: int
    uai: str
    civility: str
    first_name: str
    last_name: str
    children: tuple[Child, ...]


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """A line that was left out, with the words for it (gettext texts and their parameters)."""

    file: int
    line: int
    column: str
    value: str
    message: str
    hint: str
    params: dict[str, str | int]

    def text(self, translate: Translator) -> str:
        """Return what is wrong."""
        return translate(self.message, **self.params)

    def advice(self, translate: Translator) -> str:
        """Return what would be right."""
        return translate(self.hint, **self.params) if self.hint else ""


class FileRead(msgspec.Struct, frozen=True, kw_only=True):
    """How a file was read. ``kind``: ``pupils`` or ``guardians``; ``ignored``: titles that nothing was taken from.

    ``name``: as its sender calls it; empty where it came without one.
    """

    file: int
    kind: str
    encoding: str
    delimiter: str
    title_line: int
    lines: int
    ignored: tuple[str, ...]
    name: str = ""


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """All that an import's files say."""

    files: tuple[FileRead, ...]
    pupils: tuple[PupilLine, ...]
    guardians: tuple[GuardianLine, ...]
    unread: tuple[Unread, ...]

    @property
    def uais(self) -> tuple[str, ...]:
        """The schools that the lines speak of, in order."""
        return tuple(sorted({one.uai for one in self.pupils} | {one.uai for one in self.guardians}))
