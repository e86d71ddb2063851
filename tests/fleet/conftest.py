"""A school in Mont-de-Marsan, a kit of twelve places, and the rooms around it."""

import pytest

from mdm.clock import ManualClock
from mdm.fleet.fleet import Fleet
from mdm.fleet.imports import Imports
from mdm.fleet.kit import Kit
from mdm.fleet.tablet import Platform
from mdm.fleet.territory import School
from mdm.journal import Journal
from mdm.store import Database

ACTOR = "account:test"


@pytest.fixture
def journal(clock: ManualClock) -> Journal:
    return Journal(clock)


@pytest.fixture
def fleet(database: Database, clock: ManualClock, journal: Journal) -> Fleet:
    return Fleet(database, clock, journal)


@pytest.fixture
def imports(database: Database, clock: ManualClock, journal: Journal) -> Imports:
    return Imports(database, clock, journal)


@pytest.fixture
async def school(fleet: Fleet) -> School:
    landes = await fleet.create_territory("Landes", actor=ACTOR)
    await fleet.create_commune("40192", "Mont-de-Marsan", territory_id=landes.territory_id, actor=ACTOR)
    return await fleet.create_school("0400377T", "École du Bourg", insee="40192", actor=ACTOR)


@pytest.fixture
async def kit(fleet: Fleet, school: School) -> Kit:
    return await fleet.create_kit(school.uai, "Cassiopée", platform=Platform.IPAD, slots=12, actor=ACTOR)
