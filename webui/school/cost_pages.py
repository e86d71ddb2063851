"""Costs for the authority: a year's statement, who bears what, purchases, and the renewals that come."""

import asyncio

from aiohttp import web

from mdm.errors import ValiseError
from mdm.fleet.territory_store import list_communes
from profiles.costs.costs import Costs
from profiles.costs.money import euros
from profiles.costs.renewal_plot import plot_renewals
from profiles.costs.renewals import Renewals
from profiles.costs.sharing import AUTHORITY
from webui.errors import PageNotFound
from webui.pages import page
from webui.permissions import Action
from webui.site import Site
from webui.visitor import visitor_of

_OLDEST, _LATEST = 2000, 2100


class CostPages:
    """Pages about costs."""

    def __init__(self, site: Site) -> None:
        services = site.services
        self._site = site
        self._database = services.database
        self._clock = services.clock
        self._costs = Costs(services.database, services.clock, services.journal)
        self._renewals = Renewals(services.database, services.clock, services.journal)
        self._authority = services.settings.enrollment.organization

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/costs", self.this_year, needs=Action.READ_COSTS),
            page("GET", "/costs/renewals.svg", self.plot, needs=Action.READ_COSTS),
            page("GET", "/costs/{year:[0-9]{4}}", self.year, needs=Action.READ_COSTS),
            page("GET", "/costs/{year:[0-9]{4}}.csv", self.export, needs=Action.READ_COSTS),
        ]

    async def this_year(self, request: web.Request) -> web.Response:
        """Show this year."""
        return await self._page(request, self._clock.now().year)

    async def year(self, request: web.Request) -> web.Response:
        """Show a year."""
        return await self._page(request, _year(request))

    async def plot(self, request: web.Request) -> web.Response:
        """Draw the renewals of the whole territory."""
        named = await self._renewals.forecast()
        words = visitor_of(request).translate
        drawn = await asyncio.to_thread(plot_renewals, named.forecast, named.schools, words)
        return web.Response(text=drawn, content_type="image/svg+xml")

    async def export(self, request: web.Request) -> web.Response:
        """Give a year's statement as the accountant's file."""
        year, words = _year(request), visitor_of(request).translate
        actor = self._site.person(request).actor
        body = await self._costs.export(year, authority=self._authority, words=words, actor=actor)
        response = web.Response(body=body, content_type="text/csv", charset="utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="costs-{year}.csv"'
        return response

    async def _page(self, request: web.Request, year: int) -> web.Response:
        statement, why = None, None
        try:
            statement = await self._costs.statement(year)
        except ValiseError as refused:
            why = refused
        communes = {one.insee: one.name for one in await self._database.read(list_communes)}
        shares = [
            (communes.get(insee, self._authority if insee == AUTHORITY else insee), cents)
            for insee, cents in (statement.by_commune() if statement else {}).items()
        ]
        language = visitor_of(request).translate.lang
        return self._site.renderer.page(
            request,
            "school/costs.html",
            year=year,
            this_year=self._clock.now().year,
            statement=statement,
            why=why,
            shares=shares,
            purchases=[one for one in await self._costs.purchases() if not one.withdrawn],
            euros=lambda cents: euros(cents, language),
        )


def _year(request: web.Request) -> int:
    year = int(request.match_info["year"])
    if not _OLDEST <= year <= _LATEST:
        raise PageNotFound
    return year
