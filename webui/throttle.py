"""Slows down the guessing of passwords, without locking anybody else out."""

from collections import OrderedDict

import msgspec

from mdm.clock import Clock
from webui.errors import TooManyAttempts

_MINUTE = 60_000
_FREE_PER_LOGIN = 5
_FREE_PER_ADDRESS = 40
_LONGEST_WAIT = 15 * _MINUTE
_FORGET_AFTER = 30 * _MINUTE
_REMEMBERED = 20_000


class _Failures(msgspec.Struct):
    count: int = 0
    last_at: int = 0


class SignInThrottle:
    """Counts wrong passwords per address and login together, and per address.

    The owner of a login is never held up by what is tried from another address. After five failures the wait is one
    minute, and doubles up to a quarter of an hour; half an hour of quiet forgets them.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: OrderedDict[tuple[str, str], _Failures] = OrderedDict()

    def admit(self, address: str, login: str) -> None:
        """Count an attempt as failed until `forgive` is called; raise `TooManyAttempts` when it must wait.

        Counting first keeps many simultaneous attempts from passing together.
        """
        now = self._clock.ms()
        pair = self._failures(address, login, now)
        place = self._failures(address, "", now)
        wait = max(_wait(pair, _FREE_PER_LOGIN, now), _wait(place, _FREE_PER_ADDRESS, now))
        if wait > 0:
            raise TooManyAttempts(wait_ms=wait)
        for failures in (pair, place):
            failures.count += 1
            failures.last_at = now

    def forgive(self, address: str, login: str) -> None:
        """Forget the failures of a login whose password was right."""
        self._seen.pop((address, login), None)
        place = self._seen.get((address, ""))
        if place is not None:
            place.count = max(0, place.count - 1)

    def _failures(self, address: str, login: str, now: int) -> _Failures:
        key = (address, login)
        found = self._seen.get(key)
        if found is None or now - found.last_at > _FORGET_AFTER:
            found = self._seen[key] = _Failures()
        self._seen.move_to_end(key)
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return found


def _wait(failures: _Failures, free: int, now: int) -> int:
    if failures.count < free:
        return 0
    wait = min(_MINUTE << min(failures.count - free, 10), _LONGEST_WAIT)
    return failures.last_at + wait - now
