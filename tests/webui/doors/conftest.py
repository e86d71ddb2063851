"""People at the doors: a browser without a window that keeps cookies and sends forms, and who is on the other side."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from html import unescape
from typing import Any

import aiohttp
import pytest
from argon2 import PasswordHasher
from yarl import URL

from mdm.clock import ManualClock
from mdm.journal import Entry, latest_entries
from mdm.store import Connection
from tests.mail.conftest import mail_server
from tests.webui.conftest import PASSWORD, MakeSite, Site
from webui.account_store import account_by_login
from webui.accounts import Accounts
from webui.passwords import Passwords
from webui.roles import Role
from webui.scopes import Grant, parse_scope

UAI = "0400377T"

__all__ = ["PASSWORD", "UAI", "mail_server"]


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id all the same, with little memory: these tests type hundreds of passwords."""
    quick = partial(PasswordHasher, time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr("webui.passwords.PasswordHasher", quick)


class Answer:
    """A page that came back, after redirects."""

    def __init__(self, status: int, url: URL, text: str, headers: Any) -> None:
        self.status, self.url, self.text, self.headers = status, url, unescape(text), headers

    @property
    def path(self) -> str:
        """Its path with the query."""
        return self.url.path_qs

    def field(self, name: str) -> str:
        """The value of a hidden field."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        assert found is not None, self.text
        return found[1]


class Visitor:
    """A browser: its cookies, and the last page, whose token its next form carries."""

    def __init__(self, site: Site, session: aiohttp.ClientSession) -> None:
        self.site = site
        self.http = session
        self.page = Answer(0, URL(), "", {})

    async def get(self, path: str, **query: str) -> Answer:
        """Open a page."""
        async with self.http.get(self._address(path), params=query or None, headers={"Accept": "text/html"}) as answer:
            return await self._seen(answer)

    async def post(self, path: str, **fields: str) -> Answer:
        """Send a form of the last page."""
        if "csrf" not in fields:
            fields["csrf"] = self.page.field("csrf")
        async with self.http.post(self._address(path), data=fields, headers={"Accept": "text/html"}) as answer:
            return await self._seen(answer)

    async def raw(self, path: str, **fields: str) -> tuple[int, bytes, Any]:
        """Send a form whose answer is no page."""
        if "csrf" not in fields:
            fields["csrf"] = self.page.field("csrf")
        async with self.http.post(self._address(path), data=fields) as answer:
            return answer.status, await answer.read(), answer.headers

    async def sign_in(self, login: str, password: str = PASSWORD) -> Answer:
        """Sign in by password; return where one arrives."""
        await self.get("/sign-in")
        return await self.post("/sign-in", login=login, password=password, next="/me")

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies for the site."""
        return {one.key: one.value for one in self.http.cookie_jar}

    def _address(self, path: str) -> str:
        return path if path.startswith("http") else f"{self.site.url}{path}"

    async def _seen(self, answer: aiohttp.ClientResponse) -> Answer:
        seen = Answer(answer.status, answer.url, await answer.text(), answer.headers)
        if 'name="csrf"' in seen.text:
            self.page = seen
        return seen


Come = Callable[..., Visitor]


ComeTo = Callable[..., Visitor]

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
async def come_to() -> AsyncIterator[ComeTo]:
    """Makes browsers at a site; ``agent`` is what a browser says it is."""
    made: list[aiohttp.ClientSession] = []

    def make(site: Site, agent: str = FIREFOX, **other: str) -> Visitor:
        headers = {"User-Agent": agent, "Accept-Language": "en", **other}
        made.append(aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), headers=headers))
        return Visitor(site, made[-1])

    yield make
    for session in made:
        await session.close()


@pytest.fixture
def come(site: Site, come_to: ComeTo) -> Come:
    """Makes browsers at this test's site."""
    return lambda **headers: come_to(site, **headers)


@pytest.fixture
async def site(make_site: MakeSite) -> Site:
    """A server whose privileged people need a second factor; ``anne`` is its administrator."""
    return await make_site(demo=False, second_factor="privileged")


MakeAccount = Callable[..., Awaitable[str]]


@pytest.fixture
def account(site: Site) -> MakeAccount:
    """Makes accounts: a login, and grants such as ``teacher@school:0400377T``."""

    async def make(login: str, *grants: str, password: str | None = PASSWORD) -> str:
        return await make_account(site, login, *grants, password=password)

    return make


async def make_account(site: Site, login: str, *grants: str, password: str | None = PASSWORD) -> str:
    services = site.services
    accounts = Accounts(services.database, services.clock, services.journal, Passwords())
    given = [grant_in(one) for one in grants]
    one = await accounts.prepare(login, password, *given)
    await services.database.write(lambda conn: accounts.add(conn, one, actor="test"))
    return one.account_id


def grant_in(text: str) -> Grant:
    role, _, scope = text.partition("@")
    return Grant(role=Role(role), scope=parse_scope(scope or "territory"))


async def journalled(site: Site, limit: int = 30) -> list[Entry]:
    """The newest entries of the journal, the newest first."""
    return await site.services.database.read(lambda conn: latest_entries(conn, limit=limit))


async def grants_held(site: Site, login: str) -> list[str]:
    """What an account may do."""

    def read(conn: Connection) -> list[str]:
        found = account_by_login(conn, login)
        assert found is not None
        return [str(one) for one in found.grants]

    return await site.services.database.read(read)


def later(clock: ManualClock, **step: int) -> None:
    """Let time pass."""
    clock.advance(timedelta(**step))
