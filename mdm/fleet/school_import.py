"""Schools from a file: what its lines say, what they would change, and the change.

Titles: ``uai``, ``name``, ``insee``, ``commune`` and, if wished, ``territory``; those of the ministry's directory of
schools ("Annuaire de l'éducation") are known too.
"""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from mdm.clock import Clock
from mdm.fleet.csv_reading import Cell, Column, Table, parse_cell, read_table
from mdm.fleet.import_errors import LineContradicts, TerritoryNotSaid
from mdm.fleet.import_report import Change, ImportRefused, Problem
from mdm.fleet.insee import parse_insee
from mdm.fleet.names import clean_name
from mdm.fleet.territory import Commune, School, Territory
from mdm.fleet.territory_store import (
    add_territory,
    list_communes,
    list_schools,
    list_territories,
    save_communes,
    save_schools,
)
from mdm.fleet.uai import parse_uai
from mdm.ids import new_id
from mdm.store import Connection

UAI_TITLES = (
    "uai",
    "code uai",
    "numero uai",
    "n uai",
    "no uai",
    "rne",
    "code rne",
    "identifiant de l etablissement",
    "code etablissement",
    "school code",
    "code de l ecole",
    "code ecole",
)
COLUMNS = (
    Column("uai", UAI_TITLES),
    Column(
        "name",
        (
            "name",
            "nom",
            "ecole",
            "nom de l ecole",
            "etablissement",
            "nom etablissement",
            "nom de l etablissement",
            "school",
            "school name",
        ),
    ),
    Column("insee", ("insee", "code insee", "insee code", "code commune", "code insee de la commune")),
    Column("commune", ("commune", "nom commune", "nom de la commune", "commune name", "ville", "town", "city")),
    Column("territory", ("territory", "territoire"), required=False),
)


class SchoolLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that was understood; ``territory`` is empty when the line does not name one."""

    uai: str
    name: str
    insee: str
    commune: str
    territory: str
    cells: tuple[Cell, ...]

    @property
    def line(self) -> int:
        """The line in the file."""
        return self.cells[0].line


class SchoolFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of schools: its table, the lines that were understood, and what is wrong with the others."""

    table: Table
    lines: tuple[SchoolLine, ...]
    problems: tuple[Problem, ...]


class SchoolPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a file would write: whole rows, new or changed."""

    territories: tuple[Territory, ...]
    communes: tuple[Commune, ...]
    schools: tuple[School, ...]
    changes: tuple[Change, ...]


def read_schools(body: bytes) -> SchoolFile:
    """Return what a file's lines say, with every problem in them; raise `ImportRefused` when it cannot be read."""
    table = read_table(body, COLUMNS)
    problems = list(table.problems)
    lines = [line for cells in table.lines if (line := _read_line(cells, problems)) is not None]
    problems.extend(_contradictions(lines))
    return SchoolFile(table=table, lines=tuple(lines), problems=tuple(problems))


def plan_schools(conn: Connection, file: SchoolFile, clock: Clock, *, territory: str | None) -> SchoolPlan:
    """Return what the file would change; raise `ImportRefused` with all its problems.

    ``territory`` is the name of the one that new communes belong to whose lines name none; without it, the only one
    there is.
    """
    known = {one.territory_id: one for one in list_territories(conn)}
    stored = {one.insee: one for one in list_communes(conn)}
    default = territory or (next(iter(known.values())).name if len(known) == 1 else "")
    names = {insee: known[commune.territory_id].name for insee, commune in stored.items()}
    names |= {line.insee: line.territory for line in reversed(file.lines) if line.territory}
    communes = _first_lines(file.lines, lambda line: line.insee)
    unplaced = [line for insee, line in communes.items() if not names.setdefault(insee, default)]
    problems = [line.cells[2].refused(TerritoryNotSaid(insee=line.insee)) for line in unplaced]
    if file.problems or problems:
        raise ImportRefused([*file.problems, *problems])
    territories = {one.name: one for one in known.values()}
    added, changes = [], []
    for insee, line in communes.items():
        if names[insee] not in territories:
            territories[names[insee]] = Territory(territory_id=new_id(clock), name=names[insee])
            added.append(territories[names[insee]])
            changes.append(Change(line=line.line, kind="territory", key=names[insee], before="", after=names[insee]))
    changed_communes, commune_changes = _changed_communes(communes, stored, territories, names)
    changed_schools, school_changes = _changed_schools(_first_lines(file.lines, lambda line: line.uai), conn)
    return SchoolPlan(
        territories=tuple(added),
        communes=tuple(changed_communes),
        schools=tuple(changed_schools),
        changes=(*changes, *commune_changes, *school_changes),
    )


