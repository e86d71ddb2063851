"""SQL of the figures: counting each kit's tablets in a round, and adding kits up for a page."""

from collections.abc import Iterator, Sequence

from mdm.clock import DAY_MS
from mdm.fleet.reach import Reach
from mdm.fleet.reach_sql import reach_condition
from mdm.fleet.states import TabletState
from mdm.fleet_view.list_store import BATTERY_LOW
from mdm.store import Connection, Row

_IN_USE = "tablet_glance.state <> 'retired'"
_COUNTED = {
    **{f"state_{state}": f"tablet_glance.state = '{state}'" for state in TabletState},
    "converged": f"tablet_glance.converged = 1 AND {_IN_USE}",
    "drifting": f"tablet_glance.converged = 0 AND {_IN_USE}",
    "errors": f"tablet_glance.errors > 0 AND {_IN_USE}",
    "storage_low": f"tablet_glance.storage_low = 1 AND {_IN_USE}",
    "storage_known": f"tablet_glance.free_space >= 0 AND {_IN_USE}",
    "battery_low": f"tablet_glance.battery BETWEEN 0 AND {BATTERY_LOW - 1} AND {_IN_USE}",
    "battery_known": f"tablet_glance.battery >= 0 AND {_IN_USE}",
    "health_normal": f"tablet_glance.health = 'normal' AND {_IN_USE}",
    "health_service": f"tablet_glance.health = 'service-recommended' AND {_IN_USE}",
    "health_other": f"tablet_glance.health NOT IN ('', 'normal', 'service-recommended') AND {_IN_USE}",
    "seen_day": f"tablet_glance.seen_at >= :day AND {_IN_USE}",
    "seen_week": f"tablet_glance.seen_at >= :week AND tablet_glance.seen_at < :day AND {_IN_USE}",
    "seen_month": f"tablet_glance.seen_at >= :month AND tablet_glance.seen_at < :week AND {_IN_USE}",
    "seen_longer": f"tablet_glance.seen_at > 0 AND tablet_glance.seen_at < :month AND {_IN_USE}",
    "seen_never": f"tablet_glance.seen_at = 0 AND {_IN_USE}",
}
_COLUMNS = ("kit_id", "uai", "insee", "tablets", *_COUNTED)


def count_kits(conn: Connection, *, now: int) -> list[Row]:
    """Count each kit's tablets; reads every tablet's row once."""
    counts = ", ".join(f"COUNT(CASE WHEN {condition} THEN 1 END) AS {name}" for name, condition in _COUNTED.items())
    return conn.all(
        f"SELECT kit_id, MAX(uai) AS uai, MAX(insee) AS insee, COUNT(*) AS tablets, {counts}"  # noqa: S608
        " FROM tablet_glance GROUP BY kit_id",
        day=now - DAY_MS,
        week=now - 7 * DAY_MS,
        month=now - 30 * DAY_MS,
    )


def count_systems(conn: Connection) -> list[Row]:
    """Count each kit's tablets by platform and system version; retired ones are left out."""
    return conn.all(
        "SELECT kit_id, platform, os_version, COUNT(*) AS tablets FROM tablet_glance WHERE state <> 'retired'"
        " GROUP BY kit_id, platform, os_version"
    )


def known_kits(conn: Connection) -> list[Row]:
    """Return what was counted last."""
    return conn.all(f"SELECT {', '.join(_COLUMNS)} FROM kit_figures")  # noqa: S608


def known_systems(conn: Connection) -> list[Row]:
    """Return what was counted last, by system version."""
    return conn.all("SELECT kit_id, platform, os_version, tablets FROM os_figures")


def save_kits(conn: Connection, kits: Sequence[Row]) -> None:
    """Keep kits' figures."""
    conn.many(_SAVE_KIT, kits)


def forget_kits(conn: Connection, kits: Sequence[str]) -> None:
    """Forget the figures of kits that have no tablet any more."""
    conn.many("DELETE FROM kit_figures WHERE kit_id = :kit_id", [{"kit_id": kit_id} for kit_id in kits])


def save_systems(conn: Connection, systems: Sequence[Row], gone: Sequence[Row]) -> None:
    """Keep kits' figures by system version, and forget those that are ``gone``."""
    conn.many(
        "DELETE FROM os_figures WHERE kit_id = :kit_id AND platform = :platform AND os_version = :os_version",
        [{name: row[name] for name in ("kit_id", "platform", "os_version")} for row in gone],
    )
    conn.many(
        "INSERT INTO os_figures (kit_id, platform, os_version, tablets)"
        " VALUES (:kit_id, :platform, :os_version, :tablets) ON CONFLICT (kit_id, platform, os_version)"
        " DO UPDATE SET tablets = excluded.tablets",
        systems,
    )


def save_round(conn: Connection, *, now: int, took_ms: int) -> None:
    """Note that everything was counted, and tell live pages."""
    conn.run(
        "INSERT INTO fleet_round (one, counted_at, took_ms) VALUES (1, :now, :took) ON CONFLICT (one) DO UPDATE SET"
        " counted_at = excluded.counted_at, took_ms = excluded.took_ms",
        now=now,
        took=took_ms,
    )
    conn.publish("figures", "")


