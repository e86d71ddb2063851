"""Editing the catalogue: an item with its dossier, its technical facts, its data sheet, and its documents."""

from aiohttp import web
from aiohttp.web_request import FileField

from mdm.errors import ValiseError
from mdm.i18n import N_
from profiles.apks.apks import Apks
from profiles.catalogue import pdf_check
from profiles.catalogue.catalogue import Catalogue
from profiles.catalogue.entry import Entry
from profiles.catalogue.item import KIND_NAMES
from profiles.catalogue.subjects import SUBJECTS
from webui.committee.catalogue_pages import CYCLES, ITEM
from webui.committee.desk import Desk
from webui.committee.item_form import dossier_from, item_from, shown, with_data, with_facts
from webui.committee.speech import PERIODS, UNITS
from webui.errors import NothingChosen
from webui.forms import NOTHING, Given, given_in, query_of
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action

_FORM_BYTES = 1024 * 1024
"""A form with every text of a dossier at its longest, as browsers write accents."""
_MORE = 64 * 1024
"""Bytes of a form around its document."""


class CatalogueEditingPages:
    """Changes items. A change carries the revision that was read: what somebody else changed is not lost."""

    def __init__(self, desk: Desk, catalogue: Catalogue, apks: Apks) -> None:
        self._desk = desk
        self._catalogue = catalogue
        self._apks = apks

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        edits = Action.EDIT_CATALOGUE
        facts, sheet = Action.EDIT_TECHNICAL_FACTS, Action.EDIT_DATA_PROTECTION
        largest = pdf_check.LARGEST + _MORE
        return [
            page("GET", "/catalogue/new", self.write, needs=edits),
            page("POST", "/catalogue", self.add, needs=edits, upload_bytes=_FORM_BYTES),
            page("GET", f"{ITEM}/edit", self.edit, needs=edits),
            page("POST", f"{ITEM}/edit", self.change, needs=edits, upload_bytes=_FORM_BYTES),
            page("GET", f"{ITEM}/facts", self.edit_facts, needs=facts),
            page("POST", f"{ITEM}/facts", self.change_facts, needs=facts),
            page("POST", f"{ITEM}/findings", self.find, needs=facts),
            page("GET", f"{ITEM}/data-sheet", self.edit_sheet, needs=sheet),
            page("POST", f"{ITEM}/data-sheet", self.change_sheet, needs=sheet, upload_bytes=_FORM_BYTES),
            page("GET", f"{ITEM}/documents", self.documents, needs=edits),
            page("POST", f"{ITEM}/documents", self.attach, needs=edits, upload_bytes=largest),
            page("POST", f"{ITEM}/documents/{{hash:[0-9a-f]{{64}}}}/removal", self.detach, needs=edits),
        ]

    async def write(self, request: web.Request) -> web.Response:
        """Show the form of a new item; an address may bring what is known of it."""
        return self._form(request, None, given=query_of(request))

    async def add(self, request: web.Request) -> web.Response:
        """Add an item with its dossier."""
        given = await given_in(request)
        try:
            actor = self._actor(request)
            entry = await self._catalogue.add(item_from(given, None), dossier_from(given), actor=actor)
        except ValiseError as refused:
            return self._form(request, None, refused=refused, given=given)
        raise see_other(f"/catalogue/{entry.item_id}", notice=N_("It is in the catalogue now."))

    async def edit(self, request: web.Request) -> web.Response:
        """Show an item's form."""
        return self._form(request, await self._entry(request))

    async def change(self, request: web.Request) -> web.Response:
        """Put what the form says in the place of what was there."""
        entry, given = await self._entry(request), await given_in(request)
        try:
            item, dossier = item_from(given, entry.item), dossier_from(given)
            await self._catalogue.change(
                entry.item_id, revision=_revision(given), item=item, dossier=dossier, actor=self._actor(request)
            )
        except ValiseError as refused:
            return self._form(request, entry, refused=refused, given=given)
        raise see_other(f"/catalogue/{entry.item_id}", notice=N_("The item is changed."))

    async def edit_facts(self, request: web.Request) -> web.Response:
        """Show the form of an item's technical facts."""
        return self._form(request, await self._entry(request), part="facts")

    async def change_facts(self, request: web.Request) -> web.Response:
        """Change the technical facts."""
        entry, given = await self._entry(request), await given_in(request)
        try:
            await self._catalogue.change(
                entry.item_id,
                revision=_revision(given),
                item=with_facts(entry.item, given),
                actor=self._actor(request),
            )
        except ValiseError as refused:
            return self._form(request, entry, part="facts", refused=refused, given=given)
        raise see_other(f"/catalogue/{entry.item_id}", notice=N_("The item is changed."))

    async def find(self, request: web.Request) -> web.Response:
        """Look at the newest APK of an app, and note what the machine finds."""
        entry = await self._entry(request)
        try:
            apk = await self._catalogue.newest_apk(entry.item_id)
            path = self._apks.path_of(apk.hash)
            await self._catalogue.note_findings(entry.item_id, path, stored=apk, actor=self._actor(request))
        except ValiseError as refused:
            return self._form(request, entry, part="facts", refused=refused)
        raise see_other(f"/catalogue/{entry.item_id}#findings", notice=N_("What the machine found is noted."))

    async def edit_sheet(self, request: web.Request) -> web.Response:
        """Show the form of an item's data-protection sheet."""
        return self._form(request, await self._entry(request), part="data-sheet")

    async def change_sheet(self, request: web.Request) -> web.Response:
        """Replace the data-protection sheet."""
        entry, given = await self._entry(request), await given_in(request)
        try:
            dossier = with_data(entry.dossier, given)
            await self._catalogue.change(
                entry.item_id, revision=_revision(given), dossier=dossier, actor=self._actor(request)
            )
        except ValiseError as refused:
            return self._form(request, entry, part="data-sheet", refused=refused, given=given)
        raise see_other(f"/catalogue/{entry.item_id}", notice=N_("The data-protection sheet is changed."))

    async def documents(self, request: web.Request) -> web.Response:
        """Show a dossier's documents, to add one or take one out."""
        return self._documents(request, await self._entry(request))

    async def attach(self, request: web.Request) -> web.Response:
        """Attach a PDF document."""
        entry, form = await self._entry(request), await request.post()
        given, sent = Given(form), form.get("document")
        try:
            if not isinstance(sent, FileField) or not sent.filename:
                raise NothingChosen
            title = given.text("title") or sent.filename
            document = await self._catalogue.keep_document(entry.item_id, sent.file.read(), title=title)
            actor = self._actor(request)
            await self._desk.services.database.write(
                lambda conn: self._catalogue.attach_in(conn, entry.item_id, document, actor=actor)
            )
        except ValiseError as refused:
            return self._documents(request, entry, refused=refused, given=given)
        raise see_other(f"/catalogue/{entry.item_id}/documents", notice=N_("The document is in the dossier."))

    async def detach(self, request: web.Request) -> web.Response:
        """Take a document out; earlier revisions keep it."""
        entry = await self._entry(request)
        try:
            await self._catalogue.detach(entry.item_id, request.match_info["hash"], actor=self._actor(request))
        except ValiseError as refused:
            return self._documents(request, entry, refused=refused)
        raise see_other(f"/catalogue/{entry.item_id}/documents", notice=N_("The document is out of the dossier."))

    async def _entry(self, request: web.Request) -> Entry:
        return await self._catalogue.show(request.match_info["item_id"])

    def _actor(self, request: web.Request) -> str:
        self._desk.login(request)
        return self._desk.site.person(request).actor

    def _form(
        self,
        request: web.Request,
        entry: Entry | None,
        *,
        part: str = "edit",
        refused: ValiseError | None = None,
        given: Given = NOTHING,
    ) -> web.Response:
        return self._desk.page(
            request,
            "item_edit.html",
            refused=refused,
            at="item",
            given=given,
            entry=entry,
            part=part,
            known=shown(entry) if entry is not None else {},
            kinds=list(KIND_NAMES),
            cycles=CYCLES,
            subjects=SUBJECTS,
            units=list(UNITS),
            periods=list(PERIODS),
        )

    def _documents(
        self, request: web.Request, entry: Entry, *, refused: ValiseError | None = None, given: Given = NOTHING
    ) -> web.Response:
        return self._desk.page(request, "item_documents.html", refused=refused, at="document", given=given, entry=entry)


def _revision(given: Given) -> int:
    return given.whole("revision") or 0
