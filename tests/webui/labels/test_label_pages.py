"""Labels on their page: PDF for a kit or a school, codes that enrol only for those who may enrol."""

import io

import pytest
from pypdf import PdfReader

from mdm.fleet.tablet import Platform
from tests.webui.conftest import MakeSite
from tests.webui.repairs.console import SCHOOL, Console

pytestmark = pytest.mark.external


@pytest.fixture
async def console(make_site: MakeSite) -> Console:
    made = Console(await make_site(demo=False))
    await made.settle()
    return made


def text_of(body: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)


async def test_inventory_labels_of_a_kit_change_nothing(console: Console) -> None:
    before = await console.services.codes.shown_all(console.kit_id)
    head = await console.person("head")
    form = await head.get(f"/labels?kit={console.kit_id}")
    assert "Size 100 %, without “fit to page”" in form.words
    paper = await head.send(form, "/labels", format="l7163", start="3")
    assert paper.headers["Content-Type"] == "application/pdf"
    assert "cassiopee-l7163.pdf" in paper.headers["Content-Disposition"]
    text = text_of(paper.body)
    assert "Cassiopée 04" in text
    assert f"valise:{console.kit_id[-12:]}/4" in text
    assert await console.services.codes.shown_all(console.kit_id) == before


async def test_enrolment_labels_withdraw_the_codes_before(console: Console) -> None:
    before = await console.services.codes.shown(console.kit_id, 1)
    teacher = await console.person("teacher")
    form = await teacher.get(f"/labels?kit={console.kit_id}")
    wrong = await teacher.send(form, "/labels", codes="enrolment", format="a4", start="11")
    assert wrong.status == 400
    assert "A sheet of this format has no label 11." in wrong.words
    assert await console.services.codes.shown(console.kit_id, 1) == before
    paper = await teacher.send(form, "/labels", codes="enrolment", format="a4")
    assert paper.headers["Content-Type"] == "application/pdf"
    assert await console.services.codes.shown(console.kit_id, 1) != before
    assert paper.headers["Cache-Control"] == "no-store"


async def test_who_prints_what(console: Console) -> None:
    before = await console.services.codes.shown(console.kit_id, 1)
    for login, enrols in (("technician", True), ("head", True), ("manager", False), ("dsden", False)):
        reader = await console.person(login)
        form = await reader.get(f"/labels?school={SCHOOL}")
        assert form.status == 200
        assert ('value="enrolment"' in form.text) is enrols, login
        if not enrols:
            refused = await reader.post("/labels", {"kit": console.kit_id, "codes": "enrolment"})
            assert refused.status == 403, login
    for login in ("parent", "member", "evaluator"):
        reader = await console.person(login)
        assert (await reader.get("/labels")).status == 403
        assert (await reader.post("/labels", {"kit": console.kit_id})).status == 403
    far = await console.person("far-teacher")
    assert "Cassiopée" not in (await far.get("/labels")).words
    assert (await far.get(f"/labels?kit={console.kit_id}")).status == 403
    assert (await far.post("/labels", {"kit": console.kit_id})).status == 403
    assert await console.services.codes.shown(console.kit_id, 1) == before


async def test_a_school_is_printed_kit_by_kit_when_it_is_large(console: Console) -> None:
    technician = await console.person("technician")
    large = [
        await console.services.fleet.create_kit(SCHOOL, name, platform=Platform.IPAD, slots=60, actor="test")
        for name in ("Dauphin", "Éridan")
    ]
    form = await technician.get(f"/labels?school={SCHOOL}")
    assert set(form.forms["/labels"]["kit"]) == {console.kit_id, large[0].kit_id}
    many = await technician.send(form, "/labels", kit=[console.kit_id, *(one.kit_id for one in large)])
    assert many.status == 422
    assert "These kits have 124 labels together." in many.words
    none = await technician.send(form, "/labels", kit=[])
    assert none.status == 422
    assert "Tick at least one kit." in none.words
    paper = await technician.send(form, "/labels", kit=console.kit_id)
    assert len(PdfReader(io.BytesIO(paper.body)).pages) == 1
