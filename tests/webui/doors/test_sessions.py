"""Sessions: on the server's side, ended by time, by their owner, by a lost right, renamed at a change of rights."""

import asyncio
from datetime import timedelta

import pytest

from mdm.clock import ManualClock
from mdm.journal import Journal
from mdm.store import Database
from tests.webui.conftest import Site
from tests.webui.doors.conftest import UAI, Come, MakeAccount, Visitor, journalled, later
from webui.access import LANGUAGE_COOKIE
from webui.accounts import Accounts
from webui.passwords import Passwords
from webui.roles import Role
from webui.rules import AccessRules
from webui.scopes import Grant
from webui.sessions import Proof, Sessions, create_account

HOUR = 3600 * 1000
RULES = AccessRules(secure_cookies=False, session_ms=12 * HOUR, idle_ms=4 * HOUR)


@pytest.fixture
async def sessions(any_database: Database, clock: ManualClock) -> Sessions:
    return Sessions(any_database, clock, Journal(clock), Passwords(), RULES)


@pytest.fixture
async def teacher(any_database: Database, clock: ManualClock) -> str:
    return await create_account(any_database, clock, Journal(clock), "berthe", "x" * 12, Role.TEACHER)


async def test_a_session_ends_after_twelve_hours_and_after_four_without_use(
    sessions: Sessions, teacher: str, clock: ManualClock
) -> None:
    idle = await sessions.open(teacher, Proof(method="password"))
    used = await sessions.open(teacher, Proof(method="password"))
    for _ in range(3):
        clock.advance(timedelta(hours=3, minutes=40))
        assert await sessions.find(used) is not None
    clock.advance(timedelta(minutes=40))
    assert await sessions.find(idle) is None
    # The eleventh hour has begun; the twelfth ends it.
    assert await sessions.find(used) is not None
    clock.advance(timedelta(minutes=20))
    assert await sessions.find(used) is None


async def test_only_a_digest_of_the_cookie_is_kept_and_no_address(
    sessions: Sessions, teacher: str, any_database: Database
) -> None:
    cookie = await sessions.open(teacher, Proof(method="passkey", device="Firefox/Linux"))
    row = await any_database.read(lambda conn: conn.one("SELECT * FROM session"))
    assert row is not None
    assert cookie not in str(row)
    assert not {"address", "ip", "user_agent"} & set(row)
    assert row["seen_at"] % 600_000 == 0


async def test_a_cookie_is_changed_and_the_one_before_is_good_for_a_minute(
    sessions: Sessions, teacher: str, clock: ManualClock
) -> None:
    cookie = await sessions.open(teacher, Proof(method="password"))
    before = await sessions.find(cookie)
    assert before is not None
    both = await asyncio.gather(sessions.renew(before), sessions.renew(before))
    fresh = [one for one in both if one]
    assert len(fresh) == 1
    for one in (cookie, fresh[0]):
        found = await sessions.find(one)
        assert found is not None
        assert found.session_id == before.session_id
    clock.advance(timedelta(minutes=1))
    assert await sessions.find(cookie) is None
    assert await sessions.find(fresh[0]) is not None


async def test_a_privileged_session_by_a_password_alone_owes_a_second_factor(
    sessions: Sessions, teacher: str, any_database: Database, clock: ManualClock
) -> None:
    cookie = await sessions.open(teacher, Proof(method="password"))
    found = await sessions.find(cookie)
    assert (found is not None, found and found.owes) == (True, "")
    accounts = Accounts(any_database, clock, Journal(clock), Passwords())
    await accounts.change("berthe", grants=[Grant(role=Role.TECHNICIAN)], actor="test")
    found = await sessions.find(cookie)
    assert found is not None
    assert (found.owes, found.renew) == ("set_up", True)
    strong = await sessions.find(await sessions.open(teacher, Proof(method="passkey")))
    assert strong is not None
    assert strong.owes == ""


async def test_ones_sessions_are_listed_and_ended_one_by_one_or_all(
    site: Site, come: Come, account: MakeAccount
) -> None:
    await account("berthe", f"teacher@school:{UAI}")
    here = come()
    phone = come(agent="Mozilla/5.0 (Linux; Android 14) Chrome/140.0 Safari/537.36")
    tablet = come(agent="Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) Version/18.1 Safari/604.1")
    for visitor in (here, phone, tablet):
        await visitor.sign_in("berthe")
    page = await here.get("/me")
    assert all(device in page.text for device in ("Firefox · Linux", "Chrome · Android", "Safari · iPad"))
    sessions = Sessions(site.services.database, site.services.clock, site.services.journal, Passwords())
    found = await sessions.find(phone.cookies["valise"])
    assert found is not None
    page = await here.post(f"/me/sessions/{found.session_id}/end")
    assert "Chrome · Android" not in page.text
    assert (await phone.get("/me")).path.startswith("/sign-in")
    assert (await tablet.get("/me")).path == "/me"
    await here.post("/me/sessions/end-others")
    assert (await tablet.get("/me")).path.startswith("/sign-in")
    assert (await here.get("/me")).path == "/me"
    kinds = [one.kind for one in await journalled(site)]
    assert kinds[:2] == ["sessions_ended", "session_ended"]


