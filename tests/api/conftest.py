"""The API, served on a port of this machine over a real database, with a token for each role."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from multidict import CIMultiDict

from mdm.clock import ManualClock
from mdm.i18n import Catalogs
from mdm.journal import Journal
from mdm.store import Database
from mdm.vault import Vault
from profiles.charter.convention import Convention
from tests.api.chamber import Chamber
from tests.charter.agreeing import SIMPLE
from tests.webui.conftest import MakeSite, Site, make_site
from webui.access import visitor_finder
from webui.api.application import api_operations
from webui.api.entry import Entry
from webui.api.operation import Operation
from webui.api.problems import problem_answers
from webui.api.router import Router
from webui.api.tokens import Tokens
from webui.app import rules_of
from webui.doors.parts import doors_of
from webui.failures import Failures
from webui.passwords import Passwords
from webui.roles import Role
from webui.rules import AccessRules
from webui.services import PeopleServices
from webui.sessions import Sessions
from webui.throttle import Gate

__all__ = ["make_site"]

RULES = AccessRules(secure_cookies=False)
CATALOGS = Catalogs("mdm", "mdm.fleet", "webui")


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, which must be JSON."""
        return msgspec.json.decode(self.body)

    @property
    def code(self) -> str:
        """The code of a problem, which this must be."""
        assert self.headers["Content-Type"] == "application/problem+json", (self.status, self.body)
        return str(self.json["code"])


class Api:
    """Asks the API as a program of some role does."""

    def __init__(self, url: str, tokens: Mapping[Role, str]) -> None:
        self.url = url
        self.tokens = tokens

    async def ask(
        self,
        method: str,
        path: str,
        *,
        role: Role | None = Role.ADMINISTRATOR,
        json: Any = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request; ``path`` is below /api/v1, or whole when it begins with /api/."""
        sent = dict(headers or {})
        if role is not None:
            sent.setdefault("Authorization", f"Bearer {self.tokens[role]}")
        if json is not None:
            data = msgspec.json.encode(json)
            sent.setdefault("Content-Type", "application/json")
        address = self.url + (path if path.startswith("/api/") else f"/api/v1{path}")
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.request(method, address, data=data, headers=sent, allow_redirects=False) as answer,
        ):
            return Reply(status=answer.status, headers=CIMultiDict(answer.headers), body=await answer.read())


def operations_of(services: PeopleServices) -> list[Operation]:
    """Every operation of the API."""
    rules, passwords = rules_of(services.settings), Passwords()
    sessions = Sessions(services.database, services.clock, services.journal, passwords, rules)
    return api_operations(services, doors_of(services, rules, passwords, sessions))


async def tokens_for_all(database: Database, clock: ManualClock) -> dict[Role, str]:
    """Make a token for each role."""
    tokens = Tokens(database, clock, Journal(clock))
    return {role: (await tokens.create(f"test {role}", role, days=30, actor="test")).secret for role in Role}


@pytest.fixture
async def site(make_site: MakeSite) -> Site:
    """The whole people listener, with the account ``anne`` of an administrator."""
    return await make_site(demo=False)


@pytest.fixture
async def api(site: Site, database: Database, clock: ManualClock) -> Api:
    """The real API."""
    return Api(site.url, await tokens_for_all(database, clock))


Serve = Callable[[Sequence[Operation]], Awaitable[Api]]


@pytest.fixture
async def serve(any_database: Database, clock: ManualClock) -> AsyncIterator[Serve]:
    """Serves operations of a test's own, on each engine in turn; each call is a server process of its own."""
    runners: list[web.AppRunner] = []
    tokens = await tokens_for_all(any_database, clock)

    async def start(operations: Sequence[Operation]) -> Api:
        journal = Journal(clock)
        wrong_tokens = Gate(Failures(any_database, clock, Vault(bytes(range(32)))), "token", free=20)
        entry = Entry(Tokens(any_database, clock, journal), wrong_tokens, RULES)
        sessions = Sessions(any_database, clock, journal, Passwords())
        app = web.Application(middlewares=[problem_answers(CATALOGS, clock), visitor_finder(RULES, CATALOGS, sessions)])
        app.add_routes(Router(any_database, clock, CATALOGS, entry).routes(operations))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return Api(f"http://127.0.0.1:{runner.addresses[0][1]}", tokens)

    yield start
    for runner in runners:
        await runner.cleanup()


MakeChamber = Callable[..., Awaitable[Chamber]]


@pytest.fixture
def make_chamber(site: Site, api: Api, database: Database, clock: ManualClock) -> MakeChamber:
    """Founds the charter of the real API with a convention."""

    async def make(convention: Convention = SIMPLE) -> Chamber:
        chamber = Chamber(site, api, database, clock)
        await chamber.begin(convention)
        return chamber

    return make


@pytest.fixture
async def chamber(make_chamber: MakeChamber) -> Chamber:
    """The real API with a founded charter: no notice, fourteen days to vote, urgent withdrawals for thirty."""
    return await make_chamber()
