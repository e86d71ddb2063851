"""Inventories on pages: begun where one may, typed without script, closed, what is missing declared lost."""

from enrollment.labels.label import inventory_code
from tests.webui.repairs.console import OTHER_SCHOOL, SCHOOL, Console


async def test_who_counts_what(console: Console) -> None:
    school, kit = {"school": SCHOOL}, {"kit": console.kit_id}
    for login, status in (
        ("teacher", 200), ("head", 200), ("technician", 200), ("nearby-technician", 200),
        ("far-teacher", 403), ("far-technician", 403), ("manager", 403), ("parent", 403), ("member", 403),
        ("administrator", 403),
    ):  # fmt: skip
        reader = await console.person(login)
        for what in (school, kit):
            assert (await reader.post("/inventory", what)).status == status, (login, what)
    teacher = await console.person("teacher")
    listed = await teacher.get("/inventory")
    assert "École du Nord" not in listed.words
    assert "Under way: join with your phone" in listed.words
    nothing = await teacher.post("/inventory", {})
    assert nothing.status == 422
    assert "You have not said yet where." in nothing.words


async def test_an_inventory_is_seen_and_changed_by_those_of_its_place(console: Console) -> None:
    opened = await console.repair.inventories.open_kit(console.kit_id, actor="account:teacher")
    address = f"/inventory/{opened.inventory_id}"
    for login in ("far-teacher", "far-technician", "manager", "parent"):
        reader = await console.person(login)
        for path in (address, f"{address}/events", f"{address}/inventory.csv"):
            assert (await reader.get(path)).status == 403, (login, path)
        for act in ("scan", "close", "lost"):
            assert (await reader.post(f"{address}/{act}", {"code": "A1"})).status == 403, (login, act)
    assert (await (await console.person("teacher")).get(address)).status == 200


async def test_a_count_without_script_from_its_beginning_to_the_lost_ones(console: Console) -> None:
    teacher, head = await console.person("teacher"), await console.person("head")
    listed = await teacher.get("/inventory?words=cassiopee")
    begun = await teacher.send(listed, "/inventory", kit=console.kit_id)
    address = begun.path
    assert "0 seen of 3" in begun.words
    assert "3 missing" in begun.words
    seen = await teacher.send(begun, f"{address}/scan", code=inventory_code(console.kit_id, 1))
    assert "Cassiopée 01 it belongs here" in seen.words
    assert "1 seen of 3" in seen.words
    again = await teacher.send(begun, f"{address}/scan", code="a1")
    assert "Cassiopée 01 counted already" in again.words
    strange = await teacher.send(begun, f"{address}/scan", code="B1")
    assert "it belongs to another kit" in strange.words
    assert "1 misplaced" in strange.words
    secret = "https://mdm.example.fr/e/do-not-keep-this"
    refused = await teacher.send(begun, f"{address}/scan", code=secret)
    assert refused.status == 422
    assert "This code enrols a tablet" in refused.words
    assert "do-not-keep-this" not in refused.text

    closed = await teacher.send(seen, f"{address}/close")
    assert "The inventory is closed." in closed.words
    assert f"{address}/lost" not in closed.forms
    assert (await teacher.post(f"{address}/lost", {"which": "all"})).status == 403
    late = await teacher.post(f"{address}/scan", {"code": "A2"})
    assert late.status == 409
    shown = await head.get(address)
    none = await head.send(shown, f"{address}/lost")
    assert none.status == 422
    lost = await head.send(shown, f"{address}/lost", tablet=console.tablets["A2"])
    assert "Declared lost: each is in the list of faults now." in lost.words
    assert (await console.state("A2"), await console.state("A3")) == ("lost", "ready")
    rest = await head.send(lost, f"{address}/lost", which="all")
    assert rest.status == 200
    assert await console.state("A3") == "lost"
    assert "Tablet lost" in (await head.get("/faults")).words
    sheet = await head.get(f"{address}/inventory.csv")
    assert sheet.headers["Content-Type"].startswith("text/csv")
    assert "not seen" in sheet.text
    assert "valise:" in sheet.text


async def test_a_script_is_told_of_its_scan_alone(console: Console) -> None:
    teacher = await console.person("teacher")
    opened = await console.repair.inventories.open_school(SCHOOL, actor="account:teacher")
    address = f"/inventory/{opened.inventory_id}/scan"
    fetched = {"X-Requested-With": "fetch"}
    right = await teacher.post(address, {"code": "A1"}, **fetched)
    assert (right.status, right.words) == (200, "Cassiopée 01 it belongs here")
    wrong = await teacher.post(address, {"code": "{}"}, **fetched)
    assert wrong.status == 422
    assert wrong.words.startswith("This code enrols a tablet")
    assert "<html" not in right.text + wrong.text


async def test_the_list_finds_kits_of_the_reach_and_keeps_what_is_over(console: Console) -> None:
    technician = await console.person("technician")
    far = await console.repair.inventories.open_school(OTHER_SCHOOL, actor="account:technician")
    await console.repair.inventories.close(far.inventory_id, actor="account:technician")
    listed = await technician.get("/inventory?words=lille")
    assert "Orion" in listed.words
    assert "Cassiopée" not in listed.words
    assert f"/inventory/{far.inventory_id}" in listed.text
    teacher = await console.person("teacher")
    assert f"/inventory/{far.inventory_id}" not in (await teacher.get("/inventory")).text
