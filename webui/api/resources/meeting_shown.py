"""A meeting as the API shows it: what was called, who was there, what was decided and how."""

from datetime import datetime

import msgspec

from mdm.clock import from_ms
from mdm.i18n import Translator
from profiles.charter.convention import Kind
from profiles.charter.meeting_record import (
    AgendaItem,
    BodyPresence,
    ItemProposal,
    ItemVote,
    MeetingKind,
    MeetingRecord,
    MeetingState,
    Presence,
)
from profiles.charter.meeting_store import Meeting
from profiles.charter.proposal_life import ProposalState
from webui.api.resources.tallies import TallyShown, tally_shown
from webui.api.results import Created, Versioned


class MeetingItem(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting in a list."""

    meeting_id: str
    kind: MeetingKind
    title: str
    place: str
    begins_at: datetime
    state: MeetingState


class SeatPresenceShown(msgspec.Struct, frozen=True, kw_only=True):
    """A seat at a meeting. `presence` is null while nobody noted it."""

    seat: str
    label: str
    holder: str
    deputy: str | None
    presence: Presence | None


class BodyPresenceShown(msgspec.Struct, frozen=True, kw_only=True):
    """A body at a meeting. `quorum`: how many seats must be there; 0 where the body decides nothing."""

    body: str
    name: str
    consultative: bool
    seats: tuple[SeatPresenceShown, ...]
    present: int
    quorum: int
    quorum_reached: bool


class ItemProposalShown(msgspec.Struct, frozen=True, kw_only=True):
    """The proposal of an item; `title` and `purpose` as they were voted, where there was a vote."""

    proposal_id: str
    kind: Kind
    state: ProposalState
    author: str
    title: str
    purpose: str


class ItemVoteShown(msgspec.Struct, frozen=True, kw_only=True):
    """A vote that was held in this meeting.

    `tally` is null while it is open. `by_passkey` and `by_server` count the seats that took part, by what proves it;
    `stood_aside` are the labels of seats with a conflict of interest. `impossible`: why an adopted proposal could not
    go into an edition; `edition_id`: the edition that carries it.
    """

    round: int
    digest: str
    secret: bool
    opened_at: datetime
    closes_at: datetime
    closed_at: datetime | None
    tally: TallyShown | None
    by_passkey: int
    by_server: int
    stood_aside: tuple[str, ...]
    impossible: str | None
    edition_id: str | None


class AgendaItemShown(msgspec.Struct, frozen=True, kw_only=True):
    """An item of the agenda. `position` counts from 1."""

    position: int
    title: str
    notes: str
    proposal: ItemProposalShown | None
    vote: ItemVoteShown | None


class MeetingShown(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting and all that its minutes say. `convention` and `reference` name the rules that were in force."""

    meeting_id: str
    territory: str
    convention: str
    reference: str
    kind: MeetingKind
    title: str
    place: str
    begins_at: datetime
    state: MeetingState
    called_at: datetime
    called_by: str
    opened_at: datetime | None
    closed_at: datetime | None
    notes: str
    bodies: tuple[BodyPresenceShown, ...]
    items: tuple[AgendaItemShown, ...]


def versioned(record: MeetingRecord, words: Translator) -> Versioned[MeetingShown]:
    """Return a meeting with its ETag, which a vote that is held in it changes too."""
    return Versioned(value=_shown(record, words), revision=record.revision, mixed=True)


def created(record: MeetingRecord, words: Translator) -> Created[MeetingShown]:
    """Return a meeting that was called."""
    location = f"/api/v1/meetings/{record.meeting_id}"
    return Created(value=_shown(record, words), location=location, revision=record.revision, mixed=True)


def line(row: Meeting) -> MeetingItem:
    """Return a meeting as a list shows it."""
    return MeetingItem(
        meeting_id=row.meeting_id,
        kind=row.kind,
        title=row.title,
        place=row.place,
        begins_at=from_ms(row.begins_at),
        state=row.state,
    )


def _shown(record: MeetingRecord, words: Translator) -> MeetingShown:
    return MeetingShown(
        meeting_id=record.meeting_id,
        territory=record.territory,
        convention=record.convention,
        reference=record.reference,
        kind=record.kind,
        title=record.title,
        place=record.place,
        begins_at=from_ms(record.begins_at),
        state=record.state,
        called_at=from_ms(record.called_at),
        called_by=record.called_by,
        opened_at=_moment(record.opened_at),
        closed_at=_moment(record.closed_at),
        notes=record.notes,
        bodies=tuple(_body(one) for one in record.bodies),
        items=tuple(_item(one, words) for one in record.items),
    )


def _body(one: BodyPresence) -> BodyPresenceShown:
    return BodyPresenceShown(
        body=one.body,
        name=one.name,
        consultative=one.consultative,
        seats=tuple(
            SeatPresenceShown(
                seat=seat.seat_id, label=seat.label, holder=seat.holder, deputy=seat.deputy, presence=seat.presence
            )
            for seat in one.seats
        ),
        present=one.present,
        quorum=one.quorum,
        quorum_reached=one.quorum_reached,
    )


def _item(one: AgendaItem, words: Translator) -> AgendaItemShown:
    return AgendaItemShown(
        position=one.position,
        title=one.title,
        notes=one.notes,
        proposal=_proposal(one.proposal) if one.proposal is not None else None,
        vote=_vote(one.vote, words) if one.vote is not None else None,
    )


def _proposal(one: ItemProposal) -> ItemProposalShown:
    return ItemProposalShown(
        proposal_id=one.proposal_id,
        kind=one.kind,
        state=one.state,
        author=one.author,
        title=one.proposal.title,
        purpose=one.proposal.purpose,
    )


def _vote(one: ItemVote, words: Translator) -> ItemVoteShown:
    return ItemVoteShown(
        round=one.round,
        digest=one.digest,
        secret=one.secret,
        opened_at=from_ms(one.opened_at),
        closes_at=from_ms(one.closes_at),
        closed_at=_moment(one.closed_at),
        tally=tally_shown(one.tally, words) if one.tally is not None else None,
        by_passkey=one.by_passkey,
        by_server=one.by_server,
        stood_aside=one.stood_aside,
        impossible=one.impossible,
        edition_id=one.edition_id,
    )


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_ms(milliseconds)
