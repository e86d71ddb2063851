"""A second factor: demanded of the privileged, set up at the first sign-in, asked for after that, never taken twice."""

import base64
import re
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from mdm.clock import ManualClock
from mdm.journal import Journal
from mdm.store import Database
from mdm.vault import Vault
from tests.webui.conftest import Site
from tests.webui.doors.authenticator import Authenticator
from tests.webui.doors.conftest import PASSWORD, UAI, Come, MakeAccount, Visitor, journalled, later
from webui.doors.errors import CodeRefused, FactorThere, NoFactor, StillNeedsFactor
from webui.doors.second_factor import SecondFactors
from webui.roles import Role
from webui.rules import AccessRules
from webui.scopes import Grant
from webui.session_store import Session
from webui.sessions import create_account


def app_of(secret: str) -> TOTP:
    """The app on a phone, from the secret that one types into it."""
    text = secret.replace(" ", "")
    return TOTP(base64.b32decode(text + "=" * (-len(text) % 8)), 6, SHA1(), 30)


def shown(app: TOTP, clock: ManualClock, *, off: int = 0) -> str:
    """The code that the app shows now, or ``off`` steps from now."""
    return app.generate(clock.ms() // 1000 + 30 * off).decode()


async def set_up(visitor: Visitor, clock: ManualClock) -> tuple[TOTP, list[str]]:
    """Set up one-time codes as the pages tell; return the app and the recovery codes."""
    page = await visitor.post("/me/one-time-codes/begin")
    assert page.path == "/me/one-time-codes"
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)
    assert found is not None
    assert "<svg" in page.text
    app = app_of(found[1])
    page = await visitor.post("/me/one-time-codes", code=shown(app, clock))
    assert page.status == 200, page.text
    return app, re.findall(r"<code>((?:[0-9A-Z]{4}-){3}[0-9A-Z]{4})</code>", page.text)


async def test_an_administrator_sets_up_codes_at_the_first_sign_in_and_is_asked_for_them_after(
    site: Site, come: Come, clock: ManualClock
) -> None:
    visitor = come()
    page = await visitor.sign_in("anne")
    assert page.path.startswith("/sign-in/protect")
    for path in ("/accounts", "/me", "/kits"):
        assert (await visitor.get(path)).path.startswith("/sign-in/protect"), path
    async with visitor.http.get(f"{site.url}/api/v1/accounts") as answer:
        assert answer.status == 401
    app, recovery = await set_up(visitor, clock)
    assert len(set(recovery)) == 10
    assert (await visitor.get("/accounts")).path == "/accounts"

    other = come()
    page = await other.sign_in("anne")
    assert page.path.startswith("/sign-in/second")
    step = page.field("step")
    assert (await other.get("/accounts")).path.startswith("/sign-in")
    await other.get("/sign-in/second", step=step)
    replayed = await other.post("/sign-in/second", step=step, code=shown(app, clock))
    assert (replayed.status, "was used already" in replayed.text) == (403, True)
    later(clock, seconds=30)
    page = await other.post("/sign-in/second", step=step, code=shown(app, clock), next="/accounts")
    assert page.path == "/accounts"
    newest = (await journalled(site))[0]
    assert (newest.kind, newest.detail) == ("signed_in", '{"method":"password","second":"totp"}')


async def test_a_recovery_code_stands_for_the_phone_once(site: Site, come: Come, clock: ManualClock) -> None:
    visitor = come()
    await visitor.sign_in("anne")
    _, recovery = await set_up(visitor, clock)
    for attempt, path in (("first", "/me"), ("again", "/sign-in/second")):
        other = come()
        step = (await other.sign_in("anne")).field("step")
        page = await other.post("/sign-in/second", step=step, code=recovery[3].lower(), next="/me")
        assert page.path == path, attempt
    rows = await site.services.database.read(lambda conn: conn.all("SELECT * FROM recovery_code"))
    assert len(rows) == 9
    assert not any(code in str(rows) for code in recovery)


async def test_five_wrong_codes_end_the_step_and_more_must_wait(site: Site, come: Come, clock: ManualClock) -> None:
    owner = come()
    await owner.sign_in("anne")
    app, _ = await set_up(owner, clock)
    later(clock, seconds=60)
    thief = come()
    statuses = []
    for _ in range(3):
        page = await thief.sign_in("anne")
        step = page.field("step")
        for _ in range(6):
            wrong = str((int(shown(app, clock)) + 1234) % 10**6).zfill(6)
            page = await thief.post("/sign-in/second", step=step, code=wrong, csrf=thief.page.field("csrf"))
            statuses.append(page.status)
    assert statuses[:6] == [403] * 5 + [409]
    assert statuses[-1] == 429
    # Whoever has the password but not the phone keeps the owner out neither by the device nor at a passkey.
    page = await owner.post("/sign-out", csrf=(await owner.get("/me")).field("csrf"))
    page = await owner.sign_in("anne")
    page = await owner.post("/sign-in/second", step=page.field("step"), code=shown(app, clock), next="/me")
    assert page.path == "/me"


async def test_a_second_step_belongs_to_the_browser_that_began_it(site: Site, come: Come, clock: ManualClock) -> None:
    owner = come()
    await owner.sign_in("anne")
    app, _ = await set_up(owner, clock)
    later(clock, seconds=60)
    begun, other = come(), come()
    step = (await begun.sign_in("anne")).field("step")
    await other.get("/sign-in")
    page = await other.post("/sign-in/second", step=step, code=shown(app, clock), next="/me")
    assert page.status == 409
    later(clock, minutes=10)
    page = await begun.post("/sign-in/second", step=step, code=shown(app, clock), next="/me")
    assert page.status == 409


