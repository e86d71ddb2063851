"""One's own account: roles in words, passkeys, one-time codes, recovery codes, password, sessions."""

from collections.abc import Awaitable

from aiohttp import web
from markupsafe import Markup

from enrollment.qr import qr_svg
from mdm.errors import ValiseError
from mdm.i18n import N_
from mdm.store import Connection
from webui.access import local_path
from webui.account_store import account_by_id
from webui.doors.at_the_door import caller_of, json_options, json_refusal, own_session
from webui.doors.errors import NothingLeft, ProveFirst
from webui.doors.freshness import require_fresh
from webui.doors.parts import Doors
from webui.doors.places import NamedPlace, names_of_places
from webui.doors.role_words import ROLE_DUTIES, ROLE_NAMES
from webui.notices import see_other
from webui.pages import Door, page
from webui.scopes import Grant, Scope
from webui.session_store import Session
from webui.site import Site
from webui.visitor import visitor_of


class MePages:
    """The pages of one's own account. Those by which a second factor is set up are open to who owes one."""

    def __init__(self, site: Site, doors: Doors) -> None:
        self._site = site
        self._doors = doors
        self._passkeys = doors.passkeys

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/me", self.show, needs=Door.SIGNED_IN),
            page("GET", "/sign-in/protect", self.protect, needs=Door.OPEN),
            page("POST", "/me/passkeys/options", self.passkey_options, needs=Door.OPEN),
            page("POST", "/me/passkeys", self.add_passkey, needs=Door.OPEN),
            page("POST", "/me/passkeys/{credential}/name", self.name_passkey, needs=Door.SIGNED_IN),
            page("POST", "/me/passkeys/{credential}/remove", self.remove_passkey, needs=Door.SIGNED_IN),
            page("POST", "/me/one-time-codes/begin", self.begin_totp, needs=Door.OPEN),
            page("GET", "/me/one-time-codes", self.show_totp, needs=Door.OPEN),
            page("POST", "/me/one-time-codes", self.confirm_totp, needs=Door.OPEN),
            page("POST", "/me/one-time-codes/remove", self.remove_totp, needs=Door.SIGNED_IN),
            page("POST", "/me/recovery-codes", self.recovery_codes, needs=Door.SIGNED_IN),
            page("POST", "/me/password", self.change_password, needs=Door.SIGNED_IN),
            page("POST", "/me/sessions/{session}/end", self.end_session, needs=Door.SIGNED_IN),
            page("POST", "/me/sessions/end-others", self.end_others, needs=Door.SIGNED_IN),
            page("GET", "/me/other-login", self.link_login, needs=Door.SIGNED_IN),
            page("POST", "/me/other-login/remove", self.unlink_login, needs=Door.SIGNED_IN),
        ]

    async def show(self, request: web.Request, refused: ValiseError | None = None) -> web.Response:
        """Show one's own account; somebody without one, in the demonstration, is told how to have one."""
        session = visitor_of(request).session
        if session is None:
            return self._site.renderer.page(request, "doors/nobody.html")
        passkeys = await self._passkeys.list(session.login)
        oidc = self._doors.oidc
        places, has_password = await self._site.services.database.read(lambda conn: _facts(conn, session))
        return self._site.renderer.page(
            request,
            "doors/me.html",
            status=refused.status if refused else 200,
            session=session,
            roles=role_lines(session.grants, places, request),
            passkeys=passkeys,
            factors=await self._doors.factors.of(session.account_id),
            has_password=has_password,
            sessions=await self._site.sessions.of_account(session.account_id),
            oidc_label=oidc.label if oidc else "",
            links=await oidc.links(session.account_id) if oidc else [],
            refused=refused,
        )

    async def protect(self, request: web.Request) -> web.StreamResponse:
        """Ask somebody whose role needs it for a second factor."""
        session = own_session(request)
        wanted = local_path(request.query.get("next", "/"))
        if session.owes != "set_up":
            raise web.HTTPSeeOther(wanted)
        return self._protect_form(request, wanted)

    async def passkey_options(self, request: web.Request) -> web.StreamResponse:
        """Tell a script what to ask the browser for."""
        session = own_session(request)
        try:
            return json_options(await self._passkeys.begin(session))
        except ValiseError as refused:
            return json_refusal(request, refused)

    async def add_passkey(self, request: web.Request) -> web.StreamResponse:
        """Register the passkey that the browser made."""
        session, form = own_session(request), await request.post()
        wanted = local_path(str(form.get("next", "/me")))
        try:
            answer = str(form.get("answer", "")).encode()
            await self._passkeys.add(session, answer, label=str(form.get("label", "")))
        except ProveFirst:
            raise _to_confirm() from None
        except ValiseError as refused:
            if session.owes:
                return self._protect_form(request, wanted, refused=refused)
            return await self.show(request, refused)
        raise see_other(wanted, notice=N_("The passkey was added."))

    async def name_passkey(self, request: web.Request) -> web.StreamResponse:
        """Call a passkey something else."""
        session, form = own_session(request), await request.post()
        done = self._passkeys.name(session, request.match_info["credential"], str(form.get("label", "")))
        return await self._then(request, done, N_("The passkey has its new name."))

    async def remove_passkey(self, request: web.Request) -> web.StreamResponse:
        """Take a passkey out of use, unless nothing would be left to sign in with."""
        session = own_session(request)
        done = self._passkeys.remove(session, request.match_info["credential"])
        return await self._then(request, done, N_("The passkey was removed."))

    async def begin_totp(self, request: web.Request) -> web.StreamResponse:
        """Make a secret for one-time codes."""
        session = own_session(request)
        wanted = local_path(str((await request.post()).get("next", "/me")))
        try:
            require_fresh(session, self._site.services.clock)
            await self._doors.factors.offer(session)
        except ProveFirst:
            raise _to_confirm() from None
        except ValiseError as refused:
            if session.owes:
                return self._protect_form(request, wanted, refused=refused)
            return await self.show(request, refused)
        raise web.HTTPSeeOther("/me/one-time-codes")

    async def show_totp(self, request: web.Request) -> web.StreamResponse:
        """Show the code that an app scans."""
        return await self._totp_form(request)

    async def confirm_totp(self, request: web.Request) -> web.StreamResponse:
        """Take the first one-time code, and show the recovery codes this once."""
        session, form = own_session(request), await request.post()
        try:
            codes = await self._doors.factors.confirm(session, str(form.get("code", "")))
        except ValiseError as refused:
            return await self._totp_form(request, refused=refused)
        await self._site.sessions.prove(session, second="totp")
        return self._site.renderer.page(request, "doors/recovery_codes.html", codes=codes)

    async def remove_totp(self, request: web.Request) -> web.StreamResponse:
        """Do without one-time codes."""
        session = own_session(request)

        async def work() -> None:
            require_fresh(session, self._site.services.clock)
            await self._doors.factors.remove(session)

        return await self._then(request, work(), N_("You have no one-time codes any more."))

    async def recovery_codes(self, request: web.Request) -> web.StreamResponse:
        """Make other recovery codes, and show them this once."""
        session = own_session(request)
        try:
            require_fresh(session, self._site.services.clock)
        except ProveFirst:
            raise _to_confirm() from None
        codes = await self._doors.factors.new_recovery_codes(session)
        return self._site.renderer.page(request, "doors/recovery_codes.html", codes=codes)

    async def change_password(self, request: web.Request) -> web.StreamResponse:
        """Take another password; other sessions end."""
        session, form = own_session(request), await request.post()

        async def work() -> None:
            require_fresh(session, self._site.services.clock)
            await self._doors.accounts.set_password(
                session.login,
                str(form.get("new_password", "")),
                actor=session.person.actor,
                keep=session.session_id,
            )

        return await self._then(request, work(), N_("Your password was changed. Your other sessions ended."))

    async def end_session(self, request: web.Request) -> web.StreamResponse:
        """End one of one's sessions."""
        session = own_session(request)
        done = self._site.sessions.end(session, request.match_info["session"])
        return await self._then(request, done, N_("The session was ended."))

    async def end_others(self, request: web.Request) -> web.StreamResponse:
        """End all one's sessions but this one."""
        done = self._site.sessions.end_others(own_session(request))
        return await self._then(request, done, N_("Your other sessions were ended."))

    async def link_login(self, request: web.Request) -> web.StreamResponse:
        """Send the browser to the other login service, to link a login of it."""
        session = own_session(request)
        oidc = self._doors.oidc
        try:
            require_fresh(session, self._site.services.clock)
            if oidc is None:
                raise web.HTTPSeeOther("/me")
            caller = caller_of(request, self._site.rules)
            address = await oidc.begin(caller, wanted="/me", account_id=session.account_id)
        except ProveFirst:
            raise _to_confirm() from None
        except ValiseError as refused:
            return await self.show(request, refused)
        raise web.HTTPSeeOther(address)

    async def unlink_login(self, request: web.Request) -> web.StreamResponse:
        """Have the other login open this account no more."""
        session = own_session(request)

        async def work() -> None:
            require_fresh(session, self._site.services.clock)
            passkeys = await self._passkeys.list(session.login)
            _, has_password = await self._site.services.database.read(lambda conn: _facts(conn, session))
            if not passkeys and not has_password:
                raise NothingLeft
            if self._doors.oidc is not None:
                await self._doors.oidc.unlink(session.account_id, session.login)

        return await self._then(request, work(), N_("The other login does not open your account any more."))

    async def _then(self, request: web.Request, done: Awaitable[object], notice: str) -> web.StreamResponse:
        try:
            await done
        except ProveFirst:
            raise _to_confirm() from None
        except ValiseError as refused:
            return await self.show(request, refused)
        raise see_other("/me", notice=notice)

    async def _totp_form(self, request: web.Request, *, refused: ValiseError | None = None) -> web.StreamResponse:
        session = own_session(request)
        try:
            offer = await self._doors.factors.offered(session)
        except ValiseError:
            raise web.HTTPSeeOther("/sign-in/protect" if session.owes else "/me") from None
        return self._site.renderer.page(
            request,
            "doors/one_time_codes.html",
            status=refused.status if refused else 200,
            picture=Markup(qr_svg(offer.address).decode()),  # noqa: S704  a drawing of our own
            offer=offer,
            refused=refused,
        )

    def _protect_form(self, request: web.Request, wanted: str, *, refused: ValiseError | None = None) -> web.Response:
        status = refused.status if refused else 200
        return self._site.renderer.page(request, "doors/protect.html", status=status, next=wanted, refused=refused)


def role_lines(
    grants: tuple[Grant, ...], places: dict[Scope, NamedPlace], request: web.Request
) -> list[tuple[str, str, str]]:
    """Return each role's name, where it holds, and what it is for, in words."""
    words = visitor_of(request).translate
    return [
        (words(ROLE_NAMES[one.role]), places[one.scope].words(words), words(ROLE_DUTIES[one.role])) for one in grants
    ]


def _facts(conn: Connection, session: Session) -> tuple[dict[Scope, NamedPlace], bool]:
    """Return the names of the places of one's roles, and whether one has a password."""
    account = account_by_id(conn, session.account_id)
    names = names_of_places(conn, [one.scope for one in session.grants])
    return names, bool(account and account.password_hash)


def _to_confirm() -> web.HTTPSeeOther:
    return web.HTTPSeeOther("/sign-in/confirm?next=/me")
