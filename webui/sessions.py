"""Who is signed in: sessions on the server's side, named by a cookie of which only the digest is kept."""

import hashlib
import re
import secrets

from mdm.clock import Clock
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.store import Connection, Database
from webui.account_store import (
    ADMINISTRATOR,
    Account,
    Session,
    account_by_login,
    delete_session,
    insert_account,
    insert_session,
    replace_password_hash,
    session_by_digest,
)
from webui.errors import LoginMalformed, LoginTaken, PasswordTooShort, SignInRefused
from webui.passwords import MINIMUM_LENGTH, Passwords
from webui.throttle import SignInThrottle

LIFETIME_MS = 12 * 3600 * 1000

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
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
        account = await self._database.read(lambda conn: account_by_login(conn, login))
        right = await self._passwords.verify(account.password_hash if account else None, password)
        if account is None or not right:
            await self._database.write(lambda conn: self._record_refusal(conn, account))
            raise SignInRefused
        renewed = await self._renewed_hash(account, password)
        cookie = secrets.token_urlsafe(_COOKIE_BYTES)
        session = Session(
            digest=_digest(cookie),
            account_id=account.account_id,
            login=account.login,
            role=account.role,
            csrf=secrets.token_urlsafe(_COOKIE_BYTES),
            expires_at=self._clock.ms() + LIFETIME_MS,
        )
        await self._database.write(lambda conn: self._open(conn, session, renewed))
        self._throttle.forgive(address, login)
        return cookie

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
        if renewed_hash is not None:
            replace_password_hash(conn, session.account_id, renewed_hash)
        insert_session(conn, session, now=self._clock.ms())
        name = f"account:{session.login}"
        self._journal.record(conn, "signed_in", actor=name, subject=name)

    def _close(self, conn: Connection, session: Session) -> None:
        if delete_session(conn, session.digest):
            name = f"account:{session.login}"
            self._journal.record(conn, "signed_out", actor=name, subject=name)

    def _record_refusal(self, conn: Connection, account: Account | None) -> None:
        # What was typed for a login that does not exist may be a password: it is not written down.
        subject = f"account:{account.login}" if account else "account:unknown"
        self._journal.record(conn, "sign_in_refused", actor="system", subject=subject)


async def create_administrator(
    database: Database, clock: Clock, journal: Journal, login: str, password: str, *, actor: str = "system"
) -> str:
    """Make an administrator's account and return its identifier.

    Raises `LoginMalformed`, `PasswordTooShort` (under 12 characters) or `LoginTaken`.
    """
    if not _LOGIN.fullmatch(login):
        raise LoginMalformed
    if len(password) < MINIMUM_LENGTH:
        raise PasswordTooShort(minimum=MINIMUM_LENGTH)
    account = Account(
        account_id=new_id(clock), login=login, password_hash=await Passwords().hash(password), role=ADMINISTRATOR
    )

    def create(conn: Connection) -> None:
        if not insert_account(conn, account, now=clock.ms()):
            raise LoginTaken
        journal.record(conn, "account_created", actor=actor, subject=f"account:{login}", detail={"role": ADMINISTRATOR})

    await database.write(create)
    return account.account_id


def _digest(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).hexdigest()
