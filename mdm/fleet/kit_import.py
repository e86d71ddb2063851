"""Kits from a file: what its lines say, what they would change, and the change.

Titles: ``uai``, ``kit``, ``platform``, ``slots``. A kit that exists may grow; an import never makes one smaller.
"""

import re
from collections.abc import Iterable

import msgspec

from mdm.clock import Clock
from mdm.fleet.csv_reading import Cell, Column, Table, parse_cell, read_table
from mdm.fleet.errors import SchoolUnknown
from mdm.fleet.import_errors import KitHasMoreSlots, KitHasPlatform, LineContradicts, NumberMalformed
from mdm.fleet.import_report import Change, ImportRefused, Problem
from mdm.fleet.kit import SLOT_LIMIT, Kit, KitSummary, check_slot_count
from mdm.fleet.kit_store import add_kit, add_slots, list_kits
from mdm.fleet.names import KIT_NAME_LIMIT, clean_name
from mdm.fleet.school_import import UAI_TITLES
from mdm.fleet.tablet import Platform, parse_platform
from mdm.fleet.territory_store import list_schools
from mdm.fleet.uai import parse_uai
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.store import Connection

COLUMNS = (
    Column("uai", UAI_TITLES),
    Column(
        "kit",
        (
            "kit",
            "kit name",
            "name",
            "nom",
            "nom du kit",
            "valise",
            "nom de la valise",
            "mallette",
            "nom de la mallette",
        ),
    ),
    Column("platform", ("platform", "plateforme", "plate forme", "type", "kind")),
    Column(
        "slots",
        (
            "slots",
            "number of slots",
            "places",
            "nombre de places",
            "emplacements",
            "nombre d emplacements",
            "tablettes",
            "nombre de tablettes",
            "tablets",
        ),
    ),
)
_NUMBER = re.compile(r"[0-9]{1,6}")
_SHOWN = 40


class KitLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that was understood."""

    uai: str
    name: str
    platform: Platform
    slots: int
    cells: tuple[Cell, ...]

    @property
    def line(self) -> int:
        """The line in the file."""
        return self.cells[0].line


class KitFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of kits: its table, the lines that were understood, and what is wrong with the others."""

    table: Table
    lines: tuple[KitLine, ...]
    problems: tuple[Problem, ...]


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """Slots to add to a kit: those numbered ``first`` to ``last``; ``new`` when the kit itself is to be added."""

    kit: Kit
    new: bool
    first: int
    last: int


class KitPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a file would write."""

    growths: tuple[Growth, ...]
    changes: tuple[Change, ...]


def read_kits(body: bytes) -> KitFile:
    """Return what a file's lines say, with every problem in them; raise `ImportRefused` when it cannot be read."""
    table = read_table(body, COLUMNS)
    problems = list(table.problems)
    lines = [line for cells in table.lines if (line := _read_line(cells, problems)) is not None]
    problems.extend(_contradictions(lines))
    return KitFile(table=table, lines=tuple(lines), problems=tuple(problems))


def plan_kits(conn: Connection, file: KitFile, clock: Clock) -> KitPlan:
    """Return what the file would change; raise `ImportRefused` with all its problems."""
    schools = {school.uai for school in list_schools(conn)}
    stored = {(one.kit.uai, one.kit.name): one for one in list_kits(conn)}
    problems = list(file.problems)
    growths: dict[tuple[str, str], Growth] = {}
    changes: list[Change] = []
    for line in file.lines:
        key, old = (line.uai, line.name), stored.get((line.uai, line.name))
        found = list(_conflicts(line, old, schools))
        problems.extend(found)
        if found or key in growths or (old is not None and old.slots == line.slots):
            continue
        growths[key] = _growth(line, old, clock)
        changes.append(
            Change(
                line=line.line,
                kind="kit",
                key=f"{line.uai}/{line.name}",
                before=f"{line.platform.value}, {old.slots}" if old else "",
                after=f"{line.platform.value}, {line.slots}",
            )
        )
    if problems:
        raise ImportRefused(problems)
    return KitPlan(growths=tuple(growths.values()), changes=tuple(changes))


def carry_out_kits(conn: Connection, plan: KitPlan, journal: Journal, *, actor: str) -> None:
    """Write what a plan says and journal each kit, in the caller's transaction."""
    for growth in plan.growths:
        if growth.new:
            add_kit(conn, growth.kit, growth.last)
        else:
            add_slots(conn, growth.kit, first=growth.first, last=growth.last)
        journal.record(
            conn,
            "kit_created" if growth.new else "kit_grown",
            actor=actor,
            subject=f"kit:{growth.kit.kit_id}",
            detail={"school": growth.kit.uai, "platform": growth.kit.platform.value, "slots": growth.last},
        )


def _read_line(cells: tuple[Cell, ...], problems: list[Problem]) -> KitLine | None:
    uai = parse_cell(cells[0], parse_uai, problems)
    name = parse_cell(cells[1], lambda text: clean_name(text, limit=KIT_NAME_LIMIT), problems)
    platform = parse_cell(cells[2], parse_platform, problems)
    slots = parse_cell(cells[3], _parse_slots, problems)
    if uai is None or name is None or platform is None or slots is None:
        return None
    return KitLine(uai=uai, name=name, platform=platform, slots=slots, cells=cells)


def _parse_slots(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise NumberMalformed(value=text[:_SHOWN], limit=SLOT_LIMIT)
    return check_slot_count(int(text))


def _contradictions(lines: Iterable[KitLine]) -> Iterable[Problem]:
    """Yield the lines that say of a kit something else than a line above."""
    kits: dict[tuple[str, str], KitLine] = {}
    for line in lines:
        first = kits.setdefault((line.uai, line.name), line)
        if first.platform is not line.platform:
            error = LineContradicts(other=first.line, key=line.name, said=first.platform.value)
            yield line.cells[2].refused(error)
        if first.slots != line.slots:
            yield line.cells[3].refused(LineContradicts(other=first.line, key=line.name, said=first.slots))


def _conflicts(line: KitLine, old: KitSummary | None, schools: set[str]) -> Iterable[Problem]:
    """Yield what of a line cannot be with what is stored."""
    if line.uai not in schools:
        yield line.cells[0].refused(SchoolUnknown(uai=line.uai))
    if old is not None and old.kit.platform is not line.platform:
        yield line.cells[2].refused(KitHasPlatform(kit=line.name, platform=old.kit.platform.value))
    if old is not None and old.slots > line.slots:
        yield line.cells[3].refused(KitHasMoreSlots(kit=line.name, count=old.slots))


def _growth(line: KitLine, old: KitSummary | None, clock: Clock) -> Growth:
    if old is not None:
        return Growth(kit=old.kit, new=False, first=old.slots + 1, last=line.slots)
    kit = Kit(
        kit_id=new_id(clock),
        uai=line.uai,
        name=line.name,
        platform=line.platform,
        edition_id=None,
        created_at=clock.ms(),
    )
    return Growth(kit=kit, new=True, first=1, last=line.slots)
