"""The list of kits, the live page of a kit, and the codes that its tablets scan."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from itertools import groupby

from aiohttp import web

from enrollment.kit_codes import KitCode, KitCodes
from mdm.android.held import Choice, Doubts, HeldTablets, doubts
from mdm.fleet.errors import KitUnknown
from mdm.fleet.fleet import Fleet
from mdm.fleet.kit import KitView
from mdm.fleet.tablet import Platform
from mdm.store import Database, Event
from webui.errors import KitNotShown, NoTicket, SlotNotShown
from webui.live import LiveStreams, Parts
from webui.rendering import PushWarning, Renderer
from webui.sessions import Sessions
from webui.visitor import Visitor, visitor_of

_CHOICES: Mapping[str, Choice] = {"refuse": "refuse", "replace": "replace", "elsewhere": "elsewhere"}


class KitPages:
    """Pages about kits. ``push`` tells how the push certificate stands."""

    def __init__(
        self,
        fleet: Fleet,
        codes: KitCodes,
        database: Database,
        held: HeldTablets,
        sessions: Sessions,
        renderer: Renderer,
        live: LiveStreams,
        push: Callable[[], Awaitable[PushWarning]],
        *,
        ticket_hours: int,
    ) -> None:
        self._fleet = fleet
        self._codes = codes
        self._database = database
        self._held = held
        self._sessions = sessions
        self._renderer = renderer
        self._live = live
        self._push = push
        self._lifetime = timedelta(hours=ticket_hours)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        kit = "/kits/{kit_id:[0-9a-f]{32}}"
        return [
            web.get("/", self.list),
            web.get(kit, self.show),
            web.get(f"{kit}/events", self.follow),
            web.post(f"{kit}/code", self.make_code),
            web.post(f"{kit}/held/{{held:[0-9a-z-]{{1,40}}}}", self.settle_held),
            web.get(f"{kit}/qr.{{form:svg|png}}", self.kit_picture),
            web.get(f"{kit}/slots/{{number:[0-9]{{1,3}}}}", self.show_slot),
            web.post(f"{kit}/slots/{{number:[0-9]{{1,3}}}}/code", self.make_slot_code),
            web.get(f"{kit}/slots/{{number:[0-9]{{1,3}}}}/qr.{{form:svg|png}}", self.slot_picture),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """Show every kit under its school."""
        kits = sorted(await self._fleet.kits(), key=lambda one: (one.school_name, one.kit.uai, one.kit.name))
        schools = [
            (name, uai, list(group))
            for (name, uai), group in groupby(kits, key=lambda one: (one.school_name, one.kit.uai))
        ]
        return self._renderer.page(request, "kits.html", schools=schools, push=await self._push())

    async def show(self, request: web.Request) -> web.Response:
        """Show a kit with its code and its slots."""
        view = await self._view(request)
        wifi = _wants_wifi(request)
        code = await self._codes.shown(view.kit.kit_id, wifi=wifi)
        found = await self._doubts(view)
        push = await self._push()
        return self._renderer.page(request, "kit.html", view=view, code=code, doubts=found, wifi=wifi, push=push)

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send the parts of a kit's page as they change."""
        view = await self._view(request)
        kit_id, visitor = view.kit.kit_id, visitor_of(request)
        tablets = {slot.tablet_id for slot in view.slots}

        async def render() -> Parts:
            now = await self._fleet.kit(kit_id)
            tablets.update(slot.tablet_id for slot in now.slots)
            return self._parts(visitor, now, await self._doubts(now))

        def concerns(event: Event) -> bool:
            return event.key == kit_id if event.topic == "kit" else event.key in tablets

        return await self._live.serve(request, render, concerns, self._stays(visitor))

    async def make_code(self, request: web.Request) -> web.StreamResponse:
        """Make a new code for the kit; the one before is withdrawn."""
        view = await self._view(request)
        await self._codes.codes(view.kit.kit_id, slots=False, lifetime=self._lifetime, actor=_actor(request))
        raise web.HTTPSeeOther(f"/kits/{view.kit.kit_id}")

    async def make_slot_code(self, request: web.Request) -> web.StreamResponse:
        """Make a new code for one slot, to bring a tablet back into it."""
        view = await self._view(request)
        number = _number(request, view)
        await self._codes.slot_code(view.kit.kit_id, number, lifetime=self._lifetime, actor=_actor(request))
        raise web.HTTPSeeOther(f"/kits/{view.kit.kit_id}/slots/{number}")

    async def show_slot(self, request: web.Request) -> web.Response:
        """Show one slot with its own code."""
        view = await self._view(request)
        number = _number(request, view)
        wifi = _wants_wifi(request)
        code = await self._codes.shown(view.kit.kit_id, number, wifi=wifi)
        slot = next(one for one in view.slots if one.number == number)
        push = await self._push()
        return self._renderer.page(request, "slot.html", view=view, slot=slot, code=code, wifi=wifi, push=push)

    async def settle_held(self, request: web.Request) -> web.StreamResponse:
        """Carry out a person's choice about a tablet that waits."""
        view = await self._view(request)
        choice = _CHOICES.get(str((await request.post()).get("choice", "")))
        if choice is None:
            raise web.HTTPBadRequest
        kit_id, number, actor = view.kit.kit_id, request.match_info["held"], _actor(request)
        await self._database.write(lambda conn: self._held.choose(conn, kit_id, number, choice, actor=actor))
        raise web.HTTPSeeOther(f"/kits/{kit_id}")

    async def kit_picture(self, request: web.Request) -> web.Response:
        """Return the kit's code as a picture."""
        view = await self._view(request)
        return _picture(await self._codes.shown(view.kit.kit_id, wifi=_wants_wifi(request)), request.match_info["form"])

    async def slot_picture(self, request: web.Request) -> web.Response:
        """Return a slot's code as a picture."""
        view = await self._view(request)
        code = await self._codes.shown(view.kit.kit_id, _number(request, view), wifi=_wants_wifi(request))
        return _picture(code, request.match_info["form"])

    async def _view(self, request: web.Request) -> KitView:
        try:
            return await self._fleet.kit(request.match_info["kit_id"])
        except KitUnknown as unknown:
            raise KitNotShown from unknown

    async def _doubts(self, view: KitView) -> Doubts:
        if view.kit.platform is not Platform.ANDROID:
            return Doubts()
        return await self._database.read(lambda conn: doubts(conn, view.kit.kit_id))

    def _parts(self, visitor: Visitor, view: KitView, found: Doubts) -> Parts:
        translate = visitor.translate
        parts = {"progress": self._renderer.fragment(translate, "_progress.html", view=view)}
        if view.kit.platform is Platform.ANDROID:
            parts["held"] = self._renderer.fragment(translate, "_held.html", view=view, doubts=found, csrf=visitor.csrf)
        for slot in view.slots:
            parts[f"slot-{slot.number}"] = self._renderer.fragment(translate, "_slot.html", view=view, slot=slot)
        return parts

    def _stays(self, visitor: Visitor) -> Callable[[], Awaitable[bool]]:
        async def stays() -> bool:
            return visitor.session is None or await self._sessions.is_open(visitor.session)

        return stays


def _actor(request: web.Request) -> str:
    session = visitor_of(request).session
    return f"account:{session.login}" if session is not None else "demo"


def _number(request: web.Request, view: KitView) -> int:
    number = int(request.match_info["number"])
    if not 1 <= number <= len(view.slots):
        raise SlotNotShown
    return number


def _wants_wifi(request: web.Request) -> bool:
    return request.query.get("wifi") == "1"


def _picture(code: KitCode | None, form: str) -> web.Response:
    if code is None or not code.address:
        raise NoTicket
    if form == "png":
        return web.Response(body=code.png(), content_type="image/png")
    return web.Response(body=code.svg(), content_type="image/svg+xml")
