"""Files are tried, then imported whole or not at all; a kit is made for a school that was looked for."""

from datetime import timedelta

from mdm.clock import ManualClock
from tests.webui.fleet.conftest import FleetConsole
from tests.webui.repairs.console import SCHOOL

KITS = "UAI;Valise;Plateforme;Places\n0400377T;Pégase;android;8\n".encode()


async def test_a_file_is_tried_then_imported(console: FleetConsole) -> None:
    technician = await console.person("technician")
    tried = await technician.post("/imports", {"kind": "kits", "file": ("kits.csv", KITS, "text/csv")})
    assert "What the file would change" in tried.words
    assert "Pégase" in tried.words
    assert [kit.kit.name for kit in await console.services.fleet.kits(uai=SCHOOL)] == ["Cassiopée"]
    done = await technician.send(tried, "/imports/apply")
    assert "It was imported" in done.words
    assert sorted(kit.kit.name for kit in await console.services.fleet.kits(uai=SCHOOL)) == ["Cassiopée", "Pégase"]
    again = await technician.send(tried, "/imports/apply")
    assert again.status == 410


async def test_what_is_wrong_in_a_file_is_told_line_by_line(console: FleetConsole) -> None:
    technician = await console.person("technician")
    body = b"UAI;Valise;Plateforme;Places\n0400377T;Lyre;ipad;many\n"
    refused = await technician.post("/imports", {"kind": "kits", "file": ("kits.csv", body, "text/csv")})
    assert refused.status == 422
    assert "To correct in the file" in refused.words
    assert "many" in refused.words
    assert (await technician.post("/imports", {"kind": "kits"})).status == 422
    assert (await technician.post("/imports", {"kind": "pupils"})).status == 404


async def test_a_file_that_was_tried_is_its_uploaders_and_kept_for_an_hour(
    console: FleetConsole, clock: ManualClock
) -> None:
    technician = await console.person("technician")
    tried = await technician.post("/imports", {"kind": "kits", "file": ("kits.csv", KITS, "text/csv")})
    clock.advance(timedelta(minutes=61))
    late = await technician.send(tried, "/imports/apply")
    assert late.status == 410
    assert [kit.kit.name for kit in await console.services.fleet.kits(uai=SCHOOL)] == ["Cassiopée"]


async def test_the_files_to_fill_in_can_be_imported_as_they_are(console: FleetConsole) -> None:
    technician = await console.person("technician")
    for kind, new in (("schools", "2 new ones"), ("kits", "1 changed"), ("tablets", "2 new ones")):
        template = await technician.get(f"/imports/{kind}.csv")
        tried = await technician.post("/imports", {"kind": kind, "file": (f"{kind}.csv", template.body, "text/csv")})
        assert new in tried.words, tried.words
        done = await technician.send(tried, "/imports/apply")
        assert "It was imported" in done.words
    assert (await console.serials(console.kit_id))[7] == "DMPX3ABCQ1"


async def test_files_are_for_those_who_reach_the_whole_fleet(console: FleetConsole) -> None:
    for login in ("nearby-technician", "head", "teacher", "manager"):
        person = await console.person(login)
        assert (await person.get("/imports")).status == 403
        sent = await person.post("/imports", {"kind": "kits", "file": ("kits.csv", KITS, "text/csv")})
        assert sent.status == 403
    assert "/imports" not in (await (await console.person("nearby-technician")).get("/fleet")).text


async def test_a_kit_is_made_for_a_school_that_was_looked_for(console: FleetConsole) -> None:
    technician = await console.person("technician")
    page = await technician.get("/kits/new?words=nord")
    assert "École du Nord" in page.words
    assert "Audignon" not in page.words
    made = await technician.send(page, "/kits/new", school="0590001F", name="Lyre", platform="ipad", slots="6")
    assert made.status == 200
    assert "Lyre" in made.words
    kits = {kit.kit.name: kit.slots for kit in await console.services.fleet.kits(uai="0590001F")}
    assert kits == {"Orion": 2, "Lyre": 6}


async def test_what_is_wrong_with_a_kit_is_told_and_what_was_written_stays(console: FleetConsole) -> None:
    technician = await console.person("technician")
    fields = {"school": SCHOOL, "name": "Lyre", "platform": "ipad", "slots": "6"}
    for wrong in ({"school": ""}, {"name": " "}, {"slots": "many"}, {"slots": "900"}, {"platform": "toaster"}):
        page = await technician.post("/kits/new", {**fields, **wrong})
        assert page.status >= 400, wrong
        assert page.forms["/kits/new"]["name"] == [fields["name"] if "name" not in wrong else ""]
    assert (await technician.post("/kits/new", {**fields, "name": "Cassiopée"})).status == 409


async def test_a_kit_is_made_where_one_is_a_technician_only(console: FleetConsole) -> None:
    far = await console.person("far-technician")
    fields = {"school": SCHOOL, "name": "Lyre", "platform": "ipad", "slots": "6"}
    assert (await far.post("/kits/new", fields)).status == 403
    assert "Audignon" not in (await far.get("/kits/new")).words
    assert (await (await console.person("head")).post("/kits/new", fields)).status == 403


async def test_a_kit_is_renamed_from_its_page(console: FleetConsole) -> None:
    technician, path = await console.person("technician"), f"/kits/{console.kit_id}/name"
    page = await technician.get(f"/kits/{console.kit_id}")
    assert f'href="{path}"' in page.text
    form = await technician.get(path)
    assert form.forms[path]["name"] == ["Cassiopée"]
    for wrong, status in ((" ", 422), ("x" * 41, 422)):
        refused = await technician.send(form, path, name=wrong)
        assert (refused.status, refused.forms[path]["name"]) == (status, [wrong.strip()])
    done = await technician.send(form, path, name="Grande Ourse")
    assert "The kit has its new name. Print its labels again." in done.words
    assert "Grande Ourse 01" in done.words
    for login in ("far-technician", "head", "teacher"):
        other = await console.person(login)
        assert (await other.get(path)).status == 403
        assert (await other.post(path, {"name": "Lyre"})).status == 403
        assert path not in (await other.get(f"/kits/{console.kit_id}")).text
