"""Contours of communes: simplified until they are small, and kept as a short text; pure.

A ring is a closed line of longitudes and latitudes in degrees (WGS 84), its last point the first one again.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import cos, radians

import msgspec

Point = tuple[float, float]
Ring = tuple[Point, ...]

TEXT_LIMIT = 2000
"""Characters that a contour takes in the store."""
_UNIT = 100_000
_FINEST = 0.0002
"""Degrees: about 20 metres, which no screen shows of a commune."""


def pack(rings: Sequence[Ring]) -> str:
    """Return rings as a text of at most `TEXT_LIMIT` characters, as exactly as that allows; without rings, ``""``."""
    if not rings:
        return ""
    tolerance = _FINEST
    while True:
        kept = [simple for ring in rings if len(simple := simplified(ring, tolerance)) >= 4]
        text = _written(kept or [simplified(max(rings, key=_extent), tolerance)])
        if len(text) <= TEXT_LIMIT:
            return text
        tolerance *= 1.5


def unpack(text: str) -> tuple[Ring, ...]:
    """Return the rings in a text that `pack` made."""
    if not text:
        return ()
    rings = []
    for numbers in msgspec.json.decode(text, type=list[list[int]]):
        x = y = 0
        points = []
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            points.append((x / _UNIT, y / _UNIT))
        rings.append(tuple(points))
    return tuple(rings)


def simplified(ring: Ring, tolerance: float) -> Ring:
    """Return a ring without the points that lie within ``tolerance`` degrees of the line through those that stay.

    Source: D. Douglas and T. Peucker, "Algorithms for the reduction of the number of points required to represent a
    digitized line or its caricature", 1973. A ring is cut at the point that is farthest from its first.
    """
    if len(ring) < 4:
        return ring
    far = max(range(len(ring)), key=lambda place: _square(ring[0], ring[place]))
    keep = {0, far, len(ring) - 1}
    waiting = [(0, far), (far, len(ring) - 1)]
    while waiting:
        first, last = waiting.pop()
        farthest, distance = first, 0.0
        for place in range(first + 1, last):
            away = _distance(ring[place], ring[first], ring[last])
            if away > distance:
                farthest, distance = place, away
        if distance > tolerance:
            keep.add(farthest)
            waiting += [(first, farthest), (farthest, last)]
    return tuple(ring[place] for place in sorted(keep))


def centre_of(rings: Sequence[Ring]) -> Point:
    """Return the centre of mass of the largest ring, as longitude and latitude."""
    largest = max(rings, key=lambda ring: abs(_area(ring)))
    area = _area(largest)
    if abs(area) < 1e-12:
        return (
            sum(x for x, _ in largest) / len(largest),
            sum(y for _, y in largest) / len(largest),
        )
    x0, y0 = largest[0]
    x = y = 0.0
    for (ax, ay), (bx, by) in pairwise(largest):
        cross = (ax - x0) * (by - y0) - (bx - x0) * (ay - y0)
        x += (ax + bx - 2 * x0) * cross
        y += (ay + by - 2 * y0) * cross
    return x0 + x / (6 * area), y0 + y / (6 * area)


def _written(rings: Sequence[Ring]) -> str:
    lists = []
    for ring in rings:
        x = y = 0
        numbers: list[int] = []
        for longitude, latitude in ring:
            nx, ny = round(longitude * _UNIT), round(latitude * _UNIT)
            numbers += [nx - x, ny - y]
            x, y = nx, ny
        lists.append(numbers)
    return msgspec.json.encode(lists).decode()


def _area(ring: Ring) -> float:
    x0, y0 = ring[0]
    return sum((ax - x0) * (by - y0) - (bx - x0) * (ay - y0) for (ax, ay), (bx, by) in pairwise(ring)) / 2


def _extent(ring: Ring) -> float:
    return abs(_area(ring))


def _square(a: Point, b: Point) -> float:
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2


def _distance(point: Point, start: Point, end: Point) -> float:
    """Return how far a point is from a piece of a line, in degrees of latitude."""
    shrink = cos(radians(start[1]))
    px, py = (point[0] - start[0]) * shrink, point[1] - start[1]
    ex, ey = (end[0] - start[0]) * shrink, end[1] - start[1]
    length = ex * ex + ey * ey
    along = max(0.0, min(1.0, (px * ex + py * ey) / length)) if length else 0.0
    return float(((px - along * ex) ** 2 + (py - along * ey) ** 2) ** 0.5)
