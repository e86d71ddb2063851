"""CSV files as schools and spreadsheets write them."""

import contextlib
import csv
import io
from collections.abc import Callable

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from mdm.fleet import csv_reading
from mdm.fleet.csv_reading import Column, Table, decode, fold_title, read_table, split_records
from mdm.fleet.import_report import ImportRefused, Problem
from mdm.fleet.kit_import import read_kits
from mdm.fleet.school_import import read_schools

COLUMNS = (
    Column("code", ("code", "le code")),
    Column("name", ("name", "nom de l ecole")),
    Column("note", ("note",), False),
)

letters = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=12)
western = st.text(st.sampled_from("abc;,\"'\r\n éèàçœŒ€’–«»ÿ\u00a0"), max_size=12)


def written(rows: list[list[str]], delimiter: str, newline: str, quoting: int) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=newline, quoting=quoting).writerows(rows)
    return out.getvalue()


def rows_of(table: Table) -> list[tuple[str, ...]]:
    return [tuple(cell.value for cell in cells) for cells in table.lines]


def codes(body: bytes) -> list[tuple[int, str, str]]:
    with pytest.raises(ImportRefused) as refused:
        read_table(body, COLUMNS)
    return [(problem.line, problem.column, problem.error.code) for problem in refused.value.problems]


