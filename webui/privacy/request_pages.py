"""What persons ask about their data, and the answers of the data protection officer."""

from aiohttp import web

from mdm.errors import ValiseError
from mdm.i18n import N_
from mdm.privacy.composition import PrivacyParts
from webui.forms import NOTHING, Given, given_in
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
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


class RequestPages:
    """Lists the requests that wait, and answers them; what is granted is carried out by whoever answers."""

    def __init__(self, site: Site, parts: PrivacyParts) -> None:
        self._site = site
        self._parts = parts

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        needs = Action.MANAGE_PRIVACY
        return [
            page("GET", "/privacy/requests", self.show, needs=needs),
            page("POST", "/privacy/requests/{request_id:[0-9a-f]{32}}", self.answer, needs=needs),
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
            requests=await self._parts.requests.listed("open", VIEWERS, limit=_PART),
            kinds=KIND_NAMES,
            fields=self._parts.register.fields,
        )
