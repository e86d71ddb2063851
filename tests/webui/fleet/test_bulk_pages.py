"""Actions on many tablets: first what would happen, then a yes, then it goes on without its page and can be stopped."""

from typing import Any

from mdm.fleet_view.bulk import KIND
from mdm.long_work.work import WorkState
from tests.webui.fleet.conftest import FleetConsole
from tests.webui.repairs.console import Page, Reader


async def prepare(person: Reader, console: FleetConsole, action: str, *serials: str, **more: str) -> Page:
    """Tick tablets in the list and ask what would happen."""
    ticked = [console.tablets[serial] for serial in serials]
    return await tick(person, "/tablets", {"tablet": ticked, "action": action, **more})


async def tick(person: Reader, path: str, fields: dict[str, Any]) -> Page:
    """Fill in the form under a list and send it."""
    page = await person.get(path)
    assert fields["action"] in page.text
    return await person.post("/bulk", {"query": page.forms["/bulk"]["query"], **fields})


def begin_of(page: Page) -> str:
    """The address of the form that says yes."""
    return next(action for action in page.forms if action.endswith("/begin"))


async def test_the_dry_run_tells_who_cannot_and_why_and_does_nothing(console: FleetConsole) -> None:
    technician = await console.person("technician")
    page = await prepare(technician, console, "restart", "A1", "A2", "A3", "S1")
    assert page.status == 200
    assert "Nothing has been done yet" in page.words
    able = int(page.words.split("It would be done ")[1].split()[0])
    assert able + page.words.count("1 tablet ") == 4
    assert "It is not managed by this server" in page.words
    assert await console.queued("A1") == []


async def test_what_was_said_yes_to_is_carried_out_and_found_again(console: FleetConsole) -> None:
    technician = await console.person("technician")
    dry = await prepare(technician, console, "refresh", "A1", "A2", "S1")
    work = await technician.send(dry, begin_of(dry))
    assert "It has begun" in work.words
    assert "Waits for its turn" in (await technician.get("/bulk")).words
    await console.work()
    page = await technician.get(work.path)
    assert "The order was given to 2 tablets: each obeys as soon as it calls the server." in page.words
    assert "1 tablet It is not managed by this server" in page.words
    assert console.tablets["S1"] in page.text
    assert await console.queued("A1") == ["DeviceInformation"]
    assert work.path in (await technician.get("/bulk")).text


async def test_work_is_stopped_before_it_is_done(console: FleetConsole) -> None:
    technician = await console.person("technician")
    dry = await prepare(technician, console, "refresh", "A1", "A2")
    work = await technician.send(dry, begin_of(dry))
    stopped = await technician.send(work, f"{work.path}/cancel")
    assert "It was stopped" in stopped.words
    await console.work()
    assert await console.queued("A1") == []
    again = await technician.post(f"{work.path}/cancel", {})
    assert again.status == 409


async def test_what_cannot_be_undone_wants_the_number_of_tablets(console: FleetConsole) -> None:
    technician = await console.person("technician")
    dry = await prepare(technician, console, "erase", "A1", "A2")
    begin = begin_of(dry)
    wrong = await technician.send(dry, begin, typed="3")
    assert wrong.status == 422
    assert "Type 2 if you are sure." in wrong.words
    await console.work()
    assert await console.queued("A1") == []
    right = await technician.send(wrong, begin, typed="2")
    assert right.status == 200
    await console.work()
    assert await console.queued("A1") == ["EraseDevice"]


async def test_all_that_a_filter_finds_can_be_chosen(console: FleetConsole) -> None:
    technician = await console.person("technician")
    dry = await tick(technician, "/tablets?school=0400377T", {"all": "1", "action": "broken"})
    await technician.send(dry, begin_of(dry))
    await console.work()
    assert [await console.state(serial) for serial in ("A1", "A2", "A3", "B1")] == ["broken"] * 3 + ["ready"]


async def test_a_message_is_asked_for_before_screens_are_locked(console: FleetConsole) -> None:
    technician = await console.person("technician")
    asked = await prepare(technician, console, "lock", "A1")
    assert "Message on the locked screen" in asked.words
    wrong = await technician.send(asked, "/bulk", argument="x" * 201)
    assert wrong.status == 422
    dry = await technician.send(wrong, "/bulk", argument="Rendez-moi")
    await technician.send(dry, begin_of(dry))
    await console.work()
    assert await console.queued("A1") == ["DeviceLock"]


async def test_tablets_move_to_the_kit_that_was_looked_for(console: FleetConsole) -> None:
    technician = await console.person("technician")
    asked = await prepare(technician, console, "move", "A1", "A2")
    found = await technician.post(
        "/bulk", {"action": "move", "tablet": [console.tablets["A1"], console.tablets["A2"]], "words": "nord"}
    )
    assert "Orion" in found.words
    assert "Cassiopée, " in asked.words
    dry = await technician.send(found, "/bulk", argument=console.other_kit.kit_id)
    assert "The kit has no free place left for it." in dry.words
    await technician.send(dry, begin_of(dry))
    await console.work()
    assert await console.serials(console.other_kit.kit_id) == {1: "B1", 2: "A1"}


async def test_no_tablet_and_no_action_are_refused_in_words(console: FleetConsole) -> None:
    technician = await console.person("technician")
    none = await prepare(technician, console, "restart")
    assert none.status == 422
    assert "No tablet was chosen." in none.words
    assert (await technician.post("/bulk", {"action": "explode", "all": "1"})).status == 404


async def test_a_technician_of_one_commune_reaches_no_tablet_of_another(console: FleetConsole) -> None:
    near = await console.person("nearby-technician")
    none = await prepare(near, console, "restart", "B1", "S1")
    assert none.status == 422
    dry = await prepare(near, console, "restart", "A1", "B1")
    await near.send(dry, begin_of(dry))
    await console.work()
    assert await console.queued("B1") == []
    assert await console.queued("A1") == ["RestartDevice"]
    moved = await near.post(
        "/bulk",
        {"action": "move", "ready": "1", "tablet": console.tablets["A2"], "argument": console.other_kit.kit_id},
    )
    assert moved.status == 403


async def test_what_one_technician_prepares_is_carried_out_by_nobody_else(console: FleetConsole) -> None:
    technician, near = await console.person("technician"), await console.person("nearby-technician")
    dry = await prepare(technician, console, "restart", "A1")
    begin = begin_of(dry)
    assert (await near.post(begin, {})).status == 404
    work = await technician.send(dry, begin)
    assert (await near.get(work.path)).status == 404
    assert work.path not in (await near.get("/bulk")).text
    dry = await prepare(near, console, "restart", "A2")
    work = await near.send(dry, begin_of(dry))
    assert (await technician.get(work.path)).status == 200


async def test_a_head_is_shown_no_action_and_refused_each(console: FleetConsole) -> None:
    head = await console.person("head")
    assert "/bulk" not in (await head.get("/tablets")).forms
    assert (await head.get("/bulk")).status == 403
    assert (await head.post("/bulk", {"action": "restart", "tablet": console.tablets["A1"]})).status == 403
    works = await console.services.fleet_view.works.recent(subject="fleet")
    assert [work for work in works if work.kind == KIND and work.state is not WorkState.DRAFT] == []
