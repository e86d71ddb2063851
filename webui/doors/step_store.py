"""SQL of steps that wait."""

from mdm.store import Connection, Row


def insert_step(
    conn: Connection, digest: str, *, browser: str, kind: str, sealed: bytes, expires_at: int, now: int
) -> None:
    """Add a step, and forget those that waited too long."""
    conn.run("DELETE FROM entry_step WHERE expires_at <= :now", now=now)
    conn.run(
        "INSERT INTO entry_step (step_digest, browser, kind, sealed_detail, expires_at)"
        " VALUES (:digest, :browser, :kind, :sealed, :expires_at)",
        digest=digest,
        browser=browser,
        kind=kind,
        sealed=sealed,
        expires_at=expires_at,
    )


def step(conn: Connection, digest: str, *, browser: str, kind: str, now: int) -> bytes | None:
    """Return what a step says, sealed."""
    return _sealed(
        conn.one(
            "SELECT sealed_detail FROM entry_step WHERE step_digest = :digest AND browser = :browser AND kind = :kind"
            " AND expires_at > :now",
            digest=digest,
            browser=browser,
            kind=kind,
            now=now,
        )
    )


def count_try(conn: Connection, digest: str, *, browser: str, kind: str, now: int, most: int) -> bytes | None:
    """Count a try and return what the step says; None when there were ``most`` already."""
    return _sealed(
        conn.one(
            "UPDATE entry_step SET tries = tries + 1 WHERE step_digest = :digest AND browser = :browser"
            " AND kind = :kind AND expires_at > :now AND tries < :most RETURNING sealed_detail",
            digest=digest,
            browser=browser,
            kind=kind,
            now=now,
            most=most,
        )
    )


def take_step(conn: Connection, digest: str, *, browser: str, kind: str, now: int) -> bytes | None:
    """Delete a step and return what it said."""
    return _sealed(
        conn.one(
            "DELETE FROM entry_step WHERE step_digest = :digest AND browser = :browser AND kind = :kind"
            " AND expires_at > :now RETURNING sealed_detail",
            digest=digest,
            browser=browser,
            kind=kind,
            now=now,
        )
    )


def delete_step(conn: Connection, digest: str) -> None:
    """Delete a step."""
    conn.run("DELETE FROM entry_step WHERE step_digest = :digest", digest=digest)


def _sealed(row: Row | None) -> bytes | None:
    return bytes(row["sealed_detail"]) if row else None
