"""Whether rules are stricter than a guardian's earlier ones: what is allowed by the new ones alone is nothing."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from mdm.home.modes.hours import DayKind, HomeHours, Span, in_night, in_use
from mdm.home.modes.stricter import StricterRules, takes_more

PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 9, 7, tzinfo=PARIS)
# Days of the same kind in a row, none of them with a change of clocks.
SCHOOL, OTHER = True, False

quarters = st.integers(0, 95).map(lambda one: time(one // 4, one % 4 * 15))
spans = st.none() | st.builds(Span, begin=quarters, end=quarters)
rules = st.builds(
    StricterRules,
    hours=st.builds(HomeHours, school_days=spans, other_days=spans, night=spans),
    apps_taken_away=st.sets(st.sampled_from(["fr.lire", "fr.dessin"])).map(lambda one: tuple(sorted(one))),
)


def allowed(one: StricterRules, *, school_day: bool) -> list[bool]:
    """Whether each quarter of an hour of a day in the middle of the week may be used, night apart."""
    days = tuple(DayKind(day=(MONDAY + timedelta(days=n)).date(), school_day=school_day) for n in range(2))
    moments = [MONDAY + timedelta(days=1, minutes=15 * n) for n in range(96)]
    return [in_use(one.hours, days, PARIS, it) and not in_night(one.hours, days, PARIS, it) for it in moments]


@given(before=rules, after=rules)
def test_rules_that_take_no_more_allow_all_that_was_allowed(before: StricterRules, after: StricterRules) -> None:
    if takes_more(before, after):
        return
    assert set(after.apps_taken_away) <= set(before.apps_taken_away)
    for kind in (SCHOOL, OTHER):
        was, now = allowed(before, school_day=kind), allowed(after, school_day=kind)
        assert all(still for could, still in zip(was, now, strict=True) if could)


@given(one=rules)
def test_the_same_rules_and_no_rules_take_no_more(one: StricterRules) -> None:
    assert not takes_more(one, one)
    assert not takes_more(one, StricterRules())


def test_what_is_taken_away_is_seen() -> None:
    evening = HomeHours(school_days=Span(begin=time(17), end=time(19)))
    shorter = HomeHours(school_days=Span(begin=time(17), end=time(18)))
    assert takes_more(StricterRules(), StricterRules(hours=evening))
    assert takes_more(StricterRules(hours=evening), StricterRules(hours=shorter))
    assert not takes_more(StricterRules(hours=shorter), StricterRules(hours=evening))
    night = HomeHours(night=Span(begin=time(20), end=time(7)))
    longer = HomeHours(night=Span(begin=time(19), end=time(7)))
    assert takes_more(StricterRules(hours=night), StricterRules(hours=longer))
    assert not takes_more(StricterRules(hours=longer), StricterRules(hours=night))
    assert takes_more(StricterRules(), StricterRules(apps_taken_away=("fr.lire",)))
