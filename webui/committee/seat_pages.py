"""The committee's seats: who holds them, who deputises, what waits to be confirmed by somebody else."""

from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from mdm.errors import ValiseError
from mdm.i18n import N_
from mdm.store import Connection
from profiles.charter.charter import Charter
from profiles.charter.committee import Appointment, Committee
from profiles.charter.convention import Body
from profiles.charter.seat_store import Holding
from webui.committee.desk import Desk
from webui.forms import NOTHING, Given, given_in
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action

PATH = "/committee/seats"
HOLDING = f"{PATH}/{{holding_id:[0-9a-f]{{32}}}}"
SEAT = f"{PATH}/{{seat:[a-z][a-z0-9-]{{1,39}}}}"
Deed = Callable[[str, Given], Awaitable[object]]


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """An appointment that waits. ``objection``: why the reader may not confirm it, a gettext text; empty if he may.

    ``may_refuse``: the reader may take it back, decline it or refuse it.
    """

    holding: Holding
    objection: str
    may_refuse: bool


class Bench(msgspec.Struct, frozen=True, kw_only=True):
    """A body with its seats, and the appointments that wait for it."""

    body: Body
    held: tuple[Holding, ...]
    waiting: tuple[Waiting, ...]


class SeatPages:
    """Shows and fills seats."""

    def __init__(self, desk: Desk, charter: Charter, committee: Committee) -> None:
        self._desk = desk
        self._charter = charter
        self._committee = committee

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", PATH, self.list, needs=Action.READ_SEATS),
            page("POST", PATH, self.appoint, needs=Action.APPOINT_SEAT),
            page("POST", f"{HOLDING}/confirmation", self.confirm, needs=Action.VOTE),
            page("POST", f"{HOLDING}/refusal", self.refuse, needs=Action.VOTE),
            page("POST", f"{SEAT}/deputy", self.change_deputy, needs=Action.APPOINT_SEAT),
            page("POST", f"{SEAT}/end", self.end, needs=Action.APPOINT_SEAT),
            page("POST", f"{SEAT}/resignation", self.resign, needs=Action.VOTE),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """Show the seats."""
        return await self._shown(request)

    async def appoint(self, request: web.Request) -> web.Response:
        """Propose who holds a seat."""

        async def deed(login: str, given: Given) -> None:
            term = given.end_of_day("term", N_("Last day of the term"))
            wanted = Appointment(
                seat_id=given.text("seat")[:64],
                body=given.text("body")[:64],
                label=given.text("label"),
                holder=given.text("holder").lower()[:64],
                deputy=given.text("deputy").lower()[:64] or None,
                reference=given.text("reference"),
                term_ends_at=term,
            )
            await self._committee.appoint(wanted, login=login)

        return await self._done(request, "appoint", deed, N_("The appointment waits for somebody else to confirm it."))

    async def confirm(self, request: web.Request) -> web.Response:
        """Confirm what waits for a seat."""
        holding_id = request.match_info["holding_id"]

        async def deed(login: str, given: Given) -> None:
            del given
            await self._committee.confirm(holding_id, login=login)

        return await self._done(request, holding_id, deed, N_("It is confirmed, and holds from now on."))

    async def refuse(self, request: web.Request) -> web.Response:
        """Refuse what waits for a seat, take it back, or decline it."""
        holding_id = request.match_info["holding_id"]

        async def deed(login: str, given: Given) -> None:
            del given
            await self._committee.refuse(holding_id, login=login)

        return await self._done(request, holding_id, deed, N_("It is refused, and waits no more."))

    async def change_deputy(self, request: web.Request) -> web.Response:
        """Propose another deputy for a seat, or none."""
        seat = request.match_info["seat"]

        async def deed(login: str, given: Given) -> None:
            deputy = given.text("deputy").lower()[:64] or None
            await self._committee.change_deputy(seat, deputy, login=login)

        return await self._done(request, f"seat-{seat}", deed, N_("The change waits for somebody else to confirm it."))

    async def end(self, request: web.Request) -> web.Response:
        """Propose to leave a seat empty."""
        seat = request.match_info["seat"]

        async def deed(login: str, given: Given) -> None:
            del given
            await self._committee.end(seat, login=login)

        return await self._done(request, f"seat-{seat}", deed, N_("The change waits for somebody else to confirm it."))

    async def resign(self, request: web.Request) -> web.Response:
        """Give up a seat that one holds."""
        seat = request.match_info["seat"]

        async def deed(login: str, given: Given) -> None:
            del given
            await self._committee.resign(seat, login=login)

        return await self._done(request, f"seat-{seat}", deed, N_("You gave up the seat. Thank you for your service."))

    async def _done(self, request: web.Request, at: str, deed: Deed, notice: str) -> web.Response:
        given = await given_in(request)
        try:
            await deed(self._desk.login(request), given)
        except ValiseError as refused:
            return await self._shown(request, refused=refused, at=at, given=given)
        raise see_other(PATH, notice=notice)

    async def _shown(
        self, request: web.Request, *, refused: ValiseError | None = None, at: str = "", given: Given = NOTHING
    ) -> web.Response:
        login = self._desk.login_or_none(request)
        holdings = await self._committee.seats()
        objections = await self._committee.objections(login)
        bodies = await self._desk.services.database.read(self._bodies)
        now = self._desk.services.clock.ms()

        def bench(body: Body) -> Bench:
            here = [one for one in holdings if one.body == body.body]
            return Bench(
                body=body,
                held=tuple(one for one in here if one.held_at(now)),
                waiting=tuple(_waiting(one, objections, login) for one in here if one.holding_id in objections),
            )

        return self._desk.page(
            request, "seats.html", refused=refused, at=at, given=given, benches=[bench(body) for body in bodies]
        )

    def _bodies(self, conn: Connection) -> tuple[Body, ...]:
        return self._charter.agreed.head(conn).state.convention.bodies


def _waiting(one: Holding, objections: dict[str, str], login: str) -> Waiting:
    objection = objections[one.holding_id]
    concerned = bool(login) and (one.proposed_by == f"account:{login}" or login in (one.holder, one.deputy))
    return Waiting(holding=one, objection=objection, may_refuse=concerned or not objection)
