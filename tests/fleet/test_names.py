"""Names that people type or paste."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.fleet.errors import NameEmpty, NameInvalid, NameTooLong, NameUnprintable
from mdm.fleet.names import clean_name, slot_name


def test_spaces_of_all_kinds_become_one_and_accents_one_character() -> None:
    assert clean_name("  E\u0301cole\u00a0 du\t Bourg ") == "École du Bourg"


@pytest.mark.parametrize(
    ("text", "error"), [(" \u00a0", NameEmpty), ("a" * 121, NameTooLong), ("a\u202eb", NameUnprintable)]
)
def test_what_cannot_be_a_name_is_refused(text: str, error: type[NameInvalid]) -> None:
    with pytest.raises(error):
        clean_name(text)


def test_a_place_is_named_after_its_kit() -> None:
    assert [slot_name("Cassiopée", number) for number in (7, 30)] == ["Cassiopée 07", "Cassiopée 30"]


@given(st.text(max_size=200))
def test_a_name_that_is_accepted_stays_as_it_is(text: str) -> None:
    try:
        name = clean_name(text)
    except NameInvalid:
        return
    assert clean_name(name) == name
    assert 1 <= len(name) <= 120
