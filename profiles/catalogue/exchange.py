"""Export and import of the catalogue: a dry run that tells all, then all or nothing in one transaction."""

import asyncio
import hashlib
import re
from typing import Literal

import msgspec

from mdm.clock import Clock
from mdm.errors import ValiseError
from mdm.fleet.import_report import ImportRefused, Problem, problem
from mdm.journal import Journal
from mdm.store import Connection, Database
from profiles.catalogue import item_store
from profiles.catalogue.cells import Language
from profiles.catalogue.dossier import Dossier, dossier_of
from profiles.catalogue.entry import Content, Entry, changed_fields
from profiles.catalogue.errors import (
    FieldInvalid,
    ItemChanged,
    ItemExists,
    ItemIdMalformed,
    LineMixed,
    LineRefused,
    LineTwice,
)
from profiles.catalogue.files import CatalogueFile, Line, read_csv, read_json, write_csv, write_json
from profiles.catalogue.item import Item, item_of, references_of
from profiles.catalogue.revising import Reviser

Format = Literal["csv", "json"]

_ITEM_ID = re.compile(r"[0-9a-f]{32}")


class ItemChange(msgspec.Struct, frozen=True, kw_only=True):
    """What one line adds or changes: the item, and the names of the fields. ``item_id`` is empty for a new item."""

    line: int
    item_id: str
    name: str
    fields: tuple[str, ...]


class CatalogueReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, or with ``applied`` false would do; ``digest`` is the file's SHA-256 in hex."""

    digest: str
    encoding: str
    lines: int
    created: tuple[ItemChange, ...]
    changed: tuple[ItemChange, ...]
    unchanged: int
    ignored_columns: tuple[str, ...]
    applied: bool


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One line that was understood: what is there, None for a new item, and what is to be there."""

    line: int
    before: Entry | None
    item: Item
    dossier: Dossier

    @property
    def after(self) -> Content:
        """The content with this line carried out."""
        if self.before is None:
            return Content(item=self.item, dossier=self.dossier)
        return msgspec.structs.replace(self.before.content, item=self.item, dossier=self.dossier)

    @property
    def change(self) -> ItemChange:
        """What the line changes, in fields."""
        fields = changed_fields(self.before.content if self.before else None, self.after)
        item_id = self.before.item_id if self.before else ""
        return ItemChange(line=self.line, item_id=item_id, name=self.item.name, fields=fields)


class Exchange:
    """Exports all items, and imports files. An import changes nothing when anything in the file is wrong."""

    def __init__(self, database: Database, clock: Clock, journal: Journal) -> None:
        self._database = database
        self._journal = journal
        self._reviser = Reviser(clock, journal)

    async def export(self, form: Format, *, language: Language = "fr") -> bytes:
        """Return the whole catalogue as a file; the language is that of a CSV file's words."""

        def write(conn: Connection) -> bytes:
            entries = item_store.all_entries(conn)
            return write_csv(entries, language) if form == "csv" else write_json(entries)

        return await self._database.read_long(write)

    async def import_file(self, body: bytes, form: Format, *, actor: str, dry_run: bool = True) -> CatalogueReport:
        """Import items with their dossiers; raise `ImportRefused` with every problem of the file.

        A line is about the item that has its identifier, or else its bundle identifier, package, number in Apple's
        store or address; where there is none, it is a new one. A line with a revision is refused when the item is at
        another by now. Documents and findings stay as they are.
        """
        file = await asyncio.to_thread(read_csv if form == "csv" else read_json, body)

        def preview(conn: Connection) -> CatalogueReport:
            return _report(body, file, plan(conn, file), applied=False)

        def import_all(conn: Connection) -> CatalogueReport:
            steps = plan(conn, file, hold=True)
            for step in steps:
                if step.before is None:
                    self._reviser.add(conn, step.item, step.dossier, actor=actor)
                else:
                    self._reviser.change(conn, step.before, step.after, actor=actor)
            report = _report(body, file, steps, applied=True)
            if report.created or report.changed:
                detail = {"lines": report.lines, "created": len(report.created), "changed": len(report.changed)}
                subject = f"file:{report.digest}"
                self._journal.record(conn, "catalogue_imported", actor=actor, subject=subject, detail=detail)
            return report

        return await (self._database.read_long(preview) if dry_run else self._database.write(import_all))