async def test_somebody_elses_session_is_not_ended(site: Site, come: Come, account: MakeAccount) -> None:
    await account("berthe", f"teacher@school:{UAI}")
    await account("paul", f"teacher@school:{UAI}")
    one, other = come(), come()
    await one.sign_in("berthe")
    await other.sign_in("paul")
    sessions = Sessions(site.services.database, site.services.clock, site.services.journal, Passwords())
    found = await sessions.find(one.cookies["valise"])
    assert found is not None
    await other.post(f"/me/sessions/{found.session_id}/end")
    assert (await one.get("/me")).path == "/me"


async def test_another_role_changes_the_cookie_at_the_next_page_and_loses_nothing(
    site: Site, come: Come, account: MakeAccount, clock: ManualClock
) -> None:
    await account("berthe", f"teacher@school:{UAI}")
    visitor = come()
    await visitor.sign_in("berthe")
    before = visitor.cookies["valise"]
    accounts = Accounts(site.services.database, clock, site.services.journal, Passwords())
    await accounts.change("berthe", grants=[Grant(role=Role.DPO)], actor="test")
    assert "Data protection officer" in (await visitor.get("/me")).text
    after = visitor.cookies["valise"]
    assert after != before
    later(clock, minutes=1)
    assert (await visitor.get("/me")).path == "/me"
    old = come(Cookie=f"valise={before}")
    assert (await old.get("/me")).path.startswith("/sign-in")


async def test_an_account_that_ends_is_out_everywhere_at_once(
    site: Site, come: Come, account: MakeAccount, clock: ManualClock
) -> None:
    await account("berthe", f"teacher@school:{UAI}")
    visitor = come()
    await visitor.sign_in("berthe")
    accounts = Accounts(site.services.database, clock, site.services.journal, Passwords())
    await accounts.change("berthe", disabled=True, actor="test")
    assert (await visitor.get("/me")).path.startswith("/sign-in")
    assert (await come().sign_in("berthe")).status == 403


async def test_what_changes_how_one_signs_in_is_confirmed_after_half_an_hour(
    site: Site, come: Come, account: MakeAccount, clock: ManualClock
) -> None:
    await account("berthe", f"teacher@school:{UAI}")
    visitor = come()
    await visitor.sign_in("berthe")
    later(clock, minutes=31)
    await visitor.get("/me")
    page = await visitor.post("/me/password", new_password="another long password")
    assert page.path == "/sign-in/confirm?next=/me"
    assert (await visitor.post("/sign-in/confirm", password="wrong wrong", next="/me")).status == 403
    before = visitor.cookies["valise"]
    page = await visitor.post("/sign-in/confirm", password="cheval correct batterie", next="/me")
    assert page.path == "/me"
    assert visitor.cookies["valise"] != before
    page = await visitor.post("/me/password", new_password="another long password")
    assert "was changed" in page.text


async def test_forms_of_elsewhere_and_of_another_session_are_refused(
    site: Site, come: Come, account: MakeAccount
) -> None:
    await account("berthe", f"teacher@school:{UAI}")
    visitor = come()
    await visitor.sign_in("berthe")
    for path in ("/sign-out", "/me/sessions/end-others", "/me/password", "/me/recovery-codes"):
        assert (await visitor.post(path, csrf="x" * 43)).status == 403
    foreign: Visitor = come(Origin="https://elsewhere.example")
    await foreign.get("/sign-in")
    assert (await foreign.post("/sign-in", login="berthe", password="cheval correct batterie")).status == 403


async def test_cookies_are_for_this_site_alone(site: Site, come: Come, account: MakeAccount) -> None:
    await account("berthe", f"teacher@school:{UAI}")
    visitor = come()
    await visitor.sign_in("berthe")
    for cookie in visitor.http.cookie_jar:
        if cookie.key == LANGUAGE_COOKIE:
            continue
        assert cookie["httponly"], cookie.key
        assert cookie["samesite"] == "Lax", cookie.key
