"""A large export is made by the server: the page shows that it goes on, is left, and turns when the file is there."""

import io
import zipfile

import pytest

from mdm.home.evaluation import export_work
from mdm.home.evaluation.export_store import ExportState
from tests.webui.evaluation.researchers import Research
from tests.webui.following import following
from webui.roles import Role


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every export counts as a large one."""
    monkeypatch.setattr(export_work, "LARGE", 1)


async def asked_for(research: Research) -> tuple[str, str]:
    """An export that a researcher asked for: the evaluation's address, and the export's identifier."""
    made = await research.gathered()
    address = f"/evaluations/{made.evaluation_id}"
    await (await research.researcher()).post(f"{address}/exports", {})
    (export,) = await research.exports.of_evaluation(made.evaluation_id)
    return address, export.export_id


async def test_its_release_goes_on_without_anybody_and_the_page_turns(research: Research) -> None:
    address, export_id = await asked_for(research)
    rita, officer = await research.researcher(), await research.person(Role.DPO)
    runner = research.site.services.fleet_view.runner
    begun = await officer.post(f"{address}/exports/{export_id}/release", {})
    assert "C&#39;est commencé." in begun.text
    assert "Son fichier est en préparation." in begun.text
    # Who presses twice begins once.
    await officer.post(f"{address}/exports/{export_id}/release", {})
    async with following(research.site, rita, f"{address}/events") as page:
        await page.until(f"export-{export_id}", "Son fichier est en préparation.")
        assert await runner.step()
        assert not await runner.step()
        await page.until(f"export-{export_id}", "Télécharger")
    fetched = await rita.post(f"{address}/exports/{export_id}/fetch", {})
    with zipfile.ZipFile(io.BytesIO(fetched.body)) as opened:
        assert "data.csv" in opened.namelist()


async def test_one_that_is_refused_meanwhile_is_not_made(research: Research) -> None:
    address, export_id = await asked_for(research)
    officer = await research.person(Role.DPO)
    await officer.post(f"{address}/exports/{export_id}/release", {})
    await officer.post(f"{address}/exports/{export_id}/refuse", {})
    await research.site.services.fleet_view.runner.once()
    (export,) = await research.exports.of_evaluation(address.rpartition("/")[2])
    assert export.state is ExportState.REFUSED


async def test_whoever_asked_does_not_release_it_this_way_either(research: Research) -> None:
    made = await research.gathered()
    address, manager = f"/evaluations/{made.evaluation_id}", await research.person(Role.MANAGER)
    await manager.post(f"{address}/exports", {})
    (export,) = await research.exports.of_evaluation(made.evaluation_id)
    refused = await manager.post(f"{address}/exports/{export.export_id}/release", {})
    assert refused.status == 403
    assert await research.site.services.home.figures.export_work.newest(export.export_id) is None
