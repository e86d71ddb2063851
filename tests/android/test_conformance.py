"""Lines of the agent's conformance list that no other file is about."""

import asyncio

from mdm.store import Connection
from profiles.edition import load_edition
from tests.android.conftest import EDITION, AgentSite, MakeTablet, apk


async def test_only_asking_by_post_creates_a_tablet(site: AgentSite, tablet: MakeTablet) -> None:
    path = await site.kit_path()
    one = tablet("AAA1")
    for method, what in (
        ("GET", "/rest/public/sync/configuration/AAA1"),
        ("GET", "/rest/plugins/devicelog/log/rules/AAA1"),
        ("POST", "/rest/public/sync/info"),
    ):
        answer = await one.call(method, what, project=path, data=b'{"deviceId":"AAA1"}')
        assert answer.status == 404
    assert await site.sql("SELECT 1 FROM android_enrollment") == []


async def test_the_old_path_answers_until_the_new_one_is_used(site: AgentSite, tablet: MakeTablet) -> None:
    path = await site.kit_path()
    one = tablet("AAA1")
    await one.ask(path)

    async def by_the_old_path() -> list[int]:
        return [
            (await one.call("GET", f"/rest/public/sync/configuration/{one.number}", project=path)).status,
            (await one.call("GET", f"/rest/plugins/devicelog/log/rules/{one.number}", project=path)).status,
            (await one.call("POST", f"/rest/plugins/devicelog/log/list/{one.number}", project=path, json=[])).status,
            (await one.call("POST", "/rest/public/sync/info", project=path, json={"deviceId": one.number})).status,
        ]

    assert await by_the_old_path() == [200] * 4
    await one.move()
    assert await by_the_old_path() == [404] * 4


async def test_old_and_new_number_are_the_tablet_on_its_own_path(site: AgentSite, tablet: MakeTablet) -> None:
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    renamed = one.number
    by_old = await one.call("GET", "/rest/public/sync/configuration/AAA1")
    assert (by_old.status, by_old.data["newNumber"]) == (200, renamed)
    assert "newNumber" not in (await one.fetch()).data


async def test_a_tablets_configuration_names_no_address_but_its_own(site: AgentSite, tablet: MakeTablet) -> None:
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    assert one.configuration["newServerUrl"].endswith(f"/{one.project}")
    assert one.configuration["newServerUrl"].startswith(site.settings.device.url)


def test_the_radio_that_a_tablet_needs_is_never_switched_off() -> None:
    from profiles.android.compiler import AndroidCompiler
    from profiles.android.stock import AndroidClass, Stock

    empty = Stock(apks=(), left_apps=(), left_locked=())
    compiler = AndroidCompiler(device_url="https://x.example")
    for text in ('name = "a"', 'name = "a"\n[android]\nwifi_on = true\nbluetooth = false'):
        made = compiler.compile(load_edition(text.encode()), AndroidClass(abi="arm64-v8a", version=14), empty)
        assert b'"wifi":false' not in made.artifacts[-1].body


async def test_going_back_to_an_older_version_removes_the_newer_one_first(site: AgentSite, tablet: MakeTablet) -> None:
    pinned = EDITION.replace('package = "org.geogebra.android"', 'package = "org.geogebra.android"\nversion = "5.2"')
    await site.load(pinned, apk(), apk(version="5.3", code=53))
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    entries = [entry for entry in one.configuration["applications"] if entry["pkg"] == "org.geogebra.android"]
    assert [(entry["version"], entry.get("remove", False)) for entry in entries] == [("5.2", False), ("5.3", True)]


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
    from mdm.android.polling import give_back

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
