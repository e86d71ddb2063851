"""The parts about rollouts of one server, wired."""

import msgspec

from mdm.clock import Clock
from mdm.journal import Journal
from mdm.store import Database
from profiles.charter.agreed import AgreedEditions
from profiles.charter.following import Following
from profiles.compilers import Compilers
from profiles.licences.licences import Licences
from profiles.rollouts.dry_run import DryRuns
from profiles.rollouts.facts import FactReader
from profiles.rollouts.licensing import Licensing
from profiles.rollouts.rollouts import Rollouts
from profiles.rollouts.runner import RolloutRunner
from profiles.rollouts.sizes import AppSizes, CatalogueSizes


class RolloutRoom(msgspec.Struct, frozen=True, kw_only=True):
    """What a server, or a verb of the command line, may use. Only a server starts the runner."""

    rollouts: Rollouts
    runner: RolloutRunner


def rollout_room(
    database: Database,
    clock: Clock,
    journal: Journal,
    agreed: AgreedEditions,
    following: Following,
    compilers: Compilers,
    licences: Licences,
    sizes: AppSizes | None = None,
) -> RolloutRoom:
    """Make the parts."""
    licensing = Licensing(agreed, licences)
    reader = FactReader(agreed, licensing)
    dry_runs = DryRuns(agreed, compilers, licensing, sizes or CatalogueSizes())
    rollouts = Rollouts(database, clock, journal, agreed, reader, dry_runs)
    runner = RolloutRunner(database, clock, journal, agreed, following, licensing, reader, rollouts)
    return RolloutRoom(rollouts=rollouts, runner=runner)
