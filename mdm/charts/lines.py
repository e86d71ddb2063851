"""Lines over days: how numbers went, each line with a dash and a mark of its own."""

from collections.abc import Sequence
from datetime import date

import msgspec
from babel.dates import format_date

from mdm.charts.bars import NOTHING
from mdm.charts.chart import Chart, ChartTable
from mdm.charts.drawing import EDGE, SOFT, TONES, WIDTH, Drawing, Tone, fitted, nice_ticks, number, width_of, written
from mdm.i18n import N_, Translator

_TOP, _HEIGHT, _FOOT, _ROW = 12, 150, 26, 24
_DASHES: dict[Tone, str] = {"care": "7 4", "second": "7 4", "bad": "2 4", "third": "2 4", "quiet": "9 3 2 3"}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line: its name, one number a day, and its tone."""

    label: str
    values: tuple[int, ...]
    tone: Tone = "first"


def lines_over_days(name: str, days: Sequence[date], lines: Sequence[Line], words: Translator, *, title: str) -> Chart:
    """Return lines with one point for each of the days, which are in order and may have gaps between them."""
    highest = max((value for one in lines for value in one.values), default=0)
    drawing = Drawing(
        name,
        _TOP + _HEIGHT + _FOOT + len(lines) * _ROW,
        title=title,
        desc=_in_words(days, lines, words),
        lang=words.lang,
    )
    ticks = nice_ticks(max(highest, 1), most=4)
    left = max(width_of(number(tick, words.lang), 12) for tick in ticks) + 8
    for tick in ticks:
        y = _y(tick, ticks[-1])
        drawing.line(left, y, WIDTH, y, SOFT if tick == 0 else EDGE)
        drawing.text(left - 6, y + 4, number(tick, words.lang), size=12, colour=SOFT, anchor="end")
    places = _places(days, left)
    for one in lines:
        _draw(drawing, one, places, ticks[-1])
    _name_days(drawing, days, places, words)
    for row, one in enumerate(lines):
        y = _TOP + _HEIGHT + _FOOT + row * _ROW + 12
        drawing.path(f"M0,{y} L28,{y}", stroke=TONES[one.tone][0], width=2.5, dash=_DASHES.get(one.tone, ""))
        drawing.text(38, y + 5, fitted(one.label, WIDTH - 110))
        if one.values:
            drawing.text(WIDTH, y + 5, number(one.values[-1], words.lang), anchor="end", weight="600")
    if not days:
        drawing.text(WIDTH / 2, _TOP + _HEIGHT / 2, words(NOTHING), colour=SOFT, anchor="middle")
    rows = tuple(
        (_day(day, words), *(number(one.values[place], words.lang) for one in lines)) for place, day in enumerate(days)
    )
    head = (words(N_("Day")), *(one.label for one in lines))
    return Chart(svg=drawing.svg(), table=ChartTable(caption=title, head=head, rows=rows[::-1]))


def _draw(drawing: Drawing, one: Line, places: Sequence[float], top: int) -> None:
    colour = TONES[one.tone][0]
    points = [(x, _y(value, top)) for x, value in zip(places, one.values, strict=True)]
    d = " ".join(f"{'L' if place else 'M'}{written(x)},{written(y)}" for place, (x, y) in enumerate(points))
    if len(points) > 1:
        drawing.path(d, stroke=colour, width=2.5, dash=_DASHES.get(one.tone, ""), mark=f"line-{one.tone}")
    for x, y in points[-1:]:
        drawing.circle(x, y, 3.5, colour)


def _name_days(drawing: Drawing, days: Sequence[date], places: Sequence[float], words: Translator) -> None:
    shown = {0: "start", len(days) - 1: "end"} if len(days) > 1 else dict.fromkeys(range(len(days)), "middle")
    for place, anchor in shown.items():
        drawing.text(places[place], _TOP + _HEIGHT + 18, _day(days[place], words), size=12, colour=SOFT, anchor=anchor)


def _places(days: Sequence[date], left: float) -> list[float]:
    if len(days) < 2:
        return [(left + WIDTH) / 2] * len(days)
    span = (days[-1] - days[0]).days or 1
    return [left + (WIDTH - 6 - left) * (day - days[0]).days / span for day in days]


def _y(value: int, top: int) -> float:
    return _TOP + _HEIGHT * (1 - value / top)


def _day(day: date, words: Translator) -> str:
    return str(format_date(day, format="medium", locale=words.lang))


def _in_words(days: Sequence[date], lines: Sequence[Line], words: Translator) -> str:
    if not days:
        return words(NOTHING)
    told = [
        words(
            N_("{label}: {first} on {first_day}, {last} on {last_day}."),
            label=one.label,
            first=one.values[0],
            first_day=_day(days[0], words),
            last=one.values[-1],
            last_day=_day(days[-1], words),
        )
        for one in lines
    ]
    return " ".join(told)
