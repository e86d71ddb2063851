"""Lists: every filter, every order, both directions; what a page shows is what a plain look at all tablets would."""

from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.fleet.glance_store import version_rank
from mdm.fleet.reach import EVERYTHING, Reach
from mdm.fleet.slot_binding import Identity
from mdm.fleet.states import TabletEvent, TabletState
from mdm.fleet.tablet import Platform
from mdm.fleet_view.errors import CursorInvalid, FilterInvalid
from mdm.fleet_view.filters import NO_FILTER, TabletFilter, parse_filter
from mdm.fleet_view.list_store import Order
from mdm.fleet_view.lists import TabletLists, parse_order, read_place, write_place
from tests.fleet_view.conftest import ACTOR, BOURG, MONT, PLAGE, SOUSTONS, World


async def serials(world: World, wanted: TabletFilter, reach: Reach = EVERYTHING, by: str = "name") -> list[str]:
    lists = TabletLists(world.database, world.clock)
    page = await lists.page(wanted, reach, Order(by=by))
    assert await lists.count(wanted, reach) == len(page.tablets)
    return [view.tablet.serial or "" for view in page.tablets]


@pytest.fixture
async def fleet(world: World) -> World:
    """Five tablets: one that is well, one with every trouble, one long unseen, one that never reported, one spare."""
    well = await world.enrol("Cassiopée", 1, "WELL")
    ill = await world.enrol("Cassiopée", 2, "ILL")
    away = await world.enrol("Orion", 1, "AWAY")
    await world.enrol("Pégase", 1, "SILENT")
    world.clock.advance(timedelta(seconds=1))
    await world.fleet.register_tablet(Identity(platform=Platform.IPAD, serial="SPARE"), actor=ACTOR)
    await world.report(away, os_version="16.7", battery=55, capacity=64_000_000_000, free_space=30_000_000_000)
    await world.converge(away, whole=False)
    world.clock.advance(timedelta(days=40))
    await world.report(
        well, os_version="18.1", model_name="iPad Air", battery=90, capacity=64 * 10**9, free_space=40 * 10**9
    )
    await world.converge(well)
    await world.report(
        ill, os_version="17.5.1", model_name="iPad", battery=9, capacity=64 * 10**9, free_space=3 * 10**9
    )
    await world.converge(ill, whole=False)
    await world.fleet.change_state(ill, TabletEvent.BREAK, actor=ACTOR)
    now = world.clock.ms()

    def trouble(conn) -> None:  # type: ignore[no-untyped-def]
        conn.run(
            "INSERT INTO edition (edition_id, name, body, loaded_at, loaded_by)"
            " VALUES ('e1', 'E', '', 1, 'x'), ('e2', 'F', '', 1, 'x')"
        )
        conn.run("UPDATE kit SET edition_id = 'e2' WHERE name = 'Orion'")
        conn.run(
            "INSERT INTO charter (one, territory, head_id, head_seal, current_id, current_seal, founded_at,"
            " moments_until)"
            " VALUES (1, 'Landes', 'e1', '', 'e1', '', 1, 1)"
        )
        conn.run(
            "INSERT INTO command (command_id, request_type, body, created_at, created_by)"
            " VALUES ('c', 'X', :b, 1, 'x')",
            b=b"",
        )
        conn.run(
            "INSERT INTO delivery (tablet_id, position, command_id, state, answered_at)"
            " VALUES (:it, 1, 'c', 'error', :now)",
            it=ill,
            now=now,
        )
        conn.run(
            "INSERT INTO declarative_status (tablet_id, status, received_at) VALUES (:it, :status, 1)",
            it=ill,
            status='{"device":{"power":{"battery-health":"service-recommended"}}}',
        )
        conn.run(
            "INSERT INTO fault (fault_id, tablet_id, kind, state, reported_at, changed_at)"
            " VALUES ('f', :it, 'screen', 'open', 1, 1)",
            it=ill,
        )

    await world.database.write(trouble)
    await world.report(ill, battery=9)
    world.clock.advance(timedelta(seconds=1))
    await world.report(ill, battery=9)
    await world.rounds.once()
    return world


