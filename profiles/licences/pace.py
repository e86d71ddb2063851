"""How fast requests may follow each other: pure."""

_SLOWER = 1.1
"""A little slower than allowed, for requests do not travel equally fast."""


class Pace:
    """Gives each request its turn, so that no more than ``per_second`` begin in any second."""

    def __init__(self, per_second: int) -> None:
        self.per_second = per_second
        self._next = 0.0

    def turn(self, now: float) -> float:
        """Return how many seconds a request that is ready at ``now`` has to wait for its turn."""
        begin = max(now, self._next)
        self._next = begin + _SLOWER / max(1, self.per_second)
        return begin - now
