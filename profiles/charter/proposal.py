"""A proposal: what the committee is asked to decide, in the exact form that ballots sign."""

import hashlib
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from mdm.errors import Words
from mdm.i18n import N_
from profiles.charter.canonical import DEEPEST, Tree, canonical_json, digest_of
from profiles.charter.change import Add, Adopt, AnyChange, Match, Path, PolicyTree, Remove, Replace, Set, touches
from profiles.charter.convention import Convention, Kind, Slug
from profiles.charter.errors import ProposalMalformed, RecordMalformed

FORMAT = "valise-proposal/1"

Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
Id = Annotated[str, Meta(pattern=r"^[0-9A-Za-z-]{1,64}$")]
Moment = Annotated[int, Meta(ge=0, le=4_102_444_800_000)]

APPS: Path = ("apps",)
RESOURCES: frozenset[Path] = frozenset(
    {("web_clips",), ("books",), ("web_filter", "allowed"), ("web_filter", "blocked"), ("android", "files")}
)
WITHDRAWABLE: frozenset[Path] = frozenset({APPS, *RESOURCES}) - {("web_filter", "blocked")}
"""What can be taken away urgently: it must take something from tablets, which lifting a block does not."""
_LISTS_OF_OTHERS = frozenset({APPS, *RESOURCES})


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a proposal. Defaults are not written, so that a field that is added changes no digest."""


class Dossier(Part, frozen=True, kw_only=True):
    """The catalogue's dossier that was examined, frozen by its digest."""

    item_id: Id
    digest: Digest


class Scope(Part, frozen=True, kw_only=True):
    """Whom a decision concerns when it is not everybody: schools and kits, under a short name.

    A pilot runs from ``since`` until ``until`` (milliseconds since the epoch); a group has neither.
    """

    name: Slug
    schools: Annotated[tuple[str, ...], Meta(max_length=500)] = ()
    kits: Annotated[tuple[str, ...], Meta(max_length=2000)] = ()
    since: Moment | None = None
    until: Moment | None = None


class Withdrawn(Part, frozen=True, kw_only=True):
    """What an urgent withdrawal takes away: the entries of the list at ``path`` that match."""

    path: Path
    match: Match


class Study(Part, frozen=True, kw_only=True):
    """An evaluation with researchers: its whole protocol as plain values, and the SHA-256 of their sorted JSON."""

    evaluation_id: Id
    digest: Digest
    protocol: dict[str, Any]


class Proposal(Part, frozen=True, kw_only=True):
    """What is proposed. ``price_cents``: what it costs in a year; ``ratifies``: the urgent withdrawal's digest."""

    proposal_id: Id
    kind: Kind
    title: Annotated[str, Meta(min_length=3, max_length=200)]
    purpose: Annotated[str, Meta(max_length=20_000)] = ""
    changes: Annotated[tuple[AnyChange, ...], Meta(max_length=500)] = ()
    scope: Scope | None = None
    convention: Convention | None = None
    withdrawn: Withdrawn | None = None
    ratifies: Digest | None = None
    study: Study | None = None
    price_cents: Annotated[int, Meta(ge=0, le=10_000_000_000)] = 0
    dossiers: Annotated[tuple[Dossier, ...], Meta(max_length=50)] = ()

    def tree(self) -> Tree:
        """Return the proposal as plain values, with the name of its format."""
        return {"format": FORMAT, **msgspec.to_builtins(self)}

    @property
    def digest(self) -> str:
        """The SHA-256 of its canonical JSON, in hex: what ballots name."""
        return digest_of(self.tree())


def proposal_of(tree: Tree) -> Proposal:
    """Return the proposal in a tree of plain values; raise `ProposalMalformed`."""
    proposal = draft_of(tree)
    _require_coherent(proposal)
    return proposal


