"""Slows down an address from which many wrong tokens come, without harming those that are right."""

from collections import OrderedDict

import msgspec

from mdm.clock import Clock
from webui.errors import TooManyAttempts

_MINUTE = 60_000
_FREE = 20
_LONGEST_WAIT = 15 * _MINUTE
_FORGET_AFTER = 30 * _MINUTE
_REMEMBERED = 20_000


class _Failures(msgspec.Struct):
    count: int = 0
    last_at: int = 0


class TokenThrottle:
    """Counts wrong tokens per address.

    After twenty the wait is one minute, and doubles up to a quarter of an hour; half an hour of quiet forgets them. A
    token of 256 bits cannot be guessed: a right one is let through at once, for a school's programs share one address.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def wrong(self, address: str) -> None:
        """Note that a token was wrong; raise `TooManyAttempts` when the address should have waited."""
        now = self._clock.ms()
        failures = self._failures.get(address)
        if failures is None or now - failures.last_at > _FORGET_AFTER:
            failures = self._failures[address] = _Failures()
        self._failures.move_to_end(address)
        while len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)
        left = failures.last_at + self._wait(failures.count) - now
        if left > 0:
            raise TooManyAttempts(wait_ms=left)
        failures.count += 1
        failures.last_at = now

    def _wait(self, count: int) -> int:
        return 0 if count < _FREE else min(_MINUTE << min(count - _FREE, 10), _LONGEST_WAIT)
