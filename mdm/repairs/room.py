"""Faults, repairs, spares and inventories together, as the pages and the server use them."""

from pathlib import Path

import msgspec

from mdm.clock import Clock
from mdm.journal import Journal
from mdm.repairs.faults import Faults
from mdm.repairs.inventory.inventories import Inventories
from mdm.repairs.photos import Photos
from mdm.repairs.repairs import Repairs
from mdm.repairs.retention import Retention
from mdm.repairs.spares import Spares
from mdm.repairs.warranties import Warranties
from mdm.store import Database

FAULT_PHOTOS = "fault-photos"
"""The folder of the photos of faults, in the data folder."""


class RepairRoom(msgspec.Struct, frozen=True, kw_only=True):
    """All that repairs are made of."""

    faults: Faults
    repairs: Repairs
    spares: Spares
    inventories: Inventories
    photos: Photos
    retention: Retention


def repair_room(
    database: Database, clock: Clock, journal: Journal, warranties: Warranties, data_dir: Path
) -> RepairRoom:
    """Make them; photos lie in a folder of ``data_dir``."""
    photos = Photos(data_dir / FAULT_PHOTOS, clock)
    faults = Faults(database, clock, journal, photos, warranties)
    return RepairRoom(
        faults=faults,
        repairs=Repairs(database, clock, journal),
        spares=Spares(database, clock, journal),
        inventories=Inventories(database, clock, journal, faults),
        photos=photos,
        retention=Retention(database, clock, photos),
    )
