"""Proposing: an app or something else of the catalogue, its removal or replacement, settings, and rules for home."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from mdm.errors import ValiseError, Words
from mdm.i18n import N_
from profiles.catalogue.catalogue import Catalogue
from profiles.catalogue.entry import Entry
from profiles.charter.drafting import Draft
from profiles.charter.editions import Editions
from profiles.charter.making import policy_from
from profiles.charter.proposals import Proposals
from profiles.charter.record import Record
from webui.committee.agreed_things import Thing, chosen, things_agreed
from webui.committee.desk import Desk
from webui.committee.drafting import (
    Reason,
    adding,
    draft_of,
    install_in,
    named_in,
    pilot_scope,
    price_in,
    removing,
    replacing,
)
from webui.committee.errors import NothingChanges
from webui.committee.proposal_sheet import ProposalSheet
from webui.committee.setting_fields import GROUPS, HOME, changes_in, fields_of
from webui.errors import FieldUnreadable, NothingChosen
from webui.forms import NOTHING, Given, given_in, query_of
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action

_FOUND = 20
_CYCLES = (1, 2, 3, 4)
Make = Callable[[Given], Awaitable[Draft]]
Again = Callable[[ValiseError, Given], Awaitable[web.Response]]


class DraftingPages:
    """Takes forms and makes drafts of them, which are submitted at once where that is wanted."""

    def __init__(
        self, desk: Desk, proposals: Proposals, editions: Editions, catalogue: Catalogue, sheet: ProposalSheet
    ) -> None:
        self._desk = desk
        self._proposals = proposals
        self._editions = editions
        self._catalogue = catalogue
        self._sheet = sheet

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        new, needs = "/proposals/new", Action.PROPOSE
        return [
            page("GET", new, self.choose, needs=needs),
            page("GET", f"{new}/app", self.write_app, needs=needs),
            page("POST", f"{new}/app", self.propose_app, needs=needs),
            page("GET", f"{new}/removal", self.write_removal, needs=needs),
            page("POST", f"{new}/removal", self.propose_removal, needs=needs),
            page("GET", f"{new}/replacement", self.write_replacement, needs=needs),
            page("POST", f"{new}/replacement", self.propose_replacement, needs=needs),
            page("GET", f"{new}/settings/{{group:[a-z_]{{1,30}}}}", self.write_settings, needs=needs),
            page("POST", f"{new}/settings/{{group:[a-z_]{{1,30}}}}", self.propose_settings, needs=needs),
        ]

    async def choose(self, request: web.Request) -> web.Response:
        """Show what can be proposed, and the catalogue to search in."""
        query = query_of(request)
        found = await self._catalogue.search(text=query.text("q")[:200], limit=_FOUND) if query.text("q") else None
        return self._desk.page(request, "propose.html", query=query, found=found, groups=GROUPS)

    async def write_app(self, request: web.Request) -> web.Response:
        """Show the form that proposes an item of the catalogue, or an app that is not there yet."""
        return await self._app_form(request, query_of(request))

    async def propose_app(self, request: web.Request) -> web.Response:
        """Propose it."""

        async def make(given: Given) -> Draft:
            entry = await self._entry(given)
            levels = [level for level in _CYCLES if str(level) in given.every("level")]
            link = "" if entry is not None else given.text("link")[:500]
            purpose = Reason(why=given.text("why"), levels=levels, link=link).purpose(self._desk.speech(request))
            return self._app_draft(request, given, entry, purpose)

        async def again(refused: ValiseError, given: Given) -> web.Response:
            return await self._app_form(request, given, refused=refused)

        return await self._drafted(request, make, again)

    async def write_removal(self, request: web.Request) -> web.Response:
        """Show the form that proposes to take something away."""
        return await self._removal_form(request, query_of(request))

    async def propose_removal(self, request: web.Request) -> web.Response:
        """Propose it."""

        async def make(given: Given) -> Draft:
            thing = chosen(await self._things(), given.text("what"))
            kind, changes = removing(thing)
            title = given.text("title") or self._words(request, N_("Take “{name}” away"), thing.name)
            return draft_of(kind, title, _why(given), changes)

        async def again(refused: ValiseError, given: Given) -> web.Response:
            return await self._removal_form(request, given, refused=refused)

        return await self._drafted(request, make, again)

    async def write_replacement(self, request: web.Request) -> web.Response:
        """Show the form that proposes to put something in the place of something else."""
        return await self._replacement_form(request, query_of(request))

    async def propose_replacement(self, request: web.Request) -> web.Response:
        """Propose it."""

        async def make(given: Given) -> Draft:
            thing = chosen(await self._things(), given.text("what"))
            entry = await self._entry(given)
            if entry is None:
                raise NothingChosen
            kind, changes = replacing(thing, entry.item, install_in(given))
            if not changes:
                raise FieldUnreadable(
                    field=Words(N_("In its place")), reason=Words(N_("both must be of the same sort"))
                )
            names = (thing.name, entry.item.name)
            title = given.text("title") or self._desk.speech(request).translate(
                N_("“{other}” in the place of “{name}”"), name=names[0], other=names[1]
            )
            return draft_of(kind, title, _why(given), changes, items=[entry.item_id], price_cents=price_in(given))

        async def again(refused: ValiseError, given: Given) -> web.Response:
            return await self._replacement_form(request, given, refused=refused)

        return await self._drafted(request, make, again)

    async def write_settings(self, request: web.Request) -> web.Response:
        """Show a form with settings as they are agreed."""
        return await self._settings_form(request, NOTHING)

    async def propose_settings(self, request: web.Request) -> web.Response:
        """Propose those that the form changes."""
        group = self._group(request)

        async def make(given: Given) -> Draft:
            policy = policy_from((await self._editions.head()).state.policy)
            changes, told = changes_in(policy, group, given)
            if not changes:
                raise NothingChanges
            title = given.text("title") or told[0].text(self._desk.speech(request).translate)
            return draft_of("home_rule" if group == HOME else "setting", title, _why(given), changes)

        async def again(refused: ValiseError, given: Given) -> web.Response:
            return await self._settings_form(request, given, refused=refused)

        return await self._drafted(request, make, again)

    async def _drafted(self, request: web.Request, make: Make, again: Again) -> web.Response:
        given = await given_in(request)
        try:
            login = self._desk.login(request)
            made = await self._proposals.draft(await make(given), login=login)
        except ValiseError as refused:
            return await again(refused, given)
        proposal_id = made.row.proposal_id
        if given.text("then") != "submit":
            raise see_other(f"/proposals/{proposal_id}", notice=N_("Your draft is kept. Submit it when it is ready."))
        try:
            await self._proposals.submit(proposal_id, login=login)
        except ValiseError as refused:
            return await self._sheet.page(request, proposal_id, refused=refused, at="submission")
        raise see_other(f"/proposals/{proposal_id}", notice=N_("Your proposal is submitted. Thank you."))

    def _app_draft(self, request: web.Request, given: Given, entry: Entry | None, purpose: str) -> Draft:
        name = entry.item.name if entry is not None else given.text("name")[:100]
        if not name:
            raise NothingChosen
        title = given.text("title") or self._words(request, N_("Add “{name}”"), name)
        scope = None
        if given.text("where") == "pilot":
            schools = given.text("schools").upper().replace(",", " ").split()[:500]
            scope = pilot_scope(title, schools, given.end_of_day("until", N_("Until")))
        if entry is None:
            return draft_of("add_app", title, purpose, price_cents=price_in(given), scope=scope)
        kind, changes = adding(entry.item, install_in(given))
        items = [entry.item_id]
        return draft_of(kind, title, purpose, changes, items=items, price_cents=price_in(given), scope=scope)

    async def _app_form(
        self, request: web.Request, given: Given, *, refused: ValiseError | None = None
    ) -> web.Response:
        reach = self._desk.site.reach(request, Action.VOLUNTEER_FOR_PILOT)
        return self._desk.page(
            request,
            "propose_app.html",
            refused=refused,
            at="new",
            given=given,
            entry=await self._entry(given),
            link=named_in(given.text("link")),
            schools=" ".join(sorted(reach.schools)),
            cycles=_CYCLES,
        )

    async def _removal_form(
        self, request: web.Request, given: Given, *, refused: ValiseError | None = None
    ) -> web.Response:
        things = await self._things()
        return self._desk.page(request, "propose_removal.html", refused=refused, at="new", given=given, things=things)

    async def _replacement_form(
        self, request: web.Request, given: Given, *, refused: ValiseError | None = None
    ) -> web.Response:
        text = given.text("q")[:200]
        return self._desk.page(
            request,
            "propose_replacement.html",
            refused=refused,
            at="new",
            given=given,
            things=await self._things(),
            found=await self._catalogue.search(text=text, limit=_FOUND) if text else None,
        )

    async def _settings_form(
        self, request: web.Request, given: Given, *, refused: ValiseError | None = None
    ) -> web.Response:
        group = self._group(request)
        policy = policy_from((await self._editions.head()).state.policy)
        return self._desk.page(
            request,
            "propose_settings.html",
            refused=refused,
            at="new",
            given=given,
            group=group,
            name=GROUPS.get(group, N_("Rules for use at home")),
            fields=fields_of(policy, group),
        )

    async def _entry(self, given: Given) -> Entry | None:
        item_id = given.text("item")[:64]
        return await self._catalogue.show(item_id) if item_id else None

    async def _things(self) -> tuple[Thing, ...]:
        head: Record = await self._editions.head()
        return things_agreed(head.state, self._desk.services.clock.ms())

    def _group(self, request: web.Request) -> str:
        group = request.match_info["group"]
        if group not in GROUPS and group != HOME:
            raise web.HTTPNotFound
        return group

    def _words(self, request: web.Request, message: str, name: str) -> str:
        return self._desk.speech(request).translate(message, name=name)


def _why(given: Given) -> str:
    return given.text("why")
