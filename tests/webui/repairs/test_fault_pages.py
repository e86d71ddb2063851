"""Faults on pages: who sees which, a whole repair from the report to its end, photos that nobody else gets."""

import io
from datetime import timedelta

from PIL import Image

from mdm.clock import ManualClock
from mdm.repairs.fault import FaultKind
from tests.webui.repairs.console import Console, unknown_id

GPS_IFD = 0x8825


def photo_with_position(colour: str = "firebrick") -> bytes:
    """A phone's JPEG that says where, when and with what it was taken."""
    picture = Image.new("RGB", (2400, 1200), colour)
    exif = picture.getexif()
    exif[0x010F] = "Telephone Maker"
    exif[0x0132] = "2026:09:01 08:00:00"
    exif.get_ifd(GPS_IFD)[1] = "N"
    exif.get_ifd(GPS_IFD)[2] = (43.0, 53.0, 24.0)
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


async def test_each_role_sees_the_faults_of_its_places(console: Console) -> None:
    here, far = await console.report("A1"), await console.report("B1")
    seen = {
        "technician": {"A1", "B1"},
        "nearby-technician": {"A1"},
        "far-technician": {"B1"},
        "head": {"A1"},
        "teacher": {"A1"},
        "far-teacher": {"B1"},
        "manager": {"A1", "B1"},
    }
    for login, expected in seen.items():
        reader = await console.person(login)
        listed = await reader.get("/faults")
        assert listed.status == 200
        for serial, fault in (("A1", here), ("B1", far)):
            address = f"/faults/{fault.fault_id}"
            assert (address in listed.text) is (serial in expected), (login, serial)
            assert (await reader.get(address)).status == (200 if serial in expected else 403), (login, serial)
        sheet = (await reader.get("/faults.csv")).text
        assert {serial for serial in ("A1", "B1") if f";{serial};" in sheet} == expected, login
    for login in ("dsden", "member", "parent", "evaluator", "dpo", "administrator"):
        reader = await console.person(login)
        for path in ("/faults", "/faults.csv", f"/faults/{here.fault_id}", f"/faults/{here.fault_id}/events"):
            assert (await reader.get(path)).status == 403, (login, path)


async def test_only_technicians_of_the_place_are_offered_steps_and_others_are_refused(console: Console) -> None:
    fault = await console.report("A1")
    address = f"/faults/{fault.fault_id}"
    for login, manages in (
        ("technician", True), ("nearby-technician", True), ("far-technician", False),
        ("head", False), ("teacher", False), ("manager", False),
    ):  # fmt: skip
        reader = await console.person(login)
        shown = await reader.get(address)
        assert (f"{address}/take" in shown.forms) is manages, login
        assert ("?act=write_off" in shown.text) is manages, login
        if not manages:
            for step in ("take", "send", "write_off", "reserve", "release"):
                assert (await reader.post(f"{address}/{step}", {"words": ""})).status == 403, (login, step)
    assert (await console.repair.faults.show(fault.fault_id)).line.fault.state == "open"


async def test_a_whole_repair_from_the_report_to_its_end(console: Console) -> None:
    teacher, technician = await console.person("teacher"), await console.person("technician")
    form_address = f"/tablets/{console.tablets['A1']}/fault"
    form = await teacher.get(form_address)
    assert "What is wrong with Cassiopée 01?" in form.words
    thanks = await teacher.send(
        form,
        form_address,
        kind="screen",
        words="Fell from a table",
        unusable="1",
        photos=[("IMG_0001.JPG", photo_with_position(), "image/jpeg")],
    )
    assert thanks.status == 200
    assert "What happens next" in thanks.words
    assert await console.state("A1") == "broken"
    address = next(link for link in thanks.text.split('"') if link.startswith("/faults/"))

    shown = await technician.get(address)
    assert "Fell from a table" in shown.words
    picture = next(part for part in shown.text.split('"') if part.endswith(".jpg"))
    photo = await technician.get(picture)
    assert photo.headers["Content-Type"] == "image/jpeg"
    with Image.open(io.BytesIO(photo.body)) as kept:
        assert kept.size == (1600, 800)
        assert not dict(kept.getexif())
    assert b"Telephone" not in photo.body

    taken = await technician.send(shown, f"{address}/take")
    assert "A technician looks at it" in taken.words
    sending = await technician.get(f"{address}?act=send")
    sent = await technician.send(sending, f"{address}/send", workshop="Atelier Sud", reference="R-42")
    assert "Atelier Sud" in sent.words
    assert "R-42" in sent.words
    quoting = await technician.get(f"{address}?act=quote")
    wrong = await technician.send(quoting, f"{address}/quote", amount="cheap", words="by telephone")
    assert wrong.status == 422
    assert "cannot be read" in wrong.words
    assert "by telephone" in wrong.text
    quoted = await technician.send(quoting, f"{address}/quote", amount="89,90", words="by telephone")
    assert "€89.90" in quoted.words
    replacing = await technician.get(f"{address}?act=replace")
    nothing = await technician.send(replacing, f"{address}/replace")
    assert nothing.status == 422
    aside = await technician.send(replacing, f"{address}/reserve", spare=console.tablets["S1"])
    assert "A spare is put aside for it." in aside.words
    replacing = await technician.get(f"{address}?act=replace")
    assert replacing.forms[f"{address}/replace"]["spare"] == [console.tablets["S1"]]
    replaced = await technician.send(replacing, f"{address}/replace")
    assert "Replaced by a spare" in replaced.words
    # Its name went to the spare: whoever reported it finds the fault by the place all the same.
    listed = (await (await console.person("teacher")).get("/faults")).words
    assert "A1 Replaced by a spare" in listed
    assert "Cassiopée, place 1 ·" in listed
    assert (await console.serials(console.kit_id))[1] == "S1"
    repairing = await technician.get(f"{address}?act=repair")
    repaired = await technician.send(repairing, f"{address}/repair", wiped="1")
    assert "The tablet works again" in repaired.words
    closed = await technician.send(repaired, f"{address}/close")
    assert "The fault is closed." in closed.words
    assert await console.state("A1") == "new"
    told = [change.event for change in (await console.repair.faults.show(address.removeprefix("/faults/"))).changes]
    assert told == ["report", "take", "send", "quote", "replace", "repair", "close"]

    listed = await technician.get("/faults")
    assert address not in listed.text
    assert address in (await technician.get("/faults?state=closed")).text
    assert "0 days" in (await teacher.get("/faults")).words


