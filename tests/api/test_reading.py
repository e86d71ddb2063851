"""Requests are read strictly, and what is wrong is told in words of both languages."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from mdm.i18n import Catalogs
from webui.api.errors import ParameterWrong, PathUnknown
from webui.api.negotiation import NotAcceptable, require_acceptable
from webui.api.reading import Parameters, _is_deep
from webui.api.validation import NOT_EXPECTED, wrong_from

CATALOGS = Catalogs("webui")


class Colour(StrEnum):
    RED = "red"


class Choice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    count: Annotated[int, Meta(ge=0, le=10)] = 1
    open: bool = False
    colour: Colour | None = None
    size: Literal["s", "m"] = "s"


class Part(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=3, pattern="^[a-z]+$")]


class Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    parts: Annotated[list[Part], Meta(max_length=1)] = []
    names: dict[str, int] = {}
    at: datetime | None = None
    day: date | None = None
    colour: Colour = Colour.RED
    count: Annotated[int, Meta(ge=0, le=10)] = 1


@pytest.mark.parametrize(
    ("given_texts", "field"),
    [
        ({"count": "01"}, "count"),
        ({"count": "+1"}, "count"),
        ({"count": "1.0"}, "count"),
        ({"count": " 1"}, "count"),
        ({"count": "1\n"}, "count"),
        ({"count": "١"}, "count"),
        ({"count": "11"}, "count"),
        ({"count": "9" * 400}, "count"),
        ({"count": ""}, "count"),
        ({"open": "yes"}, "open"),
        ({"open": "True"}, "open"),
        ({"colour": "null"}, "colour"),
        ({"colour": ""}, "colour"),
        ({"size": "S"}, "size"),
        ({"size": "s\0"}, "size"),
        ({"unknown": "1"}, "unknown"),
        ({"": "1"}, ""),
    ],
)
def test_a_parameter_is_right_or_refused_by_its_name(given_texts: dict[str, str], field: str) -> None:
    with pytest.raises(ParameterWrong) as refused:
        Parameters(Choice)._convert(given_texts)
    assert refused.value.wrong.place == field
    with pytest.raises(PathUnknown):
        Parameters(Choice).from_path(given_texts)


def test_right_parameters_become_values() -> None:
    texts = {"count": "7", "open": "true", "colour": "red", "size": "m"}
    assert Parameters(Choice).from_path(texts) == Choice(count=7, open=True, colour=Colour.RED, size="m")
    assert Parameters(Choice).from_path({}) == Choice()


@given(st.dictionaries(st.sampled_from(["count", "open", "colour", "size", "other"]), st.text(max_size=8)))
def test_no_text_breaks_the_reading_of_parameters(texts: dict[str, str]) -> None:
    try:
        assert isinstance(Parameters(Choice).from_path(texts), Choice)
    except PathUnknown:
        assert texts


def test_a_type_that_no_text_can_be_is_refused_at_the_declaration() -> None:
    class Wide(msgspec.Struct):
        many: list[int] = []

    with pytest.raises(TypeError):
        Parameters(Wide)


def refusal(body: Any) -> tuple[str, str, str]:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.json.decode(msgspec.json.encode(body), type=Body)
    wrong = wrong_from(refused.value)
    french, english = (CATALOGS.for_language(one)(wrong.reason, **wrong.params) for one in ("fr", "en"))
    return wrong.place, english, french


@pytest.mark.parametrize(
    ("body", "place", "english", "french"),
    [
        ({"parts": [{}]}, "/parts/0", "“name” is missing.", "« name » manque."),
        ({"other": 1}, "", "“other” is not known here.", "« other » n'est pas connu ici."),
        ({"colour": "blue"}, "/colour", "It is not one of the values that are possible.", "Ce n'est pas une des"),
        ({"parts": [{"name": "abcd"}]}, "/parts/0/name", "It is longer than 3.", "La valeur est plus longue que 3."),
        ({"parts": [{"name": ""}]}, "/parts/0/name", "It is shorter than 1.", "La valeur est plus courte que 1."),
        ({"parts": [{"name": "A"}]}, "/parts/0/name", "It has not the right form.", "La valeur n'a pas la forme"),
        ({"parts": [{"name": "a"}] * 2}, "/parts", "It is longer than 1.", "La valeur est plus longue que 1."),
        ({"count": 11}, "/count", "It is more than 10.", "La valeur est supérieure à 10."),
        ({"count": -1}, "/count", "It is less than 0.", "La valeur est inférieure à 0."),
        ({"count": "1"}, "/count", "It is of the type str, not int.", "La valeur est du type str, et non int."),
        ({"names": {"a": "x"}}, "/names/*", "It is of the type str, not int.", "La valeur est du type str"),
        ({"at": "soon"}, "/at", "It is not a date and time such as 2026-09-01T08:00:00Z.", "Ce n'est pas une date et"),
        ({"day": "soon"}, "/day", "It is not a date such as 2026-09-01.", "Ce n'est pas une date comme"),
        ([], "", "It is of the type array, not object.", "La valeur est du type array, et non object."),
    ],
)
def test_each_refusal_of_a_body_is_told_in_words(body: Any, place: str, english: str, french: str) -> None:
    told_place, told_english, told_french = refusal(body)
    assert (told_place, told_english) == (place, english)
    assert told_french.startswith(french)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-20, 20) | st.text(max_size=5) | st.sampled_from(["red", "2026-09-01"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["parts", "names", "at", "day", "colour", "count", "name"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(ANYTHING)
def test_no_refusal_of_a_body_is_left_without_words(body: Any) -> None:
    refused = None
    try:
        msgspec.json.decode(msgspec.json.encode(body), type=Body)
    except msgspec.ValidationError as error:
        refused = error
    assert refused is None or wrong_from(refused).reason != NOT_EXPECTED, str(refused)


@pytest.mark.parametrize(
    ("header", "acceptable"),
    [
        (None, True),
        ("", True),
        ("*/*", True),
        ("application/*", True),
        ("application/json", True),
        ("APPLICATION/JSON;q=0.5", True),
        ("text/html, application/json;q=0.1", True),
        ("nonsense", True),
        ("text/html", False),
        ("text/html, */*;q=0", False),
        ("application/json;q=0", False),
        ("application/json;q=0.000, */*", False),
        ("application/problem+json", False),
    ],
)
def test_what_the_client_takes_is_respected(header: str | None, acceptable: bool) -> None:
    if acceptable:
        require_acceptable(header, "application/json")
    else:
        with pytest.raises(NotAcceptable):
            require_acceptable(header, "application/json")


@given(st.text(max_size=80))
def test_no_accept_header_breaks_the_reading(header: str) -> None:
    try:
        require_acceptable(header, "application/json")
    except NotAcceptable:
        assert header.strip()


def deepest(value: Any) -> int:
    """How many objects and lists are in each other."""
    if isinstance(value, dict):
        return 1 + max(map(deepest, value.values()), default=0)
    return 1 + max(map(deepest, value), default=0) if isinstance(value, list) else 0


_texts = st.text(st.sampled_from('[]{}"\\a'), max_size=6)
_trees = st.recursive(
    st.one_of(st.none(), _texts), lambda inner: st.one_of(st.lists(inner), st.dictionaries(_texts, inner)), max_leaves=9
)


@given(_trees, st.integers(0, 70))
def test_how_deep_a_body_is_nested_is_found_whatever_its_texts_hold(tree: Any, around: int) -> None:
    for number in range(around):
        tree = [tree] if number % 2 else {"[": tree}
    assert _is_deep(msgspec.json.encode([tree, ["}"] * 70])) is (deepest(tree) + 1 > 64)
