"""Inventories on pages: begun for a school or a kit, scanned into by several at once, closed, kept as a spreadsheet."""

from itertools import groupby
from typing import Any

import msgspec
from aiohttp import web

from mdm.errors import ValiseError
from mdm.i18n import N_
from mdm.repairs.inventory.inventory import VERDICT_NAMES, InventoryView, Scan, Unseen, Verdict
from mdm.store import Event
from webui.errors import NothingChosen
from webui.forms import given_in, query_of
from webui.live import Parts
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.repairs.errors import NoPlaceChosen
from webui.repairs.fault_pages import csv_file
from webui.repairs.inventory_list_store import LINES, InventoryLine, list_in_reach
from webui.repairs.places import FoundKit, FoundSchool, find_kits, find_schools
from webui.repairs.where import at_inventory
from webui.scopes import Place
from webui.site import Site
from webui.visitor import visitor_of

_INVENTORY = "/inventory/{inventory_id:[0-9a-f]{32}}"
_SHOWN_SCANS = 12
_SHOWN_MISSING = 100
_TONES = {Verdict.RIGHT: "good", Verdict.SPARE: "care", Verdict.ELSEWHERE: "care", Verdict.EMPTY: "care"}


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """An inventory as its page shows it: ``by_kit`` are the numbers that were not seen yet, kit by kit."""

    view: InventoryView
    scans: tuple[Scan, ...]
    place: Place

    @property
    def by_kit(self) -> list[tuple[str, list[int]]]:
        """What is missing, by the kit's name."""
        return [
            (name, [one.slot_number for one in group])
            for name, group in groupby(self.view.missing, key=lambda one: one.kit_name)
        ]

    @property
    def misplaced(self) -> int:
        """How many belong to another kit, or to none."""
        counts = self.view.counts
        return counts[Verdict.ELSEWHERE] + counts[Verdict.SPARE] + counts[Verdict.RETIRED]

    @property
    def unknown(self) -> int:
        """How many codes name no tablet."""
        return self.view.counts[Verdict.UNKNOWN] + self.view.counts[Verdict.EMPTY]

    @property
    def not_lost_yet(self) -> list[Unseen]:
        """What is missing and was not declared lost."""
        return [one for one in self.view.missing if one.lost_at is None]


