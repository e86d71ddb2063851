"""From a code to a tablet that lives at its own address."""

import asyncio

import pytest

from mdm.simulator.android.build import AgentBuild
from mdm.simulator.android.device import make_tablets
from mdm.simulator.android.errors import NotJoined
from tests.simulator_android.headwind import SECRET, sha1
from tests.simulator_android.tablets import apk, until


async def test_a_tablet_joins_moves_to_its_own_address_and_installs_its_apps(headwind, make_agent) -> None:
    headwind.configs["k-kit"] = {"newServerUrl": f"{headwind.url}/d-own", "pushOptions": "polling"}
    headwind.files["maps-3.apk"] = apk("org.example.maps", "3.0", 30)
    headwind.configs["d-own"] = {
        "pushOptions": "polling",
        "newServerUrl": f"{headwind.url}/d-own",
        "restrictions": "no_factory_reset,no_install_apps",
        "applications": [
            {"pkg": "org.example.maps", "version": "3.0", "code": 30, "url": f"{headwind.url}/files/maps-3.apk"}
        ],
    }
    agent = make_agent()
    serial = agent.tablet.serial

    await agent.join(headwind.code(CONFIG="7", GROUP="5A,5B"))

    assert headwind.order() == [
        "GET file ",  # Android fetches the agent
        "POST config k-kit",
        "GET rules k-kit",
        "GET config k-kit",
        "GET rules k-kit",
        "GET config d-own",  # the probe
        "GET config d-own",
        "GET rules d-own",
        "GET file ",
        "POST info d-own",
        "POST logs d-own",
    ]
    enrol = headwind.of("config")[0]
    assert enrol.body == {"customer": None, "configuration": "7", "groups": ["5A", "5B"], "groupSet": ["5A", "5B"]}
    assert enrol.headers["X-Request-Signature"] == sha1(SECRET + serial)
    assert enrol.headers["X-CPU-Arch"] == agent.tablet.spec.model.abis[0]
    info = headwind.infos[0]
    assert info["deviceId"] == info["serial"] == serial
    assert [(app["pkg"], app["version"]) for app in info["applications"]] == [("org.example.maps", "3.0")]
    assert agent.tablet.restrictions == {"no_safe_boot", "no_factory_reset", "no_install_apps"}
    await until(lambda: len(headwind.of("poll")) == 1)
    poll = headwind.of("poll")[0]
    assert (poll.project, poll.number) == ("d-own", serial)
    assert poll.headers["X-Request-Signature"] == sha1(f"{SECRET}d-own/rest/notification/polling/{serial}")


async def test_a_message_makes_a_tablet_look_again(headwind, joined) -> None:
    stop = asyncio.Event()
    living = asyncio.create_task(joined.live(stop))
    headwind.configs["k-kit"] = {"pushOptions": "polling", "restrictions": "no_sms"}
    headwind.say(joined.tablet.serial, {"messageType": "configUpdated", "payload": None})
    await until(lambda: "no_sms" in joined.tablet.restrictions)
    stop.set()
    await living


async def test_a_name_given_by_the_server_is_used_at_once(headwind, make_agent) -> None:
    headwind.configs["k-kit"]["newNumber"] = "5A-01"
    agent = make_agent()
    await agent.join(headwind.code())
    assert [one.number for one in headwind.of("config")] == [agent.tablet.serial, "5A-01"]
    assert {one.number for one in headwind.of("rules")} == {"5A-01"}
    assert headwind.infos[0]["deviceId"] == "5A-01"
    assert agent.told("renamed") == ["5A-01"]


async def test_what_the_code_said_for_the_first_request_is_forgotten(headwind, make_agent) -> None:
    agent = make_agent()
    await agent.join(headwind.code(CONFIG="7"))
    agent.memory.config = None
    await agent.update()
    assert headwind.of("config")[0].body["configuration"] == "7"
    again = headwind.of("config")[-1]
    assert (again.method, again.body) == (
        "POST",
        {"customer": None, "configuration": None, "groups": None, "groupSet": None},
    )


