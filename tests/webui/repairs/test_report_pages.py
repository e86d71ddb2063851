"""Reporting a fault: who may, what is asked, what is said afterwards, and what is refused in words."""

from datetime import timedelta

from mdm.clock import ManualClock
from mdm.repairs.fault import FaultKind
from mdm.repairs.photo_cleaning import LARGEST_BYTES
from tests.webui.repairs.console import Console
from tests.webui.repairs.test_fault_pages import photo_with_position


async def test_who_may_report_a_fault_of_which_tablet(console: Console) -> None:
    address = f"/tablets/{console.tablets['A1']}/fault"
    for login, status in (
        ("teacher", 200), ("head", 200), ("technician", 200), ("nearby-technician", 200), ("manager", 200),
        ("far-teacher", 403), ("far-technician", 403), ("parent", 403), ("member", 403), ("dsden", 403),
        ("evaluator", 403), ("dpo", 403), ("administrator", 403),
    ):  # fmt: skip
        reader = await console.person(login)
        assert (await reader.get(address)).status == status, login
        sent = await reader.post(address, {"kind": "sound"})
        assert sent.status == status, login
        shown = await reader.get(f"/tablets/{console.tablets['A1']}")
        if shown.status == 200:
            assert (address in shown.text) is (status == 200), login
    faults = await console.repair.faults.of_tablet(console.tablets["A1"])
    assert [(one.fault.kind, one.fault.reports) for one in faults.faults] == [(FaultKind.SOUND, 5)]


async def test_the_same_fault_again_is_said_to_be_known_since_a_day_and_by_nobody(
    console: Console, clock: ManualClock
) -> None:
    fault = await console.report("A1", actor="account:head", words="The corner is split.")
    clock.advance(timedelta(days=2))
    teacher = await console.person("teacher")
    address = f"/tablets/{console.tablets['A1']}/fault"
    form = await teacher.get(address)
    assert "Already known Screen broken or not working , reported on Tuesday" in form.words
    thanks = await teacher.send(form, address, kind="screen", words="It goes on.")
    assert "This fault was reported already, on Tuesday: what you wrote was added to it." in thanks.words
    assert "head" not in thanks.words.split("Thank you")[1]
    shown = await teacher.get(f"/faults/{fault.fault_id}")
    assert "The corner is split." in shown.words
    assert "It goes on." in shown.words
    assert "account:" not in shown.text
    assert "· head" not in shown.words
    technician = await console.person("technician")
    assert "· head" in (await technician.get(f"/faults/{fault.fault_id}")).words


async def test_what_cannot_be_taken_in_is_told_and_what_was_written_is_still_there(console: Console) -> None:
    teacher = await console.person("teacher")
    address = f"/tablets/{console.tablets['A1']}/fault"
    form = await teacher.get(address)
    heic = b"\0\0\0\x18ftypheic" + b"\0" * 64
    heavy = photo_with_position() + b"\0" * LARGEST_BYTES
    for fields, status, words in (
        ({"words": "cracked"}, 422, "You have not said yet what is wrong."),
        ({"kind": "haunted", "words": "cracked"}, 422, "is not a kind of fault"),
        ({"kind": "screen", "words": "cracked", "photos": [("a.heic", heic, "image/heic")]}, 422, "HEIC"),
        ({"kind": "screen", "words": "cracked", "photos": [("a.jpg", heavy, "image/jpeg")]}, 413, "larger than 8 MB"),
        ({"kind": "screen", "words": "cracked", "photos": [("a.jpg", b"<html>", "image/jpeg")]}, 422, "not a photo"),
        ({"kind": "screen", "words": "cracked " * 200}, 422, "1,599 characters"),
        (
            {"kind": "screen", "words": "cracked", "photos": [("a.jpg", photo_with_position(), "image/jpeg")] * 5},
            409,
            "No more than 4 photos",
        ),
    ):
        refused = await teacher.send(form, address, **fields)
        assert refused.status == status, (fields.get("kind"), refused.words[:400])
        assert words.replace(",", "") in refused.words.replace(",", ""), words
        assert "cracked" in refused.text
    assert not (await console.repair.faults.of_tablet(console.tablets["A1"])).faults
    accepted = await teacher.send(form, address, kind="screen", photos=[("", b"", "application/octet-stream")])
    assert accepted.status == 200


async def test_only_those_who_declare_tablets_lost_report_them_lost(console: Console) -> None:
    teacher, head = await console.person("teacher"), await console.person("head")
    address = f"/tablets/{console.tablets['A1']}/fault"
    form = await teacher.get(address)
    assert 'value="lost"' not in form.text
    assert "tell the head of your school" in form.words
    refused = await teacher.send(form, address, kind="lost")
    assert refused.status == 403
    assert "Only the head of the school or a technician declares a tablet lost." in refused.words
    assert await console.state("A1") == "ready"
    form = await head.get(address)
    assert 'value="lost"' in form.text
    thanks = await head.send(form, address, kind="lost")
    assert "counts as lost" in thanks.words
    assert await console.state("A1") == "lost"


async def test_the_thanks_are_of_that_tablet_alone(console: Console) -> None:
    teacher = await console.person("teacher")
    fault = await console.report("A1")
    crossed = f"/tablets/{console.tablets['A2']}/fault/thanks/{fault.fault_id}"
    assert (await teacher.get(crossed)).status == 404
    right = f"/tablets/{console.tablets['A1']}/fault/thanks/{fault.fault_id}"
    assert (await teacher.get(right)).status == 200
    assert (await (await console.person("far-teacher")).get(right)).status == 403


async def test_a_tablet_that_left_the_fleet_has_no_form(console: Console) -> None:
    fault = await console.report("A1")
    await console.repair.repairs.write_off(fault.fault_id, actor="account:technician")
    technician = await console.person("technician")
    address = f"/tablets/{console.tablets['A1']}/fault"
    shown = await technician.get(address)
    assert "This tablet has left the fleet for good." in shown.words
    assert address not in shown.forms
    assert (await technician.post(address, {"kind": "screen"})).status == 409
