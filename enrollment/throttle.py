"""Slows down whoever asks too often, in memory of a bounded size."""

from collections import OrderedDict

import msgspec

from mdm.clock import Clock


class _Bucket(msgspec.Struct):
    tokens: float
    at: int


class TokenBuckets:
    """A bucket of tokens for each key: ``capacity`` at first, ``per_second`` more as time goes by.

    The least recently used keys are forgotten beyond ``remembered``; one that comes back starts with a full bucket.
    """

    def __init__(self, clock: Clock, *, capacity: float, per_second: float, remembered: int = 10_000) -> None:
        self._clock = clock
        self._capacity = capacity
        self._per_ms = per_second / 1000
        self._remembered = remembered
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str, cost: float = 1.0) -> int:
        """Take ``cost`` tokens and return 0; or take none, and return how many seconds to wait for them."""
        now = self._clock.ms()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(self._capacity, now)
            if len(self._buckets) > self._remembered:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        bucket.tokens = min(self._capacity, bucket.tokens + max(0, now - bucket.at) * self._per_ms)
        bucket.at = now
        if bucket.tokens < cost:
            return max(1, round((cost - bucket.tokens) / self._per_ms / 1000 + 0.5))
        bucket.tokens -= cost
        return 0

    def __len__(self) -> int:
        return len(self._buckets)
