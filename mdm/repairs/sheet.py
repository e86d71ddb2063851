"""CSV as a French spreadsheet opens it; pure.

``;`` between columns, UTF-8 with its byte order mark, lines ended by CR LF, the decimal comma. A text that a
spreadsheet would take for a formula gets an apostrophe before it.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from mdm.clock import from_ms
from mdm.repairs.warranties import ZONE

BYTE_ORDER_MARK = "\ufeff"
_FORMULA_BEGINS = "=+-@|%\t\r\n＝＋－＠"


def sheet(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a file of these titles and rows, each of its cells harmless."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(titles)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return (BYTE_ORDER_MARK + out.getvalue()).encode()


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    begun = text.lstrip(" \u00a0\u202f\ufeff")
    return f"'{text}" if begun and begun[0] in _FORMULA_BEGINS else text


def day(moment: int | None) -> str:
    """Return the day of a moment in milliseconds as ``31/03/2026``; empty for none."""
    return "" if moment is None else from_ms(moment).astimezone(ZONE).strftime("%d/%m/%Y")


def time(moment: int) -> str:
    """Return a moment in milliseconds as ``31/03/2026 14:05``."""
    return from_ms(moment).astimezone(ZONE).strftime("%d/%m/%Y %H:%M")


def amount(cents: int | None) -> str:
    """Return cents, none of them negative, as a French spreadsheet reads a number: ``12345,60``; empty for none."""
    return "" if cents is None else f"{cents // 100},{cents % 100:02d}"
