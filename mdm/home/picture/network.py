"""A table with its sums as a network: each figure is an edge, and what goes into a node comes out of it.

Rows and columns are nodes; a figure flows from its row to its column, sums flow back. So what follows for a hidden
figure from all that is shown is a question of flows: its exact bounds come from maximal flows through what else is
hidden.
Source: Gusfield, A graph theoretic approach to statistical data security, SIAM Journal on Computing 17 (1988).
"""

from collections.abc import Iterable, Mapping
from heapq import heappop, heappush

import msgspec

Cell = tuple[str, str]
"""A figure's row and column; "" is the sum over them."""

SUM = ""
UNBOUNDED = 2**62


class Edge(msgspec.Struct, frozen=True):
    """One figure: where it flows, how large it is, what it costs to hide it, and the least that it can be at all."""

    tail: int
    head: int
    value: int
    cost: int
    least: int


class Spread(msgspec.Struct, frozen=True):
    """What can be concluded about a figure: it lies between ``low`` and ``high``, both possible."""

    low: int
    high: int

    @property
    def width(self) -> int:
        """How many units the bounds lie apart."""
        return self.high - self.low


class Network:
    """A table."""

    def __init__(self, edges: Mapping[Cell, Edge]) -> None:
        self.edges = dict(edges)
        self._cells = list(self.edges)
        self._numbers = {cell: number for number, cell in enumerate(self._cells)}
        found = list(self.edges.values())
        self._tails = [edge.tail for edge in found]
        self._heads = [edge.head for edge in found]
        self._rooms = [edge.value - edge.least for edge in found]
        self._costs = [edge.cost for edge in found]
        self._widest = max(self._rooms, default=0) + 1
        nodes = 1 + max([*self._tails, *self._heads], default=0)
        self._every = _Around(nodes)
        for number in range(len(found)):
            self._every.add(number, self._tails[number], self._heads[number])

    def searching(self, hidden: Iterable[Cell]) -> "Search":
        """Return a search in which these figures are hidden."""
        return Search(self, hidden)

    def spread(self, hidden: Iterable[Cell], cell: Cell) -> Spread:
        """Return the exact bounds that follow for a hidden figure from everything that is shown."""
        search, edge = Search(self, hidden), self.edges[cell]
        up, _ = search.push(cell, UNBOUNDED, up=True)
        down, _ = search.push(cell, edge.value - edge.least, up=False)
        return Spread(edge.value - down, edge.value + up if up < UNBOUNDED else UNBOUNDED)


class Search:
    """Moves figures of a network of which some are hidden; more can be hidden on the way."""

    def __init__(self, network: Network, hidden: Iterable[Cell]) -> None:
        self._network = network
        self.hidden: set[Cell] = set()
        self._around = _Around(len(network._every.out))
        self.hide(hidden)

    def hide(self, cells: Iterable[Cell]) -> None:
        """Hide more figures."""
        net = self._network
        for cell in sorted(set(cells) - self.hidden):
            self.hidden.add(cell)
            number = net._numbers[cell]
            self._around.add(number, net._tails[number], net._heads[number])

    def push(self, cell: Cell, wanted: int, *, up: bool, choose: bool = False) -> tuple[int, set[Cell]]:
        """Return by how much a figure can move without any shown one moving, up to ``wanted``, and what moves with it.

        With ``choose``, shown figures are hidden where nothing else helps, the cheapest first.
        """
        net, edge = self._network, self._network.edges[cell]
        start, goal = (edge.head, edge.tail) if up else (edge.tail, edge.head)
        moved: dict[int, int] = {}
        used: set[Cell] = set()
        got = 0
        for way in (self._shortest, self._cheapest) if choose else (self._shortest,):
            # Wide ways first, so that few are needed (capacity scaling).
            step = min(wanted - got, net._widest)
            while step > 0:
                path = way(start, goal, net._numbers[cell], step, moved)
                if path is None:
                    step //= 2
                    continue
                rooms = [net._rooms[one] + moved.get(one, 0) for one, forward in path if not forward]
                amount = min([wanted - got, *rooms])
                for one, forward in path:
                    moved[one] = moved.get(one, 0) + (amount if forward else -amount)
                    used.add(net._cells[one])
                self.hide(used)
                got += amount
                step = min(step, wanted - got)
        return got, used

    def _shortest(
        self, start: int, goal: int, without: int, step: int, moved: Mapping[int, int]
    ) -> list[tuple[int, bool]] | None:
        """Return a shortest way through hidden figures on which ``step`` can move."""
        net, around = self._network, self._around
        came: dict[int, tuple[int, int, bool]] = {start: (start, without, True)}
        waiting = [start]
        for node in waiting:
            for number in around.out[node]:
                to = net._heads[number]
                if to not in came and number != without:
                    came[to] = (node, number, True)
                    if to == goal:
                        return _way(came, start, goal)
                    waiting.append(to)
            for number in around.into[node]:
                to = net._tails[number]
                if to not in came and number != without and net._rooms[number] + moved.get(number, 0) >= step:
                    came[to] = (node, number, False)
                    if to == goal:
                        return _way(came, start, goal)
                    waiting.append(to)
        return None

    def _cheapest(
        self, start: int, goal: int, without: int, step: int, moved: Mapping[int, int]
    ) -> list[tuple[int, bool]] | None:
        """Return a way on which ``step`` can move and the least is to be hidden (Dijkstra)."""
        net = self._network
        came: dict[int, tuple[int, int, bool]] = {start: (start, without, True)}
        best = {start: 0}
        done: set[int] = set()
        queue = [(0, start)]
        while queue:
            cost, node = heappop(queue)
            if node in done:
                continue
            if node == goal:
                return _way(came, start, goal)
            done.add(node)
            steps = [(number, True, net._heads[number]) for number in net._every.out[node]]
            steps += [
                (number, False, net._tails[number])
                for number in net._every.into[node]
                if net._rooms[number] + moved.get(number, 0) >= step
            ]
            for number, forward, to in steps:
                then = cost + (0 if net._cells[number] in self.hidden else net._costs[number])
                if number != without and (to not in best or then < best[to]):
                    best[to] = then
                    came[to] = (node, number, forward)
                    heappush(queue, (then, to))
        return None


