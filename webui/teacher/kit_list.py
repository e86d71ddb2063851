"""The kits of somebody's places, in parts of a list, and the class that has each now."""

from itertools import groupby
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from mdm.fleet.kit import KitSummary
from mdm.home.class_mode import class_mode_store
from mdm.home.class_mode.class_mode_store import ClassModeRow
from mdm.i18n import N_
from mdm.store import Connection
from webui.api.resources.kit_lists_store import kits_after
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.site import Site

_PART = 60
KIT = "/kits/{kit_id:[0-9a-f]{32}}"


class ListedKit(msgspec.Struct, frozen=True, kw_only=True):
    """A kit of the list. ``running``: its class mode; ``first``: where its page begins for who teaches."""

    summary: KitSummary
    running: ClassModeRow | None


class KitListPages:
    """Lists kits, and notes which class has one."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._fleet = site.services.fleet
        self._clock = site.services.clock

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/kits", self.list, needs=Action.READ_FLEET),
            page("GET", f"{KIT}/class-of-school", self.choose_class, needs=Action.MOVE_KIT),
            page("POST", f"{KIT}/class-of-school", self.give, needs=Action.MOVE_KIT),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """Show a part of the kits under their schools."""
        last = (request.query.get("school", ""), request.query.get("after", ""))
        reach, now = self._site.reach(request, Action.READ_FLEET), self._clock.ms()

        def read(conn: Connection) -> list[ListedKit]:
            found = kits_after(conn, last, uai="", reach=reach, limit=_PART + 1)
            return [ListedKit(summary=one, running=_running(conn, one.kit.kit_id, now)) for one in found]

        kits = await self._site.services.database.read(read)
        shown, more = kits[:_PART], kits[_PART:]
        schools = [
            (name, uai, list(group))
            for (name, uai), group in groupby(shown, key=lambda one: (one.summary.school_name, one.summary.kit.uai))
        ]
        end = shown[-1].summary.kit if more else None
        return self._site.renderer.page(
            request,
            "teacher/kits.html",
            schools=schools,
            next=f"/kits?{urlencode({'school': end.uai, 'after': end.name})}" if end else "",
            is_first=last == ("", ""),
            push=await self._site.push_warning(),
        )

    async def choose_class(self, request: web.Request) -> web.Response:
        """Show the classes of the kit's school."""
        kit_id = request.match_info["kit_id"]
        await self._site.at_kit(request, Action.MOVE_KIT, kit_id)
        view = await self._fleet.kit(kit_id)
        classes = await self._fleet.classes(view.kit.uai)
        return self._site.renderer.page(request, "teacher/class_of_school.html", view=view, classes=classes)

    async def give(self, request: web.Request) -> web.StreamResponse:
        """Note which class has the kit."""
        kit_id = request.match_info["kit_id"]
        await self._site.at_kit(request, Action.MOVE_KIT, kit_id)
        class_id = str((await request.post()).get("class_id", ""))
        await self._fleet.give_kit(kit_id, class_id or None, actor=self._site.person(request).actor)
        raise see_other(f"/kits/{kit_id}", notice=N_("It is noted which class has the kit."))


def _running(conn: Connection, kit_id: str, now: int) -> ClassModeRow | None:
    found = class_mode_store.running(conn, kit_id)
    return found if found is not None and found.until_at > now else None
