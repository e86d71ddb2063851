"""The kits and their slots."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.clock import Clock, from_ms
from mdm.commands.kit_naming import KitNaming
from mdm.fleet.errors import KitExists, KitUnknown, NameEmpty, NameTooLong, NameUnprintable
from mdm.fleet.kit import KitSummary, KitView, SlotStage, SlotView
from mdm.fleet.kit_store import kit_view
from mdm.fleet.tablet import Platform
from mdm.store import Connection, Database
from webui.api.operation import Call, Operation, operation
from webui.api.paging import Page, PageQuery, after, page_of
from webui.api.resources.kit_lists_store import kits_after
from webui.api.resources.places import Id, Uai
from webui.api.results import Nothing
from webui.errors import KitNotShown
from webui.permissions import Action, Person, reach, require
from webui.places import kit_place


class KitItem(msgspec.Struct, frozen=True, kw_only=True):
    """A kit: `slots` places, `filled` of them with a tablet, `ready` with one that holds all that it should."""

    kit_id: str
    name: str
    school: str
    school_name: str
    platform: Platform
    slots: int
    filled: int
    ready: int
    created_at: datetime


class SlotItem(msgspec.Struct, frozen=True, kw_only=True):
    """A place of a kit. Sizes in bytes, battery in percent; null where nothing is known.

    `errors` counts the commands that failed since the tablet is in its present state.
    """

    number: int
    name: str
    stage: SlotStage
    tablet_id: str | None
    serial: str | None
    model: str
    os_version: str | None
    battery: int | None
    capacity: int | None
    free_space: int | None
    seen_at: datetime | None
    errors: int


class KitShown(msgspec.Struct, frozen=True, kw_only=True):
    """A kit with its places in order."""

    kit_id: str
    name: str
    school: str
    school_name: str
    platform: Platform
    ready: int
    slots: tuple[SlotItem, ...]
    created_at: datetime


class KitChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be another: the name, by which the kit's tablets are named too."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]


class KitPath(msgspec.Struct, frozen=True, kw_only=True):
    """Names a kit."""

    kit_id: Id


class KitQuery(PageQuery, frozen=True, kw_only=True):
    """Chooses kits."""

    school: Annotated[Uai, Meta(description="The kits of one school.")] | None = None


class KitOperations:
    """Reads and renames the kits."""

    def __init__(self, database: Database, clock: Clock, naming: KitNaming) -> None:
        self._database = database
        self._clock = clock
        self._naming = naming

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [
            operation("GET", "/kits", self.list_kits, name="list_kits", summary="The kits.", needs=Action.READ_FLEET),
            operation(
                "GET",
                "/kits/{kit_id}",
                self.show,
                name="show_kit",
                summary="A kit with its slots.",
                needs=Action.READ_FLEET,
                errors=(KitNotShown,),
            ),
            operation(
                "PATCH",
                "/kits/{kit_id}",
                self.rename,
                name="rename_kit",
                summary="Rename a kit and its tablets.",
                needs=Action.EDIT_FLEET,
                errors=(KitNotShown, KitUnknown, KitExists, NameEmpty, NameTooLong, NameUnprintable),
            ),
        ]

    async def list_kits(self, call: Call[Nothing, KitQuery, Nothing]) -> Page[KitItem]:
        """Return kits by school and name."""
        place = after(call.query, tuple[str, str]) or ("", "")
        school, limit = call.query.school or "", call.query.limit + 1
        within = reach(call.person, Action.READ_FLEET)
        rows = await self._database.read(lambda conn: kits_after(conn, place, uai=school, reach=within, limit=limit))
        return page_of(call.query, rows, _item, lambda row: (row.kit.uai, row.kit.name))

    async def show(self, call: Call[KitPath, Nothing, Nothing]) -> KitShown:
        """Return a kit."""
        return await self._shown(call.person, Action.READ_FLEET, call.path.kit_id)

    async def rename(self, call: Call[KitPath, Nothing, KitChange]) -> KitShown:
        """Rename a kit."""
        kit_id = call.path.kit_id
        await self._database.read(lambda conn: require(call.person, Action.EDIT_FLEET, kit_place(conn, kit_id)))
        await self._naming.rename(kit_id, call.body.name, actor=call.person.actor)
        return await self._shown(call.person, Action.EDIT_FLEET, kit_id)

    async def _shown(self, person: Person, action: Action, kit_id: str) -> KitShown:
        now = self._clock.ms()

        def read(conn: Connection) -> KitView:
            require(person, action, kit_place(conn, kit_id))
            return kit_view(conn, kit_id, now)

        return _shown(await self._database.read(read))


def _item(summary: KitSummary) -> KitItem:
    return KitItem(
        kit_id=summary.kit.kit_id,
        name=summary.kit.name,
        school=summary.kit.uai,
        school_name=summary.school_name,
        platform=summary.kit.platform,
        slots=summary.slots,
        filled=summary.filled,
        ready=summary.ready,
        created_at=from_ms(summary.kit.created_at),
    )


def _shown(view: KitView) -> KitShown:
    return KitShown(
        kit_id=view.kit.kit_id,
        name=view.kit.name,
        school=view.kit.uai,
        school_name=view.school.name,
        platform=view.kit.platform,
        ready=view.ready,
        slots=tuple(_slot(slot) for slot in view.slots),
        created_at=from_ms(view.kit.created_at),
    )


def _slot(slot: SlotView) -> SlotItem:
    return SlotItem(
        number=slot.number,
        name=slot.name,
        stage=slot.stage,
        tablet_id=slot.tablet_id,
        serial=slot.serial,
        model=slot.model,
        os_version=slot.os_version,
        battery=slot.battery,
        capacity=slot.capacity,
        free_space=slot.free_space,
        seen_at=from_ms(slot.seen_at) if slot.seen_at is not None else None,
        errors=slot.errors,
    )
