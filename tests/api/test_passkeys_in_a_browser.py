"""In a real Chromium with an authenticator of its own: a page registers a passkey and signs a ballot with it.

The scripts are what a page needs, and no more: what the API tells goes to the browser as it is, and back.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from mdm.clock import ManualClock
from mdm.store import Connection, Database
from profiles.charter.passkey_store import passkeys_of
from tests.api.chamber import Chamber
from tests.api.conftest import Api, tokens_for_all
from tests.charter.committee import EVERYBODY
from tests.system.conftest import free_port
from tests.webui.conftest import PASSWORD, MakeSite
from tests.webui.test_browser import browser
from webui.passwords import Passwords

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.external]

ASK = """
async ([method, path, body]) => {
  const me = await (await fetch("/api/v1/me")).json();
  const headers = {"X-CSRF-Token": me.csrf_token, "Content-Type": "application/json", "Accept-Language": "en"};
  const sent = body === null ? undefined : JSON.stringify(body);
  const answer = await fetch("/api/v1" + path, {method, headers, body: sent});
  const text = await answer.text();
  return {status: answer.status, json: text ? JSON.parse(text) : null};
}
"""
MAKE = """
async (options) => {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return (await navigator.credentials.create({publicKey})).toJSON();
}
"""
SIGN = """
async (options) => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return (await navigator.credentials.get({publicKey})).toJSON();
}
"""


class Desk:
    """A member's browser, at the server's own pages."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def sign_in(self, address: str, login: str) -> None:
        """Sign in by the page, as a person does."""
        await self.page.goto(f"{address}/sign-in")
        await self.page.fill("input[name=login]", login)
        await self.page.fill("input[name=password]", PASSWORD)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_url(lambda found: "/sign-in" not in found)
        await self.page.goto(f"{address}/sign-in")

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the API as a script of the page does."""
        return await self.page.evaluate(ASK, [method, path, body])

    async def done(self, method: str, path: str, body: Any = None) -> Any:
        """Ask what must succeed."""
        reply = await self.ask(method, path, body)
        assert reply["status"] in (200, 201), reply
        return reply["json"]

    async def register(self, label: str) -> Any:
        """Register a passkey."""
        made = await self.page.evaluate(MAKE, await self.done("POST", "/me/passkey-options"))
        return await self.done("POST", "/me/passkeys", {"answer": made, "label": label})

    async def sign(self, proposal_id: str, choice: str) -> Any:
        """Return the body of a ballot that the passkey signed."""
        told = await self.done("POST", f"/proposals/{proposal_id}/vote/statement", {"choice": choice})
        return {"choice": choice, "assertion": await self.page.evaluate(SIGN, told["options"])}


@pytest.fixture
async def chamber(make_site: MakeSite, database: Database, clock: ManualClock) -> Chamber:
    """A charter behind a server that is served where passkeys are made for."""
    site = await make_site(demo=False, port=free_port())
    chamber = Chamber(site, Api(site.url, await tokens_for_all(database, clock)), database, clock)
    await chamber.begin()
    hashed = await Passwords().hash(PASSWORD)

    def let_in(conn: Connection) -> None:
        conn.run("UPDATE account SET password_hash = :hashed WHERE login IN ('mayor', 'inspector')", hashed=hashed)

    await database.write(let_in)
    return chamber


@pytest.fixture
async def desk(browser: Browser) -> AsyncIterator[Desk]:
    """A browser whose authenticator checks who holds it, as a phone does by a finger."""
    context = await browser.new_context()
    page = await context.new_page()
    client = await context.new_cdp_session(page)
    await client.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    await client.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield Desk(page)
    await context.close()


async def test_a_member_registers_a_passkey_and_votes_with_it(chamber: Chamber, desk: Desk) -> None:
    await desk.sign_in(chamber.site.url, "mayor")
    registered = await desk.register("Téléphone")
    assert (registered["label"], [one["label"] for one in await desk.done("GET", "/me/passkeys")]) == (
        "Téléphone",
        ["Téléphone"],
    )
    proposal_id = await chamber.opened()
    ballot = f"/proposals/{proposal_id}/vote/ballot"
    without = await desk.ask("PUT", ballot, {"choice": "yes"})
    assert (without["status"], without["json"]["code"]) == (422, "passkey_needed")
    signed = await desk.sign(proposal_id, "yes")
    another = await desk.ask("PUT", ballot, {**signed, "choice": "no"})
    assert (another["status"], another["json"]["code"]) == (422, "ballot_refused")
    receipt = await desk.done("PUT", ballot, signed)
    assert (receipt["seat"], receipt["signed_by"]) == ("mayor", "passkey")
    assert await desk.done("PUT", ballot, signed) == receipt

    await chamber.say(proposal_id, "yes", *(one for one in EVERYBODY if one != "mayor"))
    await chamber.done("secretary", "POST", f"/proposals/{proposal_id}/vote/close")
    await chamber.done("secretary", "POST", "/editions")
    verdict = await chamber.committee.charter.editions.verify()
    assert (verdict.by_passkey, verdict.by_server) == (1, len(EVERYBODY) - 1)


async def test_a_voter_changes_his_mind_and_the_passkey_signs_again(chamber: Chamber, desk: Desk) -> None:
    await desk.sign_in(chamber.site.url, "inspector")
    await desk.register("")
    proposal_id = await chamber.opened()
    for choice in ("no", "abstain", "yes"):
        signed = await desk.sign(proposal_id, choice)
        assert (await desk.done("PUT", f"/proposals/{proposal_id}/vote/ballot", signed))["signed_by"] == "passkey"
    await chamber.say(proposal_id, "yes", *(one for one in EVERYBODY if one != "inspector"))
    assert (await chamber.done("secretary", "POST", f"/proposals/{proposal_id}/vote/close"))["adopted"]


async def test_a_device_holds_one_passkey_of_a_person(chamber: Chamber, desk: Desk, database: Database) -> None:
    await desk.sign_in(chamber.site.url, "mayor")
    await desk.register("Première")
    options = await desk.done("POST", "/me/passkey-options")
    refused = await desk.page.evaluate(f"(options) => ({MAKE})(options).then(() => '', (error) => error.name)", options)
    assert refused == "InvalidStateError"
    seals = chamber.site.services.charter.seals
    assert len(await database.read(lambda conn: passkeys_of(conn, "mayor", seals))) == 1
