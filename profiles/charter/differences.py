"""What one edition agrees that another did not: what comes, what goes, what changes for a child. Pure."""

from collections.abc import Iterator, Mapping

from mdm.i18n import N_, Translator
from profiles.charter.change import Match, Path, PolicyTree, apply_changes, touches
from profiles.charter.convention import Convention
from profiles.charter.convention_words import bodies_in_words, rule_in_words
from profiles.charter.making import policy_from
from profiles.charter.policy_words import Change, Difference, policy_differences
from profiles.charter.sentence import Day, Param, Sentence
from profiles.charter.state import State, Variant, Withdrawal

__all__ = ["Difference", "difference_lines", "differences", "place_names", "variant_differences", "withdrawn_name"]

Places = Mapping[str, str]
"""Names of schools and kits by their identifiers; what is not in it is told by its identifier."""

_SIGNS: dict[Change, str] = {"comes": "+", "goes": "-", "changes": "~"}


def differences(before: State, after: State, places: Places | None = None) -> tuple[Difference, ...]:
    """Return what comes, goes and changes from one state to another."""
    known = places or {}
    return (
        *policy_differences(policy_from(before.policy), policy_from(after.policy)),
        *_groups(before, after, known),
        *_withdrawals(before, after),
        *_conventions(before.convention, after.convention),
    )


def difference_lines(before: State, after: State, translate: Translator, places: Places | None = None) -> list[str]:
    """Return the differences as lines for a terminal: ``+`` comes, ``-`` goes, ``~`` changes."""
    return [f"{_SIGNS[one.kind]} {one.words.text(translate)}" for one in differences(before, after, places)]


def variant_differences(policy: PolicyTree, variant: Variant) -> tuple[Difference, ...]:
    """Return what a group or pilot has that the others have not."""
    return policy_differences(policy_from(policy), policy_from(apply_changes(policy, variant.changes)))


def place_names(variant: Variant, places: Places) -> tuple[Param, ...]:
    """Return the names of a group's schools and kits."""
    schools = tuple(places.get(one, one) for one in variant.schools)
    return (*schools, *(places.get(one, one[:8]) for one in variant.kits))


def withdrawn_name(path: Path, match: Match, *policies: PolicyTree) -> str:
    """Return what a withdrawal takes away by the name that a policy has for it."""
    for policy in policies:
        here: object = policy
        for key in path:
            here = here.get(key) if isinstance(here, dict) else None
        for entry in here if isinstance(here, list) else ():
            if touches(entry, match):
                return str(entry.get("name") or entry.get("label") or entry) if isinstance(entry, dict) else str(entry)
    return match if isinstance(match, str) else ", ".join(sorted({str(one) for one in match.values()}))


def _groups(before: State, after: State, places: Places) -> Iterator[Difference]:
    earlier = {one.name: one for one in before.variants}
    later = {one.name: one for one in after.variants}
    for name, one in later.items():
        was = earlier.get(name)
        subject = f"{one.kind}:{name}"
        words = variant_in_words(one, places)
        if was is None or variant_in_words(was, places) != words:
            kind: Change = "comes" if was is None else "changes"
            yield Difference(subject=subject, topic="groups", kind=kind, words=words)
        had = () if was is None else variant_differences(before.policy, was)
        has = variant_differences(after.policy, one)
        for rule in has:
            if rule not in had:
                yield _in_group(one, rule)
        for rule in had:
            if rule not in has:
                words = Sentence(_NO_LONGER[one.kind], {"group": name, "rule": rule.words})
                yield Difference(subject=f"{subject}.{rule.subject}", topic="groups", kind="goes", words=words)
    for name, one in earlier.items():
        if name not in later:
            words = Sentence(_OVER[one.kind], {"group": name})
            yield Difference(subject=f"{one.kind}:{name}", topic="groups", kind="goes", words=words)


_WITHIN = {"group": N_("In the group “{group}”: {rule}"), "pilot": N_("In the pilot “{group}”: {rule}")}
_NO_LONGER = {
    "group": N_("No longer in the group “{group}”: {rule}"),
    "pilot": N_("No longer in the pilot “{group}”: {rule}"),
}
_OVER = {"group": N_("The group “{group}” has the same as the others."), "pilot": N_("The pilot “{group}” is over.")}


