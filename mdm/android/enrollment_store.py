"""SQL of Android tablets' enrollments: which secret path is which tablet, and what each said of itself.

Every function runs inside the caller's transaction. A path is looked up by the SHA-256 of its secret.
"""

from typing import Literal

import msgspec

from mdm.store import Connection, Row

State = Literal["asked", "held", "enrolled", "ended"]

FORGOTTEN_MS = 24 * 3600 * 1000
"""A tablet that asked and never used its own path is forgotten after this."""
_WAITING_AT_ONCE = 8


class AndroidEnrollment(msgspec.Struct, frozen=True, kw_only=True):
    """One asking to join, and what became of it. ``number`` is the agent's, ``asked_as`` the one that it came with.

    ``other_serial``: another tablet reported on this one's path. Times in milliseconds.
    """

    number: str
    sealed_path: bytes
    sealed_admin_password: bytes
    asked_as: str
    ticket_id: str
    kit_id: str
    slot_number: int
    state: State
    tablet_id: str | None
    serial: str | None
    other_serial: str | None
    abi: str
    os_version: str
    device_owner: bool | None
    created_at: int
    moved_at: int | None
    lock_message: str | None

    def answers_to(self, number: str) -> bool:
        """Tell whether a request with this number may be this tablet's."""
        return number in (self.number, self.asked_as)


def add(conn: Connection, enrollment: AndroidEnrollment, path_digest: str) -> None:
    """Store a tablet that asks; of many that ask for one slot and never come, the oldest is forgotten."""
    conn.run(
        "INSERT INTO android_enrollment (number, path_digest, sealed_path, sealed_admin_password, asked_as, ticket_id,"
        " kit_id, slot_number, state, serial, abi, created_at) VALUES (:number, :path_digest, :sealed_path,"
        " :sealed_admin_password, :asked_as, :ticket_id, :kit_id, :slot_number, 'asked', :serial, :abi, :created_at)",
        number=enrollment.number,
        path_digest=path_digest,
        sealed_path=enrollment.sealed_path,
        sealed_admin_password=enrollment.sealed_admin_password,
        asked_as=enrollment.asked_as,
        ticket_id=enrollment.ticket_id,
        kit_id=enrollment.kit_id,
        slot_number=enrollment.slot_number,
        serial=enrollment.serial,
        abi=enrollment.abi,
        created_at=enrollment.created_at,
    )
    conn.run(
        "DELETE FROM android_enrollment WHERE state = 'asked' AND moved_at IS NULL AND number IN ("
        " SELECT number FROM android_enrollment WHERE kit_id = :kit_id AND slot_number = :slot AND state = 'asked'"
        " AND moved_at IS NULL ORDER BY created_at DESC, number LIMIT 1000 OFFSET :kept)",
        kit_id=enrollment.kit_id,
        slot=enrollment.slot_number,
        kept=_WAITING_AT_ONCE,
    )


def of_path(conn: Connection, path_digest: str, *, ended_since: int | None = None) -> AndroidEnrollment | None:
    """Return the enrollment that a tablet's own path stands for; None when it ended or its tablet is retired.

    One that ended after ``ended_since`` (ms) is returned too.
    """
    return _enrollment(
        conn.one(
            f"{_SELECT} LEFT JOIN tablet t ON t.tablet_id = e.tablet_id"
            " WHERE e.path_digest = :digest AND (e.state <> 'ended' OR e.ended_at >= :since)"
            " AND COALESCE(t.state, '') <> 'retired'",
            digest=path_digest,
            since=2**62 if ended_since is None else ended_since,
        )
    )


def of_ticket(conn: Connection, ticket_id: str, number: str, *, since: int) -> AndroidEnrollment | None:
    """Return the newest tablet that asked with a ticket and has or had this number; older than ``since`` is over."""
    return _enrollment(
        conn.one(
            f"{_SELECT} WHERE e.ticket_id = :ticket_id AND (e.number = :number OR e.asked_as = :number)"
            " AND e.state <> 'ended' AND e.created_at >= :since ORDER BY e.created_at DESC, e.number DESC LIMIT 1",
            ticket_id=ticket_id,
            number=number,
            since=since,
        )
    )


def of_number(conn: Connection, number: str) -> AndroidEnrollment | None:
    """Return the enrollment with this number, in whatever state."""
    return _enrollment(conn.one(f"{_SELECT} WHERE e.number = :number", number=number))


def of_tablet(conn: Connection, tablet_id: str) -> AndroidEnrollment | None:
    """Return a tablet's enrollment that is in force."""
    return _enrollment(
        conn.one(f"{_SELECT} WHERE e.tablet_id = :tablet_id AND e.state = 'enrolled'", tablet_id=tablet_id)
    )


def held_in_kit(conn: Connection, kit_id: str) -> list[AndroidEnrollment]:
    """Return the tablets of a kit that wait for a person to choose, by slot and time."""
    rows = conn.all(
        f"{_SELECT} WHERE e.kit_id = :kit_id AND e.state = 'held' ORDER BY e.slot_number, e.created_at",
        kit_id=kit_id,
    )
    return [found for row in rows if (found := _enrollment(row)) is not None]