def draft_of(tree: Tree) -> Proposal:
    """Return a proposal that may still lack what its kind needs; raise `ProposalMalformed`."""
    if not isinstance(tree, dict):
        raise ProposalMalformed(reason=Words(N_("it is not an object")))
    fields: dict[str, Any] = dict(tree)
    if fields.pop("format", FORMAT) != FORMAT:
        raise ProposalMalformed(reason=Words(N_("it is of another format")))
    try:
        proposal = msgspec.convert(fields, Proposal, strict=True)
        # Less than a record may be: the proposal must go into one.
        canonical_json(proposal.tree(), deepest=DEEPEST // 2)
    except RecordMalformed as error:
        raise ProposalMalformed(reason=error.params["reason"]) from error
    except msgspec.ValidationError as error:
        raise ProposalMalformed(reason=str(error)[:200]) from error
    return proposal


def app_key(entry: PolicyTree) -> PolicyTree:
    """Return what tells an app from the others: its names on both platforms."""
    return {key: entry[key] for key in ("bundle_id", "package") if entry.get(key) is not None}


def puts_back(change: AnyChange, path: Path, match: Match) -> bool:
    """Tell whether a change brings what a withdrawal took away."""
    if isinstance(change, Adopt):
        return any(touches(entry, match) for entry in _entries(change.policy, path))
    if isinstance(change, Add | Replace) and change.path == path:
        return touches(change.value, match)
    return False


def _entries(policy: PolicyTree, path: Path) -> list[Any]:
    here: Any = policy
    for key in path:
        here = here.get(key) if isinstance(here, dict) else None
    return here if isinstance(here, list) else []


def _require_coherent(proposal: Proposal) -> None:
    problem = _problem(proposal)
    if problem is not None:
        raise ProposalMalformed(reason=Words(problem))


def _problem(proposal: Proposal) -> str | None:
    kind, changes = proposal.kind, proposal.changes
    if (proposal.convention is not None) != (kind == "convention"):
        return N_("a convention goes with the kind “convention”, and that kind needs one")
    if (proposal.withdrawn is not None) != (kind == "urgent_withdrawal"):
        return N_("what is withdrawn goes with an urgent withdrawal, which needs it")
    if (proposal.ratifies is not None) != (kind == "ratification"):
        return N_("a ratification names the urgent withdrawal that it ratifies")
    if (proposal.study is not None) != (kind == "evaluation"):
        return N_("a protocol goes with the kind “evaluation”, and that kind needs one")
    if proposal.study is not None and _protocol_digest(proposal.study) != proposal.study.digest:
        return N_("the protocol is not the one that its digest names")
    if kind in ("convention", "urgent_withdrawal", "ratification", "evaluation"):
        return N_("this kind holds no changes and concerns everybody") if changes or proposal.scope else None
    if not changes:
        return N_("it changes nothing")
    return _scope_problem(proposal) or _changes_problem(kind, changes)


def _protocol_digest(study: Study) -> str:
    return hashlib.sha256(msgspec.json.encode(study.protocol, order="sorted")).hexdigest()


def _scope_problem(proposal: Proposal) -> str | None:
    scope = proposal.scope
    if proposal.kind in ("pilot", "group") and scope is None:
        return N_("a pilot and a group name their schools or kits")
    if scope is None:
        return None
    if proposal.kind == "review":
        return N_("a review concerns everybody")
    if not scope.schools and not scope.kits:
        return N_("no school and no kit is named")
    if (scope.until is not None) != (proposal.kind == "pilot") or (scope.since is not None and scope.until is None):
        return N_("a pilot says until when, and nothing else does")
    if scope.since is not None and scope.until is not None and scope.since >= scope.until:
        return N_("a pilot ends after it begins")
    return None


def _changes_problem(kind: Kind, changes: tuple[AnyChange, ...]) -> str | None:
    if kind in ("pilot", "group"):
        return N_("a whole policy is adopted by a review alone") if any(map(_adopts, changes)) else None
    if all(_belongs(kind, one) for one in changes):
        return None
    return N_("a change does not belong to this kind of proposal")


def _belongs(kind: Kind, change: AnyChange) -> bool:
    if isinstance(change, Adopt) or kind == "review":
        return isinstance(change, Adopt) and kind == "review"
    if kind in ("add_app", "remove_app", "replace_app"):
        right = {"add_app": Add, "remove_app": Remove, "replace_app": Add | Remove | Replace}[kind]
        return change.path == APPS and isinstance(change, right)
    if kind == "resource":
        return change.path in RESOURCES and not isinstance(change, Set)
    at_home = change.path[:1] == ("home",)
    return at_home if kind == "home_rule" else not at_home and change.path not in _LISTS_OF_OTHERS


def _adopts(change: AnyChange) -> bool:
    return isinstance(change, Adopt)
