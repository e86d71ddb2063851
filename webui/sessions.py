"""Who is signed in: sessions on the server's side, named by a cookie of which only the digest is kept."""

import hashlib
import secrets

import msgspec

from mdm.clock import Clock
from mdm.journal import Journal
from mdm.store import Connection, Database
from webui.account_store import Account, account_by_id, account_by_login, replace_password_hash
from webui.accounts import Accounts
from webui.errors import SignInRefused
from webui.passwords import Passwords
from webui.roles import Role
from webui.rules import LIFETIME_MS as LIFETIME_MS
from webui.rules import AccessRules
from webui.scopes import EVERYWHERE, Grant, Scope
from webui.session_store import (
    SEEN_STEP_MS,
    Session,
    delete_session,
    delete_sessions,
    has_second_factor,
    insert_session,
    note_proof,
    note_seen,
    replace_cookie,
    session_by_digest,
    session_is_open,
    sessions_of,
)

_COOKIE_BYTES = 32


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """By what somebody came in: see `Session`."""

    method: str
    second: str = ""
    device: str = ""


class Sessions:
    """Opens, finds and ends sessions, each with its line in the journal."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        passwords: Passwords,
        rules: AccessRules | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._passwords = passwords
        self._rules = rules or AccessRules()

    async def check(self, login: str, password: str, *, by: str = "system") -> Account:
        """Return the account whose password this is, and open no session; the caller slows down the guessing.

        ``by`` is who the journal names when it is refused. Raises `SignInRefused`, for an account that ended too.
        """
        found = await self._database.read(lambda conn: account_by_login(conn, login))
        account = found if found is not None and found.disabled_at is None else None
        right = await self._passwords.verify((account and account.password_hash) or None, password)
        if account is None or not right:
            await self.refuse(found, method="password", by=by)
            raise SignInRefused
        if self._passwords.is_outdated(account.password_hash):
            renewed = await self._passwords.hash(password)
            await self._database.write(lambda conn: replace_password_hash(conn, account.account_id, renewed))
        return account

    async def refuse(self, account: Account | None, *, method: str, by: str = "system") -> None:
        """Note in the journal that somebody was not let in."""
        await self._database.write(lambda conn: self._record_refusal(conn, account, method, by))

    async def open(self, account_id: str, proof: Proof) -> str:
        """Open a session and return its cookie's value; raise `SignInRefused` for an account that ended meanwhile."""
        cookie = secrets.token_urlsafe(_COOKIE_BYTES)
        session_id, csrf = secrets.token_hex(16), secrets.token_urlsafe(_COOKIE_BYTES)

        def work(conn: Connection) -> None:
            account = account_by_id(conn, account_id)
            if account is None or account.disabled_at is not None:
                raise SignInRefused
            now = self._clock.ms()
            session = Session(
                digest=_digest(cookie),
                session_id=session_id,
                account_id=account.account_id,
                login=account.login,
                grants=account.grants,
                csrf=csrf,
                expires_at=now + self._rules.session_ms,
                method=proof.method,
                second=proof.second,
                device=proof.device,
            )
            insert_session(conn, session, now=now)
            detail = {"method": proof.method, **({"second": proof.second} if proof.second else {})}
            name = f"account:{account.login}"
            self._journal.record(conn, "signed_in", actor=name, subject=name, detail=detail)

        await self._database.write(work)
        return cookie

    async def find(self, cookie: str) -> Session | None:
        """Return the session that a cookie's value names, unless it is over."""
        digest, now = _digest(cookie), self._clock.ms()
        found = await self._database.read(lambda conn: self._find(conn, digest, now))
        if found is not None and now - found.seen_at >= SEEN_STEP_MS:
            session_id = found.session_id
            await self._database.write(lambda conn: note_seen(conn, session_id, now=now))
        return found

    async def is_open(self, session: Session) -> bool:
        """Tell whether a session that was found earlier still holds."""
        now, idle = self._clock.ms(), self._rules.idle_ms
        return await self._database.read(lambda conn: session_is_open(conn, session.session_id, now=now, idle_ms=idle))

    async def of_account(self, account_id: str) -> list[Session]:
        """Return an account's open sessions, the newest first."""
        now, idle = self._clock.ms(), self._rules.idle_ms
        return await self._database.read(lambda conn: sessions_of(conn, account_id, now=now, idle_ms=idle))

    async def renew(self, session: Session) -> str | None:
        """Give a session another cookie and return its value; None when another request did so at the same time."""
        cookie = secrets.token_urlsafe(_COOKIE_BYTES)
        now = self._clock.ms()
        done = await self._database.write(lambda conn: replace_cookie(conn, session, _digest(cookie), now=now))
        return cookie if done else None

    async def prove(self, session: Session, *, second: str = "") -> None:
        """Note that the person proved who it is once more; ``second``: by what, where that makes it stronger."""

        def work(conn: Connection) -> None:
            note_proof(conn, session.session_id, second=second, now=self._clock.ms())
            name = f"account:{session.login}"
            detail = {"second": second} if second else {}
            self._journal.record(conn, "identity_confirmed", actor=name, subject=name, detail=detail)

        await self._database.write(work)

    async def sign_out(self, session: Session) -> None:
        """End a session."""
        await self.end(session, session.session_id)

    async def end(self, session: Session, session_id: str) -> None:
        """End one of the sessions of the person who has ``session``; one that is over stays so."""

        def work(conn: Connection) -> None:
            if delete_session(conn, session_id, account_id=session.account_id):
                kind = "signed_out" if session_id == session.session_id else "session_ended"
                self._record(conn, kind, session.login)

        await self._database.write(work)

    async def end_others(self, session: Session) -> int:
        """End all sessions of a person but this one; return how many."""

        def work(conn: Connection) -> int:
            ended = delete_sessions(conn, session.account_id, but=session.session_id)
            if ended:
                self._record(conn, "sessions_ended", session.login)
            return ended

        return await self._database.write(work)

    def _find(self, conn: Connection, digest: str, now: int) -> Session | None:
        session = session_by_digest(conn, digest, now=now, idle_ms=self._rules.idle_ms)
        if session is None or session.is_strong or not self._rules.needs_second_factor(session.grants):
            return session
        has_one = has_second_factor(conn, session.account_id, session.login)
        return msgspec.structs.replace(session, owes="confirm" if has_one else "set_up")

    def _record(self, conn: Connection, kind: str, login: str) -> None:
        name = f"account:{login}"
        self._journal.record(conn, kind, actor=name, subject=name)

    def _record_refusal(self, conn: Connection, account: Account | None, method: str, by: str) -> None:
        # What was typed for a login that does not exist may be a password: it is not written down.
        subject = f"account:{account.login}" if account else "account:unknown"
        self._journal.record(conn, "sign_in_refused", actor=by, subject=subject, detail={"method": method})


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
