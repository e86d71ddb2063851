"""Inviting others: the list of one's invitations, new ones by e-mail or on paper, and the search for places."""

import asyncio
from collections.abc import Sequence

from aiohttp import web

from mdm.errors import ValiseError
from mdm.fleet_view.history import who_in_words
from mdm.i18n import N_
from mdm.printing import require_printing
from mdm.store import Connection
from webui.doors.errors import RoleMissing
from webui.doors.giving import extents_of, givable_roles, place_alone
from webui.doors.invitations import Made
from webui.doors.parts import Doors
from webui.doors.places import NamedPlace, find_places, names_of_places, place_of
from webui.doors.role_words import ROLE_DUTIES, ROLE_NAMES
from webui.doors.sheets import code_sheets
from webui.errors import ScopeMalformed
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action, Person, may, may_invite
from webui.roles import Role
from webui.scopes import EVERYWHERE, Grant, Scope, parse_scope
from webui.site import Site
from webui.visitor import visitor_of

_PAGE = 50
_MOST = 60


class InvitingPages:
    """The pages of those who may invite."""

    def __init__(self, site: Site, doors: Doors) -> None:
        self._site = site
        self._doors = doors

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/invitations", self.show, needs=Action.INVITE),
            page("GET", "/invitations/new", self.new, needs=Action.INVITE),
            page("GET", "/invitations/places", self.places, needs=Action.INVITE),
            page("POST", "/invitations/send", self.send, needs=Action.INVITE),
            page("POST", "/invitations/print", self.print, needs=Action.INVITE),
            page("POST", "/invitations/{invitation}/withdraw", self.withdraw, needs=Action.INVITE),
            page("POST", "/invitations/{invitation}/send", self.send_again, needs=Action.INVITE),
            page("POST", "/invitations/{invitation}/print", self.print_again, needs=Action.INVITE),
        ]

    async def show(self, request: web.Request, *, refused: ValiseError | None = None) -> web.Response:
        """Show invitations, the newest first."""
        person, words = self._site.person(request), visitor_of(request).translate
        before = _before(request.query.get("before", ""))
        found = await self._doors.invitations.listed(person, before=before, limit=_PAGE + 1)
        rows = found[:_PAGE]
        last = rows[-1].invitation if len(found) > _PAGE else None
        return self._site.renderer.page(
            request,
            "doors/invitations.html",
            status=refused.status if refused else 200,
            rows=[(one, words(ROLE_NAMES[one.invitation.grant.role]), one.place.words(words)) for one in rows],
            next=f"/invitations?before={last.made_at}.{last.invitation_id}" if last else "",
            back="/invitations" if before else "",
            sends_mail=self._doors.invitations.sends_mail,
            everybody=may(person, Action.MANAGE_ACCOUNTS),
            who=lambda actor: who_in_words(actor, words),
            refused=refused,
        )

    async def new(self, request: web.Request) -> web.Response:
        """Show the form."""
        return await self._form(request, request.query.get("role", ""), request.query.get("q", ""))

    async def places(self, request: web.Request) -> web.Response:
        """Return the places that were found, for the form."""
        role = role_of(request.query.get("role", ""))
        found = await self._places(self._site.person(request), role, request.query.get("q", ""))
        return self._site.renderer.part(
            request,
            "doors/_places.html",
            places=_in_words(found, request),
            given="",
            choosing=role is None,
            chosen=request.query.get("scope", ""),
        )

    async def send(self, request: web.Request) -> web.StreamResponse:
        """Invite by e-mail."""
        form = await request.post()
        try:
            grant = grant_of(str(form.get("role", "")), str(form.get("scope", "")))
            await self._doors.invitations.send(
                self._site.person(request),
                grant,
                str(form.get("address", "")),
                label=str(form.get("label", "")),
                language=visitor_of(request).translate.lang,
            )
        except ValiseError as refused:
            return await self._refused(request, refused)
        raise see_other("/invitations", notice=N_("The invitation is on its way."))

    async def print(self, request: web.Request) -> web.StreamResponse:
        """Make codes and return them on paper."""
        form = await request.post()
        try:
            grant = grant_of(str(form.get("role", "")), str(form.get("scope", "")))
            labels = _labels(str(form.get("labels", "")), str(form.get("count", "1")))
            # Paper that cannot be made must use up no code.
            await asyncio.to_thread(require_printing)
            made = await self._doors.invitations.make(self._site.person(request), grant, labels=labels)
            return await self._sheet(request, made, grant.scope)
        except ValiseError as refused:
            return await self._refused(request, refused)

    async def withdraw(self, request: web.Request) -> web.StreamResponse:
        """Withdraw an invitation."""
        try:
            await self._doors.invitations.withdraw(self._site.person(request), request.match_info["invitation"])
        except ValiseError as refused:
            return await self.show(request, refused=refused)
        raise see_other("/invitations", notice=N_("The invitation was withdrawn: its code opens nothing any more."))

    async def send_again(self, request: web.Request) -> web.StreamResponse:
        """Send an invitation again, with a new code."""
        form = await request.post()
        try:
            await self._doors.invitations.again(
                self._site.person(request),
                request.match_info["invitation"],
                to=str(form.get("address", "")),
                language=visitor_of(request).translate.lang,
            )
        except ValiseError as refused:
            return await self.show(request, refused=refused)
        raise see_other("/invitations", notice=N_("The invitation is on its way."))

    async def print_again(self, request: web.Request) -> web.StreamResponse:
        """Print an invitation again, with a new code."""
        person, invitation_id = self._site.person(request), request.match_info["invitation"]
        try:
            one = (await self._doors.invitations.one(person, invitation_id)).invitation
            await asyncio.to_thread(require_printing)
            made = await self._doors.invitations.again(person, invitation_id, to=None)
            return await self._sheet(request, [made], one.grant.scope)
        except ValiseError as refused:
            return await self.show(request, refused=refused)

    async def _sheet(self, request: web.Request, made: Sequence[Made], scope: Scope) -> web.Response:
        services = self._site.services
        place = (await services.database.read(lambda conn: names_of_places(conn, [scope])))[scope]
        pdf = await code_sheets(
            made,
            place,
            services.settings.people.url.rstrip("/") + "/invitation",
            visitor_of(request).translate,
            organization=services.settings.enrollment.organization,
            made_at=services.clock.ms(),
        )
        return paper(pdf)

    async def _refused(self, request: web.Request, refused: ValiseError) -> web.Response:
        form = await request.post()
        return await self._form(request, str(form.get("role", "")), str(form.get("q", "")), refused=refused)

    async def _form(
        self, request: web.Request, wanted: str, words: str, *, refused: ValiseError | None = None
    ) -> web.Response:
        person, translate = self._site.person(request), visitor_of(request).translate
        roles = givable_roles(person)
        role = role_of(wanted) or (roles[0] if len(roles) == 1 else None)
        sent = await request.post() if request.method == "POST" else request.query
        return self._site.renderer.page(
            request,
            "doors/invite.html",
            status=refused.status if refused else 200,
            roles=[(one.value, translate(ROLE_NAMES[one]), translate(ROLE_DUTIES[one])) for one in roles],
            role=role.value if role else "",
            role_name=translate(ROLE_NAMES[role]) if role else "",
            q=words,
            places=_in_words(await self._places(person, role, words), request),
            given="",
            choosing=role is None,
            chosen=str(sent.get("scope", "")),
            searchable=role is not None and extents_of(role) != (EVERYWHERE.extent,),
            sends_mail=self._doors.invitations.sends_mail,
            label=str(sent.get("label", ""))[:200],
            labels=str(sent.get("labels", ""))[:4000],
            address=str(sent.get("address", ""))[:300],
            most=_MOST,
            refused=refused,
        )

    async def _places(self, person: Person, role: Role | None, words: str) -> list[NamedPlace]:
        """Return the places where a person may give a role: those of the words, else the person's own."""
        if role is None:
            return []
        return await self._site.services.database.read(lambda conn: _givable_places(conn, person, role, words))


