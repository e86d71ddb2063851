"""A proposal's changes in words by themselves, where they cannot be compared with what is agreed. Pure."""

from typing import Any

import msgspec

from mdm.i18n import N_
from profiles.charter.change import Add, Adopt, AnyChange, Match, Path, Remove, Replace, in_words
from profiles.charter.policy_words import rules_of
from profiles.charter.proposal import Proposal
from profiles.charter.sentence import Param, Sentence
from profiles.errors import PolicyInvalid
from profiles.policy import policy_of

_PLACES: dict[Path, str] = {
    ("apps",): N_("the apps"),
    ("web_clips",): N_("the web pages on the home screen"),
    ("books",): N_("the books"),
    ("web_filter", "allowed"): N_("the sites that can be opened"),
    ("web_filter", "blocked"): N_("the sites that cannot be opened"),
    ("android", "files"): N_("the files of Android tablets"),
}


def proposed_in_words(proposal: Proposal) -> tuple[Sentence, ...]:
    """Return what a proposal would do, change by change."""
    found = [_change(one) for one in proposal.changes]
    if proposal.withdrawn is not None:
        what, where = named(proposal.withdrawn.match), _place(proposal.withdrawn.path)
        found.append(Sentence(N_("“{what}” is taken away from {where}."), {"what": what, "where": where}))
    if proposal.convention is not None:
        found.append(Sentence(N_("The committee gets other rules: “{name}”."), {"name": proposal.convention.name}))
    return tuple(found)


def entry_in_words(path: Path, value: Any) -> tuple[Sentence, ...]:
    """Return what a policy says that holds one entry of a list; nothing when it cannot hold it."""
    tree: Any = [value]
    for key in reversed(path):
        tree = {key: tree}
    try:
        policy = policy_of({"name": "–", **tree})
    except PolicyInvalid:
        return ()
    subject = in_words(path)
    return tuple(
        sentence for rule in rules_of(policy) if rule.subject == subject for sentence in (rule.words, *rule.details)
    )


def named(entry: Any) -> str:
    """Return how an entry of a list, or what means it, is called."""
    if isinstance(entry, dict):
        for key in ("name", "label", "url", "path", "identifier", "bundle_id", "package"):
            if entry.get(key):
                return str(entry[key])
        return ", ".join(str(value) for value in entry.values())
    return str(entry)


def _change(change: AnyChange) -> Sentence:
    if isinstance(change, Adopt):
        return Sentence(N_("Everything that is agreed is put in another form: the whole charter is reviewed."))
    where: Param = _place(change.path)
    if isinstance(change, Add):
        return Sentence(N_("“{what}” is added to {where}."), {"what": named(change.value), "where": where})
    if isinstance(change, Remove):
        return Sentence(N_("“{what}” is taken away from {where}."), {"what": named(change.match), "where": where})
    if isinstance(change, Replace):
        params: dict[str, Param] = {"what": named(change.match), "other": named(change.value), "where": where}
        return Sentence(N_("“{other}” takes the place of “{what}” among {where}."), params)
    if change.value is None:
        return Sentence(N_("Nothing is said any more about {where}."), {"where": where})
    value = msgspec.json.encode(change.value).decode()[:200]
    return Sentence(N_("{where} is set to {value}."), {"where": where, "value": value})


def _place(path: Path) -> Param:
    words = _PLACES.get(path)
    return Sentence(words) if words is not None else in_words(path)


def means(match: Match) -> str:
    """Return a text by which a form names an entry of a list, and finds it again."""
    return msgspec.json.encode(match, order="sorted").decode()
