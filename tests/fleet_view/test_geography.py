"""Communes on the map: read from GeoJSON, simplified until they are small, kept for the territory's communes alone."""

import json
from itertools import pairwise
from math import cos, hypot, pi, sin
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.fleet_view.contours import TEXT_LIMIT, Ring, centre_of, pack, simplified, unpack
from mdm.fleet_view.geography import Geography, macs_communes
from mdm.fleet_view.geography_errors import CommunesMissing, FileNotGeojson, GeometryWrong, NoneOfTerritory
from mdm.fleet_view.geojson import read_communes
from tests.fleet_view.conftest import ACTOR, MONT, SOUSTONS, World

SQUARE = [[-1.0, 43.0], [-0.9, 43.0], [-0.9, 43.1], [-1.0, 43.1], [-1.0, 43.0]]


def feature(code: str | None, geometry: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"code": code, "nom": "X", **more}, "geometry": geometry}


def collection(*features: dict[str, Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


@pytest.fixture
def geography(world: World) -> Geography:
    return Geography(world.database, world.clock, world.journal)


def test_the_23_communes_of_macs_are_there_and_small() -> None:
    shapes = read_communes(macs_communes())
    assert len({shape.insee for shape in shapes}) == 23
    for shape in shapes:
        assert -1.5 < shape.longitude < -1.1
        assert 43.5 < shape.latitude < 43.9
        assert 100 < len(pack(shape.rings)) <= TEXT_LIMIT


async def test_the_territorys_communes_are_kept_and_the_others_left_aside(world: World, geography: Geography) -> None:
    report = await geography.import_file(macs_communes(), actor=ACTOR)
    assert (report.communes, report.contours, report.elsewhere, report.missing) == (1, 1, 22, (MONT,))
    places = await geography.places()
    assert set(places) == {SOUSTONS}
    place = places[SOUSTONS]
    assert (round(place.latitude, 1), round(place.longitude, 1)) == (43.7, -1.3)
    assert len(place.rings[0]) > 10


async def test_centres_may_come_alone_and_leave_contours(world: World, geography: Geography) -> None:
    point = {"type": "Point", "coordinates": [-0.5, 43.9]}
    await geography.import_file(collection(feature(MONT, point), feature(SOUSTONS, polygon(SQUARE))), actor=ACTOR)
    places = await geography.places()
    assert (places[MONT].longitude, places[MONT].latitude, places[MONT].rings) == (-0.5, 43.9, ())
    moved = {"type": "Point", "coordinates": [-1.31, 43.75]}
    report = await geography.import_file(collection(feature(SOUSTONS, moved)), actor=ACTOR)
    assert report.missing == ()
    places = await geography.places()
    assert (places[SOUSTONS].latitude, len(places[SOUSTONS].rings)) == (43.75, 1)


async def test_a_centre_that_the_file_tells_goes_before_one_that_is_computed(geography: Geography) -> None:
    told = feature(MONT, polygon(SQUARE), centre={"type": "Point", "coordinates": [-0.97, 43.02]})
    await geography.import_file(collection(told), actor=ACTOR)
    place = (await geography.places())[MONT]
    assert (place.longitude, place.latitude) == (-0.97, 43.02)


async def test_what_cannot_be_used_is_refused_and_nothing_is_kept(geography: Geography) -> None:
    good = feature(MONT, polygon(SQUARE))
    for body, error in (
        (b"no json", FileNotGeojson),
        (b"\xff\xfe", FileNotGeojson),
        (b"[" * 5000, FileNotGeojson),
        (collection(), CommunesMissing),
        (collection(feature(None, polygon(SQUARE))), CommunesMissing),
        (collection(feature("33063", polygon(SQUARE))), NoneOfTerritory),
        (collection(good, feature(SOUSTONS, polygon([[0, 0], [1, 1]]))), GeometryWrong),
        (collection(good, feature(SOUSTONS, {"type": "LineString", "coordinates": SQUARE})), GeometryWrong),
        (collection(good, feature(SOUSTONS, polygon([[700_000, 6_300_000]] * 4))), GeometryWrong),
        (collection(good, feature(SOUSTONS, {"type": "Polygon"})), GeometryWrong),
        (collection(good, feature(SOUSTONS, polygon([["a", "b"]] * 4))), GeometryWrong),
    ):
        with pytest.raises(error):
            await geography.import_file(body, actor=ACTOR)
    assert await geography.places() == {}


degrees = st.floats(-0.05, 0.05)
rings = st.lists(st.tuples(degrees, degrees), min_size=4, max_size=60).map(
    lambda points: tuple((-1.3 + x, 43.7 + y) for x, y in [*points, points[0]])
)


@given(st.lists(rings, min_size=1, max_size=4))
def test_a_contour_is_always_small_and_comes_back_closed(given_rings: list[Ring]) -> None:
    text = pack(given_rings)
    assert len(text) <= TEXT_LIMIT
    kept = unpack(text)
    assert kept
    for ring in kept:
        assert ring[0] == ring[-1]


@given(rings, st.sampled_from([0.0005, 0.002, 0.01]))
def test_what_is_left_out_lies_near_what_stays(ring: Ring, tolerance: float) -> None:
    kept = simplified(ring, tolerance)
    assert set(kept) <= set(ring)
    places = [ring.index(point) for point in kept[:-1]]
    assert places[0] == 0
    for point in ring:
        assert min(_away(point, a, b) for a, b in pairwise(kept)) <= tolerance * 1.5


def _away(point: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    along = max(0.0, min(1.0, ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length)) if length else 0.0
    return hypot(point[0] - a[0] - along * dx, point[1] - a[1] - along * dy)


def test_a_contour_of_very_many_points_becomes_small_and_keeps_its_form() -> None:
    circle = tuple((-1.3 + 0.05 * cos(2 * pi * n / 5000), 43.7 + 0.05 * sin(2 * pi * n / 5000)) for n in range(5000))
    ring = (*circle, circle[0])
    (kept,) = unpack(pack([ring]))
    assert 30 < len(kept) < 400
    assert all(abs(hypot(x + 1.3, y - 43.7) - 0.05) < 0.001 for x, y in kept)


def test_the_centre_is_that_of_the_largest_part() -> None:
    small = tuple((x + 5, y) for x, y in ((0, 0), (0.01, 0), (0.01, 0.01), (0, 0)))
    large = tuple((x, y) for x, y in ((0, 0), (2, 0), (2, 2), (0, 2), (0, 0)))
    assert centre_of([small, large]) == (1, 1)
    assert centre_of([((0, 0), (1, 1), (2, 2), (0, 0))]) == (0.75, 0.75)
