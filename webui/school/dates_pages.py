"""The dates of school holidays, zone by zone: how far they are known, and files with more of them."""

import asyncio
from collections.abc import Sequence

import msgspec
from aiohttp import web
from aiohttp.web_request import FileField

from mdm.errors import ValiseError
from mdm.home.calendar.calendars import Calendars, ZoneState, zone_states
from mdm.home.calendar.places import ZONES
from mdm.home.calendar.school_years import BYTES, FORMAT, parse_school_years
from mdm.home.calendar.zone import SchoolYear
from mdm.i18n import N_, Translator
from mdm.store import Connection
from webui.errors import NotAllowed
from webui.fleet.kept_files import KeptFiles
from webui.forms import Given
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.school import year_view
from webui.school.errors import DatesMissing
from webui.school.school_store import communes_reached
from webui.school.year_view import Line
from webui.scopes import Place
from webui.site import Site
from webui.visitor import visitor_of

DATES = "/calendar"
_UPLOAD_BYTES = BYTES + 1024 * 1024
_NEW, _OTHER, _SAME = N_("new"), N_("in the place of what is known"), N_("known already")


class ZoneLine(msgspec.Struct, frozen=True, kw_only=True):
    """A zone of the list; ``here``: some school that the person reaches lies in it."""

    name: str
    known_until: str
    runs_out: bool
    here: bool
    years: tuple[tuple[str, str, tuple[Line, ...]], ...]


class YearRead(msgspec.Struct, frozen=True, kw_only=True):
    """A school year of a file that was read; ``change`` says what keeping it does."""

    zone: str
    title: str
    change: str
    is_new: bool
    here: bool
    breaks: tuple[Line, ...]


class DatesPages:
    """Shows the dates to whoever is signed in; takes them from those who set them for the whole territory."""

    def __init__(self, site: Site) -> None:
        services = site.services
        self._site = site
        self._database = services.database
        self._clock = services.clock
        self._calendars = Calendars(services.database, services.clock, services.journal)
        self._files = KeptFiles(services.settings.data_dir / "uploads", services.clock)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        sets = Action.SET_CALENDAR
        return [
            page("GET", DATES, self.show, needs=Action.READ_PLACES),
            page("GET", "/calendar.json", self.file, needs=Action.READ_PLACES),
            page("POST", DATES, self.read, needs=sets, upload_bytes=_UPLOAD_BYTES),
            page("POST", f"{DATES}/keep", self.keep, needs=sets),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show what is known of each zone."""
        return await self._page(request)

    async def file(self, _request: web.Request) -> web.Response:
        """Give all dates that are known, in the form in which they can be given back."""
        tree = {"format": FORMAT, "years": await self._calendars.years()}
        return web.Response(
            body=msgspec.json.format(msgspec.json.encode(tree)),
            content_type="application/json",
            headers={"Content-Disposition": 'attachment; filename="calendar.json"'},
        )

    async def read(self, request: web.Request) -> web.StreamResponse:
        """Read a file and tell what is in it; nothing is changed."""
        self._require_whole(request)
        file = (await request.post()).get("file")
        try:
            if not isinstance(file, FileField) or not file.filename:
                raise DatesMissing
            body = file.file.read()
            years = await asyncio.to_thread(parse_school_years, body)
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        token = await self._files.keep(body, actor=self._site.person(request).actor)
        return await self._page(request, found=years, kept=token)

    async def keep(self, request: web.Request) -> web.StreamResponse:
        """Keep the dates of a file that was read."""
        self._require_whole(request)
        token, actor = Given(await request.post()).text("token"), self._site.person(request).actor
        try:
            years = await asyncio.to_thread(parse_school_years, await self._files.take(token, actor=actor))
            await self._calendars.take_years(years, actor=actor)
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        await self._files.forget(token, actor=actor)
        raise see_other(DATES, notice=N_("The dates are kept. Lent tablets follow within six minutes."))

    def _require_whole(self, request: web.Request) -> None:
        if not self._may_set(request):
            raise NotAllowed

    def _may_set(self, request: web.Request) -> bool:
        # A zone's dates are those of every school in it, also of schools outside of somebody's commune.
        return self._site.may(request, Action.SET_CALENDAR, Place())

    async def _page(
        self,
        request: web.Request,
        *,
        refused: ValiseError | None = None,
        found: Sequence[SchoolYear] = (),
        kept: str = "",
    ) -> web.Response:
        reach, words = self._site.reach(request, Action.READ_PLACES), visitor_of(request).translate

        def look(conn: Connection) -> tuple[list[ZoneState], list[ZoneState]]:
            now = self._clock.now()
            return zone_states(conn, communes_reached(conn, reach), now), zone_states(conn, _ONE_OF_EACH, now)

        here, every = await self._database.read(look)
        known = await self._calendars.years()
        zones_here = {one.zone for one in here}
        lines = [_line(one, known, one.zone in zones_here, words) for one in every]
        return self._site.renderer.page(
            request,
            "school/dates.html",
            status=refused.status if refused else 200,
            refused=refused,
            here=[one for one in lines if one.here],
            elsewhere=[one for one in lines if not one.here],
            found=[_read(one, known, one.zone in zones_here, words) for one in found],
            kept=kept,
            may_set=self._may_set(request),
        )


_ONE_OF_EACH = (
    "33063", "13055", "75056", "2A004", "97105", "97209", "97302",
    "97411", "97608", "97502", "98735", "98818", "98613",
)  # fmt: skip
"""A commune of each zone."""


def _line(state: ZoneState, known: Sequence[SchoolYear], here: bool, words: Translator) -> ZoneLine:
    years = sorted((one for one in known if one.zone == state.zone), key=lambda one: one.first, reverse=True)
    return ZoneLine(
        name=ZONES[state.zone],
        known_until=year_view.in_words(state.known_until, words) if state.known_until else "",
        runs_out=state.runs_out,
        here=here,
        years=tuple((year_view.title_of(one), one.source, year_view.breaks_of(one, words)) for one in years),
    )


def _read(year: SchoolYear, known: Sequence[SchoolYear], here: bool, words: Translator) -> YearRead:
    before = next((one for one in known if (one.zone, one.year) == (year.zone, year.year)), None)
    change = _NEW if before is None else _SAME if before.breaks == year.breaks else _OTHER
    return YearRead(
        zone=ZONES[year.zone],
        title=year_view.title_of(year),
        change=change,
        is_new=change != _SAME,
        here=here,
        breaks=year_view.breaks_of(year, words),
    )
