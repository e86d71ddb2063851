"""A tablet that its server sends to another address."""

from tests.simulator_android.headwind import envelope
from tests.simulator_android.tablets import until


async def test_a_tablet_moves_only_to_a_place_that_knows_it(headwind, joined) -> None:
    headwind.configs["k-kit"]["newServerUrl"] = f"{headwind.url}/d-own"
    for refusal in (404, 500, envelope(None, status="ERROR", message="error.notfound.device"), b"", 204):
        headwind.asked.clear()
        headwind.script("config", headwind.config_answer(headwind.configs["k-kit"]), refusal)
        assert await joined.update() == "done"
        assert headwind.order() == [
            "GET config k-kit", "GET rules k-kit", "GET config d-own", "POST info k-kit", "POST logs k-kit",
        ]  # fmt: skip
        assert joined.memory.project == "k-kit"
    headwind.configs["d-own"] = {"pushOptions": "polling"}
    await joined.update()
    assert (joined.memory.base, joined.memory.secondary, joined.memory.project) == (
        headwind.url, headwind.url, "d-own",
    )  # fmt: skip
    assert joined.told("moved") == [headwind.url]


async def test_a_configuration_that_names_its_own_place_moves_nobody(headwind, joined) -> None:
    headwind.configs["k-kit"]["newServerUrl"] = f"{headwind.url.upper().replace('HTTP', 'http')}/K-KIT/?x=1"
    await joined.update()
    assert len(headwind.of("config")) == 1


async def test_a_place_that_is_no_address_is_passed_over(headwind, joined) -> None:
    headwind.configs["k-kit"]["newServerUrl"] = "market://details"
    assert await joined.update() == "done"


async def test_the_probe_and_what_follows_use_the_new_number(headwind, joined) -> None:
    headwind.configs["k-kit"] |= {"newServerUrl": f"{headwind.url}/d-own", "newNumber": "5A-01"}
    headwind.configs["d-own"] = {"pushOptions": "polling"}
    await joined.update()
    assert [(one.project, one.number) for one in headwind.of("config")] == [
        ("k-kit", joined.tablet.serial), ("d-own", "5A-01"), ("d-own", "5A-01"),
    ]  # fmt: skip


async def test_the_poll_keeps_its_signature_and_takes_the_new_project(headwind, joined) -> None:
    await until(lambda: len(headwind.of("poll")) == 1)
    first = headwind.of("poll")[0]
    headwind.configs["k-kit"]["newServerUrl"] = f"{headwind.url}/d-own"
    headwind.configs["d-own"] = {"pushOptions": "polling"}
    await joined.update()
    assert len(headwind.of("poll")) == 1  # the move did not break the one that is held
    headwind.say(joined.tablet.serial)
    await until(lambda: len(headwind.of("poll")) == 2)
    second = headwind.of("poll")[1]
    assert (first.project, second.project) == ("k-kit", "d-own")
    assert first.headers["X-Request-Signature"] == second.headers["X-Request-Signature"]


async def test_two_places_that_point_at_each_other_are_noticed(headwind, joined) -> None:
    headwind.configs["k-kit"]["newServerUrl"] = f"{headwind.url}/d-own"
    headwind.configs["d-own"] = {"newServerUrl": f"{headwind.url}/k-kit"}
    assert await joined.update() == "stopped"
    assert "each other" in joined.told("failed")[0]


async def test_the_update_at_the_new_place_is_one_of_the_background(headwind, make_agent) -> None:
    headwind.configs["k-kit"]["newServerUrl"] = f"{headwind.url}/d-own"
    agent = make_agent()
    hour = agent.tablet.now().hour
    headwind.configs["d-own"] = {
        "pushOptions": "polling",
        "appUpdateFrom": f"{(hour + 2) % 24:02}:00",
        "appUpdateTo": f"{(hour + 3) % 24:02}:00",
        "applications": [{"pkg": "a.b", "version": "1.0", "url": f"{headwind.url}/files/a.apk"}],
    }
    await agent.join(headwind.code())
    assert "a.b" not in agent.tablet.installed
    assert agent.memory.apps_wait
