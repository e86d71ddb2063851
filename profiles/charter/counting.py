"""Counting: whether ballots satisfy a rule. Pure; the same ballots always give the same tally."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from mdm.i18n import N_
from profiles.charter.convention import Convention, Need, Rule, Slug
from profiles.charter.proposal import Id, Part

Choice = Literal["yes", "no", "abstain"]


class Elector(Part, frozen=True, kw_only=True):
    """A seat that may vote."""

    seat: Id
    body: Slug


class Vote(msgspec.Struct, frozen=True, kw_only=True):
    """What one ballot says, for the count. The voter of a secret ballot is not known."""

    body: str
    choice: Choice


class BodyTally(Part, frozen=True, kw_only=True):
    """How a body voted. ``seats``: those that are held and may vote. ``reason`` is a text when it is not satisfied."""

    body: Slug
    seats: int
    yes: int
    no: int
    abstain: int
    binding: bool
    satisfied: bool
    reason: str = ""


class Tally(Part, frozen=True, kw_only=True):
    """The result of a vote."""

    adopted: bool
    bodies: tuple[BodyTally, ...]


NO_SEAT = N_("nobody sits there")
NO_QUORUM = N_("too few took part")
NOT_ENOUGH = N_("not enough said yes")


def count(convention: Convention, rule: Rule, electors: Iterable[Elector], votes: Iterable[Vote]) -> Tally:
    """Return the tally. ``electors`` are the seats that may vote; each vote is one seat's."""
    seats: dict[str, int] = {}
    for elector in electors:
        seats[elector.body] = seats.get(elector.body, 0) + 1
    given: dict[str, dict[Choice, int]] = {}
    for vote in votes:
        choices = given.setdefault(vote.body, {"yes": 0, "no": 0, "abstain": 0})
        choices[vote.choice] += 1
    needs = {need.body: need for need in rule.needs}
    bodies = tuple(
        _body(one.body, needs.get(one.body), rule, seats.get(one.body, 0), given.get(one.body))
        for one in convention.bodies
    )
    needed = [one.satisfied for one in bodies if one.binding]
    return Tally(adopted=any(needed) if rule.any_of else bool(needed) and all(needed), bodies=bodies)


def _body(body: str, need: Need | None, rule: Rule, seats: int, given: dict[Choice, int] | None) -> BodyTally:
    choices = given or {"yes": 0, "no": 0, "abstain": 0}
    yes, no, abstain = choices["yes"], choices["no"], choices["abstain"]
    reason = ""
    if need is not None:
        taking_part = yes + no + abstain
        if seats == 0:
            reason = NO_SEAT
        elif taking_part * 100 < rule.quorum_percent * seats:
            reason = NO_QUORUM
        elif not _reached(need, seats, yes, no):
            reason = NOT_ENOUGH
    return BodyTally(
        body=body,
        seats=seats,
        yes=yes,
        no=no,
        abstain=abstain,
        binding=need is not None,
        satisfied=need is not None and not reason,
        reason=reason,
    )


def _reached(need: Need, seats: int, yes: int, no: int) -> bool:
    if need.threshold == "one":
        return yes >= 1
    if need.threshold == "majority":
        return yes > no
    if need.threshold == "two_thirds":
        return yes >= 1 and yes >= 2 * no
    if need.threshold == "unanimity":
        return yes >= 1 and no == 0
    return seats >= 1 and yes == seats
