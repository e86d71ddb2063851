"""Inventories as people take them: opened, scanned into by several at once, closed; what is missing declared lost."""

from collections.abc import Collection

import msgspec

from mdm.clock import Clock
from mdm.fleet.kit_store import require_kit, slot_of_tablet
from mdm.fleet.tablet_store import require_tablet
from mdm.fleet.territory_store import require_school
from mdm.i18n import Translator
from mdm.ids import new_id
from mdm.journal import Detail, Journal
from mdm.repairs.fault import FaultKind
from mdm.repairs.faults import Faults
from mdm.repairs.inventory import inventory_store
from mdm.repairs.inventory.errors import InventoryClosed, InventoryStillOpen
from mdm.repairs.inventory.inventory import (
    Inventory,
    InventoryPage,
    InventoryView,
    Scan,
    Unseen,
    Verdict,
)
from mdm.repairs.inventory.inventory_sheet import inventory_csv
from mdm.repairs.inventory.matching import match_code
from mdm.repairs.inventory.scan_code import parse_code
from mdm.repairs.tablet_effects import SPARE_STATES
from mdm.store import Connection, Database

_OTHERS = tuple(verdict for verdict in Verdict if verdict is not Verdict.RIGHT)


class Inventories:
    """Counts tablets by their labels. ``actor`` is an identifier such as ``account:anne``.

    Errors are subclasses of `InventoryError` and `FleetError`.
    """

    def __init__(self, database: Database, clock: Clock, journal: Journal, faults: Faults) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._faults = faults

    async def open_school(self, uai: str, *, actor: str) -> Inventory:
        """Open an inventory of all the kits of a school, or join the one that is open; raise `SchoolUnknown`."""
        return await self._database.write(lambda conn: self._open(conn, require_school(conn, uai).uai, None, actor))

    async def open_kit(self, kit_id: str, *, actor: str) -> Inventory:
        """Open an inventory of one kit, or join the one that is open; raise `KitUnknown`."""
        return await self._database.write(lambda conn: self._open(conn, require_kit(conn, kit_id).uai, kit_id, actor))

    async def scan(self, inventory_id: str, text: str, *, actor: str) -> Scan:
        """Count what was scanned or typed: a label's code or a serial number; the same tablet twice is one.

        Raises `CodeRefused`, `InventoryClosed` or `InventoryUnknown`.
        """
        code = parse_code(text)

        def write(conn: Connection) -> Scan:
            inventory = _held_open(conn, inventory_id)
            scan, is_new = inventory_store.add_scan(
                conn,
                inventory_id,
                str(code),
                match_code(conn, inventory, code),
                now=self._clock.ms(),
                actor=actor,
            )
            if is_new:
                conn.publish("inventory", inventory_id)
            return msgspec.structs.replace(scan, again=not is_new)

        return await self._database.write(write)

    async def show(self, inventory_id: str) -> InventoryView:
        """Return an inventory as its page shows it, open or closed; raise `InventoryUnknown`."""
        return await self._database.read(lambda conn: _view(conn, inventory_id))

    async def scans(self, inventory_id: str, *, limit: int = 50) -> tuple[Scan, ...]:
        """Return the newest scans, for those who scan to see that they are counted."""
        return await self._database.read(lambda conn: inventory_store.scans_of(conn, inventory_id, limit=limit))

    async def list(self, uai: str, *, after: str = "", limit: int = 50) -> InventoryPage:
        """Return a page of a school's inventories and those of its kits, newest first."""
        return await self._database.read(
            lambda conn: inventory_store.list_inventories(conn, uai, after=after, limit=limit)
        )

    async def close(self, inventory_id: str, *, actor: str) -> InventoryView:
        """End the scanning and keep what was not seen; one that is closed already stays as it is.

        Raises `InventoryUnknown`.
        """

        def write(conn: Connection) -> InventoryView:
            inventory = inventory_store.hold_inventory(conn, inventory_id)
            if inventory.closed_at is None:
                inventory_store.close_inventory(conn, inventory, now=self._clock.ms(), actor=actor)
                view = _view(conn, inventory_id)
                self._record(
                    conn,
                    "inventory_closed",
                    inventory,
                    actor,
                    {**{verdict.value: count for verdict, count in view.counts.items()}, "missing": len(view.missing)},
                )
                return view
            return _view(conn, inventory_id)

        return await self._database.write(write)

    async def declare_lost(
        self, inventory_id: str, *, tablets: Collection[str] | None = None, actor: str
    ) -> tuple[str, ...]:
        """Report what is missing as lost, all of it or some tablets; return those that are lost now.

        What came back, moved or was declared meanwhile is left as it is. Raises `InventoryStillOpen` or
        `InventoryUnknown`.
        """

        def write(conn: Connection) -> tuple[str, ...]:
            inventory = inventory_store.hold_inventory(conn, inventory_id)
            if inventory.closed_at is None:
                raise InventoryStillOpen
            marked = []
            for one in inventory_store.unseen(conn, inventory):
                if (tablets is None or one.tablet_id in tablets) and _is_still_missed(conn, one):
                    self._faults.report_in(conn, one.tablet_id, FaultKind.LOST, unusable=True, actor=actor)
                    inventory_store.mark_lost(conn, inventory_id, one.tablet_id, now=self._clock.ms())
                    marked.append(one.tablet_id)
            self._record(conn, "inventory_lost_declared", inventory, actor, {"tablets": marked})
            return tuple(marked)

        return await self._database.write(write)

    async def export(self, inventory_id: str, words: Translator) -> bytes:
        """Return an inventory as CSV for a spreadsheet; raise `InventoryUnknown`."""

        def read(conn: Connection) -> bytes:
            inventory = inventory_store.require_inventory(conn, inventory_id)
            return inventory_csv(
                inventory_store.stream_scans(conn, inventory_id),
                inventory_store.unseen(conn, inventory),
                require_school(conn, inventory.uai).name,
                words,
            )

        return await self._database.read_long(read)

    def _open(self, conn: Connection, uai: str, kit_id: str | None, actor: str) -> Inventory:
        wanted = Inventory(
            inventory_id=new_id(self._clock), uai=uai, kit_id=kit_id, opened_at=self._clock.ms(), opened_by=actor
        )
        found = inventory_store.add_inventory(conn, wanted)
        if found.inventory_id == wanted.inventory_id:
            self._record(conn, "inventory_opened", found, actor, {"school": uai, "kit": kit_id})
        return found

    def _record(self, conn: Connection, kind: str, inventory: Inventory, actor: str, detail: Detail) -> None:
        self._journal.record(conn, kind, actor=actor, subject=f"inventory:{inventory.inventory_id}", detail=detail)
        conn.publish("inventory", inventory.inventory_id)


