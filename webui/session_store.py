"""Sessions, as the database keeps them: a cookie is known by its digest alone."""

import secrets

import msgspec

from mdm.store import Connection, Row
from webui.account_store import grants_of, person_of
from webui.permissions import Person
from webui.scopes import Grant

SEEN_STEP_MS = 10 * 60 * 1000
"""How exactly it is kept when a session was used last."""

_OLD_COOKIE_MS = 60_000


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in browser. ``digest``: SHA-256 of its cookie, in hex; ``csrf`` goes into every form it is given.

    ``method``: how its person came in, ``password``, ``passkey``, ``oidc`` or ``demo``; ``second``: by what else, such
    as ``totp``, or empty. ``proved_at``: when the person last proved who it is. ``device``: ``browser/system``.
    ``renew``: the cookie is to be changed. ``owes``: what the person must do before anything else, ``set_up`` a second
    factor or ``confirm`` with it, or empty.
    """

    digest: str
    account_id: str
    login: str
    grants: tuple[Grant, ...]
    csrf: str
    expires_at: int
    session_id: str = msgspec.field(default_factory=lambda: secrets.token_hex(16))
    method: str = "password"
    second: str = ""
    device: str = ""
    created_at: int = 0
    seen_at: int = 0
    proved_at: int = 0
    renew: bool = False
    owes: str = ""

    @property
    def person(self) -> Person:
        """Who is signed in."""
        return person_of(self.account_id, self.login, self.grants)

    @property
    def is_strong(self) -> bool:
        """Tell whether more than a password or another service's word opened it."""
        return self.method in ("passkey", "demo") or bool(self.second)


def insert_session(conn: Connection, session: Session, *, now: int) -> None:
    """Add a session that begins now, and forget those that are over."""
    conn.run("DELETE FROM session WHERE expires_at <= :now", now=now)
    conn.run(
        "INSERT INTO session (session_digest, session_id, account_id, csrf, created_at, expires_at, method, second,"
        " device, seen_at, proved_at) VALUES (:digest, :session_id, :account_id, :csrf, :now, :expires_at, :method,"
        " :second, :device, :seen_at, :now)",
        digest=session.digest,
        session_id=session.session_id,
        account_id=session.account_id,
        csrf=session.csrf,
        now=now,
        expires_at=session.expires_at,
        method=session.method,
        second=session.second,
        device=session.device,
        seen_at=_step(now),
    )


def session_by_digest(conn: Connection, digest: str, *, now: int, idle_ms: int) -> Session | None:
    """Return the session, unless it or its account is over, or it was not used for ``idle_ms``.

    The cookie before the last change is good for a minute more, for what the browser had asked for already.
    """
    row = conn.one(
        "SELECT s.*, a.login FROM session s JOIN account a ON a.account_id = s.account_id"
        " WHERE (s.session_digest = :digest OR (s.previous_digest = :digest AND s.renewed_at > :renewed))"
        " AND s.expires_at > :now AND s.seen_at > :idle AND a.disabled_at IS NULL",
        digest=digest,
        now=now,
        renewed=now - _OLD_COOKIE_MS,
        idle=now - idle_ms - SEEN_STEP_MS,
    )
    return _session(conn, row) if row else None


def session_is_open(conn: Connection, session_id: str, *, now: int, idle_ms: int) -> bool:
    """Tell whether a session still holds."""
    row = conn.one(
        "SELECT 1 AS open FROM session s JOIN account a ON a.account_id = s.account_id WHERE s.session_id = :session_id"
        " AND s.expires_at > :now AND s.seen_at > :idle AND a.disabled_at IS NULL",
        session_id=session_id,
        now=now,
        idle=now - idle_ms - SEEN_STEP_MS,
    )
    return row is not None


def sessions_of(conn: Connection, account_id: str, *, now: int, idle_ms: int) -> list[Session]:
    """Return an account's open sessions, the newest first."""
    rows = conn.all(
        "SELECT s.*, a.login FROM session s JOIN account a ON a.account_id = s.account_id"
        " WHERE s.account_id = :account_id AND s.expires_at > :now AND s.seen_at > :idle"
        " ORDER BY s.created_at DESC, s.session_id",
        account_id=account_id,
        now=now,
        idle=now - idle_ms - SEEN_STEP_MS,
    )
    return [_session(conn, row) for row in rows]


def note_seen(conn: Connection, session_id: str, *, now: int) -> None:
    """Note that a session was used, to ten minutes."""
    conn.run(
        "UPDATE session SET seen_at = :seen WHERE session_id = :session_id", seen=_step(now), session_id=session_id
    )


def replace_cookie(conn: Connection, session: Session, digest: str, *, now: int) -> bool:
    """Give a session another cookie; return False when somebody else did so meanwhile."""
    return bool(
        conn.run(
            "UPDATE session SET session_digest = :digest, previous_digest = session_digest, renewed_at = :now,"
            " renew = 0 WHERE session_digest = :before",
            digest=digest,
            now=now,
            before=session.digest,
        )
    )


def note_proof(conn: Connection, session_id: str, *, second: str, now: int) -> None:
    """Note that the person proved who it is once more, and that the cookie is to be changed."""
    conn.run(
        "UPDATE session SET proved_at = :now, renew = 1, second = CASE WHEN :second = '' THEN second ELSE :second END"
        " WHERE session_id = :session_id",
        second=second,
        now=now,
        session_id=session_id,
    )


def renew_all(conn: Connection, account_id: str) -> None:
    """Have the cookies of an account's sessions changed."""
    conn.run("UPDATE session SET renew = 1 WHERE account_id = :account_id", account_id=account_id)


def delete_session(conn: Connection, session_id: str, *, account_id: str) -> bool:
    """End a session of an account; return whether there was one."""
    return bool(
        conn.run(
            "DELETE FROM session WHERE session_id = :session_id AND account_id = :account_id",
            session_id=session_id,
            account_id=account_id,
        )
    )


def delete_sessions(conn: Connection, account_id: str, *, but: str = "") -> int:
    """End all the sessions of an account but one; return how many there were."""
    return conn.run(
        "DELETE FROM session WHERE account_id = :account_id AND session_id <> :but", account_id=account_id, but=but
    )


def has_passkey(conn: Connection, login: str) -> bool:
    """Tell whether somebody has a passkey in use."""
    row = conn.one("SELECT 1 AS found FROM member_passkey WHERE login = :login AND revoked_at IS NULL", login=login)
    return row is not None


def has_second_factor(conn: Connection, account_id: str, login: str) -> bool:
    """Tell whether an account has a passkey, or one-time codes that were tried once."""
    row = conn.one(
        "SELECT 1 AS found FROM totp_secret WHERE account_id = :account_id AND confirmed_at IS NOT NULL",
        account_id=account_id,
    )
    return row is not None or has_passkey(conn, login)


def _session(conn: Connection, row: Row) -> Session:
    return Session(
        digest=row["session_digest"],
        account_id=row["account_id"],
        login=row["login"],
        grants=grants_of(conn, row["account_id"]),
        csrf=row["csrf"],
        expires_at=row["expires_at"],
        session_id=row["session_id"],
        method=row["method"],
        second=row["second"],
        device=row["device"],
        created_at=row["created_at"],
        seen_at=row["seen_at"],
        proved_at=row["proved_at"],
        renew=bool(row["renew"]),
    )


def _step(now: int) -> int:
    return now - now % SEEN_STEP_MS
