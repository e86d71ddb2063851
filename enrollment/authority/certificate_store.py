"""Certificates in the store: what was issued, to which slot, what renews what, what is revoked.

Every function runs inside the caller's transaction. Serial numbers are lower-case hex.
"""

from datetime import datetime
from typing import Literal

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from enrollment.authority.authority import Authority
from enrollment.authority.certificates import serial_hex
from mdm.apple.joining import Claim
from mdm.clock import from_ms, to_ms
from mdm.journal import Journal
from mdm.store import Connection, Row

Purpose = Literal["root", "issuing", "server", "identity", "signing"]
Reason = Literal["superseded", "cessation_of_operation", "key_compromise", "privilege_withdrawn"]
_RENEWALS = 50


class IssuedCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate as stored; ``kit_id`` and ``slot_number`` are set for tablets' identities."""

    serial: str
    purpose: Purpose
    der: bytes
    not_after: int
    kit_id: str | None
    slot_number: int | None
    renews: str | None
    revoked_at: int | None


def add_certificate(
    conn: Connection,
    certificate: x509.Certificate,
    purpose: Purpose,
    *,
    kit_id: str | None = None,
    slot_number: int | None = None,
    renews: str | None = None,
) -> None:
    """Store a certificate; one that is stored already stays as it is."""
    conn.run(
        "INSERT INTO certificate"
        " (serial, digest, purpose, subject, der, not_before, not_after, kit_id, slot_number, renews) VALUES"
        " (:serial, :digest, :purpose, :subject, :der, :not_before, :not_after, :kit_id, :slot_number, :renews)"
        " ON CONFLICT (serial) DO NOTHING",
        serial=serial_hex(certificate),
        digest=certificate.fingerprint(hashes.SHA256()).hex(),
        purpose=purpose,
        subject=certificate.subject.rfc4514_string(),
        der=certificate.public_bytes(Encoding.DER),
        not_before=to_ms(certificate.not_valid_before_utc),
        not_after=to_ms(certificate.not_valid_after_utc),
        kit_id=kit_id,
        slot_number=slot_number,
        renews=renews,
    )


def add_authority(conn: Connection, authority: Authority) -> None:
    """Store the authority's own certificates; to be done at every start, as the issuing one is renewed."""
    add_certificate(conn, authority.root, "root")
    add_certificate(conn, authority.issuing, "issuing")


def certificate_of_serial(conn: Connection, serial: str) -> IssuedCertificate | None:
    """Return the certificate with that serial number, or None."""
    row = conn.one("SELECT * FROM certificate WHERE serial = :serial", serial=serial)
    return _certificate(row) if row is not None else None


def claim_slot(conn: Connection, serial: str) -> Claim | None:
    """Return which slot an identity was issued for; None when it is none of ours, or revoked.

    A renewed identity claims what the first one did.
    """
    found = certificate_of_serial(conn, serial)
    if found is None or found.revoked_at is not None or found.kit_id is None or found.slot_number is None:
        return None
    ticket = conn.one(
        "WITH RECURSIVE line (serial, renews, length) AS ("
        " SELECT serial, renews, 1 FROM certificate WHERE serial = :serial"
        " UNION ALL SELECT older.serial, older.renews, line.length + 1 FROM certificate AS older"
        " JOIN line ON older.serial = line.renews WHERE line.length < :limit)"
        " SELECT scep_challenge.ticket_id FROM line JOIN scep_challenge ON scep_challenge.serial = line.serial"
        " WHERE scep_challenge.used_at IS NOT NULL ORDER BY line.length LIMIT 1",
        serial=serial,
        limit=_RENEWALS,
    )
    if ticket is None:
        return None
    return Claim(kit_id=found.kit_id, slot_number=found.slot_number, ticket_id=ticket["ticket_id"])


def assign_tablet(conn: Connection, serial: str, tablet_id: str) -> None:
    """Note which tablet an identity is."""
    conn.run("UPDATE certificate SET tablet_id = :tablet_id WHERE serial = :serial", tablet_id=tablet_id, serial=serial)


