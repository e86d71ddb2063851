"""Lists in parts: nothing skipped, nothing twice, whatever is added meanwhile; and cheap in a large fleet."""

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.store import Connection, Database
from tests.api.conftest import Api
from tests.webui.conftest import Site
from webui.api.errors import ParameterWrong
from webui.api.paging import Page, PageQuery, after, page_of
from webui.api.resources.tablet_lists_store import OF_ALL, Chosen, of_place, tablets_after
from webui.roles import Role

LINK = re.compile(r'<([^>]+)>; rel="(\w+)"')


def add_tablets(conn: Connection, names: list[str], *, start: int = 0, state: str = "ready") -> None:
    conn.many(
        "INSERT INTO tablet (tablet_id, platform, serial, name, state, state_since, model, created_at)"
        " VALUES (:tablet_id, 'ipad', :serial, :name, :state, 0, '', 0)",
        [
            {"tablet_id": f"{start + number:032x}", "serial": f"F9{start + number:08d}", "name": name, "state": state}
            for number, name in enumerate(names)
        ],
    )


async def walk(api: Api, path: str, **between: Any) -> list[dict[str, Any]]:
    """Follow the header Link from the first part to the last."""
    found: list[dict[str, Any]] = []
    while True:
        reply = await api.ask("GET", path, role=Role.TECHNICIAN)
        assert reply.status == 200, reply.body
        found += reply.json["items"]
        links = {kind: address for address, kind in LINK.findall(reply.headers["Link"])}
        assert "first" in links
        assert ("next" in links) == (reply.json["next"] is not None)
        if "next" not in links:
            return found
        path = links["next"]


async def test_following_the_links_gives_every_tablet_once_in_order(api: Api, database: Database) -> None:
    names = [f"Cassiopée {number:02d}" for number in range(1, 24)] + ["Pégase 01"] * 4 + ["Été 01", "aile 01"]
    await database.write(lambda conn: add_tablets(conn, names))
    found = await walk(api, "/tablets?limit=5")
    assert len(found) == len(names)
    assert [(one["name"], one["tablet_id"]) for one in found] == sorted(
        (one["name"], one["tablet_id"]) for one in found
    )


async def test_what_is_added_meanwhile_moves_nothing(api: Api, database: Database) -> None:
    await database.write(lambda conn: add_tablets(conn, [f"M {number:02d}" for number in range(20)]))
    first = (await api.ask("GET", "/tablets?limit=10", role=Role.TECHNICIAN)).json
    await database.write(lambda conn: add_tablets(conn, ["A 00", "M 05 bis", "M 15 bis", "Z 99"], start=500))
    rest = await walk(api, f"/tablets?limit=10&cursor={first['next']}")
    names = [one["name"] for one in first["items"]] + [one["name"] for one in rest]
    assert names == [f"M {number:02d}" for number in range(16)] + ["M 15 bis"] + [
        f"M {number:02d}" for number in range(16, 20)
    ] + ["Z 99"]


async def test_a_cursor_is_of_one_list_and_its_filters(api: Api, database: Database) -> None:
    await database.write(lambda conn: add_tablets(conn, [f"M {number:02d}" for number in range(5)]))
    cursor = (await api.ask("GET", "/tablets?limit=2&state=ready", role=Role.TECHNICIAN)).json["next"]
    assert (await api.ask("GET", f"/tablets?limit=4&state=ready&cursor={cursor}")).status == 200
    for path in ("/tablets?cursor=", "/tablets?state=lost&cursor=", "/kits?cursor=", "/journal?cursor="):
        reply = await api.ask("GET", path + cursor)
        assert (reply.status, reply.code) == (400, "parameter_wrong"), path
        assert reply.json["errors"][0]["place"] == "cursor"


