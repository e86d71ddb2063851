"""SQL of many faults: lists, counts, figures. Inside the caller's transaction.

A list is made for the filter that is asked for, so that the engine can walk the index that fits: fault identifiers sort
by the time of the report.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from mdm.clock import DAY_MS
from mdm.repairs.errors import FaultUnknown
from mdm.repairs.fault import FaultFigures, FaultFilter, FaultLine, FaultPage
from mdm.repairs.fault_states import FaultState
from mdm.repairs.fault_store import fault_of
from mdm.store import Connection, Row

PAGE_LIMIT = 500
"""Faults in one page of a list."""


def list_faults(conn: Connection, chosen: FaultFilter, *, after: str = "", limit: int = 50) -> FaultPage:
    """Return a page of faults, newest first; ``after`` is the ``next`` of the page before."""
    wanted = max(1, min(limit, PAGE_LIMIT))
    where, params = _where(chosen, after=after)
    rows = conn.all(
        f"{_LINE} FROM (SELECT * FROM fault WHERE {where} ORDER BY fault_id DESC LIMIT :limit) fault"  # noqa: S608
        f" {_NAMES} ORDER BY fault.fault_id DESC",
        **params,
        limit=wanted + 1,
    )
    lines = tuple(_line(row) for row in rows[:wanted])
    return FaultPage(faults=lines, next=lines[-1].fault.fault_id if len(rows) > wanted else "")


def stream_faults(conn: Connection, chosen: FaultFilter) -> Iterator[FaultLine]:
    """Yield all the faults that are chosen, oldest first, without holding them all."""
    where, params = _where(chosen)
    rows = conn.stream(
        f"{_LINE} FROM (SELECT * FROM fault WHERE {where}) fault {_NAMES} ORDER BY fault.fault_id",  # noqa: S608
        **params,
    )
    return (_line(row) for row in rows)


def require_line(conn: Connection, fault_id: str) -> FaultLine:
    """Return one fault as lists show it; raise `FaultUnknown`."""
    row = conn.one(f"{_LINE} FROM fault {_NAMES} WHERE fault.fault_id = :fault_id", fault_id=fault_id)
    if row is None:
        raise FaultUnknown(fault=fault_id[:40])
    return _line(row)


def count_faults(conn: Connection, chosen: FaultFilter) -> dict[FaultState, int]:
    """Return how many of the faults that are chosen are in each state."""
    where, params = _where(chosen)
    counts = dict.fromkeys(FaultState, 0)
    for row in conn.all(
        f"SELECT state, COUNT(*) AS faults FROM fault WHERE {where} GROUP BY state",  # noqa: S608
        **params,
    ):
        counts[FaultState(row["state"])] = row["faults"]
    return counts


def fault_figures(conn: Connection, chosen: FaultFilter) -> FaultFigures:
    """Return what became of faults that were settled at ``since`` or later, of those that are chosen otherwise."""
    where, params = _where(chosen, settled=True)
    rows = conn.all(
        "SELECT outcome, COUNT(*) AS faults, SUM(settled_at - reported_at) AS waited, COUNT(replaced_at) AS replaced,"  # noqa: S608
        f" SUM(replaced_at - reported_at) AS waited_for_spare FROM fault WHERE {where} GROUP BY outcome",
        **params,
    )
    counts = {row["outcome"]: row["faults"] for row in rows}
    repairs = [row for row in rows if row["outcome"] == FaultState.REPAIRED]
    replaced = sum(row["replaced"] for row in rows)
    return FaultFigures(
        repaired=counts.get(FaultState.REPAIRED, 0),
        replaced=replaced,
        written_off=counts.get(FaultState.WRITTEN_OFF, 0),
        not_a_fault=counts.get(FaultState.NOT_A_FAULT, 0),
        days_to_repair=_days(sum(int(row["waited"]) for row in repairs), counts.get(FaultState.REPAIRED, 0)),
        days_to_replace=_days(sum(int(row["waited_for_spare"] or 0) for row in rows), replaced),
    )


def _days(milliseconds: int, count: int) -> float | None:
    return milliseconds / count / DAY_MS if count else None


def _where(chosen: FaultFilter, *, after: str = "", settled: bool = False) -> tuple[str, Mapping[str, Any]]:
    """Return the conditions of a filter, each written out here, and their parameters."""
    conditions: list[str] = []
    params: dict[str, Any] = {}
    if chosen.state is not None:
        conditions.append("state = :state")
        params["state"] = chosen.state.value
    if chosen.under_way:
        conditions.append("closed_at IS NULL")
    if chosen.kind is not None:
        conditions.append("kind = :kind")
        params["kind"] = chosen.kind.value
    if chosen.tablet_id:
        conditions.append("tablet_id = :tablet_id")
        params["tablet_id"] = chosen.tablet_id
    if settled:
        conditions.append("settled_at >= :since")
        params["since"] = chosen.since
    elif chosen.since > 0:
        # An identifier begins with its moment, in 12 hex digits.
        conditions.append("fault_id >= :first")
        params["first"] = f"{chosen.since:012x}"
    if after:
        conditions.append("fault_id < :after")
        params["after"] = after
    if chosen.schools is not None or chosen.kits is not None:
        schools = {f"uai_{n}": uai for n, uai in enumerate(chosen.schools or ())}
        kits = {f"kit_{n}": kit_id for n, kit_id in enumerate(chosen.kits or ())}
        places = [
            f"{column} IN ({', '.join(f':{name}' for name in names)})"
            for column, names in (("uai", schools), ("kit_id", kits))
            if names
        ]
        conditions.append(f"({' OR '.join(places) or '1 = 0'})")
        params |= schools | kits
    return " AND ".join(conditions) or "1 = 1", params


def _line(row: Row) -> FaultLine:
    return FaultLine(
        fault=fault_of(row),
        tablet_name=row["tablet_name"],
        serial=row["serial"],
        model=row["model"],
        school_name=row["school_name"] or "",
        kit_name=row["kit_name"] or "",
        photos=row["photos"],
    )


_LINE = """
SELECT fault.*, tablet.name AS tablet_name, tablet.serial,
    COALESCE(NULLIF(tablet_report.model_name, ''), tablet.model) AS model,
    school.name AS school_name, kit.name AS kit_name,
    (SELECT COUNT(*) FROM fault_photo WHERE fault_photo.fault_id = fault.fault_id) AS photos
"""
_NAMES = """
JOIN tablet ON tablet.tablet_id = fault.tablet_id
LEFT JOIN tablet_report ON tablet_report.tablet_id = fault.tablet_id
LEFT JOIN school ON school.uai = fault.uai
LEFT JOIN kit ON kit.kit_id = fault.kit_id
"""
