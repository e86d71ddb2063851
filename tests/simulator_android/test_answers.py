"""What a living tablet does with answers that are none, and when it tries the second host."""

import pytest
from aiohttp import web

from mdm.simulator.android.build import AgentBuild
from mdm.simulator.android.errors import NotJoined
from mdm.simulator.android.means import Occasion
from tests.simulator_android.headwind import envelope

NOT_FOUND = envelope(None, status="ERROR", message="error.notfound.device")
RESTRICTED = {"pushOptions": "polling", "restrictions": "no_sms"}


@pytest.fixture
async def restricted(headwind, make_agent):
    headwind.configs["k-kit"] = dict(RESTRICTED)
    agent = make_agent()
    await agent.join(headwind.code())
    assert "no_sms" in agent.tablet.restrictions
    headwind.asked.clear()
    agent.events.clear()
    return agent


async def test_an_unknown_number_asks_a_person_and_leaves_the_restrictions_lifted(headwind, restricted) -> None:
    headwind.script("config", NOT_FOUND)
    assert await restricted.update() == "asks"
    assert restricted.tablet.restrictions == {"no_safe_boot"}
    assert headwind.order() == ["GET config k-kit"]
    assert "number" in restricted.told("asked")[0]


@pytest.mark.parametrize(
    ("refusal", "times"),
    [(403, 1), (404, 1), (503, 1), (204, 1), (b"null", 1), (b"no", 2), (b"[]", 2)],
)
async def test_any_other_refusal_is_tried_again_and_then_the_old_configuration_holds(
    headwind, restricted, refusal, times
) -> None:
    headwind.script("config", *[refusal] * 3 * times)
    assert await restricted.update() == "done"
    assert len(headwind.of("config")) == 3 * times
    assert "no_sms" in restricted.tablet.restrictions
    assert headwind.infos


async def test_without_an_answer_the_old_configuration_holds(headwind, restricted) -> None:
    headwind.script("config", *[ConnectionError()] * 20)
    assert await restricted.update() == "done"
    assert len(headwind.of("config")) >= 6  # a connection that was kept open and is found closed is tried anew
    assert "no_sms" in restricted.tablet.restrictions


async def test_other_errors_of_the_server_do_not_ask_for_a_number(headwind, restricted) -> None:
    headwind.script("config", *[envelope(None, status="ERROR", message="error.permission.denied")] * 3)
    assert await restricted.update() == "done"
    assert not restricted.told("asked")


async def test_a_success_after_a_failure_counts(headwind, restricted) -> None:
    headwind.configs["k-kit"] = {"pushOptions": "polling", "restrictions": "no_camera"}
    headwind.script("config", 500)
    assert await restricted.update() == "done"
    assert len(headwind.of("config")) == 2
    assert restricted.tablet.restrictions == {"no_safe_boot", "no_camera"}


async def test_an_absent_key_means_its_default_and_not_as_before(headwind, restricted) -> None:
    headwind.configs["k-kit"] = {"pushOptions": "polling"}
    await restricted.update()
    assert restricted.tablet.restrictions == {"no_safe_boot"}


async def test_a_person_who_waits_sees_the_error(headwind, restricted) -> None:
    headwind.script("config", *[500] * 3)
    assert await restricted.update(Occasion(background=False, waits=True)) == "asks"
    assert restricted.tablet.restrictions == {"no_safe_boot"}


async def test_show_wifi_makes_an_outage_a_dialog(headwind, restricted) -> None:
    headwind.configs["k-kit"]["showWifi"] = True
    await restricted.update()
    headwind.script("config", *[500] * 3)
    assert await restricted.update() == "asks"


async def test_the_second_host_answers_when_the_first_is_gone(headwind, make_agent, unused_tcp_port) -> None:
    agent = make_agent()
    gone = f"http://127.0.0.1:{unused_tcp_port}"
    await agent.join(headwind.code(BASE_URL=gone, SECONDARY_BASE_URL=headwind.url))
    assert agent.enrolled
    assert [one.project for one in headwind.of("config")] == ["k-kit", "k-kit"]


async def test_reports_and_rules_are_asked_twice_when_the_line_breaks(headwind, restricted) -> None:
    headwind.script("rules", ConnectionError())
    headwind.script("info", ConnectionError())
    await restricted.update()
    assert len(headwind.of("rules")) == 2
    assert len(headwind.of("info")) == 2
    assert restricted.told("informed")


async def test_unusable_log_rules_leave_the_old_ones(headwind, restricted) -> None:
    rules = restricted.memory.rules
    for answer in (500, envelope(None), envelope([], status="ERROR"), b"x", b"x", envelope({}), envelope({})):
        headwind.script("rules", answer)
    for _ in range(5):
        assert await restricted.update() == "done"
    assert restricted.memory.rules == rules
    assert rules


async def test_a_post_is_not_sent_on_to_where_the_server_points(headwind, make_agent) -> None:
    agent = make_agent()
    headwind.script("config", *[web.Response(status=302, headers={"Location": f"{headwind.url}/elsewhere"})] * 1)
    with pytest.raises(NotJoined):
        await agent.join(headwind.code(CONN_RETRY_COUNT=0))
    assert [one.method for one in headwind.of("config")] == ["POST"]


async def test_a_checking_build_takes_only_signed_configurations(headwind, make_agent) -> None:
    agent = make_agent(build=AgentBuild(check_signature=True))
    await agent.join(headwind.code())
    headwind.script("config", *[headwind.config_answer({"restrictions": "no_sms"}, secret="another")] * 1)
    headwind.script("config", 404, 404)
    await agent.update()
    assert "no_sms" not in agent.tablet.restrictions
    stranger = make_agent(build=AgentBuild(check_signature=True, secret="own"), seed=8)
    with pytest.raises(NotJoined):
        await stranger.join(headwind.code(CONN_RETRY_COUNT=0))
    assert "signature" in stranger.told("asked")[0]


async def test_errors_need_no_signature(headwind, make_agent) -> None:
    agent = make_agent(build=AgentBuild(check_signature=True))
    await agent.join(headwind.code())
    headwind.script("config", NOT_FOUND)
    assert await agent.update() == "asks"


async def test_the_public_address_is_remembered(headwind, restricted) -> None:
    assert restricted.memory.external_ip == "192.0.2.7"
