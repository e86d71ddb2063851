"""Newcomers: a code is shown, a login chosen, then a passkey or a password; or a role is added to an account.

A code is one of an invitation (16 signs) or of a guardian (26 signs, `mdm.home.guardians`). Whatever is made of it is
made in one transaction with its use.
"""

import re

import msgspec

from mdm.clock import Clock
from mdm.fleet.folding import fold
from mdm.home.guardians.codes import parse_code
from mdm.home.guardians.errors import CodeMalformed
from mdm.home.guardians.guardians import Guardians
from mdm.journal import Journal
from mdm.store import Connection, Database
from profiles.charter.passkey_store import MemberPasskey
from profiles.charter.passkeys import Passkeys
from webui.account_store import (
    Account,
    account_by_id,
    account_by_login,
    forget_devices,
    login_is_free,
    replace_password_hash,
)
from webui.accounts import Accounts, require_login
from webui.doors.codes import as_typed
from webui.doors.errors import InvitationRefused
from webui.doors.invitations import Invitations, Offer
from webui.doors.places import NamedPlace
from webui.errors import AccountUnknown
from webui.roles import Role
from webui.scopes import EVERYWHERE, Grant
from webui.session_store import delete_sessions

_NOT_IN_LOGINS = re.compile(r"[^a-z0-9._-]+")
_LONGEST_SUGGESTION = 40
_NEARLY_A_GUARDIANS = 21


INVITED = "invited"


