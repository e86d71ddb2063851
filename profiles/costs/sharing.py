"""The sharing key: what the authority bears itself, and how the rest is divided among communes; pure.

A key is adopted by a deliberation and never changes; another deliberation makes another key, which replaces it from
its first year on. In a key, rules for a kind of purchase or for one purchase go before the general rule.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from profiles.costs.apportionment import apportion
from profiles.costs.errors import KeyMissing, KeyNotYet, KeyReplaced, KeyUnknown, ReferenceMissing, RuleTwice
from profiles.costs.money import check_rate
from profiles.costs.purchase import Purchase
from profiles.costs.words import Basis, check_day, check_year, clean_text

AUTHORITY = ""
"""The authority's own place among communes; it sorts before every INSEE code, so an odd cent is its own."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """The authority bears ``common_per_mille``; communes bear the rest in proportion to ``basis``."""

    common_per_mille: int
    basis: Basis


class ItemRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule for some purchases; ``item`` is a kind such as ``licence``, or one purchase's identifier."""

    item: str
    rule: Rule


class KeyDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A key as it was adopted; ``reference`` is the deliberation's, ``first_year`` the first year that it is for."""

    reference: str
    adopted_on: date
    first_year: int
    rule: Rule
    items: tuple[ItemRule, ...] = ()


class SharingKey(KeyDraft, frozen=True, kw_only=True):
    """A key as it is kept; keys are numbered from 1 in the order in which they were entered."""

    version: int


def check_key(draft: KeyDraft) -> KeyDraft:
    """Return the draft with its texts cleaned.

    Raises `ReferenceMissing`, `RateAbsurd`, `YearAbsurd`, `TextTooLong` or `RuleTwice`.
    """
    reference = clean_text(draft.reference)
    if not reference:
        raise ReferenceMissing
    check_day(draft.adopted_on)
    check_year(draft.first_year)
    for rule in (draft.rule, *(item.rule for item in draft.items)):
        check_rate(rule.common_per_mille)
    items: dict[str, ItemRule] = {}
    for item in draft.items:
        if items.setdefault(item.item, item) is not item:
            raise RuleTwice(item=item.item)
    return msgspec.structs.replace(draft, reference=reference, items=tuple(items[name] for name in sorted(items)))


def key_in_force(keys: Sequence[SharingKey], year: int) -> SharingKey:
    """Return the key of a year: the last adopted of those that are for it; raise `KeyMissing`."""
    for key in sorted(keys, key=lambda key: -key.version):
        if key.first_year <= year:
            return key
    raise KeyMissing(year=str(year))


def require_key(keys: Sequence[SharingKey], reference: str, year: int) -> SharingKey:
    """Return the key of a deliberation, if it is the one in force in ``year``.

    Raises `KeyUnknown`, `KeyNotYet`, or `KeyReplaced` which names the key that replaced it.
    """
    named = next((key for key in keys if key.reference == reference), None)
    if named is None:
        raise KeyUnknown(reference=reference)
    if named.first_year > year:
        raise KeyNotYet(reference=reference, first=str(named.first_year), year=str(year))
    current = key_in_force(keys, year)
    if current.version != named.version:
        raise KeyReplaced(reference=reference, by=current.reference, year=str(current.first_year))
    return named


def rule_for(key: SharingKey, purchase: Purchase) -> Rule:
    """Return the rule that a key has for a purchase: its own, else its kind's, else the general one."""
    rules = {item.item: item.rule for item in key.items}
    return rules.get(purchase.purchase_id) or rules.get(purchase.kind.value) or key.rule


def share(cents: int, rule: Rule, weights: Mapping[str, int]) -> dict[str, int]:
    """Return who bears how many cents, by INSEE code and `AUTHORITY`; the parts make ``cents``.

    Authority and communes are divided at once, so that each is within a cent of its exact part. Raises ValueError
    when communes should bear something and weigh nothing.
    """
    whole = sum(weights.values())
    if rule.common_per_mille == 1000:
        return {AUTHORITY: cents, **dict.fromkeys(weights, 0)}
    parts = {insee: (1000 - rule.common_per_mille) * weight for insee, weight in weights.items()}
    return apportion(cents, {AUTHORITY: rule.common_per_mille * whole, **parts})
