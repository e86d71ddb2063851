"""Transactions that were answered with a certificate, so that a repeated request gets the same one.

Every function runs inside the caller's transaction.
"""

import msgspec

from mdm.store import Connection

KEPT_MS = 400 * 24 * 3600 * 1000
"""How long a transaction is remembered: longer than the identity lives that could sign its repetition."""


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction with the digest of its request and the certificate that it was answered with."""

    request_digest: str
    der: bytes
    renews: str | None


def answered(conn: Connection, transaction: str) -> Answered | None:
    """Return how a transaction was answered, or None."""
    row = conn.one(
        "SELECT scep_transaction.request_digest, certificate.der, certificate.renews FROM scep_transaction"
        " JOIN certificate ON certificate.serial = scep_transaction.serial"
        " WHERE scep_transaction.transaction_id = :transaction",
        transaction=transaction,
    )
    if row is None:
        return None
    return Answered(request_digest=row["request_digest"], der=bytes(row["der"]), renews=row["renews"])


def remember(conn: Connection, transaction: str, *, request_digest: str, serial: str, now: int) -> bool:
    """Store the answer to a transaction; False when it has one already."""
    return bool(
        conn.run(
            "INSERT INTO scep_transaction (transaction_id, request_digest, serial, answered_at)"
            " VALUES (:transaction, :digest, :serial, :now) ON CONFLICT (transaction_id) DO NOTHING",
            transaction=transaction,
            digest=request_digest,
            serial=serial,
            now=now,
        )
    )


def purge_transactions(conn: Connection, now: int) -> int:
    """Forget transactions that are too old to be repeated; return how many."""
    return conn.run("DELETE FROM scep_transaction WHERE answered_at < :before", before=now - KEPT_MS)