class InventoryPages:
    """Takes inventories."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._database = site.services.database
        self._inventories = site.services.repair.inventories

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        take = Action.TAKE_INVENTORY
        return [
            page("GET", "/inventory", self.list, needs=take),
            page("POST", "/inventory", self.begin, needs=take),
            page("GET", _INVENTORY, self.show, needs=take),
            page("GET", f"{_INVENTORY}/events", self.follow, needs=take),
            page("GET", f"{_INVENTORY}/inventory.csv", self.spreadsheet, needs=take),
            page("POST", f"{_INVENTORY}/scan", self.scan, needs=take),
            page("POST", f"{_INVENTORY}/close", self.close, needs=take),
            page("POST", f"{_INVENTORY}/lost", self.declare_lost, needs=Action.DECLARE_LOST),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """Show what can be counted, and the inventories that are open or over."""
        return await self._listed(request)

    async def begin(self, request: web.Request) -> web.StreamResponse:
        """Open an inventory of a school or a kit, or join the one that is open."""
        given = await given_in(request)
        kit_id, uai = given.text("kit"), given.text("school")
        actor = self._site.person(request).actor
        try:
            if kit_id:
                await self._site.at_kit(request, Action.TAKE_INVENTORY, kit_id)
                opened = await self._inventories.open_kit(kit_id, actor=actor)
            elif uai:
                await self._site.at_school(request, Action.TAKE_INVENTORY, uai)
                opened = await self._inventories.open_school(uai, actor=actor)
            else:
                raise NoPlaceChosen
        except NoPlaceChosen as refused:
            return await self._listed(request, refused=refused)
        raise see_other(f"/inventory/{opened.inventory_id}")

    async def show(self, request: web.Request) -> web.Response:
        """Show an inventory."""
        return await self._page(request)

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send the tally as people scan."""
        inventory_id, visitor = request.match_info["inventory_id"], visitor_of(request)
        count = await self._count(request)

        async def render() -> Parts:
            now = await self._read(inventory_id, count.place)
            values = {"count": now, **self._values(request, now), **self._said(None, None)}
            return {
                f"inventory-{name}": self._site.renderer.fragment(
                    visitor.translate, f"repairs/_inventory_{name}.html", **values
                )
                for name in ("tally", "missing", "others", "scans")
            }

        def concerns(event: Event) -> bool:
            return event.key == inventory_id

        return await self._site.follow(request, render, concerns, topics=("inventory",))

    async def spreadsheet(self, request: web.Request) -> web.Response:
        """Give an inventory as CSV."""
        inventory_id = request.match_info["inventory_id"]
        await at_inventory(self._site, request, Action.TAKE_INVENTORY, inventory_id)
        body = await self._inventories.export(inventory_id, visitor_of(request).translate)
        return csv_file(body, "inventory.csv")

    async def scan(self, request: web.Request) -> web.StreamResponse:
        """Count what was scanned or typed; a script is answered with what is said of it alone."""
        inventory_id = request.match_info["inventory_id"]
        await at_inventory(self._site, request, Action.TAKE_INVENTORY, inventory_id)
        given = await given_in(request)
        scan: Scan | None = None
        refused: ValiseError | None = None
        try:
            scan = await self._inventories.scan(
                inventory_id, given.text("code"), actor=self._site.person(request).actor
            )
        except ValiseError as error:
            refused = error
        if request.headers.get("X-Requested-With") == "fetch":
            answer = self._site.renderer.part(request, "repairs/_scanned.html", **self._said(scan, refused))
            answer.set_status(refused.status if refused else 200)
            return answer
        return await self._page(request, scan=scan, refused=refused)

    async def close(self, request: web.Request) -> web.StreamResponse:
        """End the scanning."""
        inventory_id = request.match_info["inventory_id"]
        await at_inventory(self._site, request, Action.TAKE_INVENTORY, inventory_id)
        await self._inventories.close(inventory_id, actor=self._site.person(request).actor)
        raise see_other(f"/inventory/{inventory_id}", notice=N_("The inventory is closed."))

    async def declare_lost(self, request: web.Request) -> web.StreamResponse:
        """Declare lost what is missing: all of it, or what was ticked."""
        inventory_id = request.match_info["inventory_id"]
        await at_inventory(self._site, request, Action.TAKE_INVENTORY, inventory_id)
        await at_inventory(self._site, request, Action.DECLARE_LOST, inventory_id)
        given = await given_in(request)
        chosen = None if given.text("which") == "all" else given.every("tablet")
        try:
            if chosen is not None and not chosen:
                raise NothingChosen
            await self._inventories.declare_lost(inventory_id, tablets=chosen, actor=self._site.person(request).actor)
        except ValiseError as refused:
            return await self._page(request, refused=refused, at="lost")
        raise see_other(f"/inventory/{inventory_id}", notice=N_("Declared lost: each is in the list of faults now."))

    async def _listed(self, request: web.Request, *, refused: ValiseError | None = None) -> web.Response:
        query = query_of(request)
        words, after = query.text("words")[:100], query.text("after")[:32]
        reach = self._site.reach(request, Action.TAKE_INVENTORY)
        schools: list[FoundSchool] = []
        kits: list[FoundKit] = []
        under_way: list[InventoryLine] = []
        if not after:
            schools = await self._database.read(lambda conn: find_schools(conn, reach, words))
            kits = await self._database.read(lambda conn: find_kits(conn, reach, words))
            under_way = await self._database.read(lambda conn: list_in_reach(conn, reach, is_open=True))
        over = await self._database.read(lambda conn: list_in_reach(conn, reach, is_open=False, after=after))
        return self._site.renderer.page(
            request,
            "repairs/inventories.html",
            status=refused.status if refused else 200,
            refused=refused,
            words=words,
            after=after,
            schools=[one for one in schools if one.whole],
            kits=kits,
            under_way=under_way[:LINES],
            over=over[:LINES],
            next=f"/inventory?after={over[LINES - 1].inventory_id}" if len(over) > LINES else "",
        )

    async def _page(
        self,
        request: web.Request,
        *,
        scan: Scan | None = None,
        refused: ValiseError | None = None,
        at: str = "scan",
    ) -> web.Response:
        count = await self._count(request)
        return self._site.renderer.page(
            request,
            "repairs/inventory.html",
            status=refused.status if refused else 200,
            count=count,
            at=at,
            may_lose=self._site.may(request, Action.DECLARE_LOST, count.place),
            most=_SHOWN_MISSING,
            **self._said(scan, refused),
            **self._values(request, count),
        )

    def _values(self, request: web.Request, count: Count) -> dict[str, Any]:
        return {
            "view": count.view,
            "inventory": count.view.inventory,
            "address": f"/inventory/{count.view.inventory.inventory_id}",
            "reads_fleet": self._site.may(request, Action.READ_FLEET, count.place),
        }

    def _said(self, scan: Scan | None, refused: ValiseError | None) -> dict[str, Any]:
        return {"scan": scan, "refused": refused, "verdicts": VERDICT_NAMES, "tones": _TONES}

    async def _count(self, request: web.Request) -> Count:
        inventory_id = request.match_info["inventory_id"]
        place = await at_inventory(self._site, request, Action.TAKE_INVENTORY, inventory_id)
        return await self._read(inventory_id, place)

    async def _read(self, inventory_id: str, place: Place) -> Count:
        return Count(
            view=await self._inventories.show(inventory_id),
            scans=await self._inventories.scans(inventory_id, limit=_SHOWN_SCANS),
            place=place,
        )
