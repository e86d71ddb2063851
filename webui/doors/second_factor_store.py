"""SQL of one-time codes and of recovery codes."""

from collections.abc import Iterable

import msgspec

from mdm.store import Connection


class TotpSecret(msgspec.Struct, frozen=True, kw_only=True):
    """The secret of an account's one-time codes; ``last_step``: the newest step whose code was taken."""

    account_id: str
    sealed_secret: bytes
    made_at: int
    confirmed_at: int | None
    last_step: int


def totp_of(conn: Connection, account_id: str) -> TotpSecret | None:
    """Return an account's secret, also one that was not tried yet."""
    row = conn.one("SELECT * FROM totp_secret WHERE account_id = :account_id", account_id=account_id)
    return TotpSecret(**{**row, "sealed_secret": bytes(row["sealed_secret"])}) if row else None


def put_totp(conn: Connection, account_id: str, sealed: bytes, *, now: int) -> bool:
    """Keep a secret that is to be tried; return False when one that was tried is there."""
    return bool(
        conn.run(
            "INSERT INTO totp_secret (account_id, sealed_secret, made_at) VALUES (:account_id, :sealed, :now)"
            " ON CONFLICT (account_id) DO UPDATE SET sealed_secret = excluded.sealed_secret,"
            " made_at = excluded.made_at, last_step = 0 WHERE totp_secret.confirmed_at IS NULL",
            account_id=account_id,
            sealed=sealed,
            now=now,
        )
    )


def use_step(conn: Connection, account_id: str, step: int) -> bool:
    """Note that a step's code was taken; return False when it, or a newer one, was taken before."""
    return bool(
        conn.run(
            "UPDATE totp_secret SET last_step = :step WHERE account_id = :account_id AND last_step < :step",
            step=step,
            account_id=account_id,
        )
    )


def confirm_totp(conn: Connection, account_id: str, *, now: int) -> None:
    """Note that a secret was tried."""
    conn.run(
        "UPDATE totp_secret SET confirmed_at = :now WHERE account_id = :account_id AND confirmed_at IS NULL",
        now=now,
        account_id=account_id,
    )


def delete_totp(conn: Connection, account_id: str) -> bool:
    """Forget a secret; return whether there was one that had been tried."""
    row = conn.one(
        "DELETE FROM totp_secret WHERE account_id = :account_id RETURNING confirmed_at", account_id=account_id
    )
    return row is not None and row["confirmed_at"] is not None


def replace_recovery_codes(conn: Connection, account_id: str, digests: Iterable[str], *, now: int) -> None:
    """Keep other recovery codes."""
    conn.run("DELETE FROM recovery_code WHERE account_id = :account_id", account_id=account_id)
    conn.many(
        "INSERT INTO recovery_code (account_id, code_digest, made_at) VALUES (:account_id, :digest, :now)",
        [{"account_id": account_id, "digest": digest, "now": now} for digest in digests],
    )


def use_recovery_code(conn: Connection, account_id: str, digest: str) -> bool:
    """Spend a recovery code; return whether it was one."""
    return bool(
        conn.run(
            "DELETE FROM recovery_code WHERE account_id = :account_id AND code_digest = :digest",
            account_id=account_id,
            digest=digest,
        )
    )


def recovery_codes_left(conn: Connection, account_id: str) -> int:
    """Return how many recovery codes an account has left."""
    row = conn.one("SELECT COUNT(*) AS n FROM recovery_code WHERE account_id = :account_id", account_id=account_id)
    return int(row["n"]) if row else 0
