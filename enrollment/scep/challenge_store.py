"""One-time challenges in the store, known by their SHA-256 only.

Every function runs inside the caller's transaction. A challenge's ``serial`` is the certificate that was issued for it;
before it is used, the one that it lets a tablet renew.
"""

import hashlib

import msgspec

from mdm.store import Connection


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a challenge allows: a certificate for one slot, as the renewal of ``renews`` where that is set."""

    kit_id: str
    slot_number: int
    slot_name: str
    ticket_id: str
    renews: str | None


def challenge_digest(challenge: str) -> str:
    """Return what the store keeps of a challenge.

    Looking it up compares digests, so that the time it takes tells nothing about the challenge itself.
    """
    return hashlib.sha256(challenge.encode("utf-8", "surrogatepass")).hexdigest()


def add_challenge(
    conn: Connection,
    challenge: str,
    *,
    ticket_id: str,
    kit_id: str,
    slot_number: int,
    now: int,
    expires_at: int,
    renews: str | None = None,
) -> None:
    """Store a challenge that is good until ``expires_at``; the same one again is good for longer."""
    conn.run(
        "INSERT INTO scep_challenge"
        " (challenge_digest, ticket_id, kit_id, slot_number, created_at, expires_at, serial)"
        " VALUES (:digest, :ticket_id, :kit_id, :slot_number, :now, :expires_at, :renews)"
        " ON CONFLICT (challenge_digest) DO UPDATE SET expires_at = :expires_at WHERE scep_challenge.used_at IS NULL",
        digest=challenge_digest(challenge),
        ticket_id=ticket_id,
        kit_id=kit_id,
        slot_number=slot_number,
        now=now,
        expires_at=expires_at,
        renews=renews,
    )


def find_grant(conn: Connection, digest: str, now: int) -> Grant | None:
    """Return what an unused challenge allows; None when it is unknown, used, too old, or its ticket was revoked."""
    row = conn.one(
        "SELECT scep_challenge.kit_id, scep_challenge.slot_number, slot.name AS slot_name, scep_challenge.ticket_id,"
        " scep_challenge.serial FROM scep_challenge"
        " JOIN slot ON slot.kit_id = scep_challenge.kit_id AND slot.number = scep_challenge.slot_number"
        " JOIN ticket ON ticket.ticket_id = scep_challenge.ticket_id"
        " WHERE scep_challenge.challenge_digest = :digest AND scep_challenge.used_at IS NULL"
        " AND scep_challenge.expires_at > :now AND (ticket.revoked_at IS NULL OR scep_challenge.serial IS NOT NULL)",
        digest=digest,
        now=now,
    )
    if row is None:
        return None
    return Grant(
        kit_id=row["kit_id"],
        slot_number=row["slot_number"],
        slot_name=row["slot_name"],
        ticket_id=row["ticket_id"],
        renews=row["serial"],
    )


def use_challenge(conn: Connection, digest: str, serial: str, now: int) -> bool:
    """Use a challenge up for a certificate; False when it was used, or ran out, meanwhile."""
    return bool(
        conn.run(
            "UPDATE scep_challenge SET used_at = :now, serial = :serial"
            " WHERE challenge_digest = :digest AND used_at IS NULL AND expires_at > :now",
            digest=digest,
            serial=serial,
            now=now,
        )
    )


def forget_unused(conn: Connection, *, kit_id: str, slot_number: int, but: str) -> None:
    """Drop the other challenges that wait for a slot, except those for renewals."""
    conn.run(
        "DELETE FROM scep_challenge WHERE kit_id = :kit_id AND slot_number = :slot_number"
        " AND used_at IS NULL AND serial IS NULL AND challenge_digest <> :digest",
        kit_id=kit_id,
        slot_number=slot_number,
        digest=challenge_digest(but),
    )


def others_wait(conn: Connection, *, kit_id: str, slot_number: int, but: str, now: int) -> bool:
    """Tell whether another tablet took a profile for that slot and may still come with its challenge."""
    row = conn.one(
        "SELECT 1 AS found FROM scep_challenge WHERE kit_id = :kit_id AND slot_number = :slot_number"
        " AND used_at IS NULL AND serial IS NULL AND expires_at > :now AND challenge_digest <> :digest",
        kit_id=kit_id,
        slot_number=slot_number,
        now=now,
        digest=challenge_digest(but),
    )
    return row is not None


class Trace(msgspec.Struct, frozen=True):
    """That a challenge was given out: for which slot, and whether it is used."""

    slot_number: int
    used: bool


def trace_challenge(conn: Connection, challenge: str) -> Trace | None:
    """Return what became of a challenge, None when it was never given out or is forgotten."""
    row = conn.one(
        "SELECT slot_number, used_at FROM scep_challenge WHERE challenge_digest = :digest",
        digest=challenge_digest(challenge),
    )
    return Trace(row["slot_number"], row["used_at"] is not None) if row is not None else None


def purge_challenges(conn: Connection, now: int) -> int:
    """Drop the challenges that ran out unused; return how many. Used ones say which slot a certificate is for."""
    return conn.run("DELETE FROM scep_challenge WHERE used_at IS NULL AND expires_at <= :now", now=now)