async def test_each_filter_lets_pass_what_it_says(fleet: World) -> None:
    for wanted, expected in (
        (NO_FILTER, ["WELL", "ILL", "AWAY", "SILENT", "SPARE"]),
        (TabletFilter(text="cassiopée"), ["WELL", "ILL"]),
        (TabletFilter(text="bourg il"), ["ILL"]),
        (TabletFilter(state=TabletState.BROKEN), ["ILL"]),
        (TabletFilter(platform=Platform.ANDROID), ["SILENT"]),
        (TabletFilter(insee=SOUSTONS), ["AWAY", "SILENT"]),
        (TabletFilter(uai=BOURG), ["WELL", "ILL"]),
        (TabletFilter(kit_id=fleet.kits["Orion"].kit_id), ["AWAY"]),
        (TabletFilter(spare=True), ["SPARE"]),
        (TabletFilter(model="iPad Air"), ["WELL"]),
        (TabletFilter(older_than="18"), ["ILL", "AWAY"]),
        (TabletFilter(older_than="17.5.1"), ["AWAY"]),
        (TabletFilter(edition="e2"), ["AWAY"]),
        (TabletFilter(edition="e1"), ["WELL", "ILL", "SILENT", "SPARE"]),
        (TabletFilter(edition="charter"), ["WELL", "ILL", "SILENT", "SPARE"]),
        (TabletFilter(unseen_days=30), ["AWAY", "SILENT", "SPARE"]),
        (TabletFilter(silent=True), ["AWAY", "SILENT"]),
        (TabletFilter(drifting=True), ["ILL", "AWAY"]),
        (TabletFilter(storage_low=True), ["ILL"]),
        (TabletFilter(battery_low=True), ["ILL"]),
        (TabletFilter(service=True), ["ILL"]),
        (TabletFilter(errors=True), ["ILL"]),
        (TabletFilter(fault=True), ["ILL"]),
        (TabletFilter(drifting=True, insee=SOUSTONS, older_than="18"), ["AWAY"]),
        (TabletFilter(drifting=True, state=TabletState.READY), []),
    ):
        assert await serials(fleet, wanted) == expected, wanted


async def test_each_order_sorts_by_what_it_says(fleet: World) -> None:
    for by, expected in (
        ("name", ["WELL", "ILL", "AWAY", "SILENT", "SPARE"]),
        ("seen", ["SILENT", "SPARE", "AWAY", "WELL", "ILL"]),
        ("battery", ["SILENT", "SPARE", "ILL", "AWAY", "WELL"]),
        ("free", ["SILENT", "SPARE", "ILL", "AWAY", "WELL"]),
        ("system", ["SILENT", "SPARE", "AWAY", "ILL", "WELL"]),
    ):
        assert await serials(fleet, NO_FILTER, by=by) == expected, by


async def test_pages_lead_through_the_whole_list_and_back(fleet: World) -> None:
    lists = TabletLists(fleet.database, fleet.clock)
    reach = Reach(communes=frozenset({MONT, SOUSTONS}))
    for wanted, within in ((NO_FILTER, EVERYTHING), (NO_FILTER, reach), (TabletFilter(text="0"), EVERYTHING)):
        for by in ("name", "seen", "battery", "free", "system"):
            for descending in (False, True):
                order = Order(by=by, descending=descending)
                whole = await lists.page(wanted, within, order)
                assert (whole.next, whole.previous) == ("", "")
                pages, after = [], ""
                while True:
                    pages.append(await lists.page(wanted, within, order, after=after, limit=2))
                    after = pages[-1].next
                    if not after:
                        break
                assert tuple(view for page in pages for view in page.tablets) == whole.tablets
                assert pages[0].previous == ""
                before = pages[-1].previous
                for page in pages[-2::-1]:
                    back = await lists.page(wanted, within, order, before=before, limit=2)
                    assert back == page
                    before = back.previous


