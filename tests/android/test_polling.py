"""A poll is held until something happens for its tablet, and nothing that waits is lost."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from mdm.android.polling import give_back
from mdm.clock import ManualClock
from mdm.settings import SettingsError, load_settings
from mdm.store import Connection
from tests.android.conftest import EDITION, AgentSite, MakeTablet, Tablet, apk

NEWER = 'name = "Newer"\n[restrictions]\nerase = false\n'


async def held(site: AgentSite, *tablets: Tablet) -> list["asyncio.Task[object]"]:
    """Poll, and return when every poll is held."""
    tasks: list[asyncio.Task[object]] = [asyncio.create_task(one.poll()) for one in tablets]
    async with asyncio.timeout(10):
        while site.polls.waiting < len(tablets):
            await asyncio.sleep(0.005)
    return tasks


async def ready(site: AgentSite, tablet: MakeTablet, *serials: str) -> list[Tablet]:
    await site.load('name = "Empty"\n')
    path = await site.kit_path()
    found = [tablet(serial) for serial in serials]
    for one in found:
        await one.join(path)
        await one.report()
    return found


async def test_a_new_edition_wakes_every_tablet_with_one_message(site: AgentSite, tablet: MakeTablet) -> None:
    tablets = await ready(site, tablet, "AAA1", "BBB2")
    tasks = await held(site, *tablets)
    await site.load(NEWER)
    await site.checks.look_at_due()
    for task in tasks:
        answer = await task
        assert answer.data == [{"messageType": "configUpdated", "payload": None}]  # type: ignore[attr-defined]
    assert "no_factory_reset" in (await tablets[0].fetch()).data["restrictions"]


async def test_nothing_is_told_as_an_empty_list(site: AgentSite, tablet: MakeTablet) -> None:
    [one] = await ready(site, tablet, "AAA1")
    answer = await one.poll()
    assert (answer.status, answer.body) == (200, b'{"status":"OK","message":null,"data":[]}')


async def test_a_newer_poll_takes_the_place_of_an_older_one(site: AgentSite, tablet: MakeTablet) -> None:
    [one] = await ready(site, tablet, "AAA1")
    [first] = await held(site, one)
    second = asyncio.create_task(one.poll())
    answer = await first
    assert answer.data == []  # type: ignore[attr-defined]
    assert not second.done()
    site.polls.happened("")
    second.cancel()


async def test_what_happens_between_two_polls_waits(site: AgentSite, tablet: MakeTablet) -> None:
    [one] = await ready(site, tablet, "AAA1")
    await site.load(NEWER)
    await site.checks.look_at_due()
    assert (await one.poll()).data == [{"messageType": "configUpdated", "payload": None}]


async def test_a_tablet_that_waits_for_a_choice_is_woken_by_it(site: AgentSite, tablet: MakeTablet) -> None:
    await site.load('name = "Empty"\n')
    path = await site.kit_path(2)
    await tablet("AAA1").join(path)
    late = tablet("BBB2")
    await late.join(path)
    [task] = await held(site, late)
    choose = site.parts.held.choose
    await site.database.write(lambda conn: choose(conn, site.kit_id, late.number, "elsewhere", actor="account:anne"))
    answer = await task
    assert answer.data == [{"messageType": "configUpdated", "payload": None}]  # type: ignore[attr-defined]


async def test_a_message_without_effect_is_sent_again(site: AgentSite, tablet: MakeTablet, clock: ManualClock) -> None:
    [one] = await ready(site, tablet, "AAA1")
    await site.load(NEWER)
    await site.checks.look_at_due()
    assert (await one.poll()).data
    clock.advance(timedelta(minutes=6))
    await site.checks.look_at_due()
    assert (await one.poll()).data == [{"messageType": "configUpdated", "payload": None}]
    await one.fetch()
    rows = await site.sql("SELECT state FROM delivery WHERE state IN ('queued', 'sent')")
    assert rows == []


async def test_the_other_address_of_polls_answers_at_once(site: AgentSite, tablet: MakeTablet) -> None:
    [one] = await ready(site, tablet, "AAA1")
    answer = await one.call("GET", f"/rest/notifications/device/{one.number}")
    assert answer.data == []


async def test_a_wake_with_nothing_to_say_keeps_the_poll(site: AgentSite, tablet: MakeTablet) -> None:
    [one] = await ready(site, tablet, "AAA1")
    [task] = await held(site, one)
    tablet_id = (await site.view()).slots[0].tablet_id
    for key in (tablet_id, "", tablet_id, "another"):
        assert key is not None
        site.polls.happened(key)
        async with asyncio.timeout(10):
            while not site.polls.waiting:
                await asyncio.sleep(0.005)
    assert not task.done()
    await site.load(NEWER)
    await site.checks.look_at_due()
    assert (await task).data  # type: ignore[attr-defined]


async def test_an_old_signature_does_not_drop_a_poll(site: AgentSite, tablet: MakeTablet) -> None:
    [one] = await ready(site, tablet, "AAA1")
    await site.load(NEWER)
    await site.checks.look_at_due()
    path = f"/rest/notification/polling/{one.number}"
    answer = await one.call("GET", path, headers={"X-Request-Signature": "0" * 40})
    assert answer.data == [{"messageType": "configUpdated", "payload": None}]


@pytest.mark.parametrize("seconds", [1, 241, 300])
def test_a_poll_cannot_be_held_longer_than_the_agent_waits(tmp_path: Path, seconds: int) -> None:
    config = tmp_path / "valise.toml"
    config.write_text(f"[android]\npoll_seconds = {seconds}\n", encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load_settings(config, {})
    assert "android.poll_seconds" in str(refused.value)


async def test_a_message_for_a_tablet_that_hung_up_waits_for_its_next_poll(site: AgentSite, tablet: MakeTablet) -> None:
    await site.load(EDITION, apk())
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    task = asyncio.create_task(one.poll())
    async with asyncio.timeout(10):
        while not site.polls.waiting:
            await asyncio.sleep(0.005)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.sleep(0.05)
    await site.load('name = "Less"\n')
    await site.checks.look_at_due()
    await asyncio.sleep(0.05)
    assert (await one.poll()).data == [{"messageType": "configUpdated", "payload": None}]


async def test_what_was_sent_and_could_not_be_written_is_given_back(site: AgentSite, tablet: MakeTablet) -> None:
    await site.load(EDITION, apk())
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    await site.load('name = "Less"\n')
    await site.checks.look_at_due()
    assert (await one.poll()).data
    [sent] = await site.sql("SELECT tablet_id, command_id FROM delivery WHERE state = 'sent'")

    def back(conn: Connection) -> None:
        give_back(conn, sent["tablet_id"], [sent["command_id"]])

    await site.database.write(back)
    assert (await one.poll()).data == [{"messageType": "configUpdated", "payload": None}]


async def test_after_a_stop_nothing_is_held(site: AgentSite, tablet: MakeTablet) -> None:
    [one] = await ready(site, tablet, "AAA1")
    await site.polls.stop()
    assert (await one.poll()).data == []
    assert site.polls.waiting == 0


async def test_a_restarted_servers_polls_come_back_spread_out(site: AgentSite) -> None:
    loop = asyncio.get_running_loop()
    ends: list[float] = []
    mark = site.polls.mark()
    begun = loop.time()
    for place in range(50):
        site.polls.hold(str(place), mark, lambda: None, lambda: ends.append(loop.time() - begun))
    waits = [held.timer.when() - begun for held in site.polls._held.values() if held.timer is not None]
    assert len({round(wait, 2) for wait in waits}) > 25
    assert min(waits) >= 2.4
    assert max(waits) <= 5.1
    await site.polls.stop()
    assert len(ends) == 50
