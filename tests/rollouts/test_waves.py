"""Windows open outside class, by each school's own clock; a plan that does not hold together is refused."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.home.calendar.class_time import SchoolCalendar, is_class_time
from mdm.home.calendar.hours import FOUR_AND_A_HALF_DAYS, FOUR_DAYS
from mdm.home.calendar.places import place_of
from mdm.home.calendar.school_years import shipped
from mdm.home.calendar.zone import Zone
from profiles.rollouts.errors import PlanInvalid
from profiles.rollouts.rollout import Plan
from profiles.rollouts.waves import NOW, Wave, Window, is_open, opens_at


def calendar(insee: str = "40192") -> SchoolCalendar:
    place = place_of(insee)
    years = tuple(year for year in shipped() if year.zone == place.zone)
    return SchoolCalendar(hours=FOUR_AND_A_HALF_DAYS, zone=Zone(place=place, years=years))


def local(text: str, insee: str = "40192") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=calendar(insee).zone.clock)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-26T07:30", "2026-11-26T07:30"),
        ("2026-11-26T08:00", "2026-11-26T15:45"),
        ("2026-11-26T12:30", "2026-11-26T15:45"),
        ("2026-11-25T11:00", "2026-11-25T11:30"),
        ("2026-11-28T10:00", "2026-11-28T10:00"),
        ("2026-12-21T10:00", "2026-12-21T10:00"),
    ],
)
def test_a_window_outside_class_opens_when_the_school_day_is_over(moment: str, opens: str) -> None:
    window = Window()
    assert opens_at(window, calendar(), local(moment)) == local(opens)
    assert is_open(window, calendar(), local(moment)) is (moment == opens)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-26T10:00", "2026-11-26T18:00"),
        ("2026-11-26T18:00", "2026-11-26T18:00"),
        ("2026-11-27T05:59", "2026-11-27T05:59"),
        ("2026-11-27T06:00", "2026-11-27T18:00"),
        ("2026-11-28T12:00", "2026-11-28T18:00"),
    ],
)
def test_hours_of_the_night_go_past_midnight(moment: str, opens: str) -> None:
    window = Window(begin="18:00", end="06:00")
    assert opens_at(window, calendar(), local(moment)) == local(opens)


def test_hours_and_class_hold_together() -> None:
    window = Window(begin="14:00", end="17:00")
    assert opens_at(window, calendar(), local("2026-11-26T09:00")) == local("2026-11-26T15:45")
    assert opens_at(window, calendar(), local("2026-11-25T09:00")) == local("2026-11-25T14:00")
    assert opens_at(Window(begin="09:00", end="10:00"), calendar(), local("2026-11-23T12:00")) == local(
        "2026-11-28T09:00"
    )


def test_a_school_overseas_has_its_own_evening() -> None:
    window, moment = Window(begin="18:00", end="06:00"), datetime(2026, 11, 26, 14, 0, tzinfo=UTC)
    assert is_open(window, calendar("97411"), moment)
    assert not is_open(window, calendar(), moment)


def test_now_is_always_open() -> None:
    assert is_open(NOW, calendar(), local("2026-11-26T10:00"))


hours = st.integers(0, 23)
windows = st.builds(
    lambda outside, begin, end: Window(
        outside_class=outside,
        begin=f"{begin:02d}:30" if begin != end else None,
        end=f"{end:02d}:30" if begin != end else None,
    ),
    st.booleans(),
    hours,
    hours,
)


@settings(max_examples=200, deadline=None)
@given(
    windows,
    st.sampled_from(["40192", "59350", "97411", "97209", "67482"]),
    st.datetimes(datetime(2024, 1, 1), datetime(2034, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_a_window_that_opens_is_open_then_and_not_a_moment_before(window: Window, insee: str, moment: datetime) -> None:
    at = opens_at(window, calendar(insee), moment)
    assert at is not None, "every window here has a Sunday"
    assert at >= moment
    assert is_open(window, calendar(insee), at)
    if at > moment:
        assert not is_open(window, calendar(insee), max(moment, at - timedelta(seconds=1)))
    if window.outside_class:
        assert not is_class_time(FOUR_AND_A_HALF_DAYS, calendar(insee).zone, at)


def test_a_school_that_is_always_at_work_in_those_hours_leaves_no_time_but_holidays() -> None:
    window = Window(begin="09:00", end="10:00")
    four_days = SchoolCalendar(hours=FOUR_DAYS, zone=calendar().zone)
    assert opens_at(window, four_days, local("2026-11-24T11:00")) == local("2026-11-25T09:00")


@pytest.mark.parametrize(
    ("waves", "pilots"),
    [
        ((), ()),
        ((Wave(per_mille=100),), ()),
        ((Wave(pilots=True),), ("k1",)),
        ((Wave(pilots=True), Wave()), ()),
        ((Wave(),), ("k1",)),
        ((Wave(), Wave()), ()),
        ((Wave(), Wave(pilots=True)), ("k1",)),
        ((Wave(pilots=True), Wave(pilots=True), Wave()), ("k1",)),
        ((Wave(per_mille=600), Wave(per_mille=400), Wave()), ()),
        ((Wave(window=Window(begin="18:00")),), ()),
        ((Wave(window=Window(begin="18:00", end="18:00")),), ()),
        ((*[Wave(per_mille=1)] * 12, Wave()), ()),
    ],
)
def test_a_plan_that_does_not_hold_together_is_refused(waves: tuple[Wave, ...], pilots: tuple[str, ...]) -> None:
    with pytest.raises(PlanInvalid):
        Plan(waves=waves, pilots=pilots).checked()


def test_pilots_then_shares_then_all_is_a_plan() -> None:
    plan = Plan(waves=(Wave(pilots=True), Wave(per_mille=100), Wave(per_mille=400), Wave()), pilots=("k1",))
    assert plan.checked() == plan
