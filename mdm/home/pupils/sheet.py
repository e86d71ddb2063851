"""Reading the tables that schools and town halls export, with more patience than `mdm.fleet.csv_reading`; pure.

UTF-8 (with or without a byte order mark), UTF-16 with one, or Windows-1252 (which ISO 8859-1 is a part of, for text);
``;``, ``,``, tab or ``|``; lines before the titles are passed over; a title may be there several times where a column
says so. Whatever the bytes, the only exception is `ImportRefused`.
"""

import codecs
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from mdm.fleet.csv_reading import SIZE_LIMIT_MIB, Record, decode, fold_title, split_records
from mdm.fleet.import_errors import (
    ColumnMissing,
    ColumnTwice,
    EncodingUnknown,
    FileEmpty,
    FileTooLarge,
    TitlesUnknown,
    TooManyLines,
)
from mdm.fleet.import_report import ImportRefused, problem
from mdm.home.pupils.errors import MappingUnknown

LINE_LIMIT = 60_000
"""Lines in one file: all the pupils of a large territory."""
DELIMITERS = (";", ",", "\t", "|")
_PREAMBLE_LINES = 12
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Field(msgspec.Struct, frozen=True):
    """A column that is looked for: its name, its titles (folded), whether it must be there, whether it may repeat.

    ``shown``: its title as ONDE writes it, for those who are told that it is missing.
    """

    name: str
    titles: tuple[str, ...]
    required: bool = False
    repeats: bool = False
    shown: str = ""

    @property
    def title(self) -> str:
        """A title by which people know it."""
        return self.shown or self.titles[0].capitalize()


class Layout(msgspec.Struct, frozen=True):
    """A kind of file: its name, its fields, and those that only this kind has."""

    kind: str
    fields: tuple[Field, ...]
    marks: tuple[str, ...]

    def known_titles(self) -> frozenset[str]:
        """Return every title of every field."""
        return frozenset(title for field in self.fields for title in field.titles)


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was read: its layout, where its titles are, and the place (from 0) of each field in a record."""

    layout: Layout
    encoding: str
    delimiter: str
    titles: Record
    places: dict[str, tuple[int, ...]]
    records: tuple[Record, ...]
    ignored: tuple[str, ...]

    def title(self, field: str) -> str:
        """Return a field's title as it is in the file."""
        places = self.places.get(field, ())
        if places:
            return self.titles.values[places[0]].strip()
        return next((one.title for one in self.layout.fields if one.name == field), field)

    def has(self, title: str) -> bool:
        """Tell whether the file has a title, given folded."""
        return any(fold_title(one) == title for one in self.titles.values)

    def value(self, record: Record, field: str, turn: int = 0) -> str:
        """Return a field's value in a record, its spaces made single; empty when it is not there."""
        places = self.places.get(field, ())
        if turn >= len(places) or places[turn] >= len(record.values):
            return ""
        return " ".join(record.values[places[turn]].split())


def read_sheet(body: bytes, layouts: Sequence[Layout], mapping: Mapping[str, str]) -> Sheet:
    """Return the table in a file, in the layout that its titles show.

    ``mapping``: for some fields, the title that this file has for them. Raises `ImportRefused` when encoding, titles
    or quotation marks cannot be read.
    """
    text, encoding = _decode(body)
    chosen = {field: fold_title(title) for field, title in mapping.items() if title.strip()}
    delimiter, after = _titles_at(text, layouts, chosen)
    records = split_records(text, delimiter, after=after)
    titles = next(records, Record(1, ()))
    layout = _layout_of(titles, layouts, chosen)
    places, ignored = _places(titles, layout, chosen, mapping)
    return Sheet(
        layout=layout,
        encoding=encoding,
        delimiter=delimiter,
        titles=titles,
        places=places,
        records=tuple(_with_content(records)),
        ignored=ignored,
    )


