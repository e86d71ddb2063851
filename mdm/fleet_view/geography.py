"""Where communes are: kept from a file, and read for the map."""

import asyncio
from importlib import resources

import msgspec

from mdm.clock import Clock
from mdm.fleet_view.contours import Ring, pack, unpack
from mdm.fleet_view.geography_errors import NoneOfTerritory
from mdm.fleet_view.geojson import read_communes
from mdm.journal import Journal
from mdm.store import Connection, Database

_MILLIONTHS = 1_000_000


class CommunePlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where a commune is, in degrees; ``rings`` is empty where its contour is not known."""

    insee: str
    latitude: float
    longitude: float
    rings: tuple[Ring, ...]


class GeographyReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import kept: ``communes``, ``contours`` of them with one; ``elsewhere``: not of the territory.

    ``missing``: INSEE codes of communes whose place is still not known.
    """

    communes: int
    contours: int
    elsewhere: int
    missing: tuple[str, ...]


class Geography:
    """Keeps and reads communes' places."""

    def __init__(self, database: Database, clock: Clock, journal: Journal) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal

    async def import_file(self, body: bytes, *, actor: str) -> GeographyReport:
        """Keep the places of the territory's communes out of a GeoJSON file; a contour replaces the one before.

        A file of centres leaves contours that are there. Raises `FileNotGeojson`, `GeometryWrong`, `CommunesMissing` or
        `NoneOfTerritory`.
        """
        known = await self._database.read(lambda conn: {row["insee"] for row in conn.all("SELECT insee FROM commune")})

        def simplify() -> tuple[list[dict[str, object]], int]:
            shapes = read_communes(body)
            rows: list[dict[str, object]] = [
                {
                    "insee": shape.insee,
                    "latitude": round(shape.latitude * _MILLIONTHS),
                    "longitude": round(shape.longitude * _MILLIONTHS),
                    "contour": pack(shape.rings),
                }
                for shape in shapes
                if shape.insee in known
            ]
            if not rows:
                raise NoneOfTerritory(count=len(shapes))
            return rows, len(shapes) - len(rows)

        rows, elsewhere = await asyncio.to_thread(simplify)
        now = self._clock.ms()

        def write(conn: Connection) -> GeographyReport:
            conn.many(_SAVE, [{**row, "now": now} for row in rows])
            report = GeographyReport(
                communes=len(rows),
                contours=sum(bool(row["contour"]) for row in rows),
                elsewhere=elsewhere,
                missing=tuple(row["insee"] for row in conn.all(_MISSING)),
            )
            self._journal.record(
                conn,
                "geography_imported",
                actor=actor,
                subject="communes",
                detail={"communes": report.communes, "contours": report.contours},
            )
            conn.publish("figures", "")
            return report

        return await self._database.write(write)

    async def places(self) -> dict[str, CommunePlace]:
        """Return every commune's place that is known, by INSEE code."""
        rows = await self._database.read(
            lambda conn: conn.all("SELECT insee, latitude, longitude, contour FROM commune_geography")
        )
        return {
            row["insee"]: CommunePlace(
                insee=row["insee"],
                latitude=row["latitude"] / _MILLIONTHS,
                longitude=row["longitude"] / _MILLIONTHS,
                rings=unpack(row["contour"]),
            )
            for row in rows
        }


def macs_communes() -> bytes:
    """Return the 23 communes of Maremne Adour Côte-Sud as GeoJSON, for the demonstration.

    Source: IGN, Admin Express COG 2018, Licence Ouverte, simplified by the project france-geojson.
    """
    return resources.files("mdm.fleet_view").joinpath("macs-communes.json").read_bytes()


def macs_names() -> dict[str, str]:
    """Return the names of these communes by INSEE code."""
    features = msgspec.json.decode(macs_communes())["features"]
    return {one["properties"]["code"]: one["properties"]["nom"] for one in features}


_SAVE = """
INSERT INTO commune_geography (insee, latitude, longitude, contour, imported_at)
VALUES (:insee, :latitude, :longitude, :contour, :now)
ON CONFLICT (insee) DO UPDATE SET latitude = excluded.latitude, longitude = excluded.longitude,
    contour = CASE WHEN excluded.contour = '' THEN commune_geography.contour ELSE excluded.contour END,
    imported_at = excluded.imported_at
"""

_MISSING = """
SELECT commune.insee FROM commune LEFT JOIN commune_geography ON commune_geography.insee = commune.insee
WHERE commune_geography.insee IS NULL ORDER BY commune.insee
"""
