"""Who asks: bearer tokens, and sessions with the token of their forms."""

import re
from datetime import timedelta

import aiohttp

from mdm.clock import ManualClock
from mdm.journal import Journal, latest_entries
from mdm.store import Database
from tests.api.conftest import Api
from tests.webui.conftest import PASSWORD, MakeSite, Site
from webui.accounts import Accounts
from webui.api.tokens import Tokens
from webui.passwords import Passwords
from webui.roles import Role
from webui.scopes import Grant


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def signed_in(session: aiohttp.ClientSession, site: Site, login: str = "anne") -> str:
    """Sign in by the page, and return what the API says to send with changes."""
    async with session.get(f"{site.url}/sign-in") as page:
        form_token = re.search(r'name="csrf" value="([^"]+)"', await page.text())
    assert form_token is not None
    form = {"csrf": form_token[1], "login": login, "password": PASSWORD, "next": "/"}
    async with session.post(f"{site.url}/sign-in", data=form, allow_redirects=False) as answer:
        assert answer.status == 303
    async with session.get(f"{site.url}/api/v1/me") as me:
        return str((await me.json())["csrf_token"])


def jar() -> aiohttp.CookieJar:
    return aiohttp.CookieJar(unsafe=True)


async def test_a_revoked_token_is_refused_at_once(api: Api, database: Database, clock: ManualClock) -> None:
    tokens = Tokens(database, clock, Journal(clock))
    new = await tokens.create("inventory", Role.TECHNICIAN, days=30, actor="test")
    assert (await api.ask("GET", "/me", role=None, headers=bearer(new.secret))).status == 200
    await tokens.revoke(new.token.token_id, actor="test")
    reply = await api.ask("GET", "/me", role=None, headers=bearer(new.secret))
    assert (reply.status, reply.code) == (401, "token_refused")
    assert 'error="invalid_token"' in reply.headers["WWW-Authenticate"]


async def test_a_token_holds_until_its_day(api: Api, database: Database, clock: ManualClock) -> None:
    new = await Tokens(database, clock, Journal(clock)).create("inventory", Role.TECHNICIAN, days=2, actor="test")
    clock.advance(timedelta(days=2) - timedelta(milliseconds=1))
    assert (await api.ask("GET", "/me", role=None, headers=bearer(new.secret))).status == 200
    clock.advance(timedelta(milliseconds=1))
    assert (await api.ask("GET", "/me", role=None, headers=bearer(new.secret))).status == 401


async def test_only_the_digest_of_a_token_is_stored(api: Api, database: Database) -> None:
    created = await api.ask("POST", "/tokens", json={"name": "inventory", "role": "technician"})
    secret = created.json["secret"]
    assert len(secret) >= len("valise_") + 43

    def everything(conn: object) -> str:
        tables = [row["name"] for row in conn.all("SELECT name FROM sqlite_master WHERE type = 'table'")]  # type: ignore[attr-defined]
        return "\n".join(str(conn.all(f"SELECT * FROM {name}")) for name in tables)  # type: ignore[attr-defined]

    assert secret not in await database.read(everything)


async def test_wrong_tokens_from_an_address_must_wait_and_right_ones_need_not(api: Api, clock: ManualClock) -> None:
    statuses = [
        (await api.ask("GET", "/me", role=None, headers=bearer(f"valise_{number}"))).status for number in range(30)
    ]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    slowed = await api.ask("GET", "/me", role=None, headers=bearer("valise_x"))
    assert slowed.code == "too_many_attempts"
    assert 0 < int(slowed.headers["Retry-After"]) <= 60
    assert (await api.ask("GET", "/me")).status == 200
    clock.advance(timedelta(hours=1))
    assert (await api.ask("GET", "/me", role=None, headers=bearer("valise_x"))).status == 401


async def test_the_demonstration_opens_its_pages_and_not_the_api(make_site: MakeSite) -> None:
    site = await make_site(demo=True)
    async with aiohttp.ClientSession() as session:
        async with session.get(site.kit_url) as page:
            assert page.status == 200
        async with session.get(f"{site.url}/api/v1/kits") as refused:
            assert refused.status == 401
        async with session.get(f"{site.url}/api/v1/kits", headers={"Host": "evil.example"}) as foreign:
            assert (foreign.status, (await foreign.json(content_type=None))["code"]) == (403, "foreign_host")


