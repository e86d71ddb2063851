"""When something is past its time."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.clock import DAY_MS, to_ms
from mdm.privacy.register import whole_register
from mdm.privacy.retention import (
    ZONE,
    After,
    Kept,
    SchoolYearEnd,
    WithPerson,
    cutoff,
    erased_at,
    school_year_start,
    words_of,
)

MOMENTS = st.integers(to_ms(datetime(2020, 1, 1, tzinfo=UTC)), to_ms(datetime(2045, 1, 1, tzinfo=UTC)))
RULES = st.one_of(
    st.builds(After, column=st.just("at"), event=st.just("the end of the loan"), days=st.integers(0, 2000)),
    st.builds(SchoolYearEnd, column=st.just("at"), event=st.just("the end of the loan"), years=st.integers(0, 5)),
)


@given(rule=RULES, moment=MOMENTS, now=MOMENTS)
def test_what_is_shown_as_its_end_is_when_it_is_erased(rule: After | SchoolYearEnd, moment: int, now: int) -> None:
    is_due = moment < int(cutoff(rule, now))
    assert is_due is (erased_at(rule, moment) <= now)


@given(day=st.dates(date(2020, 1, 1), date(2045, 1, 1)), days=st.integers(0, 400), now=MOMENTS)
def test_a_day_is_kept_whole_and_its_end_is_the_one_that_is_shown(day: date, days: int, now: int) -> None:
    rule = After(column="day", is_day=True, days=days, event="the day")
    is_due = day.isoformat() < str(cutoff(rule, now))
    assert is_due is (erased_at(rule, day.isoformat()) <= now)


@given(rule=RULES, moment=MOMENTS, earlier=MOMENTS, later=st.integers(0, 10**12))
def test_what_is_past_its_time_stays_past_it(
    rule: After | SchoolYearEnd, moment: int, earlier: int, later: int
) -> None:
    if moment < int(cutoff(rule, earlier)):
        assert moment < int(cutoff(rule, earlier + later))


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        (datetime(2027, 8, 31, 23, 59, tzinfo=ZONE), date(2026, 9, 1)),
        (datetime(2027, 9, 1, 0, 0, tzinfo=ZONE), date(2027, 9, 1)),
        (datetime(2027, 1, 15, tzinfo=ZONE), date(2026, 9, 1)),
    ],
)
def test_school_years_begin_in_september_in_paris(now: datetime, begins: date) -> None:
    assert school_year_start(to_ms(now)) == to_ms(datetime(begins.year, begins.month, begins.day, tzinfo=ZONE))


def test_a_leaver_of_july_goes_in_september_and_one_of_september_a_year_later() -> None:
    rule = SchoolYearEnd(column="left_at", event="the child's leaving")
    july = to_ms(datetime(2027, 7, 6, tzinfo=ZONE))
    september = to_ms(datetime(2027, 9, 2, tzinfo=ZONE))
    first, second = (to_ms(datetime(year, 9, 1, tzinfo=ZONE)) for year in (2027, 2028))
    assert (erased_at(rule, july), erased_at(rule, september)) == (first, second)


def test_a_session_that_ends_now_is_over_now() -> None:
    now = to_ms(datetime(2027, 1, 1, tzinfo=UTC))
    assert cutoff(After(column="expires_at", event="the end of the session"), now) == now + 1
    assert cutoff(After(column="expires_at", event="the end of the session", days=1), now) == now + 1 - DAY_MS


def test_rules_are_told_in_plain_words() -> None:
    told = [
        words_of(After(column="a", event="E", days=days))[0].format(
            **words_of(After(column="a", event="E", days=days))[1]
        )
        for days in (0, 1, 14, 365, 1095)
    ]
    assert told == ["at E", "1 day after E", "14 days after E", "1 year after E", "3 years after E"]
    assert words_of(Kept(reason="R")) == ("kept without an end: {event}", {"event": "R"})
    assert "{event}" in words_of(WithPerson())[0]


def test_only_the_record_of_the_public_body_is_kept_without_an_end() -> None:
    kept = {one.table.name for one in whole_register().fields.values() if isinstance(one.retention, Kept)}
    assert kept <= {
        "attendance", "ballot", "catalogue_revision", "data_controller", "edition", "journal", "meeting",
        "meeting_item", "proposal", "proposal_event", "recusal", "rollout_change", "seat_holding", "vote",
    }  # fmt: skip


def test_nothing_else_outlives_three_years() -> None:
    longest = timedelta(0)
    for one in whole_register().fields.values():
        if isinstance(one.retention, After):
            longest = max(longest, timedelta(days=one.retention.days))
    assert longest == timedelta(days=3 * 365)