async def test_a_platform_that_gives_no_serial_makes_an_empty_number_first(headwind, make_agent) -> None:
    agent = make_agent()
    agent.tablet.gives_serial = False
    headwind.script("config", 404, 404, 404)
    await agent.join(headwind.code())
    assert [one.number for one in headwind.of("config")] == ["", "", "", agent.tablet.serial]
    assert headwind.of("config")[0].path.endswith("/rest/public/sync/configuration/")
    assert headwind.of("config")[-1].method == "POST"


async def test_a_person_types_what_no_code_says(headwind, make_agent) -> None:
    agent = make_agent()
    with pytest.raises(NotJoined):
        await agent.join(headwind.code(DEVICE_ID_USE=None))
    assert not agent.tablet.owned
    agent.tablet.person = "5A 01/é"
    await agent.join(headwind.code(DEVICE_ID_USE=None))
    first = headwind.of("config")[0]
    assert first.number == "5A 01/é"
    assert first.path.endswith("/5A%2001%2F%C3%A9")
    assert first.headers["X-Request-Signature"] == sha1(SECRET + "5A 01/é")


async def test_an_address_and_a_number_are_typed(headwind, make_agent) -> None:
    agent = make_agent()
    await agent.join_by_hand(f"{headwind.url}/k-kit/", "5A-01")
    assert headwind.order()[:2] == ["POST config k-kit", "GET rules k-kit"]
    assert headwind.of("info")[0].body["deviceId"] == "5A-01"


async def test_two_segments_of_a_typed_path_arrive_as_one(headwind, make_agent) -> None:
    headwind.configs["k/kit"] = headwind.configs["k-kit"]
    agent = make_agent()
    await agent.join_by_hand(f"{headwind.url}/k/kit", "5A-01")
    assert headwind.of("config")[0].path.startswith("/k%2Fkit/rest/")


async def test_the_agent_scans_the_set_up_code_itself(headwind, make_agent) -> None:
    agent = make_agent()
    await agent.join_by_scanning(headwind.code())
    assert headwind.order()[0] == "POST config k-kit"
    assert agent.enrolled


@pytest.mark.parametrize("refusal", [403, 404, 500, 204, b"", b"<html>", b'{"status":"ERROR","message":"no"}'])
async def test_a_tablet_that_gets_no_configuration_asks_a_person_and_may_try_again(
    headwind, make_agent, refusal
) -> None:
    agent = make_agent()
    headwind.script("config", *[refusal] * 20)
    with pytest.raises(NotJoined):
        await agent.join(headwind.code(CONN_RETRY_COUNT=1))
    twice = refusal in (b"", b"<html>")  # what cannot be read is asked of the second host at once
    assert len(headwind.of("config")) == (4 if twice else 2)
    assert agent.told("asked")
    headwind.unscript()
    await agent.join(headwind.code())
    assert agent.enrolled


async def test_a_base_with_a_path_turns_to_the_server_compiled_in_which_is_never_called(headwind, make_agent) -> None:
    agent = make_agent()
    with pytest.raises(NotJoined):
        await agent.join(headwind.code(BASE_URL=f"{headwind.url}/k/s3"))
    assert not headwind.of("config")
    assert "compiled" in agent.told("asked")[0]
    own = make_agent(build=AgentBuild(compiled_base=headwind.url))
    await own.join(headwind.code(BASE_URL=f"{headwind.url}/k/s3"))
    assert headwind.of("config")[0].project == "k-kit"


async def test_a_tablet_trusts_the_authority_that_its_code_names(headwind, make_agent, secure_headwind) -> None:
    server, authority = secure_headwind
    headwind.files["school.pem"] = authority
    stranger = make_agent()
    with pytest.raises(NotJoined):
        await stranger.join(headwind.code(BASE_URL=server.url))
    assert "trust_anchor" in stranger.told("asked")[0]
    agent = make_agent()
    await agent.join(headwind.code(BASE_URL=server.url, CERTS=f"{headwind.url}/files/school.pem"))
    assert agent.enrolled
    assert server.of("config")
    trusting = make_agent(roots=[authority])
    await trusting.join(server.code())
    assert trusting.enrolled


def test_tablets_are_the_same_for_the_same_seed() -> None:
    one, same, other = make_tablets(5), make_tablets(5), make_tablets(5, seed=2)
    assert [tablet.spec for tablet in one] == [tablet.spec for tablet in same]
    assert len({tablet.serial for tablet in [*one, *other]}) == 10
