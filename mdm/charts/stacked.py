"""One bar of several parts, which are named below it with their numbers and shares."""

from collections.abc import Sequence

from mdm.charts.bars import NOTHING
from mdm.charts.chart import Amount, Chart, ChartTable, in_words
from mdm.charts.drawing import EDGE, PAPER, SOFT, WIDTH, Drawing, fitted, number, share
from mdm.i18n import Translator

_BAR, _ROW, _SWATCH = 30, 26, 16
_NUMBERS = 120


def stacked_bar(
    name: str, amounts: Sequence[Amount], words: Translator, *, title: str, head: tuple[str, str, str]
) -> Chart:
    """Return the parts of a whole; ``head``: the titles of the table's columns (what, how many, which share)."""
    whole = sum(one.value for one in amounts)
    said = in_words(amounts) or words(NOTHING)
    drawing = Drawing(name, _BAR + 10 + max(len(amounts), 1) * _ROW, title=title, desc=said, lang=words.lang)
    drawing.rect(0, 0, WIDTH, _BAR, EDGE, mark="chart-track")
    left = 0.0
    for one in amounts:
        length = WIDTH * one.value / whole if whole else 0.0
        if one.value:
            part = drawing.rect(left, 0, length, _BAR, drawing.fill(one.tone), mark=f"tone-{one.tone}")
            part.attrib |= {"stroke": PAPER, "stroke-width": "1.5"}
        left += length
    rows = []
    for place, one in enumerate(amounts):
        top = _BAR + 10 + place * _ROW
        count, part_of = number(one.value, words.lang), share(one.value, whole, words.lang)
        drawing.rect(0, top, _SWATCH, _SWATCH, drawing.fill(one.tone), mark=f"tone-{one.tone}")
        drawing.text(_SWATCH + 10, top + 13, fitted(one.label, WIDTH - _SWATCH - 10 - _NUMBERS))
        drawing.text(WIDTH - 56, top + 13, count, anchor="end", weight="600")
        drawing.text(WIDTH, top + 13, part_of, colour=SOFT, anchor="end")
        rows.append((one.label, count, part_of))
    if not amounts:
        drawing.text(WIDTH / 2, _BAR + 28, words(NOTHING), colour=SOFT, anchor="middle")
    return Chart(svg=drawing.svg(), table=ChartTable(caption=title, head=head, rows=tuple(rows)))
