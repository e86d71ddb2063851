"""The parts of modes and of the class mode, made from the rooms; the server and its pages take them in."""

import msgspec

from mdm.clock import Clock
from mdm.commands.convergence import Convergence
from mdm.home.class_mode.class_mode import ClassMode
from mdm.home.class_mode.finding import Finding
from mdm.home.modes.loans import FleetLoans, Loans
from mdm.home.modes.modes import ModeReader, RulesGiven, StricterBook
from mdm.home.modes.runner import ModeRunner
from mdm.home.modes.school_networks import SchoolNetworks
from mdm.journal import Journal
from mdm.settings import Settings
from mdm.store import Database
from profiles.agreed_things import AgreedForClass, AgreedHomeRules
from profiles.charter.agreed import AgreedEditions
from profiles.targets import AgreedTargets


class ModeServices(msgspec.Struct, frozen=True):
    """What people do with modes: teachers, guardians, technicians."""

    class_mode: ClassMode
    finding: Finding
    stricter: StricterBook
    networks: SchoolNetworks
    reader: ModeReader


def mode_services(
    database: Database,
    clock: Clock,
    journal: Journal,
    settings: Settings,
    agreed: AgreedEditions,
    targets: AgreedTargets,
    loans: Loans | None = None,
    stricter: RulesGiven | None = None,
) -> ModeServices:
    """Make the services; without ``loans``, a loan is what the fleet's states say. ``stricter``: told of rules."""
    known = loans or FleetLoans()
    push = settings.android.push
    things = AgreedForClass(clock, agreed)
    return ModeServices(
        class_mode=ClassMode(database, clock, journal, things, targets, known, push=push),
        finding=Finding(database, clock, journal, known, push=push),
        stricter=StricterBook(database, clock, journal, known, after=stricter),
        networks=SchoolNetworks(database, clock, journal, proxies=settings.device.trusted_proxies),
        reader=ModeReader(clock, AgreedHomeRules(clock, agreed), known),
    )


def mode_runner(
    database: Database, clock: Clock, journal: Journal, reader: ModeReader, convergence: Convergence
) -> ModeRunner:
    """Make what brings tablets to their modes; one server process of all on a database does it."""
    return ModeRunner(database, clock, journal, reader, convergence)
