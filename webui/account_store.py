"""Accounts and sessions, as the database keeps them."""

import msgspec

from mdm.store import Connection

ADMINISTRATOR = "administrator"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may sign in; ``password_hash`` in argon2's own text form."""

    account_id: str
    login: str
    password_hash: str
    role: str


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in browser. ``digest``: SHA-256 of its cookie, in hex; ``csrf`` goes into every form it is given."""

    digest: str
    account_id: str
    login: str
    role: str
    csrf: str
    expires_at: int


def insert_account(conn: Connection, account: Account, *, now: int) -> bool:
    """Add an account; return False when its login is taken."""
    added = conn.run(
        "INSERT INTO account (account_id, login, password_hash, role, created_at)"
        " VALUES (:account_id, :login, :password_hash, :role, :now) ON CONFLICT (login) DO NOTHING",
        account_id=account.account_id,
        login=account.login,
        password_hash=account.password_hash,
        role=account.role,
        now=now,
    )
    return added == 1


def account_by_login(conn: Connection, login: str) -> Account | None:
    """Return the account with this login."""
    row = conn.one("SELECT account_id, login, password_hash, role FROM account WHERE login = :login", login=login)
    return Account(**row) if row else None


def replace_password_hash(conn: Connection, account_id: str, password_hash: str) -> None:
    """Keep the same password under today's parameters."""
    conn.run(
        "UPDATE account SET password_hash = :password_hash WHERE account_id = :account_id",
        account_id=account_id,
        password_hash=password_hash,
    )


def insert_session(conn: Connection, session: Session, *, now: int) -> None:
    """Add a session, and forget those that are over."""
    conn.run("DELETE FROM session WHERE expires_at <= :now", now=now)
    conn.run(
        "INSERT INTO session (session_digest, account_id, csrf, created_at, expires_at)"
        " VALUES (:digest, :account_id, :csrf, :now, :expires_at)",
        digest=session.digest,
        account_id=session.account_id,
        csrf=session.csrf,
        now=now,
        expires_at=session.expires_at,
    )


def session_by_digest(conn: Connection, digest: str, *, now: int) -> Session | None:
    """Return the session, unless it is over."""
    row = conn.one(
        "SELECT s.session_digest AS digest, s.account_id, a.login, a.role, s.csrf, s.expires_at"
        " FROM session s JOIN account a ON a.account_id = s.account_id"
        " WHERE s.session_digest = :digest AND s.expires_at > :now",
        digest=digest,
        now=now,
    )
    return Session(**row) if row else None


def delete_session(conn: Connection, digest: str) -> bool:
    """End a session; return whether there was one."""
    return conn.run("DELETE FROM session WHERE session_digest = :digest", digest=digest) == 1
