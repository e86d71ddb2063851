"""SQL of modes: what each tablet was brought to, when it is looked at again, and the facts that decide."""

from collections.abc import Mapping, Sequence

import msgspec

from mdm.home.modes.mode import Mode, Why
from mdm.store import Connection, Row


class RunningFocus(msgspec.Struct, frozen=True, kw_only=True):
    """The class mode that a tablet is in. ``kind``: app, page, lock; ``until`` in milliseconds."""

    class_mode_id: str
    kind: str
    what: str
    until: int


class ModeRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a tablet was brought to; times in milliseconds. ``due_at`` None: nothing is expected."""

    tablet_id: str
    mode: Mode
    usable: bool
    why: Why
    class_mode_id: str | None = None
    since_at: int
    until_at: int | None = None
    due_at: int | None = None


class FactRow(msgspec.Struct, frozen=True, kw_only=True):
    """What the store says of a tablet. ``uai`` and ``kit_id`` are empty without a slot; ``focus``: its kit's.

    ``stricter``: some guardian takes something away.
    """

    tablet_id: str
    platform: str
    state: str
    kit_id: str
    uai: str
    seen_at_school: bool
    focus: RunningFocus | None
    stricter: bool


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """The rules that a tablet follows now: its row, and the class mode that the row names.

    ``stricter``: some guardian takes something away.
    """

    mode: Mode
    usable: bool
    focus: RunningFocus | None = None
    stricter: bool = False


def brought_to(conn: Connection, tablet_id: str, *, now: int) -> Brought | None:
    """Return what a tablet was brought to; None for one that is as at school.

    A class mode that is over, or was stopped, is none, though nobody came by to say so.
    """
    row = conn.one(
        "SELECT m.mode, m.usable, c.class_mode_id, c.kind, c.what, c.until_at, c.ended_at,"
        " (SELECT COUNT(*) FROM stricter_rules g WHERE g.tablet_id = m.tablet_id) AS stricter FROM tablet_mode m"
        " LEFT JOIN class_mode c ON c.class_mode_id = m.class_mode_id WHERE m.tablet_id = :tablet_id",
        tablet_id=tablet_id,
    )
    if row is None or row["mode"] == Mode.SCHOOL:
        return None
    if row["mode"] != Mode.FOCUS:
        return Brought(mode=Mode(row["mode"]), usable=bool(row["usable"]), stricter=bool(row["stricter"]))
    if row["class_mode_id"] is None or row["ended_at"] is not None or row["until_at"] <= now:
        return None
    return Brought(mode=Mode.FOCUS, usable=True, focus=_focus(row))


def facts_of(conn: Connection, tablet_ids: Sequence[str]) -> list[FactRow]:
    """Return the facts of tablets, in their order; unknown ones are left out."""
    rows = conn.many_returning(_FACTS, [{"tablet_id": one} for one in tablet_ids])
    return [
        FactRow(
            tablet_id=row["tablet_id"],
            platform=row["platform"],
            state=row["state"],
            kit_id=row["kit_id"] or "",
            uai=row["uai"] or "",
            seen_at_school=bool(row["at_school"]),
            focus=_focus(row) if row["class_mode_id"] is not None else None,
            stricter=bool(row["stricter"]),
        )
        for row in rows
        if row is not None
    ]


def mode_rows(conn: Connection, tablet_ids: Sequence[str]) -> dict[str, ModeRow]:
    """Return the rows of these tablets, where they have one."""
    rows = conn.many_returning(
        "SELECT tablet_id, mode, usable, why, class_mode_id, since_at, until_at, due_at FROM tablet_mode"
        " WHERE tablet_id = :tablet_id",
        [{"tablet_id": one} for one in tablet_ids],
    )
    return {row["tablet_id"]: _mode_row(row) for row in rows if row is not None}


def save_modes(conn: Connection, rows: Sequence[ModeRow]) -> None:
    """Keep what tablets were brought to."""
    conn.many(
        "INSERT INTO tablet_mode (tablet_id, mode, usable, why, class_mode_id, since_at, until_at, due_at)"
        " VALUES (:tablet_id, :mode, :usable, :why, :class_mode_id, :since_at, :until_at, :due_at)"
        " ON CONFLICT (tablet_id) DO UPDATE SET mode = excluded.mode, usable = excluded.usable, why = excluded.why,"
        " class_mode_id = excluded.class_mode_id, since_at = excluded.since_at, until_at = excluded.until_at,"
        " due_at = excluded.due_at",
        [
            {**msgspec.structs.asdict(row), "mode": row.mode.value, "usable": int(row.usable), "why": row.why.value}
            for row in rows
        ],
    )


def forget_modes(conn: Connection, tablet_ids: Sequence[str]) -> None:
    """Drop the rows of tablets that are as at school again."""
    conn.many("DELETE FROM tablet_mode WHERE tablet_id = :tablet_id", [{"tablet_id": one} for one in tablet_ids])


def hasten(conn: Connection, tablet_ids: Sequence[str], *, now: int) -> None:
    """Ask for tablets to be looked at at once: their loan, their class mode or their rules changed.

    Part of the transaction that changes it; whoever lends a tablet or takes it back calls it.
    """
    conn.many(
        "INSERT INTO tablet_mode (tablet_id, mode, usable, why, since_at, due_at)"
        " VALUES (:tablet_id, 'school', 1, 'at_school', :now, :now)"
        " ON CONFLICT (tablet_id) DO UPDATE SET due_at = excluded.due_at",
        [{"tablet_id": one, "now": now} for one in tablet_ids],
    )
    if tablet_ids:
        conn.publish("modes", "")


def hasten_known(conn: Connection, tablet_id: str, *, now: int) -> None:
    """Ask for a tablet to be looked at at once, where it is on loan or in class mode."""
    conn.run(
        "UPDATE tablet_mode SET due_at = :now WHERE tablet_id = :tablet_id AND (due_at IS NULL OR due_at > :now)",
        tablet_id=tablet_id,
        now=now,
    )


def put_off(conn: Connection, tablet_id: str, *, until: int) -> None:
    """Look at a tablet later, because it could not be brought to its mode now."""
    conn.run("UPDATE tablet_mode SET due_at = :until WHERE tablet_id = :tablet_id", tablet_id=tablet_id, until=until)


def due_tablets(conn: Connection, *, now: int, limit: int) -> list[str]:
    """Return the tablets whose time has come, the longest waiting first."""
    rows = conn.all(
        "SELECT tablet_id FROM tablet_mode WHERE due_at <= :now ORDER BY due_at, tablet_id LIMIT :limit",
        now=now,
        limit=limit,
    )
    return [row["tablet_id"] for row in rows]


def next_due(conn: Connection) -> int | None:
    """Return when the next tablet's time comes, in milliseconds; None when none is expected."""
    row = conn.one("SELECT MIN(due_at) AS due_at FROM tablet_mode")
    return None if row is None else row["due_at"]


