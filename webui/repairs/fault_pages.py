"""Faults for those who read them: the list with its filters and figures, a fault, its photos, the spreadsheet."""

from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from mdm.clock import DAY_MS
from mdm.repairs.fault import FaultFigures, FaultFilter, FaultKind, FaultPage
from mdm.repairs.fault_states import FaultState
from mdm.store import Event
from webui.live import Parts
from webui.pages import page
from webui.permissions import Action
from webui.repairs.fault_sheet import FaultSheet
from webui.repairs.places import FoundSchool, find_schools, places_meant
from webui.repairs.where import at_fault
from webui.site import Site
from webui.visitor import visitor_of

FAULT = "/faults/{fault_id:[0-9a-f]{32}}"
EVERY = "all"
_LINES = 40
_FIGURES_MS = 365 * DAY_MS
_SCHOOLS_TO_CHOOSE = 25
Named = TypeVar("Named", bound=StrEnum)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is asked for. ``state``: a state, ``all``, or empty for all that are under way."""

    state: str
    kind: FaultKind | None
    school: str
    after: str

    def address(self, **changed: str) -> str:
        """Return the query of the list with something else asked for, from its beginning."""
        fields = {"state": self.state, "kind": self.kind or "", "school": self.school, "after": "", **changed}
        return urlencode({name: value for name, value in fields.items() if value})


class FaultList(msgspec.Struct, frozen=True, kw_only=True):
    """What the list's page shows. ``figures`` are of a year; ``schools`` are there where few are reached."""

    found: FaultPage
    counts: dict[FaultState, int]
    figures: FaultFigures
    schools: tuple[FoundSchool, ...]


class FaultPages:
    """Shows faults."""

    def __init__(self, site: Site, sheet: FaultSheet) -> None:
        self._site = site
        self._sheet = sheet
        self._faults = site.services.repair.faults

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/faults", self.list, needs=Action.READ_FAULTS),
            page("GET", "/faults/events", self.follow_list, needs=Action.READ_FAULTS),
            page("GET", "/faults.csv", self.spreadsheet, needs=Action.READ_FAULTS),
            page("GET", FAULT, self.show, needs=Action.READ_FAULTS),
            page("GET", f"{FAULT}/events", self.follow, needs=Action.READ_FAULTS),
            page("GET", f"{FAULT}/photos/{{digest:[0-9a-f]{{64}}}}.jpg", self.photo, needs=Action.READ_FAULTS),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """Show faults, the newest first."""
        return self._site.renderer.page(request, "repairs/faults.html", **await self._listed(request))

    async def follow_list(self, request: web.Request) -> web.StreamResponse:
        """Send the list as it changes."""
        visitor = visitor_of(request)

        async def render() -> Parts:
            values = await self._listed(request)
            return {
                f"faults-{name}": self._site.renderer.fragment(
                    visitor.translate, f"repairs/_faults_{name}.html", **values
                )
                for name in ("counts", "list", "figures")
            }

        return await self._site.follow(request, render, lambda _: True, topics=("fault",))

    async def spreadsheet(self, request: web.Request) -> web.Response:
        """Give the faults that are asked for as CSV, without words and persons."""
        chosen = await self._chosen(request, _asked(request))
        body = await self._faults.export(chosen, visitor_of(request).translate)
        return csv_file(body, "faults.csv")

    async def show(self, request: web.Request) -> web.Response:
        """Show a fault."""
        fault_id = request.match_info["fault_id"]
        await at_fault(self._site, request, Action.READ_FAULTS, fault_id)
        return await self._sheet.page(request, fault_id)

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send the parts of a fault's page as they change."""
        fault_id = request.match_info["fault_id"]
        await at_fault(self._site, request, Action.READ_FAULTS, fault_id)
        tablet_id = (await self._faults.show(fault_id)).line.fault.tablet_id

        async def render() -> Parts:
            return await self._sheet.parts(request, fault_id)

        def concerns(event: Event) -> bool:
            return event.key in (fault_id, tablet_id)

        return await self._site.follow(request, render, concerns, topics=("fault", "tablet"))

    async def photo(self, request: web.Request) -> web.Response:
        """Give a photo, to those who may see the fault."""
        fault_id = request.match_info["fault_id"]
        await at_fault(self._site, request, Action.READ_FAULTS, fault_id)
        body = await self._faults.photo(fault_id, request.match_info["digest"])
        return web.Response(body=body, content_type="image/jpeg")

    async def _listed(self, request: web.Request) -> dict[str, Any]:
        asked = _asked(request)
        chosen = await self._chosen(request, asked)
        every = msgspec.structs.replace(chosen, state=None, under_way=True)
        since = self._site.services.clock.ms() - _FIGURES_MS
        reach = self._site.reach(request, Action.READ_FAULTS)
        found = FaultList(
            found=await self._faults.list(chosen, after=asked.after, limit=_LINES),
            counts=await self._faults.counts(every),
            figures=await self._faults.figures(
                msgspec.structs.replace(chosen, state=None, under_way=False, since=since)
            ),
            schools=tuple(
                await self._site.services.database.read(
                    lambda conn: find_schools(conn, reach, "", limit=_SCHOOLS_TO_CHOOSE + 1)
                )
            ),
        )
        return {
            "asked": asked,
            "listed": found,
            "few_schools": len(found.schools) <= _SCHOOLS_TO_CHOOSE,
            "kinds": tuple(FaultKind),
            "speech": self._sheet.speech(request),
            "next": f"/faults?{asked.address(after=found.found.next)}" if found.found.next else "",
            "first": f"/faults?{asked.address()}" if asked.after else "",
            "every": EVERY,
        }

    async def _chosen(self, request: web.Request, asked: Asked) -> FaultFilter:
        reach = self._site.reach(request, Action.READ_FAULTS)
        places = await self._site.services.database.read(lambda conn: places_meant(conn, reach, asked.school))
        return FaultFilter(
            state=_named(FaultState, asked.state),
            under_way=not asked.state,
            kind=asked.kind,
            schools=places.schools,
            kits=places.kits,
        )


def csv_file(body: bytes, name: str) -> web.Response:
    """Return a spreadsheet to keep."""
    return web.Response(
        body=body,
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _asked(request: web.Request) -> Asked:
    query = request.query
    state = query.get("state", "")
    return Asked(
        state=state if state == EVERY or _named(FaultState, state) else "",
        kind=_named(FaultKind, query.get("kind", "")),
        school=query.get("school", "").replace("\0", "")[:100].strip(),
        after=query.get("after", "") if _is_identifier(query.get("after", "")) else "",
    )


def _is_identifier(text: str) -> bool:
    return len(text) == 32 and all(character in "0123456789abcdef" for character in text)


def _named(kind: type[Named], text: str) -> Named | None:
    return kind(text) if text in {one.value for one in kind} else None
