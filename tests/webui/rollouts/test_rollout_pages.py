"""Rollouts on pages: planned by a form, tried dry, started, paused, rolled back; who may do what; told in words."""

import re

from tests.webui.conftest import MakeSite
from tests.webui.repairs.console import Console, unknown_id
from tests.webui.rollouts.pacing import World

ACTS = ("start", "pause", "resume", "roll-back")


async def test_a_rollout_from_the_form_to_its_end_and_back(world: World) -> None:
    technician = await world.console.person("technician")
    empty = await technician.get("/rollouts")
    assert "Nothing was rolled out yet." in empty.words
    form = await technician.get("/rollouts/new")
    looked = await technician.send(form, "/rollouts/new", words="andromede", look="1")
    assert "Andromède" in looked.words
    assert "Céphée" not in looked.words
    planned = await technician.send(
        looked,
        "/rollouts/new",
        pilot=world.kits["Andromède"],
        look="",
        **{"share-1": "", "window-pilots": "now", "window-rest": "now", "grace": "1"},
    )
    assert planned.status == 200
    assert "Planned. See what it would do, then start it." in planned.words
    assert "The pilot kits" in planned.words
    address = planned.path
    assert await world.moved(address.removeprefix("/rollouts/")) == set()

    dry = await technician.get(f"{address}/dry-run")
    assert dry.status == 200
    assert "Bibliothèque" in dry.words
    assert "École du Nord" in dry.words
    starting = await technician.get(f"{address}?act=start")
    started = await technician.send(starting, f"{address}/start")
    assert "Started: the first wave begins in a moment." in started.words
    await world.run()
    assert await world.moved(address.removeprefix("/rollouts/")) == {"Andromède"}
    shown = await technician.get(address)
    assert "wave 1 of 2" in shown.words
    assert "1 of 1 kits moved" in shown.words

    await world.obey("Andromède")
    await world.later(minutes=61)
    await world.later(minutes=2)
    shown = await technician.get(address)
    assert "wave 2 of 2" in shown.words
    assert "3 of 3 tablets are done" in shown.words

    backing = await technician.get(f"{address}?act=roll-back")
    unsure = await technician.send(backing, f"{address}/roll-back", words="the page does not open")
    assert unsure.status == 422
    assert "You have not confirmed that the kits go back." in unsure.words
    assert "the page does not open" in unsure.text
    silent = await technician.send(backing, f"{address}/roll-back", sure="1", words=" ")
    assert silent.status == 422
    assert "Say why" in silent.words
    gone = await technician.send(backing, f"{address}/roll-back", sure="1", words="the page does not open")
    assert "Being rolled back" in gone.words
    await world.run()
    assert await world.moved(address.removeprefix("/rollouts/")) == set()
    over = await technician.get(address)
    assert "Every kit is back" in over.words
    assert not [one for one in over.forms if one.startswith(address)]


async def test_what_tablets_will_not_obey_is_told_in_words_and_opened_by_whoever_asks(world: World) -> None:
    await world.territory.publish(restrictions={"dictation": False})
    dry = await (await world.console.person("technician")).get("/rollouts/dry-run")
    assert re.search(r"<details><summary>Android [^<]* · \d+ tablets <span class=\"hint\">1 rule</span>", dry.text)
    assert "Text cannot be dictated. It would need: " in dry.words
    assert "restrictions.dictation" not in dry.text


async def test_a_rollout_that_paused_by_itself_says_why_and_which_tablets(world: World) -> None:
    technician = await world.console.person("technician")
    rollout = await world.begin("Andromède", "Céphée")
    address = f"/rollouts/{rollout.rollout_id}"
    tablets = await world.obey("Andromède", "Céphée", refusing=1)
    shown = await technician.get(address)
    assert "Paused" in shown.words
    assert re.search(r"It stopped by itself: 1 of \d+ tablets refused something: more than 10 %\.", shown.words)
    assert "Install: fr.example not enough space" in shown.words
    assert f"/tablets/{tablets[0]}" in shown.text

    going = await technician.get(f"{address}?act=resume")
    resumed = await technician.send(going, f"{address}/resume", words="one full memory")
    assert "It goes on." in resumed.words
    assert "one full memory" in resumed.words
    assert "counts no more" in resumed.words
    pausing = await technician.get(f"{address}?act=pause")
    paused = await technician.send(pausing, f"{address}/pause", words="the holidays begin")
    assert "Paused: nothing moves any more." in paused.words
    again = await technician.post(f"{address}/pause", {"words": "twice"})
    assert again.status == 409
    assert "it is not possible to pause it" in again.words


