"""An evaluation on its pages: proposed, decided, run; exported by two persons, and by no one alone."""

import io
import zipfile

from mdm.home.evaluation.evaluation import State
from mdm.home.evaluation.export_store import ExportState
from mdm.journal import entries
from tests.home_use.world import OTHER_UAI, UAI
from tests.webui.evaluation.researchers import Research
from webui.roles import Role

FORM = {
    "title": "Lire à la maison",
    "question": "Les tablettes à la maison font-elles lire davantage au CP ?",
    "first_day": "2026-11-02",
    "last_day": "2027-01-31",
    "schools": f"{UAI} {OTHER_UAI}",
    "variable": "days_seen",
    "basis": "objection",
    "threshold": "10",
    "notice_days": "30",
    "retention_days": "365",
    "responsible": "rita",
}
FILE = f"""
title = "Lire au CE1"
question = "Que devient la lecture au CE1 ?"
first_day = 2026-11-02
last_day = 2027-01-31
schools = ["{UAI}"]
variables = ["days_seen"]
responsible = "rita"
"""


async def test_a_researcher_proposes_by_a_form_and_changes_the_draft(research: Research) -> None:
    rita = await research.researcher()
    made = await rita.post("/evaluations/new", FORM)
    assert "Lire à la maison" in made.text
    (draft,) = await research.evaluations.every()
    assert draft.draft.digest in made.text
    assert 'value="Lire à la maison"' in (await rita.get(f"{made.path}/change")).text
    changed = await rita.post(f"{made.path}/change", {**FORM, "title": "Lire davantage", "seen": str(draft.revision)})
    assert "Lire davantage" in changed.text
    stale = await rita.post(f"{made.path}/change", {**FORM, "title": "Autre", "seen": str(draft.revision)})
    assert stale.status == 409


async def test_a_protocol_comes_as_a_file_and_what_is_wrong_is_said(research: Research) -> None:
    rita = await research.researcher()
    made = await rita.post("/evaluations/new", {"file": ("protocol.toml", FILE.encode(), "text/plain")})
    assert "Lire au CE1" in made.text
    wrong = (
        {"file": ("protocol.toml", b"title = 3", "text/plain")},
        {**FORM, "first_day": "x"},
        {**FORM, "threshold": "2"},
        {**FORM, "schools": "0000000X"},
        {**FORM, "variable": "name"},
        {**FORM, "responsible": "nobody-here"},
    )
    for form in wrong:
        answer = await rita.post("/evaluations/new", form)
        assert answer.status == 422, form
        assert 'role="alert"' in answer.text
    assert len(await research.evaluations.every()) == 1


async def test_it_is_decided_started_and_ended_by_the_authority(research: Research) -> None:
    rita = await research.researcher()
    made = await rita.post("/evaluations/new", FORM)
    (draft,) = await research.evaluations.every()
    proposal = await research.committee.adopt("setting", purpose=f"Avis éthique : {draft.draft.digest}.")
    manager = await research.person(Role.MANAGER)
    assert (await rita.post(f"{made.path}/decide", {"proposal": proposal})).status == 403
    assert (await manager.post(f"{made.path}/decide", {"proposal": "x"})).status == 409
    await manager.post(f"{made.path}/decide", {"proposal": f"https://valise.example/proposals/{proposal}"})
    await manager.post(f"{made.path}/start", {})
    running = await manager.post(f"{made.path}/inform", {"way": "meeting"})
    assert "les responsables ont été informés" in running.text
    assert (await research.evaluations.show(draft.evaluation_id)).state is State.RUNNING
    assert (await rita.post(f"{made.path}/end", {})).status == 403
    ended = await manager.post(f"{made.path}/end", {})
    assert "sa clé est détruite" in ended.text


async def test_an_export_is_asked_for_by_one_and_released_by_another(research: Research) -> None:
    made = await research.gathered()
    address = f"/evaluations/{made.evaluation_id}"
    rita, officer = await research.researcher(), await research.person(Role.DPO)
    manager = await research.person(Role.MANAGER)
    asked = await rita.post(f"{address}/exports", {})
    (export,) = await research.exports.of_evaluation(made.evaluation_id)
    assert "Demandé par rita" in asked.text
    file = f"{address}/exports/{export.export_id}"
    assert (await rita.post(f"{file}/release", {})).status == 403
    assert (await rita.post(f"{file}/fetch", {})).status == 410
    # A manager may ask and may release, and still not both.
    await manager.post(f"{address}/exports", {})
    both = await research.exports.of_evaluation(made.evaluation_id)
    own = next(one for one in both if one.asked_by == "account:a-manager")
    assert (await manager.post(f"{address}/exports/{own.export_id}/release", {})).status == 403
    refused = await officer.post(f"{address}/exports/{own.export_id}/refuse", {})
    assert "export est refusé." in refused.text
    released = await officer.post(f"{file}/release", {})
    assert "L&#39;export est autorisé" in released.text
    assert (await officer.post(f"{file}/fetch", {})).status == 403
    fetched = await rita.post(f"{file}/fetch", {})
    assert fetched.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(fetched.body)) as opened:
        assert {"data.csv", "data.parquet", "codebook.json", "provenance.json"} <= set(opened.namelist())
    written = await research.database.read(lambda conn: entries(conn, limit=1000))
    said = [(one.kind, one.actor) for one in written if one.kind.startswith("evaluation_export")]
    assert ("evaluation_export_released", "account:a-dpo") in said
    assert ("evaluation_export_fetched", "account:rita") in said
    states = {one.export_id: one.state for one in await research.exports.of_evaluation(made.evaluation_id)}
    assert states == {export.export_id: ExportState.RELEASED, own.export_id: ExportState.REFUSED}


async def test_an_export_is_reached_through_its_own_evaluation_only(research: Research) -> None:
    made = await research.gathered()
    other = await research.evaluations.draft(research.draft(), actor="account:rita")
    rita, officer = await research.researcher(), await research.person(Role.DPO)
    await rita.post(f"/evaluations/{made.evaluation_id}/exports", {})
    (export,) = await research.exports.of_evaluation(made.evaluation_id)
    strange = await officer.post(f"/evaluations/{other.evaluation_id}/exports/{export.export_id}/release", {})
    assert strange.status == 404
    early = await rita.post(f"/evaluations/{other.evaluation_id}/exports", {})
    assert early.status == 409


async def test_who_reads_evaluations_and_who_proposes(research: Research) -> None:
    made = await research.evaluations.draft(research.draft(), actor="account:rita")
    readers = {Role.TECHNICIAN, Role.MANAGER, Role.DSDEN, Role.MEMBER, Role.HEAD, Role.EVALUATOR, Role.DPO}
    proposers = {Role.MANAGER, Role.DSDEN, Role.EVALUATOR}
    for role in Role:
        browser = await research.person(role)
        page = await browser.get("/evaluations")
        assert page.status == (200 if role in readers else 403), role
        assert (await browser.get(f"/evaluations/{made.evaluation_id}")).status == page.status
        assert (await browser.get("/evaluations/new")).status == (200 if role in proposers else 403), role
        assert ('href="/evaluations/new"' in page.text) is (role in proposers), role
        posted = await browser.post(f"/evaluations/{made.evaluation_id}/start", {})
        assert posted.status == (409 if role in {Role.MANAGER, Role.DPO} else 403), role
