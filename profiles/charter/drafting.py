"""What a person gives to make a proposal: everything but its identifier and the digests of its dossiers."""

import tomllib
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from mdm.errors import Words
from mdm.i18n import N_
from profiles.charter.change import Add, AnyChange, Match, PolicyTree, Remove, Replace
from profiles.charter.convention import Convention, Kind
from profiles.charter.errors import ProposalMalformed
from profiles.charter.proposal import APPS, Digest, Dossier, Id, Part, Proposal, Scope, Study, Withdrawn, draft_of
from profiles.charter.proposal_errors import DraftFileWrong
from profiles.charter.texts import one_line, paragraphs

_FILE_BYTES = 4 * 1024 * 1024
SHORTEST_TITLE = 3


class Draft(Part, frozen=True, kw_only=True):
    """A proposal as its author writes it. ``items``: the catalogue's items whose dossiers are to be examined.

    The other fields are those of `Proposal`; a draft may still lack what its kind needs.
    """

    kind: Kind
    title: Annotated[str, Meta(min_length=SHORTEST_TITLE, max_length=200)]
    purpose: Annotated[str, Meta(max_length=20_000)] = ""
    changes: Annotated[tuple[AnyChange, ...], Meta(max_length=500)] = ()
    scope: Scope | None = None
    convention: Convention | None = None
    withdrawn: Withdrawn | None = None
    ratifies: Digest | None = None
    study: Study | None = None
    price_cents: Annotated[int, Meta(ge=0, le=10_000_000_000)] = 0
    items: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()


def load_draft(body: bytes, filename: str) -> Draft:
    """Read a draft from TOML, or from JSON where the name ends so; raise `DraftFileWrong`."""
    if len(body) > _FILE_BYTES:
        raise DraftFileWrong(file=filename, reason=Words(N_("the file is too large")))
    try:
        tree = msgspec.json.decode(body) if filename.endswith(".json") else tomllib.loads(body.decode("utf-8"))
        return msgspec.convert(tree, Draft, strict=True)
    except (
        msgspec.DecodeError,
        msgspec.ValidationError,
        tomllib.TOMLDecodeError,
        UnicodeDecodeError,
        RecursionError,
    ) as error:
        raise DraftFileWrong(file=filename, reason=str(error)[:200]) from error


def proposal_from(draft: Draft, proposal_id: str, dossiers: tuple[Dossier, ...]) -> Proposal:
    """Return the proposal that a draft makes, its texts cleaned; raise `ProposalMalformed` or `WordsRefused`."""
    if len(set(draft.items)) != len(draft.items):
        raise ProposalMalformed(reason=Words(N_("an item of the catalogue is there twice")))
    title = one_line(draft.title)
    if len(title) < SHORTEST_TITLE:
        raise ProposalMalformed(reason=Words(N_("its title is too short")))
    fields: dict[str, Any] = {name: getattr(draft, name) for name in draft.__struct_fields__ if name != "items"}
    fields |= {"title": title, "purpose": paragraphs(draft.purpose)}
    return draft_of(Proposal(proposal_id=proposal_id, dossiers=dossiers, **fields).tree())


def draft_from(proposal: Proposal) -> Draft:
    """Return what the author of a proposal gave, to be changed and given again."""
    fields: dict[str, Any] = {
        name: getattr(proposal, name) for name in Draft.__struct_fields__ if name not in ("items",)
    }
    return Draft(items=tuple(one.item_id for one in proposal.dossiers), **fields)


def adding_app(app: PolicyTree) -> tuple[AnyChange, ...]:
    """Return the changes that add an app; see docs/policies.md for its fields."""
    return (Add(path=APPS, value=app),)


def removing_app(match: Match) -> tuple[AnyChange, ...]:
    """Return the changes that take the one app away that ``match`` means, such as ``{"package": "fr.lire"}``."""
    return (Remove(path=APPS, match=match),)


def replacing_app(match: Match, app: PolicyTree) -> tuple[AnyChange, ...]:
    """Return the changes that put an app in the place of another."""
    return (Replace(path=APPS, match=match, value=app),)