def plan(conn: Connection, file: CatalogueFile, *, hold: bool = False) -> list[Step]:
    """Return what a file's lines would do; raise `ImportRefused` with all its problems.

    With ``hold``, no other transaction can change the items before this one ends.
    """
    problems = list(file.problems)
    steps: list[Step] = []
    claimed: dict[tuple[str, str], int] = {}
    seen: dict[str, int] = {}
    for line in file.lines:
        try:
            step = _step(conn, line, seen, hold=hold)
            _claim(conn, step, claimed)
            steps.append(step)
        except FieldInvalid as error:
            problems.append(_at_its_cell(line, error))
        except ValiseError as error:
            problems.append(_of_line(line, error))
    if problems:
        raise ImportRefused(problems)
    return steps


def _step(conn: Connection, line: Line, seen: dict[str, int], *, hold: bool) -> Step:
    if line.item_id and not _ITEM_ID.fullmatch(line.item_id):
        raise ItemIdMalformed(value=line.item_id[:80])
    item_id = _meant(conn, line)
    lookup = item_store.hold_entry if hold else item_store.require_entry
    before = lookup(conn, item_id) if item_id else None
    named = item_id or line.item_id
    if named and (other := seen.setdefault(named, line.line)) != line.line:
        raise LineTwice(other=other)
    # A revision is that of the item whose identifier stands beside it; another territory's counts something else.
    if before is not None and line.item_id == item_id and line.revision not in (None, before.revision):
        raise ItemChanged(name=before.item.name, now=before.revision, given=line.revision or 0)
    item_tree, dossier_tree = line.applied_to(before.content if before else None)
    item = item_of({**item_tree, "item_id": named})
    return Step(line=line.line, before=before, item=item, dossier=dossier_of(dossier_tree))


def _meant(conn: Connection, line: Line) -> str:
    """Return the identifier of the item that a line is about, empty for a new one."""
    if line.item_id and item_store.name_of(conn, line.item_id):
        return line.item_id
    found = [item_store.owner_of(conn, space, value) for space, value in references_of(line.item_values())]
    owners = list(dict.fromkeys(owner for owner in found if owner is not None))
    if len(owners) > 1:
        raise LineMixed(one=item_store.name_of(conn, owners[0]), other=item_store.name_of(conn, owners[1]))
    return owners[0] if owners else ""


def _claim(conn: Connection, step: Step, claimed: dict[tuple[str, str], int]) -> None:
    """Note that a line's item has its references; raise `LineTwice` or `ItemExists` when another has one."""
    own = step.before.item_id if step.before else ""
    for reference in step.item.references:
        if (other := claimed.setdefault(reference, step.line)) != step.line:
            raise LineTwice(other=other)
        owner = item_store.owner_of(conn, *reference)
        if owner is not None and owner != own:
            raise ItemExists(reference=reference[1], name=item_store.name_of(conn, owner))


def _of_line(line: Line, error: ValiseError) -> Problem:
    return problem(line.line, "", "", LineRefused(error))


def _at_its_cell(line: Line, error: FieldInvalid) -> Problem:
    """Return a field's problem in the place where the field stands in the file."""
    where = tuple(str(error.params["where"]).split("[")[0].split("."))
    for path in (("item", *where), ("dossier", *where)):
        if path in line.cells:
            return line.cells[path].refused(LineRefused(error))
    return problem(line.line, ".".join(where), "", LineRefused(error))


def _report(body: bytes, file: CatalogueFile, steps: list[Step], *, applied: bool) -> CatalogueReport:
    changes = [(step.before is None, step.change) for step in steps]
    return CatalogueReport(
        digest=hashlib.sha256(body).hexdigest(),
        encoding=file.encoding,
        lines=len(steps),
        created=tuple(change for new, change in changes if new),
        changed=tuple(change for new, change in changes if not new and change.fields),
        unchanged=sum(not new and not change.fields for new, change in changes),
        ignored_columns=file.ignored,
        applied=applied,
    )
