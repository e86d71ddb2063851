"""Tablets: one search box, filters, orders, pages in both directions, filters that are kept, and the same as CSV."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from aiohttp import web

from mdm.errors import ValiseError
from mdm.fleet.states import STATE_NAMES
from mdm.fleet.tablet import TabletView
from mdm.fleet_view.bulk_actions import ACTIONS, BulkAction
from mdm.fleet_view.filters import NO_FILTER, TabletFilter, parse_filter
from mdm.fleet_view.list_store import COLUMNS, Order
from mdm.fleet_view.lists import parse_order
from mdm.fleet_view.saved_filters import SavedFilter
from mdm.fleet_view.tablet_export import export_tablets
from mdm.i18n import N_
from webui.fleet.speech import Speech
from webui.forms import given_in
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.repairs.places import find_schools
from webui.site import Site
from webui.visitor import visitor_of

_LINES = 50
_FEW_SCHOOLS = 25
FLAGS: Mapping[str, str] = {
    "drifting": N_("Not as agreed"),
    "errors": N_("With a command that failed"),
    "fault": N_("With an open fault"),
    "silent": N_("In use, and not heard of for a month"),
    "storage_low": N_("With little free storage"),
    "battery_low": N_("With less than 20% of battery at the last report"),
    "service": N_("With a battery to be serviced"),
    "spare": N_("In no kit (spares)"),
}
_SORTS: Mapping[str, str] = {
    "name": N_("Name"),
    "seen": N_("Last seen"),
    "battery": N_("Battery"),
    "free": N_("Free storage"),
    "system": N_("System"),
}
_DAYS = (1, 7, 30, 90)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is asked for; ``by`` is empty where nobody chose an order."""

    wanted: TabletFilter
    order: Order
    by: str
    after: str
    before: str

    @property
    def nearest_first(self) -> bool:
        """Tell whether only a text was written: then what is nearest to it comes first."""
        alone = TabletFilter(text=self.wanted.text)
        return bool(self.wanted.text) and self.wanted == alone and not (self.by or self.after or self.before)

    def address(self, path: str = "/tablets", **changed: str) -> str:
        """Return the list's address with something else asked for, from its beginning."""
        way = "down" if self.order.descending else ""
        fields = {"sort": self.by, "direction": way, **changed}
        more = urlencode({name: value for name, value in fields.items() if value})
        query = "&".join(part for part in (self.wanted.query(), more) if part)
        return f"{path}?{query}" if query else path

    def sorted_by(self, column: str) -> str:
        """Return the address of the list in the order of a column; of the column's other direction where it has it."""
        turned = column == self.order.by and not self.order.descending and not self.nearest_first
        return self.address(sort=column, direction="down" if turned else "")

    def sorting(self, column: str) -> str:
        """Return how the list is sorted by a column."""
        if column != self.order.by or self.nearest_first:
            return ""
        return "descending" if self.order.descending else "ascending"


