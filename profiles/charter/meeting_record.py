"""All that the minutes of a meeting say: what was called, who was there, what was decided and how.

Moments are in milliseconds since the epoch. People are named by their logins, seats by their labels.
"""

from typing import Literal

import msgspec

from profiles.charter.convention import Kind
from profiles.charter.counting import Tally
from profiles.charter.proposal import Proposal
from profiles.charter.proposal_life import ProposalState

MeetingKind = Literal["room", "written"]
MeetingState = Literal["called", "held", "closed"]
Presence = Literal["holder", "deputy", "excused", "absent"]


class SeatPresence(msgspec.Struct, frozen=True, kw_only=True):
    """A seat at a meeting. ``presence`` is None while nobody noted it; ``deputy`` is None where there is none."""

    seat_id: str
    label: str
    holder: str
    deputy: str | None = None
    presence: Presence | None = None

    @property
    def present(self) -> bool:
        """Tell whether the holder or the deputy was there."""
        return self.presence in ("holder", "deputy")


class BodyPresence(msgspec.Struct, frozen=True, kw_only=True):
    """A body at a meeting, with its seats by their identifiers.

    ``quorum``: how many of the seats must be there for what is on the agenda; 0 where the body decides nothing.
    """

    body: str
    name: str
    consultative: bool
    seats: tuple[SeatPresence, ...]
    quorum: int

    @property
    def present(self) -> int:
        """How many seats were there, by their holder or deputy."""
        return sum(seat.present for seat in self.seats)

    @property
    def quorum_reached(self) -> bool:
        """Tell whether enough seats were there; a body that decides nothing needs none."""
        return self.present >= self.quorum and (bool(self.seats) or self.quorum == 0)


class ItemVote(msgspec.Struct, frozen=True, kw_only=True):
    """A vote on an item.

    ``closed_at`` and ``tally`` are None while it is open. ``by_passkey`` and ``by_server`` count the seats that took
    part, by what proves it. ``stood_aside``: the labels of the seats with a conflict of interest. ``impossible``: why
    an adopted proposal could not go into an edition; ``edition_id``: the edition that carries it.
    """

    round: int
    digest: str
    secret: bool
    opened_at: int
    closes_at: int
    closed_at: int | None
    tally: Tally | None
    by_passkey: int
    by_server: int
    stood_aside: tuple[str, ...] = ()
    impossible: str | None = None
    edition_id: str | None = None


class ItemProposal(msgspec.Struct, frozen=True, kw_only=True):
    """The proposal of an item: in the form that was voted where there was a vote, else as it is now."""

    proposal_id: str
    kind: Kind
    state: ProposalState
    author: str
    proposal: Proposal


class AgendaItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item of the agenda. ``position`` counts from 1; ``vote`` is the one that was held in this meeting."""

    position: int
    title: str
    notes: str = ""
    proposal: ItemProposal | None = None
    vote: ItemVote | None = None


class MeetingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting and all that happened in it. ``convention`` and ``reference`` name the rules that were in force."""

    meeting_id: str
    territory: str
    convention: str
    reference: str
    kind: MeetingKind
    title: str
    place: str
    begins_at: int
    state: MeetingState
    revision: int
    called_at: int
    called_by: str
    opened_at: int | None
    closed_at: int | None
    notes: str
    bodies: tuple[BodyPresence, ...]
    items: tuple[AgendaItem, ...]
