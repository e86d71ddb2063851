"""Roles over HTTP: a real request of each role to each operation, refused exactly when the table says so."""

import msgspec
import pytest

from tests.api.conftest import Api, Serve, operations_of
from tests.webui.conftest import PASSWORD, Site
from webui.api.operation import Call, Creates, Operation, operation
from webui.api.results import Created, Nothing
from webui.passwords import Passwords
from webui.permissions import COMMITTEE_ACTIONS, Action, opens
from webui.roles import Role
from webui.sessions import Proof, Sessions, create_account

EXAMPLES = {"kit_id": "0" * 32, "tablet_id": "0" * 32, "token_id": "0" * 32, "uai": "0400377T", "insee": "40018"}


def address(one: Operation) -> str:
    names = [field.name for field in msgspec.structs.fields(one.path_type)]
    return one.path.format(**{name: EXAMPLES.get(name, "nobody") for name in names})


async def session_of(site: Site, role: Role) -> dict[str, str]:
    """The headers of a browser in which a person of this role signed in."""
    services = site.services
    sessions = Sessions(services.database, services.clock, services.journal, Passwords())
    account_id = await create_account(services.database, services.clock, services.journal, f"a-{role}", PASSWORD, role)
    cookie = await sessions.open(account_id, Proof(method="passkey"))
    session = await sessions.find(cookie)
    assert session is not None
    return {"Cookie": f"valise={cookie}", "X-CSRF-Token": session.csrf}


@pytest.mark.parametrize("role", Role)
async def test_each_operation_is_refused_exactly_when_the_table_says(api: Api, site: Site, role: Role) -> None:
    signed_in = await session_of(site, role)
    for one in operations_of(site.services):
        refused = one.needs is not None and not opens(role, one.needs)
        # The domain may refuse too, with words of its own: a member without a seat has no vote.
        as_person = await api.ask(one.method, address(one), role=None, headers=signed_in)
        assert (as_person.status == 403 and as_person.code == "not_allowed") is refused, (one.name, as_person.status)
        as_program = await api.ask(one.method, address(one), role=role)
        assert as_program.status == 403 if refused else as_program.status != 401, (one.name, as_program.status)


async def test_nobody_asks_without_saying_who(api: Api, site: Site) -> None:
    for one in operations_of(site.services):
        reply = await api.ask(one.method, address(one), role=None)
        assert (reply.status, reply.code) == (401, "credentials_needed"), one.name
        assert reply.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_technicians_token_is_refused_for_each_thing_that_the_committee_does(serve: Serve) -> None:
    done: list[str] = []

    async def act(call: Call[Nothing, Nothing, Nothing]) -> Created[Nothing]:
        done.append(call.person.roles[0])
        return Created(value=Nothing(), location="/api/v1/me")

    def acting(action: Action) -> Operation:
        return operation("POST", f"/{action}", act, name=action, summary="", needs=action, creates=Creates.IN_STEPS)

    api = await serve([acting(action) for action in sorted(COMMITTEE_ACTIONS)])
    for action in COMMITTEE_ACTIONS:
        for role in (Role.TECHNICIAN, Role.ADMINISTRATOR):
            reply = await api.ask("POST", f"/{action}", role=role)
            assert (reply.status, reply.code) == (403, "not_allowed")
    assert done == []
    for action in COMMITTEE_ACTIONS - {Action.VALIDATE_PILOT}:
        assert (await api.ask("POST", f"/{action}", role=Role.MANAGER)).status == 201
    assert set(done) == {Role.MANAGER}
