"""Numbers, sizes and times as people of each language write them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent

from mdm.clock import from_ms
from mdm.i18n import N_, Translator

_GIGABYTE = 10**9
_JUST_NOW = timedelta(seconds=90)


class Formats(msgspec.Struct, frozen=True, kw_only=True):
    """Writes values in one language and one time zone, as seen at ``now``."""

    translate: Translator
    zone: ZoneInfo
    now: datetime

    def percent(self, value: int) -> str:
        """Return ``85`` as a percentage."""
        return str(format_percent(value / 100, locale=self.translate.lang))

    def gigabytes(self, size: int) -> str:
        """Return a size in bytes as a number of gigabytes, as Apple counts them (10^9 bytes), without its unit."""
        gigabytes = size / _GIGABYTE
        pattern = "0" if gigabytes >= 100 or size % _GIGABYTE == 0 else "0.#"
        return str(format_decimal(gigabytes, format=pattern, locale=self.translate.lang))

    def moment(self, at: int) -> str:
        """Return a time in full, to the minute."""
        pattern = N_("MMMM d, y 'at' h:mm a")
        moment = from_ms(at).astimezone(self.zone)
        return str(format_datetime(moment, self.translate(pattern), locale=self.translate.lang))

    def clock_time(self, at: int) -> str:
        """Return a time in short: its hour today, else its day too."""
        moment = from_ms(at).astimezone(self.zone)
        today = self.now.astimezone(self.zone).date()
        pattern = N_("h:mm a") if moment.date() == today else N_("MMM d, h:mm a")
        return str(format_datetime(moment, self.translate(pattern), locale=self.translate.lang))

    def ago(self, at: int) -> str:
        """Return how long ago a time was, in one unit."""
        passed = self.now - from_ms(at)
        if passed < _JUST_NOW:
            return self.translate("just now")
        return str(format_timedelta(-passed, add_direction=True, threshold=1.5, locale=self.translate.lang))

    def iso(self, at: int) -> str:
        """Return a time as HTML's ``datetime`` attribute wants it."""
        return from_ms(at).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


JUST_NOW = N_("just now")