async def test_who_has_no_privileged_role_may_do_without(site: Site, come: Come, account: MakeAccount) -> None:
    await account("berthe", f"teacher@school:{UAI}")
    visitor = come()
    assert (await visitor.sign_in("berthe")).path == "/me"


async def test_a_teacher_who_chose_codes_is_asked_for_them(
    site: Site, come: Come, account: MakeAccount, clock: ManualClock
) -> None:
    await account("berthe", f"teacher@school:{UAI}")
    visitor = come()
    await visitor.sign_in("berthe")
    app, _ = await set_up(visitor, clock)
    later(clock, seconds=30)
    other = come()
    page = await other.sign_in("berthe")
    assert page.path.startswith("/sign-in/second")
    page = await other.post("/sign-in/second", step=page.field("step"), code=shown(app, clock), next="/me")
    assert page.path == "/me"
    page = await other.post("/me/one-time-codes/remove")
    assert "no one-time codes any more" in page.text
    assert (await come().sign_in("berthe")).path == "/me"


async def test_an_administrator_with_a_passkey_cannot_come_in_by_the_password_alone(
    site: Site, come: Come, clock: ManualClock
) -> None:
    key = Authenticator(site.services.settings.people.url)
    visitor = come()
    await visitor.sign_in("anne")
    _, options, _ = await visitor.raw("/me/passkeys/options")
    page = await visitor.post("/me/passkeys", answer=key.make(options), next="/accounts")
    assert page.path == "/accounts"
    other = come()
    page = await other.sign_in("anne")
    assert page.path.startswith("/sign-in/second")
    assert 'name="code"' not in page.text
    step = page.field("step")
    assert (await other.post("/sign-in/second", step=step, code="000000")).status == 403
    stranger = Authenticator(key.origin)
    await other.get("/sign-in/second", step=step)
    _, asked, _ = await other.raw("/sign-in/passkey/options", step=step)
    assert (await other.post("/sign-in/second", step=step, answer=stranger.sign(asked))).status == 403
    await other.get("/sign-in/second", step=step)
    _, asked, _ = await other.raw("/sign-in/passkey/options", step=step)
    page = await other.post("/sign-in/second", step=step, answer=key.sign(asked), next="/accounts")
    assert page.path == "/accounts"
    assert (await journalled(site))[0].detail == '{"method":"password","second":"passkey"}'


@pytest.fixture
async def factors(any_database: Database, clock: ManualClock) -> SecondFactors:
    vault = Vault(bytes(range(32)))
    return SecondFactors(any_database, clock, Journal(clock), vault, AccessRules(), name="Valise MACS")


@pytest.fixture
async def session(any_database: Database, clock: ManualClock) -> Session:
    """A technician who is signed in."""
    account_id = await create_account(any_database, clock, Journal(clock), "theo", PASSWORD, Role.TECHNICIAN)
    grants = (Grant(role=Role.TECHNICIAN),)
    return Session(digest="d", account_id=account_id, login="theo", grants=grants, csrf="c", expires_at=2**50)


async def test_codes_on_both_engines(
    factors: SecondFactors, session: Session, clock: ManualClock, any_database: Database
) -> None:
    offer = await factors.offer(session)
    again = await factors.offer(session)
    assert again.secret != offer.secret
    assert again.address.startswith("otpauth://totp/Valise%20MACS:theo?")
    assert await factors.offered(session) == again
    app = app_of(again.secret)
    with pytest.raises(CodeRefused):
        await factors.check(session.account_id, shown(app, clock))
    with pytest.raises(CodeRefused):
        await factors.confirm(session, "123")
    recovery = await factors.confirm(session, shown(app, clock, off=-1))
    with pytest.raises(FactorThere):
        await factors.offer(session)
    with pytest.raises(NoFactor):
        await factors.confirm(session, shown(app, clock, off=1))
    rows = await any_database.read(lambda conn: conn.all("SELECT sealed_secret FROM totp_secret"))
    assert base64.b32decode(again.secret.replace(" ", "")) not in bytes(rows[0]["sealed_secret"])
    assert await factors.check(session.account_id, shown(app, clock)) == "totp"
    for off in (-1, 0):
        with pytest.raises(CodeRefused):
            await factors.check(session.account_id, shown(app, clock, off=off))
    assert (
        await factors.check(session.account_id, f" {shown(app, clock, off=1)[:3]} {shown(app, clock, off=1)[3:]}")
        == "totp"
    )
    clock.advance(timedelta(minutes=5))
    for off in (-2, 2):
        with pytest.raises(CodeRefused):
            await factors.check(session.account_id, shown(app, clock, off=off))
    assert await factors.check(session.account_id, recovery[0]) == "recovery"
    with pytest.raises(CodeRefused):
        await factors.check(session.account_id, recovery[0])
    fresh = await factors.new_recovery_codes(session)
    with pytest.raises(CodeRefused):
        await factors.check(session.account_id, recovery[1])
    assert (await factors.of(session.account_id)).recovery_codes == len(fresh) == 10
    with pytest.raises(StillNeedsFactor):
        await factors.remove(session)
    assert (await factors.of(session.account_id)).totp_since is not None