async def test_other_schemes_and_strange_tokens_are_refused(api: Api) -> None:
    for value, code in (
        ("Basic YW5uZTphbm5l", "credentials_needed"),
        ("Bearer", "token_refused"),
        ("bearer x y", "token_refused"),
        ("Bearer \u00e9", "token_refused"),
    ):
        reply = await api.ask("GET", "/me", role=None, headers={"Authorization": value})
        assert (reply.status, reply.code) == (401, code), value


async def test_a_session_reads_and_changes_only_with_its_own_token(api: Api, site: Site) -> None:
    body = {"name": "inventory", "role": "technician"}
    async with aiohttp.ClientSession(cookie_jar=jar()) as session:
        csrf = await signed_in(session, site)
        address = f"{site.url}/api/v1/tokens"
        refusals: tuple[dict[str, str], ...] = (
            {},
            {"X-CSRF-Token": "x" * 43},
            {"X-CSRF-Token": csrf, "Origin": "https://evil.example"},
            {"X-CSRF-Token": csrf, "Sec-Fetch-Site": "cross-site"},
        )
        for headers in refusals:
            async with session.post(address, json=body, headers=headers) as refused:
                assert (refused.status, (await refused.json(content_type=None))["code"]) == (403, "csrf_refused")
        async with session.post(address, json=body, headers={"X-CSRF-Token": csrf, "Origin": site.url}) as made:
            assert made.status == 201
            assert (await made.json())["token"]["created_by"] == "account:anne"
    assert len((await api.ask("GET", "/tokens")).json["items"]) == len(Role) + 1


async def test_a_session_of_an_account_that_ended_ends_at_once(
    site: Site, database: Database, clock: ManualClock
) -> None:
    accounts = Accounts(database, clock, Journal(clock), Passwords())
    await accounts.create("berthe", PASSWORD, Grant(role=Role.TEACHER), actor="test")
    async with aiohttp.ClientSession(cookie_jar=jar()) as session:
        await signed_in(session, site, "berthe")
        async with session.get(f"{site.url}/api/v1/me") as me:
            assert (await me.json())["grants"] == [{"role": "teacher", "at": "territory"}]
        await accounts.change("berthe", disabled=True, actor="test")
        async with session.get(f"{site.url}/api/v1/me") as me:
            assert me.status == 401
        async with session.get(f"{site.url}/sign-in") as page:
            form_token = re.search(r'name="csrf" value="([^"]+)"', await page.text())
        assert form_token is not None
        form = {"csrf": form_token[1], "login": "berthe", "password": PASSWORD}
        async with session.post(f"{site.url}/sign-in", data=form) as answer:
            assert answer.status == 403


async def test_the_pages_of_the_fleet_are_for_those_who_may_see_it(
    site: Site, database: Database, clock: ManualClock
) -> None:
    accounts = Accounts(database, clock, Journal(clock), Passwords())
    for login, role in (("tim", Role.TECHNICIAN), ("denise", Role.DSDEN), ("paul", Role.PARENT)):
        await accounts.create(login, PASSWORD, Grant(role=role), actor="test")
    found = {}
    for login in ("tim", "denise", "paul"):
        async with aiohttp.ClientSession(cookie_jar=jar()) as session:
            csrf = await signed_in(session, site, login)
            async with session.get(site.kit_url) as page:
                seen = page.status
            async with session.post(f"{site.kit_url}/code", data={"csrf": csrf}, allow_redirects=False) as changed:
                made = changed.status
            async with session.post(f"{site.url}/sign-out", data={"csrf": csrf}, allow_redirects=False) as left:
                found[login] = (seen, made, left.status)
    assert found == {"tim": (200, 303, 303), "denise": (200, 403, 303), "paul": (403, 403, 303)}


async def test_tokens_and_accounts_are_in_the_journal_without_names_or_secrets(api: Api, database: Database) -> None:
    created = (await api.ask("POST", "/tokens", json={"name": "for the inventory", "role": "technician"})).json
    token_id = created["token"]["token_id"]
    await api.ask("DELETE", f"/tokens/{token_id}")
    await api.ask(
        "POST",
        "/accounts",
        json={"login": "berthe", "grants": [{"role": "teacher", "at": "territory"}], "password": PASSWORD},
    )
    entries = await database.read(lambda conn: latest_entries(conn, limit=3))
    assert [(one.kind, one.subject) for one in entries] == [
        ("account_created", "account:berthe"),
        ("token_revoked", f"token:{token_id}"),
        ("token_created", f"token:{token_id}"),
    ]
    assert all(one.actor.startswith("token:") for one in entries)
    assert all(created["secret"] not in one.detail and "inventory" not in one.detail for one in entries)
