"""An evaluation on its pages: proposed, decided, run; exported by two persons, and by no one alone."""

import html
import io
import zipfile

import msgspec

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


async def test_a_protocol_goes_to_the_committee_and_its_adoption_lets_it_run(research: Research) -> None:
    rita, manager = await research.researcher(), await research.person(Role.MANAGER)
    made = await rita.post("/evaluations/new", FORM)
    before = await rita.post(f"{made.path}/submit", {})
    assert "Le protocole est devant le comité." in before.text
    proposal = await proposal_of(research)
    # What the committee reads is the protocol itself, and it stays as it is meanwhile.
    shown = await manager.get(f"/proposals/{proposal}")
    assert "lire davantage au CP" in shown.text
    assert "sauf si un responsable" in html.unescape(shown.text)
    (draft,) = await research.evaluations.every()
    changed = await rita.post(f"{made.path}/change", {**FORM, "title": "Autre", "seen": str(draft.revision)})
    assert changed.status == 409
    assert (await rita.post(f"{made.path}/submit", {})).status == 409
    early = await manager.post(f"{made.path}/start", {})
    assert early.status == 409
    await research.vote(proposal, "yes")
    decided = await research.evaluations.show(draft.evaluation_id)
    assert (decided.state, decided.ethics) == (State.DECIDED, proposal)
    assert "Voir la proposition" in (await rita.get(made.path)).text
    await manager.post(f"{made.path}/start", {})
    assert (await research.evaluations.show(draft.evaluation_id)).state is State.RUNNING
    # It is a decision as any other: an edition carries it, and changes nothing on the tablets.
    record = await research.committee.publish()
    assert [one.proposal["kind"] for one in record.decisions] == ["evaluation"]
    await research.committee.charter.editions.verify()


async def test_a_rejected_protocol_says_so_and_gathers_nothing(research: Research) -> None:
    rita, manager = await research.researcher(), await research.person(Role.MANAGER)
    made = await rita.post("/evaluations/new", FORM)
    await rita.post(f"{made.path}/submit", {})
    first = await proposal_of(research)
    await research.vote(first, "no")
    page = await rita.get(made.path)
    assert "Le comité a rejeté le protocole" in page.text
    assert (await manager.post(f"{made.path}/start", {})).status == 409
    assert (await rita.post(f"{made.path}/exports", {})).status == 409
    (draft,) = await research.evaluations.every()
    assert draft.state is State.DRAFTED
    await rita.post(f"{made.path}/change", {**FORM, "threshold": "20", "seen": str(draft.revision)})
    await rita.post(f"{made.path}/submit", {})
    assert await proposal_of(research) != first
    kinds = [one.kind for one in await research.database.read(lambda conn: entries(conn, limit=1000))]
    assert "evaluation_rejected" in kinds


async def test_a_protocol_is_taken_back_or_sent_back_and_comes_again(research: Research) -> None:
    rita, manager = await research.researcher(), await research.person(Role.MANAGER)
    made = await rita.post("/evaluations/new", FORM)
    assert (await rita.post(f"{made.path}/take-back", {})).status == 409
    await rita.post(f"{made.path}/submit", {})
    first = await proposal_of(research)
    assert (await manager.post(f"{made.path}/take-back", {})).status == 403
    back = await rita.post(f"{made.path}/take-back", {})
    assert "Le protocole est repris" in back.text
    await rita.post(f"{made.path}/submit", {})
    second = await proposal_of(research)
    assert second != first
    await research.site.services.proposals.send_back(second, login="mayor", words="Précisez la question.")
    assert "Précisez la question." in (await rita.get(made.path)).text
    await rita.post(f"{made.path}/submit", {})
    assert await proposal_of(research) == second
    assert await research.committee.state_of(second) == "submitted"


async def test_a_protocol_that_was_changed_in_between_waits_for_its_own_decision(research: Research) -> None:
    rita = await research.researcher()
    made = await rita.post("/evaluations/new", FORM)
    await rita.post(f"{made.path}/submit", {})
    proposal = await proposal_of(research)
    (draft,) = await research.evaluations.every()
    other = msgspec.structs.replace(draft.draft, threshold=20)
    await research.evaluations.change(draft.evaluation_id, other, seen=draft.revision, actor="account:rita")
    await research.vote(proposal, "yes")
    assert (await research.evaluations.show(draft.evaluation_id)).state is State.DRAFTED
    assert "un texte antérieur du protocole" in (await rita.get(made.path)).text


async def proposal_of(research: Research) -> str:
    (found,) = await research.evaluations.every()
    assert found.proposed is not None
    return found.proposed
