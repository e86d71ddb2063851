"""The pool of spares: counted, found, given a place, put into a kit, taken back out of one."""

from typing import Any
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from mdm.errors import ValiseError
from mdm.fleet.kit_store import slot_of_tablet
from mdm.fleet.search import Search
from mdm.fleet.tablet import Platform, TabletView
from mdm.fleet.tablet_store import tablet_view
from mdm.i18n import N_
from mdm.repairs import spare_store
from mdm.repairs.errors import NotASpare
from mdm.repairs.spare_store import SpareCount, SparePage
from mdm.repairs.tablet_effects import SPARE_STATES
from mdm.store import Connection, Event
from webui.forms import NOTHING, Given, given_in, query_of
from webui.live import Parts
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.repairs.errors import MovedMeanwhile, NoPlaceChosen
from webui.repairs.fault_sheet import FaultSheet
from webui.repairs.places import FoundKit, find_kits
from webui.site import Site
from webui.visitor import visitor_of

_SPARE = "/spares/{tablet_id:[0-9a-f]{32}}"
_LINES = 60
_FOUND = 20


class Pool(msgspec.Struct, frozen=True, kw_only=True):
    """What the pool's page shows."""

    counts: tuple[SpareCount, ...]
    spares: SparePage
    platform: str
    model: str

    @property
    def free(self) -> int:
        """How many spares are not put aside."""
        return sum(one.spares - one.reserved for one in self.counts)