def _held_open(conn: Connection, inventory_id: str) -> Inventory:
    inventory = inventory_store.hold_inventory(conn, inventory_id)
    if inventory.closed_at is not None:
        raise InventoryClosed
    return inventory


def _is_still_missed(conn: Connection, one: Unseen) -> bool:
    if not one.is_missed or one.lost_at is not None:
        return False
    slot = slot_of_tablet(conn, one.tablet_id)
    stays = slot is not None and (slot.kit_id, slot.number) == (one.kit_id, one.slot_number)
    return stays and require_tablet(conn, one.tablet_id).state in SPARE_STATES


def _view(conn: Connection, inventory_id: str) -> InventoryView:
    inventory = inventory_store.require_inventory(conn, inventory_id)
    unseen = inventory_store.unseen(conn, inventory)
    return InventoryView(
        inventory=inventory,
        school_name=require_school(conn, inventory.uai).name,
        kit_name=require_kit(conn, inventory.kit_id).name if inventory.kit_id else "",
        counts=inventory_store.count_scans(conn, inventory_id),
        missing=tuple(one for one in unseen if one.is_missed),
        away=tuple(one for one in unseen if not one.is_missed),
        others=inventory_store.scans_of(conn, inventory_id, verdicts=_OTHERS),
        found=inventory_store.found_again(conn, inventory_id),
    )
