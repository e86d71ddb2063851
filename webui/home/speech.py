"""How the parent's pages speak: days, hours and minutes in one language, and what a tablet obeys of its rules."""

from collections.abc import Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import msgspec
from babel.dates import format_date, format_time

from mdm.clock import to_ms
from mdm.fleet.tablet import Platform
from mdm.home.modes.hours import HomeHours, Span
from mdm.home.modes.mode import Moded, Why
from mdm.i18n import N_, Translator
from webui.formats import Formats

HEADLINES: Mapping[Why, str] = {
    Why.AT_SCHOOL: N_("It is at school."),
    Why.CLASS_MODE: N_("It is in class."),
    Why.BACK_IN_CLASS: N_("It is in class: the school's rules hold."),
    Why.HOURS_OF_USE: N_("It may be used now."),
    Why.OUT_OF_HOURS: N_("It rests now: these are not its hours of use."),
    Why.NIGHT: N_("It rests now: it is night."),
    Why.DECLARED_LOST: N_("It was declared lost."),
}

_WAITS = N_(
    "No tablet keeps hours by itself: one that has no network stays as it was until it is connected again. Rules take"
    " some minutes to arrive."
)
_IPAD = (
    N_("Outside the hours, this iPad opens nothing but its settings, where a network is chosen."),
    N_("Apps that are taken away are hidden; nothing that is in them is lost."),
    N_("The filter blocks pages in every browser."),
)
_FREE_IPAD = (
    N_("This iPad is not supervised: it obeys none of these rules by itself. They are an agreement in your family."),
)
_ANDROID = (
    N_("Outside the hours, this tablet shows a covered screen with a word to your child."),
    N_("Apps that are taken away are hidden; nothing that is in them is lost."),
    N_("The filter blocks pages in Chrome alone."),
)


def obeys(platform: Platform, supervised: bool | None) -> tuple[str, ...]:
    """Return what a tablet obeys of rules at home, as messages; ``supervised`` is what an iPad said of itself."""
    if platform is Platform.ANDROID:
        return (*_ANDROID, _WAITS)
    return (*_IPAD, _WAITS) if supervised else _FREE_IPAD


class Speech(msgspec.Struct, frozen=True, kw_only=True):
    """Speaks one language, in the local time of a school."""

    translate: Translator
    now: datetime
    zone: ZoneInfo

    def headline(self, moded: Moded) -> str:
        """Return what a tablet may do now, in one sentence."""
        return self.translate(HEADLINES[moded.why])

    def until(self, moded: Moded) -> str:
        """Return until when that holds: an hour, with its day where it is not today; empty where nobody knows."""
        if moded.until is None:
            return ""
        return self.moment(to_ms(moded.until))

    def moment(self, at: int) -> str:
        """Return a time in short."""
        return Formats(translate=self.translate, zone=self.zone, now=self.now).clock_time(at)

    def day(self, day: date) -> str:
        """Return a day in full."""
        return str(format_date(day, format="long", locale=self.translate.lang))

    def weekday(self, day: date) -> str:
        """Return a day of this week: today, yesterday, Monday."""
        passed = (self.now.astimezone(self.zone).date() - day).days
        if passed in (0, 1):
            return self.translate(N_("today") if passed == 0 else N_("yesterday"))
        return str(format_date(day, "EEEE", locale=self.translate.lang))

    def minutes(self, count: int) -> str:
        """Return a length of time: 35 min, 1 h 05."""
        hours, rest = divmod(count, 60)
        if not hours:
            return self.translate(N_("{n} min"), n=rest)
        return self.translate(N_("{hours} h {minutes}"), hours=hours, minutes=f"{rest:02d}")

    def hour(self, moment: time) -> str:
        """Return an hour of the day."""
        return str(format_time(moment, self.translate(N_("h:mm a")), locale=self.translate.lang))

    def spans(self, spans: tuple[tuple[time, time], ...]) -> str:
        """Return the spans of a day in words."""
        if not spans:
            return self.translate(N_("not at all"))
        if spans == ((time(), time()),):
            return self.translate(N_("all day"))
        words = [
            self.translate(N_("from {begin} to {end}"), begin=self.hour(begin), end=self.hour(end))
            for begin, end in spans
        ]
        return self.translate(N_(", and ")).join(words)

    def span(self, span: Span | None) -> str:
        """Return a limit in words; a dash where there is none."""
        if span is None:
            return "–"
        return self.translate(N_("from {begin} to {end}"), begin=self.hour(span.begin), end=self.hour(span.end))

    def hours(self, hours: HomeHours) -> tuple[str, str, str]:
        """Return limits in words: of school days, of other days, of the night."""
        return self.span(hours.school_days), self.span(hours.other_days), self.span(hours.night)