class _Around:
    """The edges that leave and that enter each node."""

    def __init__(self, nodes: int) -> None:
        self.out: list[list[int]] = [[] for _ in range(nodes)]
        self.into: list[list[int]] = [[] for _ in range(nodes)]

    def add(self, number: int, tail: int, head: int) -> None:
        self.out[tail].append(number)
        self.into[head].append(number)


_SUM_COST, _ALL_COST = 8, 64
"""How much worse it is to hide a sum, and the sum of all, than one figure."""


def grid(values: Mapping[Cell, int], present: Iterable[Cell], *, floor: int) -> Network:
    """Return the network of a table by rows and columns with all its sums.

    ``values`` are the inner figures; ``present`` the cells that hold anybody: others are known to be nil. ``floor``:
    the least that an inner figure is known to be; a sum is at least that for each of its figures.
    """
    inner = sorted(present)
    rows = {row: place for place, row in enumerate(sorted({row for row, _ in inner}), start=2)}
    columns = {one: place for place, one in enumerate(sorted({one for _, one in inner}), start=2 + len(rows))}
    every_row, every_column = 0, 1
    sums = sums_of({cell: values.get(cell, 0) for cell in inner})
    least = sums_of(dict.fromkeys(inner, floor))
    edges: dict[Cell, Edge] = {}
    for row, column in inner:
        edges[row, column] = _edge(rows[row], columns[column], values.get((row, column), 0), 1, floor)
    for row, node in rows.items():
        edges[row, SUM] = _edge(every_column, node, sums[row, SUM], _SUM_COST, least[row, SUM])
    for column, node in columns.items():
        edges[SUM, column] = _edge(node, every_row, sums[SUM, column], _SUM_COST, least[SUM, column])
    if inner:
        edges[SUM, SUM] = _edge(every_row, every_column, sums[SUM, SUM], _ALL_COST, least[SUM, SUM])
    return Network(edges)


def line(values: Mapping[str, int], present: Iterable[str]) -> Network:
    """Return the network of one figure for each row, with their sum; the cells' column is ""."""
    rows = sorted(present)
    edges = {(row, SUM): _edge(0, 1, values.get(row, 0), 1, 0) for row in rows}
    if rows:
        edges[SUM, SUM] = _edge(1, 0, sum(values.get(row, 0) for row in rows), _ALL_COST, 0)
    return Network(edges)


def sums_of(values: Mapping[Cell, int]) -> dict[Cell, int]:
    """Return the sums of a table's rows and columns, and of all."""
    sums: dict[Cell, int] = {}
    for (row, column), value in values.items():
        for cell in ((row, SUM), (SUM, column), (SUM, SUM)):
            sums[cell] = sums.get(cell, 0) + value
    return sums


def _edge(tail: int, head: int, value: int, weight: int, least: int) -> Edge:
    # Large figures are dearer, but not in proportion: what counts most is how many are hidden.
    return Edge(tail, head, value, weight * (16 + value.bit_length()), least)


def _way(came: Mapping[int, tuple[int, int, bool]], start: int, goal: int) -> list[tuple[int, bool]]:
    way: list[tuple[int, bool]] = []
    node = goal
    while node != start:
        node, number, forward = came[node]
        way.append((number, forward))
    return way
