"""A tablet joins by a kit's path, gets one of its own, and nobody takes its place unseen."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from mdm.clock import ManualClock
from mdm.fleet.kit import SlotStage
from mdm.fleet.states import TabletEvent
from mdm.store import Connection
from tests.android.conftest import AgentSite, MakeTablet


async def test_a_tablet_takes_the_first_free_slot_and_an_address_of_its_own(
    site: AgentSite, tablet: MakeTablet
) -> None:
    one = tablet("R52T1")
    path = await site.kit_path()
    asked = await one.ask(path)
    assert asked.status == 200
    assert one.number.startswith("01-")
    assert one.configuration["newServerUrl"].startswith("https://tablets.example.fr/d-")
    assert one.configuration["applications"] == []
    assert (await site.view()).slots[0].stage is SlotStage.JOINING
    assert (await one.move()).status == 200
    slot = (await site.view()).slots[0]
    assert (slot.stage, slot.serial) == (SlotStage.ENROLLED, "R52T1")


async def test_the_same_request_twice_is_one_tablet(site: AgentSite, tablet: MakeTablet) -> None:
    path = await site.kit_path()
    first, again = tablet("R52T1"), tablet("R52T1")
    await first.ask(path)
    await again.ask(path)
    assert first.number == again.number
    await first.move()
    assert [slot.tablet_id is not None for slot in (await site.view()).slots] == [True, False, False]


async def test_two_tablets_take_two_slots(site: AgentSite, tablet: MakeTablet) -> None:
    path = await site.kit_path()
    await tablet("AAA1").join(path)
    await tablet("BBB2").join(path)
    assert [slot.serial for slot in (await site.view()).slots] == ["AAA1", "BBB2", None]


async def test_a_reset_tablet_takes_its_slot_again_and_its_old_address_is_nobodys(
    site: AgentSite, tablet: MakeTablet
) -> None:
    path = await site.kit_path()
    await tablet("AAA1").join(path)
    old = tablet("BBB2")
    await old.join(path)
    back = tablet("BBB2")
    await back.join(await site.kit_path())
    assert [slot.serial for slot in (await site.view()).slots] == ["AAA1", "BBB2", None]
    assert back.project != old.project
    assert (await old.fetch()).status == 404
    assert (await back.fetch()).status == 200


async def test_the_second_of_two_tablets_for_one_slot_is_held(site: AgentSite, tablet: MakeTablet) -> None:
    path = await site.kit_path(2)
    first, second = tablet("AAA1"), tablet("BBB2")
    await first.ask(path)
    await second.ask(path)
    await first.move()
    await second.move()
    assert [slot.serial for slot in (await site.view()).slots] == [None, "AAA1", None]
    assert (await site.enrollment(second.number)).state == "held"
    assert second.configuration["applications"] == []
    assert len(await site.sql("SELECT 1 FROM tablet")) == 1


@pytest.mark.parametrize(
    ("choice", "serials"),
    [("refuse", [None, "AAA1", None]), ("replace", [None, "BBB2", None]), ("elsewhere", ["BBB2", "AAA1", None])],
)
async def test_a_person_settles_who_waits(
    site: AgentSite, tablet: MakeTablet, choice: str, serials: list[str | None]
) -> None:
    path = await site.kit_path(2)
    first, second = tablet("AAA1"), tablet("BBB2")
    await first.join(path)
    await second.join(path)
    held = site.parts.held
    await site.database.write(
        lambda conn: held.choose(conn, site.kit_id, second.number, choice, actor="account:anne")  # type: ignore[arg-type]
    )
    assert [slot.serial for slot in (await site.view()).slots] == serials
    assert (await first.fetch()).status == (404 if choice == "replace" else 200)
    assert (await second.fetch()).status == (404 if choice == "refuse" else 200)


async def test_a_typed_slot_number_waits_for_the_report_to_say_who_it_is(site: AgentSite, tablet: MakeTablet) -> None:
    path = await site.kit_path()
    one = tablet("R52T1")
    await one.join(path, "3")
    assert (await site.view()).slots[2].stage is SlotStage.JOINING
    assert (await one.report()).status == 200
    slot = (await site.view()).slots[2]
    assert (slot.stage, slot.serial, slot.battery) == (SlotStage.ENROLLED, "R52T1", 71)


async def test_a_reset_tablet_that_types_its_slots_number_takes_it_again_when_it_reports(
    site: AgentSite, tablet: MakeTablet
) -> None:
    old = tablet("AAA1")
    await old.join(await site.kit_path(), "2")
    await old.report()
    before = (await site.view()).slots[1].tablet_id
    back, other = tablet("AAA1"), tablet("BBB2")
    path = await site.kit_path()
    await back.join(path, "2")
    assert (await old.fetch()).status == 200
    await back.report()
    slot = (await site.view()).slots[1]
    assert (slot.tablet_id, slot.serial) == (before, "AAA1")
    assert ((await old.fetch()).status, (await back.fetch()).status) == (404, 200)
    await other.join(path, "2")
    await other.report()
    assert (await site.enrollment(other.number)).state == "held"
    assert (await site.view()).slots[1].tablet_id == before


async def test_a_typed_code_works_however_it_is_typed(site: AgentSite, tablet: MakeTablet) -> None:
    from enrollment.agent_paths import typed_code

    path = await site.kit_path()
    code = typed_code(path.removeprefix("k-"))
    assert len(code) == 14
    one = tablet("R52T1")
    await one.join(f"k-{code.upper().replace('-', '')}")
    assert (await site.view()).slots[0].serial == "R52T1"


async def test_a_path_ends_soon_after_its_first_use(site: AgentSite, tablet: MakeTablet, clock: ManualClock) -> None:
    path = await site.kit_path()
    early = tablet("AAA1")
    await early.ask(path)
    clock.advance(timedelta(minutes=61))
    late = await tablet("BBB2").ask(path)
    assert late.status == 403
    assert "code" in late.json["message"]
    assert (await early.move()).status == 200


async def test_an_empty_number_is_asked_for_and_creates_nothing(site: AgentSite, tablet: MakeTablet) -> None:
    answer = await tablet("x").ask(await site.kit_path(), "")
    assert (answer.status, answer.json["message"]) == (200, "error.notfound.device")
    assert await site.sql("SELECT 1 FROM android_enrollment") == []


async def test_an_empty_number_is_said_to_the_technician_and_never_a_fault(site: AgentSite, tablet: MakeTablet) -> None:
    path = await site.kit_path()
    one = tablet("AAA1")
    with capture_logs() as logs:
        assert (await one.ask(path, "")).status == 200
    assert [line["kit"] for line in logs if line["event"] == "android_number_missing"] == [site.kit_id]
    await one.join(path)
    for project in (path, one.project, "d-aaaaaaaaaaaaaaaaaaaaaaaaaa", "x"):
        for what in ("public/sync/configuration", "notifications/device", "plugins/devicelog/log/rules"):
            assert (await one.call("GET", f"/rest/{what}/", project=project)).status == 404


async def test_unknown_paths_wrong_numbers_and_retired_tablets_get_one_answer(
    site: AgentSite, tablet: MakeTablet
) -> None:
    path = await site.kit_path()
    one, other = tablet("AAA1"), tablet("BBB2")
    await one.join(path)
    await other.join(path)
    refused = [
        await one.call("GET", "/rest/public/sync/configuration/AAA1", project="d-aaaaaaaaaaaaaaaaaaaaaaaaaa"),
        await one.call("GET", f"/rest/public/sync/configuration/{other.number}"),
        await one.call("GET", "/rest/public/sync/configuration/AAA1", project="k-nothing-of-ours"),
        await one.call("GET", "/rest/public/sync/configuration/AAA1", project="k%2Fs3"),
        await one.call("GET", "/rest/public/sync/configuration/AAA1", project="rest"),
        await one.call("GET", f"/rest/notification/polling/{other.number}"),
        await one.call("GET", f"/rest/public/sync/configuration/{one.number}", project=path),
    ]
    tablet_id = (await site.view()).slots[0].tablet_id
    assert tablet_id is not None

    def retire(conn: Connection) -> None:
        site.fleet.apply(conn, tablet_id, TabletEvent.RETIRE, actor="test")

    await site.database.write(retire)
    refused.append(await one.fetch())
    assert {(answer.status, answer.body) for answer in refused} == {(404, refused[0].body)}


async def test_a_tablets_own_path_takes_nobody_in(site: AgentSite, tablet: MakeTablet) -> None:
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    answer = await one.ask(one.project)
    assert (answer.status, answer.json["message"]) == (403, "error.duplicate.device")


async def test_a_full_kit_says_so(site: AgentSite, tablet: MakeTablet) -> None:
    path = await site.kit_path()
    for serial in ("AAA1", "BBB2", "CCC3"):
        await tablet(serial).join(path)
    answer = await tablet("DDD4").ask(path)
    assert answer.status == 409
    assert "Pégase" in answer.json["message"]


async def test_another_serial_number_on_a_tablets_path_is_an_alarm(site: AgentSite, tablet: MakeTablet) -> None:
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    await one.report()
    await one.report(serial="ZZZ9", batteryLevel=3)
    assert (await site.enrollment(one.number)).other_serial == "ZZZ9"
    assert (await site.view()).slots[0].battery == 71
    assert await site.sql("SELECT 1 FROM journal WHERE kind = 'tablet_contradicts'")


async def test_the_alarm_is_journalled_once_and_ends_when_the_other_has_its_own_slot(
    site: AgentSite, tablet: MakeTablet
) -> None:
    one = tablet("AAA1")
    path = await site.kit_path()
    await one.join(path)
    await one.report()
    for serial in ("ZZZ1", "ZZZ2", "ZZZ9") * 5:
        await one.report(serial=serial)
    assert len(await site.sql("SELECT 1 FROM journal WHERE kind = 'tablet_contradicts'")) == 1
    await tablet("BBB2").join(path)
    assert (await site.enrollment(one.number)).other_serial == "ZZZ9"
    await tablet("ZZZ9").join(path)
    assert (await site.enrollment(one.number)).other_serial is None


@pytest.mark.parametrize("number", ["a%20b", "%C3%A9t%C3%A9", "a%2Fb", "x" * 150])
async def test_strange_numbers_are_one_segment_and_find_a_place(
    site: AgentSite, tablet: MakeTablet, number: str
) -> None:
    answer = await tablet("AAA1").ask(await site.kit_path(), number)
    assert answer.status == 200
    assert answer.data["newNumber"].startswith("01-")
