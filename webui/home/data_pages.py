"""All that is stored about a child or its guardian: why, who sees it, until when; taken along, or objected to."""

from contextlib import suppress

import msgspec
from aiohttp import web

from mdm.errors import ValiseError
from mdm.home.evaluation.cohort import Choice
from mdm.home.evaluation.export_store import EXPORT_STATE_NAMES
from mdm.home.evaluation.variables import VARIABLE_WORDS
from mdm.home.loans.loan_store import photos_of_pupil
from mdm.i18n import N_
from mdm.privacy.controller import controller
from mdm.privacy.exports import as_csv, as_json, as_zip
from mdm.privacy.personal_data import KIND_NAMES, STATE_NAMES
from mdm.privacy.request_store import Kind
from mdm.privacy.stored import Told, stored_about, told
from mdm.privacy.subject import Subject
from mdm.repairs.errors import RepairError
from mdm.store import Connection
from webui.formats import Formats
from webui.forms import NOTHING, Given, given_in
from webui.home.errors import NoPhoto, RequestUnclear
from webui.home.family import Family
from webui.home.told_records import Values, fields_of, records_of
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.rendering import ZONE
from webui.site import Site
from webui.visitor import visitor_of

_DATA = "/home/data/{child:[0-9a-f]{32}}"
_KINDS: dict[str, tuple[Kind, str]] = {
    "objection": ("objection", N_("I object: this shall not be kept or used")),
    "rectification": ("rectification", N_("Something is wrong: please correct it")),
    "erasure": ("erasure", N_("Please erase it")),
}
_MINE = "/home/data"


