"""The parts of personal data with the folders and the seals that they need, made from the rooms."""

from mdm.clock import Clock
from mdm.home_parts import LOAN_PHOTOS
from mdm.journal import Journal
from mdm.privacy.composition import PrivacyParts, privacy_parts
from mdm.repairs.photos import Photos
from mdm.repairs.room import FAULT_PHOTOS
from mdm.settings import Settings
from mdm.store import Database
from mdm.vault import Vault
from profiles.charter.forgetting import SeatEraser
from profiles.charter.seals import Seals


def privacy_of(database: Database, clock: Clock, journal: Journal, vault: Vault, settings: Settings) -> PrivacyParts:
    """Make them for the server, its pages and the verbs: what is erased takes its photos with it."""
    folder = settings.data_dir
    return privacy_parts(
        database,
        clock,
        journal,
        folder,
        rooms={"charter": SeatEraser(clock, Seals(vault))},
        places={
            "photos": Photos(folder / FAULT_PHOTOS, clock),
            LOAN_PHOTOS: Photos(folder / LOAN_PHOTOS, clock),
        },
    )
