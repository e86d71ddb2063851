"""Each page asks whose child it is: another parent, a teacher, or somebody who is not signed in finds nothing."""

import aiohttp
import pytest

from tests.webui.home.conftest import DIRECTOR, Families
from tests.webui.signed_in import Answer, browser_of
from webui.roles import Role

READ = (
    "/home/loans/{loan}",
    "/home/loans/{loan}/lost",
    "/home/loans/{loan}/fault",
    "/home/loans/{loan}/photos/" + "0" * 64,
    "/home/rules/{child}",
    "/home/data/{child}",
    "/home/data/{child}/export.json",
    "/home/data/{child}/export.csv",
)
WRITE = (
    ("/home/loans/{loan}/accept", {"read": "1", "insured": "1", "terms": "0" * 64}),
    ("/home/loans/{loan}/take-back", {}),
    ("/home/loans/{loan}/lost", {}),
    ("/home/loans/{loan}/fault", {"kind": "screen"}),
    ("/home/rules/{child}", {"night_from": "18:00", "night_to": "07:00"}),
    ("/home/data/{child}/ask", {"kind": "objection"}),
    ("/home/data/{child}/evaluations/{evaluation}", {"choice": "objected"}),
)
OPEN_TO_PARENTS = ("/home", "/home/training", "/home/training/parts/tablet", "/home/data")


def leaks(answer: Answer) -> bool:
    """Tell whether an answer tells of Lina."""
    return "Lina" in answer.text or "Cassiopée 01" in answer.text


async def test_another_parent_finds_nothing_and_changes_nothing(families: Families) -> None:
    loan = await families.lend()
    evaluation = await families.evaluation()
    names = {"loan": loan.loan_id, "child": families.ids["Lina"], "evaluation": evaluation}
    others = [await families.parent("zoe"), await families.parent("hugo")]
    before = await families.journal()
    for other in others:
        for path in READ:
            answer = await other.get(path.format(**names))
            assert answer.status == 404, path
            assert not leaks(answer), path
        for path, form in WRITE:
            answer = await other.post(path.format(**names), form)
            assert answer.status == 404, path
            assert not leaks(answer), path
        for path in OPEN_TO_PARENTS:
            answer = await other.get(path)
            assert answer.status == 200
            assert not leaks(answer), path
        mine = await other.get("/home/data/export.json")
        assert families.ids["Lina"] not in mine.text
        assert loan.loan_id not in mine.text
    assert await families.journal() == before


async def test_other_roles_have_their_own_pages(families: Families) -> None:
    loan = await families.lend()
    names = {"loan": loan.loan_id, "child": families.ids["Lina"], "evaluation": "0" * 32}
    for role in (Role.TEACHER, Role.HEAD, Role.TECHNICIAN, Role.MANAGER, Role.DPO, Role.ADMINISTRATOR):
        person = await browser_of(families.site, f"a.{role}", role)
        for path in (*READ, *OPEN_TO_PARENTS):
            assert (await person.get(path.format(**names))).status == 403, (role, path)
        for path, form in WRITE:
            assert (await person.post(path.format(**names), form)).status == 403, (role, path)


async def test_who_is_not_signed_in_is_asked_to(families: Families) -> None:
    loan = await families.lend()
    names = {"loan": loan.loan_id, "child": families.ids["Lina"]}
    async with aiohttp.ClientSession(headers={"Accept": "text/html"}) as person:
        for path in (*READ, *OPEN_TO_PARENTS):
            url = f"{families.site.url}{path.format(**names)}"
            async with person.get(url, allow_redirects=False) as answer:
                assert answer.status == 303
                assert answer.headers["Location"].startswith("/sign-in")


async def test_a_guardian_who_was_withdrawn_sees_and_decides_nothing_more(families: Families) -> None:
    loan = await families.lend()
    odon = await families.parent("odon")
    lina = families.ids["Lina"]
    assert "Lina" in (await odon.get("/home")).text
    await families.home.guardians.withdraw(families.guardians["odon"], lina, actor=DIRECTOR)
    assert "Lina" not in (await odon.get("/home")).text
    assert (await odon.get(f"/home/data/{lina}")).status == 404
    assert (await odon.post(f"/home/loans/{loan.loan_id}/lost", {})).status == 404


async def test_no_name_of_a_child_is_in_an_address_a_title_or_the_journal(
    families: Families, capsys: pytest.CaptureFixture[str]
) -> None:
    ilse = await families.parent("ilse")
    loan = await families.lend()
    lina = families.ids["Lina"]
    pages = [
        await ilse.get("/home"),
        await ilse.post(f"/home/rules/{lina}", {"night_from": "18:00", "night_to": "07:00"}),
        await ilse.post(f"/home/data/{lina}/ask", {"kind": "objection", "words": "Lina ne veut pas."}),
        await ilse.get(f"/home/data/{lina}/export.csv"),
        await ilse.post(f"/home/loans/{loan.loan_id}/fault", {"kind": "screen", "words": "tombée"}),
        await ilse.post(f"/home/loans/{loan.loan_id}/lost", {}),
    ]
    for page in pages:
        assert page.status == 200
        assert "Lina" not in page.path
        assert "Lina" not in page.headers.get("Content-Disposition", "")
        assert "Lina" not in page.text.partition("<title>")[2].partition("</title>")[0]
    assert "Lina" not in await families.journal()
    assert "Lina" not in "".join(capsys.readouterr())
