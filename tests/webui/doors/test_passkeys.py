"""A passkey opens the door to its holder alone, once for each challenge, and what it signs there is never a ballot."""

import json
import secrets

import pytest

from mdm.clock import ManualClock
from mdm.journal import Journal
from mdm.settings import People, Settings
from mdm.store import Database
from mdm.vault import Vault
from profiles.charter.ballot import encode
from profiles.charter.charter import charter_of
from profiles.charter.passkeys import ENTRY_BYTES
from tests.webui.conftest import Site
from tests.webui.doors.authenticator import Authenticator, challenge_of
from tests.webui.doors.conftest import PASSWORD, UAI, Come, MakeAccount, Visitor, journalled, later
from webui.doors.errors import PasskeyNotKnown, StepOver
from webui.doors.passkey_entry import PasskeyEntry
from webui.doors.steps import Steps

ORIGIN = "https://valise.example"
VAULT = Vault(bytes(range(32)))


async def with_passkey(visitor: Visitor, site: Site, login: str) -> Authenticator:
    """Sign in, make a passkey, sign out."""
    key = Authenticator(site.services.settings.people.url)
    await visitor.sign_in(login)
    _, options, _ = await visitor.raw("/me/passkeys/options")
    page = await visitor.post("/me/passkeys", answer=key.make(options), label="Téléphone")
    assert "Téléphone" in page.text
    await visitor.post("/sign-out")
    return key


async def test_a_passkey_signs_in_without_a_login(site: Site, come: Come, account: MakeAccount) -> None:
    await account("berthe", f"teacher@school:{UAI}")
    key = await with_passkey(come(), site, "berthe")
    visitor = come()
    await visitor.get("/sign-in")
    _, options, _ = await visitor.raw("/sign-in/passkey/options")
    assert json.loads(options)["allowCredentials"] == []
    page = await visitor.post("/sign-in/passkey", answer=key.sign(options), next="/me")
    assert page.path == "/me"
    assert (await journalled(site))[0].detail == '{"method":"passkey"}'


async def test_a_passkey_of_a_privileged_person_is_enough(site: Site, come: Come) -> None:
    visitor = come()
    await visitor.sign_in("anne")
    key = Authenticator(site.services.settings.people.url)
    _, options, _ = await visitor.raw("/me/passkeys/options")
    page = await visitor.post("/me/passkeys", answer=key.make(options), next="/accounts")
    assert page.path == "/accounts"
    other = come()
    await other.get("/sign-in")
    _, options, _ = await other.raw("/sign-in/passkey/options")
    assert (await other.post("/sign-in/passkey", answer=key.sign(options), next="/accounts")).path == "/accounts"


async def test_what_was_signed_serves_once_for_one_browser_and_ten_minutes(
    site: Site, come: Come, account: MakeAccount, clock: ManualClock
) -> None:
    await account("berthe", f"teacher@school:{UAI}")
    key = await with_passkey(come(), site, "berthe")
    visitor, other = come(), come()
    for one in (visitor, other):
        await one.get("/sign-in")
    _, options, _ = await visitor.raw("/sign-in/passkey/options")
    answer = key.sign(options)
    assert (await other.post("/sign-in/passkey", answer=answer)).status == 409
    assert (await visitor.post("/sign-in/passkey", answer=answer, next="/me")).path == "/me"
    await visitor.post("/sign-out")
    await visitor.get("/sign-in")
    assert (await visitor.post("/sign-in/passkey", answer=answer)).status == 409
    _, options, _ = await visitor.raw("/sign-in/passkey/options")
    later(clock, minutes=10)
    assert (await visitor.post("/sign-in/passkey", answer=key.sign(options))).status == 409


