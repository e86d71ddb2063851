"""Names: compared without accents, shown as the school keeps them, close ones found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.home.pupils.names import (
    NameForm,
    close_first_names,
    fold_name,
    kept_last_name,
    likeness,
    may_be_the_name,
    one_letter_apart,
    readable,
    shortened,
)

names = st.text(st.characters(codec="utf-8", categories=("Lu", "Ll")), max_size=12)


@pytest.mark.parametrize(
    ("name", "folded"),
    [("Jean-Paul", "jeanpaul"), ("D'ÉTÉ", "dete"), ("Œuvrard", "oeuvrard"), ("Straße", "strasse"), ("", "")],
)
def test_names_are_compared_without_case_accents_and_signs(name: str, folded: str) -> None:
    assert fold_name(name) == folded


@pytest.mark.parametrize(
    ("name", "shown"), [("LINA", "Lina"), ("JEAN-PAUL", "Jean-Paul"), ("McADAM", "McADAM"), ("O'NEIL", "O'Neil")]
)
def test_capitals_become_a_name(name: str, shown: str) -> None:
    assert readable(name) == shown


def test_a_school_keeps_as_much_as_it_chose() -> None:
    assert [kept_last_name("VERNAQUE", form) for form in NameForm] == ["", "V.", "VERNAQUE"]
    assert kept_last_name("Vernaque", NameForm.INITIAL, letters=2) == "Ve."
    assert kept_last_name("", NameForm.INITIAL) == ""


def test_what_was_erased_does_not_come_back_by_a_choice() -> None:
    assert shortened("V.", NameForm.FULL) == "V."
    assert shortened("Vernaque", NameForm.INITIAL) == "V."
    assert shortened("Ve.", NameForm.INITIAL) == "Ve."
    assert shortened("Ve.", NameForm.FIRST) == ""


@pytest.mark.parametrize(
    ("one", "other", "close"),
    [
        ("Mathieu", "Matthieu", True),
        ("Leïla", "LEILA", True),
        ("Lina Marie", "Lina", True),
        ("Jean-Paul", "Jean", True),
        ("Jean-Paul", "Jean-Luc", False),
        ("Noé", "Maya", False),
        ("Tom", "Tim", False),
        ("", "Tom", False),
    ],
)
def test_first_names_are_close_or_not(one: str, other: str, close: bool) -> None:
    assert close_first_names(one, other) is close


def test_what_is_kept_of_a_name_may_be_this_name() -> None:
    assert may_be_the_name("", "Vernaque")
    assert may_be_the_name("Ve.", "VERNAQUE")
    assert not may_be_the_name("Vo.", "Vernaque")
    assert may_be_the_name("Vernaque", "Vernaques")
    assert not may_be_the_name("Vernaque", "Tarbouche")


def test_likeness_is_winklers() -> None:
    # The examples of Winkler's paper.
    assert round(likeness("martha", "marhta"), 3) == 0.961
    assert round(likeness("dwayne", "duane"), 3) == 0.84
    assert round(likeness("dixon", "dicksonx"), 3) == 0.813


@given(names, names)
def test_likeness_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    assert 0 <= likeness(one, other) <= 1
    assert likeness(one, other) == pytest.approx(likeness(other, one))
    assert likeness(one, one) == 1


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("lina", "lena", True),
        ("lina", "nina", True),
        ("ines", "innes", True),
        ("anis", "yanis", True),
        ("malo", "mlao", True),
        ("lina", "lina", False),
        ("lina", "lia", True),
        ("lina", "linate", False),
        ("lina", "leno", False),
        ("", "a", True),
    ],
)
def test_one_letter_apart(one: str, other: str, apart: bool) -> None:
    assert one_letter_apart(one, other) is apart
    assert one_letter_apart(other, one) is apart


@given(names, st.integers(0, 12), st.characters(codec="utf-8", categories=("Ll",)))
def test_a_letter_put_in_or_left_out_is_one_letter(name: str, place: int, letter: str) -> None:
    assert one_letter_apart(name, name[:place] + letter + name[place:])
