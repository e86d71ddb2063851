"""Pupils from files, in two steps: what files would change is told, then applied; what is doubtful is asked.

Large files are compared and applied as long work: the page shows how far it is, and may be left and found again.
"""

import asyncio
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField

from mdm.errors import ValiseError
from mdm.fleet.import_report import ImportRefused
from mdm.home.pupils.doubts import Answer
from mdm.home.pupils.errors import AnswerImpossible, DoubtUnknown, ImportBusy
from mdm.home.pupils.files import FIELDS
from mdm.home.pupils.import_store import PendingImport, require_import
from mdm.home.pupils.import_work import phase_of
from mdm.home.pupils.imports import LARGE
from mdm.i18n import N_
from mdm.long_work.work import LongWork, WorkState
from mdm.store import Event
from webui.errors import NotAllowed
from webui.forms import Given, given_in
from webui.live import Parts
from webui.loans.errors import NoFile
from webui.loans.ground import ground_in
from webui.loans.speech import Speech
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action, may
from webui.places import school_place
from webui.site import Site
from webui.soon import ended_soon
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
        self._works = site.services.fleet_view.works

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        needs = Action.IMPORT_PUPILS
        return [
            page("GET", "/pupils/import", self.ask, needs=needs),
            page("POST", "/pupils/import", self.read, needs=needs, upload_bytes=UPLOAD_BYTES),
            page("GET", IMPORT, self.show, needs=needs),
            page("GET", f"{IMPORT}/events", self.follow, needs=needs),
            page("POST", f"{IMPORT}/compare", self.compare, needs=needs),
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
            sent = await _files(request)
            if not sent:
                raise NoFile
            titles = {one: given.text(f"map-{one}") for one in FIELDS if given.text(f"map-{one}")}
            pending = await self._home.import_work.read(
                [body for _, body in sent],
                uai=uai,
                mapping=titles,
                names=[name for name, _ in sent],
                actor=self._site.person(request).actor,
            )
        except ValiseError as refused:
            return await self._form(request, uai, refused=refused, given=given)
        await ended_soon(self._services.database, self._works, await self._home.import_work.newest(pending.import_id))
        raise web.HTTPSeeOther(f"/pupils/imports/{pending.import_id}")

    async def show(self, request: web.Request) -> web.Response:
        """Tell what an import would change, or what it changed."""
        return await self._report(request)

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send an import as it goes on."""
        pending, visitor = await self._pending(request), visitor_of(request)
        before: list[object] = []
        parts: dict[str, str] = {}

        async def render() -> Parts:
            work = await self._home.import_work.newest(pending.import_id)
            now = [work, await self._pending(request)]
            if before != now:
                before[:] = now
                values = await self._values(request)
                fragment = self._site.renderer.fragment
                parts["import"] = fragment(visitor.translate, "loans/_import.html", csrf=visitor.csrf, **values)
            return parts

        def concerns(event: Event) -> bool:
            known = next((one.work_id for one in before if isinstance(one, LongWork)), "")
            return event.key == known if event.topic == "long_work" else event.key in pending.uais

        return await self._site.follow(request, render, concerns, topics=("long_work", "pupils"))

    async def compare(self, request: web.Request) -> web.StreamResponse:
        """Compare an import with the pupils who are here now."""
        pending = await self._pending(request)
        try:
            work = await self._home.import_work.compare(pending.import_id, actor=self._site.person(request).actor)
        except ValiseError as refused:
            return await self._report(request, refused=refused)
        await ended_soon(self._services.database, self._works, work)
        raise web.HTTPSeeOther(f"/pupils/imports/{pending.import_id}")

    async def apply(self, request: web.Request) -> web.StreamResponse:
        """Carry an import out, or go on with it; one that takes no time is shown when it is done."""
        pending = await self._pending(request)
        given = await given_in(request)
        try:
            work = await self._home.import_work.apply(
                pending.import_id, leavers=given.is_set("leavers"), actor=self._site.person(request).actor
            )
        except ValiseError as refused:
            return await self._report(request, refused=refused)
        ended = await ended_soon(self._services.database, self._works, work)
        if ended is None or ended.state is not WorkState.DONE:
            raise see_other(
                f"/pupils/imports/{pending.import_id}",
                notice=N_("It has begun. You may leave this page and come back."),
            )
        done = await self._pending(request)
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
            await self._home.import_work.drop(pending.import_id, actor=self._site.person(request).actor)
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
            doing={one.import_id for one in waiting if (await self._open_work(one)) is not None},
            fields=[(one, visitor_of(request).translate(FIELD_NAMES[one])) for one in FIELDS],
        )

    async def _report(self, request: web.Request, *, refused: ValiseError | None = None) -> web.Response:
        others: list[PendingImport] = []
        if isinstance(refused, ImportBusy):
            others = [
                one
                for one in await self._home.imports.waiting()
                if one.state == "applying" and await self._may(request, one)
            ]
        return self._site.renderer.page(
            request,
            "loans/import_report.html",
            status=refused.status if refused else 200,
            refused=refused,
            others=others,
            **await self._values(request),
        )

    async def _values(self, request: web.Request) -> dict[str, Any]:
        pending = await self._pending(request)
        work = await self._home.import_work.newest(pending.import_id)
        doing = phase_of(work).value if work is not None and work.is_open else ""
        told = not doing and pending.compared and pending.state != "applied"
        report = await self._home.imports.report(pending.import_id) if told else None
        return {
            "pending": report.pending if report else pending,
            "report": report,
            "file_names": {one.file: one.name for one in report.files if one.name} if report else {},
            "doing": doing,
            "large": pending.steps > LARGE,
            "problem": work.problem if work is not None and work.state is WorkState.FAILED else "",
            "names": await self._reads(request, pending),
            "address": f"/pupils/imports/{pending.import_id}",
            "speech": Speech(translate=visitor_of(request).translate),
        }

    async def _open_work(self, pending: PendingImport) -> LongWork | None:
        work = await self._home.import_work.newest(pending.import_id)
        return work if work is not None and work.is_open else None

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


async def _files(request: web.Request) -> list[tuple[str, bytes]]:
    """Return the files of a form with their names; a browser sends an empty one where none was chosen."""
    found: list[Any] = (await request.post()).getall("files", [])
    files = [(one.filename, await asyncio.to_thread(one.file.read)) for one in found if isinstance(one, FileField)]
    return [(name, body) for name, body in files if body]
