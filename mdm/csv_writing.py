"""CSV as a French spreadsheet opens it, line by line; pure.

``;`` between columns, UTF-8 with its byte order mark before the first line, lines ended by CR LF. A text that a
spreadsheet would take for a formula gets an apostrophe before it.
"""

import csv
import io
from collections.abc import Iterable, Sequence

BYTE_ORDER_MARK = "\ufeff"
_FORMULA_BEGINS = "=+-@|%\t\r\n＝＋－＠"


def first_lines(titles: Sequence[str]) -> bytes:
    """Return the beginning of a file: its mark and its titles."""
    return BYTE_ORDER_MARK.encode() + lines([titles])


def csv_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a whole file."""
    return first_lines(titles) + lines(rows)


def lines(rows: Iterable[Sequence[str]]) -> bytes:
    """Return rows as lines, each of their cells harmless."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    begun = text.lstrip(" \u00a0\u202f\ufeff")
    return f"'{text}" if begun and begun[0] in _FORMULA_BEGINS else text
