"""The parts of personal data with the folders and the seals that they need, made from the rooms."""

from collections.abc import Callable

from mdm.clock import Clock
from mdm.home.evaluation.evaluation_store import EVALUATIONS
from mdm.home.evaluation.forgetting import EvaluationEraser
from mdm.home.evaluation.guardians import Guardians
from mdm.home.letters.room import address_openers
from mdm.home.use import objections as use_objections
from mdm.home_parts import LOAN_PHOTOS
from mdm.journal import Journal
from mdm.privacy.composition import PrivacyParts, privacy_parts
from mdm.privacy.request_store import DataRequest
from mdm.repairs.photos import Photos
from mdm.repairs.room import FAULT_PHOTOS
from mdm.settings import Settings
from mdm.store import Connection, Database
from mdm.vault import Vault
from profiles.charter.forgetting import SeatEraser
from profiles.charter.seals import Seals


def privacy_of(
    database: Database,
    clock: Clock,
    journal: Journal,
    vault: Vault,
    settings: Settings,
    *,
    answered: Callable[[Connection, DataRequest], None] | None = None,
) -> PrivacyParts:
    """Make them for the server, its pages and the verbs: what is erased takes its photos with it.

    ``answered`` is told of each request that is answered.
    """
    folder = settings.data_dir
    evaluated = Guardians(database, clock, journal, vault)
    return privacy_parts(
        database,
        clock,
        journal,
        folder,
        rooms={"charter": SeatEraser(clock, Seals(vault)), "evaluation": EvaluationEraser(evaluated)},
        places={
            "photos": Photos(folder / FAULT_PHOTOS, clock),
            LOAN_PHOTOS: Photos(folder / LOAN_PHOTOS, clock),
        },
        openers=address_openers(vault),
        stops={
            use_objections.USE: use_objections.stop,
            EVALUATIONS: evaluated.stop,
        },
        answered=answered,
    )
