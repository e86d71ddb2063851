"""The tablets: where they are, how they are, and how to find one among many."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.clock import from_ms
from mdm.fleet.states import TabletState
from mdm.fleet.tablet import LastReport, Place, Platform, TabletView
from mdm.fleet.tablet_store import tablet_view
from mdm.store import Connection, Database
from webui.api.operation import Call, Operation, operation
from webui.api.paging import Page, PageQuery, after, page_of
from webui.api.resources.places import Id, Uai
from webui.api.resources.tablet_lists_store import Chosen, tablets_after
from webui.api.results import Nothing
from webui.errors import TabletNotShown
from webui.permissions import Action, reach, require
from webui.places import tablet_place


class PlaceItem(msgspec.Struct, frozen=True, kw_only=True):
    """The kit and the slot that a tablet belongs to."""

    kit_id: str
    kit_name: str
    slot: int
    school: str
    school_name: str


class ReportItem(msgspec.Struct, frozen=True, kw_only=True):
    """What a tablet said last. Sizes in bytes, battery in percent; null where it did not say."""

    seen_at: datetime
    os_version: str | None
    battery: int | None
    capacity: int | None
    free_space: int | None
    supervised: bool | None


class TabletItem(msgspec.Struct, frozen=True, kw_only=True):
    """A tablet. `errors` counts the commands that failed since it is in its present state."""

    tablet_id: str
    name: str
    serial: str | None
    platform: Platform
    model: str
    state: TabletState
    state_since: datetime
    place: PlaceItem | None
    report: ReportItem | None
    errors: int


class TabletPath(msgspec.Struct, frozen=True, kw_only=True):
    """Names a tablet."""

    tablet_id: Id


class TabletQuery(PageQuery, frozen=True, kw_only=True):
    """Chooses tablets."""

    beginning: Annotated[
        str, Meta(max_length=64, description="How the name or the serial number begins, in any case.")
    ] = ""
    state: TabletState | None = None
    platform: Platform | None = None
    school: Annotated[Uai, Meta(description="The tablets of one school's kits.")] | None = None
    kit: Annotated[Id, Meta(description="The tablets of one kit.")] | None = None


class TabletOperations:
    """Reads the tablets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [
            operation(
                "GET",
                "/tablets",
                self.search,
                name="list_tablets",
                summary="The tablets by name, all or those that are looked for.",
                needs=Action.READ_FLEET,
            ),
            operation(
                "GET",
                "/tablets/{tablet_id}",
                self.show,
                name="show_tablet",
                summary="A tablet.",
                needs=Action.READ_FLEET,
                errors=(TabletNotShown,),
            ),
        ]

    async def search(self, call: Call[Nothing, TabletQuery, Nothing]) -> Page[TabletItem]:
        """Return tablets by name."""
        query = call.query
        last = after(query, tuple[str, str]) or ("", "")
        chosen = Chosen(
            beginning=query.beginning,
            state=query.state,
            platform=query.platform,
            uai=query.school or "",
            kit_id=query.kit or "",
            reach=reach(call.person, Action.READ_FLEET),
        )
        rows = await self._database.read(lambda conn: tablets_after(conn, last, chosen, limit=query.limit + 1))
        return page_of(query, rows, _item, lambda row: (row.tablet.name, row.tablet.tablet_id))

    async def show(self, call: Call[TabletPath, Nothing, Nothing]) -> TabletItem:
        """Return a tablet."""

        def read(conn: Connection) -> TabletView:
            require(call.person, Action.READ_FLEET, tablet_place(conn, call.path.tablet_id))
            return tablet_view(conn, call.path.tablet_id)

        return _item(await self._database.read(read))


def _item(view: TabletView) -> TabletItem:
    tablet = view.tablet
    return TabletItem(
        tablet_id=tablet.tablet_id,
        name=tablet.name,
        serial=tablet.serial,
        platform=tablet.platform,
        model=tablet.model,
        state=tablet.state,
        state_since=from_ms(tablet.state_since),
        place=_place(view.place) if view.place is not None else None,
        report=_report(view.report) if view.report is not None else None,
        errors=view.errors,
    )


def _place(place: Place) -> PlaceItem:
    return PlaceItem(
        kit_id=place.kit_id,
        kit_name=place.kit_name,
        slot=place.slot_number,
        school=place.uai,
        school_name=place.school_name,
    )


def _report(report: LastReport) -> ReportItem:
    return ReportItem(
        seen_at=from_ms(report.seen_at),
        os_version=report.os_version,
        battery=report.battery,
        capacity=report.capacity,
        free_space=report.free_space,
        supervised=report.supervised,
    )
