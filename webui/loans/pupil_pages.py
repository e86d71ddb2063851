"""One pupil: guardians with their codes, the training, the schools, the loan."""

from aiohttp import web

from mdm.errors import ValiseError
from mdm.fleet.territory_store import list_classes, list_schools
from mdm.home.loans import loan_store
from mdm.home.loans.loan import Loan
from mdm.home.training.training_store import Completion, completion_of
from mdm.i18n import N_
from mdm.store import Connection
from webui.errors import NotAllowed
from webui.forms import given_in
from webui.loans.errors import GuardianNotHere
from webui.loans.ground import loan_ground, may_at_any, may_with_loan, pupil_places
from webui.loans.papers import require_paper
from webui.loans.pupil_list_pages import day_of, show_codes
from webui.loans.speech import Speech
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.scopes import Place
from webui.site import Site
from webui.visitor import visitor_of

PUPIL = "/pupils/{pupil_id:[0-9a-f]{32}}"
GUARDIAN = f"{PUPIL}/guardians/{{guardian_id:[0-9a-f]{{32}}}}"


class PupilPages:
    """Shows a pupil. Whoever lends tablets gives codes; who a guardian is, the head says."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._services = site.services
        self._home = site.services.home

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", PUPIL, self.show, needs=Action.READ_PUPILS),
            page("POST", f"{PUPIL}/guardians", self.add_guardian, needs=Action.MANAGE_LOANS),
            page("POST", f"{PUPIL}/both", self.set_both, needs=Action.IMPORT_PUPILS),
            page("POST", f"{PUPIL}/leave", self.leave, needs=Action.IMPORT_PUPILS),
            page("POST", f"{GUARDIAN}/code", self.code, needs=Action.MANAGE_LOANS),
            page("POST", f"{GUARDIAN}/code/withdraw", self.withdraw_code, needs=Action.MANAGE_LOANS),
            page("POST", f"{GUARDIAN}/training", self.training, needs=Action.MANAGE_LOANS),
            page("POST", f"{GUARDIAN}/unlink", self.unlink, needs=Action.IMPORT_PUPILS),
            page("POST", f"{GUARDIAN}/withdraw", self.withdraw, needs=Action.IMPORT_PUPILS),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show a pupil."""
        return await self._page(request)

    async def add_guardian(self, request: web.Request) -> web.StreamResponse:
        """Add a guardian by hand."""
        pupil_id = await self._pupil(request, Action.MANAGE_LOANS)
        given = await given_in(request)
        try:
            await self._home.guardians.add(pupil_id, label=given.text("label"), actor=self._actor(request))
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other(f"/pupils/{pupil_id}", notice=N_("The guardian was added."))

    async def set_both(self, request: web.Request) -> web.StreamResponse:
        """Note whether a loan needs every guardian's yes."""
        pupil_id = await self._pupil(request, Action.IMPORT_PUPILS)
        given = await given_in(request)
        await self._home.pupils.set_both_must_agree(pupil_id, given.is_set("both"), actor=self._actor(request))
        raise see_other(f"/pupils/{pupil_id}", notice=N_("Noted."))

    async def leave(self, request: web.Request) -> web.StreamResponse:
        """Take a pupil out of a school."""
        pupil_id = await self._pupil(request, Action.IMPORT_PUPILS)
        uai = (await given_in(request)).text("school")
        await self._site.at_school(request, Action.IMPORT_PUPILS, uai)
        try:
            await self._home.pupils.leave(uai, pupil_id, actor=self._actor(request))
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other(f"/pupils?school={uai}", notice=N_("The pupil has left the school."))

    async def code(self, request: web.Request) -> web.StreamResponse:
        """Make a guardian's code anew, on paper or on the screen."""
        pupil_id, guardian_id = await self._guardian(request, Action.MANAGE_LOANS)
        form = (await given_in(request)).text("as")
        try:
            if form != "page":
                await require_paper()
            invited = await self._home.guardians.invite(guardian_id, actor=self._actor(request))
            return await show_codes(self._site, request, [invited], back=f"/pupils/{pupil_id}", form=form)
        except ValiseError as refused:
            return await self._page(request, refused=refused)

    async def withdraw_code(self, request: web.Request) -> web.StreamResponse:
        """Withdraw a guardian's code."""
        pupil_id, guardian_id = await self._guardian(request, Action.MANAGE_LOANS)
        await self._home.guardians.withdraw_codes(guardian_id, actor=self._actor(request))
        raise see_other(f"/pupils/{pupil_id}", notice=N_("The code was withdrawn: it opens nothing any more."))

    async def training(self, request: web.Request) -> web.StreamResponse:
        """Note that a guardian came to the training."""
        pupil_id, guardian_id = await self._guardian(request, Action.MANAGE_LOANS)
        try:
            day = day_of(await given_in(request), "day")
            await self._home.training.note_attended([guardian_id], day, actor=self._actor(request))
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other(f"/pupils/{pupil_id}", notice=N_("Noted: these guardians have done the training."))

    async def unlink(self, request: web.Request) -> web.StreamResponse:
        """Undo the link between a guardian and an account."""
        pupil_id, guardian_id = await self._guardian(request, Action.IMPORT_PUPILS)
        await self._home.guardians.unlink(guardian_id, actor=self._actor(request))
        raise see_other(f"/pupils/{pupil_id}", notice=N_("The account sees this family no more."))

    async def withdraw(self, request: web.Request) -> web.StreamResponse:
        """Note that somebody is no guardian of the pupil any more."""
        pupil_id, guardian_id = await self._guardian(request, Action.IMPORT_PUPILS)
        await self._home.guardians.withdraw(guardian_id, pupil_id, actor=self._actor(request))
        raise see_other(f"/pupils/{pupil_id}", notice=N_("The guardian was withdrawn from this pupil."))

    async def _page(self, request: web.Request, *, refused: ValiseError | None = None) -> web.Response:
        pupil_id = await self._pupil(request, Action.READ_PUPILS)
        person = self._site.person(request)
        guardians = await self._home.guardians.of_pupil(pupil_id)
        ids = [one.guardian.guardian_id for one in guardians]

        def read(
            conn: Connection,
        ) -> tuple[list[Place], dict[str, str], dict[str, str], list[tuple[Loan, bool]], dict[str, Completion | None]]:
            loans = loan_store.loans_of_pupils(conn, [pupil_id])
            places = pupil_places(conn, pupil_id)
            return (
                places,
                {one.class_id: one.name for place in places for one in list_classes(conn, place.uai or "")},
                {one.uai: one.name for one in list_schools(conn)},
                [(one, may_with_loan(person, Action.READ_LOANS, loan_ground(conn, one.loan_id))) for one in loans],
                {one: completion_of(conn, one) for one in ids},
            )

        # Of a child of two schools, one sees that the other one lends a tablet, and no more of it.
        places, classes, names, loans, trained = await self._services.database.read(read)
        return self._site.renderer.page(
            request,
            "loans/pupil.html",
            status=refused.status if refused else 200,
            refused=refused,
            detail=await self._home.pupils.pupil(pupil_id),
            address=f"/pupils/{pupil_id}",
            school_names=names,
            class_names=classes,
            here=next((one for one in places if self._site.may(request, Action.READ_PUPILS, one)), Place()),
            guardians=guardians,
            trained=trained,
            loans=loans,
            manages=may_at_any(person, Action.MANAGE_LOANS, places),
            decides=may_at_any(person, Action.IMPORT_PUPILS, places),
            today=self._services.clock.now().date().isoformat(),
            speech=Speech(translate=visitor_of(request).translate),
        )

    async def _pupil(self, request: web.Request, action: Action) -> str:
        """Return the pupil of the address, when the person may read it and do this."""
        pupil_id, person = request.match_info["pupil_id"], self._site.person(request)
        places = await self._services.database.read(lambda conn: pupil_places(conn, pupil_id))
        if not (may_at_any(person, Action.READ_PUPILS, places) and may_at_any(person, action, places)):
            raise NotAllowed
        return pupil_id

    async def _guardian(self, request: web.Request, action: Action) -> tuple[str, str]:
        pupil_id, guardian_id = await self._pupil(request, action), request.match_info["guardian_id"]
        known = {one.guardian.guardian_id for one in await self._home.guardians.of_pupil(pupil_id)}
        if guardian_id not in known:
            raise GuardianNotHere
        return pupil_id, guardian_id

    def _actor(self, request: web.Request) -> str:
        return self._site.person(request).actor
