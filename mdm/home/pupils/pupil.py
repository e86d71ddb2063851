"""Pupils and their inscriptions: what little is stored of them."""

import msgspec

from mdm.home.pupils.lines import Source

LEVELS = ("TPS", "PS", "MS", "GS", "CP", "CE1", "CE2", "CM1", "CM2", "ULIS")
"""The levels of a French primary school, in order; a file may name others."""


class Inscription(msgspec.Struct, frozen=True, kw_only=True):
    """A pupil's place in a school; ``class_id`` is None while no class is known."""

    uai: str
    class_id: str | None
    level: str
    source: Source


class Pupil(msgspec.Struct, frozen=True, kw_only=True):
    """A pupil; ``last_name`` holds as much as the school chose, or nothing. ``left_at``: in no school here any more."""

    pupil_id: str
    first_name: str
    last_name: str
    both_must_agree: bool
    left_at: int | None

    @property
    def shown_name(self) -> str:
        """The name as it is shown: ``Lina M.``."""
        return f"{self.first_name} {self.last_name}".rstrip()


class PupilView(msgspec.Struct, frozen=True, kw_only=True):
    """A pupil as lists show it: with the class of one school, and the number of other schools it is in as well."""

    pupil: Pupil
    uai: str
    class_id: str | None
    class_name: str
    level: str
    other_schools: int


class PupilPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a list of pupils; ``next`` asks for the following part, and is empty after the last."""

    pupils: tuple[PupilView, ...]
    next: str


class ClassCount(msgspec.Struct, frozen=True, kw_only=True):
    """A class with how many pupils are in it; ``class_id`` empty for those without a class."""

    class_id: str
    name: str
    level: str
    pupils: int


def clean_level(text: str) -> str:
    """Return a level as it is stored: ``ce1`` is ``CE1``; a longer text is cut to 20 characters."""
    return " ".join(text.split()).upper()[:20]


def class_level(levels: set[str]) -> str:
    """Return the level of a class with pupils of these levels: ``CE1-CE2``."""
    known = [level for level in LEVELS if level in levels]
    return "-".join([*known, *sorted(levels.difference(known) - {""})])[:60]
