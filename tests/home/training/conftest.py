"""A linked guardian of Lina, on each engine in turn."""

from datetime import UTC, datetime

import pytest

from mdm.clock import ManualClock
from mdm.home.training.training import Training
from mdm.store import Database
from tests.home.guardians.conftest import _with_families
from tests.home.pupils.families import ACTOR, Town


class Trainee:
    """A town, its training, and a guardian with an account."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.training = Training(town.database, town.clock, town.journal)
        self.guardian_id = ""

    async def join(self) -> None:
        """Link the account of Lina's mother."""
        lina = await self.town.named("Lina")
        _, mother = await self.town.guardians.of_pupil(lina.pupil.pupil_id)
        self.guardian_id = mother.guardian.guardian_id
        code = (await self.town.guardians.invite(self.guardian_id, actor=ACTOR)).code
        await self.town.guardians.accept(code, "ilse", actor="account:ilse")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 9, 1, 8, 0, tzinfo=UTC))


@pytest.fixture
async def trainee(any_database: Database, clock: ManualClock) -> Trainee:
    made = Trainee(await _with_families(any_database, clock))
    await made.join()
    return made
