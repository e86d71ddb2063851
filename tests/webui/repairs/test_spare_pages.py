"""The pool on pages: counted, given a place, put into a kit, taken back; within a technician's places."""

from mdm.repairs.fault import FaultKind
from tests.webui.repairs.console import Console, unknown_id


async def test_only_technicians_see_the_pool(console: Console) -> None:
    spare = f"/spares/{console.tablets['S1']}"
    for login in ("technician", "nearby-technician"):
        reader = await console.person(login)
        assert (await reader.get("/spares")).status == 200
        assert (await reader.get(spare)).status == 200
    for login in ("head", "teacher", "manager", "dsden", "member", "parent", "administrator", "dpo", "evaluator"):
        reader = await console.person(login)
        for path in ("/spares", "/spares/events", "/spares/return", spare):
            assert (await reader.get(path)).status == 403, (login, path)
        for path in ("/spares/return", f"{spare}/take", f"{spare}/place"):
            assert (await reader.post(path, {"slot": f"{console.kit_id}/4"})).status == 403, (login, path)
    assert len((await console.repair.spares.list()).spares) == 2


async def test_a_spare_gets_a_place_and_then_a_kit(console: Console) -> None:
    technician = await console.person("technician")
    spare = f"/spares/{console.tablets['S1']}"
    pool = await technician.get("/spares")
    assert "2 tablets ready to go into a kit" in pool.words
    shown = await technician.get(spare)
    long = await technician.send(shown, f"{spare}/place", place="shelf " * 40)
    assert long.status == 422
    kept = await technician.send(shown, f"{spare}/place", place="workshop, shelf 2")
    assert "workshop, shelf 2" in kept.words
    narrowed = await technician.get(f"{spare}?words=audignon")
    assert "Orion" not in narrowed.words
    taken = await technician.send(narrowed, f"{spare}/take")
    assert taken.path == f"/kits/{console.kit_id}"
    assert (await console.serials(console.kit_id))[4] == "S1"
    assert "1 tablet ready to go into a kit" in (await technician.get("/spares")).words
    assert (await technician.get(spare)).status == 409


async def test_a_taken_place_and_somebody_elses_kit_are_refused(console: Console) -> None:
    spare = f"/spares/{console.tablets['S1']}/take"
    technician, near = await console.person("technician"), await console.person("nearby-technician")
    assert (await technician.post(spare, {"slot": f"{console.kit_id}/1"})).status == 409
    assert (await technician.post(spare, {"slot": "nonsense"})).status == 422
    assert (await technician.post(spare, {"slot": f"{unknown_id(console.clock)}/1"})).status == 404
    assert "Orion" not in (await near.get(f"/spares/{console.tablets['S1']}")).words
    assert (await near.post(spare, {"slot": f"{console.other_kit.kit_id}/2"})).status == 403
    assert (await near.post("/spares/return", {"slot": f"{console.other_kit.kit_id}/1"})).status == 403
    assert await console.serials(console.other_kit.kit_id) == {1: "B1"}


async def test_a_tablet_goes_back_into_the_pool(console: Console) -> None:
    technician = await console.person("technician")
    found = await technician.get("/spares/return?words=cassiopee+2")
    assert found.forms["/spares/return"]["slot"] == [f"{console.kit_id}/2"]
    back = await technician.send(found, "/spares/return", place="cupboard")
    assert "Done: the tablet is in the pool." in back.words
    assert "cupboard" in back.words
    assert 2 not in await console.serials(console.kit_id)
    again = await technician.send(found, "/spares/return")
    assert again.status == 409
    assert "This tablet is not in that place any more." in again.words


async def test_what_is_put_aside_leads_to_its_fault_and_can_be_let_go(console: Console) -> None:
    technician = await console.person("technician")
    fault = await console.report("A1", FaultKind.CASE)
    replacing = await technician.get(f"/faults/{fault.fault_id}?act=replace")
    await technician.send(replacing, f"/faults/{fault.fault_id}/reserve", spare=console.tablets["S2"])
    pool = await technician.get("/spares")
    assert "put aside for a repair" in pool.words
    assert f'href="/faults/{fault.fault_id}"' in pool.text
    shown = await technician.get(f"/faults/{fault.fault_id}")
    freed = await technician.send(shown, f"/faults/{fault.fault_id}/release")
    assert "The spare can be used for something else." in freed.words
    assert "put aside" not in (await technician.get("/spares")).words
