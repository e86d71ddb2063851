"""A renewal forecast as a picture: an SVG of stacked bars that needs no script and no style sheet; pure.

It carries a title and a description for who does not see it, tells schools apart by pattern and not by colour alone,
and writes its figures out. `renewal_table` has the same as a table. Only presentation attributes are used, so that a
page's content security policy has nothing to refuse.
"""

from collections.abc import Iterable, Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

import msgspec

from mdm.i18n import N_, Translator
from profiles.costs.money import whole_euros
from profiles.costs.renewal import Forecast
from profiles.costs.renewal_words import (
    TITLE,
    in_words,
    nothing_in_words,
    remarks,
    school_name,
    school_year_name,
    tablets_in_words,
    undated_in_words,
)

WIDTH = 960
_LEFT, _RIGHT, _TOP, _HEIGHT = 104, 24, 98, 300
_BAR = 76
_LEGEND_ROW = 28
_LEGEND_COLUMN = 432
_NAME_LIMIT = 40
_SERIES_LIMIT = 6
_INK, _SOFT, _EDGE, _PAPER = "#16262b", "#4c5f66", "#d5dcda", "#ffffff"
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
_COLOURS = ("#0f5c63", "#a34a12", "#5a4a9c", "#1b6e3c", "#a3231b", "#7a5a00", "#5b6b70")
_MARKS = (
    "",
    "M-2,10 L10,-2 M-2,2 L2,-2 M6,10 L10,6",
    "M4,2.5 A1.5,1.5 0 1 1 3.99,2.5 Z",
    "M0,4 L8,4",
    "M4,0 L4,8",
    "M-2,-2 L10,10 M-2,6 L2,10 M6,-2 L10,2",
    "M0,4 L8,4 M4,0 L4,8",
)
_EUROS = 100


class _Series(msgspec.Struct, frozen=True, kw_only=True):
    """One school, or all those that are too many to be told apart: its name, and its cents by school year."""

    name: str
    cents: Mapping[int, int]

    @property
    def total(self) -> int:
        return sum(self.cents.values())


def plot_renewals(forecast: Forecast, schools: Mapping[str, str], words: Translator, *, name: str = "renewal") -> str:
    """Return the SVG; ``schools``: their names by UAI. ``name`` begins its identifiers, for a page of many."""
    series = _series(forecast, schools, words)
    legend_rows = (len(series) + 1) // 2
    height = _TOP + _HEIGHT + 100 + legend_rows * _LEGEND_ROW + (34 if forecast.undated else 8)
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH} {height}",
            "width": str(WIDTH),
            "height": str(height),
            "role": "img",
            "lang": words.lang,
            "aria-labelledby": f"{name}-title {name}-desc",
            "font-family": _FONT,
        },
    )
    SubElement(root, "title", {"id": f"{name}-title"}).text = words(TITLE)
    SubElement(root, "desc", {"id": f"{name}-desc"}).text = in_words(forecast, words)
    _patterns(root, name, len(series))
    _rect(root, 0, 0, WIDTH, height, _PAPER)
    _text(root, 24, 36, words(TITLE), size=20, weight="600")
    _text(root, 24, 60, words("Amounts with VAT, at the prices that were paid or set"), colour=_SOFT)
    highest = max((forecast.of_year(year).amount_cents for year in forecast.years), default=0)
    ticks = nice_ticks(highest)
    _axis(root, ticks if highest else [0], words)
    _bars(root, forecast, series, ticks[-1], name, words)
    _legend(root, series, _TOP + _HEIGHT + 100, name, words)
    if not forecast.renewals:
        _text(root, WIDTH / 2, _TOP + _HEIGHT / 2, nothing_in_words(words), colour=_SOFT, anchor="middle")
    if forecast.undated:
        _text(root, 24, height - 18, undated_in_words(forecast.undated, words), size=13, colour=_SOFT)
    return tostring(root, encoding="unicode")


