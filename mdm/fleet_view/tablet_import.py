"""Tablets from a file: what its lines say, what they would change, and the change.

Titles: ``serial``, ``platform`` and, if wished, ``model``, ``uai``, ``kit``, ``slot``. A line without a kit is a spare.
A tablet that is known keeps what it is; one that is in no kit takes the place that the file gives it. The file that
`tablet_export` writes can be imported again: it has these titles among others.
"""

import asyncio
import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

import msgspec

from mdm.clock import Clock
from mdm.errors import Words
from mdm.fleet.csv_reading import Cell, Column, Table, parse_cell, read_table
from mdm.fleet.errors import FleetError, KitUnknown, PlatformMismatch, SlotTaken, SlotUnknown
from mdm.fleet.import_errors import FileRefused, LineContradicts, NumberMalformed, ValueMissing
from mdm.fleet.import_report import Change, ImportRefused, ImportReport, Problem
from mdm.fleet.kit import SLOT_LIMIT
from mdm.fleet.names import NAME_LIMIT, clean_name
from mdm.fleet.school_import import UAI_TITLES
from mdm.fleet.slot_binding import Identity, assign_tablet, register_tablet
from mdm.fleet.states import STATE_NAMES, TabletState
from mdm.fleet.tablet import Platform, clean_serial, parse_platform
from mdm.fleet.uai import parse_uai
from mdm.i18n import N_
from mdm.journal import Journal
from mdm.store import Connection, Database, Row

COLUMNS = (
    Column("serial", ("serial", "serial number", "numero de serie", "n de serie", "no de serie", "serie", "sn")),
    Column("platform", ("platform", "plateforme", "plate forme", "type", "kind")),
    Column("model", ("model", "modele"), required=False),
    Column("uai", UAI_TITLES, required=False),
    Column("kit", ("kit", "kit name", "valise", "nom de la valise", "mallette"), required=False),
    Column(
        "slot", ("slot", "place", "place number", "numero de place", "emplacement", "numero", "number"), required=False
    ),
)
_NUMBER = re.compile(r"[0-9]{1,3}")
_SHOWN = 40


class TabletElsewhere(FleetError):
    """A tablet that the file places is in another place."""

    code: ClassVar[str] = "tablet_elsewhere"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This tablet is in another place: {place}.")
    hint: ClassVar[str] = N_("An import moves no tablet. Move it on its page, or remove the line.")


class TabletRetired(FleetError):
    """A tablet that the file places is retired."""

    code: ClassVar[str] = "tablet_is_retired"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This tablet is “{state}”, and stays so.")
    hint: ClassVar[str] = N_("Remove the line.")


class PlaceWithoutKit(FileRefused):
    """A line names a place or a school without a kit, or a kit without the rest."""

    code: ClassVar[str] = "place_without_kit"
    message: ClassVar[str] = N_("A place is a school's code, a kit and a number: one of them is missing.")
    hint: ClassVar[str] = N_("Write all three, or none of them for a spare.")


class TabletLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that was understood; ``kit`` is empty for a spare."""

    serial: str
    platform: Platform
    model: str
    uai: str
    kit: str
    slot: int
    cells: tuple[Cell, ...]


class TabletFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of tablets: its table, the lines that were understood, and what is wrong with the others."""

    table: Table
    lines: tuple[TabletLine, ...]
    problems: tuple[Problem, ...]


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A tablet to add, or one that is known; with a kit, the place that it takes."""

    line: TabletLine
    known: bool
    kit_id: str


class TabletImports:
    """Imports files of tablets; raises `ImportRefused` with every problem of the file, and then changes nothing."""

    def __init__(self, database: Database, clock: Clock, journal: Journal) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal

    async def tablets(self, body: bytes, *, actor: str, dry_run: bool = True) -> ImportReport:
        """Add tablets, spares or in places of kits that exist. Importing a file again changes nothing."""
        file = await asyncio.to_thread(read_tablets, body)

        def preview(conn: Connection) -> ImportReport:
            return _report(body, file, _plan(conn, file), applied=False)

        def import_all(conn: Connection) -> ImportReport:
            plan = _plan(conn, file)
            for one in plan:
                self._add(conn, one, actor)
            report = _report(body, file, plan, applied=True)
            if plan:
                self._journal.record(
                    conn,
                    "tablets_imported",
                    actor=actor,
                    subject=f"file:{report.digest}",
                    detail={
                        "lines": report.lines,
                        "created": len(report.created),
                        "changed": len(report.changed),
                    },
                )
            return report

        return await (self._database.read_long(preview) if dry_run else self._database.write(import_all))

    def _add(self, conn: Connection, one: Arrival, actor: str) -> None:
        line = one.line
        identity = Identity(platform=line.platform, serial=line.serial, model=line.model)
        tablet = register_tablet(conn, self._journal, self._clock, identity, actor=actor)
        if one.kit_id:
            assign_tablet(
                conn,
                self._journal,
                tablet_id=tablet.tablet_id,
                kit_id=one.kit_id,
                slot_number=line.slot,
                actor=actor,
            )


def read_tablets(body: bytes) -> TabletFile:
    """Return what a file's lines say, with every problem in them; raise `ImportRefused` when it cannot be read."""
    table = read_table(body, COLUMNS)
    problems = list(table.problems)
    lines = [line for cells in table.lines if (line := _read_line(cells, problems)) is not None]
    problems.extend(_contradictions(lines))
    return TabletFile(table=table, lines=tuple(lines), problems=tuple(problems))


