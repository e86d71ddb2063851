"""An objection that is accepted takes effect: the sums go at once, and the pupil is in no count from then on."""

from datetime import date
from pathlib import Path

import pytest

from mdm.home.evaluation.guardians import Guardians
from mdm.home.picture.measures import Measure
from mdm.home.picture.picture import HomePicture
from mdm.home.use import objections as use_objections
from mdm.home.use.categories import Category, Source
from mdm.home.use.daily import DailyUse, LoanUse, NotKept, Taken
from mdm.home.use.loan_store import KeptLoans
from mdm.home.use.loans import Loan
from mdm.home.use.report import UseReport
from mdm.home.use.sightings import Sightings
from mdm.journal import Journal, latest_entries
from mdm.privacy.composition import PrivacyParts, privacy_parts
from mdm.privacy.errors import NoSuchObjection, NothingToObject, NothingWouldStop
from mdm.privacy.objections import CLOSED, OPEN_TO_OBJECTION
from mdm.privacy.register import whole_register
from mdm.privacy.subject import Subject
from mdm.vault import Vault
from profiles.charter.forgetting import SeatEraser
from profiles.charter.seals import Seals
from tests.home_use.world import World, at

SINCE = at("2026-11-02T15:00:00")
PARENT, DPO = "account:famille", "account:dpo"
MINUTES = "home_use_day.minutes"


class Office:
    """The officer, the families' tablets, and the authority's picture, over one store."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        vault, clock = Vault(bytes(range(32))), world.clock
        self.parts: PrivacyParts = privacy_parts(
            world.database,
            clock,
            world.journal,
            folder,
            rooms={"charter": SeatEraser(clock, Seals(vault))},
            stops={
                use_objections.USE: use_objections.stop,
                "evaluation": Guardians(world.database, clock, Journal(clock), vault).stop,
            },
        )
        self.use = DailyUse(world.database, clock, KeptLoans())
        self.sightings = Sightings(world.database, clock, KeptLoans())
        self.picture = HomePicture(world.database, clock, world.journal, KeptLoans(), threshold=10)

    async def tell(self, loan: Loan, number: int, **minutes: int) -> Taken:
        """Let a tablet tell minutes of days of November, such as ``d24=30``."""
        days = {date(2026, 11, int(day[1:])): {Category.WEB: many} for day, many in minutes.items()}
        report = UseReport(number=number, version=1, days=days)
        return await self.world.database.write(
            lambda conn: self.use.take(conn, loan.tablet_id, Source.AGENT_FIELD, report)
        )

    async def shown(self, loan: Loan) -> LoanUse:
        return await self.use.of_loan(loan.loan_id, loan.tablet_id)

    async def object(self, loan: Loan, about: str = MINUTES) -> str:
        made = await self.parts.requests.make(
            Subject(kind="pupil", key=loan.pupil_id), "objection", about=about, words="Pas de comptes.", actor=PARENT
        )
        await self.parts.requests.answer(made, granted=True, answer="Plus rien n'est compté.", actor=DPO)
        return made


@pytest.fixture
def office(any_world: World, tmp_path: Path) -> Office:
    return Office(any_world, tmp_path)


async def rows_of(office: Office, loan: Loan) -> int:
    """Return how many rows there are of a loan's use."""
    tables = ("home_use_day", "home_use_report", "home_seen_day")
    return sum(
        [
            len(
                await office.world.database.read(
                    lambda conn, table=table: conn.all(
                        f"SELECT 1 AS one FROM {table} WHERE loan_id = :it",
                        it=loan.loan_id,
                    )
                )
            )
            for table in tables
        ]
    )


async def test_a_granted_objection_erases_the_sums_and_a_later_report_leaves_none(office: Office) -> None:
    loan, other = await office.world.lend(SINCE), await office.world.lend(SINCE)
    for one in (loan, other):
        await office.tell(one, 1, d23=40, d24=30)
    await office.object(loan)
    assert await rows_of(office, loan) == 0
    taken = await office.tell(loan, 2, d23=40, d24=55)
    assert taken.kept == ()
    assert {reason for _, reason in taken.not_kept} == {NotKept.OBJECTED}
    assert await rows_of(office, loan) == 0
    shown = await office.shown(loan)
    assert (shown.week, shown.objected_since) == ({}, office.world.clock.ms())
    assert (await office.shown(other)).week == {Category.WEB: 70}
    assert (await office.shown(other)).objected_since is None


async def test_an_open_or_a_refused_objection_changes_nothing(office: Office) -> None:
    loan = await office.world.lend(SINCE)
    await office.tell(loan, 1, d24=30)
    made = await office.parts.requests.make(
        Subject(kind="pupil", key=loan.pupil_id), "objection", about=MINUTES, actor=PARENT
    )
    await office.tell(loan, 2, d24=35)
    await office.parts.requests.answer(made, granted=False, answer="Non.", actor=DPO)
    await office.tell(loan, 3, d24=40)
    assert (await office.shown(loan)).week == {Category.WEB: 40}


