"""A tablet's page: its state, what it should be and is, its faults, its queue and its history, in words."""

from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from mdm.apple.error_words import explain
from mdm.commands.convergence_store import Progress, progress_of
from mdm.commands.queue import Delivery, open_deliveries
from mdm.fleet.tablet import TabletView
from mdm.fleet.tablet_store import tablet_view
from mdm.fleet_view.command_words import command_in_words
from mdm.fleet_view.content_words import content_in_words, object_of, step_in_words
from mdm.i18n import Translator
from mdm.repairs.fault import FaultFilter, FaultLine
from mdm.store import Connection, Event
from webui.fleet.agreed_names import agreed_names
from webui.fleet.list_pages import needed
from webui.fleet.speech import Speech
from webui.live import Parts
from webui.pages import page
from webui.permissions import Action, may
from webui.repairs.places import reached
from webui.repairs.speech import Speech as FaultSpeech
from webui.scopes import Place
from webui.site import Site
from webui.visitor import visitor_of

TABLET = "/tablets/{tablet_id:[0-9a-f]{32}}"
_RECENT = 10
_PART = 50
_FAULTS = 10
_WAITING = 50


class TabletStory(msgspec.Struct, frozen=True, kw_only=True):
    """What a tablet's page shows of its state and its queue; ``names``: of apps and books, as they were agreed."""

    view: TabletView
    progress: Progress | None
    waiting: list[Delivery]
    names: Mapping[str, str]


class TabletPages:
    """Pages about a tablet."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._database = site.services.database
        self._renderer = site.renderer
        self._view = site.services.fleet_view

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", TABLET, self.show, needs=Action.READ_FLEET),
            page("GET", f"{TABLET}/events", self.follow, needs=Action.READ_FLEET),
            page("GET", f"{TABLET}/history", self.history, needs=Action.READ_FLEET),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show a tablet."""
        return self._renderer.page(
            request, "fleet/tablet.html", **await self._values(request), push=await self._site.push_warning()
        )

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send the parts of a tablet's page as they change."""
        tablet_id = request.match_info["tablet_id"]
        await self._site.at_tablet(request, Action.READ_FLEET, tablet_id)
        visitor = visitor_of(request)

        async def render() -> Parts:
            values = await self._values(request)
            return {
                f"tablet{name}": self._renderer.fragment(visitor.translate, f"fleet/_tablet{name}.html", **values)
                for name in ("", "_acts")
            }

        def concerns(event: Event) -> bool:
            return event.key == tablet_id or event.topic == "fault"

        return await self._site.follow(request, render, concerns, topics=("tablet", "fault"))

    async def history(self, request: web.Request) -> web.Response:
        """Show a part of all that a tablet was told and that happened to it."""
        tablet_id = request.match_info["tablet_id"]
        await self._site.at_tablet(request, Action.READ_FLEET, tablet_id)
        after = request.query.get("after", "")
        story = await self._story(tablet_id)
        words = visitor_of(request).translate
        part = await self._view.history.page(tablet_id, words, names=story.names, after=after, limit=_PART)
        path = f"/tablets/{tablet_id}/history"
        return self._renderer.page(
            request,
            "fleet/history.html",
            view=story.view,
            items=part.items,
            next=f"{path}?after={part.next}" if part.next else "",
            first=path if after else "",
            names_people=self._site.may(request, Action.READ_JOURNAL),
        )

    async def _values(self, request: web.Request) -> dict[str, Any]:
        tablet_id, words = request.match_info["tablet_id"], visitor_of(request).translate
        place = await self._site.at_tablet(request, Action.READ_FLEET, tablet_id)
        story = await self._story(tablet_id)
        recent = await self._view.history.page(tablet_id, words, names=story.names, limit=_RECENT)
        return {
            "story": story,
            "content": lambda identifier: content_in_words(identifier, words, story.names),
            "refused_step": lambda step: step_in_words(step, words, story.names),
            "order_words": lambda one: _order_words(one, words, story.names),
            "problem_words": lambda chain: explain(chain, words).what,
            "recent": recent,
            "names_people": self._site.may(request, Action.READ_JOURNAL),
            "faults": await self._faults(request, tablet_id, place),
            "faults_shown": self._site.may(request, Action.READ_FAULTS, place),
            "may_lose": self._site.may(request, Action.DECLARE_LOST, place),
            "may_report": self._site.may(request, Action.REPORT_FAULT, place),
            "may_move": self._site.may(request, Action.EDIT_FLEET, place),
            "acts": await self._acts(request, tablet_id, place),
            "fault_speech": FaultSpeech(translate=words, now=self._site.services.clock.ms()),
            "speech": Speech(words),
        }

    async def _story(self, tablet_id: str) -> TabletStory:
        services = self._site.services

        def read(conn: Connection) -> TabletStory:
            view = tablet_view(conn, tablet_id)
            kit_id = view.place.kit_id if view.place is not None else None
            return TabletStory(
                view=view,
                progress=progress_of(conn, tablet_id),
                waiting=open_deliveries(conn, tablet_id)[:_WAITING],
                names=agreed_names(conn, services.charter.agreed, kit_id, services.clock.ms()),
            )

        return await self._database.read(read)

    async def _faults(self, request: web.Request, tablet_id: str, place: Place) -> tuple[FaultLine, ...]:
        """Return a tablet's faults, without those of other schools that the person does not reach."""
        if not self._site.may(request, Action.READ_FAULTS, place):
            return ()
        reach = self._site.reach(request, Action.READ_FAULTS)
        places = await self._database.read(lambda conn: reached(conn, reach))
        chosen = FaultFilter(tablet_id=tablet_id, schools=places.schools, kits=places.kits)
        return tuple((await self._site.services.repair.faults.list(chosen, limit=_FAULTS)).faults)

    async def _acts(self, request: web.Request, tablet_id: str, place: Place) -> list[Any]:
        person = self._site.person(request)
        if not any(may(person, action, place) for action in (Action.COMMAND_TABLETS, Action.EDIT_FLEET)):
            return []
        return [act for act in await self._view.single.possible(tablet_id) if may(person, needed(act), place)]


def _order_words(one: Delivery, words: Translator, names: Mapping[str, str]) -> str:
    about = object_of(one.step, words, names)
    return command_in_words(one.request_type, one.step, words) + (f" ({about})" if about else "")
