"""The register for those who read it; one's own data for everybody; erasing for the data protection officer."""

import pytest

from mdm.privacy.register import whole_register
from tests.webui.conftest import MakeSite, Site
from tests.webui.signed_in import Browser, browser_of
from webui.roles import Role

READERS = (Role.DPO, Role.MANAGER, Role.HEAD, Role.ADMINISTRATOR, Role.DSDEN, Role.TECHNICIAN)


@pytest.fixture
async def site(make_site: MakeSite) -> Site:
    return await make_site(demo=False)


@pytest.fixture
async def officer(site: Site) -> Browser:
    return await browser_of(site, "odile", Role.DPO)


async def test_the_register_is_a_page_a_pdf_and_a_csv_and_its_links_are_there(officer: Browser) -> None:
    page = await officer.get("/privacy")
    assert page.status == 200
    for link in (
        "/privacy/register.pdf",
        "/privacy/register.csv",
        "/privacy/assessment.pdf",
        "/privacy/assessment.csv",
    ):
        assert f'href="{link}"' in page.text
    assert (await officer.get("/privacy/register.pdf")).body.startswith(b"%PDF-")
    sheet = (await officer.get("/privacy/register.csv")).body.decode("utf-8-sig")
    assert len(sheet.splitlines()) > len(whole_register().activities)


async def test_every_declared_field_is_in_the_assessment(officer: Browser) -> None:
    sheet = (await officer.get("/privacy/assessment.csv")).body.decode("utf-8-sig")
    assert all(key in sheet for key in whole_register().fields)
    assert (await officer.get("/privacy/assessment.pdf")).body.startswith(b"%PDF-")
    found = set()
    for number in range(len(whole_register().activities)):
        page = await officer.get(f"/privacy/assessment?activity={number}")
        found |= {key for key in whole_register().fields if f"<code>{key}</code>" in page.text}
    assert found == set(whole_register().fields)


async def test_who_reads_the_register_and_who_does_not(site: Site) -> None:
    for role in Role:
        browser = await browser_of(site, f"a-{role.value}", role)
        expected = 200 if role in READERS else 403
        for path in ("/privacy", "/privacy/assessment", "/privacy/purge", "/privacy/register.csv"):
            assert (await browser.get(path)).status == expected, (role, path)
        assert (await browser.get("/privacy/me")).status == 200
        managed = 200 if role is Role.DPO else 403
        for path in ("/privacy/erase", "/privacy/requests"):
            assert (await browser.get(path)).status == managed, (role, path)
        shown = (await browser.get("/privacy")).text
        assert ("/privacy/erase" in shown) is (role is Role.DPO)


async def test_the_controller_is_entered_by_the_officer_and_named_in_the_register(site: Site, officer: Browser) -> None:
    form = {"name": "MACS", "contact": "macs@example.fr", "officer": "dpd@example.fr"}
    page = await officer.post("/privacy/controller", form)
    assert "dpd@example.fr" in page.text
    assert "MACS" in (await officer.get("/privacy/register.csv")).body.decode("utf-8-sig")
    empty = await officer.post("/privacy/controller", {**form, "name": ""})
    assert empty.status >= 400
    manager = await browser_of(site, "marc", Role.MANAGER)
    assert (await manager.post("/privacy/controller", form)).status == 403


async def test_people_see_and_take_along_what_is_stored_about_them_and_nobody_else(site: Site) -> None:
    mine, other = await browser_of(site, "thomas", Role.TEACHER), await browser_of(site, "zoe", Role.TEACHER)
    page = await mine.get("/privacy/me")
    assert "thomas" in page.text
    exported = await mine.get("/privacy/me.json")
    assert exported.headers["Content-Type"].startswith("application/json")
    assert b"thomas" in exported.body
    assert b"thomas" not in (await other.get("/privacy/me.json")).body
    sheet = await mine.get("/privacy/me.csv")
    assert "thomas" in sheet.body.decode("utf-8-sig")


async def test_a_request_is_noted_answered_and_shown_to_its_person(site: Site, officer: Browser) -> None:
    mine = await browser_of(site, "thomas", Role.TEACHER)
    form = {"kind": "objection", "about": "account.login", "words": "Mes raisons."}
    asked = await mine.post("/privacy/me/ask", form)
    assert asked.path == "/privacy/me"
    assert (await mine.post("/privacy/me/ask", {**form, "about": "no.such"})).status >= 400
    waiting = await officer.get("/privacy/requests")
    assert "Mes raisons." in waiting.text
    request_id = waiting.text.partition("/privacy/requests/")[2][:32]
    assert (await officer.post(f"/privacy/requests/{request_id}", {"granted": "yes", "answer": ""})).status >= 400
    await officer.post(f"/privacy/requests/{request_id}", {"granted": "no", "answer": "Nous en avons besoin."})
    assert "Nous en avons besoin." in (await mine.get("/privacy/me")).text
    assert (await mine.post(f"/privacy/requests/{request_id}", {"granted": "yes", "answer": "x"})).status == 403


async def test_a_person_is_erased_after_the_account_ended_and_a_confirmation(site: Site, officer: Browser) -> None:
    database = site.services.database
    await browser_of(site, "thomas", Role.TEACHER)
    named = {"kind": "account", "name": "thomas"}
    assert (await officer.post("/privacy/erase/look", {"kind": "account", "name": "nobody"})).status == 404
    look = await officer.post("/privacy/erase/look", named)
    assert "cela ne peut pas être défait" in look.text
    assert "thomas" not in look.path
    unsure = await officer.post("/privacy/erase", named)
    assert unsure.status == 422
    still_open = await officer.post("/privacy/erase", {**named, "sure": "1"})
    assert still_open.status == 409
    assert 'role="alert"' in still_open.text
    ended = site.services.clock.ms()
    await database.write(lambda conn: conn.run("UPDATE account SET disabled_at = :at WHERE login = 'thomas'", at=ended))
    done = await officer.post("/privacy/erase", {**named, "sure": "1"})
    assert "Les données de la personne sont effacées." in done.text
    assert await database.read(lambda conn: conn.one("SELECT 1 AS one FROM account WHERE login = 'thomas'")) is None
    for role in (Role.ADMINISTRATOR, Role.MANAGER):
        other = await browser_of(site, f"a-{role.value}", role)
        assert (await other.post("/privacy/erase", {"kind": "account", "name": "odile", "sure": "1"})).status == 403


async def test_what_the_purge_did_and_what_is_past_its_time_is_told(site: Site, officer: Browser) -> None:
    assert "Elle n&#39;a encore rien effacé." in (await officer.get("/privacy/purge")).text
    await site.services.database.write(
        lambda conn: conn.run(
            "INSERT INTO session (session_digest, account_id, csrf, created_at, expires_at)"
            " SELECT 'old', account_id, 'x', 1, 2 FROM account WHERE login = 'odile'"
        )
    )
    counted = await officer.get("/privacy/purge?count=1")
    assert "La prochaine purge" in counted.text
    done = await site.services.privacy.purge.once()
    assert done.rows["session"] == 1
    told = await officer.get("/privacy/purge?count=1")
    assert "<dd>1</dd>" in told.text
    assert "La prochaine purge" not in told.text