def _with_content(records: Iterator[Record]) -> Iterator[Record]:
    count = 0
    for record in records:
        if not any(value.strip() for value in record.values):
            continue
        count += 1
        if count > LINE_LIMIT:
            raise ImportRefused([problem(0, "", "", TooManyLines(limit=LINE_LIMIT))])
        yield record
    if not count:
        raise ImportRefused([problem(0, "", "", FileEmpty())])


def _decode(body: bytes) -> tuple[str, str]:
    if not body.startswith(_UTF_16):
        return decode(body)
    if len(body) > SIZE_LIMIT_MIB * 1024 * 1024:
        raise ImportRefused([problem(0, "", "", FileTooLarge(limit=SIZE_LIMIT_MIB))])
    try:
        return body.decode("utf-16"), "utf-16"
    except UnicodeDecodeError as error:
        raise ImportRefused([problem(0, "", "", EncodingUnknown())]) from error


def _titles_at(text: str, layouts: Sequence[Layout], chosen: Mapping[str, str]) -> tuple[str, int]:
    """Return the delimiter, and how many lines are before the titles: where most of the titles are known."""
    known = frozenset(chosen.values()).union(*(layout.known_titles() for layout in layouts))
    best, found = (DELIMITERS[0], 0), 0
    for after in range(min(_PREAMBLE_LINES, text.count("\n") + text.count("\r") + 1)):
        for delimiter in DELIMITERS:
            titles = _titles(text, delimiter, after)
            count = len({fold_title(title) for title in titles} & known)
            if count > found:
                best, found = (delimiter, after), count
    if found < 2:
        expected = "; ".join(field.title for field in layouts[-1].fields if field.required)
        raise ImportRefused([problem(1, "", "", TitlesUnknown(expected=expected))])
    return best


def _titles(text: str, delimiter: str, after: int) -> tuple[str, ...]:
    try:
        return next(split_records(text, delimiter, after=after), Record(1, ())).values
    except ImportRefused:
        return ()


def _layout_of(titles: Record, layouts: Sequence[Layout], chosen: Mapping[str, str]) -> Layout:
    folded = {fold_title(title) for title in titles.values}
    for layout in layouts:
        if all(_titles_of(field, chosen) & folded for field in layout.fields if field.name in layout.marks):
            return layout
    return layouts[-1]


def _titles_of(field: Field, chosen: Mapping[str, str]) -> frozenset[str]:
    return frozenset((chosen[field.name],)) if field.name in chosen else frozenset(field.titles)


def _places(
    titles: Record, layout: Layout, chosen: Mapping[str, str], mapping: Mapping[str, str]
) -> tuple[dict[str, tuple[int, ...]], tuple[str, ...]]:
    folded = [fold_title(title) for title in titles.values]
    problems = []
    places: dict[str, tuple[int, ...]] = {}
    for field in layout.fields:
        # A title that was chosen for one field is no other's.
        taken = {title for name, title in chosen.items() if name != field.name}
        wanted = _titles_of(field, chosen) - taken
        found = [place for place, title in enumerate(folded) if title in wanted]
        if field.name in chosen and not found:
            shown = ", ".join(title.strip() for title in titles.values)[:300]
            error = MappingUnknown(title=mapping[field.name].strip()[:80], titles=shown)
            problems.append(problem(titles.line, field.title, "", error))
        elif field.required and not found:
            missing = ColumnMissing(column=field.title, titles=", ".join(field.titles))
            problems.append(problem(titles.line, field.title, "", missing))
        for place in found[1:] if not field.repeats else ():
            twice = ColumnTwice(other=titles.values[found[0]].strip())
            problems.append(problem(titles.line, titles.values[place].strip(), "", twice))
        places[field.name] = tuple(found)
    if problems:
        raise ImportRefused(problems)
    used = {place for found in places.values() for place in found}
    ignored = (title.strip() for place, title in enumerate(titles.values) if place not in used)
    return places, tuple(title for title in ignored if title)
