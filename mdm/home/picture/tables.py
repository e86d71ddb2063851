"""A week's tables: from what each pupil's loans did to the cells that may be shown; pure.

Sizes of groups come first. What a group did is hidden wherever its size is, and where too few of it told anything.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import msgspec

from mdm.home.picture.measures import MINUTES, STATES, Measure
from mdm.home.picture.network import SUM, Cell, Network, grid, line, sums_of
from mdm.home.picture.suppression import Guards, Margin, amount_margin, count_margin, state_margin, suppress

_HOUR_MINUTES = 60

MarginOf = Callable[[int], Margin]


class LoanWeek(msgspec.Struct, frozen=True, kw_only=True):
    """What one pupil's loans add to a week; ``minutes`` by measure, empty where no tablet tells any."""

    pupil_id: str
    uai: str
    level: str
    days_seen: int = 0
    minutes: Mapping[Measure, int] = {}
    states: frozenset[Measure] = frozenset()


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The cells of a week: figures, None where hidden; and the guards of what is small, by measure."""

    figures: dict[Cell, dict[Measure, int | None]]
    guards: dict[Measure, dict[Cell, frozenset[Cell]]]


def week_tables(loans: Sequence[LoanWeek], threshold: int, before: Mapping[Measure, Guards]) -> Shown:
    """Return what is shown of a week."""
    table = _Tables(threshold, before)
    loans = _by_pupil(loans)
    tablets = _count(loans, lambda _: 1)
    size = table.grid_of(Measure.TABLETS, tablets, tablets, floor=1, margin=count_margin(threshold))
    amount = amount_margin(threshold, 1)
    table.grid_of(Measure.DAYS_SEEN, _count(loans, lambda one: one.days_seen), tablets, begun=size, margin=amount)
    reporting = {cell: many for cell, many in _count(loans, lambda one: int(bool(one.minutes))).items() if many}
    told = table.grid_of(Measure.REPORTING, reporting, reporting, floor=1, begun=size, margin=count_margin(threshold))
    for measure in MINUTES:
        spent = _count(loans, partial(_minutes, measure=measure))
        minutes = amount_margin(threshold, _HOUR_MINUTES)
        table.grid_of(measure, spent, reporting, begun=told, margin=minutes)
    schools = {row: many for (row, column), many in sums_of(tablets).items() if row != SUM}
    for measure in STATES:
        having = _count(loans, partial(_has, measure=measure))
        table.line_of(measure, having, schools, begun=size)
    return table.shown()


class _Tables:
    def __init__(self, threshold: int, before: Mapping[Measure, Guards]) -> None:
        self._threshold = threshold
        self._before = before
        self._figures: dict[Cell, dict[Measure, int | None]] = {}
        self._guards: dict[Measure, dict[Cell, frozenset[Cell]]] = {}

    def grid_of(
        self,
        measure: Measure,
        values: Mapping[Cell, int],
        sizes: Mapping[Cell, int],
        *,
        margin: MarginOf,
        begun: frozenset[Cell] = frozenset(),
        floor: int = 0,
    ) -> frozenset[Cell]:
        """Add a measure by school and level, of groups with these sizes; return what is hidden of it."""
        network = grid(values, sizes, floor=floor)
        return self._add(measure, network, {**sizes, **sums_of(sizes)}, begun, margin)

    def line_of(
        self, measure: Measure, values: Mapping[Cell, int], schools: Mapping[str, int], *, begun: frozenset[Cell]
    ) -> None:
        """Add a measure by school."""
        by_school = {row: many for (row, column), many in sums_of(values).items() if column == SUM and row != SUM}
        network = line(by_school, schools)
        sizes = {(row, SUM): many for row, many in schools.items()}
        sizes[SUM, SUM] = sum(schools.values())
        self._add(measure, network, sizes, begun, state_margin)

    def shown(self) -> Shown:
        return Shown(figures=self._figures, guards=self._guards)

    def _add(
        self,
        measure: Measure,
        network: Network,
        sizes: Mapping[Cell, int],
        begun: frozenset[Cell],
        margin: MarginOf,
    ) -> frozenset[Cell]:
        small = {cell for cell, many in sizes.items() if 0 < many < self._threshold}
        done = suppress(network, small, margin, begun=begun, before=self._before.get(measure))
        for cell, edge in network.edges.items():
            self._figures.setdefault(cell, {})[measure] = None if cell in done.hidden else edge.value
        self._guards[measure] = done.guards
        return done.hidden


def _count(loans: Sequence[LoanWeek], of: Callable[[LoanWeek], int]) -> dict[Cell, int]:
    found: dict[Cell, int] = {}
    for one in loans:
        cell = (one.uai, one.level)
        found[cell] = found.get(cell, 0) + of(one)
    return found


def _by_pupil(loans: Sequence[LoanWeek]) -> list[LoanWeek]:
    """Return one part for each pupil and cell: who had two tablets in a week is one of the group all the same."""
    found: dict[tuple[str, str, str], LoanWeek] = {}
    for one in loans:
        key = (one.uai, one.level, one.pupil_id)
        other = found.get(key)
        found[key] = one if other is None else _together(one, other)
    return list(found.values())


def _together(one: LoanWeek, other: LoanWeek) -> LoanWeek:
    return LoanWeek(
        pupil_id=one.pupil_id,
        uai=one.uai,
        level=one.level,
        days_seen=min(7, one.days_seen + other.days_seen),
        minutes={
            measure: one.minutes.get(measure, 0) + other.minutes.get(measure, 0)
            for measure in {**one.minutes, **other.minutes}
        },
        states=one.states | other.states,
    )


def _minutes(loan: LoanWeek, *, measure: Measure) -> int:
    return loan.minutes.get(measure, 0)


def _has(loan: LoanWeek, *, measure: Measure) -> int:
    return int(measure in loan.states)