def variant_in_words(variant: Variant, places: Places) -> Sentence:
    """Return whom a group or pilot concerns, and until when."""
    params: dict[str, Param] = {"group": variant.name, "places": place_names(variant, places)}
    if variant.until is None:
        return Sentence(N_("The group “{group}” is: {places}."), params)
    if variant.since is None:
        return Sentence(
            N_("The pilot “{group}” runs until {until}: {places}."), {**params, "until": Day(variant.until)}
        )
    return Sentence(
        N_("The pilot “{group}” runs from {since} until {until}: {places}."),
        {**params, "since": Day(variant.since), "until": Day(variant.until)},
    )


def _in_group(variant: Variant, rule: Difference) -> Difference:
    words = Sentence(_WITHIN[variant.kind], {"group": variant.name, "rule": rule.words})
    subject = f"{variant.kind}:{variant.name}.{rule.subject}"
    return Difference(subject=subject, topic="groups", kind=rule.kind, words=words)


def _withdrawals(before: State, after: State) -> Iterator[Difference]:
    earlier = {one.decided_by: one for one in before.withdrawn}
    later = {one.decided_by: one for one in after.withdrawn}
    for one in after.withdrawn:
        if earlier.get(one.decided_by) != one:
            kind: Change = "changes" if one.decided_by in earlier else "goes"
            words = withdrawal_in_words(one, after.policy, before.policy)
            yield Difference(subject=_subject(one), topic="withdrawn", kind=kind, words=words)
    for one in before.withdrawn:
        if one.decided_by not in later:
            what = withdrawn_name(one.path, one.match, after.policy, before.policy)
            ended = N_("The withdrawal of “{what}” is over: it was not ratified in time.")
            again = N_("The withdrawal of “{what}” is over: the committee decided to have it again.")
            words = Sentence(again if one.ratify_by is None else ended, {"what": what})
            yield Difference(subject=_subject(one), topic="withdrawn", kind="comes", words=words)


def withdrawal_in_words(one: Withdrawal, *policies: PolicyTree) -> Sentence:
    """Return what was withdrawn, and whether that is ratified."""
    params: dict[str, Param] = {"what": withdrawn_name(one.path, one.match, *policies), "day": Day(one.since)}
    if one.ratify_by is None:
        return Sentence(N_("“{what}” was withdrawn urgently on {day}, and the committee ratified it."), params)
    return Sentence(
        N_("“{what}” was withdrawn urgently on {day}; it comes back on {end} unless the committee ratifies that."),
        {**params, "end": Day(one.ratify_by)},
    )


def _subject(one: Withdrawal) -> str:
    return f"withdrawn:{one.decided_by[:16]}"


def _conventions(before: Convention, after: Convention) -> Iterator[Difference]:
    if before == after:
        return
    named = (after.name, after.reference, after.version)
    if (before.name, before.reference, before.version) != named:
        words = Sentence(
            N_("The rules of the committee are those of “{name}”, version {version} ({reference})."),
            {"name": after.name, "version": after.version, "reference": after.reference},
        )
        yield _of_convention("convention", "changes", words)
    if before.review_months != after.review_months:
        words = (
            Sentence(N_("The whole charter is no longer reviewed at fixed times."))
            if after.review_months is None
            else Sentence(N_("The whole charter is reviewed every {months} months."), {"months": after.review_months})
        )
        yield _of_convention("convention.review_months", "changes", words)
    earlier = {one.body: told for one, told in zip(before.bodies, bodies_in_words(before), strict=True)}
    later = {one.body: told for one, told in zip(after.bodies, bodies_in_words(after), strict=True)}
    for body, told in later.items():
        if earlier.get(body) != told:
            words = Sentence(N_("{body} sits in the committee: it {role}."), {"body": told.name, "role": told.words})
            yield _of_convention(f"convention.bodies.{body}", "changes" if body in earlier else "comes", words)
    for body, told in earlier.items():
        if body not in later:
            words = Sentence(N_("{body} no longer sits in the committee."), {"body": told.name})
            yield _of_convention(f"convention.bodies.{body}", "goes", words)
    for kind in sorted({*before.rules, *after.rules}):
        subject = f"convention.rules.{kind}"
        if kind not in after.rules:
            words = Sentence(N_("This rule goes: {rule}"), {"rule": rule_in_words(before, kind)})
            yield _of_convention(subject, "goes", words)
        elif before.rules.get(kind) != after.rules[kind]:
            was = kind in before.rules
            yield _of_convention(subject, "changes" if was else "comes", rule_in_words(after, kind))


def _of_convention(subject: str, kind: Change, words: Sentence) -> Difference:
    return Difference(subject=subject, topic="convention", kind=kind, words=words)