class ListPages:
    """Lists tablets."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._database = site.services.database
        self._view = site.services.fleet_view

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        saved = "/tablets/filters"
        return [
            page("GET", "/tablets", self.show, needs=Action.READ_FLEET),
            page("GET", "/tablets.csv", self.spreadsheet, needs=Action.READ_FLEET),
            page("POST", saved, self.save, needs=Action.READ_FLEET),
            page("POST", f"{saved}/{{filter_id:[0-9a-f]{{32}}}}/delete", self.delete, needs=Action.READ_FLEET),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show tablets; for who writes in the search box, only the list."""
        if "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers:
            return self._site.renderer.part(
                request, "fleet/_tablets_found.html", **await self._found(request, None), is_part=True
            )
        try:
            return await self.answer(request)
        except ValiseError as refused:
            return await self.answer(request, query={}, refused=refused)

    async def answer(
        self, request: web.Request, *, query: Mapping[str, str] | None = None, refused: ValiseError | None = None
    ) -> web.Response:
        """Show tablets with all that they can be chosen by."""
        found = await self._found(request, query)
        return self._site.renderer.page(
            request,
            "fleet/tablets.html",
            status=refused.status if refused else 200,
            refused=refused,
            is_part=False,
            **found,
            **await self._choices(request, found["asked"]),
            push=await self._site.push_warning(),
        )

    async def spreadsheet(self, request: web.Request) -> web.StreamResponse:
        """Give the list as CSV, written while it is read."""
        asked = asked_of(request.query)
        reach = self._site.reach(request, Action.READ_FLEET)
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/csv; charset=utf-8",
                "Content-Disposition": 'attachment; filename="tablets.csv"',
            }
        )
        await response.prepare(request)
        words = visitor_of(request).translate
        async for part in export_tablets(self._view.lists, asked.wanted, reach, asked.order, words):
            await response.write(part)
        await response.write_eof()
        return response

    async def save(self, request: web.Request) -> web.StreamResponse:
        """Keep a filter under a name."""
        given = await given_in(request)
        query = dict(parse_qsl(given.text("query")))
        login = self._site.person(request).login or ""
        before = {one.filter_id for one in await self._view.filters.of(login)}
        try:
            saved = await self._view.filters.save(
                login, given.text("name"), parse_filter(query), shared=given.is_set("shared")
            )
        except ValiseError as refused:
            return await self.answer(request, query=query, refused=refused)
        notice = N_("The filter is kept.")
        if saved.filter_id in before:
            notice = N_("The filter is kept, instead of the one that had this name.")
        raise see_other(f"/tablets?{saved.query}", notice=notice)

    async def delete(self, request: web.Request) -> web.StreamResponse:
        """Forget a filter."""
        login = self._site.person(request).login or ""
        await self._view.filters.delete(login, request.match_info["filter_id"])
        raise see_other("/tablets", notice=N_("The filter was deleted."))

    async def _found(self, request: web.Request, query: Mapping[str, str] | None) -> dict[str, Any]:
        asked = asked_of(request.query if query is None else query)
        reach = self._site.reach(request, Action.READ_FLEET)
        tablets: tuple[TabletView, ...]
        if asked.nearest_first:
            found = await self._view.search.tablets(asked.wanted.text, reach, limit=_LINES)
            tablets = tuple(hit.view for hit in found.hits)
            back, following = "", asked.address(sort="name") if found.more else ""
        else:
            part = await self._view.lists.page(
                asked.wanted, reach, asked.order, after=asked.after, before=asked.before, limit=_LINES
            )
            tablets = part.tablets
            back = asked.address(before=part.previous) if part.previous else ""
            following = asked.address(after=part.next) if part.next else ""
        speech = Speech(visitor_of(request).translate)
        return {
            "asked": asked,
            "tablets": tablets,
            "count": await self._view.lists.count(asked.wanted, reach),
            "back": back,
            "next": following,
            "sorts": _SORTS,
            "actions": self.actions(request),
            "speech": speech,
        }

    def actions(self, request: web.Request) -> list[BulkAction]:
        """Return what whoever asks may do to tablets somewhere."""
        return [action for action in ACTIONS.values() if self._site.may(request, needed(action))]

    async def _choices(self, request: web.Request, asked: Asked) -> dict[str, Any]:
        reach = self._site.reach(request, Action.READ_FLEET)
        schools = await self._database.read(lambda conn: find_schools(conn, reach, "", limit=_FEW_SCHOOLS + 1))
        login = self._site.person(request).login or ""
        saved: list[SavedFilter] = await self._view.filters.of(login) if login else []
        translate = visitor_of(request).translate
        return {
            "login": login,
            "saved": saved,
            "schools": schools if len(schools) <= _FEW_SCHOOLS else [],
            "communes": await self._view.figures.by_commune(reach),
            "models": await self._view.lists.models(),
            "editions": await self._site.services.charter.editions.lines(),
            "states": [(state.value, translate(name)) for state, name in STATE_NAMES.items()],
            "flags": FLAGS,
            "days": _DAYS,
            "is_filtered": asked.wanted not in (NO_FILTER, TabletFilter(text=asked.wanted.text)),
        }


def asked_of(query: Mapping[str, str]) -> Asked:
    """Return what a query asks for; raise `FilterInvalid`."""
    by = query.get("sort", "") if query.get("sort", "") in COLUMNS else ""
    return Asked(
        wanted=parse_filter({name: value.replace("\0", "") for name, value in query.items()}),
        order=parse_order(query.get("sort", ""), query.get("direction", "")),
        by=by,
        after=query.get("after", ""),
        before=query.get("before", ""),
    )


def needed(action: BulkAction) -> Action:
    """Return what somebody must be allowed to, to let an action be done."""
    return Action.COMMAND_TABLETS if action.is_command else Action.EDIT_FLEET
