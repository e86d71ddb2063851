"""Counting: ballots are counted right under every convention, checked against the rules said another way."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.charter.convention import EXAMPLES, KINDS, Convention, Need, Rule, convention_of, example, rule_for
from profiles.charter.counting import Choice, Elector, Vote, count
from profiles.charter.errors import ConventionInvalid, NoSuchRule
from tests.charter.agreeing import SIMPLE

BODIES = [one.body for one in SIMPLE.bodies if not one.consultative]
THRESHOLDS = ["one", "majority", "two_thirds", "unanimity", "all_seats"]

rules = st.builds(
    Rule,
    needs=st.lists(
        st.builds(Need, body=st.sampled_from(BODIES), threshold=st.sampled_from(THRESHOLDS)),
        min_size=1,
        max_size=3,
        unique_by=lambda need: need.body,
    ).map(tuple),
    any_of=st.booleans(),
    quorum_percent=st.integers(0, 100),
)
rooms = st.dictionaries(
    st.sampled_from([one.body for one in SIMPLE.bodies]),
    st.lists(st.sampled_from(["yes", "no", "abstain", "absent"]), max_size=9),
)


def expected(rule: Rule, said: dict[str, list[str]]) -> bool:
    """Whether it is adopted, from the sentences of docs/charter.md."""
    outcomes = []
    for need in rule.needs:
        seats = said.get(need.body, [])
        here = [one for one in seats if one != "absent"]
        yes, no = here.count("yes"), here.count("no")
        enough = bool(seats) and Fraction(len(here), len(seats)) >= Fraction(rule.quorum_percent, 100)
        reached = {
            "one": yes > 0,
            "majority": yes > no,
            "two_thirds": yes > 0 and Fraction(yes, yes + no) >= Fraction(2, 3),
            "unanimity": yes > 0 and no == 0,
            "all_seats": bool(seats) and seats.count("yes") == len(seats),
        }[need.threshold]
        outcomes.append(enough and reached)
    return any(outcomes) if rule.any_of else all(outcomes)


@given(rule=rules, said=rooms)
def test_a_count_is_what_the_convention_says(rule: Rule, said: dict[str, list[Choice]]) -> None:
    electors = [
        Elector(seat=f"{body}-{place}", body=body) for body, seats in said.items() for place in range(len(seats))
    ]
    votes = [Vote(body=body, choice=one) for body, seats in said.items() for one in seats if one != "absent"]
    tally = count(SIMPLE, rule, electors, votes)
    assert tally.adopted == expected(rule, said)
    for one in tally.bodies:
        assert (one.yes, one.no, one.abstain) == tuple(
            said.get(one.body, []).count(choice) for choice in ("yes", "no", "abstain")
        )
        assert one.seats == len(said.get(one.body, []))


@given(rule=rules, said=rooms)
def test_one_more_yes_never_undoes_an_adoption(rule: Rule, said: dict[str, list[Choice]]) -> None:
    def adopted(now: dict[str, list[Choice]]) -> bool:
        electors = [Elector(seat=f"{body}-{at}", body=body) for body, seats in now.items() for at in range(len(seats))]
        votes = [Vote(body=body, choice=one) for body, seats in now.items() for one in seats if one != "absent"]
        return count(SIMPLE, rule, electors, votes).adopted

    if not adopted(said):
        return
    for body, seats in said.items():
        for place in range(len(seats)):
            more: list[Choice] = [*seats[:place], "yes", *seats[place + 1 :]]
            assert adopted({**said, body: more})


@given(rule=rules, said=rooms)
def test_consultative_bodies_decide_nothing(rule: Rule, said: dict[str, list[Choice]]) -> None:
    with_parents: dict[str, list[Choice]] = {**said, "parents": ["no", "no", "no"]}
    without: dict[str, list[Choice]] = {**said, "parents": []}
    assert expected(rule, with_parents) == expected(rule, without)
    electors = [Elector(seat=f"p{at}", body="parents") for at in range(3)]
    assert not count(SIMPLE, rule, electors, [Vote(body="parents", choice="yes")] * 3).adopted


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_conventions_that_come_with_valise_have_a_rule_for_every_kind(name: str) -> None:
    convention = example(name)
    for kind in KINDS:
        assert rule_for(convention, kind).needs


def test_the_conventions_say_what_they_are_known_for() -> None:
    default = rule_for(example("default"), "add_app")
    assert {need.body for need in default.needs} == {"authority", "dsden", "teachers"}
    assert not default.any_of
    somme = example("somme")
    assert somme.review_months == 12
    assert {need.body for need in rule_for(somme, "review").needs} == {"ethics", "dsden"}
    purchase = rule_for(example("nord-pas-de-calais"), "add_app", price_cents=1)
    assert all(need.threshold in ("all_seats", "unanimity") for need in purchase.needs)
    assert rule_for(example("nord-pas-de-calais"), "add_app") != purchase


def test_pilots_and_urgent_withdrawals_need_a_rule_of_their_own() -> None:
    tree = SIMPLE.tree()
    plain = convention_of({**tree, "rules": {"default": tree["rules"]["default"]}})
    for kind in ("pilot", "urgent_withdrawal"):
        with pytest.raises(NoSuchRule):
            rule_for(plain, kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rules_", "where"),
    [
        ({"default": {"needs": [{"body": "nobody"}]}}, "rules.default.needs"),
        ({"default": {"needs": [{"body": "parents"}]}}, "rules.default.needs"),
        ({"default": {"needs": [{"body": "dsden"}, {"body": "dsden"}]}}, "rules.default.needs"),
        ({"defualt": {"needs": [{"body": "dsden"}]}}, "rules.defualt"),
        ({"default": {"needs": [{"body": "dsden"}], "max_days": 3}}, "rules.default"),
        ({"default": {"needs": [{"body": "dsden"}], "secret": True, "passkey_only": True}}, "rules.default"),
        ({"add_app": {"needs": [{"body": "dsden"}]}}, "rules"),
        ({"default": {"needs": []}}, "convention"),
        ({"default": {"needs": [{"body": "dsden"}], "quorum_percent": 101}}, "convention"),
    ],
)
def test_a_convention_that_does_not_hold_together_is_refused_at_its_place(rules_: object, where: str) -> None:
    with pytest.raises(ConventionInvalid) as raised:
        convention_of({**SIMPLE.tree(), "rules": rules_})
    assert raised.value.params["where"] == where


def test_a_body_that_is_there_twice_is_refused() -> None:
    tree = SIMPLE.tree()
    with pytest.raises(ConventionInvalid):
        convention_of({**tree, "bodies": [*tree["bodies"], tree["bodies"][0]]})


def test_a_convention_is_a_value() -> None:
    assert isinstance(convention_of(SIMPLE.tree()), Convention)
    assert convention_of(SIMPLE.tree()) == SIMPLE
