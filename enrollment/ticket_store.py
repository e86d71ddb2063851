"""Tickets in the store.

Every function runs inside the caller's transaction. A secret is looked up by its SHA-256, and kept sealed so that its
QR code can be shown again.
"""

import hashlib
from enum import StrEnum

import msgspec

from mdm.fleet.kit import JOINING_MS, Slot
from mdm.store import Connection, Row


class TicketState(StrEnum):
    """What time and people did to a ticket; whether slots are left is another question."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds its secret may enrol into the kit's free slots, or into the one slot of that number."""

    ticket_id: str
    kit_id: str
    slot_number: int | None
    created_at: int
    created_by: str
    expires_at: int
    revoked_at: int | None

    def state(self, now: int) -> TicketState:
        """Return the state at ``now`` (milliseconds)."""
        if self.revoked_at is not None:
            return TicketState.REVOKED
        return TicketState.EXPIRED if self.expires_at <= now else TicketState.VALID


class Places(msgspec.Struct, frozen=True):
    """How a kit's slots stand: ``free`` ones, those being ``joining``, and the first free one's number and name."""

    free: int
    joining: int
    first: int | None
    first_name: str


def secret_digest(secret: str) -> str:
    """Return what a secret is looked up by; comparing digests tells nothing about the secret by its timing."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def add_ticket(conn: Connection, ticket: Ticket, secret: str, sealed: bytes) -> None:
    """Store a ticket with its secret's digest and sealed form."""
    conn.run(
        "INSERT INTO ticket"
        " (ticket_id, kit_id, slot_number, secret_digest, sealed_secret, created_at, created_by, expires_at) VALUES"
        " (:ticket_id, :kit_id, :slot_number, :digest, :sealed, :created_at, :created_by, :expires_at)",
        ticket_id=ticket.ticket_id,
        kit_id=ticket.kit_id,
        slot_number=ticket.slot_number,
        digest=secret_digest(secret),
        sealed=sealed,
        created_at=ticket.created_at,
        created_by=ticket.created_by,
        expires_at=ticket.expires_at,
    )


def ticket_of_secret(conn: Connection, secret: str) -> Ticket | None:
    """Return the ticket with that secret, in whatever state, or None."""
    row = conn.one("SELECT * FROM ticket WHERE secret_digest = :digest", digest=secret_digest(secret))
    return _ticket(row) if row is not None else None


def ticket_of_typed(conn: Connection, typed_digest: str) -> Ticket | None:
    """Return the ticket whose short form has this digest, in whatever state, or None."""
    row = conn.one(
        "SELECT t.* FROM ticket t JOIN android_ticket a ON a.ticket_id = t.ticket_id WHERE a.typed_digest = :digest",
        digest=typed_digest,
    )
    return _ticket(row) if row is not None else None


def add_typed_digest(conn: Connection, ticket_id: str, typed_digest: str) -> None:
    """Store what a ticket's short form is looked up by."""
    conn.run(
        "INSERT INTO android_ticket (ticket_id, typed_digest) VALUES (:ticket_id, :digest)",
        ticket_id=ticket_id,
        digest=typed_digest,
    )


def mark_used(conn: Connection, ticket_id: str, *, now: int, lapse_ms: int) -> None:
    """Note a ticket's first use, after which it lasts ``lapse_ms`` at most."""
    first = conn.run(
        "UPDATE android_ticket SET first_used_at = :now WHERE ticket_id = :ticket_id AND first_used_at IS NULL",
        now=now,
        ticket_id=ticket_id,
    )
    if first:
        conn.run(
            "UPDATE ticket SET expires_at = :until WHERE ticket_id = :ticket_id AND expires_at > :until",
            until=now + lapse_ms,
            ticket_id=ticket_id,
        )


def ticket_of_id(conn: Connection, ticket_id: str) -> Ticket | None:
    """Return the ticket with that identifier, in whatever state, or None."""
    row = conn.one("SELECT * FROM ticket WHERE ticket_id = :ticket_id", ticket_id=ticket_id)
    return _ticket(row) if row is not None else None


def valid_tickets(conn: Connection, kit_id: str, now: int) -> list[tuple[Ticket, bytes]]:
    """Return a kit's valid tickets with their sealed secrets: the kit's own first, then by slot."""
    rows = conn.all(
        "SELECT * FROM ticket WHERE kit_id = :kit_id AND revoked_at IS NULL AND expires_at > :now"
        " ORDER BY COALESCE(slot_number, 0), created_at DESC, ticket_id DESC",
        kit_id=kit_id,
        now=now,
    )
    return [(_ticket(row), bytes(row["sealed_secret"])) for row in rows]


def mark_revoked(conn: Connection, ticket_id: str, now: int) -> bool:
    """Revoke a ticket and drop the challenges that wait under it; False when it was revoked already."""
    revoked = conn.run(
        "UPDATE ticket SET revoked_at = :now WHERE ticket_id = :ticket_id AND revoked_at IS NULL",
        ticket_id=ticket_id,
        now=now,
    )
    conn.run(
        "DELETE FROM scep_challenge WHERE ticket_id = :ticket_id AND used_at IS NULL AND serial IS NULL",
        ticket_id=ticket_id,
    )
    return bool(revoked)


def places(conn: Connection, kit_id: str, now: int) -> Places:
    """Return how a kit's slots stand."""
    rows = conn.all(
        "SELECT number, name, joining_since FROM slot WHERE kit_id = :kit_id AND tablet_id IS NULL ORDER BY number",
        kit_id=kit_id,
    )
    free = [row for row in rows if row["joining_since"] is None or row["joining_since"] <= now - JOINING_MS]
    return Places(
        len(free), len(rows) - len(free), free[0]["number"] if free else None, free[0]["name"] if free else ""
    )


def reserve_first_free(conn: Connection, kit_id: str, now: int) -> Slot | None:
    """Mark the kit's lowest free slot as being joined and return it; None when there is none."""
    while (number := places(conn, kit_id, now).first) is not None:
        # On PostgreSQL another process may have taken it since it was read: then this touches nothing.
        row = conn.one(
            "UPDATE slot SET joining_since = :now WHERE kit_id = :kit_id AND number = :number AND tablet_id IS NULL"
            " AND (joining_since IS NULL OR joining_since <= :lapsed) RETURNING *",
            now=now,
            lapsed=now - JOINING_MS,
            kit_id=kit_id,
            number=number,
        )
        if row is not None:
            return Slot(
                kit_id=kit_id,
                number=number,
                name=row["name"],
                tablet_id=None,
                joining_since=now,
            )
    return None


def _ticket(row: Row) -> Ticket:
    return Ticket(
        ticket_id=row["ticket_id"],
        kit_id=row["kit_id"],
        slot_number=row["slot_number"],
        created_at=row["created_at"],
        created_by=row["created_by"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )
