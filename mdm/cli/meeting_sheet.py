"""A meeting as lines on a terminal."""

from collections.abc import Sequence

from mdm.cli.committee_desk import hour
from mdm.cli.context import table, translate
from mdm.i18n import Translator
from profiles.charter.meeting_record import AgendaItem, BodyPresence, MeetingRecord
from profiles.charter.meeting_store import Meeting
from profiles.charter.proposal_life import STATE_WORDS

_KINDS = {"room": translate("meeting"), "written": translate("written consultation")}
_STATES = {"called": translate("called"), "held": translate("open"), "closed": translate("closed")}
_PRESENCES = {
    "holder": translate("holder present"),
    "deputy": translate("deputy present"),
    "excused": translate("excused"),
    "absent": translate("absent"),
    None: "",
}


def list_lines(found: Sequence[Meeting]) -> list[str]:
    """Return a table of meetings."""
    head = [translate("MEETING"), translate("BEGINS"), translate("KIND"), translate("STATE"), translate("TITLE")]
    rows = [[one.meeting_id, hour(one.begins_at), _KINDS[one.kind], _STATES[one.state], one.title] for one in found]
    return table(head, rows)


def sheet_lines(words: Translator, record: MeetingRecord) -> list[str]:
    """Return a meeting in full; ``words`` has every room's texts."""
    lines = [
        f"{record.title} ({_KINDS[record.kind]}, {_STATES[record.state]})",
        translate("identifier {item}, revision {revision}", item=record.meeting_id, revision=record.revision),
        f"{hour(record.begins_at)}  {record.place}".rstrip(),
    ]
    for item in record.items:
        lines += _item(words, item)
    for body in record.bodies:
        lines += _body(body)
    return [*lines, *record.notes.splitlines()]


def _item(words: Translator, item: AgendaItem) -> list[str]:
    state = f" ({words(STATE_WORDS[item.proposal.state])})" if item.proposal is not None else ""
    lines = [f"{item.position}. {item.title}{state}"]
    vote = item.vote
    if vote is not None and vote.tally is None:
        lines.append("    " + translate("The vote is open."))
    if vote is not None and vote.tally is not None:
        for one in vote.tally.bodies:
            lines.append(
                "    "
                + translate(
                    "{body}: {yes} yes, {no} no, {abstain} abstained",
                    body=one.body,
                    yes=one.yes,
                    no=one.no,
                    abstain=one.abstain,
                )
            )
        lines.append(
            "    "
            + translate(
                "Signed with the voters' own keys: {keys}; by the server's word: {server}",
                keys=vote.by_passkey,
                server=vote.by_server,
            )
        )
    return [*lines, *(f"    {line}" for line in item.notes.splitlines())]


def _body(body: BodyPresence) -> list[str]:
    lines = [
        translate("{body}: {present} of {all} present", body=body.name, present=body.present, all=len(body.seats))
        + ("" if body.quorum_reached else translate(" (no quorum: {needed} needed)", needed=body.quorum))
    ]
    return lines + [f"    {one.label}: {_PRESENCES[one.presence]}" for one in body.seats if one.presence is not None]
