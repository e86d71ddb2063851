"""Horizontal bars, each with its name above it and its number at its end."""

from collections.abc import Sequence

from mdm.charts.chart import Amount, Chart, ChartTable, in_words
from mdm.charts.drawing import EDGE, SOFT, WIDTH, Drawing, fitted, number, width_of
from mdm.i18n import N_, Translator

NOTHING = N_("There is nothing to show yet.")
_ROW, _BAR = 42, 14
_LABEL = 14


def horizontal_bars(
    name: str, amounts: Sequence[Amount], words: Translator, *, title: str, head: tuple[str, str]
) -> Chart:
    """Return bars in the order given; ``head``: the titles of the table's two columns."""
    said = in_words(amounts) or words(NOTHING)
    drawing = Drawing(name, max(len(amounts), 1) * _ROW + 8, title=title, desc=said, lang=words.lang)
    highest = max((one.value for one in amounts), default=0)
    numbers = [number(one.value, words.lang) for one in amounts]
    # The longest number has its room beside the longest bar.
    room = WIDTH - 12 - max((width_of(text, 16) for text in numbers), default=0)
    for place, (one, text) in enumerate(zip(amounts, numbers, strict=True)):
        top = place * _ROW + 4
        length = room * one.value / highest if highest else 0
        drawing.text(0, top + _LABEL, fitted(one.label, WIDTH, _LABEL), size=_LABEL)
        drawing.rect(0, top + 20, room, _BAR, EDGE, mark="chart-track")
        drawing.rect(
            0, top + 20, max(length, 2.0 if one.value else 0.0), _BAR, drawing.fill(one.tone), mark=f"tone-{one.tone}"
        )
        drawing.text(room + 8, top + 20 + _BAR - 2, text, weight="600")
    if not amounts:
        drawing.text(WIDTH / 2, 28, words(NOTHING), colour=SOFT, anchor="middle")
    rows = tuple((one.label, text) for one, text in zip(amounts, numbers, strict=True))
    return Chart(svg=drawing.svg(), table=ChartTable(caption=title, head=head, rows=rows))
