"""The live page of a kit, and the codes that its tablets scan."""

from collections.abc import Mapping
from datetime import timedelta

from aiohttp import web

from enrollment.kit_codes import KitCode
from mdm.android.held import Choice, Doubts, doubts
from mdm.fleet.kit import KitView
from mdm.fleet.tablet import Platform
from mdm.store import Event
from webui.errors import NoTicket, SlotNotShown
from webui.live import Parts
from webui.pages import page
from webui.permissions import Action
from webui.site import Site
from webui.visitor import Visitor, visitor_of

_CHOICES: Mapping[str, Choice] = {"refuse": "refuse", "replace": "replace", "elsewhere": "elsewhere"}


class KitPages:
    """Pages about kits."""

    def __init__(self, site: Site) -> None:
        services = site.services
        self._site = site
        self._fleet = services.fleet
        self._codes = services.codes
        self._database = services.database
        self._held = services.held
        self._renderer = site.renderer
        self._lifetime = timedelta(hours=services.settings.enrollment.ticket_hours)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        kit = "/kits/{kit_id:[0-9a-f]{32}}"
        slot = f"{kit}/slots/{{number:[0-9]{{1,3}}}}"
        return [
            page("GET", kit, self.show, needs=Action.READ_FLEET),
            page("GET", f"{kit}/events", self.follow, needs=Action.READ_FLEET),
            page("POST", f"{kit}/code", self.make_code, needs=Action.ENROL_TABLETS),
            page("POST", f"{kit}/held/{{held:[0-9a-z-]{{1,40}}}}", self.settle_held, needs=Action.ENROL_TABLETS),
            page("GET", f"{kit}/qr.{{form:svg|png}}", self.kit_picture, needs=Action.ENROL_TABLETS),
            page("GET", slot, self.show_slot, needs=Action.READ_FLEET),
            page("POST", f"{slot}/code", self.make_slot_code, needs=Action.ENROL_TABLETS),
            page("GET", f"{slot}/qr.{{form:svg|png}}", self.slot_picture, needs=Action.ENROL_TABLETS),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show a kit with its code and its slots."""
        place = await self._site.at_kit(request, Action.READ_FLEET, request.match_info["kit_id"])
        view = await self._fleet.kit(request.match_info["kit_id"])
        wifi = _wants_wifi(request)
        return self._renderer.page(
            request,
            "kit.html",
            view=view,
            place=place,
            code=await self._codes.shown(view.kit.kit_id, wifi=wifi),
            doubts=await self._doubts(view),
            wifi=wifi,
            push=await self._site.push_warning(),
        )

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send the parts of a kit's page as they change."""
        place = await self._site.at_kit(request, Action.READ_FLEET, request.match_info["kit_id"])
        may_enrol = self._site.may(request, Action.ENROL_TABLETS, place)
        view = await self._fleet.kit(request.match_info["kit_id"])
        kit_id, visitor = view.kit.kit_id, visitor_of(request)
        tablets = {slot.tablet_id for slot in view.slots}

        async def render() -> Parts:
            now = await self._fleet.kit(kit_id)
            tablets.update(slot.tablet_id for slot in now.slots)
            return self._parts(visitor, now, await self._doubts(now), may_enrol=may_enrol)

        def concerns(event: Event) -> bool:
            return event.key == kit_id if event.topic == "kit" else event.key in tablets

        return await self._site.follow(request, render, concerns)

    async def make_code(self, request: web.Request) -> web.StreamResponse:
        """Make a new code for the kit; the one before is withdrawn."""
        view = await self._view(request, Action.ENROL_TABLETS)
        await self._codes.codes(
            view.kit.kit_id, slots=False, lifetime=self._lifetime, actor=self._site.person(request).actor
        )
        raise web.HTTPSeeOther(f"/kits/{view.kit.kit_id}")

    async def make_slot_code(self, request: web.Request) -> web.StreamResponse:
        """Make a new code for one slot, to bring a tablet back into it."""
        view = await self._view(request, Action.ENROL_TABLETS)
        number = _number(request, view)
        await self._codes.slot_code(
            view.kit.kit_id, number, lifetime=self._lifetime, actor=self._site.person(request).actor
        )
        raise web.HTTPSeeOther(f"/kits/{view.kit.kit_id}/slots/{number}")

    async def show_slot(self, request: web.Request) -> web.Response:
        """Show one slot with its own code."""
        place = await self._site.at_kit(request, Action.READ_FLEET, request.match_info["kit_id"])
        view = await self._fleet.kit(request.match_info["kit_id"])
        number = _number(request, view)
        wifi = _wants_wifi(request)
        code = await self._codes.shown(view.kit.kit_id, number, wifi=wifi)
        slot = next(one for one in view.slots if one.number == number)
        push = await self._site.push_warning()
        return self._renderer.page(
            request, "slot.html", view=view, place=place, slot=slot, code=code, wifi=wifi, push=push
        )

    async def settle_held(self, request: web.Request) -> web.StreamResponse:
        """Carry out a person's choice about a tablet that waits."""
        view = await self._view(request, Action.ENROL_TABLETS)
        choice = _CHOICES.get(str((await request.post()).get("choice", "")))
        if choice is None:
            raise web.HTTPBadRequest
        kit_id, number, actor = view.kit.kit_id, request.match_info["held"], self._site.person(request).actor
        await self._database.write(lambda conn: self._held.choose(conn, kit_id, number, choice, actor=actor))
        raise web.HTTPSeeOther(f"/kits/{kit_id}")

    async def kit_picture(self, request: web.Request) -> web.Response:
        """Return the kit's code as a picture."""
        view = await self._view(request, Action.ENROL_TABLETS)
        return _picture(await self._codes.shown(view.kit.kit_id, wifi=_wants_wifi(request)), request.match_info["form"])

    async def slot_picture(self, request: web.Request) -> web.Response:
        """Return a slot's code as a picture."""
        view = await self._view(request, Action.ENROL_TABLETS)
        code = await self._codes.shown(view.kit.kit_id, _number(request, view), wifi=_wants_wifi(request))
        return _picture(code, request.match_info["form"])

    async def _view(self, request: web.Request, action: Action) -> KitView:
        kit_id = request.match_info["kit_id"]
        await self._site.at_kit(request, action, kit_id)
        return await self._fleet.kit(kit_id)

    async def _doubts(self, view: KitView) -> Doubts:
        if view.kit.platform is not Platform.ANDROID:
            return Doubts()
        return await self._database.read(lambda conn: doubts(conn, view.kit.kit_id))

    def _parts(self, visitor: Visitor, view: KitView, found: Doubts, *, may_enrol: bool) -> Parts:
        translate = visitor.translate
        parts = {"progress": self._renderer.fragment(translate, "_progress.html", view=view)}
        if view.kit.platform is Platform.ANDROID and may_enrol:
            parts["held"] = self._renderer.fragment(translate, "_held.html", view=view, doubts=found, csrf=visitor.csrf)
        for slot in view.slots:
            parts[f"slot-{slot.number}"] = self._renderer.fragment(translate, "_slot.html", view=view, slot=slot)
        return parts


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