def note_moved(conn: Connection, number: str, *, abi: str, now: int) -> None:
    """Note the first request on a tablet's own path."""
    conn.run(
        "UPDATE android_enrollment SET moved_at = COALESCE(moved_at, :now), abi = :abi WHERE number = :number",
        number=number,
        abi=abi,
        now=now,
    )


def note_abi(conn: Connection, number: str, abi: str) -> None:
    """Note which machine code a tablet runs."""
    conn.run("UPDATE android_enrollment SET abi = :abi WHERE number = :number", number=number, abi=abi)


def hold(conn: Connection, number: str, *, serial: str | None) -> None:
    """Let a tablet wait for a person's choice."""
    conn.run(
        "UPDATE android_enrollment SET state = 'held', serial = COALESCE(:serial, serial) WHERE number = :number",
        number=number,
        serial=serial,
    )


def enrol(conn: Connection, number: str, tablet_id: str, *, slot_number: int, serial: str | None, now: int) -> None:
    """Let an asking be the tablet; an earlier path of the same tablet ends."""
    end_of_tablet(conn, tablet_id, now=now)
    conn.run(
        "UPDATE android_enrollment SET state = 'enrolled', tablet_id = :tablet_id, slot_number = :slot,"
        " serial = COALESCE(:serial, serial) WHERE number = :number",
        number=number,
        tablet_id=tablet_id,
        slot=slot_number,
        serial=serial,
    )


def end_of_tablet(conn: Connection, tablet_id: str, *, now: int) -> bool:
    """End a tablet's enrollment: its path is nobody's from now on; tell whether there was one."""
    return bool(
        conn.run(
            "UPDATE android_enrollment SET state = 'ended', ended_at = :now"
            " WHERE tablet_id = :tablet_id AND state = 'enrolled'",
            tablet_id=tablet_id,
            now=now,
        )
    )


def end(conn: Connection, number: str, *, now: int) -> None:
    """End an asking that is refused."""
    conn.run(
        "UPDATE android_enrollment SET state = 'ended', ended_at = :now WHERE number = :number", number=number, now=now
    )


def note_facts(conn: Connection, number: str, *, os_version: str, device_owner: bool | None) -> None:
    """Keep what the last report said; what it did not say stays."""
    conn.run(
        "UPDATE android_enrollment SET os_version = CASE WHEN :os = '' THEN os_version ELSE :os END,"
        " device_owner = COALESCE(:owner, device_owner) WHERE number = :number",
        number=number,
        os=os_version,
        owner=None if device_owner is None else int(device_owner),
    )


def pin_serial(conn: Connection, number: str, serial: str) -> None:
    """Keep the serial number that the tablet told first."""
    conn.run("UPDATE android_enrollment SET serial = :serial WHERE number = :number", number=number, serial=serial)


def note_other_serial(conn: Connection, number: str, serial: str) -> None:
    """Note that another tablet reports on this one's path."""
    conn.run(
        "UPDATE android_enrollment SET other_serial = :serial WHERE number = :number", number=number, serial=serial
    )


def settle_other_serial(conn: Connection, serial: str) -> list[str]:
    """A tablet that reported on another one's path has its own now; return the kits where that was."""
    rows = conn.all(
        "UPDATE android_enrollment SET other_serial = NULL WHERE other_serial = :serial RETURNING kit_id", serial=serial
    )
    return [row["kit_id"] for row in rows]


def set_lock(conn: Connection, tablet_id: str, message: str | None) -> None:
    """Lock a tablet's screen with a message, or unlock it with None."""
    conn.run(
        "UPDATE android_enrollment SET lock_message = :message WHERE tablet_id = :tablet_id AND state = 'enrolled'",
        tablet_id=tablet_id,
        message=message,
    )


def forget_unused(conn: Connection, *, now: int) -> int:
    """Forget tablets that asked and never came, and paths that ended a month ago; return how many."""
    gone = conn.run(
        "DELETE FROM android_enrollment WHERE state IN ('asked', 'held') AND created_at < :before",
        before=now - FORGOTTEN_MS,
    )
    return gone + conn.run(
        "DELETE FROM android_enrollment WHERE state = 'ended' AND ended_at < :before", before=now - 30 * FORGOTTEN_MS
    )


_SELECT = """
SELECT e.number, e.sealed_path, e.sealed_admin_password, e.asked_as, e.ticket_id, e.kit_id, e.slot_number, e.state,
       e.tablet_id, e.serial, e.other_serial, e.abi, e.os_version, e.device_owner, e.created_at, e.moved_at,
       e.lock_message
FROM android_enrollment e
"""


def _enrollment(row: Row | None) -> AndroidEnrollment | None:
    if row is None:
        return None
    owner = row["device_owner"]
    return AndroidEnrollment(
        number=row["number"],
        sealed_path=bytes(row["sealed_path"]),
        sealed_admin_password=bytes(row["sealed_admin_password"]),
        asked_as=row["asked_as"],
        ticket_id=row["ticket_id"],
        kit_id=row["kit_id"],
        slot_number=row["slot_number"],
        state=row["state"],
        tablet_id=row["tablet_id"],
        serial=row["serial"],
        other_serial=row["other_serial"],
        abi=row["abi"],
        os_version=row["os_version"],
        device_owner=None if owner is None else bool(owner),
        created_at=row["created_at"],
        moved_at=row["moved_at"],
        lock_message=row["lock_message"],
    )
