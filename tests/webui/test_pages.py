"""The pages: who may see them, in which language, and what they hold."""

import asyncio
import json
import re
import shutil
from datetime import timedelta

import aiohttp
import pytest

from mdm.clock import ManualClock
from mdm.commands.convergence_store import begin_again
from mdm.commands.report import HeldBook, Report
from mdm.journal import latest_entries
from tests.conftest import not_run
from tests.webui.conftest import PASSWORD, MakeSite, Site

HTML = {"Accept": "text/html"}


async def get(site: Site, path: str, **headers: str) -> tuple[int, str, aiohttp.ClientResponse]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(
            f"{site.url}{path}", headers={**HTML, **{name.replace("_", "-"): text for name, text in headers.items()}}
        ) as answer,
    ):
        return answer.status, await answer.text(), answer


async def sign_in(session: aiohttp.ClientSession, site: Site, login: str, password: str) -> aiohttp.ClientResponse:
    async with session.get(f"{site.url}/sign-in") as page:
        token = re.search(r'name="csrf" value="([^"]+)"', await page.text())
    assert token is not None
    form = {"csrf": token[1], "login": login, "password": password, "next": "/"}
    async with session.post(f"{site.url}/sign-in", data=form, headers=HTML) as answer:
        await answer.read()
        return answer


def jar() -> aiohttp.CookieJar:
    return aiohttp.CookieJar(unsafe=True)


async def test_pages_are_french_by_default_and_english_on_request(make_site: MakeSite) -> None:
    site = await make_site(demo=True)
    _, french, answer = await get(site, f"/kits/{site.kit_id}")
    assert answer.headers["Content-Language"] == "fr"
    assert "En attente" in french
    _, english, _ = await get(site, f"/kits/{site.kit_id}", Accept_Language="en")
    assert "Waiting" in english
    assert "En attente" not in english


async def test_without_a_session_there_is_only_the_sign_in_page(make_site: MakeSite) -> None:
    site = await make_site(demo=False)
    for path in ("/", "/kits", f"/kits/{site.kit_id}", f"/kits/{site.kit_id}/qr.svg", f"/kits/{site.kit_id}/events"):
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{site.url}{path}", headers=HTML, allow_redirects=False) as page:
                assert (page.status, page.headers["Location"].split("?")[0]) == (303, "/sign-in")
            async with session.get(f"{site.url}{path}") as raw:
                assert raw.status == 401
                assert "/e/" not in await raw.text()


async def test_an_administrator_signs_in_and_out(make_site: MakeSite) -> None:
    site = await make_site(demo=False)
    async with aiohttp.ClientSession(cookie_jar=jar()) as session:
        answer = await sign_in(session, site, "anne", PASSWORD)
        assert answer.url.path == "/accounts"
        cookies = [one for one in session.cookie_jar if one.key == "valise"]
        assert [(one["httponly"], one["samesite"]) for one in cookies] == [(True, "Lax")]
        async with session.get(site.kit_url, headers=HTML) as page:
            text = await page.text()
            assert page.status == 200
        token = re.search(r'name="csrf" value="([^"]+)"', text)
        assert token is not None
        await session.post(f"{site.url}/sign-out", data={"csrf": token[1]})
        async with session.get(site.kit_url) as page:
            assert page.status == 401
    kinds = [entry.kind for entry in await site.services.database.read(latest_entries)]
    assert "signed_in" in kinds or any("sign" in kind for kind in kinds)


async def test_a_wrong_password_and_an_unknown_login_get_the_same_answer(make_site: MakeSite) -> None:
    site = await make_site(demo=False)
    texts = []
    for login in ("anne", "nobody"):
        async with aiohttp.ClientSession(cookie_jar=jar()) as session:
            async with session.get(f"{site.url}/sign-in") as page:
                token = re.search(r'name="csrf" value="([^"]+)"', await page.text())
            assert token is not None
            form = {"csrf": token[1], "login": login, "password": "wrong wrong wrong"}
            async with session.post(f"{site.url}/sign-in", data=form) as answer:
                assert answer.status == 403
                text = await answer.text()
                texts.append(re.sub(r'value="[^"]*"', "", text))
    assert texts[0] == texts[1]


async def test_too_many_wrong_passwords_must_wait(make_site: MakeSite, clock: ManualClock) -> None:
    site = await make_site(demo=False)
    async with aiohttp.ClientSession(cookie_jar=jar()) as session:
        statuses = [(await sign_in(session, site, "anne", "wrong wrong")).status for _ in range(12)]
        assert statuses[0] == 403
        assert statuses[-1] == 429
        clock.advance(timedelta(hours=2))
        assert (await sign_in(session, site, "anne", PASSWORD)).url.path == "/accounts"


