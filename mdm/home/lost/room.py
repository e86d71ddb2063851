"""The parts of lost mode, made from the rooms."""

import msgspec

from mdm.clock import Clock
from mdm.home.loans.loans import Loans
from mdm.home.lost.answers import LostAnswers
from mdm.home.lost.orders import LostOrders
from mdm.home.lost.runner import LostRunner
from mdm.home.lost.searches import LostSearches
from mdm.journal import Journal
from mdm.store import Database
from mdm.vault import Vault


class LostRoom(msgspec.Struct, frozen=True, kw_only=True):
    """What people do, what tablets answer, and what is done when its time has come."""

    searches: LostSearches
    answers: LostAnswers
    runner: LostRunner


def lost_room(
    database: Database, clock: Clock, journal: Journal, vault: Vault, loans: Loans, orders: LostOrders
) -> LostRoom:
    """Make them."""
    return LostRoom(
        searches=LostSearches(database, clock, journal, vault, loans, orders),
        answers=LostAnswers(clock, vault, orders),
        runner=LostRunner(database, clock, orders),
    )
