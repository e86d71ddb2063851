"""What persons ask about their data, and the answers of the data protection officer."""

import msgspec
from aiohttp import web

from mdm.errors import ValiseError
from mdm.i18n import N_
from mdm.privacy.composition import PrivacyParts
from mdm.privacy.requests import ShownRequest
from mdm.privacy.subject import Subject
from webui.forms import NOTHING, Given, given_in
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.privacy.persons_store import Described, described, subject_in
from webui.roles import Role
from webui.site import Site

VIEWERS = (Role.DPO.value,)
KIND_NAMES = {
    "access": N_("Wants to know what is stored"),
    "objection": N_("Objects"),
    "rectification": N_("Wants something corrected"),
    "erasure": N_("Wants to be erased"),
}
_PART = 50


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A request with whom it is about. For an objection: what it would stop, or else why nothing would."""

    request: ShownRequest
    who: Described | None
    stops: tuple[str, ...] = ()
    why_not: str = ""


class RequestPages:
    """Lists the requests that wait, and answers them; a granted objection takes effect with its answer.

    Lists the objections that hold, and ends one when the family takes it back.
    """

    def __init__(self, site: Site, parts: PrivacyParts) -> None:
        self._site = site
        self._parts = parts

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        needs = Action.MANAGE_PRIVACY
        return [
            page("GET", "/privacy/requests", self.show, needs=needs),
            page("POST", "/privacy/requests/{request_id:[0-9a-f]{32}}", self.answer, needs=needs),
            page("POST", "/privacy/requests/take-back", self.take_back, needs=needs),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show the requests that wait, the oldest first."""
        return await self._page(request)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Grant or refuse a request."""
        request_id, given = request.match_info["request_id"], await given_in(request)
        try:
            await self._parts.requests.answer(
                request_id,
                granted=given.text("granted") == "yes",
                answer=given.text("answer"),
                actor=self._site.person(request).actor,
            )
        except ValiseError as refused:
            return await self._page(request, at=request_id, refused=refused, given=given)
        raise see_other("/privacy/requests", notice=N_("The answer is kept, and shown to the person."))

    async def take_back(self, request: web.Request) -> web.StreamResponse:
        """End an objection at the family's wish."""
        given = await given_in(request)
        try:
            await self._parts.objections.take_back(
                given.text("pupil"), given.text("activity"), actor=self._site.person(request).actor
            )
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other("/privacy/requests", notice=N_("The objection does not hold any more."))

    async def _waiting(self) -> list[Waiting]:
        found = await self._parts.requests.listed("open", VIEWERS, limit=_PART)
        waiting = []
        for one in found:
            subject = subject_in(one.subject)
            if subject is None:
                waiting.append(Waiting(request=one, who=None))
                continue
            who = await self._parts.database.read(lambda conn, it=subject: described(conn, it))  # type: ignore[misc]
            if one.kind != "objection":
                waiting.append(Waiting(request=one, who=who))
                continue
            objections, about = self._parts.objections, one.about or ""
            stops = tuple(activity.name for activity in objections.would_stop(subject, about))
            waiting.append(Waiting(request=one, who=who, stops=stops, why_not=objections.why_not(subject, about)))
        return waiting

    async def _held(self) -> list[tuple[Described, str, str, int]]:
        held = []
        for one in await self._parts.objections.holding(limit=_PART):
            subject = Subject(kind="pupil", key=one.pupil_id)
            who = await self._parts.database.read(lambda conn, it=subject: described(conn, it))  # type: ignore[misc]
            held.append((who, one.activity, self._parts.objections.name_of(one.activity), one.since))
        return held

    async def _page(
        self, request: web.Request, *, at: str = "", refused: ValiseError | None = None, given: Given = NOTHING
    ) -> web.Response:
        return self._site.renderer.page(
            request,
            "privacy/requests.html",
            status=refused.status if refused else 200,
            refused=refused,
            at=at,
            given=given,
            waiting=await self._waiting(),
            held=await self._held(),
            kinds=KIND_NAMES,
            fields=self._parts.register.fields,
        )
