"""What the pages and the API are made of; the composition root hands it in."""

from collections.abc import Callable

import msgspec
from prometheus_client import CollectorRegistry

from enrollment.kit_codes import KitCodes
from mdm.android.held import HeldTablets
from mdm.clock import Clock
from mdm.fleet.fleet import Fleet
from mdm.fleet_view.room import FleetViewRoom
from mdm.home_parts import HomeRoom
from mdm.i18n import Catalogs
from mdm.journal import Journal
from mdm.mail.catcher import MailCatcher
from mdm.mode_parts import ModeServices
from mdm.privacy.composition import PrivacyParts
from mdm.repairs.room import RepairRoom
from mdm.settings import Settings
from mdm.store import Connection, Database
from mdm.vault import Vault
from profiles.charter.charter import Charter
from profiles.charter.committee import Committee
from profiles.charter.meetings import Meetings
from profiles.charter.proposals import Proposals
from profiles.compilers import Compilers
from profiles.licences.room import LicenceRoom
from profiles.rollouts.rollouts import Rollouts
from webui.rendering import PushWarning


class PeopleServices(msgspec.Struct, frozen=True, kw_only=True):
    """The rooms that people reach. ``licences`` is None where this server does not manage licences.

    ``mail_catcher`` is there in the demonstration alone: it shows the letters that are sent nowhere.
    """

    database: Database
    clock: Clock
    journal: Journal
    vault: Vault
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
    repair: RepairRoom
    privacy: PrivacyParts
    fleet_view: FleetViewRoom
    modes: ModeServices
    home: HomeRoom
    licences: LicenceRoom | None = None
    mail_catcher: MailCatcher | None = None