async def test_the_whole_list_comes_in_parts(fleet: World) -> None:
    lists = TabletLists(fleet.database, fleet.clock)
    parts = [part async for part in lists.all_pages(TabletFilter(uai=PLAGE), EVERYTHING, Order())]
    assert [view.tablet.serial for part in parts for view in part] == ["SILENT"]
    assert [part async for part in lists.all_pages(TabletFilter(text="qzq"), EVERYTHING, Order())] == []


async def test_a_state_and_a_move_show_at_once_and_a_report_with_the_next_round(fleet: World) -> None:
    lists = TabletLists(fleet.database, fleet.clock)
    (away,) = (await lists.page(TabletFilter(text="away"), EVERYTHING, Order())).tablets
    await fleet.fleet.change_state(away.tablet.tablet_id, TabletEvent.LOSE, actor=ACTOR)
    assert await serials(fleet, TabletFilter(state=TabletState.LOST)) == ["AWAY"]
    await fleet.report(away.tablet.tablet_id, battery=3)
    assert "AWAY" not in await serials(fleet, TabletFilter(battery_low=True))
    await fleet.rounds.once()
    assert "AWAY" in await serials(fleet, TabletFilter(battery_low=True))


async def test_models_are_offered_for_a_choice(fleet: World) -> None:
    assert await TabletLists(fleet.database, fleet.clock).models() == ["iPad", "iPad Air"]


filters = st.builds(
    TabletFilter,
    text=st.sampled_from(["", "cassiopée 7", "a&b=c"]),
    state=st.sampled_from([None, *TabletState]),
    platform=st.sampled_from([None, *Platform]),
    insee=st.sampled_from(["", MONT, "2A004"]),
    uai=st.sampled_from(["", BOURG]),
    kit_id=st.sampled_from(["", "a" * 32]),
    spare=st.booleans(),
    model=st.sampled_from(["", "iPad (9th generation)"]),
    older_than=st.sampled_from(["", "17", "17.5.1"]),
    edition=st.sampled_from(["", "charter", "f" * 64]),
    unseen_days=st.integers(0, 3660),
    silent=st.booleans(),
    drifting=st.booleans(),
    storage_low=st.booleans(),
    battery_low=st.booleans(),
    service=st.booleans(),
    errors=st.booleans(),
    fault=st.booleans(),
)


@given(filters)
def test_a_filter_survives_its_query_string(wanted: TabletFilter) -> None:
    assert parse_filter(dict(parse_qsl(wanted.query()))) == wanted
    assert wanted.is_empty == (wanted.query() == "")


@given(
    st.sampled_from(["state", "platform", "commune", "school", "kit", "older_than", "edition", "unseen", "drifting"]),
    st.text(max_size=100),
)
def test_whatever_is_written_in_a_query_is_read_or_refused(field: str, value: str) -> None:
    try:
        wanted = parse_filter({field: value, "other": "x"})
    except FilterInvalid:
        return
    assert set(wanted.query().split("=")[:1]) <= {field, ""}


@given(st.text(max_size=60))
def test_whatever_a_link_says_of_a_place_is_read_or_refused(text: str) -> None:
    for order in (Order(by="name"), Order(by="seen")):
        try:
            place = read_place(text, order)
        except CursorInvalid:
            continue
        assert read_place(write_place(place), order) == place


def test_an_order_that_there_is_not_is_refused() -> None:
    assert parse_order("", "") == Order()
    assert parse_order("seen", "down") == Order(by="seen", descending=True)
    for by, direction in (("tablet_id", ""), ("name", "sideways")):
        with pytest.raises(FilterInvalid):
            parse_order(by, direction)


def test_versions_compare_as_numbers() -> None:
    versions = ["", "9", "9.3.5", "10.0", "17.5", "17.5.1", "17.10", "18", "26.0.1"]
    ranks = [version_rank(version) for version in versions]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)
    assert version_rank("garbage.x") == 0
