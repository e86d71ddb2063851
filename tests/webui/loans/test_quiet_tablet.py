"""A tablet at home that nobody hears of: the loan's page says so plainly, and the family's page when it was heard."""

from datetime import timedelta

from mdm.fleet.report_store import ReportedFacts, save_facts
from mdm.store import Connection
from tests.webui.following import following
from tests.webui.loans.office import Office
from tests.webui.loans.test_loans import handed_over, prepared

QUIET = "n&#39;a donné aucun signe depuis"


async def test_a_month_of_silence_is_told_and_is_over_when_it_speaks(office: Office) -> None:
    await office.fill()
    address = await handed_over(office, await office.head())
    clock, database = office.site.services.clock, office.site.services.database
    assert QUIET not in (await (await office.head()).get(address)).text
    clock.advance(timedelta(days=30))  # type: ignore[attr-defined]
    head = await office.head()
    page = await head.get(address)
    assert f"{QUIET} 30 jours" in page.text
    assert "Rien n&#39;est perdu : à son retour, elle reçoit les règles du moment." in page.text
    async with following(office.site, head, f"{address}/events") as loan:
        await loan.until("loan-state", QUIET)

        def speak(conn: Connection) -> None:
            save_facts(conn, [(office.tablets[0], ReportedFacts(battery=12))], now=clock.ms())
            conn.publish("tablet", office.tablets[0])

        await database.write(speak)
        await loan.until("loan-state", "Remis", gone=QUIET)


async def test_what_waits_at_school_is_not_called_quiet(office: Office) -> None:
    await office.fill()
    head = await office.head()
    address, _ = await prepared(office, head)
    office.site.services.clock.advance(timedelta(days=30))  # type: ignore[attr-defined]
    assert QUIET not in (await (await office.head()).get(address)).text
