"""Slows down an address from which many wrong tokens come, without harming those that are right."""

from mdm.clock import Clock
from webui.errors import TooManyAttempts
from webui.failures import FailureBook, wait_after

_FREE = 20


class TokenThrottle:
    """Counts wrong tokens per address.

    After twenty the wait is one minute, and doubles up to a quarter of an hour; half an hour of quiet forgets them. A
    token of 256 bits cannot be guessed: a right one is let through at once, for a school's programs share one address.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = FailureBook[str]()

    def wrong(self, address: str) -> None:
        """Note that a token was wrong; raise `TooManyAttempts` when the address should have waited."""
        now = self._clock.ms()
        failures = self._failures.of(address, now)
        left = failures.last_at + wait_after(failures.count, free=_FREE) - now
        if left > 0:
            raise TooManyAttempts(wait_ms=left)
        failures.add(now)