class InvitedStep(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that showed a right code, on its way to another login service."""

    code: str


class Welcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a code opens. ``login``: of the account that it leads back into; ``suggestion``: one that is free.

    ``children``: of a guardian, as the school calls them.
    """

    grant: Grant
    place: NamedPlace
    login: str | None
    suggestion: str
    children: tuple[str, ...] = ()


class Newcomers:
    """Opens accounts by codes."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        accounts: Accounts,
        invitations: Invitations,
        guardians: Guardians,
        passkeys: Passkeys,
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._accounts = accounts
        self._invitations = invitations
        self._guardians = guardians
        self._passkeys = passkeys

    async def welcome(self, code: str) -> Welcome:
        """Return what a code opens, and leave it; raise `InvitationRefused`, or what `Guardians.look` raises."""
        if _is_guardians(code):
            children = await self._guardians.look(code)
            return Welcome(
                grant=Grant(role=Role.PARENT),
                place=NamedPlace(scope=EVERYWHERE, name=""),
                login=None,
                suggestion="",
                children=tuple(one.pupil.shown_name for one in children),
            )
        offer = await self._invitations.look(code)
        suggestion = "" if offer.login else await self._database.read(lambda conn: free_login(conn, _of(offer)))
        return Welcome(grant=offer.invitation.grant, place=offer.place, login=offer.login, suggestion=suggestion)

    async def by_password(self, code: str, login: str, password: str) -> Account:
        """Open an account with a password, or give the account that a code leads back into another one.

        Raises what `welcome` raises, `LoginMalformed`, `LoginTaken`, `PasswordTooShort` or `PasswordTooLong`.
        """
        welcome = await self.welcome(code)
        login = welcome.login or _clean(login)
        prepared = await self._accounts.prepare(login, password, welcome.grant)

        def work(conn: Connection) -> Account:
            if welcome.login is None:
                account = self._accounts.add(conn, prepared, actor=f"account:{login}")
            else:
                account = self._returning(conn, welcome.login)
                replace_password_hash(conn, account.account_id, prepared.password_hash)
                self._record(conn, "password_changed", account.login)
            self._use(conn, code, account)
            return account

        return await self._database.write(work)

    async def passkey_options(self, code: str, login: str) -> bytes:
        """Return what the browser needs to make a passkey; raise what `by_passkey` raises for code and login."""
        welcome = await self.welcome(code)
        login = welcome.login or _clean(login)
        require_login(login)
        if welcome.login is None:
            await self._database.read(lambda conn: self._accounts.require_free(conn, login))
        return await self._passkeys.begin(login)

    async def by_passkey(self, code: str, login: str, answer: str, *, label: str) -> Account:
        """Open an account with the passkey that a browser made, or give it to the account that a code leads back into.

        Raises what `welcome` raises, `LoginMalformed`, `LoginTaken` or `PasskeyRefused`.
        """
        welcome = await self.welcome(code)
        login = welcome.login or _clean(login)
        prepared = await self._accounts.prepare(login, None, welcome.grant)
        passkey = await self._passkeys.examine(login, answer.encode(), label=label)
        return await self._database.write(lambda conn: self._with_passkey(conn, code, welcome, prepared, passkey))

    async def add_to(self, code: str, login: str) -> Account:
        """Add what a code gives to an account whose person is signed in; raise what `welcome` raises."""
        welcome = await self.welcome(code)
        if welcome.login is not None and welcome.login != login:
            raise InvitationRefused

        def work(conn: Connection) -> Account:
            account = account_by_login(conn, login)
            if account is None:
                raise AccountUnknown(login=login)
            if welcome.login is None:
                grants = (*account.grants, welcome.grant)
                account = self._accounts.change_in(conn, login, grants=grants, actor=f"account:{login}")
            self._use(conn, code, account)
            return account

        return await self._database.write(work)

    def by_another_service(self, conn: Connection, code: str, wanted: str, account: Account) -> Account:
        """Open the account that another service vouches for; ``account`` was prepared, and gets a login that is free.

        ``wanted``: how the service calls the person. Raises `InvitationRefused`, also for a code that leads back.
        """
        if _is_guardians(code):
            grant = Grant(role=Role.PARENT)
        else:
            offer = self._invitations.offer_of(conn, code)
            if offer.login is not None:
                return self._used(conn, code, self._returning(conn, offer.login))
            grant = offer.invitation.grant
        account = msgspec.structs.replace(account, login=free_login(conn, wanted), grants=(grant,))
        self._accounts.add(conn, account, actor=f"account:{account.login}")
        return self._used(conn, code, account)

    def by_offer(self, conn: Connection, offer: Offer, wanted: str, account: Account) -> Account:
        """Do what `by_another_service` does, with an invitation that was found by its address."""
        login = free_login(conn, wanted)
        account = msgspec.structs.replace(account, login=login, grants=(offer.invitation.grant,))
        self._accounts.add(conn, account, actor=f"account:{login}")
        self._invitations.use(conn, offer.invitation, account)
        return account

    def _with_passkey(
        self, conn: Connection, code: str, welcome: Welcome, prepared: Account, passkey: MemberPasskey
    ) -> Account:
        if welcome.login is None:
            account = self._accounts.add(conn, prepared, actor=f"account:{prepared.login}")
        else:
            account = self._returning(conn, welcome.login)
        self._passkeys.add(conn, passkey)
        self._use(conn, code, account)
        return account

    def _returning(self, conn: Connection, login: str) -> Account:
        account = account_by_login(conn, login)
        if account is None or account.disabled_at is not None:
            raise InvitationRefused
        delete_sessions(conn, account.account_id)
        forget_devices(conn, account.account_id)
        fresh = account_by_id(conn, account.account_id)
        return fresh or account

    def _used(self, conn: Connection, code: str, account: Account) -> Account:
        self._use(conn, code, account)
        return account

    def _use(self, conn: Connection, code: str, account: Account) -> None:
        if _is_guardians(code):
            self._guardians.accept_in(conn, code, account.account_id, actor=f"account:{account.login}")
        else:
            self._invitations.use(conn, self._invitations.offer_of(conn, code).invitation, account)

    def _record(self, conn: Connection, kind: str, login: str) -> None:
        self._journal.record(conn, kind, actor=f"account:{login}", subject=f"account:{login}")


def free_login(conn: Connection, wanted: str) -> str:
    """Return a login like the wanted words that nobody has or had, such as ``anne.dupont2`` for ``Anne Dupont``.

    Empty where nothing is left of the words.
    """
    base = _NOT_IN_LOGINS.sub(".", fold(wanted.partition("@")[0]).replace(" ", ".")).strip("._-")[:_LONGEST_SUGGESTION]
    if len(base) < 2:
        base = "compte" if wanted else ""
    if not base:
        return ""
    number = 1
    while not login_is_free(conn, base if number == 1 else f"{base}{number}"):
        number += 1
    return base if number == 1 else f"{base}{number}"


def _of(offer: Offer) -> str:
    return offer.invitation.label


def _clean(login: str) -> str:
    return login.strip().lower()[:256]


def _is_guardians(code: str) -> bool:
    """Tell whether a code is a guardian's; one that is nearly as long is meant to be, and is told what it lacks."""
    if as_typed(code) is not None:
        return False
    try:
        parse_code(code)
    except CodeMalformed:
        return sum(sign.isalnum() for sign in code[:200]) >= _NEARLY_A_GUARDIANS
    return True
