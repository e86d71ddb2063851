"""Reading CSV files as schools and spreadsheets write them; pure.

UTF-8 (with or without a byte order mark) or Windows-1252; ``;`` or ``,``; RFC 4180 quotes; a first line of titles,
known in French or English whatever their case and accents. Whatever the bytes, the only exception is `ImportRefused`.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import msgspec

from mdm.fleet.errors import FleetError
from mdm.fleet.import_errors import (
    ColumnMissing,
    ColumnTwice,
    EncodingUnknown,
    FileEmpty,
    FileTooLarge,
    QuotesBroken,
    TitlesUnknown,
    TooManyCells,
    TooManyLines,
    ValueMissing,
)
from mdm.fleet.import_report import ImportRefused, Problem, problem

Value = TypeVar("Value")

SIZE_LIMIT_MIB = 8
LINE_LIMIT = 20_000
DELIMITERS = (";", ",")

_SEPARATOR_LINE = re.compile(r"\ufeff?\"?sep=([;,])\"?(?:\r\n|\r|\n|$)", re.IGNORECASE)


class Column(msgspec.Struct, frozen=True):
    """A column that an import knows: its name, all its titles (folded, see `fold_title`), whether it must be there."""

    name: str
    titles: tuple[str, ...]
    required: bool = True


class Record(msgspec.Struct, frozen=True):
    """One record of a file: the line (from 1) that it begins in, and its values."""

    line: int
    values: tuple[str, ...]


class Cell(msgspec.Struct, frozen=True):
    """A value without the spaces around it, with its place: line and title as in the file."""

    line: int
    title: str
    value: str

    def refused(self, error: FleetError) -> Problem:
        """Return the problem that ``error`` is, in this place."""
        return problem(self.line, self.title, self.value, error)


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was read: for each line, the cells of the columns that were asked for, in that order.

    A column that is not in the file, or a line that is too short, gives empty cells. ``problems`` are lines that
    could not be read; ``ignored`` the titles that nobody asked for.
    """

    encoding: str
    delimiter: str
    lines: tuple[tuple[Cell, ...], ...]
    ignored: tuple[str, ...]
    problems: tuple[Problem, ...]


def read_table(body: bytes, columns: Sequence[Column]) -> Table:
    """Return the table in a CSV file; raise `ImportRefused` when its encoding, titles or quotes cannot be read."""
    text, encoding = decode(body)
    if not text.strip():
        raise _refused(0, FileEmpty())
    delimiter, start = _delimiter(text, columns)
    records = split_records(text, delimiter, after=start)
    titles = next(records, Record(1, ()))
    places, ignored = _places(titles, columns)
    lines: list[tuple[Cell, ...]] = []
    problems: list[Problem] = []
    for record in records:
        if len(lines) + len(problems) > LINE_LIMIT:
            break
        if any(value.strip() for value in record.values[len(titles.values) :]):
            error = TooManyCells(count=len(record.values), titles=len(titles.values), delimiter=delimiter)
            problems.append(problem(record.line, "", "", error))
        elif any(value.strip() for value in record.values):
            lines.append(tuple(_cell(record, titles, column, place) for column, place in places))
    if len(lines) + len(problems) > LINE_LIMIT:
        raise _refused(0, TooManyLines(limit=LINE_LIMIT))
    if not lines and not problems:
        raise _refused(0, FileEmpty())
    return Table(encoding=encoding, delimiter=delimiter, lines=tuple(lines), ignored=ignored, problems=tuple(problems))


