"""The parts of this room, made alike for the server and for the verbs of the command line."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from mdm.clock import Clock
from mdm.journal import Journal
from mdm.privacy.controller import Controllers
from mdm.privacy.erasure import Erasure, RoomEraser
from mdm.privacy.erasure_list import ErasureList
from mdm.privacy.files import FilePlace
from mdm.privacy.purge import Purge
from mdm.privacy.register import Register, whole_register
from mdm.privacy.requests import DataRequests
from mdm.store import Database

ERASURES = "erasures.jsonl"


class PrivacyParts(msgspec.Struct, frozen=True, kw_only=True):
    """What this room offers."""

    database: Database
    register: Register
    purge: Purge
    erasure: Erasure
    requests: DataRequests
    controllers: Controllers


def privacy_parts(
    database: Database,
    clock: Clock,
    journal: Journal,
    data_dir: Path,
    *,
    rooms: Mapping[str, RoomEraser],
    places: Mapping[str, FilePlace] | None = None,
) -> PrivacyParts:
    """Make the parts. ``rooms``: what erases sealed rows; ``places``: the folders of files that rows name."""
    register = whole_register()
    erasure = Erasure(database, clock, journal, register, rooms=rooms, erased=ErasureList(data_dir / ERASURES))
    return PrivacyParts(
        database=database,
        register=register,
        purge=Purge(database, clock, journal, register, eraser=erasure, places=places),
        erasure=erasure,
        requests=DataRequests(database, clock, journal, register),
        controllers=Controllers(database, clock, journal),
    )
