"""A school's loans in lists: to prepare, waiting, to hand over, out, overdue, lost; and how one is prepared."""

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from mdm.errors import ValiseError
from mdm.fleet.tablet_store import find_tablet
from mdm.home.loans.list_store import LoanList
from mdm.home.loans.loan import USUAL_PARTS, LoanPage, LoanView, Part
from mdm.home.loans.reminders import Reminder
from mdm.home.pupils.pupil import PupilView
from mdm.home.pupils.pupil_store import inscriptions_of
from mdm.i18n import N_
from mdm.store import Connection
from webui.errors import NotAllowed, NothingChosen
from webui.forms import NOTHING, Given, given_in
from webui.live import Parts
from webui.loans.family_store import FreeTablet, free_tablets
from webui.loans.ground import (
    Ground,
    choose_school,
    ground_in,
    loan_grounds,
    may_at_any,
    may_with_loan,
    pupil_places,
    school_meant,
)
from webui.loans.pupil_list_pages import day_of
from webui.loans.speech import LIST_NAMES, Speech
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action, may
from webui.places import tablet_place
from webui.scopes import Place
from webui.site import Site
from webui.visitor import visitor_of

TO_PREPARE = "to_prepare"
_PART = 100
_MOST = 1000


class LoanListPages:
    """Lists loans with names for whoever reads names; numbers alone for others."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._services = site.services
        self._home = site.services.home

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/loans", self.show, needs=Action.READ_LOANS),
            page("GET", "/loans/events", self.follow, needs=Action.READ_LOANS),
            page("GET", "/loans/list.csv", self.sheet, needs=Action.READ_LOANS),
            page("GET", "/loans/new", self.ask, needs=Action.MANAGE_LOANS),
            page("POST", "/loans/new", self.prepare, needs=Action.MANAGE_LOANS),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show a school's lists, or the schools to choose from."""
        uai = await school_meant(self._site, request, Action.READ_LOANS, "/loans")
        if not uai:
            return await choose_school(self._site, request, Action.READ_LOANS, "/loans", N_("Loans"))
        return self._site.renderer.page(request, "loans/loans.html", **await self._values(request, uai))

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send a list as it changes, and the numbers beside it."""
        uai, visitor = request.query.get("school", ""), visitor_of(request)
        reads = (await self._values(request, uai))["reads"]

        async def render() -> Parts:
            values = await self._values(request, uai)
            names = ("telephone", "lists", "lines") if reads else (("numbers",) if values["counts"] else ())
            return {
                f"loans-{name}": self._site.renderer.fragment(visitor.translate, f"loans/_loans_{name}.html", **values)
                for name in names
            }

        return await self._site.follow(request, render, lambda event: event.key == uai, topics=("loans", "pupils"))

    async def sheet(self, request: web.Request) -> web.Response:
        """Give a list as a spreadsheet, to whoever reads the names of the whole school."""
        uai, which = request.query.get("school", ""), request.query.get("list", LoanList.OUT.value)
        for action in (Action.READ_LOANS, Action.READ_PUPILS):
            await self._site.at_school(request, action, uai)
        chosen = next((one for one in LoanList if one.value == which), LoanList.OUT)
        body = await self._home.lists.sheet(uai, chosen, visitor_of(request).translate)
        headers = {"Content-Disposition": f'attachment; filename="loans-{uai}-{chosen.value}.csv"'}
        return web.Response(body=body, content_type="text/csv", charset="utf-8", headers=headers)

    async def ask(self, request: web.Request) -> web.Response:
        """Show the form that prepares a loan."""
        return await self._form(request, request.query.get("school", ""))

    async def prepare(self, request: web.Request) -> web.StreamResponse:
        """Set a tablet aside for a pupil."""
        given = await given_in(request)
        uai, person = given.text("school"), self._site.person(request)
        try:
            pupil_id = given.text("pupil")
            if not pupil_id or not (given.text("code") or given.text("tablet")):
                raise NothingChosen
            tablet_id = await self._tablet(given)
            kit, places = await self._services.database.read(
                lambda conn: (tablet_place(conn, tablet_id), pupil_places(conn, pupil_id))
            )
            if not may_at_any(person, Action.READ_PUPILS, places):
                raise NotAllowed
            # A child of two schools gets a tablet from the one whose people lend it.
            places = [one for one in places if one.uai == kit.uai]
            if not (may(person, Action.MANAGE_LOANS, kit) or may_at_any(person, Action.MANAGE_LOANS, places)):
                raise NotAllowed
            parts = tuple(one for one in Part if one.value in given.every("part"))
            loan = await self._home.loans.prepare(
                tablet_id, pupil_id, due_on=day_of(given, "due"), parts=parts, actor=person.actor
            )
        except NotAllowed:
            raise
        except ValiseError as refused:
            return await self._form(request, uai, refused=refused, given=given)
        raise see_other(f"/loans/{loan.loan_id}", notice=N_("The tablet is set aside for this pupil."))

    async def _values(self, request: web.Request, uai: str) -> dict[str, Any]:
        person = self._site.person(request)
        ground = await self._services.database.read(lambda conn: ground_in(conn, person, Action.READ_LOANS, uai))
        reads = self._site.may(request, Action.READ_PUPILS)
        which = request.query.get("list", LoanList.OUT.value)
        which = which if which in LIST_NAMES else LoanList.OUT.value
        pupils, found = await self._list(request, ground, which) if reads else ([], LoanPage(loans=(), next=""))
        counts = await self._home.lists.counts(uai) if ground.whole else None
        return {
            "ground": ground,
            "uai": uai,
            "which": which,
            "lists": [(key, visitor_of(request).translate(text)) for key, text in LIST_NAMES.items()],
            "counts": counts,
            "numbers": _numbers(counts),
            "reads": reads,
            "pupils": pupils,
            "loans": found.loans,
            "next": f"/loans?school={uai}&list={which}&after={found.next}" if found.next else "",
            "after": _after(request),
            "telephone": await self._telephone(request, ground) if reads else [],
            "manages": self._site.may(request, Action.MANAGE_LOANS, ground.place) or not ground.whole,
            "speech": Speech(translate=visitor_of(request).translate),
        }

    async def _tablet(self, given: Given) -> str:
        """Return the tablet that a form names: by its label or serial number, or out of the list."""
        code = given.text("code")
        if not code:
            return given.text("tablet")
        if code.lower().startswith("valise:"):
            tablet_id, _ = await self._home.lists.scan(code)
            return tablet_id
        return (await self._services.database.read(lambda conn: find_tablet(conn, code))).tablet_id

    async def _form(
        self, request: web.Request, uai: str, *, refused: ValiseError | None = None, given: Given = NOTHING
    ) -> web.Response:
        person = self._site.person(request)
        ground = await self._services.database.read(lambda conn: ground_in(conn, person, Action.MANAGE_LOANS, uai))
        pupils = await self._to_prepare(request, ground, _MOST)
        tablets = await self._services.database.read(lambda conn: free_tablets(conn, uai))
        return self._site.renderer.page(
            request,
            "loans/prepare.html",
            status=refused.status if refused else 200,
            refused=refused,
            given=given,
            ground=ground,
            uai=uai,
            pupils=pupils,
            untrained=await self._untrained(request, ground),
            chosen=given.text("pupil") or request.query.get("pupil", ""),
            tablets=[one for one in tablets if _reaches(request, self._site, ground, one)],
            parts=list(Part),
            usual=given.every("part") if refused else [one.value for one in USUAL_PARTS],
            speech=Speech(translate=visitor_of(request).translate),
        )

    async def _list(self, request: web.Request, ground: Ground, which: str) -> tuple[list[PupilView], LoanPage]:
        if which == TO_PREPARE:
            return await self._to_prepare(request, ground, _MOST), LoanPage(loans=(), next="")
        found = await self._home.lists.page(ground.school.uai, LoanList(which), after=_after(request), limit=_PART)
        shown = await self._readable(request, ground, found.loans)
        return [], LoanPage(loans=tuple(shown), next=found.next)

    async def _readable(self, request: web.Request, ground: Ground, loans: Sequence[LoanView]) -> Sequence[LoanView]:
        if ground.whole and self._site.may(request, Action.READ_PUPILS, ground.place):
            return loans
        person = self._site.person(request)
        grounds = await self._services.database.read(lambda conn: loan_grounds(conn, ground.school.uai))
        return [
            one
            for one in loans
            if may_with_loan(person, Action.READ_LOANS, grounds[one.loan.loan_id])
            and may_with_loan(person, Action.READ_PUPILS, grounds[one.loan.loan_id])
        ]

    async def _to_prepare(self, request: web.Request, ground: Ground, limit: int) -> list[PupilView]:
        uai, person = ground.school.uai, self._site.person(request)
        found = await self._home.lists.to_prepare(uai, limit=limit)

        def classes(conn: Connection) -> list[PupilView]:
            shown = []
            for one in found:
                here = next((it for it in inscriptions_of(conn, one.pupil.pupil_id) if it.uai == uai), None)
                place = Place(insee=ground.place.insee, uai=uai, class_id=here.class_id if here else None)
                if may(person, Action.READ_PUPILS, place):
                    shown.append(one)
            return shown

        shown = await self._services.database.read(classes)
        return sorted(shown, key=lambda one: (one.class_name, one.pupil.shown_name))

    async def _untrained(self, request: web.Request, ground: Ground) -> int:
        """Return how many children of those whom the person sees wait for a guardian's training."""
        person, uai = self._site.person(request), ground.school.uai
        found = await self._home.lists.untrained(uai)
        return sum(
            count
            for class_id, count in found.items()
            if may(person, Action.READ_PUPILS, Place(insee=ground.place.insee, uai=uai, class_id=class_id))
        )

    async def _telephone(self, request: web.Request, ground: Ground) -> list[tuple[Reminder, LoanView, bool]]:
        """Return the newest reminder of each loan of which nobody was told, and whether letters to them come back."""
        newest = {one.loan_id: one for one in await self._home.reminders.to_telephone(ground.school.uai)}
        views = {one: (await self._home.lists.loan(one)).view for one in list(newest)[:_PART]}
        shown = await self._readable(request, ground, list(views.values()))
        back = await self._home.letters.unreachable([one.pupil.pupil_id for one in shown if one.pupil is not None])
        return [(newest[one.loan.loan_id], one, one.pupil is not None and one.pupil.pupil_id in back) for one in shown]


def _reaches(request: web.Request, site: Site, ground: Ground, tablet: FreeTablet) -> bool:
    place = Place(insee=ground.place.insee, uai=ground.place.uai, class_id=tablet.class_id, kit_id=tablet.kit_id)
    return ground.whole or bool(ground.classes) or site.may(request, Action.MANAGE_LOANS, place)


def _after(request: web.Request) -> str:
    return request.query.get("after", "")[:200]


def _numbers(counts: object) -> dict[str, int]:
    names = ("waiting", "to_hand_over", "out", "overdue", "lost")
    return {name: getattr(counts, name) for name in names} if counts is not None else {}
