"""A guardian's code: it makes an account or is added to one, says first whose guardian it makes one, and works once."""

import aiohttp

from mdm.home.pupils.pupil import PupilView
from tests.webui.home.conftest import DIRECTOR, Families
from tests.webui.signed_in import browser_of
from webui.roles import Role
from webui.scopes import parse_scope


async def children(families: Families, login: str) -> list[str]:
    def read(conn: object) -> str:
        row = conn.one("SELECT account_id FROM account WHERE login = :login", login=login)  # type: ignore[attr-defined]
        return "" if row is None else str(row["account_id"])

    account_id = await families.database.read(read)
    found: list[PupilView] = await families.home.guardians.children(account_id)
    return [one.pupil.first_name for one in found]


async def test_a_signed_in_person_sees_the_child_first_and_then_links_the_account(families: Families) -> None:
    browser = await browser_of(families.site, "ilse", Role.PARENT)
    assert "pas encore relié" in (await browser.get("/home")).text
    code = families.codes["ilse"]
    asked = await browser.post("/home/join", {"code": code.lower().replace("-", " ")})
    assert asked.status == 200
    assert "Lina V." in asked.text
    assert await children(families, "ilse") == []
    linked = await browser.post("/home/join", {"code": code, "sure": "1"})
    assert linked.path == "/home"
    assert "Votre compte est relié." in linked.text
    assert await children(families, "ilse") == ["Lina"]
    again = await browser.post("/home/join", {"code": code, "sure": "1"})
    assert again.status == 409
    assert "déjà" in again.text


async def test_a_teacher_who_is_a_parent_too_keeps_the_role_and_gets_the_other(families: Families) -> None:
    browser = await browser_of(families.site, "berthe", Role.TEACHER, parse_scope("school:0400377T"))
    assert (await browser.get("/home")).status == 403
    await browser.post("/home/join", {"code": families.codes["zoe"], "sure": "1"})
    assert "Noé T." in (await browser.get("/home")).text
    assert (await browser.get("/kits")).status == 200


async def test_a_second_code_joins_a_second_child(families: Families) -> None:
    ilse = await families.parent("ilse")
    await ilse.post("/home/join", {"code": families.codes["zoe"], "sure": "1"})
    page = await ilse.get("/home")
    assert "Lina V." in page.text
    assert "Noé T." in page.text


async def test_somebody_without_an_account_opens_one_with_the_code(families: Families) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    headers = {"Accept": "text/html", "Accept-Language": "fr"}
    async with aiohttp.ClientSession(cookie_jar=jar, headers=headers) as person:
        async with person.get(f"{families.site.url}/home/join") as asked:
            text = await asked.text()
        assert 'action="/invitation"' in text
        csrf = text.split('name="csrf" value="')[1].split('"')[0]
        form = {"csrf": csrf, "code": families.codes["odon"]}
        async with person.post(f"{families.site.url}/invitation", data=form) as welcome:
            assert "Lina V." in await welcome.text()
        form |= {"login": "odon.sorbier", "password": "quatre mots bien longs"}
        async with person.post(f"{families.site.url}/invitation/accept", data=form) as home:
            assert home.url.path == "/home"
            assert "Lina V." in await home.text()
    assert await children(families, "odon.sorbier") == ["Lina"]


async def test_a_wrong_code_is_told_in_words(families: Families) -> None:
    browser = await browser_of(families.site, "ilse", Role.PARENT)
    for code, status, words in (
        ("", 422, "26 lettres et chiffres"),
        ("7K3QD", 422, "26 lettres et chiffres"),
        ("00000-00000-00000-00000-000000", 404, "Ce code est inconnu"),
    ):
        answer = await browser.post("/home/join", {"code": code, "sure": "1"})
        assert answer.status == status
        assert words in answer.text
    assert await children(families, "ilse") == []


async def test_a_code_that_the_school_made_anew_ends_the_older_one(families: Families) -> None:
    old = families.codes["ilse"]
    await families.home.guardians.invite(families.guardians["ilse"], actor=DIRECTOR)
    browser = await browser_of(families.site, "ilse", Role.PARENT)
    assert (await browser.post("/home/join", {"code": old, "sure": "1"})).status == 409


async def test_codes_are_not_guessed_at_without_end(families: Families) -> None:
    browser = await browser_of(families.site, "ilse", Role.PARENT)
    wrong = {"code": "00000-00000-00000-00000-000000", "sure": "1"}
    statuses = [(await browser.post("/home/join", wrong)).status for _ in range(14)]
    assert statuses[0] == 404
    assert statuses[-1] == 429


async def test_nobody_links_an_account_without_being_signed_in(families: Families) -> None:
    async with aiohttp.ClientSession() as person:
        url = f"{families.site.url}/home/join"
        async with person.post(url, data={"code": families.codes["ilse"], "sure": "1"}) as answer:
            assert answer.status in (401, 403)