def renews_identity(conn: Connection, *, new_serial: str, old_digest: str) -> bool:
    """Tell whether an identity is the renewal of the one with that digest, directly or through others."""
    row = conn.one(
        "WITH RECURSIVE line (serial, renews, digest, length) AS ("
        " SELECT serial, renews, digest, 1 FROM certificate"
        " WHERE serial = :serial AND purpose = 'identity' AND revoked_at IS NULL"
        " UNION ALL SELECT older.serial, older.renews, older.digest, line.length + 1 FROM certificate AS older"
        " JOIN line ON older.serial = line.renews WHERE line.length < :limit)"
        " SELECT 1 AS found FROM line WHERE digest = :digest AND length > 1",
        serial=new_serial,
        digest=old_digest,
        limit=_RENEWALS,
    )
    return row is not None


def revoke(conn: Connection, journal: Journal, serial: str, reason: Reason, *, actor: str, now: int) -> bool:
    """Revoke a certificate and mark the published list as stale; False when there was nothing to revoke."""
    row = conn.one(
        "UPDATE certificate SET revoked_at = :now, revocation_reason = :reason"
        " WHERE serial = :serial AND revoked_at IS NULL AND purpose NOT IN ('root', 'issuing') RETURNING serial",
        serial=serial,
        reason=reason,
        now=now,
    )
    if row is None:
        return False
    # Below zero it counts down, so that a list signed meanwhile sees that another revocation came.
    conn.run(
        "INSERT INTO certificate_list (one, number, der, next_update) VALUES (1, 0, :nothing, 0)"
        " ON CONFLICT (one) DO UPDATE SET next_update ="
        " CASE WHEN certificate_list.next_update > 0 THEN 0 ELSE certificate_list.next_update - 1 END",
        nothing=b"",
    )
    journal.record(conn, "certificate_revoked", actor=actor, subject=f"certificate:{serial}", detail={"reason": reason})
    return True


def revoked_certificates(conn: Connection, now: int) -> list[x509.RevokedCertificate]:
    """Return the revoked certificates that would still be valid, by time of revocation."""
    rows = conn.all(
        "SELECT serial, revoked_at, revocation_reason FROM certificate"
        " WHERE revoked_at IS NOT NULL AND not_after > :now ORDER BY revoked_at, serial",
        now=now,
    )
    return [_revoked(row["serial"], from_ms(row["revoked_at"]), row["revocation_reason"]) for row in rows]


class ExpiringIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """The identity that an enrolled tablet uses now, and when it ends."""

    tablet_id: str
    serial: str
    not_after: int


def expiring_identities(conn: Connection, *, now: datetime, before: datetime, limit: int) -> list[ExpiringIdentity]:
    """Return identities in use that end between ``now`` and ``before``, soonest first."""
    rows = conn.all(
        "SELECT apple_enrollment.tablet_id, certificate.serial, certificate.not_after FROM certificate"
        " JOIN apple_enrollment ON apple_enrollment.identity_digest = certificate.digest"
        " WHERE certificate.not_after > :now AND certificate.not_after < :before AND certificate.revoked_at IS NULL"
        " AND apple_enrollment.state = 'enrolled' ORDER BY certificate.not_after, certificate.serial LIMIT :limit",
        now=to_ms(now),
        before=to_ms(before),
        limit=limit,
    )
    return [
        ExpiringIdentity(tablet_id=row["tablet_id"], serial=row["serial"], not_after=row["not_after"]) for row in rows
    ]


def _revoked(serial: str, at: datetime, reason: str) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(int(serial, 16)).revocation_date(at)
    flag = x509.ReasonFlags[reason]
    return builder.add_extension(x509.CRLReason(flag), critical=False).build()


def _certificate(row: Row) -> IssuedCertificate:
    return IssuedCertificate(
        serial=row["serial"],
        purpose=row["purpose"],
        der=bytes(row["der"]),
        not_after=row["not_after"],
        kit_id=row["kit_id"],
        slot_number=row["slot_number"],
        renews=row["renews"],
        revoked_at=row["revoked_at"],
    )
