"""SQL of failed attempts. Keys come in as digests, in order, so that two transactions never wait for each other."""

from collections.abc import Sequence

import msgspec

from mdm.store import Connection


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """How often it failed, and until when that is remembered (milliseconds since the epoch)."""

    failures: int
    forget_at: int


NEVER = Failed(failures=0, forget_at=0)


def failed(conn: Connection, digest: str, *, now: int) -> Failed:
    """Return the failures that are remembered of a key."""
    row = conn.one(
        "SELECT failures, forget_at FROM failed_attempt WHERE key_digest = :digest AND forget_at > :now",
        digest=digest,
        now=now,
    )
    return NEVER if row is None else Failed(failures=row["failures"], forget_at=row["forget_at"])


def hold_failed(conn: Connection, digest: str, *, now: int) -> Failed:
    """Return a key's failures, which no other transaction changes before this one ends; begin with none."""
    row = conn.one(
        "INSERT INTO failed_attempt (key_digest, failures, forget_at) VALUES (:digest, 0, 0)"
        " ON CONFLICT (key_digest) DO UPDATE SET failures = failed_attempt.failures RETURNING failures, forget_at",
        digest=digest,
    )
    return NEVER if row is None or row["forget_at"] <= now else Failed(**row)


def keep_failed(conn: Connection, digest: str, said: Failed) -> None:
    """Keep a key's failures."""
    conn.run(
        "UPDATE failed_attempt SET failures = :failures, forget_at = :forget_at WHERE key_digest = :digest",
        digest=digest,
        failures=said.failures,
        forget_at=said.forget_at,
    )


def take_back(conn: Connection, digests: Sequence[str]) -> None:
    """Count one failure less for each key."""
    conn.many(
        "UPDATE failed_attempt SET failures = failures - 1 WHERE key_digest = :digest AND failures > 0",
        [{"digest": digest} for digest in digests],
    )


def forget(conn: Connection, digest: str) -> None:
    """Forget a key's failures."""
    conn.run("UPDATE failed_attempt SET failures = 0, forget_at = 0 WHERE key_digest = :digest", digest=digest)


def sweep(conn: Connection, *, now: int, most: int) -> None:
    """Delete what is not remembered any more, and of the rest all but the ``most`` that failed last."""
    conn.run("DELETE FROM failed_attempt WHERE forget_at <= :now", now=now)
    conn.run(
        "DELETE FROM failed_attempt WHERE forget_at <= COALESCE((SELECT forget_at FROM failed_attempt"
        " ORDER BY forget_at DESC LIMIT 1 OFFSET :most), 0)",
        most=most,
    )