def paper(pdf: bytes) -> web.Response:
    """Return a PDF that the browser shows; it is kept nowhere."""
    headers = {"Content-Disposition": 'inline; filename="codes.pdf"'}
    return web.Response(body=pdf, content_type="application/pdf", headers=headers)


def _givable_places(conn: Connection, person: Person, role: Role, words: str) -> list[NamedPlace]:
    extents = extents_of(role)
    own = {one.scope for one in person.grants if one.scope.extent in extents} | (
        {EVERYWHERE} if EVERYWHERE.extent in extents else set()
    )
    near = [one for one in sorted(own) if may_invite(person, Grant(role=role, scope=one), place_alone(one))]
    found = [one.scope for one in find_places(conn, words, extents)]
    allowed = [one for one in found if may_invite(person, Grant(role=role, scope=one), place_of(conn, one))]
    names = names_of_places(conn, [*near, *allowed])
    return [names[one] for one in dict.fromkeys((*allowed, *near))]


def _in_words(places: Sequence[NamedPlace], request: web.Request) -> list[tuple[str, str]]:
    translate = visitor_of(request).translate
    return [(str(one.scope), one.words(translate)) for one in places]


def role_of(text: str) -> Role | None:
    """Return the role that a form names."""
    return Role(text) if text in list(Role) else None


def grant_of(role: str, scope: str) -> Grant:
    """Return what a form gives; raise `RoleMissing`."""
    wanted = role_of(role)
    if wanted is None:
        raise RoleMissing
    try:
        return Grant(role=wanted, scope=parse_scope(scope))
    except ScopeMalformed as malformed:
        raise RoleMissing from malformed


def _labels(text: str, count: str) -> list[str]:
    """Return one label for each code: the lines of a text, or as many empty ones as were asked for."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    number = int(count) if count.isascii() and count.isdigit() and len(count) < 4 else 1
    return lines or [""] * max(1, min(number, _MOST))


def _before(text: str) -> tuple[int, str] | None:
    at, _, invitation_id = text.partition(".")
    good = at.isascii() and at.isdigit() and len(at) < 16
    return (int(at), invitation_id[:64]) if good else None
