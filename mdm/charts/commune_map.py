"""A map of communes: contours where they are known, circles at their centres, or a grid of tiles; no outside tiles.

Each commune has a number and a tone; what both mean is said in the legend and in the table.
"""

from collections.abc import Sequence
from math import ceil, cos, radians, sqrt

import msgspec

from mdm.charts.bars import NOTHING
from mdm.charts.chart import Chart, ChartTable
from mdm.charts.drawing import EDGE, INK, PAPER, SOFT, WIDTH, Drawing, Tone, fitted, number, width_of, written
from mdm.i18n import N_, Translator

Ring = tuple[tuple[float, float], ...]
"""A closed line: longitudes and latitudes in degrees."""

_HIGHEST = 460.0
_MARGIN = 6.0
_COLUMNS = 3
_TILE = 62.0
_GAP = 6.0
_ROW = 26
_SOURCE = N_("Contours: {source}")


class MapPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A commune on the map; ``said`` tells what its number means. ``position``: latitude and longitude, if known."""

    name: str
    value: int
    tone: Tone
    said: str
    position: tuple[float, float] | None = None
    rings: tuple[Ring, ...] = ()
    href: str = ""
    cells: tuple[str, ...] = ()


class MapKey(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the legend."""

    tone: Tone
    label: str


class _Projection(msgspec.Struct, frozen=True):
    """Degrees to units: longitudes shortened by the cosine of the mean latitude, exact enough for a department."""

    west: float
    north: float
    shrink: float
    scale: float
    left: float
    height: float

    def point(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Return where a point lies in the picture."""
        x = self.left + (longitude - self.west) * self.shrink * self.scale
        return x, _MARGIN + (self.north - latitude) * self.scale


def commune_map(
    name: str,
    places: Sequence[MapPlace],
    keys: Sequence[MapKey],
    words: Translator,
    *,
    title: str,
    head: tuple[str, ...],
    source: str = "",
) -> Chart:
    """Return the map; ``head``: the table's titles, the first for the commune, the others for each place's ``cells``.

    ``source`` names who made the contours, which their licences want to be said.
    """
    placed = [one for one in places if one.position is not None]
    tiles = [one for one in places if one.position is None]
    projection = _projection(placed)
    rows = ceil(len(tiles) / _COLUMNS)
    foot = (projection.height if projection else 0) + rows * (_TILE + _GAP)
    notes = len(keys) + bool(source)
    said = " ".join(f"{one.name}: {one.value} ({one.said})." for one in places) or words(NOTHING)
    drawing = Drawing(
        name,
        max(foot, 40) + 10 + notes * _ROW,
        title=title,
        desc=said,
        lang=words.lang,
        links=any(one.href for one in places),
        mark="chart chart-map",
    )
    if projection is not None:
        _draw_map(drawing, placed, projection, words)
    for place, one in enumerate(tiles):
        _draw_tile(drawing, one, place, projection.height if projection else 0, words)
    if not places:
        drawing.text(WIDTH / 2, 24, words(NOTHING), colour=SOFT, anchor="middle")
    for row, key in enumerate(keys):
        top = max(foot, 40) + 10 + row * _ROW
        drawing.rect(0, top, 16, 16, drawing.fill(key.tone), mark=f"tone-{key.tone}")
        drawing.text(26, top + 13, fitted(key.label, WIDTH - 26, 13), size=13)
    if source:
        drawing.text(0, max(foot, 40) + 10 + len(keys) * _ROW + 13, words(_SOURCE, source=source), size=11, colour=SOFT)
    table = ChartTable(caption=title, head=head, rows=tuple((one.name, *one.cells) for one in places))
    return Chart(svg=drawing.svg(), table=table)


def _projection(places: Sequence[MapPlace]) -> _Projection | None:
    points = [point for one in places for ring in one.rings for point in ring]
    points += [(one.position[1], one.position[0]) for one in places if one.position is not None]
    if not points:
        return None
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    shrink = cos(radians((south + north) / 2))
    # Circles at the edge, and a single commune, need their room too.
    room = 0.0 if any(one.rings for one in places) else 22.0
    width, height = max((east - west) * shrink, 1e-6), max(north - south, 1e-6)
    free = WIDTH - 2 * _MARGIN - 2 * room
    scale = min(free / width, (_HIGHEST - 2 * room) / height, 1e5)
    left = (WIDTH - width * scale) / 2
    lift = room / scale
    return _Projection(west, north + lift, shrink, scale, left, height * scale + 2 * room + 2 * _MARGIN)


def _draw_map(drawing: Drawing, places: Sequence[MapPlace], projection: _Projection, words: Translator) -> None:
    for one in places:
        if one.rings:
            _part(drawing, one).path(
                " ".join(_ring(ring, projection) for ring in one.rings),
                fill=drawing.fill(one.tone),
                stroke=PAPER,
                width=1.2,
                mark=f"tone-{one.tone}",
            )
    # Numbers lie above every contour.
    for one in places:
        if one.position is None:
            continue
        x, y = projection.point(one.position[1], one.position[0])
        if one.rings:
            _numbered(drawing, x, y, one, words)
        else:
            radius = 12 + min(sqrt(one.value), 10)
            part = _part(drawing, one)
            part.circle(x, y, radius, drawing.fill(one.tone), stroke=PAPER, mark=f"tone-{one.tone}")
            _numbered(part, x, y, one, words)


def _draw_tile(drawing: Drawing, one: MapPlace, place: int, above: float, words: Translator) -> None:
    width = (WIDTH - (_COLUMNS - 1) * _GAP) / _COLUMNS
    left = (place % _COLUMNS) * (width + _GAP)
    top = above + (place // _COLUMNS) * (_TILE + _GAP)
    part = _part(drawing, one)
    part.rect(left, top, width, _TILE, PAPER, mark="chart-tile").attrib |= {"stroke": EDGE, "stroke-width": "1"}
    part.rect(left, top, width, 12, drawing.fill(one.tone), mark=f"tone-{one.tone}")
    part.text(left + 7, top + 34, number(one.value, words.lang), size=18, weight="600")
    part.text(left + 7, top + 53, fitted(one.name, width - 12, 12), size=12, colour=INK)


def _numbered(part: Drawing, x: float, y: float, one: MapPlace, words: Translator) -> None:
    text = number(one.value, words.lang)
    width = width_of(text, 12) + 9
    label = part.rect(x - width / 2, y - 9, width, 18, PAPER, mark="chart-number")
    label.attrib |= {"rx": "9", "stroke": EDGE, "stroke-width": "0.8"}
    part.text(x, y + 4.2, text, size=12, weight="600", anchor="middle")


def _part(drawing: Drawing, one: MapPlace) -> Drawing:
    return drawing.link(one.href, f"{one.name}: {one.value} ({one.said})") if one.href else drawing


def _ring(ring: Ring, projection: _Projection) -> str:
    points = (projection.point(longitude, latitude) for longitude, latitude in ring)
    return "M" + " ".join(f"{written(x)},{written(y)}" for x, y in points) + "Z"
