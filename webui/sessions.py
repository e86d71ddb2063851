"""Who is signed in: sessions on the server's side, named by a cookie of which only the digest is kept."""

import hashlib
import secrets

from mdm.clock import Clock
from mdm.journal import Journal
from mdm.store import Connection, Database
from webui.account_store import (
    Account,
    Session,
    account_by_login,
    delete_session,
    insert_session,
    replace_password_hash,
    session_by_digest,
)
from webui.accounts import Accounts
from webui.errors import SignInRefused
from webui.passwords import Passwords
from webui.roles import Role
from webui.scopes import EVERYWHERE, Grant, Scope
from webui.throttle import SignInThrottle

LIFETIME_MS = 12 * 3600 * 1000

_COOKIE_BYTES = 32


class Sessions:
    """Opens, finds and ends sessions."""

    def __init__(self, database: Database, clock: Clock, journal: Journal, passwords: Passwords) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._passwords = passwords
        self._throttle = SignInThrottle(clock)

    async def sign_in(self, login: str, password: str, *, address: str) -> str:
        """Return a new session's cookie value.

        Raises `SignInRefused` for a wrong password and for an unknown login alike, `TooManyAttempts` before looking.
        """
        login = login.strip().lower()[:256]
        self._throttle.admit(address, login)
        account = await self.check(login, password)
        renewed = await self._renewed_hash(account, password)
        cookie = secrets.token_urlsafe(_COOKIE_BYTES)
        session = Session(
            digest=_digest(cookie),
            account_id=account.account_id,
            login=account.login,
            grants=account.grants,
            csrf=secrets.token_urlsafe(_COOKIE_BYTES),
            expires_at=self._clock.ms() + LIFETIME_MS,
        )
        await self._database.write(lambda conn: self._open(conn, session, renewed))
        self._throttle.forgive(address, login)
        return cookie

    async def check(self, login: str, password: str, *, by: str = "system") -> Account:
        """Return the account whose password this is, and open no session; the caller slows down the guessing.

        ``by`` is who the journal names when it is refused. Raises `SignInRefused`, for an account that ended too.
        """
        found = await self._database.read(lambda conn: account_by_login(conn, login))
        account = found if found is not None and found.disabled_at is None else None
        right = await self._passwords.verify(account.password_hash if account else None, password)
        if account is None or not right:
            await self._database.write(lambda conn: self._record_refusal(conn, found, by))
            raise SignInRefused
        return account

    async def find(self, cookie: str) -> Session | None:
        """Return the session that a cookie's value names, unless it is over."""
        digest, now = _digest(cookie), self._clock.ms()
        return await self._database.read(lambda conn: session_by_digest(conn, digest, now=now))

    async def is_open(self, session: Session) -> bool:
        """Tell whether a session that was found earlier still holds."""
        now = self._clock.ms()
        return await self._database.read(lambda conn: session_by_digest(conn, session.digest, now=now)) is not None

    async def sign_out(self, session: Session) -> None:
        """End a session."""
        await self._database.write(lambda conn: self._close(conn, session))

    async def _renewed_hash(self, account: Account, password: str) -> str | None:
        if self._passwords.is_outdated(account.password_hash):
            return await self._passwords.hash(password)
        return None

    def _open(self, conn: Connection, session: Session, renewed_hash: str | None) -> None:
        account = account_by_login(conn, session.login)
        if account is None or account.disabled_at is not None:
            raise SignInRefused
        if renewed_hash is not None:
            replace_password_hash(conn, session.account_id, renewed_hash)
        insert_session(conn, session, now=self._clock.ms())
        name = f"account:{session.login}"
        self._journal.record(conn, "signed_in", actor=name, subject=name)

    def _close(self, conn: Connection, session: Session) -> None:
        if delete_session(conn, session.digest):
            name = f"account:{session.login}"
            self._journal.record(conn, "signed_out", actor=name, subject=name)

    def _record_refusal(self, conn: Connection, account: Account | None, by: str) -> None:
        # What was typed for a login that does not exist may be a password: it is not written down.
        subject = f"account:{account.login}" if account else "account:unknown"
        self._journal.record(conn, "sign_in_refused", actor=by, subject=subject)


async def create_account(
    database: Database,
    clock: Clock,
    journal: Journal,
    login: str,
    password: str,
    role: Role,
    *,
    scope: Scope = EVERYWHERE,
    actor: str = "system",
) -> str:
    """Make an account with one grant and return its identifier; raise what `Accounts.create` raises."""
    accounts = Accounts(database, clock, journal, Passwords())
    return (await accounts.create(login, password, Grant(role=role, scope=scope), actor=actor)).account_id


async def create_administrator(
    database: Database, clock: Clock, journal: Journal, login: str, password: str, *, actor: str = "system"
) -> str:
    """Make an administrator's account and return its identifier; raise what `Accounts.create` raises."""
    return await create_account(database, clock, journal, login, password, Role.ADMINISTRATOR, actor=actor)


def _digest(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).hexdigest()
