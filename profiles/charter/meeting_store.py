"""SQL of meetings: their agendas, who was there, and their notes."""

from collections.abc import Mapping, Sequence

import msgspec

from mdm.store import Connection, Row
from profiles.charter.meeting_errors import MeetingAmbiguous, MeetingUnknown
from profiles.charter.meeting_record import MeetingKind, MeetingState, Presence

_SHOWN = 80
_BEGINNING = 6


class Meeting(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting in a room, or a written consultation. Moments in milliseconds since the epoch.

    ``revision`` counts its changes; ``called_by`` is a login; ``notes`` are those of the whole meeting.
    """

    meeting_id: str
    kind: MeetingKind
    title: str
    place: str
    begins_at: int
    state: MeetingState
    revision: int
    called_at: int
    called_by: str
    opened_at: int | None = None
    closed_at: int | None = None
    notes: str = ""


class MeetingItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item of an agenda, with the proposal that it is about where there is one."""

    position: int
    title: str
    proposal_id: str | None = None
    notes: str = ""


_ROW = "meeting_id, kind, title, place, begins_at, state, revision, called_at, called_by, opened_at, closed_at, notes"


def insert_meeting(conn: Connection, meeting: Meeting) -> None:
    """Add a meeting."""
    conn.run(
        "INSERT INTO meeting (meeting_id, kind, title, place, begins_at, state, revision, called_at, called_by,"
        " opened_at, closed_at, notes) VALUES (:meeting_id, :kind, :title, :place, :begins_at, :state, :revision,"
        " :called_at, :called_by, :opened_at, :closed_at, :notes)",
        **msgspec.structs.asdict(meeting),
    )


def save_meeting(conn: Connection, meeting: Meeting) -> None:
    """Store a meeting as it is now."""
    conn.run(
        "UPDATE meeting SET title = :title, place = :place, begins_at = :begins_at, state = :state,"
        " revision = :revision, opened_at = CAST(:opened_at AS BIGINT), closed_at = CAST(:closed_at AS BIGINT),"
        " notes = :notes WHERE meeting_id = :meeting_id",
        title=meeting.title,
        place=meeting.place,
        begins_at=meeting.begins_at,
        state=meeting.state,
        revision=meeting.revision,
        opened_at=meeting.opened_at,
        closed_at=meeting.closed_at,
        notes=meeting.notes,
        meeting_id=meeting.meeting_id,
    )


def hold_meeting(conn: Connection, meeting_id: str) -> Meeting:
    """Return a meeting that no other transaction changes before this one ends; raise `MeetingUnknown`."""
    # Written to itself: on PostgreSQL this takes the row's lock, on SQLite the transaction has the only one.
    row = conn.one(
        f"UPDATE meeting SET revision = revision WHERE meeting_id = :meeting_id RETURNING {_ROW}",  # noqa: S608
        meeting_id=meeting_id,
    )
    return _required(row, meeting_id)


def require_meeting(conn: Connection, meeting_id: str) -> Meeting:
    """Return a meeting; raise `MeetingUnknown`."""
    row = conn.one(f"SELECT {_ROW} FROM meeting WHERE meeting_id = :meeting_id", meeting_id=meeting_id)  # noqa: S608
    return _required(row, meeting_id)


def find_meeting(conn: Connection, reference: str) -> str:
    """Return the meeting that a person means by its identifier, or the beginning or end of it (6 digits at least).

    Raises `MeetingUnknown` or `MeetingAmbiguous`.
    """
    wanted = reference.strip().lower()
    if len(wanted) < _BEGINNING or not set(wanted) <= set("0123456789abcdef"):
        raise MeetingUnknown(meeting=reference[:_SHOWN])
    rows = conn.all(
        "SELECT meeting_id FROM meeting WHERE meeting_id LIKE :beginning OR meeting_id LIKE :ending"
        " ORDER BY meeting_id LIMIT 2",
        beginning=f"{wanted}%",
        ending=f"%{wanted}",
    )
    if not rows:
        raise MeetingUnknown(meeting=reference[:_SHOWN])
    if len(rows) > 1:
        raise MeetingAmbiguous(meeting=reference[:_SHOWN])
    return str(rows[0]["meeting_id"])


def list_meetings(
    conn: Connection, *, state: MeetingState | None = None, after: tuple[int, str] | None = None, limit: int
) -> list[Meeting]:
    """Return meetings, the latest first, from the one after ``after`` (``begins_at``, identifier)."""
    rows = conn.all(
        f"SELECT {_ROW} FROM meeting WHERE (:state = '' OR state = :state)"  # noqa: S608
        " AND (CAST(:at AS BIGINT) IS NULL OR (begins_at, meeting_id) < (CAST(:at AS BIGINT), :last))"
        " ORDER BY begins_at DESC, meeting_id DESC LIMIT :limit",
        state=state or "",
        at=None if after is None else after[0],
        last="" if after is None else after[1],
        limit=limit,
    )
    return [Meeting(**row) for row in rows]


def next_called(conn: Connection) -> str | None:
    """Return the meeting that was called and begins first; None where none was called."""
    row = conn.one("SELECT meeting_id FROM meeting WHERE state = 'called' ORDER BY begins_at, meeting_id LIMIT 1")
    return None if row is None else str(row["meeting_id"])


def items_of(conn: Connection, meeting_id: str) -> list[MeetingItem]:
    """Return a meeting's agenda, in order."""
    rows = conn.all(
        "SELECT position, title, proposal_id, notes FROM meeting_item WHERE meeting_id = :meeting_id ORDER BY position",
        meeting_id=meeting_id,
    )
    return [MeetingItem(**row) for row in rows]


def replace_items(conn: Connection, meeting_id: str, items: Sequence[MeetingItem]) -> None:
    """Put another agenda in the place of a meeting's."""
    conn.run("DELETE FROM meeting_item WHERE meeting_id = :meeting_id", meeting_id=meeting_id)
    conn.many(
        "INSERT INTO meeting_item (meeting_id, position, title, proposal_id, notes)"
        " VALUES (:meeting_id, :position, :title, :proposal_id, :notes)",
        [{"meeting_id": meeting_id, **msgspec.structs.asdict(item)} for item in items],
    )


def attendance_of(conn: Connection, meeting_id: str) -> dict[str, Presence]:
    """Return who was there, by seat."""
    rows = conn.all("SELECT seat_id, presence FROM attendance WHERE meeting_id = :meeting_id", meeting_id=meeting_id)
    return {row["seat_id"]: row["presence"] for row in rows}


def save_attendance(conn: Connection, meeting_id: str, presences: Mapping[str, Presence]) -> None:
    """Note who was there; seats that are not named keep what was noted."""
    conn.many(
        "INSERT INTO attendance (meeting_id, seat_id, presence) VALUES (:meeting_id, :seat_id, :presence)"
        " ON CONFLICT (meeting_id, seat_id) DO UPDATE SET presence = excluded.presence",
        [
            {"meeting_id": meeting_id, "seat_id": seat_id, "presence": presence}
            for seat_id, presence in sorted(presences.items())
        ],
    )


def rounds_of(conn: Connection, meeting_id: str) -> dict[str, int]:
    """Return the votes that were opened in a meeting: the latest round of each proposal."""
    rows = conn.all(
        "SELECT proposal_id, MAX(round) AS round FROM vote WHERE meeting_id = :meeting_id GROUP BY proposal_id",
        meeting_id=meeting_id,
    )
    return {row["proposal_id"]: int(row["round"]) for row in rows}


def count_open_votes(conn: Connection, meeting_id: str) -> int:
    """Return how many votes of a meeting are open."""
    row = conn.one(
        "SELECT COUNT(*) AS open FROM vote WHERE meeting_id = :meeting_id AND closed_at IS NULL", meeting_id=meeting_id
    )
    return 0 if row is None else int(row["open"])


def _required(row: Row | None, meeting_id: str) -> Meeting:
    if row is None:
        raise MeetingUnknown(meeting=meeting_id[:_SHOWN])
    return Meeting(**row)
