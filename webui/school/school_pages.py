"""The schools of somebody's places, and one school: its kits, faults, loans, families, and what comes next."""

import asyncio
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from mdm.errors import ValiseError
from mdm.fleet.kit import KitSummary
from mdm.fleet.territory import School, SchoolClass
from mdm.fleet.territory_store import list_classes, require_school
from mdm.home.calendar.calendars import ZoneState, zone_states
from mdm.home.calendar.places import ZONES
from mdm.home.loans import list_store, loan_store
from mdm.home.loans.loan import LoanCounts
from mdm.i18n import N_
from mdm.store import Connection
from profiles.costs.renewal_plot import plot_renewals
from profiles.costs.renewals import Renewals
from webui.api.resources.kit_lists_store import kits_after
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.school.school_store import Families, SchoolLine, communes_reached, families, school_lines, schools_after
from webui.site import Site
from webui.visitor import visitor_of

_PART = 40
_KITS = 60
SCHOOL = "/schools/{uai:[0-9]{3}[0-9A-Z][0-9]{3}[A-Z]}"


class SchoolShown(msgspec.Struct, frozen=True, kw_only=True):
    """All that a school's page shows."""

    school: School
    line: SchoolLine
    kits: list[KitSummary]
    classes: list[SchoolClass]
    loans: LoanCounts
    families: Families
    calendar: ZoneState


class SchoolPages:
    """Lists schools, and shows one."""

    def __init__(self, site: Site) -> None:
        services = site.services
        self._site = site
        self._database = services.database
        self._clock = services.clock
        self._fleet = services.fleet
        self._renewals = Renewals(services.database, services.clock, services.journal)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/schools", self.list, needs=Action.READ_SCHOOL),
            page("GET", SCHOOL, self.show, needs=Action.READ_SCHOOL),
            page("POST", f"{SCHOOL}/classes", self.add_class, needs=Action.IMPORT_PUPILS),
            page("GET", f"{SCHOOL}/renewals.svg", self.plot, needs=Action.READ_COSTS),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """Show a part of the schools."""
        query = request.query
        last, text = (query.get("name", ""), query.get("uai", "")), query.get("text", "").strip()[:60]
        reach = self._site.reach(request, Action.READ_SCHOOL)
        found = await self._database.read(
            lambda conn: schools_after(conn, last, text=text, reach=reach, limit=_PART + 1)
        )
        shown, end = found[:_PART], found[_PART - 1] if len(found) > _PART else None
        if len(shown) == 1 and last == ("", "") and not text:
            raise web.HTTPSeeOther(f"/schools/{shown[0].uai}")
        zones = await self._database.read(
            lambda conn: zone_states(conn, communes_reached(conn, reach), self._clock.now())
        )
        following = {"name": end.name, "uai": end.uai, "text": text} if end else {}
        return self._site.renderer.page(
            request,
            "school/schools.html",
            schools=shown,
            text=text,
            is_first=last == ("", ""),
            next=f"/schools?{urlencode(following)}" if following else "",
            without_dates=[ZONES[one.zone] for one in zones if one.runs_out],
        )

    async def show(self, request: web.Request) -> web.Response:
        """Show a school."""
        return await self._page(request)

    async def add_class(self, request: web.Request) -> web.StreamResponse:
        """Add a class."""
        uai = request.match_info["uai"]
        await self._site.at_school(request, Action.IMPORT_PUPILS, uai)
        form = await request.post()
        try:
            await self._fleet.create_class(
                uai,
                str(form.get("name", "")),
                level=str(form.get("level", "")),
                actor=self._site.person(request).actor,
            )
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other(f"/schools/{uai}", notice=N_("The class was added."))

    async def plot(self, request: web.Request) -> web.Response:
        """Draw the renewals of a school's tablets."""
        uai = request.match_info["uai"]
        await self._site.at_school(request, Action.READ_SCHOOL, uai)
        named = await self._renewals.forecast(uai=uai)
        words = visitor_of(request).translate
        drawn = await asyncio.to_thread(plot_renewals, named.forecast, named.schools, words)
        return web.Response(text=drawn, content_type="image/svg+xml")

    async def _page(self, request: web.Request, *, refused: ValiseError | None = None) -> web.Response:
        uai = request.match_info["uai"]
        place = await self._site.at_school(request, Action.READ_SCHOOL, uai)
        reach = self._site.reach(request, Action.READ_SCHOOL)

        def read(conn: Connection) -> SchoolShown:
            school = require_school(conn, uai)
            (line,) = school_lines(conn, [uai])
            (calendar,) = zone_states(conn, [school.insee], self._clock.now())
            return SchoolShown(
                school=school,
                line=line,
                kits=kits_after(conn, (uai, ""), uai=uai, reach=reach, limit=_KITS),
                classes=list_classes(conn, uai),
                loans=list_store.count_loans(conn, uai, loan_store.local_day(conn, uai, self._clock.now())),
                families=families(conn, uai),
                calendar=calendar,
            )

        return self._site.renderer.page(
            request,
            "school/school.html",
            status=refused.status if refused else 200,
            shown=await self._database.read(read),
            place=place,
            refused=refused,
        )
