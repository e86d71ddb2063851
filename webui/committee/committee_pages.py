"""What waits for me: the first page of whoever takes part in the committee, which stays live."""

from aiohttp import web

from mdm.store import Connection, Event
from webui.committee.desk import Desk
from webui.committee.waiting import Heading, Standing, standing_of, waiting_for
from webui.live import Parts
from webui.pages import page
from webui.permissions import Action

_TOPICS = ("proposal", "meeting", "committee", "charter")


class CommitteePages:
    """Shows what waits."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._services = desk.services

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/committee", self.show, needs=Action.READ_PROPOSALS),
            page("GET", "/committee/events", self.follow, needs=Action.READ_PROPOSALS),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show what waits for whoever asks."""
        headings, standing = await self._waiting(request)
        return self._desk.page(request, "committee.html", headings=headings, standing=standing)

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send what waits, again when something of it changed."""

        async def render() -> Parts:
            headings, _ = await self._waiting(request)
            return {"waiting": self._desk.part(request, "_waiting.html", headings=headings)}

        def concerns(event: Event) -> bool:
            return event.topic in _TOPICS

        return await self._desk.site.follow(request, render, concerns, topics=_TOPICS)

    async def _waiting(self, request: web.Request) -> tuple[tuple[Heading, ...], Standing]:
        services, login = self._services, self._desk.login_or_none(request)
        now = services.clock.ms()

        def may(action: Action) -> bool:
            return self._desk.may(request, action)

        def read(conn: Connection) -> tuple[tuple[Heading, ...], Standing]:
            headings = waiting_for(conn, services.charter, services.committee, login, may, now)
            return headings, standing_of(conn, services.charter, login, may, now)

        return await services.database.read(read)
