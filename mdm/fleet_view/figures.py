"""The fleet at a glance: how many tablets are how, of a territory or of a school, as counted in the last round."""

from collections.abc import Iterable

import msgspec

from mdm.fleet.reach import Reach
from mdm.fleet.states import TabletState
from mdm.fleet_view import figures_store
from mdm.store import Connection, Database, Row


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Tablets counted. Retired tablets count in ``tablets`` and ``states`` only.

    ``seen_day`` were heard of in the last 24 hours, ``seen_week`` in the six days before, ``seen_month`` in the 23
    days before those, ``seen_longer`` earlier, ``seen_never`` never. ``storage_known`` and ``battery_known`` tell of
    how many it is known. Battery health is told by tablets that can (``health_*``); the others are in none of these.
    ``errors``: tablets with a command that failed.
    """

    tablets: int = 0
    states: dict[TabletState, int] = {}
    converged: int = 0
    drifting: int = 0
    errors: int = 0
    storage_low: int = 0
    storage_known: int = 0
    battery_low: int = 0
    battery_known: int = 0
    health_normal: int = 0
    health_service: int = 0
    health_other: int = 0
    seen_day: int = 0
    seen_week: int = 0
    seen_month: int = 0
    seen_longer: int = 0
    seen_never: int = 0


class OsFigure(msgspec.Struct, frozen=True, kw_only=True):
    """How many tablets of a platform have a system's version; empty where they did not tell."""

    platform: str
    os_version: str
    tablets: int


class PlaceFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A school or a commune with its figures; ``place`` is the UAI or the INSEE code."""

    place: str
    name: str
    insee: str
    figures: Figures


class DayFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A day's figures, ``day`` as YYYY-MM-DD; ``seen``: tablets that were heard of in the 24 hours before."""

    day: str
    tablets: int
    ready: int
    drifting: int
    seen: int


class Glance(msgspec.Struct, frozen=True, kw_only=True):
    """The whole page; ``counted_at`` in milliseconds, None before the first round."""

    figures: Figures
    systems: tuple[OsFigure, ...]
    days: tuple[DayFigures, ...]
    counted_at: int | None


class FleetFigures:
    """Reads what the rounds counted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def glance(self, reach: Reach, *, days: int = 60) -> Glance:
        """Return the figures of all the tablets in reach."""

        def read(conn: Connection) -> Glance:
            rows = figures_store.sums(conn, reach, by="")
            return Glance(
                figures=_figures(rows[0]) if rows else Figures(),
                systems=tuple(OsFigure(**_whole(row)) for row in figures_store.systems(conn, reach)),
                days=tuple(DayFigures(**_whole(row)) for row in figures_store.days(conn, reach, limit=days)),
                counted_at=figures_store.counted_at(conn),
            )

        return await self._database.read(read)

    async def by_school(self, reach: Reach, *, after: str = "", limit: int = 100) -> list[PlaceFigures]:
        """Return the figures of schools by UAI, from the one after ``after``."""
        return await self._places(reach, "uai", after, limit)

    async def by_commune(self, reach: Reach) -> list[PlaceFigures]:
        """Return the figures of every commune in reach, by INSEE code."""
        return await self._places(reach, "insee", "", 100_000)

    async def _places(self, reach: Reach, by: str, after: str, limit: int) -> list[PlaceFigures]:
        def read(conn: Connection) -> list[PlaceFigures]:
            rows = figures_store.sums(conn, reach, by=by, after=after, limit=limit)
            return [
                PlaceFigures(place=row["place"], name=row["name"], insee=row["insee"], figures=_figures(row))
                for row in rows
            ]

        return await self._database.read(read)


def total(places: Iterable[PlaceFigures]) -> int:
    """Return how many tablets places have together."""
    return sum(one.figures.tablets for one in places)


def _whole(row: Row) -> Row:
    """Return a row with its sums as whole numbers: PostgreSQL adds BIGINTs up as decimals."""
    return {name: value if isinstance(value, str) else int(value) for name, value in row.items()}


def _figures(row: Row) -> Figures:
    names = [field for field in Figures.__struct_fields__ if field != "states"]
    states = {state: int(row[f"state_{state}"] or 0) for state in TabletState}
    return Figures(states=states, **{name: int(row[name] or 0) for name in names})