async def test_a_form_from_elsewhere_changes_nothing(make_site: MakeSite) -> None:
    site = await make_site(demo=True)
    before = await site.services.codes.shown(site.kit_id)
    async with aiohttp.ClientSession(cookie_jar=jar()) as session:
        async with session.post(f"{site.kit_url}/code", data={"csrf": "x" * 43}) as answer:
            assert answer.status == 403
        async with session.post(f"{site.kit_url}/code", headers={"Origin": "https://evil.example"}) as answer:
            assert answer.status == 403
    assert await site.services.codes.shown(site.kit_id) == before


async def test_the_button_makes_a_new_code(make_site: MakeSite) -> None:
    site = await make_site(demo=True)
    before = await site.services.codes.shown(site.kit_id)
    async with aiohttp.ClientSession(cookie_jar=jar()) as session:
        async with session.get(site.kit_url) as page:
            token = re.search(r'name="csrf" value="([^"]+)"', await page.text())
        assert token is not None
        async with session.post(f"{site.kit_url}/code", data={"csrf": token[1]}) as answer:
            assert answer.status == 200
    after = await site.services.codes.shown(site.kit_id)
    assert before is not None
    assert after is not None
    assert after.address != before.address


async def test_the_demonstration_answers_its_own_machine_only(make_site: MakeSite) -> None:
    site = await make_site(demo=True)
    status, text, _ = await get(site, "/", Host="evil.example")
    assert status == 403
    assert "Cassiopée" not in text


@pytest.mark.parametrize("path", ["/nowhere", "/kits/" + "0" * 32, "/tablets/" + "0" * 32])
async def test_what_is_not_there_is_told_in_words(make_site: MakeSite, path: str) -> None:
    site = await make_site(demo=True)
    status, text, answer = await get(site, path)
    assert status == 404
    assert "n'existe pas" in text.replace("&#39;", "'")
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_no_page_has_a_script_or_a_style_inside(make_site: MakeSite) -> None:
    site = await make_site(demo=True)
    tablet = await site.join(1)
    for path in ("/kits", f"/kits/{site.kit_id}", f"/kits/{site.kit_id}/slots/2", f"/tablets/{tablet}"):
        status, text, _ = await get(site, path)
        assert status == 200
        assert re.search(r"<script(?! src)|<style|\sstyle=|\son[a-z]+=", text) is None
        assert len(text.encode()) < 100_000


async def test_a_tablets_page_says_how_far_its_books_are(make_site: MakeSite) -> None:
    site = await make_site(demo=True)
    tablet = await site.join(1)
    books = {"org.valise.book.lecture": HeldBook(state="Installing", version="2"), "store:9": HeldBook(state="Managed")}
    report = Report(books=books, books_known=True)
    now = site.services.clock.ms()
    await site.services.database.write(lambda conn: begin_again(conn, tablet, report, now=now))
    _, french, _ = await get(site, f"/tablets/{tablet}")
    plain = " ".join(re.sub(r"<[^>]+>", " ", french.split("<h3>Livres</h3>")[1]).split())
    assert plain.startswith("book.lecture en cours de téléchargement par la tablette store:9 sur la tablette")


async def test_health_and_metrics(make_site: MakeSite) -> None:
    site = await make_site(demo=False)
    assert (await get(site, "/healthz"))[0] == 200
    assert (await get(site, "/metrics"))[0] == 200
    assert (await get(site, "/metrics", X_Forwarded_For="203.0.113.9"))[0] == 403


async def test_the_code_on_the_page_is_the_tickets_address(make_site: MakeSite) -> None:
    if shutil.which("zbarimg") is None:
        not_run("zbarimg is not installed")
    site = await make_site(demo=True)
    code = await site.services.codes.shown(site.kit_id)
    assert code is not None
    async with aiohttp.ClientSession() as session, session.get(f"{site.kit_url}/qr.png") as picture:
        png = await picture.read()
    process = await asyncio.create_subprocess_exec(
        "zbarimg", "--raw", "-q", "-", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate(png)
    assert out.decode().strip() == code.address


async def test_a_live_page_gets_everything_first_and_then_what_changed(make_site: MakeSite) -> None:
    site = await make_site(demo=True)

    async def parts(answer: aiohttp.ClientResponse) -> dict[str, str]:
        async with asyncio.timeout(20):
            while True:
                line = (await answer.content.readline()).decode()
                if line.startswith("data: {"):
                    found: dict[str, str] = json.loads(line[6:])
                    return found

    async with aiohttp.ClientSession() as session:
        async with session.get(f"{site.kit_url}/events") as stream:
            assert set(await parts(stream)) == {"progress", "slot-1", "slot-2", "slot-3", "slot-4"}
            tablet = await site.join(2)
            changed = await parts(stream)
            assert set(changed) == {"slot-2"}
            assert "enrolled" in changed["slot-2"]
            await site.converge(tablet)
            changed = await parts(stream)
            assert set(changed) == {"slot-2", "progress"}
        async with session.get(f"{site.kit_url}/events") as again:
            assert len(await parts(again)) == 5