def save_day(conn: Connection, day: str, *, keep_from: str) -> None:
    """Keep a day's figures of every school as they stand, and forget the days before ``keep_from``."""
    conn.run(_SAVE_DAY, day=day)
    conn.run("DELETE FROM fleet_day WHERE day < :keep_from", keep_from=keep_from)


def counted_at(conn: Connection) -> int | None:
    """Return when everything was counted last."""
    row = conn.one("SELECT counted_at FROM fleet_round WHERE one = 1")
    return None if row is None else int(row["counted_at"])


def sums(conn: Connection, reach: Reach, *, by: str, after: str = "", limit: int = 1) -> list[Row]:
    """Return the sums of the kits in reach: of all, or for each ``uai`` or ``insee`` with its name."""
    condition, params = _kits_in_reach(reach)
    added = ", ".join(f"SUM(kit_figures.{name}) AS {name}" for name in ("tablets", *_COUNTED))
    if not by:
        return conn.all(f"SELECT {added} FROM kit_figures WHERE {condition}", **params)  # noqa: S608
    return conn.all(_BY_PLACE[by].format(added=added, condition=condition), **params, after=after, limit=limit)


def systems(conn: Connection, reach: Reach) -> list[Row]:
    """Return tablets by platform and system version, the newest version first."""
    condition, params = _kits_in_reach(reach)
    return conn.all(_SYSTEMS.format(condition=condition), **params)


def days(conn: Connection, reach: Reach, *, limit: int) -> list[Row]:
    """Return the last days' sums in order; of whole schools, also where only some of their kits are in reach."""
    condition, params = _kits_in_reach(reach)
    within = "1 = 1" if reach.everything else _OF_SCHOOLS.format(condition=condition)
    return conn.all(_DAYS.format(within=within), **params, limit=limit)[::-1]


def changed(found: Sequence[Row], known: Sequence[Row], key: Sequence[str]) -> Iterator[Row]:
    """Yield the rows that are not as they were."""
    before = {tuple(row[name] for name in key): row for row in known}
    return (row for row in found if before.get(tuple(row[name] for name in key)) != row)


def gone(found: Sequence[Row], known: Sequence[Row], key: Sequence[str]) -> Iterator[Row]:
    """Yield the rows that there were and are not any more."""
    now = {tuple(row[name] for name in key) for row in found}
    return (row for row in known if tuple(row[name] for name in key) not in now)


def _kits_in_reach(reach: Reach) -> tuple[str, dict[str, str]]:
    condition, params = reach_condition(reach)
    return condition.replace("tablet_glance.", "kit_figures."), params


_SAVE_KIT = (
    f"INSERT INTO kit_figures ({', '.join(_COLUMNS)}) VALUES ({', '.join(f':{name}' for name in _COLUMNS)})"  # noqa: S608
    f" ON CONFLICT (kit_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS[1:])}"
)

_SAVE_DAY = """
INSERT INTO fleet_day (day, uai, tablets, ready, drifting, seen)
SELECT :day, uai, SUM(tablets), SUM(state_ready) + SUM(state_loaned), SUM(drifting), SUM(seen_day)
FROM kit_figures WHERE 1 = 1 GROUP BY uai
ON CONFLICT (day, uai) DO UPDATE SET
    tablets = excluded.tablets, ready = excluded.ready, drifting = excluded.drifting, seen = excluded.seen
"""

_BY_PLACE = {
    "uai": """
SELECT kit_figures.uai AS place, school.name AS name, school.insee AS insee, {added}
FROM kit_figures JOIN school ON school.uai = kit_figures.uai
WHERE {condition} AND kit_figures.uai > :after
GROUP BY kit_figures.uai, school.name, school.insee ORDER BY kit_figures.uai LIMIT :limit
""",
    "insee": """
SELECT kit_figures.insee AS place, commune.name AS name, kit_figures.insee AS insee, {added}
FROM kit_figures JOIN commune ON commune.insee = kit_figures.insee
WHERE {condition} AND kit_figures.insee > :after
GROUP BY kit_figures.insee, commune.name ORDER BY kit_figures.insee LIMIT :limit
""",
}

_SYSTEMS = """
SELECT os_figures.platform, os_figures.os_version, SUM(os_figures.tablets) AS tablets
FROM os_figures
JOIN kit_figures ON kit_figures.kit_id = os_figures.kit_id
LEFT JOIN os_version ON os_version.version = os_figures.os_version
WHERE {condition}
GROUP BY os_figures.platform, os_figures.os_version, os_version.rank
ORDER BY os_figures.platform, COALESCE(os_version.rank, -1) DESC, os_figures.os_version
"""

_DAYS = """
SELECT fleet_day.day, SUM(fleet_day.tablets) AS tablets, SUM(fleet_day.ready) AS ready,
    SUM(fleet_day.drifting) AS drifting, SUM(fleet_day.seen) AS seen
FROM fleet_day WHERE {within} GROUP BY fleet_day.day ORDER BY fleet_day.day DESC LIMIT :limit
"""

_OF_SCHOOLS = "fleet_day.uai IN (SELECT kit_figures.uai FROM kit_figures WHERE {condition})"