class DataPages:
    """Shows what is stored, hands it out, and takes what a guardian asks."""

    def __init__(self, site: Site, family: Family) -> None:
        services = site.services
        self._site = site
        self._family = family
        self._evaluations = services.home.figures.guardians
        self._requests = services.privacy.requests
        self._objections = services.privacy.objections
        self._photos = services.home.photos
        self._openers = services.privacy.openers

    def routes(self) -> list[web.RouteDef]:
        """Return the routes; those without a child are about the guardian and the account."""
        return [
            page("GET", _MINE, self.show_mine, needs=Action.OWN_LOANS),
            page("GET", f"{_MINE}/export.json", self.my_json, needs=Action.OWN_LOANS),
            page("GET", f"{_MINE}/export.csv", self.my_csv, needs=Action.OWN_LOANS),
            page("GET", _DATA, self.show, needs=Action.OWN_LOANS),
            page("GET", f"{_DATA}/export.zip", self.zip, needs=Action.OWN_LOANS),
            page("GET", f"{_DATA}/photos/{{photo:[0-9a-f]{{64}}}}", self.photo, needs=Action.OWN_LOANS),
            page("GET", f"{_DATA}/export.json", self.json, needs=Action.OWN_LOANS),
            page("GET", f"{_DATA}/export.csv", self.csv, needs=Action.OWN_LOANS),
            page("POST", f"{_DATA}/ask", self.ask, needs=Action.OWN_LOANS),
            page("POST", f"{_DATA}/evaluations/{{evaluation:[0-9a-f]{{32}}}}", self.choose, needs=Action.OWN_LOANS),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show all that is stored about a child."""
        return await self._page(request)

    async def show_mine(self, request: web.Request) -> web.Response:
        """Show all that is stored about the guardian and the account."""
        return self._site.renderer.page(
            request, "home/my_data.html", records=records_of(await self._mine(request)), values=self._values(request)
        )

    async def json(self, request: web.Request) -> web.Response:
        """Hand out a child's data for programs."""
        return self._as_json(request, await self._of_child(request))

    async def zip(self, request: web.Request) -> web.Response:
        """Hand out a child's data with the photos, in one archive."""
        child, found = await self._family.child(request), await self._of_child(request)
        photos = {}
        for digest in await self._digests(child.pupil.pupil_id):
            # A photo whose file is gone is told as a line still.
            with suppress(RepairError):
                photos[digest] = await self._photos.content(digest)
        body = await as_zip(found, visitor_of(request).translate, self._site.services.clock, photos)
        headers = {"Content-Disposition": 'attachment; filename="valise.zip"', "Cache-Control": "no-store"}
        return web.Response(body=body, content_type="application/zip", headers=headers)

    async def photo(self, request: web.Request) -> web.Response:
        """Give a photo of a loan of the child."""
        child, digest = await self._family.child(request), request.match_info["photo"]
        if digest not in await self._digests(child.pupil.pupil_id):
            raise NoPhoto
        try:
            body = await self._photos.content(digest)
        except RepairError as gone:
            raise NoPhoto from gone
        return web.Response(body=body, content_type="image/jpeg", headers={"Cache-Control": "private, max-age=600"})

    async def csv(self, request: web.Request) -> web.Response:
        """Hand out a child's data for a spreadsheet."""
        return self._as_csv(request, await self._of_child(request))

    async def my_json(self, request: web.Request) -> web.Response:
        """Hand out the guardian's data for programs."""
        return self._as_json(request, await self._mine(request))

    async def my_csv(self, request: web.Request) -> web.Response:
        """Hand out the guardian's data for a spreadsheet."""
        return self._as_csv(request, await self._mine(request))

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """Note an objection, a correction or the wish that something is erased."""
        child = await self._family.child(request)
        given = await given_in(request)
        try:
            if given.text("kind") not in _KINDS:
                raise RequestUnclear
            await self._requests.make(
                Subject(kind="pupil", key=child.pupil.pupil_id),
                _KINDS[given.text("kind")][0],
                about=given.text("about")[:120],
                words=given.text("words"),
                actor=self._site.person(request).actor,
            )
        except ValiseError as refused:
            return await self._page(request, given=given, refused=refused)
        raise see_other(
            f"/home/data/{child.pupil.pupil_id}", notice=N_("Your request is noted. It is answered within a month.")
        )

    async def choose(self, request: web.Request) -> web.StreamResponse:
        """Keep what a guardian chooses about an evaluation; it holds at once."""
        child = await self._family.child(request)
        guardian = await self._family.guardian(request)
        given = await given_in(request)
        try:
            if given.text("choice") not in list(Choice):
                raise RequestUnclear
            part = await self._evaluations.choose(
                request.match_info["evaluation"],
                child.pupil.pupil_id,
                guardian.guardian_id,
                Choice(given.text("choice")),
                actor=self._site.person(request).actor,
            )
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        notice = N_("Noted: your child takes part.") if part else N_("Noted: your child does not take part.")
        raise see_other(f"/home/data/{child.pupil.pupil_id}", notice=notice)

    async def _page(
        self, request: web.Request, *, given: Given = NOTHING, refused: ValiseError | None = None
    ) -> web.Response:
        child = await self._family.child(request)
        guardian = await self._family.guardian(request)
        pupil_id = child.pupil.pupil_id
        records = records_of(await self._of_child(request))
        subject = Subject(kind="pupil", key=pupil_id)
        return self._site.renderer.page(
            request,
            "home/data.html",
            status=refused.status if refused else 200,
            child=child,
            guardian_id=guardian.guardian_id,
            records=records,
            values=self._values(request),
            fields=fields_of(records),
            evaluations=await self._evaluations.of_pupil(pupil_id, to_come=True),
            variables=VARIABLE_WORDS,
            export_states=EXPORT_STATE_NAMES,
            requests=await self._requests.of_person(subject, ("guardian",)),
            about=self._site.services.privacy.register.fields,
            held=[
                (self._objections.name_of(one.activity), one.since) for one in await self._objections.of_pupil(pupil_id)
            ],
            kinds=_KINDS,
            kind_names=KIND_NAMES,
            state_names=STATE_NAMES,
            controller=await self._site.services.database.read(controller),
            given=given,
            refused=refused,
        )

    async def _digests(self, pupil_id: str) -> tuple[str, ...]:
        return await self._site.services.database.read(lambda conn: photos_of_pupil(conn, pupil_id))

    async def _of_child(self, request: web.Request) -> list[Told]:
        child = await self._family.child(request)
        subject = Subject(kind="pupil", key=child.pupil.pupil_id)
        stored = await self._site.services.database.read_long(
            lambda conn: stored_about(conn, subject, viewers=("guardian",), openers=self._openers)
        )
        return told(stored, visitor_of(request).translate)

    async def _mine(self, request: web.Request) -> list[Told]:
        account_id = self._site.person(request).account_id
        guardian = (await self._family.household(request)).guardian
        subjects = [Subject(kind="account", key=account_id)] if account_id is not None else []
        if guardian is not None:
            subjects.append(Subject(kind="guardian", key=guardian.guardian_id))

        def read(conn: Connection) -> list[Told]:
            found: list[Told] = []
            for subject in subjects:
                # The rows of one sort are counted on, from the account's to the guardian's.
                last = max((one.row for one in found), default=0)
                more = told(stored_about(conn, subject, openers=self._openers), visitor_of(request).translate)
                found += [msgspec.structs.replace(one, row=one.row + last) for one in more]
            return found

        return await self._site.services.database.read_long(read)

    def _values(self, request: web.Request) -> Values:
        now = self._site.services.clock.now()
        return Values(Formats(translate=visitor_of(request).translate, zone=ZONE, now=now))

    def _as_json(self, request: web.Request, found: list[Told]) -> web.Response:
        body = as_json(found, visitor_of(request).translate, self._site.services.clock)
        return _file(body, "application/json", "valise.json")

    def _as_csv(self, request: web.Request, found: list[Told]) -> web.Response:
        return _file(as_csv(found, visitor_of(request).translate).encode(), "text/csv", "valise.csv")


def _file(body: bytes, kind: str, name: str) -> web.Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return web.Response(body=body, content_type=kind, charset="utf-8", headers=headers)
