"""The one clock: all business time comes from here."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

DAY_MS = 24 * 3600 * 1000
"""A day of 24 hours in milliseconds, the form that the store keeps moments in."""


class Clock(Protocol):
    """Tells the time in UTC."""

    def now(self) -> datetime:
        """Return the present as an aware UTC datetime."""
        ...

    def ms(self) -> int:
        """Return the present in milliseconds since 1970-01-01T00:00Z, the form that the store keeps."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present as an aware UTC datetime."""
        return datetime.now(UTC)

    def ms(self) -> int:
        """Return the present in milliseconds since the epoch."""
        return to_ms(self.now())


class ManualClock:
    """A clock that moves only when it is told to."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Return the present as an aware UTC datetime."""
        return self._now

    def ms(self) -> int:
        """Return the present in milliseconds since the epoch."""
        return to_ms(self._now)

    def advance(self, step: timedelta) -> None:
        """Move the clock by ``step``."""
        self._now += step


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    """Return an aware datetime as milliseconds since the epoch, without floating-point loss."""
    return (moment - _EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """Return milliseconds since the epoch as an aware UTC datetime."""
    return _EPOCH + milliseconds * _MILLISECOND
