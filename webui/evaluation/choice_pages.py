"""What a guardian said on paper about an evaluation, as the school's head notes it from the pupil's page."""

from aiohttp import web

from mdm.errors import ValiseError
from mdm.home.evaluation.cohort import Choice
from mdm.i18n import N_
from webui.errors import NotAllowed
from webui.evaluation.errors import FormIncomplete
from webui.evaluation.speech import Speech
from webui.forms import given_in
from webui.loans.errors import GuardianNotHere
from webui.loans.ground import may_at_any, pupil_places
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.site import Site
from webui.visitor import visitor_of

CHOICES = "/pupils/{pupil_id:[0-9a-f]{32}}/evaluations"


class ChoicePages:
    """Shows the evaluations that concern a pupil, and notes the papers of its guardians."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._home = site.services.home
        self._evaluations = site.services.home.figures.guardians

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        notes = Action.NOTE_CHOICES
        return [
            page("GET", CHOICES, self.show, needs=notes),
            page("POST", f"{CHOICES}/{{evaluation:[0-9a-f]{{32}}}}", self.note, needs=notes),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show the evaluations."""
        return await self._page(request)

    async def note(self, request: web.Request) -> web.StreamResponse:
        """Note what a guardian signed; it holds at once."""
        pupil_id = await self._pupil(request)
        given = await given_in(request)
        try:
            if given.text("choice") not in list(Choice):
                raise FormIncomplete(field=visitor_of(request).translate(N_("What the paper says")))
            if given.text("guardian") not in {one for one, _ in await self._guardians(request, pupil_id)}:
                raise GuardianNotHere
            await self._evaluations.choose(
                request.match_info["evaluation"],
                pupil_id,
                given.text("guardian"),
                Choice(given.text("choice")),
                actor=self._site.person(request).actor,
                on_paper=True,
            )
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other(
            f"/pupils/{pupil_id}/evaluations", notice=N_("Noted. It holds at once, and the family sees it.")
        )

    async def _page(self, request: web.Request, *, refused: ValiseError | None = None) -> web.Response:
        pupil_id = await self._pupil(request)
        detail = await self._home.pupils.pupil(pupil_id)
        return self._site.renderer.page(
            request,
            "evaluation/choices.html",
            status=refused.status if refused else 200,
            refused=refused,
            pupil=detail.pupil,
            address=f"/pupils/{pupil_id}",
            guardians=await self._guardians(request, pupil_id),
            evaluations=await self._evaluations.of_pupil(pupil_id, to_come=True),
            speech=Speech(translate=visitor_of(request).translate),
        )

    async def _guardians(self, request: web.Request, pupil_id: str) -> list[tuple[str, str]]:
        nameless = visitor_of(request).translate(N_("A guardian without a name"))
        found = await self._home.guardians.of_pupil(pupil_id)
        return [(one.guardian.guardian_id, one.guardian.label or nameless) for one in found]

    async def _pupil(self, request: web.Request) -> str:
        """Return the pupil of the address, when the person notes papers of its school; raise `NotAllowed`."""
        pupil_id = request.match_info["pupil_id"]
        places = await self._site.services.database.read(lambda conn: pupil_places(conn, pupil_id))
        if not may_at_any(self._site.person(request), Action.NOTE_CHOICES, places):
            raise NotAllowed
        return pupil_id
