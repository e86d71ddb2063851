"""Everything that is stored about whoever asks: on a page, as files to take along, and what may be asked about it."""

from aiohttp import web

from mdm.errors import ValiseError
from mdm.i18n import N_
from mdm.privacy.composition import PrivacyParts
from mdm.privacy.exports import as_csv, as_json
from mdm.privacy.request_store import Kind
from mdm.privacy.stored import Told, stored_about, told
from mdm.privacy.subject import Subject
from mdm.privacy.vocabulary import SELF
from webui.forms import NOTHING, Given, given_in
from webui.notices import see_other
from webui.pages import Door, page
from webui.privacy.errors import NoAccountHere
from webui.privacy.request_pages import KIND_NAMES
from webui.site import Site
from webui.visitor import visitor_of

_KINDS: dict[str, Kind] = {"objection": "objection", "rectification": "rectification", "erasure": "erasure"}


class MinePages:
    """Shows people what is theirs; no role is needed."""

    def __init__(self, site: Site, parts: PrivacyParts) -> None:
        self._site = site
        self._parts = parts

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/privacy/me", self.show, needs=Door.SIGNED_IN),
            page("GET", "/privacy/me.json", self.json, needs=Door.SIGNED_IN),
            page("GET", "/privacy/me.csv", self.csv, needs=Door.SIGNED_IN),
            page("POST", "/privacy/me/ask", self.ask, needs=Door.SIGNED_IN),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show all of it."""
        return await self._page(request)

    async def json(self, request: web.Request) -> web.Response:
        """Give all of it for programs."""
        words = visitor_of(request).translate
        body = as_json(await self._told(request), words, self._site.services.clock)
        headers = {"Content-Disposition": 'attachment; filename="my-data.json"'}
        return web.Response(body=body, content_type="application/json", headers=headers)

    async def csv(self, request: web.Request) -> web.Response:
        """Give all of it for a spreadsheet."""
        text = as_csv(await self._told(request), visitor_of(request).translate)
        headers = {"Content-Disposition": 'attachment; filename="my-data.csv"'}
        return web.Response(text=text, content_type="text/csv", charset="utf-8", headers=headers)

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """Note what somebody asks about their own data."""
        given = await given_in(request)
        try:
            await self._parts.requests.make(
                self._subject(request),
                _KINDS.get(given.text("kind"), "objection"),
                about=given.text("about"),
                words=given.text("words"),
                actor=self._site.person(request).actor,
            )
        except ValiseError as refused:
            return await self._page(request, refused=refused, given=given)
        raise see_other("/privacy/me", notice=N_("Your request is noted. It is answered within a month."))

    async def _page(
        self, request: web.Request, *, refused: ValiseError | None = None, given: Given = NOTHING
    ) -> web.Response:
        records: dict[str, dict[int, list[Told]]] = {}
        for one in await self._told(request):
            records.setdefault(one.record, {}).setdefault(one.row, []).append(one)
        fields = {
            one.key: f"{one.record} · {one.field}" for rows in records.values() for row in rows.values() for one in row
        }
        return self._site.renderer.page(
            request,
            "privacy/mine.html",
            status=refused.status if refused else 200,
            refused=refused,
            given=given,
            records=records,
            fields=sorted(fields.items(), key=lambda item: item[1]),
            requests=await self._parts.requests.of_person(self._subject(request), (SELF,)),
            kind_names=KIND_NAMES,
            kinds=[(key, visitor_of(request).translate(KIND_NAMES[key])) for key in _KINDS],
        )

    async def _told(self, request: web.Request) -> list[Told]:
        subject = self._subject(request)
        stored = await self._parts.database.read_long(
            lambda conn: stored_about(
                conn, subject, viewers=(SELF,), register=self._parts.register, openers=self._parts.openers
            )
        )
        return told(stored, visitor_of(request).translate)

    def _subject(self, request: web.Request) -> Subject:
        account_id = self._site.person(request).account_id
        if account_id is None:
            raise NoAccountHere
        return Subject(kind="account", key=account_id)
