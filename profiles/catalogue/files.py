"""The catalogue as a CSV or a JSON file: what a file's lines say, and a file of what there is; pure.

A CSV line changes what its columns say and leaves the rest; an entry of a JSON file says all of an item and dossier.
"""

import csv
import io
from collections.abc import Iterable
from itertools import islice
from typing import Any

import msgspec

from mdm.errors import Words
from mdm.fleet.csv_reading import Cell, decode, fold_title, read_table, split_records
from mdm.fleet.import_errors import FileRefused, FileTooLarge, TooManyLines
from mdm.fleet.import_report import ImportRefused, Problem, problem
from mdm.i18n import N_
from profiles.catalogue.cells import CellWrong, Language, disarmed, rearmed
from profiles.catalogue.columns import FIELDS, Field
from profiles.catalogue.entry import Content, Entry
from profiles.catalogue.errors import CellNotUnderstood, FileNotCatalogue
from profiles.charter.canonical import Tree

_MARK = "valise_catalogue"
_VERSION = 1
_JSON_MIB = 64
ITEM_LIMIT = 2_000
"""Items in one file: an import is one transaction, which others wait for."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of one item. ``line``: of a CSV file, or an entry's number in a JSON file, from 1.

    ``values``: paths in ``{"item": ..., "dossier": ...}`` with what is written there, None to take it away; when
    ``whole``, all that is not named is taken away. ``cells``: where in the file a path's value is.
    """

    line: int
    item_id: str
    revision: int | None
    whole: bool
    values: tuple[tuple[tuple[str, ...], Any], ...]
    cells: dict[tuple[str, ...], Cell] = {}

    def applied_to(self, content: Content | None) -> tuple[Tree, Tree]:
        """Return the trees of the item and the dossier that this line makes of what is there."""
        before = {} if content is None or self.whole else content.tree()
        tree: dict[str, Any] = {"item": before.get("item", {}), "dossier": before.get("dossier", {})}
        for path, value in self.values:
            _put(tree, path, value)
        return tree["item"], tree["dossier"]

    def item_values(self) -> dict[str, Any]:
        """Return what the line says of the item itself, by field."""
        return {path[1]: value for path, value in self.values if path[0] == "item" and len(path) == 2}


class CatalogueFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was read: its lines, and what is wrong with the others. ``ignored``: titles that nobody knows."""

    encoding: str
    lines: tuple[Line, ...]
    problems: tuple[Problem, ...]
    ignored: tuple[str, ...] = ()


def read_csv(body: bytes) -> CatalogueFile:
    """Return what a CSV file says; raise `ImportRefused` when it cannot be read as one."""
    table = read_table(body, [field.column for field in FIELDS])
    _require_few(len(table.lines))
    present = _present(body, table.delimiter)
    problems = list(table.problems)
    lines = []
    for cells in table.lines:
        pairs = [(field, cell) for field, cell in zip(FIELDS, cells, strict=True) if field.name in present]
        before = len(problems)
        values = {field.path: _value(field, cell, problems) for field, cell in pairs}
        if len(problems) == before:
            item_id, revision = values.pop(("item", "item_id"), None), values.pop(("revision",), None)
            lines.append(
                Line(
                    line=cells[0].line,
                    item_id=item_id or "",
                    revision=revision,
                    whole=False,
                    values=tuple(values.items()),
                    cells={field.path: cell for field, cell in pairs},
                )
            )
    return CatalogueFile(encoding=table.encoding, lines=tuple(lines), problems=tuple(problems), ignored=table.ignored)


def read_json(body: bytes) -> CatalogueFile:
    """Return what a JSON file says; raise `ImportRefused` when it is not one of a catalogue."""
    if len(body) > _JSON_MIB * 1024 * 1024:
        raise _refused(FileTooLarge(limit=_JSON_MIB))
    try:
        tree = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _refused(FileNotCatalogue(reason=Words(N_("it is not whole JSON")))) from error
    if not isinstance(tree, dict) or tree.get(_MARK) != _VERSION or not isinstance(tree.get("items"), list):
        raise _refused(FileNotCatalogue(reason=Words(N_("it does not begin as an exported catalogue does"))))
    _require_few(len(tree["items"]))
    lines, problems = [], []
    for number, one in enumerate(tree["items"], start=1):
        try:
            lines.append(_json_line(number, one))
        except FileNotCatalogue as error:
            problems.append(problem(number, "", "", error))
    return CatalogueFile(encoding="utf-8", lines=tuple(lines), problems=tuple(problems))


def write_csv(entries: Iterable[Entry], language: Language) -> bytes:
    """Return a CSV file that a French or an English spreadsheet opens as it is: UTF-8 with its mark, all quoted."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([field.title(language) for field in FIELDS])
    for entry in entries:
        tree = {"revision": entry.revision, **entry.content.tree()}
        writer.writerow([disarmed(_cell(field, tree, language)) for field in FIELDS])
    return out.getvalue().encode("utf-8-sig")