async def test_tablets_are_found_by_the_beginning_of_name_or_serial_and_by_place(api: Api, site: Site) -> None:
    tablet_id = await site.join(2, serial="DMPXQ2ABC1")
    await site.services.database.write(lambda conn: add_tablets(conn, ["Pégase 01", "100 % laine", "100_laine"]))
    for query, names in (
        ("beginning=dmpxq", ["Cassiopée 02"]),
        ("beginning=cass", ["Cassiopée 02"]),
        ("beginning=100%20%25", ["100 % laine"]),
        ("beginning=100_", ["100_laine"]),
        ("beginning=laine", []),
        ("school=0400377T", ["Cassiopée 02"]),
        ("school=0400377T&beginning=p", []),
        ("school=0400001A", []),
        (f"kit={site.kit_id}&platform=ipad", ["Cassiopée 02"]),
        (f"kit={site.kit_id}&platform=android", []),
        ("state=enrolled", ["Cassiopée 02"]),
    ):
        found = (await api.ask("GET", f"/tablets?{query}", role=Role.TECHNICIAN)).json["items"]
        assert [one["name"] for one in found] == names, query
    shown = (await api.ask("GET", f"/tablets/{tablet_id}", role=Role.TECHNICIAN)).json
    assert shown["place"]["slot"] == 2
    assert (shown["report"]["battery"], shown["report"]["supervised"]) == (83, True)


async def test_every_list_can_be_walked_in_small_parts(api: Api, site: Site) -> None:
    for path in ("/territories", "/communes", "/schools", "/kits", "/journal", "/accounts", "/tokens"):
        whole = (await api.ask("GET", f"{path}?limit=500", role=Role.TECHNICIAN)).json
        assert whole["items"], path
        assert whole["next"] is None
        assert await walk(api, f"{path}?limit=1") == whole["items"], path


async def test_the_newest_journal_entry_is_first_and_a_subject_is_chosen(api: Api, site: Site) -> None:
    entries = (await api.ask("GET", "/journal?limit=500", role=Role.TECHNICIAN)).json["items"]
    assert [one["seq"] for one in entries] == list(range(len(entries), 0, -1))
    of_kit = (await api.ask("GET", f"/journal?subject=kit:{site.kit_id}", role=Role.TECHNICIAN)).json["items"]
    assert {one["subject"] for one in of_kit} == {f"kit:{site.kit_id}"}
    assert of_kit[-1]["kind"] == "kit_created"
    assert of_kit[-1]["detail"]["slots"] == 4


@pytest.mark.parametrize(("statement", "place"), [(OF_ALL, {}), (of_place("1 = 1"), {"uai": "0400377T", "kit_id": ""})])
async def test_a_part_of_the_list_reads_no_more_tablets_than_it_needs(
    any_database: Database, statement: str, place: dict[str, str]
) -> None:
    await any_database.write(lambda conn: add_tablets(conn, [f"Kit {number:06d}" for number in range(3000)]))
    values = {"name": "Kit 002900", "tablet_id": "", "prefix": "%", "state": "", "platform": "", "limit": 101, **place}

    def explain(conn: Connection) -> str:
        if any_database.engine_name == "postgresql":
            conn.run("ANALYZE tablet")
            return str(conn.all(f"EXPLAIN {statement}", **values))
        return str(conn.all(f"EXPLAIN QUERY PLAN {statement}", **values))

    told = await any_database.write(explain)
    assert "SCAN tablet" not in told
    assert "Seq Scan on tablet tablet_1" not in told
    assert ("tablet_list" in told) is not bool(place)


async def test_the_list_goes_on_from_anywhere(any_database: Database) -> None:
    await any_database.write(lambda conn: add_tablets(conn, [f"Kit {number:06d}" for number in range(3000)]))
    deep = await any_database.read(lambda conn: tablets_after(conn, ("Kit 002900", "f" * 32), Chosen(), limit=101))
    assert [one.tablet.name for one in deep] == [f"Kit {number:06d}" for number in range(2901, 3000)]


Key = tuple[str, int]


@given(st.lists(st.tuples(st.text(max_size=20), st.integers(0, 2**63 - 1)), min_size=1, max_size=20), st.integers(1, 7))
def test_a_cursor_comes_back_as_the_key_that_it_was_made_of(rows: list[Key], limit: int) -> None:
    query = PageQuery(limit=limit)
    page: Page[str] = page_of(query, rows[: limit + 1], lambda row: row[0], lambda row: row)
    if page.next is None:
        assert len(rows) <= limit
        return
    last = rows[limit - 1]
    again = msgspec.structs.replace(query, cursor=page.next)
    if "\0" in last[0]:
        with pytest.raises(ParameterWrong):
            after(again, Key)
    else:
        assert after(again, Key) == last


@given(st.one_of(st.text(max_size=60), st.from_regex(r"^[A-Za-z0-9_-]{0,80}$", fullmatch=True)))
def test_what_is_no_cursor_is_refused_and_nothing_else(text: str) -> None:
    try:
        assert after(PageQuery(cursor=text), Key) is None
    except ParameterWrong:
        assert text
