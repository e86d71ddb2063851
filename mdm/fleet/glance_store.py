"""SQL that brings tablets to ``tablet_glance``, the table that lists and figures read.

A report writes nothing there: what tablets report is brought in rounds, by `stale_tablets` and `refresh_glance`.
"""

from collections.abc import Iterable, Sequence

from mdm.store import Connection


def refresh_glance(conn: Connection, tablets: Sequence[str]) -> None:
    """Bring what is known of these tablets now; they are in ``tablet_search`` already."""
    conn.many(_REFRESH, [{"tablet_id": tablet_id} for tablet_id in tablets])


def stale_tablets(conn: Connection) -> list[str]:
    """Return the tablets that reported, moved or changed since they were brought here last; reads all, writes none."""
    return [row["tablet_id"] for row in conn.stream(_STALE)]


def renamed_models(conn: Connection) -> list[str]:
    """Return the tablets whose model is known by another name now, or that were never indexed."""
    return [row["tablet_id"] for row in conn.stream(_RENAMED)]


def unranked_versions(conn: Connection) -> list[str]:
    """Return the system versions that have no rank yet."""
    rows = conn.all(
        "SELECT DISTINCT os_version FROM tablet_report WHERE os_version IS NOT NULL AND os_version <> ''"
        " EXCEPT SELECT version FROM os_version"
    )
    return [row["os_version"] for row in rows]


def rank_versions(conn: Connection, versions: Iterable[str]) -> None:
    """Give system versions their ranks."""
    conn.many(
        "INSERT INTO os_version (version, rank) VALUES (:version, :rank) ON CONFLICT (version) DO NOTHING",
        [{"version": version, "rank": version_rank(version)} for version in versions],
    )


def version_rank(version: str) -> int:
    """Return a number by which versions are compared: 17.5.1 has 17005001000; what is no number counts as 0."""
    parts = [int(part) if part.isascii() and part.isdigit() else 0 for part in version.strip().split(".")[:4]]
    rank = 0
    for part in [*parts, 0, 0, 0, 0][:4]:
        rank = rank * 1000 + min(part, 999)
    return rank


_SOURCES = """
FROM tablet
LEFT JOIN slot ON slot.tablet_id = tablet.tablet_id
LEFT JOIN kit ON kit.kit_id = slot.kit_id
LEFT JOIN school ON school.uai = kit.uai
LEFT JOIN tablet_report ON tablet_report.tablet_id = tablet.tablet_id
LEFT JOIN convergence ON convergence.tablet_id = tablet.tablet_id
"""

_CONVERGED = (
    """CASE WHEN convergence.tablet_id IS NULL THEN -1 WHEN convergence.converged_at IS NULL THEN 0 ELSE 1 END"""
)

_REFRESH = f"""
INSERT INTO tablet_glance (tablet_id, name_key, platform, model, state, kit_id, uai, insee, edition_id, seen_at,
    os_version, os_rank, battery, free_space, storage_low, converged, errors, health)
SELECT tablet.tablet_id, COALESCE(tablet_search.name_key, ''), tablet.platform,
    COALESCE(tablet_report.model_name, tablet.model), tablet.state,
    COALESCE(slot.kit_id, ''), COALESCE(kit.uai, ''), COALESCE(school.insee, ''),
    COALESCE(kit.edition_id, school.edition_id, ''), COALESCE(tablet_report.seen_at, 0),
    COALESCE(tablet_report.os_version, ''), COALESCE(os_version.rank, -1), COALESCE(tablet_report.battery, -1),
    COALESCE(tablet_report.free_space, -1),
    CASE WHEN tablet_report.free_space * 10 < tablet_report.capacity OR tablet_report.free_space < 2000000000
        THEN 1 ELSE 0 END,
    {_CONVERGED},
    (SELECT COUNT(*) FROM delivery WHERE delivery.tablet_id = tablet.tablet_id
        AND delivery.state = 'error' AND delivery.answered_at >= tablet.state_since),
    CASE WHEN declarative_status.status LIKE '%"battery-health":"normal"%' THEN 'normal'
        WHEN declarative_status.status LIKE '%"battery-health":"service-recommended"%' THEN 'service-recommended'
        WHEN declarative_status.status LIKE '%"battery-health":"non-genuine"%' THEN 'non-genuine'
        ELSE '' END
{_SOURCES}
LEFT JOIN tablet_search ON tablet_search.tablet_id = tablet.tablet_id
LEFT JOIN os_version ON os_version.version = tablet_report.os_version
LEFT JOIN declarative_status ON declarative_status.tablet_id = tablet.tablet_id
WHERE tablet.tablet_id = :tablet_id
ON CONFLICT (tablet_id) DO UPDATE SET
    name_key = excluded.name_key, platform = excluded.platform, model = excluded.model, state = excluded.state,
    kit_id = excluded.kit_id, uai = excluded.uai, insee = excluded.insee, edition_id = excluded.edition_id,
    seen_at = excluded.seen_at, os_version = excluded.os_version, os_rank = excluded.os_rank,
    battery = excluded.battery, free_space = excluded.free_space, storage_low = excluded.storage_low,
    converged = excluded.converged, errors = excluded.errors, health = excluded.health
"""  # noqa: S608

# An answer or a status is told of with a newer seen_at, so that neither commands nor statuses are read here.
_STALE = f"""
SELECT tablet.tablet_id
{_SOURCES}
JOIN tablet_glance ON tablet_glance.tablet_id = tablet.tablet_id
WHERE tablet_glance.seen_at <> COALESCE(tablet_report.seen_at, 0)
    OR tablet_glance.state <> tablet.state
    OR tablet_glance.converged <> {_CONVERGED}
    OR tablet_glance.kit_id <> COALESCE(slot.kit_id, '')
    OR tablet_glance.uai <> COALESCE(kit.uai, '')
    OR tablet_glance.insee <> COALESCE(school.insee, '')
    OR tablet_glance.edition_id <> COALESCE(kit.edition_id, school.edition_id, '')
"""

_RENAMED = """
SELECT tablet.tablet_id FROM tablet
LEFT JOIN tablet_report ON tablet_report.tablet_id = tablet.tablet_id
LEFT JOIN tablet_glance ON tablet_glance.tablet_id = tablet.tablet_id
WHERE tablet_glance.tablet_id IS NULL OR tablet_glance.model <> COALESCE(tablet_report.model_name, tablet.model)
"""
