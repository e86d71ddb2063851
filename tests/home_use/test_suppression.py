"""No small group can be computed: bounds that an attacker finds are wide, whatever the table, and from week to week.

The attacker of these tests knows everything that is shown, and tries every table of whole numbers that fits it; he
shares no code with the flows that decide what is hidden.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mdm.home.picture.network import SUM, UNBOUNDED, Cell, Network, grid, line, sums_of
from mdm.home.picture.suppression import (
    Margin,
    Suppression,
    ThresholdTooSmall,
    amount_margin,
    count_margin,
    exposed,
    require_threshold,
    state_margin,
    suppress,
)

Table = dict[Cell, int]
ROWS, COLUMNS = "ABCD", ("CP", "CE1", "CE2", "CM1")
CELLS = list(product(["A", "B", SUM], ["CP", "CE1", "CE2", SUM]))


def tables(rows: int, columns: int, most: int) -> st.SearchStrategy[Table]:
    cells = list(product(ROWS[:rows], COLUMNS[:columns]))
    numbers = st.lists(st.integers(0, most), min_size=len(cells), max_size=len(cells))
    return numbers.map(lambda found: dict(zip(cells, found, strict=True)))


def sizes_of(table: Table) -> Table:
    """The cells that hold anybody."""
    return {cell: many for cell, many in table.items() if many}


def small_cells(sizes: Table, threshold: int) -> set[Cell]:
    return {cell for cell, many in {**sizes, **sums_of(sizes)}.items() if 0 < many < threshold}


def parts_of(network: Network, cell: Cell) -> int:
    """How many groups a figure counts: everybody sees which ones are empty, and each other has one member at least."""
    row, column = cell
    inner = [one for one in network.edges if SUM not in one]
    return sum(row in (SUM, one[0]) and column in (SUM, one[1]) for one in inner)


def hide(table: Table, threshold: int, **more: object) -> tuple[Network, Suppression]:
    sizes = sizes_of(table)
    network = grid(sizes, sizes, floor=1)
    small = small_cells(sizes, threshold)
    return network, suppress(network, small, count_margin(threshold), **more)  # type: ignore[arg-type]


def fitting(shown: Mapping[Cell, int], hidden: Collection[Cell], *, floor: int, most: int) -> Iterator[Table]:
    """Every table of whole numbers, from ``floor`` to ``most``, that agrees with what is shown."""
    inner = sorted(cell for cell in hidden if SUM not in cell)
    known = {cell: value for cell, value in shown.items() if SUM not in cell}
    for values in product(range(floor, most + 1), repeat=len(inner)):
        table = {**known, **dict(zip(inner, values, strict=True))}
        sums = sums_of(table)
        if all(sums[cell] == value for cell, value in shown.items() if SUM in cell):
            yield {**table, **sums}


def attack(network: Network, hidden: Collection[Cell], *, most: int) -> dict[Cell, tuple[int, int]]:
    """The least and the most that each hidden figure can be, by trying everything up to ``most``."""
    shown = {one: edge.value for one, edge in network.edges.items() if one not in hidden}
    found: dict[Cell, tuple[int, int]] = {}
    for table in fitting(shown, hidden, floor=1, most=most):
        for cell in hidden:
            low, high = found.get(cell, (table[cell], table[cell]))
            found[cell] = (min(low, table[cell]), max(high, table[cell]))
    return found


@settings(max_examples=60, deadline=None)
@given(tables(2, 3, 3), st.sets(st.sampled_from(CELLS)))
def test_the_bounds_are_those_that_trying_everything_finds(table: Table, chosen: set[Cell]) -> None:
    sizes = sizes_of(table)
    network = grid(sizes, sizes, floor=1)
    hidden = chosen & network.edges.keys()
    assume(sum(SUM not in cell for cell in hidden) <= 4)
    most = 9
    found = attack(network, hidden, most=most)
    assert found.keys() == hidden
    for cell, (low, high) in found.items():
        spread = network.spread(hidden, cell)
        assert low == spread.low
        # The one who tries everything stops somewhere.
        assert high == spread.high or spread.high > most


@settings(max_examples=150, deadline=None)
@given(tables(4, 4, 30), st.integers(5, 12))
def test_of_a_small_group_nobody_learns_more_than_that_it_is_small(table: Table, threshold: int) -> None:
    network, done = hide(table, threshold)
    for cell in small_cells(sizes_of(table), threshold):
        assert cell in done.hidden
        spread = network.spread(done.hidden, cell)
        assert spread.low == parts_of(network, cell)
        assert spread.high >= threshold - 1
    assert exposed(network, done, count_margin(threshold)) == []


@settings(max_examples=25, deadline=None)
@given(tables(2, 2, 8))
def test_one_who_tries_everything_cannot_single_out_a_small_group(table: Table) -> None:
    threshold = 5
    network, done = hide(table, threshold)
    found = attack(network, done.hidden, most=12)
    for cell in small_cells(sizes_of(table), threshold):
        low, high = found[cell]
        assert low == parts_of(network, cell)
        assert high >= threshold - 1


def amounts() -> st.SearchStrategy[tuple[Table, Table]]:
    """Sizes of groups, and what each did: often nothing at all."""
    spent = st.one_of(st.just(0), st.integers(0, 3000))
    cells = list(product(ROWS[:3], COLUMNS[:3]))
    return st.tuples(
        tables(3, 3, 20), st.lists(spent, min_size=9, max_size=9).map(lambda it: dict(zip(cells, it, strict=True)))
    )


@settings(max_examples=120, deadline=None)
@given(amounts())
def test_what_a_small_group_did_is_never_told_nor_nearly(given_amounts: tuple[Table, Table]) -> None:
    table, spent = given_amounts
    threshold = 10
    sizes = sizes_of(table)
    _, base = hide(table, threshold)
    values = {cell: spent[cell] for cell in sizes}
    network = grid(values, sizes, floor=0)
    margin = amount_margin(threshold, 60)
    done = suppress(network, small_cells(sizes, threshold), margin, begun=base.hidden)
    assert base.hidden <= done.hidden
    for cell in small_cells(sizes, threshold):
        spread = network.spread(done.hidden, cell)
        assert spread.width >= 540
        assert spread.low <= network.edges[cell].value // 2 + 1
    assert exposed(network, done, margin) == []


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from("ABCDEFGH"), st.tuples(st.integers(1, 30), st.integers(0, 30)), min_size=1))
def test_a_state_of_a_small_schools_tablets_is_told_only_when_there_is_none(found: dict[str, tuple[int, int]]) -> None:
    sizes = {row: many for row, (many, _) in found.items()}
    having = {row: min(many, some) for row, (many, some) in found.items()}
    network = line(having, sizes)
    small = {(row, SUM) for row, many in sizes.items() if many < 10}
    done = suppress(network, small, state_margin)
    for cell in small:
        value = network.edges[cell].value
        spread = network.spread(done.hidden, cell)
        assert cell in done.hidden
        assert value == 0 or (spread.low < value < spread.high)


def steps(table: Table) -> st.SearchStrategy[list[Table]]:
    """Weeks in which some groups change and others do not."""
    change = st.lists(st.one_of(st.none(), st.integers(0, 25)), min_size=len(table), max_size=len(table))

    def weeks(changes: list[list[int | None]]) -> list[Table]:
        found = [table]
        for one in changes:
            now = found[-1]
            found.append({cell: now[cell] if to is None else to for cell, to in zip(now, one, strict=True)})
        return found

    return st.lists(change, min_size=1, max_size=3).map(weeks)


@settings(max_examples=60, deadline=None)
@given(tables(3, 3, 25).flatmap(steps))
def test_a_group_that_stays_small_is_not_told_by_what_other_weeks_show(weeks: list[Table]) -> None:
    """Whoever takes figures that are hidden one week from a week that shows them still learns nothing."""
    threshold = 10
    margin = count_margin(threshold)
    guards: Mapping[Cell, frozenset[Cell]] = {}
    hidden_since: dict[Cell, list[tuple[Network, set[Cell]]]] = {}
    for table in weeks:
        network, done = hide(table, threshold, before=guards)
        guards = done.guards
        small = small_cells(sizes_of(table), threshold)
        hidden_since = {
            cell: [
                (then, before & done.hidden)
                for then, before in hidden_since.get(cell, [])
                # A figure that is nil now was none of what was shown then.
                if then.edges.keys() <= network.edges.keys()
            ]
            + [(network, set(done.hidden))]
            for cell in small
        }
        for cell, known in hidden_since.items():
            for then, left in known:
                value = then.edges[cell].value
                guarded = [one for one in left if one in then.edges]
                spread = then.spread(guarded, cell)
                wanted = margin(value)
                least = parts_of(then, cell)
                assert spread.low <= max(value - wanted.down, least)
                assert spread.high >= value + wanted.up


def test_a_figure_beside_a_small_group_is_shown_again_when_the_group_has_grown() -> None:
    first = {("A", "CP"): 3, ("A", "CE1"): 12, ("B", "CP"): 15, ("B", "CE1"): 20}
    _, then = hide(first, 10)
    assert {("A", "CP"), ("A", "CE1"), ("B", "CP"), ("B", "CE1")} <= then.hidden
    still = {**first, ("A", "CE1"): 30}
    _, now = hide(still, 10, before=then.guards)
    assert ("A", "CE1") in now.hidden
    grown = {**first, ("A", "CP"): 11}
    _, after = hide(grown, 10, before=now.guards)
    assert after.hidden == frozenset()


def test_one_small_school_hides_another_figure_with_it() -> None:
    table = {("A", "CP"): 4, ("B", "CP"): 40, ("C", "CP"): 30}
    network, done = hide(table, 10)
    assert ("A", "CP") in done.hidden
    assert ("A", SUM) in done.hidden
    assert (SUM, SUM) not in done.hidden
    assert network.spread(done.hidden, ("A", "CP")).width >= 8


def test_a_table_of_one_small_group_shows_nothing() -> None:
    network, done = hide({("A", "CP"): 4}, 10)
    assert done.hidden == network.edges.keys()
    assert network.spread(done.hidden, ("A", "CP")).high == UNBOUNDED


def test_large_groups_are_all_shown_and_an_empty_table_is_nothing() -> None:
    _, done = hide({("A", "CP"): 10, ("A", "CE1"): 11, ("B", "CP"): 12, ("B", "CE1"): 0}, 10)
    assert done.hidden == frozenset()
    network, nothing = hide({}, 10)
    assert (network.edges, nothing.hidden) == ({}, frozenset())


@pytest.mark.parametrize("threshold", [4, 1, 0, -3])
def test_groups_below_five_can_never_be_shown(threshold: int) -> None:
    with pytest.raises(ThresholdTooSmall):
        require_threshold(threshold)
    assert require_threshold(5) == 5


@pytest.mark.parametrize(
    ("margin", "value", "wanted"),
    [
        (count_margin(10), 3, Margin(2, 6)),
        (count_margin(10), 9, Margin(8, 0)),
        (amount_margin(10, 60), 0, Margin(0, 540)),
        (amount_margin(10, 60), 2001, Margin(1000, 1001)),
        (state_margin, 0, Margin(0, 0)),
        (state_margin, 5, Margin(1, 1)),
    ],
)
def test_margins(margin: Callable[[int], Margin], value: int, wanted: Margin) -> None:
    assert margin(value) == wanted
