"""One loan: the text, the yeses, the tablet's state and photos, and each step of it."""

import asyncio
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField

from mdm.errors import ValiseError
from mdm.fleet.territory_store import require_school
from mdm.home.loans.loan import Condition, LoanDetail, Moment, Part, Wear
from mdm.home.loans.loans import PHOTOS_LIMIT
from mdm.i18n import N_
from mdm.repairs.photo_cleaning import LARGEST_BYTES
from mdm.store import Event
from webui.errors import NotAllowed, NothingChosen
from webui.forms import NOTHING, Given, given_in
from webui.live import Parts
from webui.loans.errors import PhotoNotShown
from webui.loans.ground import LoanGround, loan_ground, may_with_loan
from webui.loans.loan_shown import LoanShown
from webui.loans.papers import agreement_paper, pdf_answer, require_paper
from webui.loans.pupil_list_pages import day_of
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.site import Site
from webui.standing import standing_of
from webui.visitor import visitor_of

LOAN = "/loans/{loan_id:[0-9a-f]{32}}"
UPLOAD_BYTES = PHOTOS_LIMIT * (LARGEST_BYTES + 1_000_000)
_LEAST_SIGNERS = 2


class LoanPages:
    """Shows a loan to whoever reads loans and names there, and takes the steps of whoever manages loans there."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._services = site.services
        self._home = site.services.home
        self._shown = LoanShown(site)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        manages = Action.MANAGE_LOANS
        return [
            page("GET", LOAN, self.show, needs=Action.READ_LOANS),
            page("GET", f"{LOAN}/events", self.follow, needs=Action.READ_LOANS),
            page("GET", f"{LOAN}/agreement.pdf", self.agreement, needs=manages),
            page("GET", f"{LOAN}/photos/{{photo:[0-9a-f]{{64}}}}.jpg", self.photo, needs=Action.READ_LOANS),
            page("POST", f"{LOAN}/paper", self.note_on_paper, needs=manages),
            page("POST", f"{LOAN}/yes/take-back", self.take_back_yes, needs=manages),
            page("POST", f"{LOAN}/terms", self.renew_terms, needs=manages),
            page("POST", f"{LOAN}/hand-over", self.hand_over, needs=manages, upload_bytes=UPLOAD_BYTES),
            page("POST", f"{LOAN}/return", self.take_back, needs=manages, upload_bytes=UPLOAD_BYTES),
            page("POST", f"{LOAN}/extend", self.extend, needs=manages),
            page("POST", f"{LOAN}/end", self.end, needs=manages),
            page("POST", f"{LOAN}/lost", self.declare_lost, needs=Action.DECLARE_LOST),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show a loan."""
        return await self._page(request)

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send the parts of a loan's page as they change: a guardian says yes, the tablet goes out, the day changes."""
        _, ground = await self._loan(request, Action.READ_LOANS)
        tablet_id = (await self._home.lists.loan(ground.loan_id)).view.loan.tablet_id

        async def render() -> Parts:
            return await self._shown.parts(request, ground)

        def concerns(event: Event) -> bool:
            return event.key == (tablet_id if event.topic == "tablet" else ground.kit.uai)

        return await self._site.follow(request, render, concerns, topics=("loans", "pupils", "tablet"))

    async def agreement(self, request: web.Request) -> web.Response:
        """Print the agreement, to be signed."""
        loan_id, ground = await self._loan(request, Action.MANAGE_LOANS)
        await require_paper()
        detail = await self._home.lists.loan(loan_id)
        uai = ground.kit.uai or ""
        school = await self._services.database.read(lambda conn: require_school(conn, uai))
        pdf = await agreement_paper(
            detail,
            school.name,
            await self._signers(detail),
            visitor_of(request).translate,
            organization=self._services.settings.enrollment.organization,
            made_at=self._services.clock.ms(),
        )
        return pdf_answer(pdf, "agreement")

    async def photo(self, request: web.Request) -> web.Response:
        """Return a photo of the tablet."""
        loan_id, _ = await self._loan(request, Action.READ_LOANS)
        wanted = request.match_info["photo"]
        if not any(wanted in hashes for hashes in (await self._home.lists.loan(loan_id)).photos.values()):
            raise PhotoNotShown
        return web.Response(body=await self._home.photos.content(wanted), content_type="image/jpeg")

    async def note_on_paper(self, request: web.Request) -> web.StreamResponse:
        """Note a guardian's yes that was signed on paper."""
        loan_id, _ = await self._loan(request, Action.MANAGE_LOANS)
        given = await given_in(request)
        try:
            if not given.text("guardian"):
                raise NothingChosen
            await self._home.loans.agreements.note_on_paper(
                loan_id,
                given.text("guardian"),
                signed_on=day_of(given, "signed"),
                insured=given.is_set("insured"),
                actor=self._actor(request),
            )
        except ValiseError as refused:
            return await self._page(request, at="paper", refused=refused, given=given)
        raise see_other(f"/loans/{loan_id}", notice=N_("The agreement on paper is noted."))

    async def take_back_yes(self, request: web.Request) -> web.StreamResponse:
        """Take a guardian's yes back."""
        loan_id, _ = await self._loan(request, Action.MANAGE_LOANS)
        guardian_id = (await given_in(request)).text("guardian")
        try:
            await self._home.loans.agreements.take_back(loan_id, guardian_id, actor=self._actor(request))
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other(f"/loans/{loan_id}", notice=N_("The yes was taken back."))

    async def renew_terms(self, request: web.Request) -> web.StreamResponse:
        """Put the loan under the charter's present text."""
        loan_id, _ = await self._loan(request, Action.MANAGE_LOANS)
        try:
            await self._home.loans.agreements.renew_terms(loan_id, actor=self._actor(request))
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other(f"/loans/{loan_id}", notice=N_("The loan has the new text: the family must accept it again."))

    async def hand_over(self, request: web.Request) -> web.StreamResponse:
        """Give the tablet to the family."""
        loan_id, _ = await self._loan(request, Action.MANAGE_LOANS)
        given = await given_in(request)
        try:
            await self._keep_photos(request, loan_id, Moment.HANDED)
            await self._home.loans.hand_over(loan_id, _condition(given), actor=self._actor(request))
        except ValiseError as refused:
            return await self._page(request, at="hand-over", refused=refused, given=given)
        raise see_other(f"/loans/{loan_id}", notice=N_("The tablet is handed over."))

    async def take_back(self, request: web.Request) -> web.StreamResponse:
        """Take the tablet back."""
        loan_id, _ = await self._loan(request, Action.MANAGE_LOANS)
        given = await given_in(request)
        condition = _condition(given)
        try:
            await self._keep_photos(request, loan_id, Moment.RETURNED)
            await self._home.loans.take_back(loan_id, condition, actor=self._actor(request))
        except ValiseError as refused:
            return await self._page(request, at="return", refused=refused, given=given)
        said = N_("The tablet is back, and a fault was opened.") if condition.at_fault else N_("The tablet is back.")
        raise see_other(f"/loans/{loan_id}", notice=said)

    async def extend(self, request: web.Request) -> web.StreamResponse:
        """Choose another day of return."""
        loan_id, _ = await self._loan(request, Action.MANAGE_LOANS)
        given = await given_in(request)
        try:
            await self._home.loans.extend(loan_id, day_of(given, "due"), actor=self._actor(request))
        except ValiseError as refused:
            return await self._page(request, at="extend", refused=refused, given=given)
        raise see_other(f"/loans/{loan_id}", notice=N_("The day of return was changed."))

    async def end(self, request: web.Request) -> web.StreamResponse:
        """End a loan that never began, or whose tablet is given up."""
        loan_id, _ = await self._loan(request, Action.MANAGE_LOANS)
        try:
            await self._home.loans.end(loan_id, actor=self._actor(request))
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other(f"/loans/{loan_id}", notice=N_("The loan is ended."))

    async def declare_lost(self, request: web.Request) -> web.StreamResponse:
        """Note that the family lost the tablet, as the first of two persons who ask for its search."""
        loan_id, ground = await self._loan(request, Action.DECLARE_LOST)
        tablet_id = (await self._home.lists.loan(loan_id)).view.loan.tablet_id
        standing = standing_of(self._site.person(request), ground.kit)
        try:
            await self._home.lost.searches.declare(tablet_id, standing=standing, actor=self._actor(request))
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other(f"/loans/{loan_id}", notice=N_("The tablet is declared lost and gets blocked."))

    async def _signers(self, detail: LoanDetail) -> list[str]:
        """Return who signs the agreement: every guardian where all must agree, two at least; else one."""
        pupil = detail.view.pupil
        if pupil is None or not pupil.both_must_agree:
            return [""]
        labels = [one.guardian.label for one in await self._home.guardians.of_pupil(pupil.pupil_id)]
        return labels + [""] * max(0, _LEAST_SIGNERS - len(labels))

    async def _page(
        self, request: web.Request, *, at: str = "", refused: ValiseError | None = None, given: Given = NOTHING
    ) -> web.Response:
        _, ground = await self._loan(request, Action.READ_LOANS)
        values = await self._shown.values(request, ground, at=at, refused=refused, given=given)
        return self._site.renderer.page(request, "loans/loan.html", status=refused.status if refused else 200, **values)

    async def _loan(self, request: web.Request, action: Action) -> tuple[str, LoanGround]:
        """Return the loan of the address, when the person may read its names and do this."""
        loan_id, person = request.match_info["loan_id"], self._site.person(request)
        ground = await self._services.database.read(lambda conn: loan_ground(conn, loan_id))
        for one in (Action.READ_LOANS, Action.READ_PUPILS, action):
            if not may_with_loan(person, one, ground):
                raise NotAllowed
        return loan_id, ground

    async def _keep_photos(self, request: web.Request, loan_id: str, moment: Moment) -> None:
        found: list[Any] = (await request.post()).getall("photos", [])
        for one in found:
            if isinstance(one, FileField) and (body := await asyncio.to_thread(one.file.read)):
                await self._home.loans.add_photo(loan_id, moment, body, actor=self._actor(request))

    def _actor(self, request: web.Request) -> str:
        return self._site.person(request).actor


def _condition(given: Given) -> Condition:
    wears = {one.value: one for one in Wear}
    return Condition(
        screen=wears.get(given.text("screen"), Wear.GOOD),
        body=wears.get(given.text("body"), Wear.GOOD),
        works=given.text("works", "yes") != "no",
        missing=tuple(one for one in Part if one.value in given.every("missing")),
        note=given.text("note"),
    )