async def test_a_photo_is_for_those_who_may_see_its_fault(console: Console) -> None:
    fault = await console.report("A1", photos=[photo_with_position()])
    view = await console.repair.faults.show(fault.fault_id)
    path = f"/faults/{fault.fault_id}/photos/{view.photos[0].hash}.jpg"
    other = await console.report("B1", photos=[photo_with_position("navy")])
    crossed = f"/faults/{other.fault_id}/photos/{view.photos[0].hash}.jpg"
    answers = {}
    for login in ("technician", "teacher", "manager", "far-teacher", "parent", "member"):
        answers[login] = (await (await console.person(login)).get(path, accept="image/*")).status
    assert answers == {
        "technician": 200, "teacher": 200, "manager": 200, "far-teacher": 403, "parent": 403, "member": 403,
    }  # fmt: skip
    assert (await (await console.person("technician")).get(crossed, accept="image/*")).status == 404
    nobody = await console.person("technician")
    nobody = type(nobody)(console.site, "", "")
    assert (await nobody.get(path, accept="image/*")).status == 401


async def test_the_list_is_filtered_and_paged(console: Console, clock: ManualClock) -> None:
    technician = await console.person("technician")
    first = await console.report("A1", FaultKind.SCREEN)
    clock.advance(timedelta(seconds=1))
    second = await console.report("A2", FaultKind.BATTERY)
    clock.advance(timedelta(seconds=1))
    third = await console.report("B1", FaultKind.BATTERY)
    await console.repair.repairs.take(second.fault_id, actor="account:technician")

    async def listed(query: str) -> set[str]:
        page = await technician.get(f"/faults?{query}")
        assert page.status == 200
        return {one.fault_id for one in (first, second, third) if f"/faults/{one.fault_id}" in page.text}

    assert await listed("") == {first.fault_id, second.fault_id, third.fault_id}
    assert await listed("state=taken") == {second.fault_id}
    assert await listed("kind=battery") == {second.fault_id, third.fault_id}
    assert await listed("school=lille") == {third.fault_id}
    assert await listed("school=0400377T&kind=battery") == {second.fault_id}
    assert await listed("school=nowhere") == set()
    assert await listed(f"after={second.fault_id}") == {first.fault_id}
    assert await listed("state=nonsense&kind=nonsense&after=nonsense") == {
        first.fault_id, second.fault_id, third.fault_id,
    }  # fmt: skip
    head = await console.person("head")
    assert f"/faults/{third.fault_id}" not in (await head.get("/faults?school=lille&state=all")).text


async def test_what_the_state_does_not_allow_is_told_on_the_page(console: Console) -> None:
    technician = await console.person("technician")
    fault = await console.report("A1")
    await console.repair.repairs.dismiss(fault.fault_id, actor="account:technician")
    answer = await technician.post(f"/faults/{fault.fault_id}/take", {})
    assert answer.status == 409
    assert "it is not possible to look at it" in answer.words
    assert (await technician.get(f"/faults/{unknown_id(console.clock)}")).status == 404


async def test_pages_speak_french(console: Console) -> None:
    await console.report("A1")
    technician = await console.person("technician")
    for path in ("/faults", "/spares", "/inventory", "/labels", "/rollouts"):
        french = await technician.get(path, language="fr")
        assert french.status == 200
        assert french.headers["Content-Language"] == "fr"
        assert french.words != (await technician.get(path)).words
