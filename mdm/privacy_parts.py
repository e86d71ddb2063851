"""The purge with the folders and the seals that it needs, made from the rooms."""

from mdm.clock import Clock
from mdm.home_parts import LOAN_PHOTOS, HomeRoom
from mdm.journal import Journal
from mdm.privacy.composition import privacy_parts
from mdm.privacy.job import PurgeJob
from mdm.repairs.room import RepairRoom
from mdm.settings import Settings
from mdm.store import Database
from profiles.charter.forgetting import SeatEraser
from profiles.charter.seals import Seals


def purge_job(
    database: Database,
    clock: Clock,
    journal: Journal,
    settings: Settings,
    seals: Seals,
    repair: RepairRoom,
    home: HomeRoom,
) -> PurgeJob:
    """Make what erases personal data when its time is over; one server process of all on a database does it."""
    parts = privacy_parts(
        database,
        clock,
        journal,
        settings.data_dir,
        rooms={"charter": SeatEraser(clock, seals)},
        places={"photos": repair.photos, LOAN_PHOTOS: home.photos},
    )
    return PurgeJob(database, parts.purge)
