"""Pupils from files, in two steps: what files would change is told, then applied; what is doubtful is asked."""

import asyncio
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField

from mdm.errors import ValiseError
from mdm.fleet.import_report import ImportRefused
from mdm.home.pupils.doubts import Answer
from mdm.home.pupils.errors import AnswerImpossible, DoubtUnknown
from mdm.home.pupils.files import FIELDS
from mdm.home.pupils.import_store import PendingImport, require_import
from mdm.i18n import N_
from webui.errors import NotAllowed
from webui.forms import Given, given_in
from webui.loans.errors import NoFile
from webui.loans.ground import ground_in
from webui.loans.speech import Speech
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action, may
from webui.places import school_place
from webui.site import Site
from webui.visitor import visitor_of

UPLOAD_BYTES = 32 * 1024 * 1024
IMPORT = "/pupils/imports/{import_id:[0-9a-f]{32}}"
FIELD_NAMES = {
    "last_name": N_("Last name"),
    "usage_name": N_("Name in use"),
    "first_name": N_("First name"),
    "birth": N_("Birth date"),
    "ine": N_("National number"),
    "level": N_("Level"),
    "class_name": N_("Class"),
    "uai": N_("School's UAI code"),
    "school": N_("School"),
}


class ImportPages:
    """Reads files, tells, applies, and asks. Who may not read names sees numbers, except in the questions."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._services = site.services
        self._home = site.services.home

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        needs = Action.IMPORT_PUPILS
        return [
            page("GET", "/pupils/import", self.ask, needs=needs),
            page("POST", "/pupils/import", self.read, needs=needs, upload_bytes=UPLOAD_BYTES),
            page("GET", IMPORT, self.show, needs=needs),
            page("POST", f"{IMPORT}/apply", self.apply, needs=needs),
            page("POST", f"{IMPORT}/drop", self.drop, needs=needs),
            page("GET", "/pupils/doubts", self.doubts, needs=needs),
            page("POST", "/pupils/doubts", self.answer, needs=needs),
        ]

    async def ask(self, request: web.Request) -> web.Response:
        """Show the form for files, and the imports that wait."""
        return await self._form(request, request.query.get("school", ""))

    async def read(self, request: web.Request) -> web.StreamResponse:
        """Read files; nothing is changed yet."""
        given = await given_in(request)
        uai = given.text("school")
        try:
            await self._require_school(request, uai)
            bodies = await _bodies(request)
            if not bodies:
                raise NoFile
            titles = {one: given.text(f"map-{one}") for one in FIELDS if given.text(f"map-{one}")}
            report = await self._home.imports.read(
                bodies, uai=uai, mapping=titles, actor=self._site.person(request).actor
            )
        except ValiseError as refused:
            return await self._form(request, uai, refused=refused, given=given)
        raise web.HTTPSeeOther(f"/pupils/imports/{report.pending.import_id}")

    async def show(self, request: web.Request) -> web.Response:
        """Tell what an import would change, or what it changed."""
        return await self._report(request)

    async def apply(self, request: web.Request) -> web.StreamResponse:
        """Carry an import out."""
        pending = await self._pending(request)
        given = await given_in(request)
        try:
            done = await self._home.imports.apply(
                pending.import_id, leavers=given.is_set("leavers"), actor=self._site.person(request).actor
            )
        except ValiseError as refused:
            return await self._report(request, refused=refused)
        if done.counts.get("ask") and len(done.uais) == 1:
            raise see_other(
                f"/pupils/doubts?school={done.uais[0]}", notice=N_("Imported. Some lines are left to be settled.")
            )
        school = done.uais[0] if len(done.uais) == 1 else ""
        raise see_other(f"/pupils?school={school}" if school else "/pupils", notice=N_("Imported."))

    async def drop(self, request: web.Request) -> web.StreamResponse:
        """Forget an import."""
        pending = await self._pending(request)
        try:
            await self._home.imports.drop(pending.import_id, actor=self._site.person(request).actor)
        except ValiseError as refused:
            return await self._report(request, refused=refused)
        school = pending.uais[0] if len(pending.uais) == 1 else ""
        raise see_other(f"/pupils/import?school={school}", notice=N_("The import was dropped."))

    async def doubts(self, request: web.Request) -> web.Response:
        """Show the questions that imports left in a school."""
        return await self._doubts(request, request.query.get("school", ""))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Carry out an answer."""
        given = await given_in(request)
        uai = given.text("school")
        await self._site.at_school(request, Action.IMPORT_PUPILS, uai)
        try:
            said, _, pupil_id = given.text("answer").partition(":")
            answer = next((one for one in Answer if one.value == said), None)
            known = {one.doubt_id for one in await self._home.doubts.of_school(uai)}
            if given.text("doubt") not in known:
                raise DoubtUnknown
            if answer is None:
                raise AnswerImpossible
            await self._home.doubts.answer(
                given.text("doubt"), answer, pupil_id=pupil_id, actor=self._site.person(request).actor
            )
        except ValiseError as refused:
            return await self._doubts(request, uai, refused=refused)
        left = await self._home.doubts.of_school(uai)
        raise see_other(f"/pupils/doubts?school={uai}" if left else f"/pupils?school={uai}", notice=N_("Settled."))

    async def _form(
        self, request: web.Request, uai: str, *, refused: ValiseError | None = None, given: Given | None = None
    ) -> web.Response:
        person = self._site.person(request)
        school = None
        if uai:
            ground = await self._services.database.read(lambda conn: ground_in(conn, person, Action.IMPORT_PUPILS, uai))
            school = ground.school
        elif not self._site.reach(request, Action.IMPORT_PUPILS).everything:
            raise web.HTTPSeeOther("/pupils")
        waiting = [one for one in await self._home.imports.waiting() if await self._may(request, one)]
        return self._site.renderer.page(
            request,
            "loans/import.html",
            status=refused.status if refused else 200,
            refused=refused,
            problems=refused.problems[:50] if isinstance(refused, ImportRefused) else (),
            given=given,
            school=school,
            uai=uai,
            waiting=waiting,
            fields=[(one, visitor_of(request).translate(FIELD_NAMES[one])) for one in FIELDS],
        )

    async def _report(self, request: web.Request, *, refused: ValiseError | None = None) -> web.Response:
        pending = await self._pending(request)
        report = await self._home.imports.report(pending.import_id) if pending.state != "applied" else None
        return self._site.renderer.page(
            request,
            "loans/import_report.html",
            status=refused.status if refused else 200,
            refused=refused,
            pending=report.pending if report else pending,
            report=report,
            names=await self._reads(request, pending),
            address=f"/pupils/imports/{pending.import_id}",
            speech=Speech(translate=visitor_of(request).translate),
        )

    async def _doubts(self, request: web.Request, uai: str, *, refused: ValiseError | None = None) -> web.Response:
        await self._site.at_school(request, Action.IMPORT_PUPILS, uai)
        person = self._site.person(request)
        ground = await self._services.database.read(lambda conn: ground_in(conn, person, Action.IMPORT_PUPILS, uai))
        return self._site.renderer.page(
            request,
            "loans/doubts.html",
            status=refused.status if refused else 200,
            refused=refused,
            doubts=await self._home.doubts.of_school(uai),
            school=ground.school,
            uai=uai,
            different=Answer.DIFFERENT,
            speech=Speech(translate=visitor_of(request).translate),
        )

    async def _pending(self, request: web.Request) -> PendingImport:
        import_id = request.match_info["import_id"]
        now = self._services.clock.ms()
        pending = await self._services.database.read(lambda conn: require_import(conn, import_id, now))
        if not await self._may(request, pending):
            raise NotAllowed
        return pending

    async def _may(self, request: web.Request, pending: PendingImport) -> bool:
        return await self._everywhere(request, Action.IMPORT_PUPILS, pending)

    async def _reads(self, request: web.Request, pending: PendingImport) -> bool:
        return await self._everywhere(request, Action.READ_PUPILS, pending)

    async def _everywhere(self, request: web.Request, action: Action, pending: PendingImport) -> bool:
        person = self._site.person(request)
        return await self._services.database.read(
            lambda conn: all(may(person, action, school_place(conn, uai)) for uai in pending.uais)
        )

    async def _require_school(self, request: web.Request, uai: str) -> None:
        if uai:
            await self._site.at_school(request, Action.IMPORT_PUPILS, uai)
        elif not self._site.reach(request, Action.IMPORT_PUPILS).everything:
            raise NotAllowed


async def _bodies(request: web.Request) -> list[bytes]:
    """Return the files of a form; a browser sends an empty one where none was chosen."""
    found: list[Any] = (await request.post()).getall("files", [])
    bodies = [await asyncio.to_thread(one.file.read) for one in found if isinstance(one, FileField)]
    return [body for body in bodies if body]
