"""Coming in by another login service: a step in the browser, the service's word, and the account that it opens."""

import secrets
from collections.abc import Mapping

import msgspec

from mdm.clock import Clock
from mdm.journal import Journal
from mdm.settings import Oidc
from mdm.store import Connection, Database
from webui.account_store import Account, account_by_id, account_by_login
from webui.accounts import Accounts
from webui.doors import oidc_store
from webui.doors.entrance import Asked, Caller, Entered, Entrance
from webui.doors.errors import OidcRefused, OidcTaken, OidcUnknown
from webui.doors.invitations import Invitations
from webui.doors.newcomers import Newcomers
from webui.doors.oidc_client import OidcClient, Said
from webui.doors.oidc_grants import grants_by
from webui.doors.oidc_store import OidcLink
from webui.doors.steps import Steps
from webui.errors import SignInRefused
from webui.failures import Failures
from webui.scopes import Grant
from webui.sessions import Sessions
from webui.throttle import Gate

_KIND = "oidc"
_FREE = 200


class OidcStep(msgspec.Struct, frozen=True, kw_only=True):
    """A browser sent to the service; ``code``: of an invitation; ``account_id``: whose login will be linked."""

    nonce: str
    verifier: str
    wanted: str
    code: str = ""
    account_id: str = ""


class Returned(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that came back: where it goes on; ``entered`` is None when a login was linked to one's own account."""

    wanted: str
    entered: Entered | Asked | None


class OidcEntry:
    """Sends browsers to the service, and lets in whom it vouches for."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        settings: Oidc,
        mapping: Mapping[str, frozenset[Grant]],
        client: OidcClient,
        steps: Steps,
        entrance: Entrance,
        sessions: Sessions,
        accounts: Accounts,
        newcomers: Newcomers,
        invitations: Invitations,
        failures: Failures,
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._settings = settings
        self._mapping = mapping
        self._client = client
        self._steps = steps
        self._entrance = entrance
        self._sessions = sessions
        self._accounts = accounts
        self._newcomers = newcomers
        self._invitations = invitations
        self._gate = Gate(failures, "other login", free=_FREE)

    @property
    def label(self) -> str:
        """The words on the button."""
        return self._settings.label

    async def begin(self, caller: Caller, *, wanted: str, code: str = "", account_id: str = "") -> str:
        """Return where the browser is sent; raise `OidcAway`, `OidcRefused` or `TooManyAttempts`."""
        await self._gate.admit(caller.address)
        step = OidcStep(
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            wanted=wanted,
            code=code,
            account_id=account_id,
        )
        state = secrets.token_urlsafe(32)
        address = await self._client.address(state=state, nonce=step.nonce, verifier=step.verifier)
        await self._steps.begin(_KIND, caller.browser, step, token=state)
        return address

    async def come_back(self, caller: Caller, *, state: str, code: str, issuer: str) -> Returned:
        """Let in whom the service vouches for.

        Raises `StepOver` for a state that this browser does not have, `OidcRefused`, `OidcAway`, `OidcUnknown` for
        somebody without an account here, `OidcTaken`, `InvitationRefused`, `SignInRefused`.
        """
        await self._gate.admit(caller.address)
        step = await self._steps.take(_KIND, caller.browser, state, OidcStep)
        if not code:
            raise OidcRefused(label=self.label)
        said = await self._client.said(code=code, verifier=step.verifier, nonce=step.nonce, issuer=issuer)
        await self._gate.forgive(caller.address, times=2)
        if step.account_id:
            await self._database.write(lambda conn: self._link_own(conn, said, step.account_id))
            return Returned(wanted=step.wanted, entered=None)
        prepared = await self._accounts.prepare("oidc", None)
        try:
            account = await self._database.write(lambda conn: self._account(conn, said, step, prepared))
        except (OidcUnknown, SignInRefused):
            await self._sessions.refuse(None, method="oidc")
            raise
        second = "provider" if self._settings.second_factor == "provider" else ""
        entered = await self._entrance.go_on(caller, account, method="oidc", second=second)
        return Returned(wanted=step.wanted, entered=entered)

    async def links(self, account_id: str) -> list[OidcLink]:
        """Return the logins that open an account."""
        return await self._database.read(lambda conn: oidc_store.links_of_account(conn, account_id))

    async def unlink(self, account_id: str, login: str) -> None:
        """Have no other login open an account any more."""

        def work(conn: Connection) -> None:
            if oidc_store.delete_links(conn, account_id):
                self._record(conn, "oidc_unlinked", login)

        await self._database.write(work)

    def _account(self, conn: Connection, said: Said, step: OidcStep, prepared: Account) -> Account:
        link = oidc_store.link_of(conn, said.issuer, said.subject)
        if link is not None:
            account = account_by_id(conn, link.account_id)
            if account is None or account.disabled_at is not None:
                raise SignInRefused
        else:
            account = self._newcomer(conn, said, step, prepared)
            self._link(conn, said, account)
        if not self._mapping:
            return account
        grants = grants_by(self._mapping, account.grants, said.groups)
        return self._accounts.change_in(conn, account.login, grants=grants, actor="oidc")

    def _newcomer(self, conn: Connection, said: Said, step: OidcStep, prepared: Account) -> Account:
        wanted = said.preferred_username or said.email or "compte"
        if step.code:
            return self._newcomers.by_another_service(conn, step.code, wanted, prepared)
        if self._settings.link_verified_email and said.email:
            known = account_by_login(conn, said.email.lower())
            if known is not None and known.disabled_at is None:
                return known
            offer = self._invitations.offer_to(conn, said.email)
            if offer is not None:
                return self._newcomers.by_offer(conn, offer, wanted, prepared)
        raise OidcUnknown(label=self.label)

    def _link_own(self, conn: Connection, said: Said, account_id: str) -> None:
        account = account_by_id(conn, account_id)
        link = oidc_store.link_of(conn, said.issuer, said.subject)
        if account is None or account.disabled_at is not None or (link and link.account_id != account_id):
            raise OidcTaken(label=self.label)
        if link is None:
            self._link(conn, said, account)

    def _link(self, conn: Connection, said: Said, account: Account) -> None:
        link = OidcLink(
            issuer=said.issuer, subject=said.subject, account_id=account.account_id, linked_at=self._clock.ms()
        )
        if not oidc_store.insert_link(conn, link):
            raise OidcTaken(label=self.label)
        self._record(conn, "oidc_linked", account.login)

    def _record(self, conn: Connection, kind: str, login: str) -> None:
        self._journal.record(conn, kind, actor=f"account:{login}", subject=f"account:{login}")
