"""Lists of faults, their counts and figures, and the spreadsheet."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest

from mdm.csv_writing import harmless
from mdm.fleet.tablet import Platform
from mdm.i18n import Catalogs
from mdm.repairs import fault_list_store
from mdm.repairs.fault import FaultFilter, FaultKind, FaultPage
from mdm.repairs.fault_states import FaultState
from mdm.store import Connection, Row
from tests.repairs.world import OTHER_SCHOOL, SCHOOL, TECHNICIAN, World


async def some_faults(world: World) -> dict[str, str]:
    """Faults of two schools, a day apart: two wait, one is repaired, one replaced and closed, one is no fault."""
    lyre = await world.fleet.create_kit(OTHER_SCHOOL, "Lyre", platform=Platform.IPAD, slots=2, actor="test")
    await world.join("C1", lyre, 1)
    made = {}
    for name, serial, kind in (
        ("waits", "A1", FaultKind.SCREEN),
        ("repaired", "A2", FaultKind.SCREEN),
        ("replaced", "A3", FaultKind.BATTERY),
        ("nothing", "A4", FaultKind.SOUND),
        ("elsewhere", "C1", FaultKind.SCREEN),
    ):
        made[name] = (await world.report(serial, kind)).fault_id
        world.clock.advance(timedelta(days=1))
    await world.repairs.repair(made["repaired"], actor=TECHNICIAN)
    await world.repairs.replace(made["replaced"], world.tablets["S1"], actor=TECHNICIAN)
    world.clock.advance(timedelta(days=2))
    await world.repairs.close(made["replaced"], actor=TECHNICIAN)
    await world.repairs.dismiss(made["nothing"], actor=TECHNICIAN)
    return made


def names(page: FaultPage, made: dict[str, str]) -> list[str]:
    by_id = {fault_id: name for name, fault_id in made.items()}
    return [by_id[one.fault.fault_id] for one in page.faults]


async def test_faults_are_chosen_by_state_kind_place_time_and_tablet(any_world: World) -> None:
    made = await some_faults(any_world)

    async def chosen(**asked: object) -> list[str]:
        return names(await any_world.faults.list(FaultFilter(**asked)), made)  # type: ignore[arg-type]

    kits = (any_world.kit.kit_id,)
    assert await chosen() == ["elsewhere", "nothing", "replaced", "repaired", "waits"]
    assert await chosen(under_way=True) == ["elsewhere", "nothing", "repaired", "waits"]
    assert await chosen(state=FaultState.OPEN) == ["elsewhere", "waits"]
    assert await chosen(kind=FaultKind.SCREEN, schools=(SCHOOL,)) == ["repaired", "waits"]
    assert await chosen(schools=(OTHER_SCHOOL,)) == ["elsewhere"]
    assert await chosen(schools=(OTHER_SCHOOL, SCHOOL), under_way=True) == ["elsewhere", "nothing", "repaired", "waits"]
    assert await chosen(kits=kits, state=FaultState.CLOSED) == ["replaced"]
    assert await chosen(schools=(OTHER_SCHOOL,), kits=kits, kind=FaultKind.SCREEN) == ["elsewhere", "repaired", "waits"]
    assert await chosen(schools=()) == await chosen(schools=(), kits=()) == await chosen(schools=("x",)) == []
    since = any_world.clock.ms() - timedelta(days=4) // timedelta(milliseconds=1)
    assert await chosen(since=since) == ["elsewhere", "nothing"]
    assert names(await any_world.faults.of_tablet(any_world.tablets["A3"]), made) == ["replaced"]


async def test_a_list_is_read_page_by_page_with_nothing_twice(any_world: World) -> None:
    made = await some_faults(any_world)
    found, after = [], ""
    for expected in (2, 2, 1):
        page = await any_world.faults.list(FaultFilter(), after=after, limit=2)
        assert len(page.faults) == expected
        found += names(page, made)
        after = page.next
    assert after == ""
    assert found == ["elsewhere", "nothing", "replaced", "repaired", "waits"]


async def test_faults_are_counted_by_state(world: World) -> None:
    await some_faults(world)
    everywhere = await world.faults.counts(FaultFilter())
    assert set(everywhere) == set(FaultState)
    assert {state.value: count for state, count in everywhere.items() if count} == {
        "open": 2, "repaired": 1, "not_a_fault": 1, "closed": 1,
    }  # fmt: skip
    there = await world.faults.counts(FaultFilter(schools=(OTHER_SCHOOL,)))
    assert {state.value: count for state, count in there.items() if count} == {"open": 1}


async def test_the_days_that_repairs_take_are_counted(any_world: World) -> None:
    await some_faults(any_world)
    figures = await any_world.faults.figures(FaultFilter())
    assert (figures.repaired, figures.replaced, figures.written_off, figures.not_a_fault) == (1, 1, 0, 1)
    assert (figures.days_to_repair, figures.days_to_replace) == (4.0, 3.0)
    later = await any_world.faults.figures(FaultFilter(since=any_world.clock.ms()))
    assert (later.repaired, later.days_to_repair, later.not_a_fault) == (0, None, 1)
    elsewhere = await any_world.faults.figures(FaultFilter(schools=(OTHER_SCHOOL,)))
    assert (elsewhere.repaired, elsewhere.days_to_repair, elsewhere.days_to_replace) == (0, None, None)


class Explaining:
    """A connection that asks SQLite how it would carry out a query, instead of carrying it out."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self.steps: list[str] = []

    def all(self, sql: str, /, **params: object) -> list[Row]:
        self.steps += [row["detail"] for row in self._conn.all(f"EXPLAIN QUERY PLAN {sql}", **params)]
        return []


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({}, "fault"),
        ({"under_way": True}, "fault_underway"),
        ({"state": FaultState.AT_WORKSHOP}, "fault_state"),
        ({"kind": FaultKind.CAMERA}, "fault_kind"),
        ({"schools": (SCHOOL,)}, "fault_school"),
        ({"schools": tuple(f"{n:07d}A" for n in range(40))}, "fault_school"),
        ({"kits": ("k1", "k2")}, "fault_kit"),
        ({"tablet_id": "t"}, "fault_tablet"),
        ({"since": 1}, "fault"),
    ],
)
async def test_no_list_reads_more_than_what_its_index_holds(world: World, asked: dict[str, object], index: str) -> None:
    chosen = FaultFilter(**asked)  # type: ignore[arg-type]

    def explain(ask: Callable[[Connection, FaultFilter], object]) -> Callable[[Connection], list[str]]:
        def read(conn: Connection) -> list[str]:
            explaining = Explaining(conn)
            ask(explaining, chosen)  # type: ignore[arg-type]
            return explaining.steps

        return read

    steps = await world.database.read(explain(fault_list_store.list_faults))
    first = next(step for step in steps if step.startswith(("SEARCH fault USING", "SCAN fault USING")))
    assert index in first or "sqlite_autoindex_fault" in first, steps
    assert index != "fault_school" or "SEARCH" in first
    # A page of names needs no other table read through.
    assert not [step for step in steps if step.startswith("SCAN") and "fault" not in step], steps


async def test_faults_are_a_spreadsheet_that_runs_nothing(world: World) -> None:
    made = await some_faults(world)
    await world.repairs.send(made["waits"], workshop="=HYPERLINK(1)", reference="@A", actor=TECHNICIAN)
    await world.repairs.quote(made["waits"], amount_cents=8_905, actor=TECHNICIAN)
    body = await world.faults.export(FaultFilter(), Catalogs("mdm.repairs").for_language("fr"))
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert rows[0][:4] == ["Signalée le", "Code UAI de l’école", "École", "Valise"]
    assert len(rows) == 6
    waits = rows[1]
    assert waits[:9] == [
        "01/09/2026", SCHOOL, "École du Bourg", "Cassiopée", "1", "A1", "iPad13,18", "écran cassé ou en panne",
        "un devis a été reçu",
    ]  # fmt: skip
    assert waits[13:17] == ["'=HYPERLINK(1)", "'@A", "08/09/2026", "89,05"]


@pytest.mark.parametrize("text", ["=1", " +1", "-1", "@x", "\t=1", "|x", "%x", "＝1", "\u202f=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert harmless(f"a{text}") == f"a{text}"
