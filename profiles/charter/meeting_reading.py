"""Reads a meeting with all that its minutes say."""

from collections.abc import Mapping, Sequence

import msgspec

from mdm.store import Connection
from profiles.charter import meeting_store, proposal_store, seat_store, vote_store
from profiles.charter.ballot import Passkey
from profiles.charter.convention import Convention, Rule, rule_for
from profiles.charter.errors import NoSuchRule
from profiles.charter.meeting_record import (
    AgendaItem,
    BodyPresence,
    ItemProposal,
    ItemVote,
    MeetingRecord,
    Presence,
    SeatPresence,
)
from profiles.charter.meeting_store import Meeting, MeetingItem
from profiles.charter.proposal import Proposal
from profiles.charter.record import Record
from profiles.charter.seals import Seals
from profiles.charter.seat_store import Holding
from profiles.charter.vote_store import VoteRow


def record_of_meeting(conn: Connection, meeting: Meeting, edition: Record, seals: Seals, now: int) -> MeetingRecord:
    """Return a meeting's record. ``edition``: the one that was the newest at the opening, or is now before it."""
    convention = edition.state.convention
    seats = seat_store.holdings_at(conn, now if meeting.opened_at is None else meeting.opened_at, seals)
    labels = {one.seat_id: one.label for one in seat_store.holdings(conn, seals)}
    rounds = meeting_store.rounds_of(conn, meeting.meeting_id)
    items = tuple(_item(conn, item, rounds, labels) for item in meeting_store.items_of(conn, meeting.meeting_id))
    proposals = [item.proposal.proposal for item in items if item.proposal is not None]
    presences = meeting_store.attendance_of(conn, meeting.meeting_id)
    fields = {name: getattr(meeting, name) for name in meeting.__struct_fields__}
    return MeetingRecord(
        territory=edition.territory,
        convention=convention.name,
        reference=convention.reference,
        bodies=_bodies(convention, seats, presences, _rules(convention, proposals)),
        items=items,
        **fields,
    )


def _item(conn: Connection, item: MeetingItem, rounds: Mapping[str, int], labels: Mapping[str, str]) -> AgendaItem:
    shown = AgendaItem(position=item.position, title=item.title, notes=item.notes)
    if item.proposal_id is None:
        return shown
    row = proposal_store.require_proposal(conn, item.proposal_id)
    vote = vote_store.vote_of(conn, row.proposal_id, rounds.get(row.proposal_id, row.round))
    proposal = ItemProposal(
        proposal_id=row.proposal_id,
        kind=row.kind,
        state=row.state,
        author=row.author,
        proposal=row.proposal() if vote is None else vote.proposal(),
    )
    held_here = vote is not None and row.proposal_id in rounds
    return msgspec.structs.replace(
        shown, proposal=proposal, vote=_vote(conn, vote, labels) if vote is not None and held_here else None
    )


def _vote(conn: Connection, vote: VoteRow, labels: Mapping[str, str]) -> ItemVote:
    decision = vote.decided()
    if decision is None:
        aside = proposal_store.recused_seats(conn, vote.proposal_id)
        cast = [
            one.ballot for one in vote_store.ballots_of(conn, vote.proposal_id, vote.round) if one.seat_id not in aside
        ]
    else:
        aside = decision.recused
        cast = list(decision.taken_part if vote.secret else decision.ballots)
    by_passkey = sum(isinstance(one.evidence, Passkey) for one in cast)
    return ItemVote(
        round=vote.round,
        digest=vote.digest,
        secret=vote.secret,
        opened_at=vote.opened_at,
        closes_at=vote.closes_at,
        closed_at=vote.closed_at,
        tally=None if decision is None else decision.tally,
        by_passkey=by_passkey,
        by_server=len(cast) - by_passkey,
        stood_aside=tuple(labels.get(seat, seat) for seat in aside),
        impossible=vote.impossible,
        edition_id=vote.edition_id,
    )


def _rules(convention: Convention, proposals: Sequence[Proposal]) -> list[Rule]:
    """Return the rules of what is on the agenda; the usual one where no decision is."""
    found = []
    for one in proposals:
        try:
            found.append(rule_for(convention, one.kind, price_cents=one.price_cents))
        except NoSuchRule:
            continue
    usual = convention.rules.get("default")
    return found or ([usual] if usual is not None else [])


def _bodies(
    convention: Convention, seats: Sequence[Holding], presences: Mapping[str, Presence], rules: Sequence[Rule]
) -> tuple[BodyPresence, ...]:
    bodies = []
    for body in convention.bodies:
        held = tuple(_seat(one, presences) for one in seats if one.body == body.body)
        percent = max(
            (rule.quorum_percent for rule in rules if any(need.body == body.body for need in rule.needs)), default=0
        )
        quorum = -(-percent * len(held) // 100)
        bodies.append(
            BodyPresence(body=body.body, name=body.name, consultative=body.consultative, seats=held, quorum=quorum)
        )
    return tuple(bodies)


def _seat(one: Holding, presences: Mapping[str, Presence]) -> SeatPresence:
    return SeatPresence(
        seat_id=one.seat_id,
        label=one.label,
        holder=one.holder,
        deputy=one.deputy,
        presence=presences.get(one.seat_id),
    )
