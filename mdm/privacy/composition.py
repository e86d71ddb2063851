"""The parts of this room, made alike for the server and for the verbs of the command line."""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from mdm.clock import Clock
from mdm.journal import Journal
from mdm.privacy.controller import Controllers
from mdm.privacy.erasure import Erasure, RoomEraser
from mdm.privacy.erasure_list import ErasureList
from mdm.privacy.files import FilePlace
from mdm.privacy.handing_over import HandingOver
from mdm.privacy.objections import Objections, Stop
from mdm.privacy.purge import Purge
from mdm.privacy.register import Register, whole_register
from mdm.privacy.request_store import DataRequest
from mdm.privacy.requests import DataRequests
from mdm.privacy.stored import NO_OPENERS, Openers
from mdm.store import Connection, Database

ERASURES = "erasures.jsonl"


class PrivacyParts(msgspec.Struct, frozen=True, kw_only=True):
    """What this room offers."""

    database: Database
    register: Register
    purge: Purge
    erasure: Erasure
    requests: DataRequests
    objections: Objections
    handing_over: HandingOver
    controllers: Controllers
    openers: Openers = NO_OPENERS


def privacy_parts(
    database: Database,
    clock: Clock,
    journal: Journal,
    data_dir: Path,
    *,
    rooms: Mapping[str, RoomEraser],
    places: Mapping[str, FilePlace] | None = None,
    openers: Openers = NO_OPENERS,
    stops: Mapping[str, Stop] | None = None,
    answered: Callable[[Connection, DataRequest], None] | None = None,
) -> PrivacyParts:
    """Make the parts. ``rooms``: what erases sealed rows; ``places``: the folders of files that rows name.

    ``openers``: what reads sealed columns for their person; ``stops``: what erases an activity's data once an objection
    to it is granted, by the activity's key; ``answered`` is told of each request that is answered.
    """
    register = whole_register()
    erasure = Erasure(
        database,
        clock,
        journal,
        register,
        rooms=rooms,
        erased=ErasureList(data_dir / ERASURES),
        places=places,
    )
    objections = Objections(database, clock, journal, register, stops or {})
    return PrivacyParts(
        database=database,
        register=register,
        purge=Purge(database, clock, journal, register, eraser=erasure, places=places),
        erasure=erasure,
        requests=DataRequests(database, clock, journal, register, objections=objections, answered=answered),
        objections=objections,
        handing_over=HandingOver(database, journal, register, openers=openers, places=places or {}),
        controllers=Controllers(database, clock, journal),
        openers=openers,
    )