@given(
    rows=st.lists(st.lists(letters, min_size=1, max_size=5), min_size=1, max_size=6),
    delimiter=st.sampled_from(";,"),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_what_was_written_is_read(rows: list[list[str]], delimiter: str, newline: str) -> None:
    text = written(rows, delimiter, newline, csv.QUOTE_ALL)
    assert [list(record.values) for record in split_records(text, delimiter)] == rows


@given(st.lists(letters, min_size=1, max_size=6), st.sampled_from(["\n", "\r\n", "\r"]))
def test_each_record_knows_the_line_that_it_begins_in(values: list[str], newline: str) -> None:
    text = written([[value] for value in values], ";", newline, csv.QUOTE_ALL)
    line = 1
    for record, value in zip(split_records(text, ";"), values, strict=True):
        assert record.line == line
        line += len(io.StringIO(value + "x", newline="").readlines())


@given(
    st.lists(st.lists(western, min_size=3, max_size=3), min_size=1, max_size=5), st.sampled_from(";,"), st.booleans()
)
def test_an_encoding_is_recognised_by_itself(rows: list[list[str]], delimiter: str, bom: bool) -> None:
    assume(all(any(value.strip() for value in row) for row in rows))
    text = written([["Code", "Nom de l'école", "note"], *rows], delimiter, "\r\n", csv.QUOTE_ALL)
    expected = [tuple(value.strip() for value in row) for row in rows]
    table = read_table(text.encode("utf-8-sig" if bom else "utf-8"), COLUMNS)
    assert (table.encoding, table.delimiter, rows_of(table)) == ("utf-8", delimiter, expected)
    body = text.encode("cp1252")
    with contextlib.suppress(UnicodeDecodeError):
        body.decode()
        return
    table = read_table(body, COLUMNS)
    assert (table.encoding, table.delimiter, rows_of(table)) == ("windows-1252", delimiter, expected)


TITLES = [b"uai;nom;insee;commune\n", b"uai,kit,platform,slots\n", b"code;name\n", b"sep=;\n"]
MARKS = [b'"', b'""', b";", b",", b"\r", b"\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\x81", b"\0", b"\xe9", b"\xc3\xa9"]
fragments = st.lists(st.sampled_from([*TITLES, *MARKS, b"0400377T"]), max_size=30).map(b"".join)


def problems_of(read: Callable[[bytes], object], body: bytes) -> tuple[Problem, ...] | None:
    try:
        read(body)
    except ImportRefused as refused:
        return refused.problems
    return None


@given(st.one_of(st.binary(max_size=300), fragments))
@example(b'uai;nom;insee;commune\n"' + b"x" * 200_000 + b'"\n')
@example(b"uai;nom;insee;commune\n" + b";" * 200_000)
def test_whatever_the_bytes_they_are_read_or_refused(body: bytes) -> None:
    readers: list[Callable[[bytes], object]] = [lambda body: read_table(body, COLUMNS), read_schools, read_kits]
    for read in readers:
        problems = problems_of(read, body)
        assert problems is None or problems
        for problem in problems or ():
            assert problem.text(str.format)
            assert problem.value.isprintable()


@pytest.mark.parametrize(
    ("title", "folded"),
    [
        ("Nom de l'école", "nom de l ecole"),
        ("  NOM_DE_L’ÉCOLE ", "nom de l ecole"),
        ("N° UAI", "n uai"),
        ("Identifiant_de_l_etablissement", "identifiant de l etablissement"),
        ("E\u0301cole", "ecole"),
        ("", ""),
    ],
)
def test_titles_are_known_whatever_their_case_accents_and_punctuation(title: str, folded: str) -> None:
    assert fold_title(title) == folded


@pytest.mark.parametrize("separator", [b"sep=,\r\n", b'"sep=,"\n', "\ufeffsep=,\n".encode()])
def test_the_line_in_which_excel_names_its_delimiter_is_heeded(separator: bytes) -> None:
    table = read_table(separator + b"code,name\nA,B;C\n", COLUMNS)
    assert (table.delimiter, rows_of(table)) == (",", [("A", "B;C", "")])
    assert table.lines[0][0].line == 3


def test_empty_lines_and_empty_cells_at_the_end_do_not_matter() -> None:
    table = read_table(b"code;name;note\n\n;;\nA;B\nC;D;;;;\n\n", COLUMNS)
    assert rows_of(table) == [("A", "B", ""), ("C", "D", "")]
    assert [cells[0].line for cells in table.lines] == [4, 5]


def test_columns_may_come_in_any_order_among_others() -> None:
    table = read_table("Téléphone;Nom de l'école;;Le code\n05;École;;A\n".encode("cp1252"), COLUMNS)
    assert rows_of(table) == [("A", "École", "")]
    assert table.ignored == ("Téléphone",)


def test_a_line_with_too_many_values_is_named_and_the_others_are_read() -> None:
    table = read_table(b"code,name\nA,B, C\nD,E\n", COLUMNS)
    assert rows_of(table) == [("D", "E", "")]
    (problem,) = table.problems
    assert (problem.line, problem.error.code) == (2, "too_many_cells")


def test_every_missing_or_doubled_column_is_named() -> None:
    assert codes(b"note;name;Note\n") == [(1, "code", "column_missing"), (1, "Note", "column_twice")]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"", [(0, "", "file_empty")]),
        (b"\xef\xbb\xbf \r\n", [(0, "", "file_empty")]),
        (b"a;b;c\n1;2;3\n", [(1, "", "titles_unknown")]),
        (b"code;name\n", [(0, "", "file_empty")]),
        (b"code;name\n\nA;B\nC;\xc3\xa9 \x81\n", [(4, "", "encoding_unknown")]),
        (b"\xef\xbb\xbfcode;name\nA;\xe9\n", [(2, "", "encoding_unknown")]),
        ("code;name\nA;B\n".encode("utf-16"), [(0, "", "encoding_unknown")]),
        (b'code;name\nA;B\nC;"D\nE;F\n', [(3, "", "quotes_broken")]),
        (b'code;name\nA;"B"C\n', [(2, "", "quotes_broken")]),
        (b"code;name\n" + b"A;B\n" * 20_001, [(0, "", "too_many_lines")]),
        (b"code;name\n" + b"A;B;C\n" * 20_001, [(0, "", "too_many_lines")]),
        (b"x" * (8 * 1024 * 1024 + 1), [(0, "", "file_too_large")]),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_line(body: bytes, found: list[tuple[int, str, str]]) -> None:
    assert codes(body) == found


def test_as_many_lines_as_the_limit_are_read() -> None:
    assert len(read_table(b"code;name\n" + b"A;B\n" * csv_reading.LINE_LIMIT, COLUMNS).lines) == csv_reading.LINE_LIMIT


def test_the_lines_of_the_three_systems_are_counted_alike() -> None:
    for newline in (b"\n", b"\r\n", b"\r"):
        assert codes(newline.join([b"code;name", b"A;B", b"C;\x81"])) == [(3, "", "encoding_unknown")]


def test_a_byte_order_mark_is_no_part_of_the_first_title() -> None:
    assert decode(b"\xef\xbb\xbfcode") == ("code", "utf-8")