def nice_ticks(highest: int) -> list[int]:
    """Return the cents that an axis from 0 to ``highest`` or a little more is marked with: round amounts, 3 to 7."""
    euros = max(-(-highest // _EUROS), 1)
    step = 1
    while True:
        for factor in (1, 2, 5):
            if step * factor * 5 >= euros:
                last = -(-euros // (step * factor))
                return [mark * step * factor * _EUROS for mark in range(max(last, 2) + 1)]
        step *= 10


def _series(forecast: Forecast, schools: Mapping[str, str], words: Translator) -> list[_Series]:
    by_school: dict[str, dict[int, int]] = {}
    for one in forecast.renewals:
        if one.amount_cents:
            by_school.setdefault(one.uai, {})[one.school_year] = one.amount_cents
    ranked = sorted(by_school.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    shown = ranked if len(ranked) <= _SERIES_LIMIT + 1 else ranked[:_SERIES_LIMIT]
    series = [_Series(name=school_name(uai, schools, words), cents=cents) for uai, cents in shown]
    others = ranked[len(shown) :]
    if others:
        together: dict[int, int] = {}
        for _, cents in others:
            for year, amount in cents.items():
                together[year] = together.get(year, 0) + amount
        label = words.plural(N_("{n} other school"), "{n} other schools", len(others))
        series.append(_Series(name=label, cents=together))
    return series


def _axis(root: Element, ticks: Sequence[int], words: Translator) -> None:
    for tick in ticks:
        y = _y(tick, ticks[-1] or 1)
        _line(root, _LEFT, y, WIDTH - _RIGHT, y, _SOFT if tick == 0 else _EDGE)
        _text(root, _LEFT - 12, y + 5, whole_euros(tick, words.lang), colour=_SOFT, anchor="end")


def _bars(root: Element, forecast: Forecast, series: Sequence[_Series], top: int, name: str, words: Translator) -> None:
    years = forecast.years
    room = (WIDTH - _LEFT - _RIGHT) / len(years)
    for position, year in enumerate(years):
        middle = _LEFT + room * (position + 0.5)
        left = middle - _BAR / 2
        below = 0
        for number, one in enumerate(series):
            cents = one.cents.get(year, 0)
            if cents:
                upper, lower = _y(below + cents, top), _y(below, top)
                _rect(root, left, upper, _BAR, lower - upper, _fill(name, number), edge=_PAPER)
                below += cents
        whole = forecast.of_year(year)
        if whole.tablets:
            label = whole_euros(whole.amount_cents, words.lang) if whole.amount_cents else "?"
            _text(root, middle, _y(below, top) - 9, label, anchor="middle", weight="600")
        base = _TOP + _HEIGHT
        _text(root, middle, base + 24, school_year_name(year), anchor="middle")
        notes = [tablets_in_words(whole.tablets, words), *remarks(whole, words)] if whole.tablets else ["–"]
        for row, note in enumerate(notes):
            _text(root, middle, base + 44 + 18 * row, note, size=13, colour=_SOFT, anchor="middle")


def _legend(root: Element, series: Sequence[_Series], top: float, name: str, words: Translator) -> None:
    rows = (len(series) + 1) // 2
    for number, one in enumerate(series):
        x = 24 + (number // rows) * (_LEGEND_COLUMN + 24)
        y = top + (number % rows) * _LEGEND_ROW
        _rect(root, x, y, 18, 18, _fill(name, number))
        _text(root, x + 28, y + 14, _shortened(one.name))
        _text(root, x + _LEGEND_COLUMN, y + 14, whole_euros(one.total, words.lang), colour=_SOFT, anchor="end")


def _patterns(root: Element, name: str, count: int) -> None:
    definitions = SubElement(root, "defs")
    for number in range(count):
        pattern = SubElement(
            definitions,
            "pattern",
            {"id": f"{name}-{number}", "patternUnits": "userSpaceOnUse", "width": "8", "height": "8"},
        )
        _rect(pattern, 0, 0, 8, 8, _COLOURS[number])
        mark = {"d": _MARKS[number], "stroke": _PAPER, "stroke-width": "1.5", "fill": "none"}
        SubElement(pattern, "path", mark)


def _fill(name: str, number: int) -> str:
    return f"url(#{name}-{number})"


def _y(cents: int, top: int) -> float:
    return _TOP + _HEIGHT * (1 - cents / top)


def _shortened(text: str) -> str:
    # Names of schools often differ at their end only.
    return text if len(text) <= _NAME_LIMIT else f"{text[:24].rstrip()}…{text[-_NAME_LIMIT + 25 :].lstrip()}"


def _rect(parent: Element, x: float, y: float, width: float, height: float, fill: str, *, edge: str = "") -> None:
    places = {"x": x, "y": y, "width": width, "height": height}
    attributes = {**_written(places.items()), "fill": fill}
    if edge:
        attributes |= {"stroke": edge, "stroke-width": "1.5"}
    SubElement(parent, "rect", attributes)


def _line(parent: Element, x1: float, y1: float, x2: float, y2: float, colour: str) -> None:
    places = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    SubElement(parent, "line", {**_written(places.items()), "stroke": colour, "stroke-width": "1"})


def _text(
    parent: Element,
    x: float,
    y: float,
    text: str,
    *,
    size: int = 15,
    colour: str = _INK,
    anchor: str = "start",
    weight: str = "400",
) -> None:
    attributes = {
        **_written({"x": x, "y": y}.items()),
        "font-size": str(size),
        "font-weight": weight,
        "fill": colour,
        "text-anchor": anchor,
    }
    SubElement(parent, "text", attributes).text = text


def _written(places: Iterable[tuple[str, float]]) -> dict[str, str]:
    return {name: f"{value:.2f}".rstrip("0").rstrip(".") for name, value in places}
