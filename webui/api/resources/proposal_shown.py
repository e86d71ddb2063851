"""A proposal as the API shows it: what is proposed, where it stands, and all that happened to it."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.clock import from_ms
from profiles.charter.convention import Kind
from profiles.charter.proposal import Proposal
from profiles.charter.proposal_life import ProposalState, Step
from profiles.charter.proposal_store import ProposalEvent, ProposalLine, Recusal
from profiles.charter.proposals import ProposalView
from webui.api.resources.places import Id
from webui.api.results import Created, Versioned

Text = Annotated[str, Meta(max_length=20_000)]


class ProposalPath(msgspec.Struct, frozen=True, kw_only=True):
    """Names a proposal."""

    proposal_id: Id


class ProposalItem(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal in a list."""

    proposal_id: str
    kind: Kind
    title: str
    state: ProposalState
    author: str
    changed_at: datetime
    submitted_at: datetime | None


class EventShown(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to a proposal. `kind`: the state a step led to, `comment`, `request`, `answer` or `recusal`.

    `about` is the position of the request that an answer answers.
    """

    position: int
    kind: str
    actor: str
    at: datetime
    words: str
    about: int | None


class RecusalShown(msgspec.Struct, frozen=True, kw_only=True):
    """A seat that stands aside, and why."""

    seat: str
    at: datetime
    words: str


class ProposalShown(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal with its history. `digest` is what ballots would name now; `steps` is what its state allows.

    `changed_items` are items of the catalogue whose dossiers changed since; `open_requests` are positions in `events`.
    In `proposal`, which is what ballots sign, moments are in milliseconds since the epoch.
    """

    proposal: Proposal
    digest: str
    state: ProposalState
    author: str
    round: int
    changed_at: datetime
    submitted_at: datetime | None
    events: tuple[EventShown, ...]
    recusals: tuple[RecusalShown, ...]
    changed_items: tuple[str, ...]
    open_requests: tuple[int, ...]
    steps: tuple[Step, ...]


def versioned(view: ProposalView) -> Versioned[ProposalShown]:
    """Return a proposal with its ETag, which a comment changes too."""
    return Versioned(value=_shown(view), revision=view.row.revision, mixed=True)


def created(view: ProposalView) -> Created[ProposalShown]:
    """Return a proposal that was made, or to which something was added."""
    location = f"/api/v1/proposals/{view.row.proposal_id}"
    return Created(value=_shown(view), location=location, revision=view.row.revision, mixed=True)


def line(row: ProposalLine) -> ProposalItem:
    """Return a proposal as a list shows it."""
    return ProposalItem(
        proposal_id=row.proposal_id,
        kind=row.kind,
        title=row.title,
        state=row.state,
        author=row.author,
        changed_at=from_ms(row.changed_at),
        submitted_at=_moment(row.submitted_at),
    )


def _shown(view: ProposalView) -> ProposalShown:
    row = view.row
    return ProposalShown(
        proposal=view.proposal,
        digest=view.digest,
        state=row.state,
        author=row.author,
        round=row.round,
        changed_at=from_ms(row.changed_at),
        submitted_at=_moment(row.submitted_at),
        events=tuple(_event(one) for one in view.events),
        recusals=tuple(_recusal(one) for one in view.recusals),
        changed_items=view.changed_items,
        open_requests=tuple(one.position for one in view.open_requests),
        steps=view.steps,
    )


def _event(one: ProposalEvent) -> EventShown:
    return EventShown(
        position=one.position, kind=one.kind, actor=one.actor, at=from_ms(one.at), words=one.words, about=one.about
    )


def _recusal(one: Recusal) -> RecusalShown:
    return RecusalShown(seat=one.seat_id, at=from_ms(one.at), words=one.words)


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_ms(milliseconds)
