"""The networks of schools over the API: whole lists, in the places of one's role."""

from mdm.clock import ManualClock
from mdm.journal import Journal
from mdm.store import Database
from tests.api.conftest import Api
from webui.api.tokens import Tokens
from webui.roles import Role
from webui.scopes import parse_scope

PATH = "/schools/0400377T/networks"


async def test_a_technician_and_a_manager_set_them_and_a_head_reads_them(api: Api) -> None:
    for role in (Role.TECHNICIAN, Role.MANAGER):
        done = await api.ask("PUT", PATH, role=role, json={"networks": ["203.0.113.7", "203.0.113.7/32"]})
        assert (done.status, done.json) == (200, {"networks": ["203.0.113.7/32"]})
    assert (await api.ask("GET", PATH, role=Role.HEAD)).json == {"networks": ["203.0.113.7/32"]}
    assert (await api.ask("PUT", PATH, role=Role.HEAD, json={"networks": []})).code == "not_allowed"
    assert (await api.ask("GET", PATH, role=Role.PARENT)).code == "not_allowed"


async def test_what_cannot_be_a_schools_network_is_refused_by_name(api: Api) -> None:
    async def refused(network: str) -> str:
        return (await api.ask("PUT", PATH, role=Role.TECHNICIAN, json={"networks": [network]})).code

    assert await refused("10.0.0.0/24") == "school_network_private"
    assert await refused("90.0.0.0/8") == "school_network_too_wide"
    assert await refused("127.0.0.1") == "school_network_nowhere"
    assert await refused("chez nous") == "school_network_invalid"
    unknown = await api.ask("PUT", "/schools/0400001J/networks", role=Role.TECHNICIAN, json={"networks": []})
    assert unknown.code == "school_unknown"


async def test_a_program_sets_those_of_its_own_places_alone(api: Api, database: Database, clock: ManualClock) -> None:
    new = await Tokens(database, clock, Journal(clock)).create(
        "test", Role.TECHNICIAN, scope=parse_scope("commune:40001"), days=1, actor="test"
    )
    headers = {"Authorization": f"Bearer {new.secret}"}
    for method, body in (("GET", None), ("PUT", {"networks": ["203.0.113.7"]})):
        answer = await api.ask(method, PATH, role=None, json=body, headers=headers)
        assert (answer.status, answer.code) == (403, "not_allowed")