async def test_what_it_waits_for_is_told(world: World) -> None:
    technician = await world.console.person("technician")
    form = await technician.get("/rollouts/new")
    hours = {"window-rest": "hours", "begin": "22:00", "end": "05:00"}
    planned = await technician.send(form, "/rollouts/new", **{"share-1": "", **hours})
    address = planned.path
    await technician.send(await technician.get(f"{address}?act=start"), f"{address}/start")
    await world.run()
    shown = await technician.get(address)
    assert "It waits: The window of" in shown.words
    assert "Kits of this wave are moved from 22:00 to 05:00." in shown.words
    assert "Not before September 1, 2026 at 10:00 PM." in shown.words
    later = await technician.get(address)
    assert later.words == shown.words


async def test_who_reads_and_who_paces(world: World) -> None:
    rollout = await world.begin("Andromède", "Céphée")
    tablets = await world.obey("Andromède", "Céphée", refusing=6)
    address = f"/rollouts/{rollout.rollout_id}"
    for login in ("technician", "teacher", "head", "manager", "dsden", "member", "evaluator", "dpo"):
        reader = await world.console.person(login)
        shown = await reader.get(address)
        paces = login == "technician"
        assert shown.status == 200, login
        assert (f"{address}?act=resume" in shown.text) is paces, login
        assert ("/rollouts/new" in (await reader.get("/rollouts")).text) is paces, login
        for path in ("/rollouts/new", f"{address}/dry-run", "/rollouts/dry-run"):
            assert (await reader.get(path)).status == (200 if paces else 403), (login, path)
        if not paces:
            assert (await reader.post("/rollouts/new", {})).status == 403
            for act in ACTS:
                assert (await reader.post(f"{address}/{act}", {"words": "x", "sure": "1"})).status == 403, (login, act)
    for login in ("parent", "administrator"):
        reader = await world.console.person(login)
        assert (await reader.get("/rollouts")).status == 403
        assert (await reader.get(address)).status == 403
    far, near = await world.console.person("far-teacher"), await world.console.person("technician")
    ill_here = [one for one in tablets if f"/tablets/{one}" in (await near.get(address)).text]
    ill_far = [one for one in tablets if f"/tablets/{one}" in (await far.get(address)).text]
    north = await world.tablets("Céphée")
    assert set(ill_here) == set(tablets)
    assert set(ill_far) == set(tablets) & set(north)
    member = await world.console.person("member")
    assert "/tablets/" not in (await member.get(address)).text.split("<main")[1]


async def test_what_a_plan_cannot_be_is_told_with_what_was_written(world: World) -> None:
    technician = await world.console.person("technician")
    form = await technician.get("/rollouts/new")
    for fields, words in (
        ({"share-1": "150"}, "cannot be 150"),
        ({"share-1": "much"}, "cannot be much"),
        ({"share-1": "60", "share-2": "60"}, "stay under 1000 per mille"),
        ({"window-rest": "hours", "begin": "", "end": ""}, "A wave waits for hours"),
        ({"errors": "101"}, "cannot be 101"),
        ({"pilot": unknown_id(world.clock)}, "has nothing to gain"),
    ):
        refused = await technician.send(form, "/rollouts/new", **fields)
        assert refused.status == 422, fields
        assert words in refused.words, (fields, refused.words[:600])
    assert "Nothing was rolled out yet." in (await technician.get("/rollouts")).words
    assert (await technician.get(f"/rollouts/{unknown_id(world.clock)}")).status == 404


async def test_without_an_edition_there_is_nothing_to_plan(make_site: MakeSite) -> None:
    technician = await Console(await make_site(demo=False)).person("technician")
    form = await technician.get("/rollouts/new")
    assert "There is no edition that can be rolled out yet: the committee makes it." in form.words
    assert "/rollouts/new" not in form.forms
    assert (await technician.post("/rollouts/new", {})).status in (404, 409, 422)
    assert (await technician.get("/rollouts/dry-run")).status in (404, 409)