class SparePages:
    """Shows the pool and changes it. A spare lies in no place: whoever manages faults anywhere uses the pool."""

    def __init__(self, site: Site, sheet: FaultSheet) -> None:
        self._site = site
        self._sheet = sheet
        self._spares = site.services.repair.spares
        self._search = Search(site.services.database)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        manage = Action.MANAGE_FAULTS
        return [
            page("GET", "/spares", self.list, needs=manage),
            page("GET", "/spares/events", self.follow, needs=manage),
            page("GET", "/spares/return", self.choose_to_return, needs=manage),
            page("POST", "/spares/return", self.give_back, needs=manage),
            page("GET", _SPARE, self.show, needs=manage),
            page("POST", f"{_SPARE}/place", self.place, needs=manage),
            page("POST", f"{_SPARE}/take", self.take, needs=manage),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """Show the pool by name, counted by model."""
        pool = await self._pool(request)
        query = {"platform": pool.platform, "model": pool.model, "after": pool.spares.next}
        return self._site.renderer.page(
            request,
            "repairs/spares.html",
            pool=pool,
            after=request.query.get("after", ""),
            next=f"/spares?{urlencode(query)}" if pool.spares.next else "",
        )

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send the pool as it changes."""
        visitor = visitor_of(request)
        shown = set[str]()

        async def render() -> Parts:
            pool = await self._pool(request)
            shown.update(one.tablet_id for one in pool.spares.spares)
            return {
                "spares-counts": self._site.renderer.fragment(
                    visitor.translate, "repairs/_spares_counts.html", pool=pool
                ),
                "spares-list": self._site.renderer.fragment(visitor.translate, "repairs/_spares_list.html", pool=pool),
            }

        def concerns(event: Event) -> bool:
            return event.topic == "fault" or event.key in shown

        return await self._site.follow(request, render, concerns, topics=("tablet", "fault"))

    async def show(self, request: web.Request) -> web.Response:
        """Show one spare: where it is kept, and the kits that have an empty place for it."""
        return await self._spare(request)

    async def place(self, request: web.Request) -> web.StreamResponse:
        """Note where a spare is kept."""
        tablet_id, given = request.match_info["tablet_id"], await given_in(request)
        try:
            await self._spares.place(tablet_id, given.text("place"), actor=self._site.person(request).actor)
        except ValiseError as refused:
            return await self._spare(request, at="place", refused=refused, given=given)
        raise see_other("/spares", notice=N_("Noted where the spare is kept."))

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Put a spare into an empty place of a kit."""
        tablet_id, given = request.match_info["tablet_id"], await given_in(request)
        try:
            kit_id, number = _slot(given)
            await self._site.at_kit(request, Action.MANAGE_FAULTS, kit_id)
            await self._spares.take(
                tablet_id, kit_id=kit_id, slot_number=number, actor=self._site.person(request).actor
            )
        except ValiseError as refused:
            return await self._spare(request, at="take", refused=refused, given=given)
        raise see_other(f"/kits/{kit_id}", notice=N_("Done: the spare is in the kit."))

    async def choose_to_return(self, request: web.Request) -> web.Response:
        """Find the tablet that leaves its kit for the pool."""
        return await self._returning(request)

    async def give_back(self, request: web.Request) -> web.StreamResponse:
        """Take a tablet out of its kit into the pool."""
        given = await given_in(request)
        try:
            kit_id, number = _slot(given)
            await self._site.at_kit(request, Action.MANAGE_FAULTS, kit_id)
            await self._require_there(given.text("tablet"), kit_id, number)
            await self._spares.give_back(
                kit_id, number, place=given.text("place"), actor=self._site.person(request).actor
            )
        except ValiseError as refused:
            return await self._returning(request, refused=refused, given=given)
        raise see_other("/spares", notice=N_("Done: the tablet is in the pool."))

    async def _require_there(self, tablet_id: str, kit_id: str, number: int) -> None:
        """Check that the tablet that was shown is the one that leaves; raise `MovedMeanwhile`."""
        slot = await self._site.services.database.read(lambda conn: slot_of_tablet(conn, tablet_id))
        if slot is None or (slot.kit_id, slot.number) != (kit_id, number):
            raise MovedMeanwhile

    async def _pool(self, request: web.Request) -> Pool:
        query = query_of(request)
        platform = query.text("platform")
        known = next((one for one in Platform if one == platform), None)
        model = query.text("model")[:100]
        return Pool(
            counts=await self._spares.counts(),
            spares=await self._spares.list(platform=known, model=model, after=query.text("after"), limit=_LINES),
            platform=known or "",
            model=model,
        )

    async def _spare(
        self, request: web.Request, *, at: str = "", refused: ValiseError | None = None, given: Given = NOTHING
    ) -> web.Response:
        tablet_id = request.match_info["tablet_id"]
        words = given.text("words") or query_of(request).text("words")[:100]
        reach = self._site.reach(request, Action.MANAGE_FAULTS)

        def read(conn: Connection) -> tuple[TabletView, str | None, str, list[FoundKit]]:
            view = tablet_view(conn, tablet_id)
            if view.place is not None or view.tablet.state not in SPARE_STATES:
                raise NotASpare(tablet=view.tablet.serial or view.tablet.name)
            kits = find_kits(conn, reach, words, free_for=view.tablet.platform)
            return view, spare_store.reserved_for(conn, tablet_id), _kept(conn, tablet_id), kits

        view, reserved_for, kept, kits = await self._site.services.database.read(read)
        return self._site.renderer.page(
            request,
            "repairs/spare.html",
            status=refused.status if refused else 200,
            refused=refused,
            at=at,
            given=given,
            view=view,
            tablet=view.tablet,
            reserved_for=reserved_for,
            kept=kept,
            kits=kits,
            words=words,
        )

    async def _returning(
        self, request: web.Request, *, refused: ValiseError | None = None, given: Given = NOTHING
    ) -> web.Response:
        words = given.text("words") or query_of(request).text("words")[:100]
        reach = self._site.reach(request, Action.MANAGE_FAULTS)
        found = await self._search.tablets(words, reach, limit=_FOUND)
        values: dict[str, Any] = {"found": [hit.view for hit in found.hits if hit.view.place is not None]}
        return self._site.renderer.page(
            request,
            "repairs/return.html",
            status=refused.status if refused else 200,
            refused=refused,
            given=given,
            words=words,
            more=found.more,
            **values,
        )


def _kept(conn: Connection, tablet_id: str) -> str:
    row = conn.one("SELECT place FROM spare_place WHERE tablet_id = :tablet_id", tablet_id=tablet_id)
    return row["place"] if row is not None else ""


def _slot(given: Given) -> tuple[str, int]:
    """Return the kit and the number that a button or a choice names; raise `NoPlaceChosen`."""
    kit_id, _, number = given.text("slot").partition("/")
    if len(kit_id) != 32 or not number.isascii() or not number.isdigit() or len(number) > 3:
        raise NoPlaceChosen
    return kit_id, int(number)
