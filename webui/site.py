"""What every page is made with: the rooms, who asks, and the doors of kits, tablets, classes and schools."""

from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from mdm.fleet.reach import Reach
from mdm.store import Connection, Event
from webui.doors.parts import Doors
from webui.errors import SignInNeeded
from webui.live import LiveStreams, Parts
from webui.passwords import Passwords
from webui.permissions import Action, Person, may, reach, require
from webui.places import class_place, kit_place, school_place, tablet_place
from webui.rendering import PushWarning, Renderer
from webui.rules import AccessRules
from webui.scopes import Place
from webui.services import PeopleServices
from webui.sessions import Sessions
from webui.visitor import visitor_of


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Handed to each room's ``pages``."""

    services: PeopleServices
    rules: AccessRules
    passwords: Passwords
    sessions: Sessions
    doors: Doors
    renderer: Renderer
    live: LiveStreams

    def person(self, request: web.Request) -> Person:
        """Return who asks; raise `SignInNeeded`."""
        person = visitor_of(request).person
        if person is None:
            raise SignInNeeded
        return person

    def reach(self, request: web.Request, action: Action) -> Reach:
        """Return the places that a list shows to whoever asks."""
        return reach(self.person(request), action)

    async def at_kit(self, request: web.Request, action: Action, kit_id: str) -> Place:
        """Return where a kit is, when the person may do this to it; raise `KitNotShown` or `NotAllowed`."""
        return await self._at(request, action, lambda conn: kit_place(conn, kit_id))

    async def at_tablet(self, request: web.Request, action: Action, tablet_id: str) -> Place:
        """Return where a tablet is, when the person may do this to it; raise `TabletNotShown` or `NotAllowed`."""
        return await self._at(request, action, lambda conn: tablet_place(conn, tablet_id))

    async def at_school(self, request: web.Request, action: Action, uai: str) -> Place:
        """Return where a school is, when the person may do this there; raise `SchoolUnknown` or `NotAllowed`."""
        return await self._at(request, action, lambda conn: school_place(conn, uai))

    async def at_class(self, request: web.Request, action: Action, class_id: str) -> Place:
        """Return where a class is, when the person may do this there; raise `ClassUnknown` or `NotAllowed`."""
        return await self._at(request, action, lambda conn: class_place(conn, class_id))

    def may(self, request: web.Request, action: Action, place: Place | None = None) -> bool:
        """Tell whether whoever asks may do this."""
        return may(self.person(request), action, place)

    async def follow(
        self,
        request: web.Request,
        render: Callable[[], Awaitable[Parts]],
        concerns: Callable[[Event], bool],
        *,
        topics: tuple[str, ...] = ("kit", "tablet"),
    ) -> web.StreamResponse:
        """Keep a page live as long as the session lasts; see `LiveStreams.serve`."""
        session = visitor_of(request).session

        async def stays() -> bool:
            return session is None or await self.sessions.is_open(session)

        return await self.live.serve(request, render, concerns, stays, topics=topics)

    async def push_warning(self) -> PushWarning:
        """Return how the push certificate stands."""
        return await self.services.database.read(self.services.push_status)

    async def _at(self, request: web.Request, action: Action, find: Callable[[Connection], Place]) -> Place:
        person = self.person(request)
        require(person, action)
        place = await self.services.database.read(find)
        require(person, action, place)
        return place
