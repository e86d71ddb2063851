"""What a chart is made of and what it gives: a picture, and the same as a table for who does not see it."""

from collections.abc import Sequence

import msgspec

from mdm.charts.drawing import Tone


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """Something counted: its name in words, how many, and the tone that it is drawn in."""

    label: str
    value: int
    tone: Tone = "first"


class ChartTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table: caption, titles of columns, and rows of texts; the first cell of a row is its title."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """A picture, safe to be put into a page as it is, and its table."""

    svg: str
    table: ChartTable


def in_words(amounts: Sequence[Amount]) -> str:
    """Return what a chart shows as one sentence: ``Ready: 12; broken: 1.``"""
    return "; ".join(f"{one.label}: {one.value}" for one in amounts) + ("." if amounts else "")
