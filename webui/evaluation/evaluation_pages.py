"""Evaluations: the list, a protocol with its life, how one is proposed; each act by who may do it."""

from typing import Any

from aiohttp import web

from mdm.errors import ValiseError
from mdm.home.evaluation.errors import ExportUnknown
from mdm.home.evaluation.evaluation import GATHERING, STATE_NAMES, Basis, Evaluation, State
from mdm.home.evaluation.export_store import EXPORT_STATE_NAMES, Export, ExportState
from mdm.home.evaluation.guardians import OPEN, WAY_NAMES, Way
from mdm.home.evaluation.variables import VARIABLE_WORDS, Variable
from mdm.i18n import N_
from mdm.long_work.work import WorkState
from profiles.charter.proposal_life import STATE_WORDS
from profiles.charter.studies import WAITING, Studies
from webui.errors import NotAllowed
from webui.evaluation.protocol_form import LABELS, draft_in
from webui.evaluation.speech import Speech
from webui.forms import NOTHING, Given, given_in
from webui.live import Parts
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.site import Site
from webui.soon import ended_soon
from webui.visitor import visitor_of

EVALUATION = "/evaluations/{evaluation:[0-9a-f]{32}}"
EXPORT = f"{EVALUATION}/exports/{{export:[0-9a-f]{{32}}}}"
_UPLOAD = 256 * 1024


