"""The fleet at a glance: what needs attention first, figures as plots, the map, and every school."""

from typing import Any
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from mdm.fleet.insee import parse_insee
from mdm.fleet.reach import Reach
from mdm.fleet.states import TabletState
from mdm.fleet.tablet import TabletView
from mdm.fleet_view.attention import LastError, last_errors
from mdm.fleet_view.figures import Figures
from mdm.fleet_view.filters import TabletFilter
from mdm.fleet_view.glance_charts import (
    communes_map,
    days_chart,
    seen_chart,
    states_chart,
    systems_chart,
)
from mdm.fleet_view.list_store import Order
from mdm.fleet_view.school_list import ORDERS, school_lines
from mdm.store import Connection, Event
from webui.fleet.glance_charts import condition_charts
from webui.fleet.places import within_commune
from webui.live import Parts
from webui.pages import page
from webui.permissions import Action
from webui.site import Site
from webui.visitor import visitor_of

_EXAMPLES = 5
_SCHOOLS = 25
_CALM_MS = 30_000
_PARTS = ("asof", "attention", "charts", "map", "schools")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the page is asked for; ``commune`` is an INSEE code or empty."""

    commune: str
    sort: str
    after: str
    before: str

    def address(self, **changed: str) -> str:
        """Return the query of the page with something else asked for."""
        fields = {"commune": self.commune, "sort": self.sort if self.sort != "name" else "", **changed}
        return "/fleet?" + urlencode({name: value for name, value in fields.items() if value})


class Concern(msgspec.Struct, frozen=True, kw_only=True):
    """Something to look at: ``name``, how many tablets, the first of them, and the list's query."""

    name: str
    count: int
    query: str
    tablets: tuple[TabletView, ...]


class GlancePages:
    """Shows the fleet."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._database = site.services.database
        self._view = site.services.fleet_view

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/fleet", self.show, needs=Action.READ_FLEET),
            page("GET", "/fleet/events", self.follow, needs=Action.READ_FLEET),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show the fleet as it was counted last."""
        return self._site.renderer.page(
            request,
            "fleet/glance.html",
            **await self._values(request),
            push=await self._site.push_warning(),
            imports=self._site.reach(request, Action.EDIT_FLEET).everything,
        )

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send what was counted anew, at a calm pace."""
        visitor, clock = visitor_of(request), self._site.services.clock
        sent = clock.ms()

        async def render() -> Parts:
            nonlocal sent
            sent = clock.ms()
            values = await self._values(request)
            return {
                f"glance-{name}": self._site.renderer.fragment(
                    visitor.translate, f"fleet/_glance_{name}.html", **values
                )
                for name in _PARTS
            }

        def concerns(_event: Event) -> bool:
            return clock.ms() - sent >= _CALM_MS

        return await self._site.follow(request, render, concerns, topics=("figures",))

    async def _values(self, request: web.Request) -> dict[str, Any]:
        asked, words = _asked(request), visitor_of(request).translate
        whole = self._site.reach(request, Action.READ_FLEET)
        reach = whole
        if asked.commune:
            reach = await self._database.read(lambda conn: within_commune(conn, whole, asked.commune))
        glance = await self._view.figures.glance(reach)
        communes = await self._view.figures.by_commune(whole)
        lines = await self._database.read(
            lambda conn: school_lines(
                conn, reach, sort=asked.sort, after=asked.after, before=asked.before, limit=_SCHOOLS
            )
        )
        concerns = await self._concerns(glance.figures, reach, asked.commune)
        failed = [one.tablet.tablet_id for concern in concerns if concern.name == "errors" for one in concern.tablets]
        charts = (
            states_chart(glance.figures, words),
            *condition_charts(glance.figures, words),
            seen_chart(glance.figures, words),
            systems_chart(glance.systems, words),
            *((days_chart(glance.days, words),) if len(glance.days) > 1 else ()),
        )
        return {
            "asked": asked,
            "commune": next((one.name for one in communes if one.place == asked.commune), asked.commune),
            "glance": glance,
            "charts": charts,
            "map": communes_map(
                communes, await self._view.geography.places(), words, href=lambda insee: f"/fleet?commune={insee}"
            ),
            "has_map": len(communes) > 1,
            "lines": lines,
            "orders": ORDERS,
            "concerns": concerns,
            "errors": await self._errors(failed),
        }

    async def _concerns(self, figures: Figures, reach: Reach, insee: str) -> list[Concern]:
        gone = figures.states
        wanted = (
            ("errors", figures.errors, TabletFilter(errors=True)),
            ("lost", gone.get(TabletState.LOST, 0), TabletFilter(state=TabletState.LOST)),
            ("unseen", figures.seen_longer + figures.seen_never, TabletFilter(silent=True)),
            ("broken", gone.get(TabletState.BROKEN, 0), TabletFilter(state=TabletState.BROKEN)),
            ("drifting", figures.drifting, TabletFilter(drifting=True)),
            ("storage", figures.storage_low, TabletFilter(storage_low=True)),
            ("service", figures.health_service, TabletFilter(service=True)),
        )
        found = []
        for name, count, chosen in wanted:
            if not count:
                continue
            narrow = msgspec.structs.replace(chosen, insee=insee)
            if chosen.silent:
                # The figures count those too that nobody expects to hear of.
                count = await self._view.lists.count(narrow, reach)
                if not count:
                    continue
            shown = await self._view.lists.page(narrow, reach, Order(by="seen"), limit=_EXAMPLES)
            found.append(Concern(name=name, count=count, query=narrow.query(), tablets=shown.tablets))
        return found

    async def _errors(self, tablets: list[str]) -> dict[str, LastError]:
        def read(conn: Connection) -> dict[str, LastError]:
            return last_errors(conn, tablets)

        return await self._database.read(read)


def _asked(request: web.Request) -> Asked:
    query = request.query
    commune = query.get("commune", "").strip()
    sort = query.get("sort", "")
    return Asked(
        commune=parse_insee(commune) if commune else "",
        sort=sort if sort in ORDERS else "name",
        after=query.get("after", ""),
        before=query.get("before", ""),
    )
