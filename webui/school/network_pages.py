"""The networks of a school: how a contact from school is told from one from elsewhere."""

from aiohttp import web

from mdm.errors import ValiseError
from mdm.fleet.territory_store import require_commune, require_school
from mdm.home.modes.network import network_around
from mdm.i18n import N_
from webui.forms import NOTHING, Given, given_in
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.school.school_pages import SCHOOL
from webui.school.school_store import schools_reached
from webui.site import Site
from webui.visitor import peer_address, visitor_of

NETWORKS = f"{SCHOOL}/networks"
_HERE, _COMMUNE, _ALL = "school", "commune", "all"


class NetworkPages:
    """Lists a school's networks, adds to them and takes from them."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._database = site.services.database
        self._networks = site.services.modes.networks

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        sets = Action.SET_NETWORKS
        return [
            page("GET", NETWORKS, self.show, needs=Action.READ_SCHOOL),
            page("POST", NETWORKS, self.add, needs=sets),
            page("POST", f"{NETWORKS}/this", self.add_this, needs=sets),
            page("POST", f"{NETWORKS}/remove", self.remove, needs=sets),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show the networks."""
        return await self._page(request)

    async def add(self, request: web.Request) -> web.StreamResponse:
        """Add a network, to this school or to several."""
        given = await given_in(request)
        return await self._add(request, given.text("network"), given)

    async def add_this(self, request: web.Request) -> web.StreamResponse:
        """Add the network that the browser is in."""
        given = await given_in(request)
        return await self._add(request, peer_address(request, self._site.rules), given, around=True)

    async def remove(self, request: web.Request) -> web.StreamResponse:
        """Take a network away."""
        uai = await self._school(request)
        network = (await given_in(request)).text("network")
        try:
            await self._networks.remove(uai, network, actor=self._site.person(request).actor)
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other(f"/schools/{uai}/networks", notice=N_("The network was removed."))

    async def _add(
        self, request: web.Request, network: str, given: Given, *, around: bool = False
    ) -> web.StreamResponse:
        uai = await self._school(request)
        try:
            await self._networks.add(
                await self._meant(request, uai, given.text("for")),
                network_around(network) if around else network,
                actor=self._site.person(request).actor,
            )
        except ValiseError as refused:
            return await self._page(request, refused=refused, given=given)
        raise see_other(f"/schools/{uai}/networks", notice=N_("The network was added. It counts within a minute."))

    async def _meant(self, request: web.Request, uai: str, many: str) -> list[str]:
        """Return the schools that a network is added to: never one in which the person may not."""
        if many not in (_COMMUNE, _ALL):
            return [uai]
        reach = self._site.reach(request, Action.SET_NETWORKS)
        school = await self._database.read(lambda conn: require_school(conn, uai))
        insee = school.insee if many == _COMMUNE else ""
        return await self._database.read(lambda conn: schools_reached(conn, reach, insee=insee))

    async def _school(self, request: web.Request) -> str:
        uai = request.match_info["uai"]
        await self._site.at_school(request, Action.SET_NETWORKS, uai)
        return uai

    async def _page(
        self, request: web.Request, *, refused: ValiseError | None = None, given: Given = NOTHING
    ) -> web.Response:
        uai = request.match_info["uai"]
        place = await self._site.at_school(request, Action.READ_SCHOOL, uai)
        school = await self._database.read(lambda conn: require_school(conn, uai))
        commune = await self._database.read(lambda conn: require_commune(conn, school.insee))
        words = visitor_of(request).translate
        return self._site.renderer.page(
            request,
            "school/networks.html",
            status=refused.status if refused else 200,
            refused=refused,
            school=school,
            place=place,
            networks=await self._networks.list(uai),
            here=peer_address(request, self._site.rules),
            values={"network": given.text("network"), "for": given.text("for", _HERE)},
            extents=[
                (_HERE, words(N_("This school"))),
                (_COMMUNE, words(N_("Every school of {commune}"), commune=commune.name)),
                (_ALL, words(N_("Every school that I look after"))),
            ],
        )
