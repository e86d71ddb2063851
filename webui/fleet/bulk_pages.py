"""Actions on many tablets: what would happen, the yes to it, its progress, and what came of it."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from mdm.errors import ValiseError
from mdm.fleet.tablet_store import tablet_views
from mdm.fleet_view.bulk import KIND, DryRun, spec_of
from mdm.fleet_view.bulk_actions import ACTIONS, KIT, BulkAction, find_action
from mdm.fleet_view.bulk_result import reasons_of
from mdm.fleet_view.filters import TabletFilter, parse_filter
from mdm.i18n import N_
from mdm.long_work.errors import WorkUnknown
from mdm.long_work.work import LongWork, WorkState
from mdm.store import Connection, Event
from webui.fleet.list_pages import ListPages, needed
from webui.fleet.speech import Speech
from webui.forms import Given, given_in
from webui.live import Parts
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action, require
from webui.repairs.places import find_kits
from webui.site import Site
from webui.visitor import visitor_of

_WORK = "/bulk/{work_id:[0-9a-f]{32}}"
_LEFT = 50
_IDENTIFIER = 32


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What a person chose: ``tablets`` by identifier, or with ``every`` all that pass the filter in ``query``."""

    query: str
    every: bool
    tablets: tuple[str, ...]

    def wanted(self) -> TabletFilter | Sequence[str]:
        """Return it as the dry run takes it; raise `FilterInvalid`."""
        return parse_filter(dict(parse_qsl(self.query))) if self.every else self.tablets


