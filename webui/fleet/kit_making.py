"""A new kit: for which school, its name, its platform and its places."""

from aiohttp import web

from mdm.errors import ValiseError
from mdm.fleet.kit import SLOT_LIMIT
from mdm.fleet.tablet import parse_platform
from mdm.i18n import N_
from webui.fleet.errors import SchoolNotChosen, SlotsNotNumber
from webui.forms import Given, given_in, query_of
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.repairs.places import find_schools
from webui.site import Site

_SLOTS = 12


class KitMakingPages:
    """Makes kits."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/kits/new", self.ask, needs=Action.EDIT_FLEET),
            page("POST", "/kits/new", self.make, needs=Action.EDIT_FLEET),
        ]

    async def ask(self, request: web.Request) -> web.Response:
        """Show the form, with the schools that were looked for."""
        return await self._page(request, query_of(request))

    async def make(self, request: web.Request) -> web.StreamResponse:
        """Make the kit; its page has the codes to scan."""
        given = await given_in(request)
        try:
            uai = given.text("school")
            if not uai:
                raise SchoolNotChosen
            await self._site.at_school(request, Action.EDIT_FLEET, uai)
            kit = await self._site.services.fleet.create_kit(
                uai,
                given.text("name"),
                platform=parse_platform(given.text("platform")),
                slots=_slots(given),
                actor=self._site.person(request).actor,
            )
        except ValiseError as refused:
            return await self._page(request, given, refused=refused)
        raise see_other(f"/kits/{kit.kit_id}", notice=N_("The kit is there. Make its code, and let the tablets join."))

    async def _page(self, request: web.Request, given: Given, *, refused: ValiseError | None = None) -> web.Response:
        reach, words = self._site.reach(request, Action.EDIT_FLEET), given.text("words")[:100]
        schools = await self._site.services.database.read(lambda conn: find_schools(conn, reach, words))
        return self._site.renderer.page(
            request,
            "fleet/kit_new.html",
            status=refused.status if refused else 200,
            refused=refused,
            words=words,
            schools=[school for school in schools if school.whole],
            chosen=given.text("school") or (schools[0].uai if len(schools) == 1 else ""),
            name=given.text("name"),
            platform=given.text("platform", "ipad"),
            slots=given.text("slots") or str(_SLOTS),
            limit=SLOT_LIMIT,
        )


def _slots(given: Given) -> int:
    text = given.text("slots")
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise SlotsNotNumber(limit=SLOT_LIMIT)
    return int(text)