def write_json(entries: Iterable[Entry]) -> bytes:
    """Return a JSON file with all that there is of each item; what the machine found is there to be read only."""
    items = [{"revision": entry.revision, "digest": entry.digest, **entry.content.tree()} for entry in entries]
    return msgspec.json.format(msgspec.json.encode({_MARK: _VERSION, "items": items}), indent=2) + b"\n"


def _present(body: bytes, delimiter: str) -> set[str]:
    """Return the names of the columns that the file has: an empty cell says something, a missing column does not."""
    text, _ = decode(body)
    # The first line may only say which separator there is.
    for record in islice(split_records(text, delimiter), 2):
        titles = {fold_title(title) for title in record.values}
        found = {field.name for field in FIELDS if titles.intersection(field.column.titles)}
        if found:
            return found
    return set()


def _value(field: Field, cell: Cell, problems: list[Problem]) -> Any:
    if not cell.value:
        return None
    try:
        return field.form.read(rearmed(cell.value))
    except CellWrong as wrong:
        problems.append(cell.refused(CellNotUnderstood(value=cell.value[:80], expected=Words(wrong.expected))))
        return None


def _json_line(number: int, one: Any) -> Line:
    if not isinstance(one, dict) or not isinstance(one.get("item"), dict):
        raise FileNotCatalogue(reason=Words(N_("this entry has no item")))
    item, dossier, revision = dict(one["item"]), one.get("dossier", {}), one.get("revision")
    item_id = item.pop("item_id", "")
    if not isinstance(dossier, dict) or not isinstance(item_id, str):
        raise FileNotCatalogue(reason=Words(N_("this entry's dossier or identifier is not one")))
    if isinstance(revision, bool) or not isinstance(revision, int | None):
        raise FileNotCatalogue(reason=Words(N_("this entry's revision is not a number")))
    values = [(("item", key), value) for key, value in item.items()]
    values += [(("dossier", key), value) for key, value in dossier.items()]
    return Line(line=number, item_id=item_id, revision=revision, whole=True, values=tuple(values))


def _cell(field: Field, tree: Tree, language: Language) -> str:
    value = tree
    for key in field.path:
        value = value.get(key) if isinstance(value, dict) else None
    return "" if value is None else field.form.write(value, language)


def _put(tree: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    here = tree
    for key in path[:-1]:
        inner = here.get(key)
        here[key] = dict(inner) if isinstance(inner, dict) else {}
        here = here[key]
    if value is None:
        here.pop(path[-1], None)
    else:
        here[path[-1]] = value


def _require_few(count: int) -> None:
    if count > ITEM_LIMIT:
        raise _refused(TooManyLines(limit=ITEM_LIMIT))


def _refused(error: FileRefused) -> ImportRefused:
    return ImportRefused([problem(0, "", "", error)])
