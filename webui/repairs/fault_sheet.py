"""A fault's page: what is shown of it, and which steps are offered to whom."""

from collections.abc import Sequence
from typing import Any

import msgspec
from aiohttp import web

from mdm.errors import ValiseError
from mdm.fleet.states import TabletState
from mdm.fleet.tablet import TabletView
from mdm.fleet.tablet_store import tablet_view
from mdm.repairs.fault import Fault, FaultKind, FaultView
from mdm.repairs.fault_states import FaultEvent
from mdm.repairs.spare_store import Spare
from mdm.store import Connection
from webui.forms import NOTHING, Given
from webui.live import Parts
from webui.permissions import Action
from webui.repairs.places import fault_place
from webui.repairs.speech import Speech, acts_in_order, who
from webui.scopes import Place
from webui.sheets import sheet_page, sheet_parts
from webui.site import Site
from webui.visitor import visitor_of

AT_ONCE = frozenset({FaultEvent.TAKE, FaultEvent.CLOSE})
"""Steps that one tap takes; the others ask something first."""
_OF_WORKSHOP = frozenset({FaultEvent.SEND, FaultEvent.CLAIM, FaultEvent.QUOTE})
_SPARES = 100
_PARTS = ("state", "photos", "acts", "history")


class FaultStory(msgspec.Struct, frozen=True, kw_only=True):
    """All that a fault's page shows. ``chosen``: the step whose form is open."""

    view: FaultView
    place: Place
    tablet: TabletView
    replaced_by: str
    reads_fleet: bool
    manages: bool
    acts: tuple[FaultEvent, ...]
    chosen: FaultEvent | None
    spares: tuple[Spare, ...]

    @property
    def fault(self) -> Fault:
        """The fault itself."""
        return self.view.line.fault


class FaultSheet:
    """Shows faults; the pages around it have asked whether the person may see this one."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._faults = site.services.repair.faults
        self._spares = site.services.repair.spares

    def speech(self, request: web.Request) -> Speech:
        """Return how pages speak to whoever asks."""
        return Speech(translate=visitor_of(request).translate, now=self._site.services.clock.ms())

    async def page(
        self,
        request: web.Request,
        fault_id: str,
        *,
        chosen: str = "",
        refused: ValiseError | None = None,
        given: Given = NOTHING,
    ) -> web.Response:
        """Return a fault's page; a refusal is shown at the step that was tried, with what was written."""
        story = await self._story(request, fault_id, chosen or request.query.get("act", ""))
        values = self._values(request, story)
        return sheet_page(self._site, request, "repairs/fault.html", values, refused=refused, given=given)

    async def parts(self, request: web.Request, fault_id: str) -> Parts:
        """Return the parts of a fault's page that change."""
        story = await self._story(request, fault_id, request.query.get("act", ""))
        return sheet_parts(self._site, request, "repairs", "fault", _PARTS, self._values(request, story))

    def _values(self, request: web.Request, story: FaultStory) -> dict[str, Any]:
        return {
            "story": story,
            "fault": story.fault,
            "address": f"/faults/{story.fault.fault_id}",
            "speech": self.speech(request),
            "at_once": AT_ONCE,
            "who": who,
        }

    async def _story(self, request: web.Request, fault_id: str, chosen: str) -> FaultStory:
        view = await self._faults.show(fault_id)

        def read(conn: Connection) -> tuple[Place, TabletView, str]:
            fault = view.line.fault
            spare = tablet_view(conn, fault.replaced_by).tablet.name if fault.replaced_by else ""
            return fault_place(conn, fault_id), tablet_view(conn, fault.tablet_id), spare

        place, tablet, replaced_by = await self._site.services.database.read(read)
        manages = self._site.may(request, Action.MANAGE_FAULTS, place)
        acts = _offered(view, tablet) if manages else ()
        event = next((one for one in acts if one == chosen and one not in AT_ONCE), None)
        spares = await self._choice(view, tablet) if event is FaultEvent.REPLACE else ()
        return FaultStory(
            view=view,
            place=place,
            tablet=tablet,
            replaced_by=replaced_by,
            reads_fleet=self._site.may(request, Action.READ_FLEET, place),
            manages=manages,
            acts=acts,
            chosen=event,
            spares=tuple(spares),
        )

    async def _choice(self, view: FaultView, tablet: TabletView) -> Sequence[Spare]:
        """Return the spares that could take the tablet's place: the one put aside, then those of its model."""
        pool = (await self._spares.list(platform=tablet.tablet.platform, limit=_SPARES)).spares
        fault_id, model = view.line.fault.fault_id, view.line.model
        free = [one for one in pool if one.reserved_for in (None, fault_id)]
        return sorted(free, key=lambda one: (one.reserved_for != fault_id, one.model != model, one.name))


def _offered(view: FaultView, tablet: TabletView) -> tuple[FaultEvent, ...]:
    """Return the steps that would not be refused for what is known already."""
    fault = view.line.fault
    left_out = set[FaultEvent]()
    if fault.unusable:
        left_out.add(FaultEvent.MARK_UNUSABLE)
    if fault.kind is FaultKind.LOST:
        left_out |= _OF_WORKSHOP
    if tablet.place is None:
        left_out.add(FaultEvent.REPLACE)
    if tablet.tablet.state is TabletState.RETIRED:
        left_out |= {FaultEvent.REOPEN, FaultEvent.WRITE_OFF}
    if tablet.tablet.state is TabletState.LOANED:
        left_out.add(FaultEvent.WRITE_OFF)
    return tuple(one for one in acts_in_order() if one in view.possible and one not in left_out)
