"""A tablet that is locked, off, out of reach, restarted or wiped."""

import pytest
from aiohttp import web

from mdm.simulator.errors import ReplyLost, ServerRefused
from mdm.simulator.models import release


async def test_a_locked_tablet_puts_off_what_it_cannot_do(school, make_ipad, a_profile) -> None:
    ipad = make_ipad(passcode=True)
    await ipad.enroll(f"{school.url}/e/ticket")
    profile = school.send("InstallProfile", Payload=a_profile())
    question = school.send("DeviceInformation", Queries=["OSVersion"])
    await ipad.converse()
    assert school.answer(profile)["Status"] == "NotNow"
    assert school.answer(question)["Status"] == "Acknowledged"
    ipad.unlock()
    assert ipad.wanted.is_set()
    await ipad.converse()
    assert [one["Status"] for one in school.answers[profile]] == ["NotNow", "Acknowledged"]


async def test_a_server_that_insists_on_a_locked_tablet_is_left(school, make_ipad, a_profile) -> None:
    ipad = make_ipad(passcode=True)
    await ipad.enroll(f"{school.url}/e/ticket")
    profile = ("again", {"RequestType": "InstallProfile", "Payload": a_profile()})
    school.commands.extend([profile] * 50)
    assert await ipad.converse() < 10


async def test_a_report_that_was_lost_is_made_again(school, ipad, a_profile) -> None:
    profile = school.send("InstallProfile", Payload=a_profile())
    ipad.lose_next = "report"
    with pytest.raises(ReplyLost):
        await ipad.converse()
    assert profile not in school.answers
    await ipad.converse()
    assert [one["Status"] for one in school.answers[profile]] == ["Acknowledged"]
    assert len(ipad.history) == 2


async def test_a_command_that_was_lost_comes_again(school, ipad) -> None:
    question = school.send("DeviceInformation", Queries=["OSVersion"])
    ipad.lose_next = "reply"
    with pytest.raises(ReplyLost):
        await ipad.converse()
    assert school.idles == 1
    await ipad.converse()
    assert [command_uuid for command_uuid, _ in school.sent] == [question, question]
    assert len(school.answers[question]) == 1


async def test_a_tablet_out_of_reach_says_nothing(school, ipad) -> None:
    school.send("DeviceInformation", Queries=["OSVersion"])
    ipad.go_offline()
    assert await ipad.converse() == 0
    assert school.idles == 0
    ipad.go_online()
    assert ipad.wanted.is_set()
    assert await ipad.converse() == 1


async def test_a_restart_interrupts_the_conversation(school, make_ipad) -> None:
    ipad = make_ipad(passcode=True)
    await ipad.enroll(f"{school.url}/e/ticket")
    ipad.unlock()
    restart = school.send("RestartDevice")
    school.send("DeviceInformation", Queries=["OSVersion"])
    assert await ipad.converse() == 1
    assert school.answer(restart)["Status"] == "Acknowledged"
    await ipad.settle()
    assert ipad.powered
    assert ipad.tablet.locked
    assert await ipad.converse() == 1


async def test_a_tablet_that_was_turned_off_stays_off(school, ipad) -> None:
    school.send("ShutDownDevice")
    await ipad.converse()
    await ipad.settle()
    assert await ipad.converse() == 0
    assert not ipad.powered
    ipad.power_on()
    await ipad.converse()
    assert school.idles == 2


async def test_a_wiped_tablet_forgets_everything_and_may_enrol_again(school, ipad, a_profile) -> None:
    school.send("InstallProfile", Payload=a_profile())
    erase = school.send("EraseDevice")
    await ipad.converse()
    assert school.answer(erase)["Status"] == "Acknowledged"
    assert not ipad.enrolled
    assert not ipad.tablet.profiles
    assert school.checkins[-1]["MessageType"] == "TokenUpdate"
    await ipad.enroll(f"{school.url}/e/ticket")
    first, second = school.messages("TokenUpdate")
    assert first["UDID"] == second["UDID"]
    assert first["Token"] != second["Token"]


async def test_a_tablet_returns_to_service_by_itself(school, ipad) -> None:
    school.send("EraseDevice", ReturnToService={"Enabled": True, "MDMProfileData": school.profile()})
    await ipad.converse()
    assert not ipad.enrolled
    await ipad.settle()
    assert ipad.enrolled
    assert len(school.messages("Authenticate")) == 2


async def test_an_erase_whose_report_got_no_answer_is_done_all_the_same(school, ipad) -> None:
    school.send("EraseDevice")
    ipad.lose_next = None
    await ipad.converse()
    assert not ipad.enrolled


async def test_a_server_that_no_longer_knows_the_tablet_ends_management(school, ipad) -> None:
    school.status = 401
    assert await ipad.converse() == 0
    assert not ipad.enrolled


async def test_the_code_of_an_unrecognized_device_ends_management(school, ipad) -> None:
    school.status = 403
    school.refusal = lambda status: web.json_response({"code": "com.apple.unrecognized.device"}, status=status)
    await ipad.converse()
    assert not ipad.enrolled


@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
async def test_other_refusals_leave_the_tablet_enrolled(school, ipad, status) -> None:
    school.status = status
    with pytest.raises(ServerRefused) as refused:
        await ipad.converse()
    assert refused.value.status == status
    assert ipad.enrolled
    school.status = 200
    await ipad.converse()
    assert school.idles == 2 - 1


async def test_a_newer_system_is_reported(school, ipad) -> None:
    await ipad.update_system(release("18.3.2"))
    await ipad.settle()
    question = school.send("DeviceInformation", Queries=["OSVersion", "BuildVersion"])
    await ipad.converse()
    assert school.answer(question)["QueryResponses"] == {"OSVersion": "18.3.2", "BuildVersion": "22D82"}


async def test_a_push_with_another_magic_wakes_nobody(school, ipad) -> None:
    ipad.wanted.clear()
    ipad.wake("somebody else's")
    assert not ipad.wanted.is_set()
    ipad.wake(school.messages("TokenUpdate")[0]["PushMagic"])
    assert ipad.wanted.is_set()


async def test_a_battery_drains_and_is_charged(ipad) -> None:
    ipad.tablet.battery, ipad.tablet.charging = 0.5, False
    ipad.live(3600)
    assert ipad.tablet.battery == pytest.approx(0.4)
    ipad.live(10 * 3600)
    assert ipad.tablet.charging
    ipad.live(2 * 3600)
    assert ipad.tablet.battery > 0.5
