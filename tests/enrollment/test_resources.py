"""What the device listener answers, over real sockets: SCEP's operations, the pages, the root and the list."""

import base64
import plistlib
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urljoin

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs7

from mdm.apple.cms import verify
from mdm.clock import ManualClock
from mdm.fleet.kit import Kit
from mdm.store import Database

MESSAGE = "application/x-pki-message"


@pytest.fixture
async def web(room, listen) -> AsyncIterator[aiohttp.ClientSession]:
    listener = listen(room)
    async with aiohttp.ClientSession(listener.url, headers={"Accept-Language": "en"}) as session:
        yield session


async def text(response: aiohttp.ClientResponse) -> str:
    return (await response.read()).decode()


async def test_get_ca_caps_lists_what_is_offered(web) -> None:
    async with web.get("/scep?operation=GetCACaps") as response:
        assert (response.status, response.content_type) == (200, "text/plain")
        caps = (await text(response)).split()
    assert {"AES", "POSTPKIOperation", "Renewal", "SCEPStandard", "SHA-256"} <= set(caps)
    assert not {"DES", "MD5"} & set(caps)


async def test_get_ca_cert_gives_issuing_and_root(web, authority) -> None:
    async with web.get("/scep/pkiclient.exe?operation=GetCACert&message=Valise") as response:
        assert (response.status, response.content_type) == (200, "application/x-x509-ca-ra-cert")
        chain = pkcs7.load_der_pkcs7_certificates(await response.read())
    assert set(chain) == {authority.issuing, authority.root}


async def test_an_operation_by_post_and_the_same_by_get(web, room, kit: Kit, tablet) -> None:
    message = tablet.first_request(await room.challenge(kit))
    async with web.post("/scep?operation=PKIOperation", data=message, headers={"Content-Type": MESSAGE}) as response:
        assert (response.status, response.content_type) == (200, MESSAGE)
        posted = tablet.read(await response.read())
    escaped = quote(base64.b64encode(message).decode(), safe="")
    careless = base64.b64encode(message).decode()
    for encoded in (escaped, careless):
        address = aiohttp.client.URL(f"/scep?operation=PKIOperation&message={encoded}", encoded=True)
        async with web.get(address) as response:
            assert response.status == 200
            assert tablet.read(await response.read()).certificate == posted.certificate


@pytest.mark.parametrize(
    ("method", "path", "body", "content_type", "status"),
    [
        ("GET", "/scep", None, None, 400),
        ("GET", "/scep?operation=GetNextCACert", None, None, 400),
        ("GET", "/scep?operation=PKIOperation&operation=GetCACaps", None, None, 400),
        ("GET", "/scep?operation=PKIOperation&message=%%%", None, None, 400),
        ("GET", "/scep?operation=PKIOperation", None, None, 400),
        ("POST", "/scep?operation=GetCACaps", b"x", MESSAGE, 400),
        ("POST", "/scep?operation=PKIOperation", b"not cms", MESSAGE, 400),
        ("POST", "/scep?operation=PKIOperation", b"", MESSAGE, 400),
        ("POST", "/scep?operation=PKIOperation", b"<xml/>", "text/xml", 415),
        ("POST", "/scep?operation=PKIOperation", b"a=b", "application/x-www-form-urlencoded", 415),
        ("POST", "/scep?operation=PKIOperation", b"x" * 70_000, MESSAGE, 413),
        ("PUT", "/scep?operation=PKIOperation", b"x", MESSAGE, 405),
        ("DELETE", "/scep", None, None, 405),
        ("BREW", "/scep", None, None, 405),
        ("POST", "/ca.crt", b"x", "text/plain", 405),
        ("POST", "/crl", b"x", "text/plain", 405),
        ("POST", "/e/abc", b"x", "text/plain", 405),
        ("PUT", "/e/abc/enroll.mobileconfig", b"x", "text/plain", 405),
        ("GET", "/e", None, None, 404),
        ("GET", "/e/", None, None, 404),
        ("GET", "/e/%C3%A9%00/../x", None, None, 404),
        ("GET", "/e/abc/other", None, None, 404),
    ],
)  # fmt: skip
async def test_bad_requests_have_their_status(web, method, path, body, content_type, status) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    address = aiohttp.client.URL(path, encoded=True)
    async with web.request(method, address, data=body, headers=headers, skip_auto_headers=["Content-Type"]) as response:
        assert response.status == status
        assert "Traceback" not in await text(response)
        assert ("Allow" in response.headers) == (status == 405)


async def test_the_page_leads_to_the_profile(web, room, kit: Kit) -> None:
    shown = await room.ticket(kit)
    async with web.get(f"/e/{shown.secret}") as response:
        page = await text(response)
        assert (response.status, response.content_type) == (200, "text/html")
        policy = response.headers["Content-Security-Policy"]
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "Cassiopée 01" in page
    assert "default-src 'none'" in policy
    assert "script" not in page
    assert "unsafe" not in policy
    (link,) = re.findall(r'href="([^"]+)"', page)
    for _ in range(2):
        async with web.get(urljoin("/", link)) as response:
            assert (response.status, response.content_type) == (200, "application/x-apple-aspen-config")
            profile = plistlib.loads(verify(await response.read()).content)
        assert profile["PayloadDisplayName"].endswith("Cassiopée 01")


async def test_the_page_speaks_the_tablets_language(web, room, kit: Kit) -> None:
    shown = await room.ticket(kit)
    for header, words in (("fr-FR,fr;q=0.9", "Installer"), ("en-GB", "Install"), ("de-DE", "Installer")):
        async with web.get(f"/e/{shown.secret}", headers={"Accept-Language": header}) as response:
            page = await text(response)
            assert f">{words}</a>" in page
            assert response.headers["Content-Language"] in page[:60]
            assert response.headers["Vary"] == "accept-language"


