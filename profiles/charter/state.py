"""The agreed state: what holds for everybody, for groups and pilots, what was withdrawn, and the convention.

Everything here is pure and is told the time, so that anyone can follow from one edition to the next.
"""

from typing import Literal

import msgspec

from mdm.clock import DAY_MS
from mdm.errors import Words
from mdm.i18n import N_
from profiles.charter.canonical import Tree
from profiles.charter.change import AnyChange, Match, Path, PolicyTree, apply_changes, touches
from profiles.charter.convention import Convention, Slug, rule_for
from profiles.charter.errors import ChangeImpossible, RecordMalformed
from profiles.charter.proposal import Digest, Moment, Part, Proposal, Scope, Withdrawn, puts_back


class Variant(Part, frozen=True, kw_only=True):
    """Changes that hold for some schools and kits; a pilot from ``since`` until ``until``."""

    name: Slug
    kind: Literal["group", "pilot"]
    decided_by: Digest
    schools: tuple[str, ...] = ()
    kits: tuple[str, ...] = ()
    changes: tuple[AnyChange, ...] = ()
    since: Moment | None = None
    until: Moment | None = None

    def holds_for(self, kit_id: str, uai: str, now: int) -> bool:
        """Tell whether the variant concerns a kit at this moment."""
        named = kit_id in self.kits or uai in self.schools
        begun = self.since is None or self.since <= now
        return named and begun and (self.until is None or now < self.until)


class Withdrawal(Part, frozen=True, kw_only=True):
    """What was taken away urgently. ``ratify_by`` is None once it was ratified; past it, the withdrawal is lifted."""

    decided_by: Digest
    path: Path
    match: Match
    since: Moment
    ratify_by: Moment | None = None

    def holds(self, now: int) -> bool:
        """Tell whether it holds at this moment."""
        return self.ratify_by is None or now < self.ratify_by


class State(Part, frozen=True, kw_only=True):
    """All that is agreed."""

    policy: PolicyTree
    convention: Convention
    variants: tuple[Variant, ...] = ()
    withdrawn: tuple[Withdrawal, ...] = ()

    def tree(self) -> Tree:
        """Return the state as plain values."""
        return msgspec.to_builtins(self)


def state_of(tree: Tree) -> State:
    """Return the state in a tree of plain values; raise `RecordMalformed`."""
    try:
        return msgspec.convert(tree, State, strict=True)
    except msgspec.ValidationError as error:
        raise RecordMalformed(reason=str(error)[:200]) from error


def tidy(state: State, now: int) -> State:
    """Return the state without the pilots and withdrawals that are over."""
    return msgspec.structs.replace(
        state,
        variants=tuple(one for one in state.variants if one.until is None or now < one.until),
        withdrawn=tuple(one for one in state.withdrawn if one.holds(now)),
    )


def apply_decision(state: State, proposal: Proposal, decided_at: int, under: Convention) -> State:
    """Return the state after a proposal was adopted under a convention.

    Raises `ChangeImpossible` when it does not fit any more.
    """
    if proposal.convention is not None:
        return msgspec.structs.replace(state, convention=proposal.convention)
    if proposal.withdrawn is not None:
        return _withdraw(state, proposal, proposal.withdrawn, decided_at, under)
    if proposal.ratifies is not None:
        return _ratify(state, proposal.ratifies)
    after = _lift(state, proposal.changes)
    if proposal.scope is not None:
        return _with_variant(after, proposal, proposal.scope, decided_at, under)
    return msgspec.structs.replace(after, policy=apply_changes(after.policy, proposal.changes))


def policy_for(state: State, kit_id: str, uai: str, now: int) -> PolicyTree:
    """Return the policy of a kit at a moment, before what was withdrawn since; raise `ChangeImpossible`."""
    policy = state.policy
    for variant in state.variants:
        if variant.holds_for(kit_id, uai, now):
            policy = apply_changes(policy, variant.changes)
    return without_withdrawn(policy, state.withdrawn, now)


def without_withdrawn(policy: PolicyTree, withdrawn: tuple[Withdrawal, ...], now: int) -> PolicyTree:
    """Return the policy without what is withdrawn at this moment."""
    for one in withdrawn:
        if one.holds(now):
            policy = _without(policy, one.path, one.match)
    return policy


def _withdraw(state: State, proposal: Proposal, what: Withdrawn, decided_at: int, under: Convention) -> State:
    rule = rule_for(under, proposal.kind)
    one = Withdrawal(
        decided_by=proposal.digest,
        path=what.path,
        match=what.match,
        since=decided_at,
        ratify_by=decided_at + (rule.ratify_days or 0) * DAY_MS,
    )
    return msgspec.structs.replace(state, withdrawn=(*state.withdrawn, one))


def _ratify(state: State, digest: str) -> State:
    found = [one for one in state.withdrawn if one.decided_by == digest and one.ratify_by is not None]
    if not found:
        raise ChangeImpossible(where="withdrawn", reason=Words(N_("that withdrawal does not wait to be ratified")))
    ratified = tuple(
        msgspec.structs.replace(one, ratify_by=None) if one.decided_by == digest else one for one in state.withdrawn
    )
    policy = _without(state.policy, found[0].path, found[0].match)
    return msgspec.structs.replace(state, policy=policy, withdrawn=ratified)


def _lift(state: State, changes: tuple[AnyChange, ...]) -> State:
    """A ratified withdrawal ends when the committee decides to have the thing again; an urgent one does not."""
    kept = tuple(
        one
        for one in state.withdrawn
        if one.ratify_by is not None or not any(puts_back(change, one.path, one.match) for change in changes)
    )
    return msgspec.structs.replace(state, withdrawn=kept)


def _with_variant(state: State, proposal: Proposal, scope: Scope, decided_at: int, under: Convention) -> State:
    same = next((one for one in state.variants if one.name == scope.name), None)
    if proposal.kind == "pilot":
        if same is not None:
            raise ChangeImpossible(where="scope.name", reason=Words(N_("a group or pilot has this name already")))
        longest = rule_for(under, "pilot").max_days or 0
        begins = max(scope.since or decided_at, decided_at)
        if scope.until is None or scope.until > begins + longest * DAY_MS or scope.until <= decided_at:
            raise ChangeImpossible(where="scope.until", reason=Words(N_("the convention allows no pilot as long")))
    elif same is not None and same.kind == "pilot":
        raise ChangeImpossible(where="scope.name", reason=Words(N_("a group or pilot has this name already")))
    variant = Variant(
        name=scope.name,
        kind="pilot" if proposal.kind == "pilot" else "group",
        decided_by=proposal.digest,
        schools=scope.schools,
        kits=scope.kits,
        changes=(*(same.changes if same is not None else ()), *proposal.changes),
        since=scope.since,
        until=scope.until,
    )
    apply_changes(state.policy, variant.changes)
    kept = tuple(one for one in state.variants if one is not same)
    return msgspec.structs.replace(state, variants=(*kept, variant))


def _without(policy: PolicyTree, path: Path, match: Match) -> PolicyTree:
    """Return the policy without the entries that match: none may be there, in this kit's policy."""
    tree = dict(policy)
    here = tree
    for key in path[:-1]:
        if not isinstance(here.get(key), dict):
            return policy
        here[key] = dict(here[key])
        here = here[key]
    entries = here.get(path[-1])
    if not isinstance(entries, list) or not any(touches(entry, match) for entry in entries):
        return policy
    here[path[-1]] = [entry for entry in entries if not touches(entry, match)]
    return tree
