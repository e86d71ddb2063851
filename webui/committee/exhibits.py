"""What a proposal lays before the committee: each thing beside the one that it replaces, with their dossiers."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from mdm.store import Connection
from profiles.catalogue import item_store
from profiles.catalogue.entry import Content
from profiles.catalogue.errors import ItemUnknown
from profiles.catalogue.item import Kind, references_of
from profiles.catalogue.review import Remark, remarks_on
from profiles.charter.change import Add, Match, Path, PolicyTree, Remove, Replace, matches, touches
from profiles.charter.proposal import Proposal
from profiles.charter.sentence import Sentence
from profiles.charter.state import State
from webui.committee.change_words import entry_in_words, named
from webui.committee.dossier_store import revision_of_digest

_KINDS: Mapping[Path, Kind] = {
    ("apps",): "app",
    ("web_clips",): "web_clip",
    ("books",): "book",
    ("web_filter", "allowed"): "web_site",
}
"""The catalogue's kind of what stands in a list of the policy."""


class Exhibit(msgspec.Struct, frozen=True, kw_only=True):
    """One thing: what a tablet is told of it, and its dossier where the catalogue has one.

    ``frozen``: the dossier is the one that the proposal names; ``changed``: the catalogue says something else by now.
    """

    name: str
    rules: tuple[Sentence, ...] = ()
    item_id: str = ""
    revision: int = 0
    content: Content | None = None
    remarks: tuple[Remark, ...] = ()
    frozen: bool = False
    changed: bool = False


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """What there is now, and what would take its place; None where there is nothing."""

    now: Exhibit | None = None
    then: Exhibit | None = None


def pairs_of(conn: Connection, proposal: Proposal, before: State) -> tuple[Pair, ...]:
    """Return the things that a proposal brings, takes away or replaces, against what was agreed before."""
    dossiers = {one.item_id: one.digest for one in proposal.dossiers}
    found = [
        pair
        for change in proposal.changes
        if isinstance(change, Add | Remove | Replace) and (pair := _pair(conn, change, before.policy, dossiers))
    ]
    taken = _withdrawn(proposal, before)
    if taken is not None:
        entry = _entry(before.policy, *taken)
        if entry is not None:
            found.append(Pair(now=exhibit_of(conn, taken[0], entry, {})))
    shown = {side.item_id for pair in found for side in (pair.now, pair.then) if side is not None}
    found += [Pair(then=_of_item(conn, item, digest)) for item, digest in dossiers.items() if item not in shown]
    return tuple(found)


def exhibit_of(conn: Connection, path: Path, value: Any, dossiers: Mapping[str, str]) -> Exhibit:
    """Return an entry of a policy's list with its dossier; ``dossiers``: digests by item that a proposal froze."""
    item_id = _item_of(conn, path, value)
    rules, name = entry_in_words(path, value), named(value)
    if item_id is None:
        return Exhibit(name=name, rules=rules)
    return msgspec.structs.replace(_of_item(conn, item_id, dossiers.get(item_id)), name=name, rules=rules)


def _of_item(conn: Connection, item_id: str, digest: str | None) -> Exhibit:
    try:
        entry = item_store.require_entry(conn, item_id)
    except ItemUnknown:
        return Exhibit(name=item_id)
    revision, content = entry.revision, entry.content
    if digest is not None and digest != entry.digest:
        then = revision_of_digest(conn, item_id, digest)
        if then is not None:
            revision, content = then, item_store.content_of_revision(conn, item_id, then)[0]
    return Exhibit(
        name=content.item.name,
        item_id=item_id,
        revision=revision,
        content=content,
        remarks=remarks_on(content),
        frozen=digest is not None,
        changed=digest is not None and digest != entry.digest,
    )


def _pair(
    conn: Connection, change: Add | Remove | Replace, policy: PolicyTree, dossiers: Mapping[str, str]
) -> Pair | None:
    if change.path not in _KINDS:
        return None
    then = None if isinstance(change, Remove) else exhibit_of(conn, change.path, change.value, dossiers)
    if isinstance(change, Add):
        return Pair(then=then)
    entry = next((one for one in _entries(policy, change.path) if matches(one, change.match)), None)
    return Pair(now=exhibit_of(conn, change.path, entry or change.match, {}), then=then)


def _withdrawn(proposal: Proposal, before: State) -> tuple[Path, Match] | None:
    if proposal.withdrawn is not None:
        return proposal.withdrawn.path, proposal.withdrawn.match
    for one in before.withdrawn:
        if one.decided_by == proposal.ratifies:
            return one.path, one.match
    return None


def _entry(policy: PolicyTree, path: Path, match: Match) -> Any:
    return next((one for one in _entries(policy, path) if touches(one, match)), None)


def _entries(policy: PolicyTree, path: Path) -> Sequence[Any]:
    here: Any = policy
    for key in path:
        here = here.get(key) if isinstance(here, dict) else None
    return here if isinstance(here, list) else []


def _item_of(conn: Connection, path: Path, value: Any) -> str | None:
    kind = _KINDS.get(path)
    if kind is None:
        return None
    tree = {**value, "kind": kind} if isinstance(value, dict) else {"url": value, "kind": kind}
    for space, reference in references_of(tree):
        owner = item_store.owner_of(conn, space, reference)
        if owner is not None:
            return owner
    return None
