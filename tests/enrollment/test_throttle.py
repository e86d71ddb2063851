"""Slowing down whoever asks too often."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from enrollment.throttle import TokenBuckets
from mdm.clock import ManualClock


def test_a_bucket_empties_and_fills_with_time(clock: ManualClock) -> None:
    buckets = TokenBuckets(clock, capacity=3, per_second=0.5)
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 2]
    assert buckets.take("b") == 0
    clock.advance(timedelta(seconds=2))
    assert buckets.take("a") == 0
    assert buckets.take("a") > 0


def test_what_is_dear_waits_longer(clock: ManualClock) -> None:
    buckets = TokenBuckets(clock, capacity=10, per_second=1)
    assert buckets.take("a", 10) == 0
    assert buckets.take("a", 10) >= 10


@settings(deadline=None)
@given(keys=st.lists(st.integers(0, 50)))
def test_memory_is_bounded(keys: list[int]) -> None:
    buckets = TokenBuckets(ManualClock(datetime(2026, 9, 1, tzinfo=UTC)), capacity=1, per_second=1, remembered=5)
    for key in keys:
        buckets.take(str(key))
        assert len(buckets) <= 5
