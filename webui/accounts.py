"""Accounts: who may sign in, and with which role."""

import re
from collections.abc import Callable, Sequence

import msgspec

from mdm.clock import Clock
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.store import Connection, Database
from webui.account_store import (
    Account,
    account_by_login,
    forget_devices,
    hold_account,
    hold_active_accounts,
    insert_account,
    list_accounts,
    login_was_used,
    replace_password_hash,
    save_account,
)
from webui.errors import (
    AccountUnknown,
    LastAdministrator,
    LoginMalformed,
    LoginTaken,
    LoginUsedBefore,
    PasswordTooLong,
    PasswordTooShort,
)
from webui.passwords import MAXIMUM_LENGTH, MINIMUM_LENGTH, Passwords
from webui.roles import Role
from webui.scopes import Grant
from webui.session_store import delete_sessions, renew_all

LOGIN_PATTERN = "^[a-z0-9][a-z0-9._@-]{1,63}$"
_LOGIN = re.compile(LOGIN_PATTERN.removeprefix("^").removesuffix("$"))


class Accounts:
    """Creates, changes and ends accounts; each change is journalled with it.

    The asynchronous methods open their own transaction; those that take a connection run inside the caller's.
    """

    def __init__(self, database: Database, clock: Clock, journal: Journal, passwords: Passwords) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._passwords = passwords

    async def prepare(self, login: str, password: str | None, *grants: Grant) -> Account:
        """Return a new account that is not stored yet; without a password it is opened by other means alone.

        Raises `LoginMalformed`, `PasswordTooShort` (under 12 characters) or `PasswordTooLong` (over 1024).
        """
        require_login(login)
        return Account(
            account_id=new_id(self._clock),
            login=login,
            password_hash="" if password is None else await self._hash(password),
            grants=tuple(sorted(set(grants))),
            created_at=self._clock.ms(),
        )

    def add(self, conn: Connection, account: Account, *, actor: str) -> Account:
        """Store a new account; raise what `require_free` raises."""
        self.require_free(conn, account.login)
        if not insert_account(conn, account):
            raise LoginTaken
        self._journal.record(
            conn,
            "account_created",
            actor=actor,
            subject=f"account:{account.login}",
            detail={"grants": _listed(account.grants)},
        )
        return account

    def require_free(self, conn: Connection, login: str) -> None:
        """Raise `LoginTaken` for an account's login.

        Raises `LoginUsedBefore` where passkeys or seats of somebody who was here before are known by it: whoever comes
        now must not be taken for that person.
        """
        if account_by_login(conn, login) is not None:
            raise LoginTaken
        if login_was_used(conn, login):
            raise LoginUsedBefore

    def change_in(
        self,
        conn: Connection,
        login: str,
        *,
        grants: Sequence[Grant] | None = None,
        disabled: bool | None = None,
        actor: str,
        check: Callable[[int], None] | None = None,
    ) -> Account:
        """Change the grants, or end or reopen an account; what is None stays. An account that ends loses its sessions.

        ``check`` is told the revision that is stored, and refuses by raising. Raises `AccountUnknown`, and
        `LastAdministrator` when nobody would be left to manage accounts.
        """
        account = hold_account(conn, login)
        if account is None:
            raise AccountUnknown(login=login)
        if check is not None:
            check(account.revision)
        kinds: list[tuple[str, dict[str, str]]] = []
        changed = account
        wanted = account.grants if grants is None else tuple(sorted(set(grants)))
        if wanted != account.grants:
            changed = msgspec.structs.replace(changed, grants=wanted)
            detail = {"from": _listed(account.grants), "to": _listed(wanted)}
            kinds.append(("account_grants_changed", detail))
        if disabled is not None and disabled is not (account.disabled_at is not None):
            changed = msgspec.structs.replace(changed, disabled_at=self._clock.ms() if disabled else None)
            kinds.append(("account_disabled" if disabled else "account_enabled", {}))
        if not kinds:
            return account
        self._keep_an_administrator(conn, account, changed)
        changed = msgspec.structs.replace(changed, revision=account.revision + 1)
        save_account(conn, changed)
        if changed.grants != account.grants:
            renew_all(conn, account.account_id)
        if changed.disabled_at is not None:
            delete_sessions(conn, account.account_id)
        for kind, detail in kinds:
            self._journal.record(conn, kind, actor=actor, subject=f"account:{login}", detail=detail)
        return changed

    async def create(self, login: str, password: str, *grants: Grant, actor: str) -> Account:
        """Make an account; raise what `prepare` and `add` raise."""
        account = await self.prepare(login, password, *grants)
        return await self._database.write(lambda conn: self.add(conn, account, actor=actor))

    async def change(
        self,
        login: str,
        *,
        grants: Sequence[Grant] | None = None,
        disabled: bool | None = None,
        actor: str,
        check: Callable[[int], None] | None = None,
    ) -> Account:
        """Change an account; see `change_in`."""
        return await self._database.write(
            lambda conn: self.change_in(conn, login, grants=grants, disabled=disabled, actor=actor, check=check)
        )

    async def regrant(self, login: str, change: Callable[[Sequence[Grant]], Sequence[Grant]], *, actor: str) -> Account:
        """Change an account's grants from what they are at this moment; raises what `change_in` raises."""

        def work(conn: Connection) -> Account:
            account = hold_account(conn, login)
            if account is None:
                raise AccountUnknown(login=login)
            return self.change_in(conn, login, grants=change(account.grants), actor=actor)

        return await self._database.write(work)

    async def set_password(
        self,
        login: str,
        password: str,
        *,
        actor: str,
        also: Callable[[Connection], object] | None = None,
        keep: str = "",
    ) -> None:
        """Give an account another password and end its sessions; ``also`` is done in the same transaction.

        ``keep``: the session that goes on, of a person who changes his own password. Devices are known no more.

        Raises `AccountUnknown`, `PasswordTooShort` or `PasswordTooLong`.
        """
        password_hash = await self._hash(password)

        def change(conn: Connection) -> None:
            account = hold_account(conn, login)
            if account is None:
                raise AccountUnknown(login=login)
            replace_password_hash(conn, account.account_id, password_hash)
            delete_sessions(conn, account.account_id, but=keep)
            renew_all(conn, account.account_id)
            forget_devices(conn, account.account_id)
            self._journal.record(conn, "password_changed", actor=actor, subject=f"account:{login}")
            if also is not None:
                also(conn)

        await self._database.write(change)

    async def listed(self, *, after: str = "", limit: int = 1000) -> list[Account]:
        """Return accounts by login, from the one after ``after``."""
        return await self._database.read(lambda conn: list_accounts(conn, after=after, limit=limit))

    async def find(self, login: str) -> Account:
        """Return an account; raise `AccountUnknown`."""
        account = await self._database.read(lambda conn: account_by_login(conn, login))
        if account is None:
            raise AccountUnknown(login=login)
        return account

    async def _hash(self, password: str) -> str:
        if len(password) < MINIMUM_LENGTH:
            raise PasswordTooShort(minimum=MINIMUM_LENGTH)
        if len(password) > MAXIMUM_LENGTH:
            raise PasswordTooLong(maximum=MAXIMUM_LENGTH)
        return await self._passwords.hash(password)

    def _keep_an_administrator(self, conn: Connection, before: Account, after: Account) -> None:
        def manages(account: Account) -> bool:
            roles = [grant.role for grant in account.grants]
            return Role.ADMINISTRATOR in roles and account.disabled_at is None

        if manages(before) and not manages(after) and hold_active_accounts(conn, Role.ADMINISTRATOR) == [before.login]:
            raise LastAdministrator


def require_login(login: str) -> None:
    """Raise `LoginMalformed` unless a text can be a login."""
    if not _LOGIN.fullmatch(login):
        raise LoginMalformed


def _listed(grants: Sequence[Grant]) -> str:
    return ", ".join(str(grant) for grant in grants)