async def test_nor_are_the_days_noted_on_which_the_tablet_is_heard(office: Office) -> None:
    loan, other = await office.world.lend(SINCE), await office.world.lend(SINCE)
    await office.object(loan)
    office.world.on("2026-11-25", 20)
    for one in (loan, other):
        await office.world.heard(one, office.world.clock.ms())
    assert await office.sightings.collect() == 1
    assert await rows_of(office, loan) == 0
    assert await rows_of(office, other) == 1


async def test_the_weekly_picture_leaves_out_who_objects_and_hides_what_is_small_then(office: Office) -> None:
    world = office.world
    loans = [await world.lend(SINCE, level="CP") for _ in range(10)]
    for _ in range(12):
        await world.lend(SINCE, level="CE1")
    for loan in loans:
        await office.tell(loan, 1, d18=60)
    await office.object(loans[0])
    world.on("2026-11-26", 14)
    await office.picture.publish_due()
    shown = await office.picture.show("2026-11-16")
    assert shown.figures[Measure.TABLETS] == 21
    levels = {one.level: one.figures for one in shown.levels}
    # Nine are too few to be shown; and were the twelve shown, a subtraction would tell the nine.
    assert [levels[one][Measure.TABLETS] for one in ("CP", "CE1")] == [None, None]
    assert levels["CP"][Measure.WEB] is None
    rows = await world.database.read(lambda conn: conn.all("SELECT figures, guards FROM home_week_cell"))
    assert not any("540" in f"{row['figures']}{row['guards']}" or "600" in row["figures"] for row in rows)


async def test_an_objection_to_all_of_it_ends_what_can_end(office: Office) -> None:
    loan = await office.world.lend(SINCE)
    await office.tell(loan, 1, d24=30)
    await office.object(loan, about="")
    held = await office.parts.objections.of_pupil(loan.pupil_id)
    assert [one.activity for one in held] == ["evaluation", "home-use"]
    assert await rows_of(office, loan) == 0


async def test_a_family_that_takes_it_back_is_counted_from_then_on_and_not_before(office: Office) -> None:
    world = office.world
    loan = await world.lend(SINCE)
    await office.object(loan)
    world.on("2026-11-27", 9)
    await office.parts.objections.take_back(loan.pupil_id, use_objections.USE, actor=DPO)
    world.on("2026-11-29", 20)
    taken = await office.tell(loan, 9, d24=30, d26=30, d27=30, d28=30)
    assert taken.kept == (date(2026, 11, 28),)
    assert (await office.shown(loan)).week == {Category.WEB: 30}
    with pytest.raises(NoSuchObjection):
        await office.parts.objections.take_back(loan.pupil_id, use_objections.USE, actor=DPO)
    await office.object(loan)
    assert await rows_of(office, loan) == 0


async def test_what_the_law_orders_can_be_objected_to_by_nobody(office: Office) -> None:
    loan = await office.world.lend(SINCE)
    with pytest.raises(NothingToObject) as refused:
        await office.object(loan, about="data_request.words")
    assert refused.value.params["reason"] == "the law orders it"


async def test_an_objection_that_would_stop_nothing_is_not_granted_and_stays_open(office: Office) -> None:
    loan = await office.world.lend(SINCE)
    with pytest.raises(NothingWouldStop) as refused:
        await office.object(loan, about="pupil.first_name")
    assert str(refused.value.params["reason"]).startswith("no tablet is lent without knowing to whom")
    (waits,) = await office.parts.requests.listed("open", {"dpo"})
    await office.parts.requests.answer(waits.request_id, granted=False, answer="Le prêt en a besoin.", actor=DPO)


async def test_the_journal_tells_that_it_took_effect_by_identifiers(office: Office) -> None:
    loan = await office.world.lend(SINCE)
    await office.object(loan)
    entries = await office.world.database.read(lambda conn: latest_entries(conn, limit=1))
    assert [(one.kind, one.actor, one.subject) for one in entries] == [
        ("objection_carried_out", DPO, f"pupil:{loan.pupil_id}")
    ]


async def test_erasing_the_child_erases_the_objection(office: Office) -> None:
    loan = await office.world.lend(SINCE)
    await office.object(loan)
    await office.world.give_back(loan, office.world.clock.ms())
    await office.parts.erasure.erase(Subject(kind="pupil", key=loan.pupil_id), actor=DPO)
    assert await office.parts.objections.of_pupil(loan.pupil_id) == []


def test_every_activity_that_may_be_objected_to_stops_or_says_why_it_goes_on() -> None:
    stops = {one.key for one in whole_register().activities if one.stops}
    assert stops == {"home-use", "evaluation"}
    for one in whole_register().activities:
        assert not (one.stops and one.grounds)
        assert not one.stops or one.basis in OPEN_TO_OBJECTION
        assert one.basis in OPEN_TO_OBJECTION or one.basis in CLOSED
