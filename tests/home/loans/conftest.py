"""A school with six ready tablets, Lina and her parents; the terms are those that a test gives."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import msgspec
import pytest

from mdm.clock import ManualClock
from mdm.fleet.kit import Kit
from mdm.fleet.slot_binding import Identity
from mdm.fleet.states import TabletEvent, TabletState
from mdm.fleet.tablet import Platform
from mdm.fleet.tablet_store import require_tablet
from mdm.home.loans.lists import LoanLists
from mdm.home.loans.loan import Condition, Loan
from mdm.home.loans.loans import Loans
from mdm.home.loans.reminders import LoanLetter, Reminders
from mdm.home.loans.terms import LoanTerms, usual_text
from mdm.home.training.training import Training
from mdm.store import Connection, Database
from tests.home.guardians.conftest import _with_families
from tests.home.pupils.families import ACTOR, BOURG, Town

JUNE = date(2027, 6, 25)
MOTHER, FATHER = "parent1", "parent2"


class GivenTerms:
    """The terms of every kit, as a test gives them."""

    def __init__(self) -> None:
        self.terms = LoanTerms(text=usual_text())

    def give(self, **changes: bool | str) -> None:
        """Let the charter say something else."""
        self.terms = msgspec.structs.replace(self.terms, **changes)

    def of_kit(self, conn: Connection, kit_id: str) -> LoanTerms:
        """Return them."""
        del conn, kit_id
        return self.terms


class Mailbox:
    """Letters that were put in; accounts in ``without`` have no address."""

    def __init__(self, without: Sequence[str] = ()) -> None:
        self.letters: list[LoanLetter] = []
        self.without = without

    def put(self, conn: Connection, letter: LoanLetter) -> bool:
        """Keep a letter."""
        del conn
        reachable = any(one not in self.without for one in letter.account_ids)
        if reachable:
            self.letters.append(letter)
        return reachable


class Desk:
    """The school's desk: pupils, parents, tablets and loans."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.database = town.database
        self.clock = town.clock
        self.terms = GivenTerms()
        self.loans = Loans(town.database, town.clock, town.journal, self.terms)
        self.agreements = self.loans.agreements
        self.lists = LoanLists(town.database, town.clock)
        self.training = Training(town.database, town.clock, town.journal)
        self.mailbox = Mailbox()
        self.reminders = Reminders(town.database, town.clock, self.mailbox)
        self.kit: Kit
        self.tablets: list[str] = []
        self.lina = ""
        self.noe = ""
        self.parents: dict[str, str] = {}

    async def build(self, tablets: int = 6) -> None:
        """Fill a kit with ready tablets and link both of Lina's parents."""
        fleet = self.town.fleet
        self.kit = await fleet.create_kit(BOURG, "Cassiopée", platform=Platform.IPAD, slots=tablets, actor=ACTOR)
        for number in range(1, tablets + 1):
            identity = Identity(platform=Platform.IPAD, serial=f"SERIAL{number:02d}")
            tablet = await fleet.register_tablet(identity, actor=ACTOR)
            await fleet.assign_tablet(tablet.tablet_id, kit_id=self.kit.kit_id, slot_number=number, actor=ACTOR)
            self.tablets.append(tablet.tablet_id)
            await self.database.write(lambda conn, it=tablet.tablet_id: self._make_ready(conn, it))
        self.lina = (await self.town.named("Lina")).pupil.pupil_id
        self.noe = (await self.town.named("Noé")).pupil.pupil_id
        father, mother = await self.town.guardians.of_pupil(self.lina)
        for account, one in ((MOTHER, mother), (FATHER, father)):
            self.parents[account] = one.guardian.guardian_id
            code = (await self.town.guardians.invite(one.guardian.guardian_id, actor=ACTOR)).code
            await self.town.guardians.accept(code, account, actor=f"account:{account}")

    def _make_ready(self, conn: Connection, tablet_id: str) -> None:
        conn.run("INSERT INTO convergence (tablet_id, converged_at, next_check_at) VALUES (:it, 1, 1)", it=tablet_id)
        for event in (TabletEvent.ENROL, TabletEvent.CONVERGE):
            self.town.fleet.apply(conn, tablet_id, event, actor=ACTOR)

    async def prepare(self, *, tablet: int = 0, pupil: str = "", due_on: date = JUNE) -> Loan:
        """Set a tablet aside."""
        return await self.loans.prepare(self.tablets[tablet], pupil or self.lina, due_on=due_on, actor=ACTOR)

    async def accept(self, loan: Loan, account: str = MOTHER, *, insured: bool = True) -> Loan:
        """Let a parent accept on a phone."""
        return await self.agreements.accept(
            loan.loan_id,
            account_id=account,
            terms_digest=loan.terms_digest,
            insured=insured,
            actor=f"account:{account}",
        )

    async def train(self, account: str = MOTHER) -> None:
        """Note that a parent came to the meeting."""
        await self.training.note_attended([self.parents[account]], self.clock.now().date(), actor=ACTOR)

    async def lend(self, *, tablet: int = 0, pupil: str = "", due_on: date = JUNE) -> Loan:
        """Prepare, accept, train, and hand over."""
        loan = await self.prepare(tablet=tablet, pupil=pupil, due_on=due_on)
        await self.accept(loan, FATHER)
        await self.train(FATHER)
        return await self.loans.hand_over(loan.loan_id, Condition(), actor=ACTOR)

    async def state_of(self, tablet: int = 0) -> TabletState:
        """Return a tablet's state in the fleet."""
        return (await self.database.read(lambda conn: require_tablet(conn, self.tablets[tablet]))).state


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 9, 1, 8, 0, tzinfo=UTC))


@pytest.fixture
async def desk(database: Database, clock: ManualClock) -> Desk:
    made = Desk(await _with_families(database, clock))
    await made.build()
    return made


@pytest.fixture
async def any_desk(any_database: Database, clock: ManualClock) -> Desk:
    made = Desk(await _with_families(any_database, clock))
    await made.build()
    return made
