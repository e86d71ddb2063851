"""A policy in sentences, and what one policy has that another has not. Pure; every field is told."""

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from mdm.i18n import N_
from profiles.charter.sentence import Sentence
from profiles.charter.setting_words import POLICY
from profiles.charter.word_kinds import Entries, FieldWords, Leaf, Names, Part, Parts
from profiles.policy import Policy

Topic = Literal["apps", "books", "web", "settings", "android", "home", "groups", "withdrawn", "convention"]
Change = Literal["comes", "goes", "changes"]

_TOPICS: dict[str, Topic] = {
    "apps": "apps",
    "books": "books",
    "web_clips": "web",
    "web_filter": "web",
    "android": "android",
    "home": "home",
}
_LIFTED = N_("This no longer holds: {rule}")
_LIFTED_WITHIN = N_("this no longer holds: {rule}")


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that holds. ``subject``: the field, such as ``restrictions.camera``; ``details`` of a listed thing."""

    subject: str
    topic: Topic
    words: Sentence
    details: tuple[Sentence, ...] = ()


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that comes, goes or changes."""

    subject: str
    topic: Topic
    kind: Change
    words: Sentence


def rules_of(policy: Policy) -> tuple[Rule, ...]:
    """Return all that a policy says, field by field; what holds a default that says nothing is left out."""
    names = app_names(policy)
    return tuple(
        Rule(subject=subject, topic=topic_of(subject), words=words, details=details)
        for subject, words, details in _rules(POLICY, policy, names, "")
    )


def policy_differences(before: Policy, after: Policy) -> tuple[Difference, ...]:
    """Return what comes, goes and changes from one policy to another."""
    names = {**app_names(before), **app_names(after)}
    return tuple(
        Difference(subject=subject, topic=topic_of(subject), kind=kind, words=words)
        for subject, kind, words in _differences(POLICY, before, after, names, "")
    )


def app_names(policy: Policy) -> Names:
    """Return the apps' names by their identifiers on both platforms."""
    return {key: app.name for app in policy.apps for key in (app.bundle_id, app.package) if key is not None}


def topic_of(subject: str) -> Topic:
    """Return under which heading a field is told."""
    return _TOPICS.get(subject.partition(".")[0], "settings")


def _rules(
    fields: dict[str, FieldWords], holder: Any, names: Names, prefix: str
) -> Iterator[tuple[str, Sentence, tuple[Sentence, ...]]]:
    for field, words in fields.items():
        subject, value = f"{prefix}{field}", getattr(holder, field)
        if isinstance(words, Part):
            for inner, rule, details in _rules(words.fields, value, names, f"{subject}.") if value is not None else ():
                yield inner, _inside(words, rule), details
        elif isinstance(words, Parts):
            for entry in value:
                details = tuple(
                    rule for name, rule, _ in _rules(words.fields, entry, names, "") if name not in words.said
                )
                yield subject, Sentence(words.comes(entry), {"entry": words.name(entry)}), details
        elif isinstance(words, Entries):
            for entry in value:
                yield subject, words.entry(entry, names), ()
        elif isinstance(words, Leaf) and _is_told(words, holder, field):
            yield subject, words.holds(value, names), ()


def _differences(
    fields: dict[str, FieldWords], before: Any, after: Any, names: Names, prefix: str
) -> Iterator[tuple[str, Change, Sentence]]:
    """Compare two holders of the same fields; None where the whole part is not there."""
    for field, words in fields.items():
        subject = f"{prefix}{field}"
        was, value = (None if one is None else getattr(one, field) for one in (before, after))
        if isinstance(words, Part):
            for inner, kind, rule in _differences(words.fields, was, value, names, f"{subject}."):
                yield inner, kind, _inside(words, rule)
        elif isinstance(words, Parts):
            for kind, rule in _in_list(words, was or (), value or (), names):
                yield subject, kind, rule
        elif isinstance(words, Entries):
            for entry in value or ():
                if entry not in (was or ()):
                    yield subject, "comes", words.entry(entry, names)
            for entry in was or ():
                if entry not in (value or ()):
                    yield subject, "goes", Sentence(_LIFTED, {"rule": words.entry(entry, names)})
        elif isinstance(words, Leaf):
            yield from _in_leaf(words, field, (before, after), names, subject)


def _in_leaf(
    words: Leaf, field: str, holders: tuple[Any, Any], names: Names, subject: str
) -> Iterator[tuple[str, Change, Sentence]]:
    was, value = (None if one is None else getattr(one, field) for one in holders)
    was_told, is_told = (one is not None and _is_told(words, one, field) for one in holders)
    if was == value or not (was_told or is_told):
        return
    if value is None:
        yield subject, "goes", Sentence(_LIFTED, {"rule": words.holds(was, names)})
    elif holders[0] is None:
        yield subject, "comes", words.holds(value, names)
    elif was is None:
        yield subject, "comes", words.now(None, value, names)
    else:
        yield subject, "changes", words.now(was, value, names)


def _in_list(
    words: Parts, before: tuple[Any, ...], after: tuple[Any, ...], names: Names
) -> Iterator[tuple[Change, Sentence]]:
    left = list(before)
    for entry in after:
        was = next((one for one in left if words.same(one, entry)), None)
        if was is None:
            yield "comes", Sentence(words.comes(entry), {"entry": words.name(entry)})
            continue
        left.remove(was)
        for _, kind, rule in _differences(words.fields, was, entry, names, ""):
            told = Sentence(_LIFTED_WITHIN, rule.params) if kind == "goes" else rule
            yield "changes", Sentence(words.within, {"entry": words.name(was), "rule": told})
    for entry in left:
        yield "goes", Sentence(words.goes, {"entry": words.name(entry)})


def _is_told(words: FieldWords, holder: Any, field: str) -> bool:
    value = getattr(holder, field)
    return value is not None and (words.always or value != _default(type(holder), field))


def _default(kind: type[msgspec.Struct], field: str) -> Any:
    found = next(one for one in msgspec.structs.fields(kind) if one.name == field)
    if found.default_factory is not msgspec.NODEFAULT:
        return found.default_factory()
    return found.default


def _inside(words: Part, rule: Sentence) -> Sentence:
    return Sentence(words.within, {"rule": rule}) if words.within else rule
