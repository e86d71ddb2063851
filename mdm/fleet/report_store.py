"""SQL of what tablets said last of their state; the rows that the pages show."""

from collections.abc import Sequence

import msgspec

from mdm.store import Connection


class ReportedFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a tablet tells of itself. Sizes in bytes, battery in percent; None where it did not say."""

    os_version: str | None = None
    model_name: str | None = None
    battery: int | None = None
    capacity: int | None = None
    free_space: int | None = None
    supervised: bool | None = None


def save_facts(conn: Connection, facts: Sequence[tuple[str, ReportedFacts]], *, now: int) -> None:
    """Keep what tablets said; what one did not say stays as it was."""
    conn.many(
        _SAVE,
        [
            {
                "tablet_id": tablet_id,
                "now": now,
                "os_version": said.os_version,
                "model_name": said.model_name,
                "battery": said.battery,
                "capacity": said.capacity,
                "free_space": said.free_space,
                "supervised": None if said.supervised is None else int(said.supervised),
            }
            for tablet_id, said in facts
        ],
    )


def note_seen(conn: Connection, seen: Sequence[tuple[str, int]]) -> None:
    """Keep when tablets were last heard, in milliseconds since the epoch."""
    conn.many(
        "UPDATE tablet_report SET seen_at = :at WHERE tablet_id = :tablet_id",
        [{"tablet_id": tablet_id, "at": at} for tablet_id, at in seen],
    )


_SAVE = """
INSERT INTO tablet_report (tablet_id, seen_at, os_version, model_name, battery, capacity, free_space, supervised)
VALUES (:tablet_id, :now, :os_version, :model_name, :battery, :capacity, :free_space, :supervised)
ON CONFLICT (tablet_id) DO UPDATE SET
    seen_at = excluded.seen_at,
    os_version = COALESCE(excluded.os_version, tablet_report.os_version),
    model_name = COALESCE(excluded.model_name, tablet_report.model_name),
    battery = COALESCE(excluded.battery, tablet_report.battery),
    capacity = COALESCE(excluded.capacity, tablet_report.capacity),
    free_space = COALESCE(excluded.free_space, tablet_report.free_space),
    supervised = COALESCE(excluded.supervised, tablet_report.supervised)
"""