class BulkPages:
    """Prepares actions, and shows their work."""

    def __init__(self, site: Site, lists: ListPages) -> None:
        self._site = site
        self._lists = lists
        self._database = site.services.database
        self._bulk = site.services.fleet_view.bulk
        self._works = site.services.fleet_view.works

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        needs = Action.EDIT_FLEET
        return [
            page("GET", "/bulk", self.index, needs=needs),
            page("GET", "/bulk/events", self.follow_list, needs=needs),
            page("POST", "/bulk", self.prepare, needs=needs),
            page("GET", _WORK, self.show, needs=needs),
            page("GET", f"{_WORK}/events", self.follow, needs=needs),
            page("POST", f"{_WORK}/begin", self.begin, needs=needs),
            page("POST", f"{_WORK}/cancel", self.cancel, needs=needs),
            page("POST", f"{_WORK}/resume", self.resume, needs=needs),
        ]

    async def index(self, request: web.Request) -> web.Response:
        """Show what is under way and what was done."""
        return self._site.renderer.page(request, "fleet/bulk.html", **await self._listed(request))

    async def follow_list(self, request: web.Request) -> web.StreamResponse:
        """Send the list as it changes."""
        translate = visitor_of(request).translate

        async def render() -> Parts:
            values = await self._listed(request)
            return {"works": self._site.renderer.fragment(translate, "fleet/_works.html", **values)}

        return await self._site.follow(request, render, lambda _: True, topics=("long_work",))

    async def prepare(self, request: web.Request) -> web.StreamResponse:
        """Ask for what the action needs, then tell what would happen."""
        given = await given_in(request)
        selection = Selection(
            query=given.text("query"),
            every=given.is_set("all"),
            tablets=tuple(one for one in given.every("tablet") if len(one) == _IDENTIFIER),
        )
        try:
            action = find_action(given.text("action"))
            self._require(request, action)
            wanted = selection.wanted()
        except ValiseError as refused:
            return await self._back(request, selection, refused)
        if (action.takes or action.needs) and not given.is_set("ready"):
            return await self._ask(request, action, selection, given)
        try:
            run = await self._dry_run(request, action, wanted, given.text("argument"))
        except ValiseError as refused:
            if action.takes or action.needs:
                return await self._ask(request, action, selection, given, refused)
            return await self._back(request, selection, refused)
        return await self._told(request, run)

    async def begin(self, request: web.Request) -> web.StreamResponse:
        """Carry out what was prepared."""
        work = await self._work(request)
        self._require(request, find_action(spec_of(work).action))
        given = await given_in(request)
        typed = given.text("typed").replace(" ", "")
        try:
            await self._bulk.carry_out(
                work.work_id,
                typed=int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else None,
                actor=self._site.person(request).actor,
            )
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other(f"/bulk/{work.work_id}", notice=N_("It has begun. You may leave this page and come back."))

    async def show(self, request: web.Request) -> web.Response:
        """Show work, its progress and what came of it."""
        return await self._page(request)

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send the work as it goes on."""
        work_id = (await self._work(request)).work_id
        visitor = visitor_of(request)

        async def render() -> Parts:
            values = await self._values(request)
            words, fragment = visitor.translate, self._site.renderer.fragment
            return {
                name: fragment(words, f"fleet/_{name}.html", csrf=visitor.csrf, **values) for name in ("work", "left")
            }

        def concerns(event: Event) -> bool:
            return event.key == work_id

        return await self._site.follow(request, render, concerns, topics=("long_work",))

    async def cancel(self, request: web.Request) -> web.StreamResponse:
        """Stop work; what is done stays done."""
        work = await self._work(request)
        try:
            await self._works.cancel(work.work_id, actor=self._site.person(request).actor)
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other(f"/bulk/{work.work_id}", notice=N_("It was stopped. What was done stays done."))

    async def resume(self, request: web.Request) -> web.StreamResponse:
        """Go on with work that could not."""
        work = await self._work(request)
        self._require(request, find_action(spec_of(work).action))
        await self._works.resume(work.work_id, actor=self._site.person(request).actor)
        raise see_other(f"/bulk/{work.work_id}")

    def _require(self, request: web.Request, action: BulkAction) -> None:
        require(self._site.person(request), needed(action))

    async def _dry_run(
        self, request: web.Request, action: BulkAction, wanted: TabletFilter | Sequence[str], argument: str
    ) -> DryRun:
        if action.needs == KIT and argument:
            await self._site.at_kit(request, Action.EDIT_FLEET, argument)
        return await self._bulk.dry_run(
            action.name,
            wanted,
            self._site.reach(request, needed(action)),
            argument=argument,
            actor=self._site.person(request).actor,
        )

    async def _ask(
        self,
        request: web.Request,
        action: BulkAction,
        selection: Selection,
        given: Given,
        refused: ValiseError | None = None,
    ) -> web.Response:
        reach, words = self._site.reach(request, Action.EDIT_FLEET), given.text("words")[:100]
        kits = await self._database.read(lambda conn: find_kits(conn, reach, words)) if action.needs == KIT else []
        return self._site.renderer.page(
            request,
            "fleet/bulk_argument.html",
            status=refused.status if refused else 200,
            refused=refused,
            action=action,
            selection=selection,
            kits=kits,
            words=words,
            argument=given.text("argument"),
            speech=Speech(visitor_of(request).translate),
        )

    async def _told(self, request: web.Request, run: DryRun) -> web.Response:
        examples = [tablet_id for group in run.hindered for tablet_id in group.examples]
        views = await self._database.read(lambda conn: tablet_views(conn, examples))
        return self._site.renderer.page(
            request,
            "fleet/dry_run.html",
            run=run,
            names={tablet_id: view.tablet.name for tablet_id, view in views.items()},
            speech=Speech(visitor_of(request).translate),
        )

    async def _back(self, request: web.Request, selection: Selection, refused: ValiseError) -> web.Response:
        query = dict(parse_qsl(selection.query))
        try:
            return await self._lists.answer(request, query=query, refused=refused)
        except ValiseError:
            return await self._lists.answer(request, query={}, refused=refused)

    async def _page(self, request: web.Request, *, refused: ValiseError | None = None) -> web.Response:
        return self._site.renderer.page(
            request,
            "fleet/work.html",
            status=refused.status if refused else 200,
            refused=refused,
            **await self._values(request),
        )

    async def _values(self, request: web.Request) -> dict[str, Any]:
        work = await self._work(request)
        after = request.query.get("after", "")
        left = await self._works.failures(
            work.work_id,
            after=int(after) if after.isascii() and after.isdigit() and len(after) < 9 else -1,
            limit=_LEFT,
        )

        def read(conn: Connection) -> tuple[Any, Any]:
            return reasons_of(conn, work.work_id), tablet_views(conn, [part.key for _, part in left])

        reasons, views = await self._database.read(read)
        action = ACTIONS[spec_of(work).action]
        return {
            "work": work,
            "spec": spec_of(work),
            "action": action,
            "is_draft": work.state is WorkState.DRAFT,
            "reasons": reasons,
            "left": [(part, views.get(part.key)) for _, part in left],
            "next": f"/bulk/{work.work_id}?after={left[-1][0]}" if len(left) == _LEFT else "",
            "first": f"/bulk/{work.work_id}" if after else "",
            "speech": Speech(visitor_of(request).translate),
        }

    async def _listed(self, request: web.Request) -> dict[str, Any]:
        person = self._site.person(request)
        own = "" if self._site.reach(request, Action.EDIT_FLEET).everything else person.actor
        works = await self._works.recent(subject="" if own else "fleet", started_by=own, limit=50)
        return {
            "works": [
                work
                for work in works
                if work.kind == KIND and (work.state is not WorkState.DRAFT or work.started_by == person.actor)
            ],
            "speech": Speech(visitor_of(request).translate),
        }

    async def _work(self, request: web.Request) -> LongWork:
        """Return the work of the address; that of others is shown to those who reach the whole fleet."""
        work = await self._works.show(request.match_info["work_id"])
        person = self._site.person(request)
        sees_all = self._site.reach(request, Action.EDIT_FLEET).everything and work.state is not WorkState.DRAFT
        if work.kind != KIND or not (work.started_by == person.actor or sees_all):
            raise WorkUnknown
        return work