def decode(body: bytes) -> tuple[str, str]:
    """Return a file's text and its encoding, ``utf-8`` or ``windows-1252``; raise `ImportRefused`."""
    if len(body) > SIZE_LIMIT_MIB * 1024 * 1024:
        raise _refused(0, FileTooLarge(limit=SIZE_LIMIT_MIB))
    if b"\0" in body:
        raise _refused(0, EncodingUnknown())
    marked = body.startswith(codecs.BOM_UTF8)
    try:
        return body.removeprefix(codecs.BOM_UTF8).decode(), "utf-8"
    except UnicodeDecodeError as broken:
        error = broken
    if not marked:
        try:
            return body.decode("cp1252"), "windows-1252"
        except UnicodeDecodeError as broken:
            error = broken
    raise _refused(_line_at(error.object, error.start), EncodingUnknown()) from error


def split_records(text: str, delimiter: str, *, after: int = 0) -> Iterator[Record]:
    """Yield the records of a CSV text, its first ``after`` lines left out.

    Raises `ImportRefused` when quotation marks are not in pairs, with the line in which that begins.
    """
    source = io.StringIO(text, newline="")
    for _ in range(after):
        source.readline()
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    line = after
    while True:
        try:
            values = next(reader, None)
        except csv.Error as broken:
            raise _refused(line + 1, QuotesBroken()) from broken
        if values is None:
            return
        yield Record(line + 1, tuple(values))
        line = after + reader.line_num


def parse_cell(cell: Cell, parse: Callable[[str], Value], problems: list[Problem]) -> Value | None:
    """Return what ``parse`` makes of a cell that must not be empty, or note the problem and return None."""
    if not cell.value:
        problems.append(cell.refused(ValueMissing()))
        return None
    try:
        return parse(cell.value)
    except FleetError as error:
        problems.append(cell.refused(error))
        return None


def fold_title(title: str) -> str:
    """Return a title without case, accents and punctuation: ``Nom de l'école`` is ``nom de l ecole``."""
    decomposed = unicodedata.normalize("NFKD", title)
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(re.findall(r"[^\W_]+", plain.casefold()))


def _delimiter(text: str, columns: Sequence[Column]) -> tuple[str, int]:
    declared = _SEPARATOR_LINE.match(text)
    if declared:
        return declared[1], 1
    known = {title for column in columns for title in column.titles}
    found = {delimiter: _known_titles(text, delimiter, known) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: found[delimiter])
    if not found[best]:
        raise _refused(1, TitlesUnknown(expected="; ".join(column.name for column in columns)))
    return best, 0


def _known_titles(text: str, delimiter: str, known: set[str]) -> int:
    try:
        titles = next(split_records(text, delimiter), Record(1, ()))
    except ImportRefused:
        return 0
    return sum(fold_title(title) in known for title in titles.values)


def _places(titles: Record, columns: Sequence[Column]) -> tuple[list[tuple[Column, int | None]], tuple[str, ...]]:
    folded = [fold_title(title) for title in titles.values]
    places: list[tuple[Column, int | None]] = []
    problems: list[Problem] = []
    for column in columns:
        found = [place for place, title in enumerate(folded) if title in column.titles]
        if not found and column.required:
            missing = ColumnMissing(column=column.name, titles=", ".join(column.titles))
            problems.append(problem(titles.line, column.name, "", missing))
        for place in found[1:]:
            twice = ColumnTwice(other=titles.values[found[0]].strip())
            problems.append(problem(titles.line, titles.values[place].strip(), "", twice))
        places.append((column, found[0] if found else None))
    if problems:
        raise ImportRefused(problems)
    taken = {place for _, place in places}
    ignored = (title.strip() for place, title in enumerate(titles.values) if place not in taken)
    return places, tuple(title for title in ignored if title)


def _cell(record: Record, titles: Record, column: Column, place: int | None) -> Cell:
    if place is None:
        return Cell(record.line, column.name, "")
    value = record.values[place].strip() if place < len(record.values) else ""
    return Cell(record.line, titles.values[place].strip(), value)


def _line_at(body: bytes, offset: int) -> int:
    before = body[:offset]
    return before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n") + 1


def _refused(line: int, error: FleetError) -> ImportRefused:
    return ImportRefused([problem(line, "", "", error)])
