"""The form of a week: what is entered is what is read back, and every text is read or refused in words."""

from datetime import time

from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import MultiDict

from mdm.home.calendar.errors import HoursInvalid
from mdm.home.calendar.hours import DAYS, PRESETS, SchoolHours, Session, require_coherent, week_minutes
from webui.forms import Given
from webui.school.week_form import rows_in, rows_of, week_in

sessions = st.lists(st.integers(6 * 60, 22 * 60), min_size=0, max_size=8, unique=True).map(sorted)


@settings(deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(DAYS, sessions)))
def test_the_hours_that_are_entered_are_the_hours_that_are_read_back(days: dict[str, list[int]]) -> None:
    week = require_coherent(
        SchoolHours(
            **{  # type: ignore[arg-type]
                day: tuple(
                    Session(begin=time(begin // 60, begin % 60), end=time(end // 60, end % 60))
                    for begin, end in zip(marks[::2], marks[1::2], strict=False)
                    if end < 24 * 60
                )
                for day, marks in days.items()
            }
        )
    )
    form: MultiDict[str] = MultiDict()
    for rows in rows_of(week).values():
        for row in rows:
            form.add(f"{row.name}-begin", row.begin)
            form.add(f"{row.name}-end", row.end)
    assert week_in(Given(form)) == week
    # Typed again after a mistake elsewhere, it is still the same.
    assert {
        name: [(one.begin, one.end) for one in rows if one.begin] for name, rows in rows_in(Given(form)).items()
    } == {name: [(one.begin, one.end) for one in rows if one.begin] for name, rows in rows_of(week).items()}


@given(st.text(max_size=8))
def test_any_text_for_a_time_is_read_or_refused_in_words(text: str) -> None:
    form = Given(MultiDict({"monday-0-begin": text, "monday-0-end": "12:00"}))
    try:
        (session,) = week_in(form).monday
    except HoursInvalid:
        return
    assert f"{session.begin:%H:%M}" == text.strip()[:5]


def test_the_usual_weeks_have_24_hours() -> None:
    assert {week_minutes(week) for week in PRESETS.values()} == {24 * 60}
