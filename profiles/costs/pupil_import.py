"""Pupil numbers from a file: what its lines say and what they would change.

Titles: ``uai`` and ``pupils``; those that the ministry and town halls use are known too. A file is for one year.
"""

from collections.abc import Mapping

import msgspec

from mdm.fleet.csv_reading import Cell, Column, parse_cell, read_table
from mdm.fleet.import_report import ImportRefused, Problem
from mdm.fleet.school_import import UAI_TITLES
from mdm.fleet.uai import parse_uai
from mdm.store import Connection
from profiles.costs.errors import PupilsInvalid, SchoolOfPupilsUnknown, SchoolTwice
from profiles.costs.place_store import list_pupils

PUPILS_LIMIT = 5000
"""Pupils of one school."""
COLUMNS = (
    Column("uai", UAI_TITLES),
    Column(
        "pupils",
        (
            "pupils",
            "eleves",
            "nombre d eleves",
            "nombre eleves",
            "nb eleves",
            "effectif",
            "effectifs",
            "nombre total d eleves",
            "number of pupils",
        ),
    ),
)


class PupilLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that was understood."""

    uai: str
    pupils: int
    cells: tuple[Cell, ...]


class PupilChange(msgspec.Struct, frozen=True, kw_only=True):
    """A school whose number the file changes; ``before`` is None when there was none."""

    line: int
    uai: str
    before: int | None
    after: int


class PupilReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import of pupil numbers did, or with ``applied`` false would do."""

    year: int
    lines: int
    changed: tuple[PupilChange, ...]
    ignored_columns: tuple[str, ...]
    applied: bool


class PupilFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of pupil numbers: the lines that were understood, and what is wrong with the others."""

    lines: tuple[PupilLine, ...]
    problems: tuple[Problem, ...]
    ignored_columns: tuple[str, ...]


def parse_pupils(text: str) -> int:
    """Return a school's number of pupils; raise `PupilsInvalid`."""
    plain = "".join(text.split())
    if not (plain.isascii() and plain.isdigit() and len(plain) < 9):
        raise PupilsInvalid(value=text.strip()[:40], limit=PUPILS_LIMIT)
    return check_pupils(int(plain))


def check_pupils(count: int) -> int:
    """Return ``count``; raise `PupilsInvalid` when no school has so many pupils."""
    if not 0 <= count <= PUPILS_LIMIT:
        raise PupilsInvalid(value=str(count), limit=PUPILS_LIMIT)
    return count


def read_pupils(body: bytes) -> PupilFile:
    """Return what a file's lines say, with every problem in them; raise `ImportRefused` when it cannot be read."""
    table = read_table(body, COLUMNS)
    problems = list(table.problems)
    first: dict[str, PupilLine] = {}
    for cells in table.lines:
        uai = parse_cell(cells[0], parse_uai, problems)
        pupils = parse_cell(cells[1], parse_pupils, problems)
        if uai is None or pupils is None:
            continue
        known = first.setdefault(uai, PupilLine(uai=uai, pupils=pupils, cells=cells))
        if known.pupils != pupils:
            problems.append(cells[1].refused(SchoolTwice(other=known.cells[0].line, uai=uai)))
    return PupilFile(lines=tuple(first.values()), problems=tuple(problems), ignored_columns=table.ignored)


def plan_pupils(conn: Connection, file: PupilFile, year: int) -> tuple[PupilChange, ...]:
    """Return what the file would change; raise `ImportRefused` with all its problems."""
    known: Mapping[str, int | None] = {school.uai: school.pupils for school in list_pupils(conn, year)}
    unknown = [
        line.cells[0].refused(SchoolOfPupilsUnknown(uai=line.uai)) for line in file.lines if line.uai not in known
    ]
    if file.problems or unknown:
        raise ImportRefused([*file.problems, *unknown])
    return tuple(
        PupilChange(line=line.cells[0].line, uai=line.uai, before=known[line.uai], after=line.pupils)
        for line in file.lines
        if known[line.uai] != line.pupils
    )
