"""Finding tablets, lists, filters that are kept, and the spreadsheet: what each person reaches, and nothing else."""

import csv
import io

import pytest

from mdm.fleet.slot_binding import Identity, register_tablet
from mdm.fleet.tablet import Platform
from mdm.store import Connection
from tests.webui.fleet.conftest import FleetConsole
from tests.webui.repairs.console import SCHOOL


@pytest.mark.parametrize("text", ["A2", "cassiopee 2", "audignon 2", "pée 2"])
async def test_a_tablet_is_found_by_a_part_of_its_number_its_place_or_its_school(
    console: FleetConsole, text: str
) -> None:
    technician = await console.person("technician")
    page = await technician.get(f"/tablets?text={text}")
    assert f"/tablets/{console.tablets['A2']}" in page.text
    assert f"/tablets/{console.tablets['B1']}" not in page.text


async def test_who_writes_in_the_search_box_gets_the_list_alone(console: FleetConsole) -> None:
    technician = await console.person("technician")
    part = await technician._ask("GET", "/tablets?text=A2", headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith('<div id="tablets-found">')
    assert console.tablets["A2"] in part.text
    assert 'id="kept-query" name="query" value="text=A2" hx-swap-oob="true"' in part.text
    whole = await technician._ask(
        "GET", "/tablets?text=A2", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}
    )
    assert "<!doctype html>" in whole.text


async def test_a_head_finds_only_the_tablets_of_the_own_school(console: FleetConsole) -> None:
    head = await console.person("head")
    far, spare = console.tablets["B1"], console.tablets["S1"]
    for path in ("/tablets", "/tablets?text=B1", "/tablets?text=S1", "/tablets?school=0590001F", "/tablets?spare=1"):
        page = await head.get(path)
        assert page.status == 200
        assert far not in page.text
        assert spare not in page.text
    assert console.tablets["A1"] in (await head.get("/tablets")).text
    assert (await head.get(f"/tablets/{far}")).status == 403
    assert (await head.get(f"/tablets/{far}/history")).status == 403
    file = await head.get("/tablets.csv")
    assert [row["Serial number"] for row in _rows(file.text)] == ["A1", "A2", "A3"]


async def test_a_list_is_filtered_and_sorted_by_its_form(console: FleetConsole) -> None:
    technician = await console.person("technician")
    page = await technician.get("/tablets?text=&state=ready&school=0590001F&sort=seen&direction=down")
    assert console.tablets["B1"] in page.text
    assert console.tablets["A1"] not in page.text
    refused = await technician.get("/tablets?unseen=soon")
    assert refused.status == 422
    assert "cannot be filtered" in refused.words
    assert (await technician.get("/tablets?after=nowhere")).status == 422


async def test_a_long_list_has_pages_in_both_directions(console: FleetConsole) -> None:
    def fill(conn: Connection) -> None:
        for number in range(120):
            identity = Identity(platform=Platform.IPAD, serial=f"LONG{number:04d}", model="iPad")
            register_tablet(conn, console.services.journal, console.clock, identity, actor="test")

    await console.database.write(fill)
    technician = await console.person("technician")
    seen: list[str] = []
    path, pages = "/tablets?text=LONG&sort=name", []
    while path:
        page = await technician.get(path)
        pages.append(path)
        seen += [serial for serial in _serials(page.text) if serial.startswith("LONG")]
        path = _link(page.text, "next")
    assert seen == [f"LONG{number:04d}" for number in range(120)]
    assert len(pages) == 3
    back = _link((await technician.get(pages[-1])).text, "prev")
    assert _serials((await technician.get(back)).text) == [f"LONG{number:04d}" for number in range(50, 100)]


async def test_a_filter_is_kept_shared_and_deleted(console: FleetConsole) -> None:
    technician, head = await console.person("technician"), await console.person("head")
    page = await technician.get("/tablets?storage_low=1")
    kept = await technician.send(page, "/tablets/filters", name="Presque pleines", shared="1")
    assert "Presque pleines" in kept.words
    assert "The filter is kept." in kept.words
    again = await technician.send(page, "/tablets/filters", name="Presque pleines", shared="1")
    assert "The filter is kept, instead of the one that had this name." in again.words
    others = await head.get("/tablets")
    assert "Presque pleines" in others.words
    action = next(action for action in kept.forms if action.endswith("/delete"))
    assert action not in others.forms
    assert (await head.post(action, {})).status == 404
    assert "Presque pleines" in (await technician.get("/tablets")).words
    gone = await technician.send(kept, action)
    assert "Presque pleines" not in gone.words


async def test_a_filter_of_ones_own_is_seen_by_nobody_else(console: FleetConsole) -> None:
    technician, head = await console.person("technician"), await console.person("head")
    await technician.send(await technician.get("/tablets?state=lost"), "/tablets/filters", name="À retrouver")
    assert "À retrouver" not in (await head.get("/tablets")).words
    refused = await technician.send(await technician.get("/tablets?state=lost"), "/tablets/filters", name=" ")
    assert refused.status == 422


async def test_the_spreadsheet_has_the_whole_list_that_is_shown(console: FleetConsole) -> None:
    technician = await console.person("technician")
    file = await technician.get(f"/tablets.csv?school={SCHOOL}")
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "Content-Length" not in file.headers
    assert [(row["Serial number"], row["Battery (%)"]) for row in _rows(file.text)] == [
        ("A1", "80"),
        ("A2", "80"),
        ("A3", "80"),
    ]


async def test_nobody_sees_tablets_without_a_role_for_it(console: FleetConsole) -> None:
    for login in ("parent", "member", "evaluator"):
        person = await console.person(login)
        for path in ("/tablets", "/tablets.csv", "/fleet", f"/tablets/{console.tablets['A1']}"):
            assert (await person.get(path)).status == 403


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def _serials(text: str) -> list[str]:
    return [part.split("<")[0] for part in text.split("<td><code>")[1:]]


def _link(text: str, rel: str) -> str:
    _, found, rest = text.partition(f'rel="{rel}" href="')
    return rest.split('"')[0].replace("&amp;", "&") if found else ""
