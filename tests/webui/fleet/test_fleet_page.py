"""The fleet at a glance: figures, plots with their tables, the map, schools, and what needs attention first."""

import asyncio

import aiohttp

from mdm.fleet.slot_binding import Identity
from mdm.fleet.states import TabletEvent
from mdm.fleet.tablet import Platform
from mdm.fleet_view.geography import macs_communes
from mdm.store import Connection
from tests.webui.fleet.conftest import FleetConsole
from tests.webui.repairs.console import Reader


async def test_a_technician_sees_the_whole_fleet_with_tables_beside_plots(console: FleetConsole) -> None:
    technician = await console.person("technician")
    page = await technician.get("/fleet")
    assert page.status == 200
    assert "6 tablets · as of" in page.words
    assert "4 tablets have little free storage" in page.words
    for name in ("states", "agreed", "storage", "battery", "seen", "systems", "communes"):
        assert f'aria-labelledby="{name}-title {name}-desc"' in page.text
    assert page.text.count("<svg") - page.text.count('class="logo"') <= page.text.count("<details>") + 1
    assert len(page.body) < 60_000


async def test_what_needs_attention_is_told_in_words_and_leads_to_its_list(console: FleetConsole) -> None:
    fleet, lost = console.services.fleet, console.tablets["A2"]
    await fleet.change_state(lost, TabletEvent.LOSE, actor="test")

    def fail(conn: Connection) -> None:
        now = console.clock.ms()
        conn.run(
            "INSERT INTO command (command_id, request_type, body, step, created_at, created_by)"
            " VALUES ('c', 'InstallApplication', :body, 'app:org.example', :now, 'system')",
            body=b"",
            now=now,
        )
        conn.run(
            "INSERT INTO delivery (tablet_id, position, command_id, state, answered_at)"
            " VALUES (:it, 1, 'c', 'error', :now)",
            it=console.tablets["A1"],
            now=now,
        )
        conn.run("UPDATE tablet_report SET seen_at = seen_at + 1")

    await console.database.write(fail)
    await console.count()
    technician = await console.person("technician")
    page = await technician.get("/fleet")
    assert "1 tablet refused something" in page.words
    assert f"/tablets/{console.tablets['A1']}" in page.text
    assert "Install an app." in page.words
    assert "1 tablet is lost" in page.words
    assert "/tablets?state=lost" in page.text
    assert "/tablets?errors=1" in page.text


async def test_a_commune_is_seen_alone(console: FleetConsole) -> None:
    technician = await console.person("technician")
    assert "/fleet?commune=59350" in (await technician.get("/fleet")).text
    page = await technician.get("/fleet?commune=59350")
    assert "1 tablet · as of" in page.words
    assert "École du Nord" in page.words
    assert (await technician.get("/fleet?commune=nowhere")).status == 422


async def test_the_map_is_drawn_from_contours_once_they_are_known(console: FleetConsole) -> None:
    territory = await console.database.read(lambda conn: conn.one("SELECT territory_id FROM territory"))
    assert territory is not None
    await console.services.fleet.create_commune(
        "40310", "Soustons", territory_id=territory["territory_id"], actor="test"
    )
    await console.services.fleet.create_school("0400544Z", "École de la Plage", insee="40310", actor="test")
    kit = await console.services.fleet.create_kit("0400544Z", "Lyre", platform=Platform.IPAD, slots=1, actor="test")
    identity = Identity(platform=Platform.IPAD, serial="P1", model="iPad")
    await console.database.write(
        lambda conn: console.services.fleet.bind(conn, identity, kit_id=kit.kit_id, slot_number=1, actor="test")
    )
    await console.services.fleet_view.geography.import_file(macs_communes(), actor="test")
    await console.count()
    page = await (await console.person("technician")).get("/fleet")
    assert 'aria-label="Soustons: ' in page.text
    assert 'class="tone-' in page.text.split('class="chart chart-map"')[1]


async def test_a_head_sees_the_own_school_alone(console: FleetConsole) -> None:
    head = await console.person("head")
    page = await head.get("/fleet")
    assert "3 tablets · as of" in page.words
    assert "École du Nord" not in page.words
    assert "/bulk" not in page.text
    assert "/kits/new" not in page.text
    assert "0 tablets" in (await head.get("/fleet?commune=59350")).words


async def test_schools_are_sorted_and_have_pages(console: FleetConsole) -> None:
    def many(conn: Connection) -> None:
        for number in range(60):
            uai = f"0400{number:03d}A"
            conn.run(
                "INSERT INTO school (uai, insee, name) VALUES (:uai, '40018', :name)", uai=uai, name=f"X{number:02d}"
            )
            columns = [row["name"] for row in conn.all("SELECT name FROM pragma_table_info('kit_figures')")]
            counts = dict.fromkeys(columns[3:], 0) | {"tablets": number % 7, "drifting": number % 5}
            values = {"kit_id": f"kit{number}", "uai": uai, "insee": "40018", **counts}
            conn.run(
                f"INSERT INTO kit_figures ({', '.join(columns)}) VALUES ({', '.join(f':{one}' for one in columns)})",
                **values,
            )

    await console.database.write(many)
    technician = await console.person("technician")
    for sort in ("", "&sort=drifting", "&sort=tablets"):
        path, found = f"/fleet?{sort}", list[str]()
        while path:
            text = (await technician.get(path)).text
            found += [part[:8] for part in text.split('href="/tablets?school=')[1:]]
            _, more, rest = text.partition('rel="next" href="')
            path = rest.split('"')[0].replace("&amp;", "&").split("#")[0] if more else ""
        assert len(found) == len(set(found)) == 62


async def test_figures_come_by_themselves_to_those_who_reach_them(console: FleetConsole) -> None:
    head = await console.person("head")
    parts = await first_parts(head, "/fleet/events")
    assert "glance-schools" in parts
    assert "École du Nord" not in parts
    assert "Audignon" in parts


async def first_parts(person: Reader, path: str) -> str:
    jar = aiohttp.CookieJar(unsafe=True)
    async with (
        aiohttp.ClientSession(cookie_jar=jar, cookies={"valise": person.cookie}) as session,
        session.get(f"{person.site.url}{path}") as answer,
        asyncio.timeout(10),
    ):
        assert answer.content_type == "text/event-stream"
        while True:
            line = (await answer.content.readline()).decode()
            if line.startswith("data:"):
                return line
