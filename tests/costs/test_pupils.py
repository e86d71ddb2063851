"""Pupil numbers: entered one by one or from a file, which is taken whole or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.fleet.errors import SchoolUnknown, UaiLetterWrong
from mdm.fleet.import_report import ImportRefused, Problem
from mdm.journal import latest_entries
from mdm.store import Database
from profiles.costs.errors import PupilsInvalid, YearAbsurd
from profiles.costs.pupil_import import PUPILS_LIMIT, PupilLine, read_pupils
from tests.costs.conftest import ACTOR, BOURG, LAC, PINS, PUPILS, SOURCES, World

FILE = f"Code UAI;Nom;Nombre d'élèves\r\n{BOURG};Bourg;120\r\n{PINS};Pins;80\r\n".encode("cp1252")


async def numbers(world: World, year: int = 2026) -> dict[str, int | None]:
    return {school.uai: school.pupils for school in await world.costs.pupils(year)}


async def test_numbers_belong_to_a_year(world: World) -> None:
    await world.count_pupils(2026)
    await world.costs.set_pupils(BOURG, 2027, 0, actor=ACTOR)
    await world.costs.set_pupils(BOURG, 2026, 121, actor=ACTOR)
    assert await numbers(world) == {**PUPILS, BOURG: 121}
    assert await numbers(world, 2027) == {BOURG: 0, PINS: None, LAC: None, SOURCES: None}


async def test_an_absurd_number_is_refused(world: World) -> None:
    for count in (-1, PUPILS_LIMIT + 1):
        with pytest.raises(PupilsInvalid):
            await world.costs.set_pupils(BOURG, 2026, count, actor=ACTOR)
    with pytest.raises(YearAbsurd):
        await world.costs.set_pupils(BOURG, 26, 1, actor=ACTOR)
    with pytest.raises(UaiLetterWrong):
        await world.costs.set_pupils(f"{BOURG[:7]}{'A' if BOURG[7] != 'A' else 'B'}", 2026, 1, actor=ACTOR)
    with pytest.raises(SchoolUnknown):
        await world.costs.set_pupils("0400377T", 2026, 1, actor=ACTOR)
    assert set((await numbers(world)).values()) == {None}


async def test_a_file_is_tried_first_and_then_taken_whole(world: World, any_database: Database) -> None:
    tried = await world.costs.import_pupils(FILE, 2026, actor=ACTOR)
    assert (tried.applied, len(tried.changed), tried.ignored_columns) == (False, 2, ("Nom",))
    assert set((await numbers(world)).values()) == {None}
    done = await world.costs.import_pupils(FILE, 2026, actor=ACTOR, dry_run=False)
    assert [(one.uai, one.before, one.after) for one in done.changed] == [(BOURG, None, 120), (PINS, None, 80)]
    assert await numbers(world) == {BOURG: 120, PINS: 80, LAC: None, SOURCES: None}
    again = await world.costs.import_pupils(FILE, 2026, actor=ACTOR, dry_run=False)
    assert (again.lines, again.changed) == (2, ())
    entries = await any_database.read(lambda conn: latest_entries(conn, limit=1))
    assert entries[0].kind == "pupils_imported"


async def test_a_file_with_mistakes_tells_them_all_and_changes_nothing(world: World) -> None:
    body = f"uai;effectif\n{BOURG};120\n0400377T;10\n{PINS};beaucoup\n{BOURG};130\n{LAC};\n0400003A;1\n{SOURCES};-3\n"
    for dry_run in (True, False):
        with pytest.raises(ImportRefused) as refused:
            await world.costs.import_pupils(body.encode(), 2026, actor=ACTOR, dry_run=dry_run)
        assert [(problem.line, problem.error.code) for problem in refused.value.problems] == [
            (3, "pupils_school_unknown"),
            (4, "pupils_invalid"),
            (5, "pupils_school_twice"),
            (6, "value_missing"),
            (7, "uai_letter_wrong"),
            (8, "pupils_invalid"),
        ]
    assert set((await numbers(world)).values()) == {None}


@given(
    st.binary(max_size=200) | st.lists(st.sampled_from([FILE, b"\n", b";", b"12", b'"', BOURG.encode()])).map(b"".join)
)
def test_whatever_the_bytes_they_are_read_or_refused(body: bytes) -> None:
    problems: tuple[Problem, ...] | None = None
    lines: tuple[PupilLine, ...] = ()
    try:
        lines = read_pupils(body).lines
    except ImportRefused as refused:
        problems = refused.problems
    assert problems is None or problems
    assert all(0 <= line.pupils <= PUPILS_LIMIT for line in lines)
    assert len({line.uai for line in lines}) == len(lines)
