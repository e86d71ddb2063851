"""Rollouts for those who read them: the list, one that is live, and what a rollout would still do."""

from typing import Any

from aiohttp import web

from mdm.errors import ValiseError
from mdm.store import Connection, Event
from profiles.charter.differences import Difference, differences
from profiles.charter.edition_store import charter_row
from profiles.charter.gap_words import gap_in_words
from profiles.charter.place_store import place_names_of
from profiles.charter.record import Record
from profiles.rollouts.dry_run import DryRun
from profiles.rollouts.rollout import RolloutState
from webui.committee.speech import Speech as CommitteeSpeech
from webui.live import Parts
from webui.pages import page
from webui.permissions import Action
from webui.rollouts.list_store import LINES, list_lines
from webui.rollouts.sheet import RolloutSheet
from webui.site import Site
from webui.visitor import visitor_of

ROLLOUT = "/rollouts/{rollout_id:[0-9a-f]{32}}"
_SCHOOLS = 50


class RolloutPages:
    """Shows rollouts."""

    def __init__(self, site: Site, sheet: RolloutSheet) -> None:
        self._site = site
        self._sheet = sheet
        self._rollouts = site.services.rollouts
        self._database = site.services.database
        self._agreed = site.services.charter.agreed

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/rollouts", self.list, needs=Action.READ_ROLLOUTS),
            page("GET", "/rollouts/events", self.follow_list, needs=Action.READ_ROLLOUTS),
            page("GET", "/rollouts/dry-run", self.dry_run_newest, needs=Action.PACE_ROLLOUT),
            page("GET", ROLLOUT, self.show, needs=Action.READ_ROLLOUTS),
            page("GET", f"{ROLLOUT}/events", self.follow, needs=Action.READ_ROLLOUTS),
            page("GET", f"{ROLLOUT}/dry-run", self.dry_run, needs=Action.PACE_ROLLOUT),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """Show rollouts, the newest first."""
        return self._site.renderer.page(request, "rollouts/rollouts.html", **await self._listed(request))

    async def follow_list(self, request: web.Request) -> web.StreamResponse:
        """Send the list as it changes."""
        visitor = visitor_of(request)

        async def render() -> Parts:
            values = await self._listed(request)
            html = self._site.renderer.fragment(visitor.translate, "rollouts/_rollouts_list.html", **values)
            return {"rollouts-list": html}

        return await self._site.follow(request, render, lambda _: True, topics=("rollout",))

    async def show(self, request: web.Request) -> web.Response:
        """Show a rollout."""
        return await self._sheet.page(request, request.match_info["rollout_id"])

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send the parts of a rollout's page as they change."""
        rollout_id = request.match_info["rollout_id"]
        await self._rollouts.show(rollout_id)

        async def render() -> Parts:
            return await self._sheet.parts(request, rollout_id)

        def concerns(event: Event) -> bool:
            return event.key == rollout_id

        return await self._site.follow(request, render, concerns, topics=("rollout",))

    async def dry_run(self, request: web.Request) -> web.Response:
        """Show what a rollout would still do."""
        rollout_id = request.match_info["rollout_id"]
        view = await self._rollouts.show(rollout_id)
        run = await self._rollouts.dry_run(rollout_id)
        return await self._dry(
            request,
            run,
            before=view.rollout.previous_id,
            address=f"/rollouts/{rollout_id}",
            may_start=view.rollout.state is RolloutState.PLANNED,
        )

    async def dry_run_newest(self, request: web.Request) -> web.Response:
        """Show what rolling out the newest edition would do."""
        run = await self._rollouts.dry_run()
        row = await self._database.read(charter_row)
        return await self._dry(request, run, before=row.current_id if row else "", address="", may_start=False)

    async def _dry(
        self, request: web.Request, run: DryRun, *, before: str, address: str, may_start: bool
    ) -> web.Response:
        first = _whole(request.query.get("from", ""))
        speech = self._sheet.speech(request)
        now = self._site.services.clock.ms()
        path = f"{address or '/rollouts'}/dry-run"
        told = await self._database.read(lambda conn: self._told(conn, before, run.edition_id))
        return self._site.renderer.page(
            request,
            "rollouts/dry_run.html",
            run=run,
            told=told,
            shown=run.schools[first : first + _SCHOOLS],
            next=f"{path}?from={first + _SCHOOLS}" if first + _SCHOOLS < len(run.schools) else "",
            back=f"{path}?from={max(0, first - _SCHOOLS)}" if first else "",
            address=address,
            may_start=may_start,
            now=now,
            speech=speech,
            gap_words=lambda gap: gap_in_words(gap, visitor_of(request).translate),
            say=CommitteeSpeech(translate=visitor_of(request).translate, now=now).say,
        )

    def _told(self, conn: Connection, before: str, after: str) -> tuple[Difference, ...]:
        """Return what changes from one edition to another, in the charter's own words."""
        try:
            old, new = self._agreed.record(conn, before), self._agreed.record(conn, after)
        except ValiseError:
            return ()
        return differences(old.state, new.state, place_names_of(conn, _places(old, new)))

    async def _listed(self, request: web.Request) -> dict[str, Any]:
        after = request.query.get("after", "")[:32]
        lines = await self._database.read(lambda conn: list_lines(conn, after=after))
        return {
            "lines": lines[:LINES],
            "open_one": next((one for one in lines if one.is_open), None),
            "after": after,
            "next": f"/rollouts?after={lines[LINES - 1].rollout_id}" if len(lines) > LINES else "",
            "paces": self._site.may(request, Action.PACE_ROLLOUT),
            "speech": self._sheet.speech(request),
        }


def _places(*records: Record) -> set[str]:
    return {
        place for record in records for variant in record.state.variants for place in (*variant.schools, *variant.kits)
    }


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
