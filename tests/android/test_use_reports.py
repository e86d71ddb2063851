"""An app's use reaches the family's sums through the agent's report: on loan, possible, once, and no more."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from mdm.clock import DAY_MS
from mdm.home.use.categories import Category
from mdm.home.use.daily import LoanUse, NotKept
from mdm.simulator.android.use_meter import use_field
from mdm.store import Connection, Database
from tests.android.conftest import UAI, AgentSite, MakeTablet, Tablet

LOAN = "loan00001"


@pytest.fixture
def database(any_database: Database) -> Database:
    """Each engine in turn, in the place of SQLite."""
    return any_database


@pytest.fixture
async def lent(site: AgentSite, tablet: MakeTablet) -> Tablet:
    """A tablet of the kit that a family has had for ten days."""
    await site.load('name = "Empty"\n')
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    await one.report()
    since = site.clock.ms() - 10 * DAY_MS

    def lend(conn: Connection) -> None:
        conn.run("INSERT INTO loan_terms (digest, terms, kept_at) VALUES ('t', '{}', 1)")
        conn.run("INSERT INTO pupil (pupil_id, first_name, last_name, created_at) VALUES ('p', 'X', '', 1)")
        conn.run(
            "INSERT INTO loan (loan_id, tablet_id, kit_id, slot_number, uai, pupil_id, state, terms_digest, due_on,"
            " parts, prepared_at, prepared_by, handed_at) SELECT :loan, tablet_id, kit_id, 1, :uai, 'p',"
            " 'handed_over', 't', '2027-07-02', '[]', CAST(:since AS BIGINT), 'test', CAST(:since AS BIGINT)"
            " FROM slot WHERE tablet_id IS NOT NULL",
            loan=LOAN,
            uai=UAI,
            since=since,
        )

    await site.database.write(lend)
    return one


async def use_of(site: AgentSite) -> LoanUse:
    (row,) = await site.sql("SELECT tablet_id FROM loan")
    return await site.use.of_loan(LOAN, row["tablet_id"])


def told(site: AgentSite, number: int, ago: int, minutes: dict[str, int]) -> str:
    day = (site.clock.now() - timedelta(days=ago)).date().isoformat()
    return json.dumps({"use": 1, "n": number, "days": {day: minutes}}, separators=(",", ":"))


async def test_a_day_at_home_reaches_the_familys_sums_once(site: AgentSite, lent: Tablet) -> None:
    for _ in range(2):
        answer = await lent.report(custom2=told(site, 1, 1, {"learning": 20, "web": 5}))
        assert answer.status == 200
    assert (await use_of(site)).week == {Category.LEARNING: 20, Category.WEB: 5}
    await lent.report(custom1="a note of another app", custom3=told(site, 2, 1, {"learning": 35}))
    assert (await use_of(site)).week == {Category.LEARNING: 35}


async def test_what_is_impossible_is_dropped_and_counted_once(site: AgentSite, lent: Tablet) -> None:
    for text in (
        told(site, 1, 1, {"web": 1501}),
        told(site, 2, -9, {"web": 5}),
        told(site, 2, -9, {"web": 5}),
        told(site, 3, 40, {"web": 5}),
        told(site, 4, 20, {"web": 5}),
        '{"use":1,"n":"many"}',
        '{"use":1,',
        '{"use":2,"n":5,"days":{}}',
    ):
        assert (await lent.report(custom1=text)).status == 200
    shown = await use_of(site)
    assert shown.week == {}
    assert await site.use.dropped() == {
        NotKept.IMPOSSIBLE: 1, NotKept.FUTURE: 1, NotKept.TOO_OLD: 1, NotKept.NOT_ON_LOAN: 1, NotKept.UNREADABLE: 1,
    }  # fmt: skip
    assert shown.not_kept == (NotKept.FUTURE, NotKept.TOO_OLD, NotKept.IMPOSSIBLE, NotKept.UNREADABLE)
    assert await site.sql("SELECT 1 FROM home_use_day") == []


async def test_whatever_an_app_wrote_the_report_itself_is_taken(site: AgentSite, lent: Tablet) -> None:
    deep = '{"use":1,"n":1,"days":' + "[" * 3000
    for battery, value in enumerate([7, None, ["x"], {"use": 1}, "x" * 5000, deep]):
        assert (await lent.report(custom1=value, batteryLevel=battery)).status == 200
        assert await site.sql("SELECT battery FROM tablet_report") == [{"battery": battery}]
    assert (await use_of(site)).week == {}


async def test_nothing_of_the_text_is_kept_or_logged(site: AgentSite, lent: Tablet, tmp_path: Path) -> None:
    with capture_logs() as logs:
        await lent.report(custom1=told(site, 9, 1, {"web": 5}).replace("}", ',"Camille":3}', 1), custom2="Camille")
    assert "Camille" not in json.dumps(logs)
    assert not any(b"Camille" in path.read_bytes() for path in tmp_path.glob("valise.db*"))
    assert await site.use.dropped() == {NotKept.UNREADABLE: 1}


async def test_a_tablet_that_was_never_lent_tells_nobody(site: AgentSite, tablet: MakeTablet) -> None:
    await site.load('name = "Empty"\n')
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    for text in (told(site, 1, 1, {"web": 5}), '{"use":1,'):
        assert (await one.report(custom1=text)).status == 200
    assert await site.sql("SELECT 1 FROM home_use_day") == []
    assert await site.use.dropped() == {}


async def test_a_simulated_tablets_meter_is_understood(site: AgentSite, lent: Tablet) -> None:
    assert (await lent.report(custom1=use_field(1, site.clock.now()))).status == 200
    shown = await use_of(site)
    assert sum(shown.week.values()) > 0
    assert shown.not_kept == ()
