"""A convention in sentences: who sits there, and what each kind of decision needs. Pure."""

import msgspec

from mdm.i18n import N_
from profiles.charter.convention import Body, Convention, Rule, Threshold
from profiles.charter.sentence import Param, Sentence

KIND_NAMES: dict[str, str] = {
    "add_app": N_("Adding an app"),
    "remove_app": N_("Removing an app"),
    "replace_app": N_("Replacing an app"),
    "resource": N_("A web page, a site or a file"),
    "setting": N_("A setting"),
    "home_rule": N_("A rule for use at home"),
    "review": N_("A review of the whole charter"),
    "convention": N_("Changing the convention"),
    "group": N_("A group of schools"),
    "pilot": N_("A pilot"),
    "urgent_withdrawal": N_("An urgent withdrawal"),
    "ratification": N_("Ratifying an urgent withdrawal"),
    "evaluation": N_("An evaluation with researchers"),
    "purchase": N_("A purchase"),
    "default": N_("Any other decision"),
}
"""What is decided, by the kinds of rules and of proposals."""
PROPOSAL_KINDS = tuple(kind for kind in KIND_NAMES if kind not in ("purchase", "default"))
"""The kinds of proposals; the others are rules of a convention only."""

_THRESHOLDS: dict[Threshold, str] = {
    "one": N_("{body}: one yes"),
    "majority": N_("{body}: more yes than no"),
    "two_thirds": N_("{body}: two thirds of yes"),
    "unanimity": N_("{body}: at least one yes and no no"),
    "all_seats": N_("{body}: a yes from every seat"),
}


class BodyWords(msgspec.Struct, frozen=True, kw_only=True):
    """A body as it is told: its name, and whether its votes decide."""

    name: str
    words: Sentence


class RuleWords(msgspec.Struct, frozen=True, kw_only=True):
    """What a kind of decision needs, as it is told."""

    kind: str
    title: Sentence
    needs: Sentence
    conditions: tuple[Sentence, ...]


def bodies_in_words(convention: Convention) -> tuple[BodyWords, ...]:
    """Return who sits in the committee."""
    heard, decides = Sentence(N_("is heard, and binds nobody")), Sentence(N_("decides, as the rules say"))
    return tuple(BodyWords(name=one.name, words=heard if one.consultative else decides) for one in convention.bodies)


def rules_in_words(convention: Convention) -> tuple[RuleWords, ...]:
    """Return what each kind of decision needs, the most usual last."""
    ordered = sorted(convention.rules, key=list(KIND_NAMES).index)
    return tuple(
        RuleWords(
            kind=kind,
            title=Sentence(KIND_NAMES[kind]),
            needs=_needs(convention, convention.rules[kind]),
            conditions=_conditions(convention.rules[kind]),
        )
        for kind in ordered
    )


def rule_in_words(convention: Convention, kind: str) -> Sentence:
    """Return one rule as one sentence."""
    rule = convention.rules[kind]
    return Sentence(
        N_("{kind}: {needs} ({conditions})."),
        {"kind": Sentence(KIND_NAMES[kind]), "needs": _needs(convention, rule), "conditions": _conditions(rule)},
    )


def body_name(convention: Convention, body: str) -> str:
    """Return a body's name; its short name when the convention does not know it."""
    found: Body | None = convention.body_named(body)
    return found.name if found is not None else body


def _needs(convention: Convention, rule: Rule) -> Sentence:
    needs: tuple[Param, ...] = tuple(
        Sentence(_THRESHOLDS[one.threshold], {"body": body_name(convention, one.body)}) for one in rule.needs
    )
    if rule.any_of and len(needs) > 1:
        return Sentence(N_("one of these is enough: {needs}"), {"needs": needs})
    return Sentence("{needs}", {"needs": needs})


def _conditions(rule: Rule) -> tuple[Sentence, ...]:
    found = []
    if rule.quorum_percent:
        found.append(Sentence(N_("{percent} % of each one's seats take part"), {"percent": rule.quorum_percent}))
    if rule.notice_days:
        found.append(Sentence(N_("{days} days of notice"), {"days": rule.notice_days}))
    if rule.max_days is not None:
        found.append(Sentence(N_("for {days} days at most"), {"days": rule.max_days}))
    if rule.ratify_days is not None:
        found.append(Sentence(N_("to be ratified within {days} days"), {"days": rule.ratify_days}))
    found.append(Sentence(N_("{days} days to vote, unless a meeting decides"), {"days": rule.voting_days}))
    if rule.secret:
        found.append(Sentence(N_("secret ballot")))
    if rule.passkey_only:
        found.append(Sentence(N_("each voter signs with his own key")))
    return tuple(found)
