"""The minutes of a meeting on paper: the call, who was there, what was said, how each body voted, and signatures."""

import msgspec

from mdm.i18n import N_, Translator
from profiles.charter.convention_words import KIND_NAMES
from profiles.charter.meeting_record import AgendaItem, BodyPresence, ItemVote, MeetingRecord, Presence
from profiles.charter.printing import printed
from profiles.charter.sentence import Sentence

PRESENCES: dict[Presence, str] = {
    "holder": N_("present"),
    "deputy": N_("represented by the deputy"),
    "excused": N_("excused"),
    "absent": N_("absent"),
}


class VoteRow(msgspec.Struct, frozen=True, kw_only=True):
    """How one body voted on an item; ``reason`` is an English gettext text, empty when its vote is enough."""

    name: str
    seats: int
    yes: int
    no: int
    abstain: int
    binding: bool
    satisfied: bool
    reason: str


async def minutes_pdf(record: MeetingRecord, translate: Translator) -> bytes:
    """Return a meeting's minutes as PDF. They bear the moment at which it was closed, else opened, else called."""
    return await printed(
        "minutes.html",
        translate,
        made_at=record.closed_at or record.opened_at or record.called_at,
        record=record,
        presence=lambda one: Sentence(PRESENCES[one]) if one is not None else Sentence(N_("not noted")),
        kind=lambda one: Sentence(KIND_NAMES[one]),
        rows=lambda vote: _rows(record, vote),
        result=_result,
        deciding=[body for body in record.bodies if not body.consultative],
        reached=_reached,
    )


def _rows(record: MeetingRecord, vote: ItemVote) -> tuple[VoteRow, ...]:
    names = {body.body: body.name for body in record.bodies}
    return tuple(
        VoteRow(
            name=names.get(one.body, one.body),
            seats=one.seats,
            yes=one.yes,
            no=one.no,
            abstain=one.abstain,
            binding=one.binding,
            satisfied=one.satisfied,
            reason=one.reason,
        )
        for one in (vote.tally.bodies if vote.tally is not None else ())
    )


def _reached(body: BodyPresence) -> Sentence:
    if body.quorum == 0:
        return Sentence(N_("none is needed"))
    words = N_("reached ({present} of {quorum})") if body.quorum_reached else N_("not reached ({present} of {quorum})")
    return Sentence(words, {"present": body.present, "quorum": body.quorum})


def _result(item: AgendaItem) -> Sentence:
    """Return what came of an item in this meeting."""
    vote, proposal = item.vote, item.proposal
    if vote is None:
        return Sentence(N_("No vote was held.") if proposal is not None else N_("For information."))
    if vote.tally is None:
        return Sentence(N_("The vote is open."))
    if not vote.tally.adopted:
        return Sentence(N_("The proposal is rejected."))
    if vote.impossible is not None:
        return Sentence(
            N_("The proposal is adopted, and cannot be carried out any more: {reason}"), {"reason": vote.impossible}
        )
    return Sentence(N_("The proposal is adopted."))
