"""Changing one's proposal before its vote: its words, its price, and which item of the catalogue it is about."""

from aiohttp import web

from mdm.errors import ValiseError
from mdm.i18n import N_
from profiles.catalogue.catalogue import Catalogue
from profiles.catalogue.entry import Entry
from profiles.charter.drafting import draft_from
from profiles.charter.proposal_errors import NotTheAuthor
from profiles.charter.proposals import Proposals
from webui.committee.desk import Desk
from webui.committee.drafting import adding, draft_of, install_in, price_in
from webui.committee.proposal_pages import PROPOSAL
from webui.forms import NOTHING, Given, given_in, query_of
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action

_FORM_BYTES = 256 * 1024
_FOUND = 20


class ProposalEditingPages:
    """Changes proposals of those who made them."""

    def __init__(self, desk: Desk, proposals: Proposals, catalogue: Catalogue) -> None:
        self._desk = desk
        self._proposals = proposals
        self._catalogue = catalogue

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        needs = Action.PROPOSE
        return [
            page("GET", f"{PROPOSAL}/edit", self.edit, needs=needs),
            page("POST", f"{PROPOSAL}/edit", self.change, needs=needs, upload_bytes=_FORM_BYTES),
        ]

    async def edit(self, request: web.Request) -> web.Response:
        """Show one's proposal to be written anew."""
        return await self._form(request)

    async def change(self, request: web.Request) -> web.Response:
        """Put other words, another price or an item of the catalogue into one's proposal; it is a draft again."""
        proposal_id, given = request.match_info["proposal_id"], await given_in(request)
        try:
            login = self._desk.login(request)
            before = draft_from((await self._proposals.show(proposal_id)).proposal)
            entry, kind, changes = await self._entry(given), before.kind, before.changes
            if entry is not None:
                kind, changes = adding(entry.item, install_in(given))
            wanted = draft_of(
                kind,
                given.text("title"),
                given.text("purpose"),
                changes,
                items=before.items if entry is None else [entry.item_id],
                price_cents=price_in(given),
                scope=before.scope,
            )
            await self._proposals.change(proposal_id, wanted, revision=given.whole("revision") or 0, login=login)
        except ValiseError as refused:
            return await self._form(request, refused=refused, given=given)
        raise see_other(f"/proposals/{proposal_id}", notice=N_("Your proposal is changed. It is a draft: submit it."))

    async def _form(
        self, request: web.Request, *, refused: ValiseError | None = None, given: Given = NOTHING
    ) -> web.Response:
        view = await self._proposals.show(request.match_info["proposal_id"])
        if view.row.author != self._desk.login(request):
            raise NotTheAuthor
        query = query_of(request)
        found = await self._catalogue.search(text=query.text("q")[:200], limit=_FOUND) if query.text("q") else None
        return self._desk.page(
            request, "proposal_edit.html", refused=refused, at="edit", given=given, view=view, query=query, found=found
        )

    async def _entry(self, given: Given) -> Entry | None:
        item_id = given.text("item")[:64]
        return await self._catalogue.show(item_id) if item_id else None
