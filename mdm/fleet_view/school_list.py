"""Schools with their figures, sorted by what a person looks for, in pages that lead in both directions."""

import base64

import msgspec

from mdm.fleet.reach import Reach
from mdm.fleet.reach_sql import reach_condition
from mdm.fleet_view.errors import CursorInvalid, FilterInvalid
from mdm.store import Connection

ORDERS = ("name", "tablets", "ready", "drifting", "errors", "gone", "seen_longer")
"""What schools can be sorted by; numbers are given with the highest first."""


class SchoolLine(msgspec.Struct, frozen=True, kw_only=True):
    """A school. ``ready`` counts those on loan too; ``gone`` the lost and the broken ones."""

    uai: str
    name: str
    tablets: int
    ready: int
    drifting: int
    errors: int
    gone: int
    seen_longer: int


class SchoolLines(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the list; ``next`` and ``previous`` are empty at the ends."""

    schools: tuple[SchoolLine, ...]
    next: str
    previous: str


def school_lines(
    conn: Connection, reach: Reach, *, sort: str = "name", after: str = "", before: str = "", limit: int = 25
) -> SchoolLines:
    """Return a part of the list, as the last round counted; raise `FilterInvalid` or `CursorInvalid`."""
    if sort not in ORDERS:
        raise FilterInvalid(field="sort", value=sort[:60])
    backwards = bool(before)
    downwards = (sort != "name") is not backwards
    condition, params = reach_condition(reach)
    condition = condition.replace("tablet_glance.", "kit_figures.")
    values: dict[str, str | int] = {**params, "limit": limit + 1}
    beyond = ""
    if after or before:
        values["beyond"], values["beyond_uai"] = _read(before or after, sort)
        beyond = f"WHERE (told.{sort}, told.uai) {'<' if downwards else '>'} (:beyond, :beyond_uai)"
    way = "DESC" if downwards else "ASC"
    rows = conn.all(
        f"{_LINES.format(condition=condition)} {beyond} ORDER BY told.{sort} {way}, told.uai {way} LIMIT :limit",
        **values,
    )
    more, rows = len(rows) > limit, rows[:limit]
    found = [SchoolLine(**row) for row in (rows[::-1] if backwards else rows)]
    further, earlier = more or backwards, more if backwards else bool(after)
    return SchoolLines(
        schools=tuple(found),
        next=_write(found[-1], sort) if found and further else "",
        previous=_write(found[0], sort) if found and earlier else "",
    )


def _write(line: SchoolLine, sort: str) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode((getattr(line, sort), line.uai))).decode().rstrip("=")


def _read(text: str, sort: str) -> tuple[str | int, str]:
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        value, uai = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=tuple[str | int, str])
    except (ValueError, msgspec.MsgspecError) as error:
        raise CursorInvalid from error
    fits = isinstance(value, str) if sort == "name" else isinstance(value, int) and abs(value) < 2**63
    if not fits or "\0" in f"{value}{uai}":
        raise CursorInvalid
    return value, uai


_LINES = """
SELECT * FROM (
    SELECT kit_figures.uai AS uai, school.name AS name,
        CAST(SUM(kit_figures.tablets) AS BIGINT) AS tablets,
        CAST(SUM(kit_figures.state_ready + kit_figures.state_loaned) AS BIGINT) AS ready,
        CAST(SUM(kit_figures.drifting) AS BIGINT) AS drifting,
        CAST(SUM(kit_figures.errors) AS BIGINT) AS errors,
        CAST(SUM(kit_figures.state_lost + kit_figures.state_broken) AS BIGINT) AS gone,
        CAST(SUM(kit_figures.seen_longer) AS BIGINT) AS seen_longer
    FROM kit_figures JOIN school ON school.uai = kit_figures.uai
    WHERE {condition} GROUP BY kit_figures.uai, school.name
) AS told
"""