def stray_tablets(conn: Connection, *, limit: int) -> list[str]:
    """Return tablets whose row does not fit what happened to them: somebody changed it without asking for a look."""
    rows = conn.all(_STRAYS, limit=limit)
    return [row["tablet_id"] for row in rows]


def tablets_at_home(conn: Connection, *, after: str, limit: int) -> list[str]:
    """Return tablets on loan, by identifier, from the one after ``after``: for when calendars or rules changed."""
    rows = conn.all(
        "SELECT tablet_id FROM tablet_mode WHERE class_mode_id IS NULL AND mode <> 'lost' AND tablet_id > :after"
        " ORDER BY tablet_id LIMIT :limit",
        after=after,
        limit=limit,
    )
    return [row["tablet_id"] for row in rows]


def set_due(conn: Connection, due: Mapping[str, int]) -> None:
    """Set when tablets are looked at again; one that is looked at earlier stays so."""
    conn.many(
        "UPDATE tablet_mode SET due_at = :due WHERE tablet_id = :tablet_id AND (due_at IS NULL OR due_at > :due)",
        [{"tablet_id": one, "due": due_at} for one, due_at in due.items()],
    )


def rules_as_of(conn: Connection) -> str:
    """Return a text that is another one when calendars, school hours or the editions followed have changed."""
    row = conn.one(
        "SELECT (SELECT COUNT(*) FROM school_hours) AS hours, (SELECT MAX(changed_at) FROM school_hours) AS changed,"
        " (SELECT MAX(imported_at) FROM school_year) AS imported, (SELECT MAX(number) FROM edition) AS edition,"
        " (SELECT current_id FROM charter WHERE one = 1) AS current_id,"
        " (SELECT COUNT(*) FROM kit WHERE edition_id IS NOT NULL) AS kits"
    )
    return "" if row is None else " ".join(str(value) for value in row.values())


def rules_seen(conn: Connection) -> str:
    """Return the text of `rules_as_of` that schedules were made from last; empty before the first time."""
    row = conn.one("SELECT as_of FROM mode_rules_seen WHERE one = 1")
    return "" if row is None else str(row["as_of"])


def note_rules_seen(conn: Connection, as_of: str) -> None:
    """Keep that every schedule is made from these rules, or will be when its tablet is looked at."""
    conn.run(
        "INSERT INTO mode_rules_seen (one, as_of) VALUES (1, :as_of)"
        " ON CONFLICT (one) DO UPDATE SET as_of = excluded.as_of",
        as_of=as_of,
    )


_FACTS = """
SELECT t.tablet_id, t.platform, t.state, s.kit_id, k.uai, p.at_school, c.class_mode_id, c.kind, c.what, c.until_at,
       (SELECT COUNT(*) FROM stricter_rules g WHERE g.tablet_id = t.tablet_id) AS stricter
FROM tablet t
LEFT JOIN slot s ON s.tablet_id = t.tablet_id
LEFT JOIN kit k ON k.kit_id = s.kit_id
LEFT JOIN class_mode c ON c.running_kit = s.kit_id
LEFT JOIN tablet_place p ON p.tablet_id = t.tablet_id
WHERE t.tablet_id = :tablet_id
"""

_STRAYS = """
SELECT t.tablet_id FROM tablet t LEFT JOIN tablet_mode m ON m.tablet_id = t.tablet_id
WHERE t.state IN ('loaned', 'lost') AND m.tablet_id IS NULL
UNION
SELECT m.tablet_id FROM tablet_mode m JOIN tablet t ON t.tablet_id = m.tablet_id
WHERE (m.mode IN ('home', 'holiday') AND t.state <> 'loaned') OR (m.mode = 'lost' AND t.state <> 'lost')
   OR (t.state = 'lost' AND m.mode <> 'lost')
UNION
SELECT s.tablet_id FROM class_mode c JOIN slot s ON s.kit_id = c.running_kit
LEFT JOIN tablet_mode m ON m.tablet_id = s.tablet_id
WHERE c.running_kit IS NOT NULL AND s.tablet_id IS NOT NULL AND m.tablet_id IS NULL
LIMIT :limit
"""


def _focus(row: Row) -> RunningFocus:
    return RunningFocus(class_mode_id=row["class_mode_id"], kind=row["kind"], what=row["what"], until=row["until_at"])


def _mode_row(row: Row) -> ModeRow:
    return ModeRow(**{**row, "mode": Mode(row["mode"]), "why": Why(row["why"]), "usable": bool(row["usable"])})
