"""The year's end of a school: each class becomes another one or leaves, and what is lent comes back."""

from aiohttp import web

from mdm.errors import ValiseError
from mdm.i18n import N_
from webui.forms import Given, given_in
from webui.loans.pupil_list_pages import day_of
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.site import Site

LEAVES = "leave"


class YearPages:
    """Lets a school's year end."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._home = site.services.home

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/pupils/year", self.show, needs=Action.IMPORT_PUPILS),
            page("POST", "/pupils/year", self.move, needs=Action.IMPORT_PUPILS),
            page("POST", "/pupils/year/loans", self.call_back, needs=Action.MANAGE_LOANS),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show what is to be said."""
        return await self._page(request, request.query.get("school", ""))

    async def move(self, request: web.Request) -> web.StreamResponse:
        """Move the classes on."""
        given = await given_in(request)
        uai = given.text("school")
        await self._site.at_school(request, Action.IMPORT_PUPILS, uai)
        try:
            moves = {
                one.class_id: None if given.text(f"to-{one.class_id}") == LEAVES else given.text(f"to-{one.class_id}")
                for one in (await self._home.pupils.school(uai)).classes
                if one.class_id and given.text(f"to-{one.class_id}")
            }
            await self._home.pupils.move_classes(uai, moves, actor=self._site.person(request).actor)
        except ValiseError as refused:
            return await self._page(request, uai, refused=refused, given=given)
        raise see_other(f"/pupils?school={uai}", notice=N_("The classes have moved on."))

    async def call_back(self, request: web.Request) -> web.StreamResponse:
        """Let every loan end by a day."""
        given = await given_in(request)
        uai = given.text("school")
        await self._site.at_school(request, Action.MANAGE_LOANS, uai)
        try:
            await self._home.loans.end_year(uai, day_of(given, "day"), actor=self._site.person(request).actor)
        except ValiseError as refused:
            return await self._page(request, uai, refused=refused, given=given)
        raise see_other(f"/loans?school={uai}", notice=N_("The loans end by this day; those never begun are ended."))

    async def _page(
        self, request: web.Request, uai: str, *, refused: ValiseError | None = None, given: Given | None = None
    ) -> web.Response:
        place = await self._site.at_school(request, Action.IMPORT_PUPILS, uai)
        school = await self._home.pupils.school(uai)
        return self._site.renderer.page(
            request,
            "loans/year.html",
            status=refused.status if refused else 200,
            refused=refused,
            given=given,
            school=school,
            uai=uai,
            classes=[one for one in school.classes if one.class_id],
            leaves=LEAVES,
            manages=self._site.may(request, Action.MANAGE_LOANS, place),
        )
