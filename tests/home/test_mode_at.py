"""A tablet's mode over ten years: always exactly one, with an end that is right where clocks change."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mdm.home.calendar.class_time import SchoolCalendar, is_class_time, sessions_of
from mdm.home.calendar.hours import FOUR_AND_A_HALF_DAYS, FOUR_DAYS
from mdm.home.calendar.places import place_of
from mdm.home.calendar.school_years import shipped
from mdm.home.calendar.zone import Zone
from mdm.home.modes.hours import HomeHours, Span
from mdm.home.modes.mode import Mode, Moded, Why
from mdm.home.modes.mode_at import Facts, mode_at

COMMUNES = ("40192", "59350", "75056", "67482", "2A004", "97411", "97209", "97502", "98735", "97608")


def zone_of(insee: str) -> Zone:
    place = place_of(insee)
    return Zone(place=place, years=tuple(year for year in shipped() if year.zone == place.zone))


def calendar_of(insee: str = "40192") -> SchoolCalendar:
    return SchoolCalendar(hours=FOUR_AND_A_HALF_DAYS, zone=zone_of(insee))


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone_of("75056").clock).astimezone(UTC)


calendars = st.builds(
    SchoolCalendar,
    hours=st.sampled_from([FOUR_AND_A_HALF_DAYS, FOUR_DAYS]),
    zone=st.sampled_from([zone_of(insee) for insee in COMMUNES]),
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
times = st.times().map(lambda one: one.replace(second=0, microsecond=0))
spans = st.none() | st.builds(Span, begin=times, end=times)
home_hours = st.builds(HomeHours, school_days=spans, other_days=spans, night=spans)
facts = st.builds(
    Facts,
    calendar=calendars,
    lost=st.booleans(),
    on_loan=st.booleans(),
    seen_at_school=st.booleans(),
    focus_until=st.none() | moments,
    hours=st.lists(home_hours, max_size=3).map(tuple),
)


@settings(max_examples=400, deadline=None)
@given(known=facts, moment=moments, share=st.floats(0, 0.999))
def test_modes_follow_each_other_without_gap_or_overlap(known: Facts, moment: datetime, share: float) -> None:
    now = mode_at(known, moment)
    if now.next_at is None:
        assert now.until is None
        return
    assert now.next_at > moment
    assert now.next_at.utcoffset() == timedelta()
    # Until its end a mode holds; at its end another one does.
    assert mode_at(known, moment + share * (now.next_at - moment)).same_mode(now)
    assert mode_at(known, now.next_at - timedelta(microseconds=1)).same_mode(now)
    assert not mode_at(known, now.next_at).same_mode(now)


@settings(max_examples=400, deadline=None)
@given(known=facts, moment=moments, share=st.floats(0, 0.999))
def test_until_its_end_the_same_is_allowed_and_then_something_else(
    known: Facts, moment: datetime, share: float
) -> None:
    now = mode_at(known, moment)
    if now.until is None:
        # Nothing that is allowed changes: only names do.
        later = mode_at(known, now.next_at) if now.next_at is not None else now
        assert later.allows_same(now)
        assert later.until is None
        return
    assert now.next_at is not None
    assert moment < now.next_at <= now.until
    assert mode_at(known, moment + share * (now.until - moment)).allows_same(now)
    assert mode_at(known, now.until - timedelta(microseconds=1)).allows_same(now)
    assert not mode_at(known, now.until).allows_same(now)


@settings(max_examples=40, deadline=None)
@given(known=facts, moment=moments)
def test_a_year_of_modes_is_walked_from_end_to_end(known: Facts, moment: datetime) -> None:
    end, steps = moment + timedelta(days=60), 0
    while moment < end and (next_at := mode_at(known, moment).next_at) is not None:
        assert next_at > moment
        moment, steps = next_at, steps + 1
    assert steps <= 60 * 20


@settings(max_examples=300, deadline=None)
@given(calendar=calendars, hours=home_hours, moment=moments)
@example(
    calendar=SchoolCalendar(hours=FOUR_DAYS, zone=zone_of("75056")),
    hours=HomeHours(night=Span(begin=time(21, 30), end=time(7, 0))),
    moment=datetime(2027, 3, 28, 4, 59, tzinfo=UTC),
)
def test_hours_of_use_are_those_of_the_clock_on_the_wall(
    calendar: SchoolCalendar, hours: HomeHours, moment: datetime
) -> None:
    clock = calendar.zone.clock
    local = moment.astimezone(clock)
    # Within a day of a change of clocks the wall is read differently; the next test is about that.
    if len({(moment + timedelta(hours=step)).astimezone(clock).utcoffset() for step in (-30, 0, 30)}) > 1:
        return

    def within(span: Span, day: date) -> bool:
        begin = datetime.combine(day, span.begin)
        end = datetime.combine(day, span.end) + timedelta(days=span.end < span.begin)
        return begin <= local.replace(tzinfo=None) < end and span.begin != span.end

    def use(day: date) -> bool:
        school_day = bool(sessions_of(calendar.hours, calendar.zone, day))
        span = hours.school_days if school_day else hours.other_days
        return day == local.date() if span is None else within(span, day)

    days = (local.date(), local.date() - timedelta(days=1))
    expected = any(map(use, days)) and not (hours.night and any(within(hours.night, day) for day in days))
    assert mode_at(Facts(calendar=calendar, on_loan=True, hours=(hours,)), moment).usable is expected


@pytest.mark.parametrize("day", ["2026-10-25", "2027-03-28", "2030-10-27", "2036-03-30"])
def test_the_night_ends_at_seven_on_the_wall_on_the_days_when_clocks_change(day: str) -> None:
    known = Facts(
        calendar=calendar_of("75056"),
        on_loan=True,
        hours=(HomeHours(night=Span(begin=time(21, 0), end=time(7, 0))),),
    )
    before = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
    evening = mode_at(known, paris(f"{before}T21:00"))
    assert (evening.usable, evening.why, evening.until) == (False, Why.NIGHT, paris(f"{day}T07:00"))
    assert mode_at(known, paris(f"{day}T06:59:59")).why is Why.NIGHT
    assert mode_at(known, paris(f"{day}T07:00")).usable


@settings(max_examples=200, deadline=None)
@given(known=facts, moment=moments)
def test_what_comes_first_is_lost_then_the_loan_then_the_class(known: Facts, moment: datetime) -> None:
    now = mode_at(known, moment)
    if known.lost:
        assert now == Moded(mode=Mode.LOST, usable=False, why=Why.DECLARED_LOST)
    elif known.on_loan:
        assert now.mode is not Mode.FOCUS
        in_class = is_class_time(known.calendar.hours, known.calendar.zone, moment)
        assert (now.mode is Mode.SCHOOL) is (in_class and known.seen_at_school)
    elif known.focus_until is not None and moment < known.focus_until:
        assert (now.mode, now.until) == (Mode.FOCUS, known.focus_until)
    else:
        assert (now.mode, now.until) == (Mode.SCHOOL, None)


@settings(max_examples=300, deadline=None)
@given(known=facts, more=home_hours, moment=moments)
def test_a_stricter_guardian_only_ever_takes_hours_away(known: Facts, more: HomeHours, moment: datetime) -> None:
    stricter = Facts(
        calendar=known.calendar,
        lost=known.lost,
        focus_until=known.focus_until,
        on_loan=known.on_loan,
        seen_at_school=known.seen_at_school,
        hours=(*known.hours, more),
    )
    before, after = mode_at(known, moment), mode_at(stricter, moment)
    assert after.mode is before.mode
    assert before.usable or not after.usable


def test_a_loaned_tablet_is_as_at_school_only_in_class_and_where_it_was_seen_there() -> None:
    known = Facts(calendar=calendar_of(), on_loan=True)
    seen = Facts(calendar=calendar_of(), on_loan=True, seen_at_school=True)
    class_time, noon = paris("2026-11-24T10:00"), paris("2026-11-24T12:30")
    assert mode_at(known, class_time).mode is Mode.HOME
    end = paris("2026-11-24T11:45")
    assert mode_at(seen, class_time) == Moded(mode=Mode.SCHOOL, why=Why.BACK_IN_CLASS, until=end, next_at=end)
    assert mode_at(seen, noon).mode is Mode.HOME


def test_the_holidays_begin_and_end_with_their_days() -> None:
    known = Facts(calendar=calendar_of("33063"), on_loan=True)
    before = mode_at(known, paris("2026-12-18T20:00"))
    assert (before.mode, before.next_at) == (Mode.HOME, paris("2026-12-19T00:00"))
    during = mode_at(known, paris("2026-12-24T20:00"))
    assert (during.mode, during.next_at) == (Mode.HOLIDAY, paris("2027-01-04T00:00"))
    # Without hours the holidays allow what an evening at home does: a family is told of no change.
    assert (before.until, during.until) == (None, None)


def test_a_family_is_told_of_the_hour_that_changes_something_and_not_of_the_holidays_name() -> None:
    use = Span(begin=time(9, 0), end=time(20, 0))
    same = Facts(calendar=calendar_of("33063"), on_loan=True, hours=(HomeHours(school_days=use, other_days=use),))
    friday = mode_at(same, paris("2026-12-18T20:30"))
    assert (friday.usable, friday.next_at) == (False, paris("2026-12-19T00:00"))
    assert friday.until == paris("2026-12-19T09:00")
    seen = Facts(calendar=calendar_of("33063"), on_loan=True, seen_at_school=True)
    assert mode_at(seen, paris("2026-12-18T20:00")).until == paris("2027-01-04T08:30")


def test_a_span_past_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    friday_evening = HomeHours(school_days=Span(begin=time(17, 0), end=time(1, 0)), other_days=Span(
        begin=time(10, 0), end=time(12, 0)
    ))  # fmt: skip
    known = Facts(calendar=calendar_of(), on_loan=True, hours=(friday_evening,))
    late = mode_at(known, paris("2026-11-28T00:30"))
    assert (late.usable, late.until) == (True, paris("2026-11-28T01:00"))
    assert not mode_at(known, paris("2026-11-28T09:00")).usable
    assert mode_at(known, paris("2026-11-28T11:00")).usable
