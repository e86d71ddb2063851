"""Which figures are hidden: small groups, and as many others as it takes that no sum gives a small group away; pure.

For each small group others are hidden until its exact bounds, from everything that is shown, are wide enough. What was
hidden for its sake is its guard, and stays hidden from week to week for as long as the group is small: so a figure that
does not change from one week to the next is not told by what is shown in the one and hidden in the other.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar

import msgspec

from mdm.errors import ValiseError
from mdm.home.picture.network import Cell, Network
from mdm.i18n import N_

LEAST_THRESHOLD = 5
DEFAULT_THRESHOLD = 10

Guards = Mapping[Cell, frozenset[Cell]]


class ThresholdTooSmall(ValiseError):
    """A group is to be shown that is too small."""

    code: ClassVar[str] = "threshold_too_small"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("Groups of {threshold} cannot be shown: a group has {least} at least.")
    hint: ClassVar[str] = N_("Choose {least} or more; 10 is usual.")


class Margin(msgspec.Struct, frozen=True):
    """By how much a hidden figure must be able to be smaller, and larger, as far as anybody can tell."""

    down: int
    up: int


class Suppression(msgspec.Struct, frozen=True, kw_only=True):
    """What is hidden, and for each small group its guard."""

    hidden: frozenset[Cell]
    guards: dict[Cell, frozenset[Cell]]


def require_threshold(threshold: int) -> int:
    """Return a threshold that may be used; raise `ThresholdTooSmall`."""
    if threshold < LEAST_THRESHOLD:
        raise ThresholdTooSmall(threshold=threshold, least=LEAST_THRESHOLD)
    return threshold


def suppress(
    network: Network,
    small: Iterable[Cell],
    margin_of: Callable[[int], Margin],
    *,
    begun: Iterable[Cell] = (),
    before: Guards | None = None,
) -> Suppression:
    """Return what is hidden of a table.

    ``small``: the cells that must not be known. ``begun``: cells that are hidden whatever else. ``before``: the guards
    of the week before. Always succeeds: when nothing else helps, the sums are hidden.
    """
    protected = sorted(set(small) & network.edges.keys())
    kept = {cell: _still_there(network, cell, before) for cell in protected}
    hidden = network.searching(set(protected).union(set(begun) & network.edges.keys(), *kept.values()))
    guards: dict[Cell, frozenset[Cell]] = {}
    # The largest need first: what is hidden for it serves the others.
    for cell in sorted(protected, key=lambda one: (-_need(network, one, margin_of), one)):
        margin = _margin(network, cell, margin_of)
        guarding: set[Cell] = set(kept[cell])
        for wanted, up in ((margin.up, True), (margin.down, False)):
            _, used = hidden.push(cell, wanted, up=up, choose=True)
            guarding |= used
        guards[cell] = frozenset(guarding)
    return Suppression(hidden=frozenset(hidden.hidden), guards=guards)


def count_margin(threshold: int) -> Callable[[int], Margin]:
    """Return the margin of a small group's size: nobody can tell more of it than that it is small."""

    def margin(value: int) -> Margin:
        return Margin(max(0, value - 1), max(0, threshold - 1 - value))

    return margin


def amount_margin(threshold: int, unit: int) -> Callable[[int], Margin]:
    """Return the margin of what a small group did: half as much, half as much again, and never told as nil."""

    def margin(value: int) -> Margin:
        return Margin(value // 2, max((value + 1) // 2, unit * (threshold - 1)))

    return margin


def state_margin(value: int) -> Margin:
    """Return the margin of a state of tablets, such as a fault: not told exactly, except that there is none."""
    return Margin(1, 1) if value else Margin(0, 0)


def exposed(network: Network, suppression: Suppression, margin_of: Callable[[int], Margin]) -> list[Cell]:
    """Return the small groups whose bounds, computed anew from what is shown, are not wide enough: none."""
    found = []
    for cell in sorted(suppression.guards):
        value = network.edges[cell].value
        margin, spread = _margin(network, cell, margin_of), network.spread(suppression.hidden, cell)
        if spread.low > value - margin.down or spread.high < value + margin.up:
            found.append(cell)
    return found


def _still_there(network: Network, cell: Cell, before: Guards | None) -> frozenset[Cell]:
    """Return the guard of the week before, without what holds nobody any more."""
    return frozenset() if before is None else before.get(cell, frozenset()) & network.edges.keys()


def _need(network: Network, cell: Cell, margin_of: Callable[[int], Margin]) -> int:
    margin = _margin(network, cell, margin_of)
    return margin.up + margin.down


def _margin(network: Network, cell: Cell, margin_of: Callable[[int], Margin]) -> Margin:
    """Return a cell's margin; nothing can make anybody believe that a sum is less than its parts at their least."""
    edge = network.edges[cell]
    margin = margin_of(edge.value)
    return Margin(min(margin.down, edge.value - edge.least), margin.up)