class EvaluationPages:
    """Shows evaluations and takes their steps. Who asks for an export does not release it."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._figures = site.services.home.figures
        services = site.services
        self._studies = Studies(services.database, services.clock, services.proposals)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        reads, proposes, releases = Action.READ_EVALUATIONS, Action.PROPOSE_EVALUATION, Action.RELEASE_EVALUATION
        return [
            page("GET", "/evaluations", self.list, needs=reads),
            page("GET", "/evaluations/new", self.ask, needs=proposes),
            page("POST", "/evaluations/new", self.propose, needs=proposes, upload_bytes=_UPLOAD),
            page("GET", EVALUATION, self.show, needs=reads),
            page("GET", f"{EVALUATION}/change", self.ask_change, needs=proposes),
            page("POST", f"{EVALUATION}/change", self.change, needs=proposes, upload_bytes=_UPLOAD),
            page("POST", f"{EVALUATION}/submit", self.submit, needs=proposes),
            page("POST", f"{EVALUATION}/take-back", self.take_back, needs=proposes),
            page("GET", f"{EVALUATION}/events", self.follow, needs=reads),
            page("POST", f"{EVALUATION}/decide", self.decide, needs=releases),
            page("POST", f"{EVALUATION}/start", self.start, needs=releases),
            page("POST", f"{EVALUATION}/inform", self.inform, needs=releases),
            page("POST", f"{EVALUATION}/end", self.end, needs=releases),
            page("POST", f"{EVALUATION}/exports", self.ask_export, needs=proposes),
            page("POST", f"{EXPORT}/release", self.release, needs=releases),
            page("POST", f"{EXPORT}/refuse", self.refuse, needs=releases),
            page("POST", f"{EXPORT}/fetch", self.fetch, needs=proposes),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """Show all evaluations."""
        return self._site.renderer.page(
            request,
            "evaluation/evaluations.html",
            evaluations=await self._figures.evaluations.every(),
            state_names=STATE_NAMES,
            speech=self._speech(request),
        )

    async def show(self, request: web.Request) -> web.Response:
        """Show an evaluation."""
        return await self._page(request)

    async def ask(self, request: web.Request) -> web.Response:
        """Show the form of a protocol."""
        return self._form(request)

    async def propose(self, request: web.Request) -> web.StreamResponse:
        """Keep a new protocol."""
        given = await given_in(request)
        try:
            made = await self._figures.evaluations.draft(await draft_in(request, given), actor=self._actor(request))
        except ValiseError as refused:
            return self._form(request, refused=refused, given=given)
        raise see_other(f"/evaluations/{made.evaluation_id}", notice=N_("The protocol is kept as a draft."))

    async def ask_change(self, request: web.Request) -> web.Response:
        """Show the form with what the protocol says."""
        return self._form(request, evaluation=await self._evaluation(request))

    async def change(self, request: web.Request) -> web.StreamResponse:
        """Keep another text of a protocol that was not decided on."""
        given, found = await given_in(request), await self._evaluation(request)
        try:
            await self._studies.require_free(found.evaluation_id)
            await self._figures.evaluations.change(
                found.evaluation_id,
                await draft_in(request, given),
                seen=given.whole("seen") or 0,
                actor=self._actor(request),
            )
        except ValiseError as refused:
            return self._form(request, evaluation=found, refused=refused, given=given)
        raise see_other(f"/evaluations/{found.evaluation_id}", notice=N_("The protocol was changed."))

    async def submit(self, request: web.Request) -> web.StreamResponse:
        """Bring a protocol to the committee, as a proposal of its own."""
        found = await self._evaluation(request)
        try:
            await self._studies.submit(found.evaluation_id, login=self._login(request))
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise self._done(found, N_("The protocol is before the committee."))

    async def take_back(self, request: web.Request) -> web.StreamResponse:
        """Take a protocol back from the committee, before its vote."""
        found = await self._evaluation(request)
        try:
            await self._studies.take_back(found.evaluation_id, login=self._login(request))
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise self._done(found, N_("The protocol is taken back: it can be changed."))

    async def decide(self, request: web.Request) -> web.StreamResponse:
        """Note the committee's decision."""
        found = await self._evaluation(request)
        proposal = (await given_in(request)).text("proposal").rstrip("/").rpartition("/")[2]
        try:
            await self._figures.evaluations.decide(found.evaluation_id, proposal, actor=self._actor(request))
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise self._done(found, N_("The committee's decision is noted."))

    async def start(self, request: web.Request) -> web.StreamResponse:
        """Let a decided evaluation run."""
        found = await self._evaluation(request)
        try:
            await self._figures.evaluations.start(found.evaluation_id, actor=self._actor(request))
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise self._done(found, N_("The evaluation runs."))

    async def inform(self, request: web.Request) -> web.StreamResponse:
        """Note that the guardians of all pupils of the schools were informed."""
        found, given = await self._evaluation(request), await given_in(request)
        way = next((one for one in Way if one.value == given.text("way")), Way.LETTER)
        try:
            await self._figures.guardians.inform(found.evaluation_id, way, actor=self._actor(request))
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise self._done(found, N_("Noted: guardians were informed."))

    async def end(self, request: web.Request) -> web.StreamResponse:
        """End an evaluation; its key and all that was gathered is erased."""
        found = await self._evaluation(request)
        try:
            await self._figures.evaluations.end(found.evaluation_id, actor=self._actor(request))
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise self._done(found, N_("The evaluation is at its end: its key and all that was gathered is erased."))

    async def ask_export(self, request: web.Request) -> web.StreamResponse:
        """Ask for an export."""
        found = await self._evaluation(request)
        try:
            await self._figures.exports.ask(found.evaluation_id, actor=self._actor(request))
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise self._done(found, N_("The export is asked for. Another person releases it."))

    async def release(self, request: web.Request) -> web.StreamResponse:
        """Release an export that another person asked for."""
        found, export = await self._export(request)
        try:
            work = await self._figures.export_work.release(export.export_id, actor=self._actor(request))
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        work = await ended_soon(self._site.services.database, self._site.services.fleet_view.works, work)
        if work is not None and work.state is not WorkState.DONE:
            raise self._done(found, N_("It has begun. You may leave this page and come back."))
        raise self._done(found, N_("The export is released, and shown to the families concerned."))

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send the exports as their files are made."""
        found, visitor = await self._evaluation(request), visitor_of(request)

        async def render() -> Parts:
            values = await self._exports(request, found)
            return {
                f"export-{one.export_id}": self._site.renderer.fragment(
                    visitor.translate, "evaluation/_export.html", csrf=visitor.csrf, one=one, who=who, **values
                )
                for one, who in values.pop("exports")
            }

        return await self._site.follow(request, render, lambda _: True, topics=("long_work",))

    async def refuse(self, request: web.Request) -> web.StreamResponse:
        """Refuse an export."""
        found, export = await self._export(request)
        try:
            await self._figures.exports.refuse(export.export_id, actor=self._actor(request))
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise self._done(found, N_("The export is refused."))

    async def fetch(self, request: web.Request) -> web.StreamResponse:
        """Give an export's file; that it was fetched is in the journal."""
        _, export = await self._export(request)
        try:
            body = await self._figures.exports.fetch(export.export_id, actor=self._actor(request))
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        headers = {"Content-Disposition": f'attachment; filename="export-{export.export_id[-8:]}.zip"'}
        return web.Response(body=body, content_type="application/zip", headers=headers)

    async def _page(self, request: web.Request, *, refused: ValiseError | None = None) -> web.Response:
        found = await self._evaluation(request)
        to_erase: list[str] = []
        if found.state is State.EXPORTED and self._site.may(request, Action.PROPOSE_EVALUATION):
            to_erase = await self._figures.exports.to_erase(found.evaluation_id)
        return self._site.renderer.page(
            request,
            "evaluation/evaluation.html",
            status=refused.status if refused else 200,
            refused=refused,
            evaluation=found,
            draft=found.draft,
            standing=await self._studies.standing(found.evaluation_id),
            waiting=WAITING,
            proposal_states=STATE_WORDS,
            login=self._site.person(request).login or "",
            **await self._exports(request, found),
            to_erase=to_erase,
            state_names=STATE_NAMES,
            states=State,
            gathers=found.state in GATHERING,
            open=found.state in OPEN,
            variables=VARIABLE_WORDS,
            consent=Basis.CONSENT,
            ways=[(key.value, visitor_of(request).translate(text)) for key, text in WAY_NAMES.items()],
        )

    async def _exports(self, request: web.Request, found: Evaluation) -> dict[str, Any]:
        """Return what the list of exports shows."""
        exports = await self._figures.exports.of_evaluation(found.evaluation_id)
        works = {one.export_id: await self._figures.export_work.newest(one.export_id) for one in exports}
        return {
            "exports": [(one, self._speech(request).person(one.asked_by)) for one in exports],
            "mine": {one.export_id for one in exports if one.asked_by == self._actor(request)},
            "works": works,
            "making": any(one is not None and one.is_open for one in works.values()),
            "address": f"/evaluations/{found.evaluation_id}",
            "export_state_names": EXPORT_STATE_NAMES,
            "asked": ExportState.ASKED,
            "released": ExportState.RELEASED,
            "may_release": self._site.may(request, Action.RELEASE_EVALUATION),
            "may_propose": self._site.may(request, Action.PROPOSE_EVALUATION),
            "speech": self._speech(request),
        }

    def _form(
        self,
        request: web.Request,
        *,
        evaluation: Evaluation | None = None,
        refused: ValiseError | None = None,
        given: Given = NOTHING,
    ) -> web.Response:
        words = visitor_of(request).translate
        draft: Any = evaluation.draft if evaluation else None
        login = self._site.person(request).login or ""
        usual: dict[str, Any] = {"threshold": 10, "notice_days": 30, "retention_days": 365, "responsible": login}
        kept = (
            {name: " ".join(draft.schools) if name == "schools" else str(getattr(draft, name)) for name in LABELS}
            if draft
            else {name: str(usual.get(name, "")) for name in LABELS}
        )
        ticked = [one.value for one in draft.variables] if draft else []
        return self._site.renderer.page(
            request,
            "evaluation/protocol.html",
            status=refused.status if refused else 200,
            refused=refused,
            evaluation=evaluation,
            values={name: given.text(name) or kept[name] for name in LABELS},
            labels={name: words(text) for name, text in LABELS.items()},
            ticked=given.every("variable") or ticked,
            consents=(given.text("basis") or (draft.basis.value if draft else "")) == "consent",
            variables=[(one.value, words(VARIABLE_WORDS[one].label)) for one in Variable],
            action=f"/evaluations/{evaluation.evaluation_id}/change" if evaluation else "/evaluations/new",
        )

    async def _evaluation(self, request: web.Request) -> Evaluation:
        return await self._figures.evaluations.show(request.match_info["evaluation"])

    async def _export(self, request: web.Request) -> tuple[Evaluation, Export]:
        """Return the export of the address, which belongs to its evaluation; raise `ExportUnknown`."""
        found, export_id = await self._evaluation(request), request.match_info["export"]
        for one in await self._figures.exports.of_evaluation(found.evaluation_id):
            if one.export_id == export_id:
                return found, one
        raise ExportUnknown(export=export_id)

    def _done(self, found: Evaluation, said: str) -> web.HTTPSeeOther:
        return see_other(f"/evaluations/{found.evaluation_id}", notice=said)

    def _actor(self, request: web.Request) -> str:
        return self._site.person(request).actor

    def _login(self, request: web.Request) -> str:
        """Return who acts for the committee's register; raise `NotAllowed` for a program, which has no login."""
        login = self._site.person(request).login
        if login is None:
            raise NotAllowed
        return login

    def _speech(self, request: web.Request) -> Speech:
        return Speech(translate=visitor_of(request).translate)
