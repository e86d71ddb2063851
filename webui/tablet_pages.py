"""A tablet's page: its state, what it should be and is, its queue and its history."""

from collections.abc import Callable

import msgspec
from aiohttp import web

from mdm.apple.error_words import explain
from mdm.commands.convergence_store import Progress, progress_of
from mdm.commands.queue import Delivery, answered_deliveries, open_deliveries
from mdm.fleet.tablet import TabletView
from mdm.fleet.tablet_store import tablet_view
from mdm.i18n import Translator
from mdm.journal import Entry, latest_entries
from mdm.store import Connection, Event
from webui.live import Parts
from webui.pages import page
from webui.permissions import Action
from webui.site import Site
from webui.visitor import visitor_of

_HISTORY = 30


class TabletStory(msgspec.Struct, frozen=True, kw_only=True):
    """All that a tablet's page shows."""

    view: TabletView
    progress: Progress | None
    waiting: list[Delivery]
    answered: list[Delivery]
    entries: list[Entry]


class TabletPages:
    """Pages about tablets."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._database = site.services.database
        self._renderer = site.renderer

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        tablet = "/tablets/{tablet_id:[0-9a-f]{32}}"
        return [
            page("GET", tablet, self.show, needs=Action.READ_FLEET),
            page("GET", f"{tablet}/events", self.follow, needs=Action.READ_FLEET),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show a tablet."""
        story = await self._story(request)
        words = _chain_words(visitor_of(request).translate)
        return self._renderer.page(
            request, "tablet.html", story=story, chain_words=words, push=await self._site.push_warning()
        )

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send the parts of a tablet's page as they change."""
        tablet_id = (await self._story(request)).view.tablet.tablet_id
        visitor = visitor_of(request)

        async def render() -> Parts:
            story = await self._story(request)
            words = _chain_words(visitor.translate)
            html = self._renderer.fragment(visitor.translate, "_tablet.html", story=story, chain_words=words)
            return {"tablet": html}

        def concerns(event: Event) -> bool:
            return event.key == tablet_id

        return await self._site.follow(request, render, concerns)

    async def _story(self, request: web.Request) -> TabletStory:
        tablet_id = request.match_info["tablet_id"]
        await self._site.at_tablet(request, Action.READ_FLEET, tablet_id)
        return await self._database.read(lambda conn: _read(conn, tablet_id))


def _read(conn: Connection, tablet_id: str) -> TabletStory:
    return TabletStory(
        view=tablet_view(conn, tablet_id),
        progress=progress_of(conn, tablet_id),
        waiting=open_deliveries(conn, tablet_id),
        answered=answered_deliveries(conn, tablet_id, limit=_HISTORY),
        entries=latest_entries(conn, subject=f"tablet:{tablet_id}", limit=_HISTORY),
    )


def _chain_words(translate: Translator) -> Callable[[str | None], str]:
    return lambda chain: explain(chain, translate).what
