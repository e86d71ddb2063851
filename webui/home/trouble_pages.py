"""Not working well: a family says so itself, on a page that says what happens then."""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField

from mdm.errors import ValiseError
from mdm.i18n import N_
from mdm.repairs.fault import FaultKind, FaultLine, parse_kind
from mdm.repairs.faults import PHOTOS_OF_REPORT
from mdm.repairs.photo_cleaning import LARGEST_BYTES
from webui.forms import NOTHING, Given, given_in
from webui.home.family import Family
from webui.home.loan_pages import LOAN
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.repairs.errors import KindMissing
from webui.repairs.speech import Speech as FaultSpeech
from webui.site import Site
from webui.visitor import visitor_of

UPLOAD_BYTES = PHOTOS_OF_REPORT * (LARGEST_BYTES + 1_000_000)
_KINDS = tuple(kind for kind in FaultKind if kind is not FaultKind.LOST)


class TroublePages:
    """Takes in what families say of a tablet that they have."""

    def __init__(self, site: Site, family: Family) -> None:
        self._site = site
        self._family = family
        self._faults = site.services.repair.faults

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", f"{LOAN}/fault", self.ask_fault, needs=Action.OWN_LOANS),
            page("POST", f"{LOAN}/fault", self.take_fault, needs=Action.OWN_LOANS, upload_bytes=UPLOAD_BYTES),
        ]

    async def ask_fault(self, request: web.Request) -> web.Response:
        """Show what can be wrong."""
        return await self._fault(request)

    async def take_fault(self, request: web.Request) -> web.StreamResponse:
        """Take a report."""
        detail = await self._family.loan_at_home(request)
        given = await given_in(request)
        try:
            await self._faults.report(
                detail.view.loan.tablet_id,
                _kind(given),
                words=given.text("words"),
                photos=await _photos(request),
                actor=self._site.person(request).actor,
            )
        except ValiseError as refused:
            return await self._fault(request, refused=refused, given=given)
        raise see_other("/home", notice=N_("The technician sees it now. Thank you. Bring the tablet when you can."))

    async def _fault(
        self, request: web.Request, *, refused: ValiseError | None = None, given: Given = NOTHING
    ) -> web.Response:
        detail = await self._family.loan_at_home(request)
        return self._site.renderer.page(
            request,
            "home/fault.html",
            status=refused.status if refused else 200,
            detail=detail,
            kinds=_KINDS,
            known=await self._known(detail.view.loan.tablet_id),
            photos=PHOTOS_OF_REPORT,
            speech=FaultSpeech(translate=visitor_of(request).translate, now=self._site.services.clock.ms()),
            given=given,
            refused=refused,
        )

    async def _known(self, tablet_id: str) -> Sequence[FaultLine]:
        found = await self._faults.of_tablet(tablet_id, limit=20)
        return [line for line in found.faults if line.fault.closed_at is None]


def _kind(given: Given) -> FaultKind:
    if not given.text("kind"):
        raise KindMissing
    kind = parse_kind(given.text("kind"))
    if kind not in _KINDS:
        # A lost tablet has a page of its own, with its loan.
        raise KindMissing
    return kind


async def _photos(request: web.Request) -> list[bytes]:
    """Return the files of a report; a browser sends an empty one where none was chosen."""
    found: list[Any] = (await request.post()).getall("photos", [])
    bodies = [await asyncio.to_thread(one.file.read) for one in found if isinstance(one, FileField)]
    return [body for body in bodies if body]
