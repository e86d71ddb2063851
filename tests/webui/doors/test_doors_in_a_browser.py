"""In a real Chromium with an authenticator of its own: from the invitation's address to the account, and back in."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from mdm.mail.catcher import MailCatcher
from mdm.settings import Mail
from tests.system.conftest import free_port
from tests.webui.conftest import PASSWORD, MakeSite, Site
from tests.webui.doors.conftest import UAI, grants_held, make_account
from tests.webui.doors.test_invitations import make_code
from tests.webui.test_browser import browser

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.external]
ARTIFACTS = Path(__file__).resolve().parents[2] / "artifacts"


class Screen:
    """A browser's page with what its console said."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.said: list[str] = []
        page.on("console", lambda message: self.said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.said.append(str(error)))


async def screen_of(browser: Browser, *, width: int = 390, locale: str = "fr-FR", passkeys: bool = True) -> Screen:
    """A phone that checks who holds it, as by a finger."""
    context = await browser.new_context(viewport={"width": width, "height": 844}, locale=locale)
    page = await context.new_page()
    if passkeys:
        client = await context.new_cdp_session(page)
        await client.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True,
        }  # fmt: skip
        await client.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return Screen(page)


@pytest.fixture
async def site(make_site: MakeSite) -> Site:
    """A server at the address that passkeys are made for."""
    return await make_site(demo=False, port=free_port(), second_factor="privileged")


async def test_an_invitation_becomes_an_account_by_a_passkey_which_opens_it_again_without_a_login(
    site: Site, browser: Browser
) -> None:
    await make_account(site, "paul", f"head@school:{UAI}")
    code = await make_code(site, "paul", f"teacher@school:{UAI}")
    screen = await screen_of(browser)
    page = screen.page
    await page.goto(f"{site.url}/invitation#{code}")
    await expect(page.locator("#code")).to_have_value(code)
    assert code not in page.url
    await page.click("text=Continuer")
    await expect(page.locator("h1")).to_have_text("Bienvenue")
    await page.click("text=Créer une clé d'accès sur cet appareil")
    await expect(page.locator("#login")).to_be_focused()
    await page.fill("#login", "berthe.duval")
    await page.click("text=Créer une clé d'accès sur cet appareil")
    await page.wait_for_url("**/kits")
    assert await grants_held(site, "berthe.duval") == [f"teacher@school:{UAI}"]

    await page.goto(f"{site.url}/me")
    await expect(page.locator("h2", has_text="berthe.duval")).to_be_visible()
    await page.click("text=Créer une clé d'accès sur cet appareil")
    await expect(page.locator("form.passkey [role=alert]")).to_have_text(
        "Cet appareil a déjà une clé d'accès pour vous."
    )
    # The browser offers the passkey among the logins that it fills in; this one's owner takes it at once.
    await page.click("text=Se déconnecter")
    await page.wait_for_url(lambda found: "/sign-in" not in found)
    assert screen.said == []


async def test_an_administrator_protects_the_account_by_a_passkey_and_comes_back_by_the_button(
    site: Site, browser: Browser
) -> None:
    screen = await screen_of(browser, width=1280, locale="en-GB")
    page = screen.page
    await page.goto(f"{site.url}/sign-in?next=/accounts")
    await page.fill("#login", "anne")
    await page.fill("#password", PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("Protect your account")
    await page.click("text=Make a passkey on this device")
    await expect(page.locator("h1")).to_have_text("Accounts")

    # A browser that offers no passkeys by itself.
    await page.add_init_script("delete PublicKeyCredential.isConditionalMediationAvailable")
    await page.click("text=Sign out")
    await page.goto(f"{site.url}/sign-in?next=/accounts")
    await page.click("text=Sign in with a passkey")
    await expect(page.locator("h1")).to_have_text("Accounts")
    assert screen.said == []


async def test_without_a_script_the_password_opens_the_door(site: Site, browser: Browser) -> None:
    await make_account(site, "berthe", f"teacher@school:{UAI}")
    context = await browser.new_context(
        java_script_enabled=False, locale="fr-FR", viewport={"width": 360, "height": 740}
    )
    page = await context.new_page()
    await page.goto(f"{site.url}/sign-in?next=/me")
    await expect(page.locator("form.passkey")).to_be_hidden()
    await page.fill("#login", "berthe")
    await page.fill("#password", PASSWORD)
    await page.click("form.by-password button")
    await expect(page.locator("h1")).to_have_text("Votre compte")


@pytest.mark.parametrize("locale", ["fr-FR", "en-GB"])
async def test_no_page_of_the_doors_is_wider_than_a_small_phone(
    make_site: MakeSite, browser: Browser, locale: str
) -> None:
    mail = Mail(host="127.0.0.1", port=9, security="none", sender="valise@example.fr")
    site = await make_site(demo=True, mail=mail, mail_catcher=MailCatcher())
    await make_account(site, "administratrice", "administrator", "manager", f"head@school:{UAI}")
    code = await make_code(site, "administratrice", f"teacher@school:{UAI}")
    screen = await screen_of(browser, width=360, locale=locale, passkeys=False)
    page = screen.page
    ARTIFACTS.mkdir(exist_ok=True)

    async def look(name: str) -> None:
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
        await page.screenshot(path=ARTIFACTS / f"doors-{name}-{locale[:2]}.png", full_page=True)

    for name, path in (("sign-in", "/sign-in"), ("people", "/demo/people"), ("mail", "/demo/mail")):
        await page.goto(f"{site.url}{path}")
        await look(name)
    await page.goto(f"{site.url}/invitation#{code}")
    await look("code")
    await page.click("form[data-code] button.main")
    await look("welcome")
    await page.goto(f"{site.url}/demo/people")
    await page.click("button[value=administratrice]")
    await page.wait_for_url(lambda found: "/demo/people" not in found)
    for name, path in (
        ("me", "/me"), ("invitations", "/invitations"), ("roles", "/invitations/new"),
        ("invite", "/invitations/new?role=teacher&q=audignon"), ("accounts", "/accounts"),
        ("account", "/accounts/anne?role=head&q=audignon"), ("confirm", "/sign-in/confirm"),
    ):  # fmt: skip
        await page.goto(f"{site.url}{path}")
        await look(name)
    await page.goto(f"{site.url}/me")
    await page.click("form[action='/me/one-time-codes/begin'] button")
    await look("one-time-codes")
    # A role that a script looks up as one types.
    await page.goto(f"{site.url}/invitations/new?role=teacher")
    await page.locator("#q").press_sequentially("cassio")
    await expect(page.locator("#places label", has_text="Cassiopée")).to_be_visible()
    assert screen.said == []
