"""How a fault is reported: a page for one hand, in front of a class; script only makes the photos lighter."""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField

from mdm.errors import ValiseError
from mdm.fleet.states import TabletState
from mdm.fleet.tablet_store import tablet_view
from mdm.repairs.errors import FaultUnknown
from mdm.repairs.fault import FaultKind, FaultLine, parse_kind
from mdm.repairs.faults import PHOTOS_OF_REPORT
from mdm.repairs.photo_cleaning import LARGEST_BYTES
from webui.forms import NOTHING, Given, given_in
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.repairs.errors import KindMissing, LostIsForOthers
from webui.repairs.fault_sheet import FaultSheet
from webui.repairs.places import fault_place
from webui.scopes import Place
from webui.site import Site

UPLOAD_BYTES = PHOTOS_OF_REPORT * (LARGEST_BYTES + 1_000_000)
"""What is a little too large is told so in words, and not cut off."""

_KINDS = (
    FaultKind.SCREEN,
    FaultKind.START,
    FaultKind.BATTERY,
    FaultKind.CHARGING,
    FaultKind.CASE,
    FaultKind.SOUND,
    FaultKind.CAMERA,
    FaultKind.WIFI,
    FaultKind.BUTTONS,
    FaultKind.ACCESSORY,
    FaultKind.LOST,
    FaultKind.OTHER,
)
"""In the order in which they are met."""


class ReportPages:
    """Takes reports of faults."""

    def __init__(self, site: Site, sheet: FaultSheet) -> None:
        self._site = site
        self._sheet = sheet
        self._faults = site.services.repair.faults

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        report = "/tablets/{tablet_id:[0-9a-f]{32}}/fault"
        return [
            page("GET", report, self.ask, needs=Action.REPORT_FAULT),
            page("POST", report, self.take, needs=Action.REPORT_FAULT, upload_bytes=UPLOAD_BYTES),
            page("GET", f"{report}/thanks/{{fault_id:[0-9a-f]{{32}}}}", self.thank, needs=Action.REPORT_FAULT),
        ]

    async def ask(self, request: web.Request) -> web.Response:
        """Show the form, with what is known of the tablet already."""
        return await self._form(request)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Take a report."""
        tablet_id, place = await self._place(request)
        given = await given_in(request)
        try:
            kind = _kind(given)
            self._require(request, kind, place)
            fault = await self._faults.report(
                tablet_id,
                kind,
                words=given.text("words"),
                unusable=given.is_set("unusable"),
                photos=await _photos(request),
                actor=self._site.person(request).actor,
            )
        except ValiseError as refused:
            return await self._form(request, refused=refused, given=given)
        again = "?again=1" if fault.reports > 1 else ""
        raise see_other(f"/tablets/{tablet_id}/fault/thanks/{fault.fault_id}{again}")

    async def thank(self, request: web.Request) -> web.Response:
        """Say what happens next."""
        tablet_id, _ = await self._place(request)
        fault_id = request.match_info["fault_id"]
        view = await self._faults.show(fault_id)
        if view.line.fault.tablet_id != tablet_id:
            raise FaultUnknown(fault=fault_id)
        where = await self._site.services.database.read(lambda conn: fault_place(conn, fault_id))
        return self._site.renderer.page(
            request,
            "repairs/thanks.html",
            line=view.line,
            fault=view.line.fault,
            again=request.query.get("again") == "1",
            reads=self._site.may(request, Action.READ_FAULTS, where),
            speech=self._sheet.speech(request),
        )

    async def _form(
        self, request: web.Request, *, refused: ValiseError | None = None, given: Given = NOTHING
    ) -> web.Response:
        tablet_id, place = await self._place(request)
        tablet = await self._site.services.database.read(lambda conn: tablet_view(conn, tablet_id))
        may_lose = self._site.may(request, Action.DECLARE_LOST, place)
        return self._site.renderer.page(
            request,
            "repairs/report.html",
            status=refused.status if refused else 200,
            refused=refused,
            given=given,
            tablet=tablet,
            gone=tablet.tablet.state is TabletState.RETIRED,
            kinds=[kind for kind in _KINDS if may_lose or kind is not FaultKind.LOST],
            may_lose=may_lose,
            known=await self._known(tablet_id),
            photos=PHOTOS_OF_REPORT,
            speech=self._sheet.speech(request),
        )

    async def _known(self, tablet_id: str) -> Sequence[FaultLine]:
        found = await self._faults.of_tablet(tablet_id, limit=20)
        return [line for line in found.faults if line.fault.closed_at is None]

    async def _place(self, request: web.Request) -> tuple[str, Place]:
        tablet_id = request.match_info["tablet_id"]
        return tablet_id, await self._site.at_tablet(request, Action.REPORT_FAULT, tablet_id)

    def _require(self, request: web.Request, kind: FaultKind, place: Place) -> None:
        """Who may not declare a tablet lost cannot do so by reporting it."""
        if kind is FaultKind.LOST and not self._site.may(request, Action.DECLARE_LOST, place):
            raise LostIsForOthers


def _kind(given: Given) -> FaultKind:
    if not given.text("kind"):
        raise KindMissing
    return parse_kind(given.text("kind"))


async def _photos(request: web.Request) -> list[bytes]:
    """Return the files of a report; a browser sends an empty one where none was chosen."""
    found: list[Any] = (await request.post()).getall("photos", [])
    bodies = [await asyncio.to_thread(one.file.read) for one in found if isinstance(one, FileField)]
    return [body for body in bodies if body]
