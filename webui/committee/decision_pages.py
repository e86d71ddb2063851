"""The register of decisions: searched, filtered, and as a file for spreadsheets."""

from datetime import datetime
from urllib.parse import urlencode

from aiohttp import web

from mdm.clock import to_ms
from profiles.charter.convention import Kind
from profiles.charter.convention_words import PROPOSAL_KINDS
from profiles.charter.sentence import ZONE
from webui.committee.cursors import read_cursor, written
from webui.committee.desk import Desk
from webui.committee.register import Register
from webui.committee.register_store import Chosen
from webui.forms import Given, query_of
from webui.pages import page
from webui.permissions import Action

_LINES = 25
_FIRST_YEAR, _LAST_YEAR = 2000, 2090


class DecisionPages:
    """Shows the register."""

    def __init__(self, desk: Desk, register: Register) -> None:
        self._desk = desk
        self._register = register

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/decisions", self.list, needs=Action.READ_BALLOTS),
            page("GET", "/decisions.csv", self.file, needs=Action.READ_BALLOTS),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """Show decisions, the newest first."""
        query, bodies = query_of(request), await self._register.bodies()
        chosen = _chosen(query, [one.body for one in bodies])
        lines = await self._register.lines(chosen, read_cursor(query.text("after")), limit=_LINES + 1)
        shown = lines[:_LINES]
        more = written(shown[-1].cursor) if len(lines) > _LINES else None
        kept = urlencode([(name, value) for name, value in request.query.items() if name != "after"])
        return self._desk.page(
            request,
            "decisions.html",
            lines=shown,
            query=query,
            bodies=bodies,
            years=await self._register.years(self._desk.services.clock.ms()),
            kinds=PROPOSAL_KINDS,
            file=f"/decisions.csv?{kept}" if kept else "/decisions.csv",
            first=self._desk.first_address(request),
            next=self._desk.next_address(request, more),
        )

    async def file(self, request: web.Request) -> web.Response:
        """Give the decisions that are chosen as CSV."""
        query, bodies = query_of(request), await self._register.bodies()
        chosen = _chosen(query, [one.body for one in bodies])
        body = await self._register.file(chosen, self._desk.speech(request))
        response = web.Response(body=body, content_type="text/csv", charset="utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="decisions.csv"'
        return response


def _chosen(query: Given, bodies: list[str]) -> Chosen:
    result = query.text("result")
    since, before = _year(query.text("year"))
    return Chosen(
        text=query.text("q")[:200],
        kind=query.one_of("kind", Kind) or "",
        adopted={"adopted": True, "rejected": False}.get(result),
        since=since,
        before=before,
        body=query.text("body") if query.text("body") in bodies else "",
    )


def _year(text: str) -> tuple[int, int]:
    if not text.isdecimal() or not _FIRST_YEAR <= int(text) <= _LAST_YEAR:
        return Chosen().since, Chosen().before
    year = int(text)
    return to_ms(datetime(year, 1, 1, tzinfo=ZONE)), to_ms(datetime(year + 1, 1, 1, tzinfo=ZONE))
