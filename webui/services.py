"""What the pages and the API are made of; the composition root hands it in."""

from collections.abc import Callable

import msgspec
from prometheus_client import CollectorRegistry

from enrollment.kit_codes import KitCodes
from mdm.android.held import HeldTablets
from mdm.clock import Clock
from mdm.fleet.fleet import Fleet
from mdm.i18n import Catalogs
from mdm.journal import Journal
from mdm.settings import Settings
from mdm.store import Connection, Database
from profiles.charter.charter import Charter
from profiles.charter.committee import Committee
from profiles.charter.meetings import Meetings
from profiles.charter.proposals import Proposals
from profiles.compilers import Compilers
from profiles.licences.room import LicenceRoom
from profiles.rollouts.rollouts import Rollouts
from webui.rendering import PushWarning


class PeopleServices(msgspec.Struct, frozen=True, kw_only=True):
    """The rooms that people reach. ``licences`` is None where this server does not manage licences."""

    database: Database
    clock: Clock
    journal: Journal
    fleet: Fleet
    codes: KitCodes
    held: HeldTablets
    catalogs: Catalogs
    registry: CollectorRegistry
    push_status: Callable[[Connection], PushWarning]
    settings: Settings
    charter: Charter
    committee: Committee
    proposals: Proposals
    meetings: Meetings
    compilers: Compilers
    rollouts: Rollouts
    licences: LicenceRoom | None = None