async def test_a_passkey_that_was_removed_or_whose_account_ended_opens_nothing(
    site: Site, come: Come, account: MakeAccount
) -> None:
    await account("berthe", f"teacher@school:{UAI}")
    owner = come()
    key = await with_passkey(owner, site, "berthe")
    await owner.sign_in("berthe")
    name = encode(key.credential)
    page = await owner.post(f"/me/passkeys/{name}/name", label="Ancien téléphone")
    assert "Ancien téléphone" in page.text
    page = await owner.post(f"/me/passkeys/{name}/remove")
    assert "passkey was removed" in page.text
    visitor = come()
    await visitor.get("/sign-in")
    _, options, _ = await visitor.raw("/sign-in/passkey/options")
    page = await visitor.post("/sign-in/passkey", answer=key.sign(options))
    assert (page.status, "does not open an account" in page.text) == (403, True)
    assert (await journalled(site))[0].kind == "sign_in_refused"

    again = await with_passkey(come(), site, "berthe")
    await site.services.database.write(
        lambda conn: conn.run("UPDATE account SET disabled_at = 1 WHERE login = 'berthe'")
    )
    _, options, _ = await visitor.raw("/sign-in/passkey/options")
    assert (await visitor.post("/sign-in/passkey", answer=again.sign(options))).status == 403


async def test_the_last_way_in_is_not_removed(site: Site, come: Come, account: MakeAccount) -> None:
    await account("berthe", f"teacher@school:{UAI}", password=PASSWORD)
    owner = come()
    key = await with_passkey(owner, site, "berthe")
    await site.services.database.write(
        lambda conn: conn.run("UPDATE account SET password_hash = '' WHERE login = 'berthe'")
    )
    await owner.get("/sign-in")
    _, options, _ = await owner.raw("/sign-in/passkey/options")
    await owner.post("/sign-in/passkey", answer=key.sign(options), next="/me")
    page = await owner.post(f"/me/passkeys/{encode(key.credential)}/remove")
    assert (page.status, "could not sign in any more" in page.text) == (409, True)
    # An empty password is none, and no password opens an account without one.
    assert (await come().sign_in("berthe", "")).status == 403


@pytest.fixture
def entry(any_database: Database, clock: ManualClock) -> PasskeyEntry:
    settings = Settings(people=People(url=ORIGIN))
    charter = charter_of(any_database, clock, Journal(clock), VAULT, settings)
    return PasskeyEntry(any_database, charter.passkeys, Steps(any_database, clock, VAULT))


@pytest.fixture
async def key(any_database: Database, clock: ManualClock) -> Authenticator:
    """A passkey of ``mayor``."""
    charter = charter_of(any_database, clock, Journal(clock), VAULT, Settings(people=People(url=ORIGIN)))
    made = Authenticator(ORIGIN)
    options = await charter.passkeys.begin("mayor")
    assert json.loads(options)["authenticatorSelection"]["residentKey"] == "required"
    await charter.passkeys.finish("mayor", made.make(options).encode(), label="")
    return made


async def test_signatures_are_checked_on_both_engines(entry: PasskeyEntry, key: Authenticator) -> None:
    options = await entry.options("browser")
    assert (await entry.recognise("browser", key.sign(options))).login == "mayor"
    for wrong in (
        key.sign(await entry.options("browser"), flags=0x01),
        key.sign(await entry.options("browser"), flags=0x04),
        Authenticator(ORIGIN).sign(await entry.options("browser")),
    ):
        with pytest.raises(PasskeyNotKnown):
            await entry.recognise("browser", wrong)
    foreign = Authenticator("https://elsewhere.example")
    foreign.credential, foreign._key = key.credential, key._key
    with pytest.raises(PasskeyNotKnown):
        await entry.recognise("browser", foreign.sign(await entry.options("browser")))
    for nothing in ("", "{}", "null", "[]", '{"id": "a"}', '{"id":"","response":{"clientDataJSON":"YQ"}}', "\ud800"):
        with pytest.raises(PasskeyNotKnown):
            await entry.recognise("browser", nothing)


async def test_a_copied_passkey_is_found_by_its_count(entry: PasskeyEntry, key: Authenticator) -> None:
    await entry.recognise("browser", key.sign(await entry.options("browser")))
    key.count -= 1
    with pytest.raises(PasskeyNotKnown):
        await entry.recognise("browser", key.sign(await entry.options("browser")))


async def test_what_opens_the_door_is_no_ballot_and_a_ballot_opens_no_door(
    entry: PasskeyEntry, key: Authenticator
) -> None:
    options = await entry.options("browser")
    assert len(challenge_of(options)) == ENTRY_BYTES != 32
    ballot = encode(secrets.token_bytes(32))
    with pytest.raises(StepOver):
        await entry.recognise("browser", key.sign(options, challenge=ballot))
