"""SQL of the weekly picture: what it is made from, and its weeks, written once."""

from collections.abc import Mapping, Sequence

import msgspec

from mdm.home.picture.measures import BATTERY_LOW_PERCENT, Measure
from mdm.home.picture.network import Cell
from mdm.home.use.categories import Category
from mdm.store import Connection

Figures = dict[Measure, int | None]
_GUARDS = msgspec.json.Decoder(dict[Measure, list[Cell]])
_FIGURES = msgspec.json.Decoder(Figures)


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """A week that was published, by its Monday (ISO); ``threshold``: the smallest group that is shown."""

    week: str
    threshold: int
    published_at: int


class PictureCell(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a school and a level; "" is all of them. A figure that is hidden is None."""

    uai: str
    level: str
    figures: Figures


def minutes_of_week(conn: Connection, first: str, last: str) -> dict[str, dict[Category, int]]:
    """Return the minutes of each loan that told any between two days, by category."""
    found: dict[str, dict[Category, int]] = {}
    for row in conn.stream(
        "SELECT loan_id, category, SUM(minutes) AS minutes FROM home_use_day"
        " WHERE day >= :first AND day <= :last GROUP BY loan_id, category",
        first=first,
        last=last,
    ):
        found.setdefault(row["loan_id"], {})[Category(row["category"])] = int(row["minutes"])
    return found


def seen_of_week(conn: Connection, first: str, last: str) -> dict[str, tuple[int, int]]:
    """Return on how many days, and in how many hours, each loan's tablet was heard between two days."""
    rows = conn.stream(
        "SELECT loan_id, COUNT(*) AS days, SUM(hours) AS hours FROM home_seen_day"
        " WHERE day >= :first AND day <= :last GROUP BY loan_id",
        first=first,
        last=last,
    )
    return {row["loan_id"]: (int(row["days"]), int(row["hours"])) for row in rows}


def converged_tablets(conn: Connection) -> set[str]:
    """Return the tablets that hold all that they should."""
    return {row["tablet_id"] for row in conn.stream("SELECT tablet_id FROM convergence WHERE converged_at IS NOT NULL")}


def tired_tablets(conn: Connection) -> set[str]:
    """Return the tablets whose battery was nearly empty at their last report."""
    rows = conn.stream("SELECT tablet_id FROM tablet_report WHERE battery <= :low", low=BATTERY_LOW_PERCENT)
    return {row["tablet_id"] for row in rows}


def faulty_tablets(conn: Connection) -> tuple[set[str], set[str]]:
    """Return the tablets with a fault that is not closed, and those whose battery has one."""
    faulty: set[str] = set()
    battery: set[str] = set()
    for row in conn.stream("SELECT tablet_id, kind FROM fault WHERE closed_at IS NULL"):
        faulty.add(row["tablet_id"])
        if row["kind"] == "battery":
            battery.add(row["tablet_id"])
    return faulty, battery


def add_week(conn: Connection, week: Week) -> bool:
    """Begin a week; return False when it was published already, and is not to be touched."""
    return bool(
        conn.run(
            "INSERT INTO home_week (week, threshold, published_at) VALUES (:week, :threshold, :published_at)"
            " ON CONFLICT (week) DO NOTHING",
            week=week.week,
            threshold=week.threshold,
            published_at=week.published_at,
        )
    )


def add_cells(
    conn: Connection,
    week: str,
    figures: Mapping[Cell, Figures],
    guards: Mapping[Measure, Mapping[Cell, frozenset[Cell]]],
) -> None:
    """Keep a week's cells."""
    rows = []
    for (uai, level), shown in sorted(figures.items()):
        guard = {one.value: sorted(cells[uai, level]) for one, cells in guards.items() if (uai, level) in cells}
        rows.append(
            {
                "week": week,
                "uai": uai,
                "level": level,
                "figures": msgspec.json.encode(shown, order="sorted").decode(),
                "guards": msgspec.json.encode(guard, order="sorted").decode() if guard else None,
            }
        )
    conn.many(
        "INSERT INTO home_week_cell (week, uai, level, figures, guards)"
        " VALUES (:week, :uai, :level, :figures, :guards)",
        rows,
    )


def guards_of(conn: Connection, week: str) -> dict[Measure, dict[Cell, frozenset[Cell]]]:
    """Return the guards of a week's small groups, by measure."""
    found: dict[Measure, dict[Cell, frozenset[Cell]]] = {}
    for row in conn.all(
        "SELECT uai, level, guards FROM home_week_cell WHERE week = :week AND guards IS NOT NULL", week=week
    ):
        for measure, cells in _GUARDS.decode(row["guards"]).items():
            found.setdefault(measure, {})[row["uai"], row["level"]] = frozenset(cells)
    return found


def forget_guards(conn: Connection, before: str) -> int:
    """Forget which groups were small in weeks before that one; return how many cells."""
    return conn.run(
        "UPDATE home_week_cell SET guards = NULL WHERE week < :before AND guards IS NOT NULL", before=before
    )


def weeks(conn: Connection, *, limit: int = 60) -> list[Week]:
    """Return the newest published weeks, newest first."""
    rows = conn.all("SELECT week, threshold, published_at FROM home_week ORDER BY week DESC LIMIT :limit", limit=limit)
    return [Week(**row) for row in rows]


def cells_of(conn: Connection, week: str) -> list[PictureCell]:
    """Return a week's cells, by school and level."""
    rows = conn.all("SELECT uai, level, figures FROM home_week_cell WHERE week = :week ORDER BY uai, level", week=week)
    return [PictureCell(uai=row["uai"], level=row["level"], figures=_FIGURES.decode(row["figures"])) for row in rows]


def series_of(conn: Connection, uai: str, level: str, *, limit: int) -> list[tuple[str, Figures]]:
    """Return the figures of one cell in the newest weeks, oldest first."""
    rows = conn.all(
        "SELECT week, figures FROM home_week_cell WHERE uai = :uai AND level = :level ORDER BY week DESC LIMIT :limit",
        uai=uai,
        level=level,
        limit=limit,
    )
    return [(row["week"], _FIGURES.decode(row["figures"])) for row in reversed(rows)]


def school_names(conn: Connection, uais: Sequence[str]) -> dict[str, str]:
    """Return the names of schools."""
    rows = conn.many_returning("SELECT uai, name FROM school WHERE uai = :uai", [{"uai": one} for one in uais])
    return {row["uai"]: row["name"] for row in rows if row is not None}


def zones_of_schools(conn: Connection) -> dict[str, str]:
    """Return the INSEE code of each school's commune."""
    return {row["uai"]: row["insee"] for row in conn.all("SELECT uai, insee FROM school")}
