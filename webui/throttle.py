"""Slows down the guessing of passwords, without locking anybody else out."""

from mdm.clock import Clock
from webui.errors import TooManyAttempts
from webui.failures import FailureBook, Failures, wait_after

_FREE_PER_LOGIN = 5
_FREE_PER_ADDRESS = 40


class SignInThrottle:
    """Counts wrong passwords per address and login together, and per address.

    The owner of a login is never held up by what is tried from another address. After five failures the wait is one
    minute, and doubles up to a quarter of an hour; half an hour of quiet forgets them.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen = FailureBook[tuple[str, str]]()

    def admit(self, address: str, login: str) -> None:
        """Count an attempt as failed until `forgive` is called; raise `TooManyAttempts` when it must wait.

        Counting first keeps many simultaneous attempts from passing together.
        """
        now = self._clock.ms()
        pair = self._seen.of((address, login), now)
        place = self._seen.of((address, ""), now)
        wait = max(_wait(pair, _FREE_PER_LOGIN, now), _wait(place, _FREE_PER_ADDRESS, now))
        if wait > 0:
            raise TooManyAttempts(wait_ms=wait)
        for failures in (pair, place):
            failures.add(now)

    def forgive(self, address: str, login: str) -> None:
        """Forget the failures of a login whose password was right."""
        self._seen.forget((address, login))
        place = self._seen.known((address, ""))
        if place is not None:
            place.count = max(0, place.count - 1)


def _wait(failures: Failures, free: int, now: int) -> int:
    if failures.count < free:
        return 0
    return failures.last_at + wait_after(failures.count, free=free) - now