def _read_line(cells: tuple[Cell, ...], problems: list[Problem]) -> TabletLine | None:
    serial = parse_cell(cells[0], _parse_serial, problems)
    platform = parse_cell(cells[1], parse_platform, problems)
    model = parse_cell(cells[2], lambda text: clean_name(text, limit=NAME_LIMIT), problems) if cells[2].value else ""
    place = [bool(cell.value) for cell in cells[3:6]]
    if any(place) and not all(place):
        problems.append(cells[3 + place.index(False)].refused(PlaceWithoutKit()))
        return None
    uai, kit, slot = "", "", 0
    if all(place):
        uai, kit = parse_cell(cells[3], parse_uai, problems) or "", cells[4].value
        slot = parse_cell(cells[5], _parse_slot, problems) or 0
        if not uai or not slot:
            return None
    if serial is None or platform is None or model is None:
        return None
    return TabletLine(serial=serial, platform=platform, model=model, uai=uai, kit=kit, slot=slot, cells=cells)


def _parse_serial(text: str) -> str:
    serial = clean_serial(text)
    if serial is None:
        raise ValueMissing
    return serial


def _parse_slot(text: str) -> int:
    if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= SLOT_LIMIT:
        raise NumberMalformed(value=text[:_SHOWN], limit=SLOT_LIMIT)
    return int(text)


def _contradictions(lines: Iterable[TabletLine]) -> Iterator[Problem]:
    """Yield the lines that say of a tablet, or of a place, something else than a line above."""
    tablets: dict[str, TabletLine] = {}
    places: dict[tuple[str, str, int], TabletLine] = {}
    for line in lines:
        first = tablets.setdefault(line.serial, line)
        said = msgspec.structs.replace(line, cells=first.cells)
        if said != first:
            yield line.cells[0].refused(
                LineContradicts(other=first.cells[0].line, key=line.serial, said=_placed(first) or first.platform.value)
            )
        if line.kit:
            there = places.setdefault((line.uai, line.kit, line.slot), line)
            if there.serial != line.serial:
                yield line.cells[5].refused(
                    LineContradicts(other=there.cells[0].line, key=_placed(line), said=there.serial)
                )


def _plan(conn: Connection, file: TabletFile) -> list[Arrival]:
    problems = list(file.problems)
    plan: dict[str, Arrival] = {}
    for line in file.lines:
        known = conn.one(_TABLET, serial=line.serial)
        kit = conn.one(_KIT, uai=line.uai, name=line.kit, number=line.slot) if line.kit else None
        found = list(_conflicts(line, known, kit))
        problems += found
        if found or line.serial in plan:
            continue
        placed = known is not None and known["kit_id"] is not None
        if known is None or (kit is not None and not placed):
            plan[line.serial] = Arrival(line=line, known=known is not None, kit_id=kit["kit_id"] if kit else "")
    if problems:
        raise ImportRefused(problems)
    return list(plan.values())


def _conflicts(line: TabletLine, known: Row | None, kit: Row | None) -> Iterator[Problem]:
    serial, platform, _, _, kit_cell, slot_cell = line.cells
    if known is not None and known["platform"] != line.platform:
        yield platform.refused(PlatformMismatch(wanted=line.platform.value, found=known["platform"]))
    if not line.kit:
        return
    if kit is None:
        yield kit_cell.refused(KitUnknown(kit=f"{line.uai}/{line.kit}"[:_SHOWN]))
        return
    if kit["platform"] != line.platform:
        yield platform.refused(PlatformMismatch(wanted=kit["platform"], found=line.platform.value))
    if kit["number"] is None:
        yield slot_cell.refused(SlotUnknown(number=line.slot))
    elif kit["tablet_id"] is not None and (known is None or kit["tablet_id"] != known["tablet_id"]):
        yield slot_cell.refused(SlotTaken(slot=kit["slot_name"], number=line.slot, holder=kit["holder"] or "?"))
    if known is None:
        return
    if known["state"] == TabletState.RETIRED:
        yield serial.refused(TabletRetired(state=Words(STATE_NAMES[TabletState.RETIRED])))
    elif known["kit_id"] is not None and (known["kit_id"], known["number"]) != (kit["kit_id"], line.slot):
        yield serial.refused(TabletElsewhere(place=known["slot_name"]))


def _report(body: bytes, file: TabletFile, plan: list[Arrival], *, applied: bool) -> ImportReport:
    changes = [
        Change(
            line=one.line.cells[0].line,
            kind="tablet",
            key=one.line.serial,
            before="–" if one.known else "",
            after=_placed(one.line) or one.line.platform.value,
        )
        for one in plan
    ]
    return ImportReport(
        digest=hashlib.sha256(body).hexdigest(),
        encoding=file.table.encoding,
        delimiter=file.table.delimiter,
        lines=len(file.table.lines),
        created=tuple(change for change in changes if not change.before),
        changed=tuple(change for change in changes if change.before),
        unchanged=len(file.table.lines) - len(changes),
        ignored_columns=file.table.ignored,
        applied=applied,
    )


def _placed(line: TabletLine) -> str:
    return f"{line.uai}/{line.kit} {line.slot:02d}" if line.kit else ""


_TABLET = """
SELECT tablet.tablet_id, tablet.platform, tablet.state, slot.kit_id, slot.number, slot.name AS slot_name
FROM tablet LEFT JOIN slot ON slot.tablet_id = tablet.tablet_id WHERE tablet.serial = :serial
"""

_KIT = """
SELECT kit.kit_id, kit.platform, slot.number, slot.name AS slot_name, slot.tablet_id, tablet.serial AS holder
FROM kit LEFT JOIN slot ON slot.kit_id = kit.kit_id AND slot.number = :number
LEFT JOIN tablet ON tablet.tablet_id = slot.tablet_id
WHERE kit.uai = :uai AND kit.name = :name
"""
