"""The calendar of a school: its zone, its hours, its closed days, and the dates that are known."""

from datetime import date

from aiohttp import web

from mdm.errors import ValiseError
from mdm.fleet.territory_store import require_school
from mdm.home.calendar.calendars import Calendars
from mdm.home.calendar.errors import DateInvalid
from mdm.home.calendar.hours import DAY_NAMES, DAYS, PRESETS, in_words, week_minutes
from mdm.home.calendar.places import place_of
from mdm.home.calendar.zone import Zone
from mdm.i18n import N_
from webui.errors import NothingChosen
from webui.forms import NOTHING, Given, given_in
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.school import year_view
from webui.school.school_pages import SCHOOL
from webui.school.week_form import rows_in, rows_of, week_in
from webui.site import Site
from webui.visitor import visitor_of

CALENDAR = f"{SCHOOL}/calendar"
_WEEKS = {"4.5-days": N_("Four days and a half"), "4-days": N_("Four days")}
_FOLLOWS = N_("It is kept. Lent tablets follow within six minutes.")


class CalendarPages:
    """Shows a school's calendar; its head, or a manager, sets hours and closed days."""

    def __init__(self, site: Site) -> None:
        services = site.services
        self._site = site
        self._database = services.database
        self._clock = services.clock
        self._calendars = Calendars(services.database, services.clock, services.journal)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        sets = Action.SET_SCHOOL_HOURS
        return [
            page("GET", CALENDAR, self.show, needs=Action.READ_SCHOOL),
            page("POST", f"{CALENDAR}/hours", self.set_hours, needs=sets),
            page("POST", f"{CALENDAR}/week", self.take_week, needs=sets),
            page("POST", f"{CALENDAR}/close", self.close, needs=sets),
            page("POST", f"{CALENDAR}/open", self.open, needs=sets),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show the calendar."""
        return await self._page(request)

    async def set_hours(self, request: web.Request) -> web.StreamResponse:
        """Set the times of class, day by day."""
        uai, given = await self._school(request), await given_in(request)
        try:
            await self._calendars.set_week(uai, week_in(given), actor=self._actor(request))
        except ValiseError as refused:
            return await self._page(request, refused=refused, week=given)
        raise see_other(f"/schools/{uai}/calendar", notice=_FOLLOWS)

    async def take_week(self, request: web.Request) -> web.StreamResponse:
        """Set the times of class to those of a usual week."""
        uai, name = await self._school(request), (await given_in(request)).text("week")
        if name not in PRESETS:
            return await self._page(request, refused=NothingChosen())
        await self._calendars.set_week(uai, PRESETS[name], actor=self._actor(request))
        raise see_other(f"/schools/{uai}/calendar", notice=_FOLLOWS)

    async def close(self, request: web.Request) -> web.StreamResponse:
        """Close the school on a day."""
        uai, day = await self._school(request), (await given_in(request)).text("day")
        try:
            await self._calendars.close_day(uai, _date(day), actor=self._actor(request))
        except ValiseError as refused:
            return await self._page(request, refused=refused, day=day)
        raise see_other(f"/schools/{uai}/calendar", notice=_FOLLOWS)

    async def open(self, request: web.Request) -> web.StreamResponse:
        """Let there be class again on a day."""
        uai, day = await self._school(request), (await given_in(request)).text("day")
        try:
            await self._calendars.open_day(uai, _date(day), actor=self._actor(request))
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other(f"/schools/{uai}/calendar", notice=_FOLLOWS)

    async def _school(self, request: web.Request) -> str:
        uai = request.match_info["uai"]
        await self._site.at_school(request, Action.SET_SCHOOL_HOURS, uai)
        return uai

    def _actor(self, request: web.Request) -> str:
        return self._site.person(request).actor

    async def _page(
        self, request: web.Request, *, refused: ValiseError | None = None, week: Given = NOTHING, day: str = ""
    ) -> web.Response:
        uai = request.match_info["uai"]
        place = await self._site.at_school(request, Action.READ_SCHOOL, uai)
        school = await self._database.read(lambda conn: require_school(conn, uai))
        view, words = await self._calendars.show(uai), visitor_of(request).translate
        zone = Zone(place=place_of(school.insee), years=view.years)
        today = self._clock.now().astimezone(zone.clock).date()
        minutes = week_minutes(view.hours)
        return self._site.renderer.page(
            request,
            "school/calendar.html",
            status=refused.status if refused else 200,
            refused=refused,
            school=school,
            place=place,
            view=view,
            zone=year_view.zone_name(view.zone),
            known_until=year_view.in_words(view.known_until, words) if view.known_until else "",
            days=[(words(DAY_NAMES[one]), in_words(getattr(view.hours, one)).replace(" ", ", ")) for one in DAYS],
            total=f"{minutes // 60} h {minutes % 60:02d}",
            rows=rows_in(week) if week is not NOTHING else rows_of(view.hours),
            day_names=DAY_NAMES,
            weeks=_WEEKS,
            closed=[
                (one.isoformat(), year_view.in_words(one, words)) for one in view.hours.closed if one >= today
            ],
            over=sum(one < today for one in view.hours.closed),
            day=day,
            today=today.isoformat(),
            years=year_view.years_shown(zone, today, words),
        )  # fmt: skip


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise DateInvalid(text=text[:40]) from error
