"""Groups in which nobody can be found: every one large enough, whatever the cohort, and over two exports together."""

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.home.evaluation.anonymity import Grouping, Subject, diversity, group, smallest
from mdm.home.evaluation.errors import CohortTooSmall

WEEKS = [f"2026-11-{day:02d}" for day in (2, 9, 16, 23, 30)]
COMMUNE = {"0400377T": "40192", "0400001A": "40192", "0590001F": "59350"}


@st.composite
def spans(draw: st.DrawFn) -> frozenset[str]:
    first = draw(st.integers(0, 4))
    weeks = set(WEEKS[first : draw(st.integers(first, 4)) + 1])
    return frozenset(weeks - draw(st.sets(st.sampled_from(WEEKS), max_size=1)))


@st.composite
def cohorts(draw: st.DrawFn) -> list[Subject]:
    many = draw(st.integers(0, 60))
    return [
        Subject(
            pseudonym=f"{number:032x}",
            uai=(uai := draw(st.sampled_from(sorted(COMMUNE)))),
            insee=COMMUNE[uai],
            level=draw(st.sampled_from(["CP", "CE1", "CM2", "other"])),
            platform=draw(st.sampled_from(["ipad", "android"])),
            weeks=draw(spans()),
            earlier=draw(st.sampled_from(["", "", "", "A"])),
        )
        for number in range(many)
    ]


def known_of(found: Grouping, subjects: list[Subject]) -> Iterator[tuple[object, ...]]:
    """What an export and all earlier ones tell of each pupil who is in it, the weeks of its lines among that."""
    earlier = {one.pseudonym: one.earlier for one in subjects}
    for panel in found.panels:
        for one in panel.members:
            yield panel.place, panel.level, panel.platform, panel.weeks, earlier[one]


@settings(max_examples=80, deadline=None)
@given(cohorts(), st.integers(5, 10))
def test_whoever_is_in_an_export_is_like_enough_others(subjects: list[Subject], threshold: int) -> None:
    try:
        found = group(subjects, threshold)
    except CohortTooSmall:
        return
    assert min(Counter(known_of(found, subjects)).values()) >= threshold
    assert smallest(found) >= threshold


@settings(max_examples=40, deadline=None)
@given(cohorts(), st.randoms(use_true_random=False))
def test_every_pupil_is_in_one_group_or_left_out_with_weeks_that_are_there(
    subjects: list[Subject], random: object
) -> None:
    try:
        found = group(subjects, 5)
    except CohortTooSmall:
        return
    members = [one for panel in found.panels for one in panel.members]
    with_data = {one.pseudonym: one for one in subjects if one.weeks}
    assert sorted([*members, *found.left_out]) == sorted(with_data)
    for panel in found.panels:
        for one in panel.members:
            assert set(panel.weeks) <= with_data[one].weeks
            assert found.recoding.told(with_data[one]) == (panel.place, panel.level, panel.platform)
    mixed = list(subjects)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert group(mixed, 5) == found


@settings(max_examples=40, deadline=None)
@given(cohorts(), st.integers(5, 8))
def test_it_is_refused_only_where_no_group_is_large_enough(subjects: list[Subject], threshold: int) -> None:
    shared = Counter((week, one.earlier) for one in subjects for week in one.weeks)
    possible = any(many >= threshold for many in shared.values())
    try:
        group(subjects, threshold)
    except CohortTooSmall:
        assert not possible
    else:
        assert possible


def pupils(many: int, *, first: int = 0, **told: str) -> list[Subject]:
    uai = told.get("uai", "0400377T")
    return [
        Subject(
            pseudonym=f"{first + number:032x}",
            uai=uai,
            insee=COMMUNE[uai],
            level=told.get("level", "CP"),
            platform=told.get("platform", "ipad"),
            weeks=frozenset(WEEKS),
        )
        for number in range(many)
    ]


def test_what_is_large_enough_is_told_as_finely_as_can_be() -> None:
    found = group([*pupils(10), *pupils(12, first=50, level="CE1")], 10)
    assert [(panel.place, panel.level, len(panel.members)) for panel in found.panels] == [
        ("0400377T", "CE1", 12),
        ("0400377T", "CP", 10),
    ]
    assert found.left_out == ()


def test_few_are_left_out_rather_than_telling_less_of_all() -> None:
    found = group([*pupils(30), *pupils(3, first=50, level="CE1")], 10)
    assert found.recoding.place_kind == "school"
    assert len(found.left_out) == 3


def test_many_small_groups_are_told_more_coarsely() -> None:
    found = group([*pupils(6), *pupils(7, first=20, uai="0400001A"), *pupils(20, first=50, uai="0590001F")], 10)
    assert found.recoding.place_kind == "commune"
    assert {panel.place: len(panel.members) for panel in found.panels} == {"40192": 13, "59350": 20}


def test_a_pupil_who_came_later_is_not_told_by_the_weeks() -> None:
    """Teachers know since when somebody has had a tablet."""
    late = Subject(
        pseudonym="f" * 32,
        uai="0400377T",
        insee="40192",
        level="CP",
        platform="ipad",
        weeks=frozenset(WEEKS[2:]),
    )
    found = group([*pupils(12), late], 10)
    assert [panel.weeks for panel in found.panels] == [tuple(WEEKS)]
    assert found.left_out == (late.pseudonym,)


def test_too_few_are_refused_in_words() -> None:
    with pytest.raises(CohortTooSmall) as refused:
        group(pupils(9), 10)
    assert refused.value.params == {"threshold": 10, "pupils": 9, "least": 5}
    with pytest.raises(CohortTooSmall):
        group([], 5)


def test_the_diversity_is_that_of_the_least_diverse_group() -> None:
    found = group([*pupils(10), *pupils(10, first=50, level="CE1")], 10)
    values: dict[str, object] = {one: int(one, 16) for panel in found.panels for one in panel.members}
    assert diversity(found, values) == 10
    assert diversity(found, {one: 0 if int(one, 16) < 50 else int(one, 16) for one in values}) == 1