async def test_looking_takes_no_slot(web, room, kit: Kit) -> None:
    shown = await room.ticket(kit)
    for path in (f"/e/{shown.secret}", f"/e/{shown.secret}/enroll.mobileconfig"):
        async with web.head(path) as response:
            assert response.status == 200
    async with web.get(f"/e/{shown.secret}") as response:
        assert "Cassiopée 01" in await text(response)


@pytest.mark.parametrize(("language", "what"), [("fr", "retiré"), ("en", "withdrawn")])
async def test_a_ticket_that_is_no_longer_good_says_what_to_do(web, room, kit: Kit, language: str, what: str) -> None:
    shown = await room.ticket(kit)
    await room.codes.revoke(shown.ticket.ticket_id, actor="account:test")
    for path in ("", "/enroll.mobileconfig"):
        async with web.get(f"/e/{shown.secret}{path}", headers={"Accept-Language": language}) as response:
            assert (response.status, response.content_type) == (410, "text/html")
            page = await text(response)
            assert what in page
            assert 'class="lead"' in page


async def test_every_refusal_has_its_status(web, room, kit: Kit, clock: ManualClock) -> None:
    async def status(secret: str) -> int:
        async with web.get(f"/e/{secret}") as response:
            return response.status

    shown = await room.ticket(kit)
    assert await status("A" * 22) == 404
    room.topics.topic = None
    assert await status(shown.secret) == 503
    room.topics.topic = "com.apple.mgmt.External.01a2"
    for _ in range(3):
        async with web.get(f"/e/{shown.secret}/enroll.mobileconfig") as response:
            assert response.status == 200
    assert await status(shown.secret) == 409
    for number in (1, 2, 3):
        await room.fill(kit, number, f"t{number}")
    assert await status(shown.secret) == 410
    clock.advance(timedelta(hours=12))
    assert await status(shown.secret) == 410


async def test_a_ticket_that_is_asked_for_too_often_must_wait(web, room, kit: Kit, clock: ManualClock) -> None:
    shown = await room.ticket(kit)
    statuses = []
    for _ in range(125):
        async with web.get(f"/e/{shown.secret}") as response:
            statuses.append(response.status)
    assert statuses[:120] == [200] * 120
    assert statuses[120:] == [429] * 5
    assert response.headers["Retry-After"].isdigit()
    clock.advance(timedelta(minutes=2))
    async with web.get(f"/e/{shown.secret}") as response:
        assert response.status == 200


async def test_guessing_tickets_is_soon_refused(web) -> None:
    statuses = []
    for number in range(30):
        async with web.get(f"/e/guess-{number:016d}") as response:
            statuses.append(response.status)
    assert statuses.count(404) < 25
    assert statuses[-1] == 429


async def test_a_store_that_is_closed_is_told_in_words(web, room, kit: Kit, database: Database) -> None:
    shown = await room.ticket(kit)
    await database.close()
    async with web.get(f"/e/{shown.secret}") as response:
        assert response.status == 503
        assert "Wait a minute" in await text(response)


async def test_the_root_and_the_list_are_published(web, authority) -> None:
    async with web.get("/ca.crt") as response:
        assert (response.status, response.content_type) == (200, "application/x-x509-ca-cert")
        assert x509.load_der_x509_certificate(await response.read()) == authority.root
    async with web.get("/crl") as response:
        assert (response.status, response.content_type) == (200, "application/pkix-crl")
        assert x509.load_der_x509_crl(await response.read()).is_signature_valid(authority.issuing.public_key())


async def test_who_goes_away_early_disturbs_nobody(web, room, kit: Kit, tablet) -> None:
    message = tablet.first_request(await room.challenge(kit))
    with pytest.raises((TimeoutError, aiohttp.ClientError)):
        await web.post(
            "/scep?operation=PKIOperation",
            data=message,
            headers={"Content-Type": MESSAGE},
            timeout=aiohttp.ClientTimeout(total=0.002),
        )
    async with web.post("/scep?operation=PKIOperation", data=message, headers={"Content-Type": MESSAGE}) as response:
        assert tablet.read(await response.read()).status == "0"


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(390, 844), (820, 1180)])
async def test_the_pages_fit_their_screens(program, room, kit: Kit, listen, tmp_path: Path, width, height) -> None:
    chromium = program("chromium")
    from playwright.async_api import async_playwright

    shown, used = await room.ticket(kit), await room.ticket(kit, 2)
    await room.codes.revoke(used.ticket.ticket_id, actor="account:test")
    base = listen(room).url
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = await browser.new_context(viewport={"width": width, "height": height}, locale="fr-FR", has_touch=True)
        page = await context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text))
        for name, secret in (("invitation", shown.secret), ("refusal", used.secret)):
            await page.goto(f"{base}/e/{secret}")
            await page.screenshot(path=tmp_path / f"{name}-{width}.png", full_page=True)
            assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            style = await page.evaluate("getComputedStyle(document.querySelector('main')).borderRadius")
            assert style == "20px"
            if name == "invitation":
                button = await page.locator(".button").bounding_box()
                assert button["height"] >= 44
                assert button["y"] + button["height"] < height
        await browser.close()
    # The refusal's status is reported by the browser itself; nothing else may be, least of all a broken policy.
    assert all("410" in complaint for complaint in complaints), complaints