def carry_out_schools(conn: Connection, plan: SchoolPlan) -> None:
    """Write what a plan says, in the caller's transaction."""
    for territory in plan.territories:
        add_territory(conn, territory)
    save_communes(conn, plan.communes)
    save_schools(conn, plan.schools)


def _first_lines(lines: Iterable[SchoolLine], key: Callable[[SchoolLine], str]) -> dict[str, SchoolLine]:
    first: dict[str, SchoolLine] = {}
    for line in lines:
        first.setdefault(key(line), line)
    return first


def _changed_communes(
    lines: Mapping[str, SchoolLine],
    stored: Mapping[str, Commune],
    territories: Mapping[str, Territory],
    names: Mapping[str, str],
) -> tuple[list[Commune], list[Change]]:
    by_id = {territory.territory_id: territory.name for territory in territories.values()}
    communes, changes = [], []
    for insee, line in lines.items():
        commune = Commune(insee=insee, territory_id=territories[names[insee]].territory_id, name=line.commune)
        old = stored.get(insee)
        if old != commune:
            before = f"{old.name}, {by_id[old.territory_id]}" if old else ""
            after = f"{commune.name}, {names[insee]}"
            communes.append(commune)
            changes.append(Change(line=line.line, kind="commune", key=insee, before=before, after=after))
    return communes, changes


def _changed_schools(lines: Mapping[str, SchoolLine], conn: Connection) -> tuple[list[School], list[Change]]:
    stored = {one.uai: one for one in list_schools(conn)}
    schools, changes = [], []
    for uai, line in lines.items():
        old = stored.get(uai)
        if old is None or (old.name, old.insee) != (line.name, line.insee):
            before = f"{old.name}, {old.insee}" if old else ""
            schools.append(School(uai=uai, insee=line.insee, name=line.name))
            changes.append(
                Change(line=line.line, kind="school", key=uai, before=before, after=f"{line.name}, {line.insee}")
            )
    return schools, changes


def _read_line(cells: tuple[Cell, ...], problems: list[Problem]) -> SchoolLine | None:
    uai = parse_cell(cells[0], parse_uai, problems)
    name = parse_cell(cells[1], clean_name, problems)
    insee = parse_cell(cells[2], parse_insee, problems)
    commune = parse_cell(cells[3], clean_name, problems)
    territory = parse_cell(cells[4], clean_name, problems) if cells[4].value else ""
    if uai is None or name is None or insee is None or commune is None or territory is None:
        return None
    return SchoolLine(uai=uai, name=name, insee=insee, commune=commune, territory=territory, cells=cells)


def _contradictions(lines: Iterable[SchoolLine]) -> Iterable[Problem]:
    """Yield the lines that say of a school, or of a commune, something else than a line above."""
    schools: dict[str, SchoolLine] = {}
    communes: dict[str, SchoolLine] = {}
    territories: dict[str, SchoolLine] = {}
    for line in lines:
        _, name_cell, insee_cell, commune_cell, territory_cell = line.cells
        first = schools.setdefault(line.uai, line)
        if first.name != line.name:
            yield name_cell.refused(LineContradicts(other=first.line, key=line.uai, said=first.name))
        if first.insee != line.insee:
            yield insee_cell.refused(LineContradicts(other=first.line, key=line.uai, said=first.insee))
        first = communes.setdefault(line.insee, line)
        if first.commune.casefold() != line.commune.casefold():
            yield commune_cell.refused(LineContradicts(other=first.line, key=line.insee, said=first.commune))
        if line.territory:
            first = territories.setdefault(line.insee, line)
            if first.territory != line.territory:
                error = LineContradicts(other=first.line, key=line.insee, said=first.territory)
                yield territory_cell.refused(error)
