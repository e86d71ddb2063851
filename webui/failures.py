"""Failed attempts to be let in, remembered for a while, and how long they make one wait."""

from collections import OrderedDict
from typing import Generic, TypeVar

import msgspec

MINUTE = 60_000
_LONGEST_WAIT = 15 * MINUTE
_FORGET_AFTER = 30 * MINUTE
_REMEMBERED = 20_000

Key = TypeVar("Key")


class Failures(msgspec.Struct):
    """How often it failed, and when last (milliseconds since the epoch)."""

    count: int = 0
    last_at: int = 0

    def add(self, now: int) -> None:
        """Count one more."""
        self.count += 1
        self.last_at = now


class FailureBook(Generic[Key]):
    """The failures of each key; half an hour of quiet forgets them, and so do twenty thousand others."""

    def __init__(self) -> None:
        self._known: OrderedDict[Key, Failures] = OrderedDict()

    def of(self, key: Key, now: int) -> Failures:
        """Return the failures of a key, to be counted on; none when it has been quiet."""
        found = self._known.get(key)
        if found is None or now - found.last_at > _FORGET_AFTER:
            found = self._known[key] = Failures()
        self._known.move_to_end(key)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return found

    def known(self, key: Key) -> Failures | None:
        """Return the failures of a key, if any are remembered."""
        return self._known.get(key)

    def forget(self, key: Key) -> None:
        """Forget the failures of a key."""
        self._known.pop(key, None)


def wait_after(count: int, *, free: int) -> int:
    """Return for how long, in milliseconds: a minute after ``free`` failures, doubled by each up to fifteen."""
    return 0 if count < free else min(MINUTE << min(count - free, 10), _LONGEST_WAIT)
