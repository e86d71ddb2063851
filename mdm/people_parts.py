"""What people reach, made from every room: the parts of the pages and of the API."""

from prometheus_client import CollectorRegistry

from mdm.android.held import HeldTablets
from mdm.clock import Clock
from mdm.committee_parts import committee_parts
from mdm.composition import kit_codes_of
from mdm.fleet.fleet import Fleet
from mdm.fleet_view.room import fleet_view_room
from mdm.home_parts import HomeRoom
from mdm.i18n import Catalogs
from mdm.journal import Journal
from mdm.mail.catcher import MailCatcher
from mdm.mode_parts import ModeServices
from mdm.privacy_parts import privacy_of
from mdm.repairs.room import RepairRoom
from mdm.settings import Settings
from mdm.store import Database
from mdm.vault import Vault
from profiles.charter.charter import Charter
from profiles.compilers import compilers_of
from profiles.licences.room import LicenceRoom
from profiles.rollouts.rollouts import Rollouts
from push.service import push_status
from webui.services import PeopleServices


def people_services(
    database: Database,
    clock: Clock,
    journal: Journal,
    vault: Vault,
    settings: Settings,
    *,
    charter: Charter,
    held: HeldTablets,
    catalogs: Catalogs,
    registry: CollectorRegistry,
    rollouts: Rollouts,
    modes: ModeServices,
    repair: RepairRoom,
    home: HomeRoom,
    licences: LicenceRoom | None = None,
    mail_catcher: MailCatcher | None = None,
) -> PeopleServices:
    """Make them; ``charter`` and ``held`` are those that the device side uses too."""
    parts = committee_parts(database, clock, journal, charter)
    fleet = Fleet(database, clock, journal)
    return PeopleServices(
        database=database,
        clock=clock,
        journal=journal,
        vault=vault,
        fleet=fleet,
        codes=kit_codes_of(database, clock, journal, vault, settings, charter.agreed),
        held=held,
        catalogs=catalogs,
        registry=registry,
        push_status=lambda conn: push_status(conn, clock),
        settings=settings,
        charter=charter,
        committee=parts.committee,
        proposals=parts.proposals,
        meetings=parts.meetings,
        compilers=compilers_of(settings, vault),
        licences=licences,
        rollouts=rollouts,
        modes=modes,
        mail_catcher=mail_catcher,
        repair=repair,
        privacy=privacy_of(database, clock, journal, vault, settings, answered=home.letters.letters.request_answered),
        home=home,
        fleet_view=fleet_view_room(
            database,
            clock,
            journal,
            vault,
            fleet,
            push=settings.android.push,
            work_kinds=[home.import_work.kind(), home.figures.export_work.kind()],
        ),
    )
