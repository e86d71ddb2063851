"""Communes in a GeoJSON file, as geo.api.gouv.fr and the contours of Etalab and of IGN have them; pure.

A feature's property ``code`` (or ``INSEE_COM``, ``insee``) is the INSEE code; its geometry a Polygon or MultiPolygon,
or a Point, which is the centre. Source: RFC 7946.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from mdm.fleet_view.contours import Ring, centre_of
from mdm.fleet_view.geography_errors import CommunesMissing, FileNotGeojson, GeometryWrong

SIZE_LIMIT_MIB = 64
_CODES = ("code", "INSEE_COM", "insee", "codgeo")
_POINTS = 200_000


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """A commune: its centre in degrees, and its contour, which may be empty."""

    insee: str
    latitude: float
    longitude: float
    rings: tuple[Ring, ...]


class _Feature(msgspec.Struct):
    properties: dict[str, Any] | None = None
    geometry: dict[str, Any] | None = None


class _Collection(msgspec.Struct):
    features: list[_Feature]


def read_communes(body: bytes) -> list[Shape]:
    """Return the communes in a file; raise `FileNotGeojson`, `GeometryWrong` or `CommunesMissing`."""
    if len(body) > SIZE_LIMIT_MIB * 1024 * 1024:
        raise FileNotGeojson(limit=SIZE_LIMIT_MIB)
    try:
        features = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"), type=_Collection).features
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise FileNotGeojson(limit=SIZE_LIMIT_MIB) from error
    shapes = [shape for feature in features if (shape := _shape(feature)) is not None]
    if not shapes:
        raise CommunesMissing
    return shapes


def _shape(feature: _Feature) -> Shape | None:
    insee = next((str(code) for name in _CODES if (code := (feature.properties or {}).get(name))), "")
    if not insee or feature.geometry is None:
        return None
    try:
        rings, point = _geometry(feature.geometry)
        longitude, latitude = point or _told_centre(feature.properties or {}) or centre_of(rings)
    except (TypeError, ValueError, KeyError, IndexError) as error:
        raise GeometryWrong(insee=insee[:10]) from error
    return Shape(insee=insee, latitude=latitude, longitude=longitude, rings=rings)


def _geometry(geometry: Mapping[str, Any]) -> tuple[tuple[Ring, ...], tuple[float, float] | None]:
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "Point":
        return (), _point(coordinates)
    if kind not in ("Polygon", "MultiPolygon"):
        raise ValueError(kind)
    polygons = [coordinates] if kind == "Polygon" else coordinates
    rings = tuple(_rings(polygons))
    if not rings or sum(len(ring) for ring in rings) > _POINTS:
        raise ValueError("no contour, or one of too many points")
    return rings, None


def _rings(polygons: Sequence[Any]) -> Iterator[Ring]:
    for polygon in polygons:
        for line in polygon:
            ring = tuple(_point(point) for point in line)
            if len(ring) < 4:
                raise ValueError("a ring has four points at least")
            yield ring if ring[0] == ring[-1] else (*ring, ring[0])


def _told_centre(properties: Mapping[str, Any]) -> tuple[float, float] | None:
    told = properties.get("centre")
    return _point(told["coordinates"]) if isinstance(told, dict) and told.get("type") == "Point" else None


def _point(pair: Sequence[Any]) -> tuple[float, float]:
    longitude, latitude = float(pair[0]), float(pair[1])
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise ValueError("not in degrees")
    return longitude, latitude
