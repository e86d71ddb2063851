"""Heads and teachers see their pupils by name; managers see numbers; others see nothing."""

import re

import pytest

from mdm.home.guardians.errors import CodeWithdrawn
from mdm.home.guardians.guardian_store import InvitationState
from mdm.journal import entries
from tests.webui.loans.office import HERE, THERE, Office
from webui.roles import Role


async def test_a_head_sees_the_pupils_of_the_only_school_class_by_class(office: Office) -> None:
    await office.fill()
    head = await office.head()
    page = await head.get("/pupils")
    assert page.path == f"/pupils?school={HERE}"
    assert "Noé D." in page.text
    assert "Dupont" not in page.text
    assert "Lina" not in page.text
    other = await head.get(f"/pupils?school={HERE}&class={await office.class_id('CP A')}")
    assert "Lina M." in other.text


async def test_a_teacher_of_a_class_sees_that_class_alone(office: Office) -> None:
    await office.fill()
    mine, other = await office.class_id("CP A"), await office.class_id("CE1 B")
    teacher = await office.teacher(f"class:{mine}")
    assert "Lina M." in (await teacher.get(f"/pupils?school={HERE}")).text
    assert (await teacher.get(f"/pupils?school={HERE}&class={other}")).status == 403
    assert (await teacher.get(f"/pupils/{await office.pupil('Lina')}")).status == 200
    assert (await teacher.get(f"/pupils/{await office.pupil('Noé')}")).status == 403
    refused = await teacher.post("/pupils/codes", {"school": HERE, "class": other, "as": "page"})
    assert refused.status == 403


async def test_a_manager_sees_numbers_and_no_name(office: Office) -> None:
    await office.fill()
    manager = await office.person(Role.MANAGER)
    page = await manager.get(f"/pupils?school={HERE}")
    assert page.status == 200
    assert "CP A" in page.text
    assert "Lina" not in page.text
    assert (await manager.get(f"/pupils/{await office.pupil('Lina')}")).status == 403
    assert (await manager.get(f"/pupils?school={HERE}&class={await office.class_id('CP A')}")).status == 403


async def test_others_are_refused(office: Office) -> None:
    await office.fill()
    lina = await office.pupil("Lina")
    for role in (Role.TECHNICIAN, Role.PARENT, Role.MEMBER, Role.DSDEN, Role.EVALUATOR, Role.DPO, Role.ADMINISTRATOR):
        other = await office.person(role)
        for path in (f"/pupils?school={HERE}", f"/pupils/{lina}", "/pupils/import", f"/pupils/year?school={HERE}"):
            assert (await other.get(path)).status == 403, (role, path)


async def test_a_head_of_another_school_is_refused(office: Office) -> None:
    await office.fill()
    stranger = await office.head(THERE)
    lina = await office.pupil("Lina")
    guardian = await office.guardian(lina)
    assert (await stranger.get(f"/pupils?school={HERE}")).status == 403
    assert (await stranger.get(f"/pupils/{lina}")).status == 403
    assert (await stranger.post(f"/pupils/{lina}/guardians/{guardian}/code", {"as": "page"})).status == 403
    assert (await stranger.post("/pupils/names", {"school": HERE, "form": "full"})).status == 403
    assert (await stranger.post("/pupils/year", {"school": HERE})).status == 403


async def test_choosing_to_keep_less_of_names_shortens_them_at_once(office: Office) -> None:
    await office.fill()
    head = await office.head()
    page = await head.post("/pupils/names", {"school": HERE, "form": "first"})
    assert "Noé D." not in page.text
    assert "Noé" in page.text


async def test_a_pupil_is_added_by_hand_and_a_mistake_is_said_beside_the_form(office: Office) -> None:
    await office.fill()
    head, place = await office.head(), await office.class_id("CP A")
    added = await head.post(
        "/pupils/add", {"school": HERE, "first_name": "Zoé", "last_name": "Petit", "to_class": place}
    )
    assert "Zoé P." in added.text
    wrong = await head.post("/pupils/add", {"school": HERE, "first_name": " ", "last_name": "Petit", "to_class": place})
    assert wrong.status >= 400
    assert 'role="alert"' in wrong.text


async def test_the_codes_of_a_class_are_a_pdf_and_are_made_once(office: Office) -> None:
    await office.fill()
    lina = await office.pupil("Lina")
    await office.guardian(lina)
    teacher = await office.teacher()
    form = {"school": HERE, "class": await office.class_id("CP A")}
    paper = await teacher.post("/pupils/codes", form)
    assert paper.body.startswith(b"%PDF-")
    assert "Lina" not in paper.headers["Content-Disposition"]
    (view,) = await office.home.guardians.of_pupil(lina)
    assert view.invitation is InvitationState.WAITING
    again = await teacher.post("/pupils/codes", form)
    assert "Aucun code n&#39;est nécessaire" in again.text


