"""Accounts, as those see them who manage them: search, roles and where they hold, end and reopen, a way back."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import quote, urlencode

from aiohttp import web

from mdm.errors import ValiseError
from mdm.i18n import N_
from mdm.printing import require_printing
from webui.account_store import Account
from webui.doors.account_list_store import list_account_lines
from webui.doors.at_the_door import own_session
from webui.doors.errors import NotYoursToGive, ProveFirst
from webui.doors.freshness import require_fresh
from webui.doors.giving import extents_of
from webui.doors.inviting_pages import grant_of, paper, role_of
from webui.doors.me_pages import role_lines
from webui.doors.parts import Doors
from webui.doors.places import find_places, names_of_places, place_of
from webui.doors.role_words import ROLE_NAMES
from webui.doors.sheets import code_sheets
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action, may_invite
from webui.roles import Role
from webui.scopes import EVERYWHERE, Grant
from webui.site import Site
from webui.visitor import visitor_of

_PAGE = 50


class AccountPages:
    """The pages of accounts."""

    def __init__(self, site: Site, doors: Doors) -> None:
        self._site = site
        self._doors = doors

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/accounts", self.show, needs=Action.READ_ACCOUNTS),
            page("GET", "/accounts/{login}", self.one, needs=Action.READ_ACCOUNTS),
            page("GET", "/accounts/{login}/places", self.places, needs=Action.MANAGE_ACCOUNTS),
            page("POST", "/accounts/{login}/roles", self.add_role, needs=Action.MANAGE_ACCOUNTS),
            page("POST", "/accounts/{login}/roles/remove", self.remove_role, needs=Action.MANAGE_ACCOUNTS),
            page("POST", "/accounts/{login}/end", self.end, needs=Action.MANAGE_ACCOUNTS),
            page("POST", "/accounts/{login}/reopen", self.reopen, needs=Action.MANAGE_ACCOUNTS),
            page("POST", "/accounts/{login}/reset", self.reset, needs=Action.MANAGE_ACCOUNTS),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show accounts by login."""
        query, translate = request.query, visitor_of(request).translate
        words, wanted = query.get("q", "").strip()[:64], role_of(query.get("role", ""))
        ended, after = query.get("ended") == "1", query.get("after", "")[:64]
        database = self._site.services.database
        found = await database.read(
            lambda conn: list_account_lines(conn, words=words, role=wanted, ended=ended, after=after, limit=_PAGE + 1)
        )
        rows = found[:_PAGE]
        scopes = [grant.scope for one in rows for grant in one.grants]
        places = await database.read(lambda conn: names_of_places(conn, scopes))
        kept = {"q": words, "role": wanted.value if wanted else "", "ended": "1" if ended else ""}
        return self._site.renderer.page(
            request,
            "doors/accounts.html",
            rows=[(one, role_lines(one.grants, places, request)) for one in rows],
            roles=[(one.value, translate(ROLE_NAMES[one])) for one in Role],
            q=words,
            role=kept["role"],
            ended=ended,
            next=f"/accounts?{urlencode({**kept, 'after': rows[-1].login})}" if len(found) > _PAGE else "",
            back=f"/accounts?{urlencode(kept)}" if after else "",
        )

    async def one(self, request: web.Request, *, refused: ValiseError | None = None, code: str = "") -> web.Response:
        """Show an account. ``code``: of a way back that was just made, told this once."""
        account = await self._doors.accounts.find(request.match_info["login"])
        translate, database = visitor_of(request).translate, self._site.services.database
        places = await database.read(lambda conn: names_of_places(conn, [one.scope for one in account.grants]))
        lines = role_lines(account.grants, places, request)
        wanted = role_of(request.query.get("role", ""))
        return self._site.renderer.page(
            request,
            "doors/account.html",
            status=refused.status if refused else 200,
            account=account,
            grants=[(one.role.value, str(one.scope), *line) for one, line in zip(account.grants, lines, strict=True)],
            factors=await self._doors.factors.of(account.account_id),
            passkeys=len(await self._site.services.charter.passkeys.list(account.login)),
            sessions=await self._site.sessions.of_account(account.account_id),
            roles=[(one.value, translate(ROLE_NAMES[one])) for one in Role if one is not Role.PARENT],
            role=wanted.value if wanted else "",
            q=request.query.get("q", ""),
            places=await self._places(request),
            given=wanted.value if wanted else "",
            choosing=wanted is None,
            chosen="",
            code=code,
            address=self._doors.invitations.address_of(code).partition("#")[0] if code else "",
            refused=refused,
        )

    async def places(self, request: web.Request) -> web.Response:
        """Return the places that were found, for the form."""
        role = role_of(request.query.get("role", ""))
        return self._site.renderer.part(
            request,
            "doors/_places.html",
            places=await self._places(request),
            given=role.value if role else "",
            choosing=role is None,
            chosen=request.query.get("scope", ""),
        )

    async def add_role(self, request: web.Request) -> web.StreamResponse:
        """Give an account a role in a place."""
        form = await request.post()

        async def work() -> None:
            person = self._site.person(request)
            grant = grant_of(str(form.get("role", "")), str(form.get("scope", "")))
            place = await self._site.services.database.read(lambda conn: place_of(conn, grant.scope))
            if not may_invite(person, grant, place):
                raise NotYoursToGive
            await self._change(request, lambda held: [*held, grant])

        return await self._then(request, work(), N_("The account has this role now."))

    async def remove_role(self, request: web.Request) -> web.StreamResponse:
        """Take a role from an account."""
        form = await request.post()

        async def work() -> None:
            grant = grant_of(str(form.get("role", "")), str(form.get("scope", "")))
            await self._change(request, lambda held: [one for one in held if one != grant])

        return await self._then(request, work(), N_("The account has this role no more."))

    async def end(self, request: web.Request) -> web.StreamResponse:
        """End an account."""
        done = self._end(request, disabled=True)
        return await self._then(request, done, N_("The account was ended. Its history stays."))

    async def reopen(self, request: web.Request) -> web.StreamResponse:
        """Reopen an account."""
        return await self._then(request, self._end(request, disabled=False), N_("The account was reopened."))

    async def reset(self, request: web.Request) -> web.StreamResponse:
        """Take all means of signing in from an account; show the code by which its person comes back, or print it."""
        form, login = await request.post(), request.match_info["login"]
        services, translate = self._site.services, visitor_of(request).translate
        try:
            require_fresh(own_session(request), services.clock)
            if form.get("way") == "paper":
                await asyncio.to_thread(require_printing)
            made = await self._doors.resets.reset(login, actor=self._site.person(request).actor)
        except ProveFirst:
            raise web.HTTPSeeOther(f"/sign-in/confirm?next=/accounts/{quote(login)}") from None
        except ValiseError as refused:
            return await self.one(request, refused=refused)
        if form.get("way") != "paper":
            return await self.one(request, code=made.code)
        names = await services.database.read(lambda conn: names_of_places(conn, [EVERYWHERE]))
        pdf = await code_sheets(
            [made],
            names[EVERYWHERE],
            services.settings.people.url.rstrip("/") + "/invitation",
            translate,
            organization=services.settings.enrollment.organization,
            made_at=services.clock.ms(),
        )
        return paper(pdf)

    async def _change(self, request: web.Request, change: Callable[[Sequence[Grant]], Sequence[Grant]]) -> None:
        """Change an account's grants as they are now."""
        login, actor = request.match_info["login"], self._site.person(request).actor
        await self._doors.accounts.regrant(login, change, actor=actor)

    async def _end(self, request: web.Request, *, disabled: bool) -> Account:
        login, actor = request.match_info["login"], self._site.person(request).actor
        return await self._doors.accounts.change(login, disabled=disabled, actor=actor)

    async def _then(self, request: web.Request, done: Awaitable[object], notice: str) -> web.StreamResponse:
        try:
            await done
        except ValiseError as refused:
            return await self.one(request, refused=refused)
        raise see_other(f"/accounts/{request.match_info['login']}", notice=notice)

    async def _places(self, request: web.Request) -> list[tuple[str, str]]:
        role, words = role_of(request.query.get("role", "")), request.query.get("q", "")
        if role is None:
            return []
        extents, translate = extents_of(role), visitor_of(request).translate
        found = await self._site.services.database.read(lambda conn: find_places(conn, words, extents))
        everywhere = [(str(EVERYWHERE), translate(N_("The whole territory")))] if EVERYWHERE.extent in extents else []
        return [*((str(one.scope), one.words(translate)) for one in found), *everywhere]
