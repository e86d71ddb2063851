"""The class mode: open an app or a page on all tablets, cover the screens, go back to normal; each place live."""

from datetime import datetime, timedelta
from typing import cast, get_args

from aiohttp import web

from mdm.clock import from_ms
from mdm.errors import ValiseError
from mdm.home.class_mode.class_mode import Choice, WhatCan
from mdm.home.class_mode.errors import UntilPassed
from mdm.home.class_mode.focus import Focus, Kind
from mdm.home.class_mode.view import ClassModeView, Stage
from mdm.i18n import N_
from mdm.store import Event
from webui.live import Parts
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.site import Site
from webui.teacher.kit_list import KIT
from webui.visitor import Visitor, visitor_of

STAGE_NAMES: dict[Stage, str] = {
    Stage.EMPTY: N_("No tablet"),
    Stage.AWAY: N_("Not in class"),
    Stage.FREE: N_("Free"),
    Stage.ASKED: N_("Asked"),
    Stage.DOING: N_("Doing it"),
    Stage.CANNOT: N_("Cannot"),
    Stage.ENDING: N_("Going back to normal"),
}


class ClassPages:
    """Pages of the class mode of a kit."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._class_mode = site.services.modes.class_mode
        self._fleet = site.services.fleet
        self._clock = site.services.clock

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", f"{KIT}/class", self.show, needs=Action.RUN_CLASS),
            page("GET", f"{KIT}/class/events", self.follow, needs=Action.RUN_CLASS),
            page("POST", f"{KIT}/class/start", self.start, needs=Action.RUN_CLASS),
            page("POST", f"{KIT}/class/stop", self.stop, needs=Action.RUN_CLASS),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show what may be opened, and each tablet."""
        return await self._page(request, await self._kit(request))

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send the parts of the page as they change."""
        kit_id, visitor = await self._kit(request), visitor_of(request)
        tablets: set[str | None] = set()

        async def render() -> Parts:
            now = await self._class_mode.now(kit_id)
            tablets.update(slot.tablet_id for slot in now.slots)
            return self._parts(visitor, now, await self._class_mode.what_can(kit_id))

        def concerns(event: Event) -> bool:
            return event.key == kit_id if event.topic == "kit" else event.key in tablets

        return await self._site.follow(request, render, concerns)

    async def start(self, request: web.Request) -> web.StreamResponse:
        """Ask all the tablets of the kit for one thing."""
        kit_id = await self._kit(request)
        form = await request.post()
        focus = _picked(str(form.get("pick", "")))
        try:
            until = _until(str(form.get("until", "")))
            await self._class_mode.start(kit_id, focus, until, actor=self._site.person(request).actor)
        except ValiseError as refused:
            return await self._page(request, kit_id, refused=refused)
        raise see_other(f"/kits/{kit_id}/class")

    async def stop(self, request: web.Request) -> web.StreamResponse:
        """Go back to normal."""
        kit_id = await self._kit(request)
        await self._class_mode.stop(kit_id, actor=self._site.person(request).actor)
        raise see_other(f"/kits/{kit_id}/class")

    async def _kit(self, request: web.Request) -> str:
        kit_id = request.match_info["kit_id"]
        await self._site.at_kit(request, Action.RUN_CLASS, kit_id)
        return kit_id

    async def _page(self, request: web.Request, kit_id: str, *, refused: ValiseError | None = None) -> web.Response:
        view = await self._fleet.kit(kit_id)
        now, can = await self._class_mode.now(kit_id), await self._class_mode.what_can(kit_id)
        return self._site.renderer.page(
            request,
            "teacher/class.html",
            status=refused.status if refused else 200,
            view=view,
            now=now,
            can=can,
            ends=self._ends(can),
            stage_names=STAGE_NAMES,
            running_name=running_name(now, can.choices),
            refused=refused,
        )

    def _parts(self, visitor: Visitor, now: ClassModeView, can: WhatCan) -> Parts:
        shown = {"now": now, "stage_names": STAGE_NAMES, "running_name": running_name(now, can.choices)}
        shown |= {"csrf": visitor.csrf}
        fragment, translate = self._site.renderer.fragment, visitor.translate
        parts = {"class-now": fragment(translate, "teacher/_class_now.html", **shown)}
        for slot in now.slots:
            parts[f"class-slot-{slot.number}"] = fragment(translate, "teacher/_class_slot.html", slot=slot, **shown)
        return parts

    def _ends(self, can: WhatCan) -> list[int]:
        """Return half an hour from now, the usual end, and the end of the school day, in milliseconds."""
        soon = self._clock.ms() + int(timedelta(minutes=30) / timedelta(milliseconds=1))
        ends = [can.usual_end, *([soon] if soon < can.latest_end else []), can.latest_end]
        return sorted(set(ends))


def running_name(now: ClassModeView, choices: tuple[Choice, ...]) -> str:
    """Return the name of what runs; empty for covered screens and where nothing runs."""
    if now.running is None:
        return ""
    kind, what = now.running.kind, now.running.what
    return next((one.name for one in choices if (one.kind, one.what) == (kind, what)), what)


def _picked(text: str) -> Focus:
    kind, _, what = text.partition(":")
    if kind not in get_args(Kind):
        raise web.HTTPBadRequest
    return Focus(kind=cast(Kind, kind), what="" if kind == "lock" else what)


def _until(text: str) -> datetime | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 13:
        raise UntilPassed
    return from_ms(int(text))
