"""Counting what is missing is arithmetic, and the words for it say how old the count is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.i18n import Catalogs
from profiles.licences.shortage import (
    LicencesMissing,
    Shortage,
    by_location,
    licensed_apps,
    missing_licences,
    wanted_by,
)
from profiles.policy import App, Policy

HOUR = 3_600_000
ENGLISH, FRENCH = (Catalogs("profiles").for_language(language) for language in ("en", "fr"))
GEOGEBRA = Shortage(store_id=1, name="GeoGebra", needed=42, more=12, counted_at=0)


def test_the_words_name_the_app_and_three_numbers_and_the_age() -> None:
    assert GEOGEBRA.in_words(ENGLISH, 3 * HOUR) == "GeoGebra: 42 licences needed, 30 free: 12 more (counted 3 h ago)"
    assert GEOGEBRA.in_words(FRENCH, 3 * HOUR).startswith("GeoGebra : ")


@pytest.mark.parametrize(
    ("counted_at", "now", "told"),
    [
        (None, 0, "never counted"),
        (0, HOUR - 1, "counted less than an hour ago"),
        (HOUR, 0, "counted less than an hour ago"),
        (0, 47 * HOUR, "counted 47 h ago"),
        (0, 73 * HOUR, "counted 3 days ago"),
    ],
)
def test_the_age_is_in_hours_or_days_even_when_the_clock_jumps_back(
    counted_at: int | None, now: int, told: str
) -> None:
    shortage = Shortage(store_id=1, name="", needed=1, more=1, counted_at=counted_at)
    assert shortage.in_words(ENGLISH, now) == f"1: 1 licences needed, 0 free: 1 more ({told})"


def test_a_refusal_has_a_line_for_each_app() -> None:
    error = LicencesMissing([GEOGEBRA, GEOGEBRA], HOUR)
    assert len(error.text(ENGLISH).splitlines()) == 2
    assert "GeoGebra" in str(error)
    assert error.advice(ENGLISH)


def test_only_required_apps_of_the_app_store_take_licences() -> None:
    policy = Policy(
        name="P",
        apps=(
            App(name="Store", bundle_id="a.store", store_id=1),
            App(name="Free", bundle_id="a.free", store_id=2),
            App(name="Allowed", bundle_id="a.allowed", store_id=3, install="allowed"),
            App(name="Own", bundle_id="a.own", manifest_url="https://example.fr/m.plist"),
            App(name="Both", bundle_id="a.both", store_id=4, manifest_url="https://example.fr/m.plist"),
            App(name="Android", package="a.android"),
        ),
    )
    assert licensed_apps(policy) == {1: "Store", 2: "Free"}
    assert wanted_by(policy, ["t1", "t2"]) == {1: ("t1", "t2"), 2: ("t1", "t2")}


def test_a_school_takes_from_its_own_location_first() -> None:
    assert missing_licences({"own": 5}, {}, {"own": 3, None: 1}) == 1
    assert missing_licences({"own": 5, None: 1}, {}, {"own": 5, None: 1}) == 0
    assert missing_licences({None: 5}, {}, {"own": 100, None: 1}) == 4


def test_what_was_promised_to_others_is_not_free() -> None:
    assert missing_licences({None: 5}, {None: 3}, {None: 6}) == 2
    assert missing_licences({None: 1}, {"own": 9}, {"own": 4, None: 5}) == 1
    assert missing_licences({None: 1}, {None: 100}, {None: 5}) == 1


def test_nothing_is_missing_of_what_has_no_end() -> None:
    assert missing_licences({None: 10_000, "own": 5}, {None: 7}, {None: None}) == 0


def test_more_are_assigned_than_owned_is_none_free() -> None:
    assert missing_licences({None: 2}, {}, {None: -3}) == 2


_PLACES = st.sampled_from([None, "a", "b"])


def fewest(tablets: list[str | None], free: dict[str | None, int]) -> int:
    """Try every way to hand out the licences, and return how many tablets the best leaves without."""
    if not tablets:
        return 0
    found = 1 + fewest(tablets[1:], free)
    for place in {None, tablets[0]}:
        if free.get(place, 0) > 0:
            found = min(found, fewest(tablets[1:], free | {place: free[place] - 1}))
    return found


@given(st.lists(_PLACES, max_size=6), st.dictionaries(_PLACES, st.integers(0, 4)))
def test_as_few_are_missing_as_can_be(tablets: list[str | None], free: dict[str | None, int]) -> None:
    own = {str(number): place for number, place in enumerate(tablets)}
    assert missing_licences(by_location(own, own), {}, free) == fewest(tablets, free)