async def test_a_lost_print_is_made_anew_for_the_whole_class(office: Office) -> None:
    await office.fill()
    lina = await office.pupil("Lina")
    await office.guardian(lina)
    teacher = await office.teacher()
    form = {"school": HERE, "class": await office.class_id("CP A"), "as": "page"}
    first = await teacher.post("/pupils/codes", form)
    assert "/home/join" in first.text
    second = await teacher.post("/pupils/codes", {**form, "anew": "1"})
    assert _code(second.text) != _code(first.text)
    with pytest.raises(CodeWithdrawn):
        await office.home.guardians.look(_code(first.text))
    assert [one.pupil.pupil_id for one in await office.home.guardians.look(_code(second.text))] == [lina]


async def test_a_pupils_page_says_the_class_and_the_years_end_where_one_is_added(office: Office) -> None:
    await office.fill()
    head = await office.head()
    assert ", CP A" in (await head.get(f"/pupils/{await office.pupil('Lina')}")).text
    assert f"/schools/{HERE}#classes-title" in (await head.get(f"/pupils/year?school={HERE}")).text
    assert 'id="classes-title"' in (await head.get(f"/schools/{HERE}")).text


async def test_a_code_on_the_screen_links_the_family_and_a_new_one_ends_it(office: Office) -> None:
    await office.fill()
    lina = await office.pupil("Lina")
    guardian = await office.guardian(lina)
    head = await office.head()
    address = f"/pupils/{lina}/guardians/{guardian}"
    first = await head.post(f"{address}/code", {"as": "page"})
    code = _code(first.text)
    assert [one.pupil.pupil_id for one in await office.home.guardians.look(code)] == [lina]
    second = _code((await head.post(f"{address}/code", {"as": "page"})).text)
    assert second != code
    gone = await head.post(f"{address}/code/withdraw", {})
    assert "code retiré" in gone.text


async def test_a_guardian_who_is_withdrawn_is_gone_from_the_pupil_and_only_a_head_does_it(office: Office) -> None:
    await office.fill()
    lina = await office.pupil("Lina")
    guardian = await office.guardian(lina, "Mme Test")
    teacher, head = await office.teacher(), await office.head()
    assert "withdraw" not in (await teacher.get(f"/pupils/{lina}")).text.replace("code/withdraw", "")
    assert (await teacher.post(f"/pupils/{lina}/guardians/{guardian}/withdraw", {})).status == 403
    page = await head.post(f"/pupils/{lina}/guardians/{guardian}/withdraw", {})
    assert "Mme Test" not in page.text
    noe = await office.pupil("Noé")
    assert (await head.post(f"/pupils/{noe}/guardians/{guardian}/code", {"as": "page"})).status == 404


async def test_the_training_is_noted_for_several_at_once_and_only_for_those_of_the_class(office: Office) -> None:
    await office.fill()
    lina, noe = await office.pupil("Lina"), await office.pupil("Noé")
    both = [await office.guardian(lina, "Mme M."), await office.guardian(lina, "M. M.")]
    other = await office.guardian(noe)
    teacher, place = await office.teacher(), await office.class_id("CP A")
    form = {"school": HERE, "class": place, "day": "2026-11-20"}
    strange = await teacher.post("/pupils/training", {**form, "guardian": other})
    assert strange.status == 404
    future = await teacher.post("/pupils/training", {**form, "guardian": both[0], "day": "2027-03-01"})
    assert future.status >= 400
    page = await teacher.post("/pupils/training", {**form, "guardian": both[0]})
    assert page.text.count("formation faite") == 1
    nothing = await teacher.post("/pupils/training", form)
    assert nothing.status == 422


async def test_classes_move_on_and_a_class_that_is_not_said_is_named(office: Office) -> None:
    await office.fill()
    head = await office.head()
    cp, ce1 = await office.class_id("CP A"), await office.class_id("CE1 B")
    form = {"school": HERE, f"to-{cp}": ce1}
    refused = await head.post("/pupils/year", form)
    assert "CE1 B" in refused.text
    assert refused.status >= 400
    moved = await head.post("/pupils/year", {**form, f"to-{ce1}": "leave"})
    assert moved.path == f"/pupils?school={HERE}"
    page = await head.get(f"/pupils?school={HERE}&class={ce1}")
    assert "Lina M." in page.text
    assert "Noé" not in page.text


async def test_no_name_is_in_the_journal(office: Office) -> None:
    await office.fill()
    lina = await office.pupil("Lina")
    guardian = await office.guardian(lina, "Mme Secrète")
    head = await office.head()
    await head.post(f"/pupils/{lina}/guardians/{guardian}/code", {"as": "page"})
    await head.post(f"/pupils/{lina}/both", {"both": "1"})
    written = await office.site.services.database.read(lambda conn: entries(conn, limit=500))
    text = " ".join(f"{one.subject} {one.detail}" for one in written)
    assert "guardian_invited" in {one.kind for one in written}
    for name in ("Lina", "Martin", "Secrète"):
        assert name not in text


def _code(page: str) -> str:
    found = re.search(r"<code>([0-9A-Z-]{30,31})</code>", page)
    assert found is not None
    return found[1]
