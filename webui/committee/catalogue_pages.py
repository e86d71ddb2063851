"""The catalogue for those who take part in the committee: searched, read with its dossiers, and its documents."""

from collections.abc import Mapping
from urllib.parse import quote

import msgspec
from aiohttp import web

from mdm.store import Connection
from profiles.catalogue.catalogue import Catalogue
from profiles.catalogue.entry import Entry
from profiles.catalogue.item import KIND_NAMES, Kind
from profiles.catalogue.review import Remark, remarks_on
from profiles.catalogue.subjects import SUBJECTS, Subject
from profiles.charter.charter import Charter
from profiles.charter.errors import NoCharter
from webui.committee.agreed_things import things_agreed
from webui.committee.desk import Desk
from webui.forms import query_of
from webui.pages import page
from webui.permissions import Action

ITEM = "/catalogue/{item_id:[0-9a-f]{32}}"
_LINES = 50
CYCLES = (1, 2, 3, 4)
_LEVELS: Mapping[str, int] = {str(one): one for one in CYCLES}


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An item with what its dossier leaves open, and whether it is on the tablets now."""

    entry: Entry
    remarks: tuple[Remark, ...]
    agreed: bool


class CataloguePages:
    """Shows the catalogue."""

    def __init__(self, desk: Desk, catalogue: Catalogue, charter: Charter) -> None:
        self._desk = desk
        self._catalogue = catalogue
        self._charter = charter

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        document = f"{ITEM}/documents/{{hash:[0-9a-f]{{64}}}}"
        return [
            page("GET", "/catalogue", self.list, needs=Action.READ_CATALOGUE),
            page("GET", ITEM, self.show, needs=Action.READ_CATALOGUE),
            page("GET", f"{ITEM}/history", self.history, needs=Action.READ_CATALOGUE),
            page("GET", document, self.document, needs=Action.READ_CATALOGUE),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """Show items by name, those that are searched for."""
        query = query_of(request)
        found = await self._catalogue.search(
            text=query.text("q")[:200],
            kind=query.one_of("kind", Kind),
            platform=query.text("platform"),
            level=_LEVELS.get(query.text("level")),  # type: ignore[arg-type]
            subject=query.one_of("subject", Subject),
            after=query.text("after")[:64],
            limit=_LINES,
        )
        return self._desk.page(
            request,
            "catalogue.html",
            rows=found.items,
            query=query,
            kinds=list(KIND_NAMES),
            subjects=SUBJECTS,
            cycles=CYCLES,
            first=self._desk.first_address(request),
            next=self._desk.next_address(request, found.next or None),
        )

    async def show(self, request: web.Request) -> web.Response:
        """Show an item with its dossier."""
        entry = await self._catalogue.show(request.match_info["item_id"])
        agreed = await self._desk.services.database.read(lambda conn: self._is_agreed(conn, entry))
        shown = Shown(entry=entry, remarks=remarks_on(entry.content), agreed=agreed)
        return self._desk.page(request, "item.html", shown=shown)

    async def history(self, request: web.Request) -> web.Response:
        """Show the changes of an item, the newest first."""
        entry = await self._catalogue.show(request.match_info["item_id"])
        revisions = (await self._catalogue.history(entry.item_id))[:200]
        return self._desk.page(request, "item_history.html", entry=entry, revisions=revisions)

    async def document(self, request: web.Request) -> web.Response:
        """Give a document of a dossier, as it is now or was at a revision."""
        asked = request.query.get("revision", "")
        revision = int(asked) if asked.isdecimal() and len(asked) < 10 else None
        found, body = await self._catalogue.read_document(
            request.match_info["item_id"], request.match_info["hash"], revision=revision
        )
        name = found.title if found.title.lower().endswith(".pdf") else f"{found.title}.pdf"
        response = web.Response(body=body, content_type="application/pdf")
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        return response

    def _is_agreed(self, conn: Connection, entry: Entry) -> bool:
        try:
            head = self._charter.agreed.head(conn)
        except NoCharter:
            return False
        item = entry.item
        own = {"bundle_id": item.bundle_id, "package": item.package, "url": item.url}
        for thing in things_agreed(head.state, self._desk.services.clock.ms()):
            told = thing.match if isinstance(thing.match, dict) else {"url": thing.match}
            if any(value is not None and told.get(key) == value for key, value in own.items()):
                return True
        return False
