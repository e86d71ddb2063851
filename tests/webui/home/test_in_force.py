"""What several hours come to together is what decides: compared minute by minute with `mode_at`."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from mdm.home.calendar.places import place_of
from mdm.home.modes.hours import DayKind, HomeHours, Span, in_night, in_use
from webui.home.in_force import hours_together

CLOCK = ZoneInfo(place_of("40018").time_zone)
MIDWINTER = date(2026, 1, 20)

times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
spans = st.none() | st.builds(Span, begin=times, end=times)
rules = st.lists(st.builds(HomeHours, school_days=spans, other_days=spans, night=spans), max_size=3)


@given(rules=rules, school_day=st.booleans())
def test_the_hours_shown_are_those_that_hold(rules: list[HomeHours], school_day: bool) -> None:
    shown = hours_together(rules, school_day=school_day)
    days = (DayKind(MIDWINTER, school_day), DayKind(MIDWINTER - timedelta(days=1), school_day))
    for minute in range(0, 24 * 60, 15):
        local = time(minute // 60, minute % 60)
        moment = datetime.combine(MIDWINTER, local, CLOCK).astimezone(UTC)
        holds = all(in_use(one, days, CLOCK, moment) and not in_night(one, days, CLOCK, moment) for one in rules)
        assert holds == any(begin <= local and (local < end or end == time()) for begin, end in shown)


def test_what_nobody_allows_is_not_at_all() -> None:
    morning = HomeHours(school_days=Span(begin=time(8), end=time(9)))
    evening = HomeHours(school_days=Span(begin=time(18), end=time(19)))
    assert hours_together([morning, evening], school_day=True) == ()
    assert hours_together([], school_day=True) == ((time(), time()),)
