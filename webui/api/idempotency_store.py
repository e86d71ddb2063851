"""Requests that carried an Idempotency-Key, as the database keeps them."""

import msgspec

from mdm.store import Connection


class Keyed(msgspec.Struct, frozen=True, kw_only=True):
    """A request with a key: the digest that finds it again, and the one that tells it from another request."""

    key_digest: str
    request_digest: str


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a key; ``answer`` is None while its work goes on. Times in milliseconds."""

    request_digest: str
    answer: bytes | None
    begun_at: int


def find_key(conn: Connection, key_digest: str, *, now: int) -> Kept | None:
    """Return what is kept of a key, unless it is forgotten."""
    row = conn.one(
        "SELECT request_digest, answer, begun_at FROM idempotency_key"
        " WHERE key_digest = :key_digest AND expires_at > :now",
        key_digest=key_digest,
        now=now,
    )
    if row is None:
        return None
    answer = bytes(row["answer"]) if row["answer"] is not None else None
    return Kept(request_digest=row["request_digest"], answer=answer, begun_at=row["begun_at"])


def reserve_key(conn: Connection, keyed: Keyed, *, now: int, expires_at: int) -> bool:
    """Take a key; return False when it is taken. Keys that are over are forgotten."""
    conn.run("DELETE FROM idempotency_key WHERE expires_at <= :now", now=now)
    # On PostgreSQL another transaction that takes the same key is waited for here.
    taken = conn.run(
        "INSERT INTO idempotency_key (key_digest, request_digest, begun_at, expires_at)"
        " VALUES (:key_digest, :request_digest, :now, :expires_at) ON CONFLICT (key_digest) DO NOTHING",
        key_digest=keyed.key_digest,
        request_digest=keyed.request_digest,
        now=now,
        expires_at=expires_at,
    )
    return taken == 1


def keep_answer(conn: Connection, keyed: Keyed, answer: bytes) -> None:
    """Keep the answer to give again."""
    conn.run(
        "UPDATE idempotency_key SET answer = :answer WHERE key_digest = :key_digest",
        answer=answer,
        key_digest=keyed.key_digest,
    )


def release_key(conn: Connection, keyed: Keyed) -> None:
    """Forget a key whose request did nothing."""
    conn.run(
        "DELETE FROM idempotency_key WHERE key_digest = :key_digest AND answer IS NULL", key_digest=keyed.key_digest
    )
