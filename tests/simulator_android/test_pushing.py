"""Holding a poll, and doing what messages say."""

import asyncio

import pytest

from mdm.simulator.android.device import StoredFile
from mdm.simulator.android.errors import BadAnswer
from mdm.simulator.android.messages import PushMessage, obey, read_messages, read_wake
from tests.simulator_android.headwind import envelope
from tests.simulator_android.tablets import until


@pytest.fixture
async def living(joined):
    """The joined agent, living."""
    stop = asyncio.Event()
    life = asyncio.create_task(joined.live(stop))
    yield joined
    stop.set()
    await life


def polls(headwind) -> int:
    return len(headwind.of("poll"))


async def test_one_poll_is_held_at_a_time(headwind, living) -> None:
    await until(lambda: polls(headwind) == 1)
    headwind.say(living.tablet.serial)
    await until(lambda: polls(headwind) == 2)


async def test_several_wishes_for_an_update_make_one(headwind, living) -> None:
    wish = {"messageType": "configUpdated", "payload": None}
    headwind.say(living.tablet.serial, wish, wish, wish)
    await until(lambda: headwind.infos)
    assert len(headwind.of("config")) == 1
    assert living.told("message") == ["configUpdated"] * 3


async def test_a_message_that_cannot_be_read_spoils_the_batch_and_is_asked_of_the_second_host(headwind, living) -> None:
    await until(lambda: polls(headwind) == 1)
    bad = envelope([{"messageType": "configUpdated"}, {"messageType": "runApp", "payload": {"pkg": "a"}}])
    headwind.script("poll", bad, bad)
    headwind.say(living.tablet.serial)
    await until(lambda: polls(headwind) == 4)
    assert not living.told("message")


@pytest.mark.parametrize("answer", [403, 500, 204, b"no", envelope(None), envelope([], status="ERROR")])
async def test_after_any_answer_the_tablet_asks_again(headwind, living, answer) -> None:
    await until(lambda: polls(headwind) == 1)
    headwind.script("poll", answer)
    headwind.say(living.tablet.serial)
    await until(lambda: polls(headwind) >= 3)


async def test_a_restart_is_done_at_once_and_confirmed_by_nothing(headwind, living) -> None:
    headwind.say(living.tablet.serial, {"messageType": "reboot", "payload": None})
    await until(lambda: headwind.infos)
    assert living.told("restarted")
    assert not headwind.of("reboot")


async def test_what_a_message_did_is_logged(headwind, living) -> None:
    headwind.say(living.tablet.serial, {"messageType": "runApp", "payload": '{"pkg":"com.android.chrome"}'})
    await until(lambda: headwind.of("logs"))
    assert headwind.of("logs")[0].body[0]["message"] == "Push runApp: started com.android.chrome"
    assert living.tablet.foreground == "com.android.chrome"


async def test_without_push_options_nobody_listens(headwind, make_agent) -> None:
    del headwind.configs["k-kit"]["pushOptions"]
    agent = make_agent()
    await agent.join(headwind.code())
    await agent.update()  # by its end a poll would have come
    assert not headwind.of("poll")


@pytest.mark.parametrize(
    ("kind", "payload", "done"),
    [
        ("runApp", '{"pkg":"com.android.chrome","extra":{"a":1}}', "started com.android.chrome"),
        ("runApp", '{"pkg":"org.none"}', "org.none is not there to be started"),
        ("broadcast", '{"action":"org.a.GO"}', "broadcast org.a.GO"),
        ("broadcast", None, "broadcast"),
        ("uninstallApp", '{"pkg":"org.a"}', "removed org.a"),
        ("uninstallApp", '{"pkg":"android"}', "android cannot be removed"),
        ("deleteFile", '{"path":"a/1.txt"}', "deleted a file"),
        ("deleteFile", '{"path":"a"}', "there is no such file"),
        ("deleteDir", '{"path":"/a"}', "deleted 3 files"),
        ("purgeDir", '{"path":"a"}', "deleted 2 files"),
        ("purgeDir", '{"path":"a","recursive":"1"}', "deleted 3 files"),
        ("clearDownloadHistory", "not even JSON", "forgot what failed"),
        ("intent", '{"action":"android.settings.WIFI_SETTINGS"}', "opened android.settings.WIFI_SETTINGS"),
        ("grantPermissions", '{"pkg":["a","b"]}', "granted permissions to 2 applications"),
        ("grantPermissions", '{"pkg":"a"}', "granted permissions to 1 applications"),
        ("grantPermissions", None, "granted permissions to all applications"),
        ("clearAppData", '{"pkg":"org.a"}', "cleared the data of org.a"),
        ("clearAppData", '{"pkg":"org.b"}', "the data of org.b cannot be cleared"),
        ("adminPanel", None, "opened the administrator's panel"),
        ("runCommand", '{"command":"id"}', "ran a command of 2 signs"),
        ("exitKiosk", None, "the open agent does nothing about it"),
        ("permissiveMode", None, "the open agent does nothing about it"),
        ("textMessage", '{"id":1,"text":"x"}', "broadcast to other applications"),
    ],
)
async def test_the_messages_of_the_open_agent(joined, kind: str, payload: str | None, done: str) -> None:
    tablet = joined.tablet
    tablet.install_by_hand("org.a")
    for path in ("a/1.txt", "a/2.txt", "a/b/3.txt", "ab.txt"):
        tablet.files["/storage/emulated/0/" + path] = StoredFile(md5="")
    assert obey(tablet, joined.memory, PushMessage(kind=kind, payload=payload)) == done


@pytest.mark.parametrize("payload", [None, "{", "[]", "{}", '{"pkg":5}'])
async def test_a_payload_that_is_none_is_refused(joined, payload: str | None) -> None:
    with pytest.raises(BadAnswer):
        obey(joined.tablet, joined.memory, PushMessage(kind="runApp", payload=payload))
    joined.hear([PushMessage(kind="runApp", payload=payload)])
    assert "ignored" in joined.told("message")[0]


def test_a_poll_has_payloads_as_text_and_a_broker_as_objects() -> None:
    assert read_messages([{"messageType": "a", "payload": '{"x":1}'}]) == (PushMessage(kind="a", payload='{"x":1}'),)
    assert read_wake(b'{"messageType":"a","payload":{"x":1}}') == PushMessage(kind="a", payload='{"x":1}')
    assert read_wake(b'{"messageType":"a"}') == PushMessage(kind="a")
    for bad in (b"", b"[]", b"{"):
        with pytest.raises(BadAnswer):
            read_wake(bad)
