"""SQL of the tablets that are not well in a rollout, with the place and the reasons that help to mend them."""

import msgspec

from mdm.commands.report import Report
from mdm.fleet.place_store import within
from mdm.fleet.reach import Reach
from mdm.store import Connection
from profiles.rollouts.gates import TabletState

SHOWN = 50


class IllDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A tablet that is not well. ``refused``: what it refused, with the reason as a message to translate.

    ``problems``: what it says itself of declarations that it does not take. ``excused``: it counts no more.
    """

    tablet_id: str
    name: str
    kit_id: str
    kit_name: str
    school_name: str
    state: TabletState
    excused: bool
    refused: tuple[tuple[str, str], ...]
    problems: tuple[tuple[str, str], ...]


def ill_in_reach(conn: Connection, rollout_id: str, reach: Reach, *, limit: int = SHOWN) -> list[IllDetail]:
    """Return the tablets of a rollout that are not well and in reach, by school, kit and name."""
    condition, params = within(reach)
    rows = conn.all(
        "SELECT r.tablet_id, t.name, r.kit_id, k.name AS kit_name, s.name AS school_name, r.state, r.excused,"  # noqa: S608
        " c.report FROM rollout_tablet r JOIN tablet t ON t.tablet_id = r.tablet_id JOIN kit k ON k.kit_id = r.kit_id"
        " JOIN school s ON s.uai = k.uai LEFT JOIN convergence c ON c.tablet_id = r.tablet_id"
        f" WHERE r.rollout_id = :rollout_id AND r.state IN ('failed', 'late', 'drifted') AND {condition}"
        " ORDER BY s.name, k.name, t.name LIMIT :limit",
        rollout_id=rollout_id,
        limit=limit,
        **params,
    )
    found = []
    for row in rows:
        report = Report.from_json(row.pop("report") or "{}")
        declared = (report.declarations or {}).items()
        found.append(
            IllDetail(
                **{**row, "state": TabletState(row["state"]), "excused": bool(row["excused"])},
                refused=tuple(sorted(report.failed.items())),
                problems=tuple((name, one.problem) for name, one in declared if one.valid is False),
            )
        )
    return found
