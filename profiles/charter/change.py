"""Changes to a policy: small operations on its tree that anybody can do again and compare.

A path is a list of keys. ``match`` picks the one entry of a list that has these keys and values, or equals this text.
"""

import copy
from typing import Any, cast

import msgspec

from mdm.errors import Words
from mdm.i18n import N_
from profiles.charter.errors import ChangeImpossible

Path = tuple[str, ...]
Match = dict[str, Any] | str
PolicyTree = dict[str, Any]

_LONGEST_PATH = 4


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="op"):
    """One operation."""


class Add(Change, frozen=True, kw_only=True, tag="add"):
    """Put ``value`` at the end of the list at ``path``; the list is made where there is none."""

    path: Path
    value: Any


class Remove(Change, frozen=True, kw_only=True, tag="remove"):
    """Take the matching entry out of the list at ``path``."""

    path: Path
    match: Match


class Replace(Change, frozen=True, kw_only=True, tag="replace"):
    """Put ``value`` in the place of the matching entry of the list at ``path``."""

    path: Path
    match: Match
    value: Any


class Set(Change, frozen=True, kw_only=True, tag="set"):
    """Set the field at ``path``; null takes it away, so that the default holds."""

    path: Path
    value: Any


class Adopt(Change, frozen=True, kw_only=True, tag="adopt"):
    """Put a whole policy in the place of the one before."""

    policy: PolicyTree


AnyChange = Add | Remove | Replace | Set | Adopt


def apply_changes(policy: PolicyTree, changes: tuple[AnyChange, ...]) -> PolicyTree:
    """Return the policy with the changes made in order; raise `ChangeImpossible`. The given tree is not touched."""
    tree = copy.deepcopy(policy)
    for change in changes:
        if isinstance(change, Adopt):
            tree = copy.deepcopy(change.policy)
        elif isinstance(change, Set):
            _set(tree, change)
        else:
            _change_list(tree, change)
    return tree


def matches(entry: Any, match: Match) -> bool:
    """Tell whether an entry of a list is the one that is meant."""
    if isinstance(match, str):
        return bool(entry == match)
    if not isinstance(entry, dict) or not match:
        return False
    return all(key in entry and entry[key] == value for key, value in match.items())


def touches(entry: Any, match: Match) -> bool:
    """Tell whether an entry of a list shares a key and its value with ``match``, or equals this text."""
    if isinstance(match, str) or not isinstance(entry, dict):
        return bool(entry == match)
    return any(key in entry and entry[key] == value for key, value in match.items())


def in_words(path: Path) -> str:
    """Return a path as people read it."""
    return ".".join(path)


def _set(tree: PolicyTree, change: Set) -> None:
    holder = _holder(tree, change.path, make=change.value is not None)
    if change.value is None:
        if holder is None or change.path[-1] not in holder:
            raise ChangeImpossible(where=in_words(change.path), reason=Words(N_("it is not set")))
        del holder[change.path[-1]]
    elif holder is not None:
        holder[change.path[-1]] = copy.deepcopy(change.value)


def _change_list(tree: PolicyTree, change: Add | Remove | Replace) -> None:
    where = in_words(change.path)
    adds = isinstance(change, Add)
    holder = _holder(tree, change.path, make=adds) or {}
    entries = holder.setdefault(change.path[-1], []) if adds else holder.get(change.path[-1], [])
    if not isinstance(entries, list):
        raise ChangeImpossible(where=where, reason=Words(N_("it is not a list")))
    if isinstance(change, Add):
        if change.value in entries:
            raise ChangeImpossible(where=where, reason=Words(N_("it is there already")))
        entries.append(copy.deepcopy(change.value))
        return
    found = [place for place, entry in enumerate(entries) if matches(entry, change.match)]
    if len(found) != 1:
        raise ChangeImpossible(
            where=where, reason=Words(N_("no entry is meant") if not found else N_("several entries are meant"))
        )
    if isinstance(change, Replace):
        entries[found[0]] = copy.deepcopy(change.value)
    else:
        del entries[found[0]]


def _holder(tree: PolicyTree, path: Path, *, make: bool) -> dict[str, Any] | None:
    """Return the object that holds the path's last key."""
    if not 1 <= len(path) <= _LONGEST_PATH:
        raise ChangeImpossible(where=in_words(path) or "policy", reason=Words(N_("the path is too short or too long")))
    here: Any = tree
    for key in path[:-1]:
        inner = here.get(key)
        if inner is None and make:
            inner = here[key] = {}
        if inner is None:
            return None
        if not isinstance(inner, dict):
            raise ChangeImpossible(where=in_words(path), reason=Words(N_("it holds no fields")))
        here = inner
    return cast(dict[str, Any], here)
