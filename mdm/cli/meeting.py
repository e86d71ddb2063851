"""``valise meeting``: meetings and written consultations, from their call to their closing."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import get_args

import click

from mdm.cli.committee_desk import Desk, Moment, open_desk
from mdm.cli.context import Cli, json_option, pass_cli, show, translate
from mdm.cli.identity import Claim, as_person
from mdm.cli.meeting_sheet import list_lines, sheet_lines
from profiles.charter.meeting_record import MeetingKind, MeetingRecord, MeetingState, Presence
from profiles.charter.meeting_store import Meeting
from profiles.charter.meetings import Entry, Invitation
from profiles.charter.minutes import minutes_pdf
from webui.permissions import Action

Step = Callable[[Desk, str, str], Awaitable[MeetingRecord]]
"""What is done at the desk, with a meeting's identifier and a login."""

_PRESENCES: dict[str, Presence] = {one: one for one in get_args(Presence)}

_meeting = click.argument("meeting")
_revision = click.option(
    "--revision", type=click.IntRange(min=1), required=True, help=translate("The revision that you saw.")
)
_proposals = click.option(
    "--proposal", "proposals", multiple=True, help=translate("A proposal on the agenda; may be given several times.")
)
_subjects = click.option(
    "--subject", "subjects", multiple=True, help=translate("Another subject, before the proposals; as often as needed.")
)
_after = click.option(
    "--last", "last", multiple=True, help=translate("A subject after the proposals; may be given several times.")
)


@click.group(help=translate("Call meetings, keep their agenda, attendance and notes, close them."))
def meeting() -> None:
    """Group the verbs about meetings."""


@meeting.command(help=translate("Call a meeting, or a written consultation."))
@click.argument("title")
@click.option("--begins", type=Moment(), required=True, help=translate("When, such as “2026-09-15 18:00”."))
@click.option("--place", default="", help=translate("Where; of a written consultation, where answers go."))
@click.option(
    "--kind", type=click.Choice(get_args(MeetingKind)), default="room", show_default=True, help=translate("What it is.")
)
@_subjects
@_proposals
@_after
@json_option
@as_person
@pass_cli
def call(
    cli: Cli,
    claim: Claim,
    title: str,
    begins: int,
    place: str,
    kind: MeetingKind,
    subjects: tuple[str, ...],
    proposals: tuple[str, ...],
    last: tuple[str, ...],
    as_json: bool,
) -> None:
    """Call a meeting."""
    invitation = Invitation(kind=kind, title=title, begins_at=begins, place=place)

    async def work() -> MeetingRecord:
        async with open_desk(cli) as desk:
            login = await desk.login(claim, Action.MANAGE_MEETINGS)
            entries = await _entries(desk, subjects, proposals, last)
            return await desk.meetings.call(invitation, entries, login=login)

    _show(cli, cli.run(work), as_json)


@meeting.command(help=translate("Put another agenda in the place of a meeting's."))
@_meeting
@_subjects
@_proposals
@_after
@_revision
@json_option
@as_person
@pass_cli
def agenda(
    cli: Cli,
    claim: Claim,
    meeting: str,
    subjects: tuple[str, ...],
    proposals: tuple[str, ...],
    last: tuple[str, ...],
    revision: int,
    as_json: bool,
) -> None:
    """Set an agenda."""

    async def step(desk: Desk, meeting_id: str, login: str) -> MeetingRecord:
        entries = await _entries(desk, subjects, proposals, last)
        return await desk.meetings.set_agenda(meeting_id, entries, revision=revision, login=login)

    _act(cli, claim, meeting, step, as_json)


@meeting.command(help=translate("Change when, where or under which title a meeting is."))
@_meeting
@click.option("--begins", type=Moment(), help=translate("When, such as “2026-09-15 18:00”."))
@click.option("--place", help=translate("Where; of a written consultation, where answers go."))
@click.option("--title", help=translate("What it is called."))
@_revision
@json_option
@as_person
@pass_cli
def move(
    cli: Cli,
    claim: Claim,
    meeting: str,
    begins: int | None,
    place: str | None,
    title: str | None,
    revision: int,
    as_json: bool,
) -> None:
    """Move a meeting."""
    _act(
        cli,
        claim,
        meeting,
        lambda desk, one, login: desk.meetings.move(
            one, revision=revision, begins_at=begins, place=place, title=title, login=login
        ),
        as_json,
    )


@meeting.command("open", help=translate("Open a meeting."))
@_meeting
@_revision
@json_option
@as_person
@pass_cli
def open_meeting(cli: Cli, claim: Claim, meeting: str, revision: int, as_json: bool) -> None:
    """Open a meeting."""
    _act(cli, claim, meeting, lambda desk, one, login: desk.meetings.open(one, revision=revision, login=login), as_json)


@meeting.command(help=translate("Note who is there: SEAT=holder, SEAT=deputy, SEAT=excused or SEAT=absent."))
@_meeting
@click.argument("noted", metavar="SEAT=PRESENCE...", nargs=-1, required=True)
@_revision
@json_option
@as_person
@pass_cli
def attendance(cli: Cli, claim: Claim, meeting: str, noted: tuple[str, ...], revision: int, as_json: bool) -> None:
    """Note who is there."""
    presences = dict(_presence(one) for one in noted)
    _act(
        cli,
        claim,
        meeting,
        lambda desk, one, login: desk.meetings.attend(one, presences, revision=revision, login=login),
        as_json,
    )


@meeting.command(help=translate("Write the notes of an item of the agenda, or of the whole meeting."))
@_meeting
@click.argument("text")
@click.option("--item", type=click.IntRange(min=1), help=translate("The item's number."))
@_revision
@json_option
@as_person
@pass_cli
def note(cli: Cli, claim: Claim, meeting: str, text: str, item: int | None, revision: int, as_json: bool) -> None:
    """Write notes."""
    _act(
        cli,
        claim,
        meeting,
        lambda desk, one, login: desk.meetings.note(one, text, item=item, revision=revision, login=login),
        as_json,
    )


@meeting.command(help=translate("Close a meeting; nothing of it changes any more."))
@_meeting
@_revision
@json_option
@as_person
@pass_cli
def close(cli: Cli, claim: Claim, meeting: str, revision: int, as_json: bool) -> None:
    """Close a meeting."""
    _act(
        cli, claim, meeting, lambda desk, one, login: desk.meetings.close(one, revision=revision, login=login), as_json
    )


@meeting.command("show", help=translate("Show a meeting: agenda, votes, attendance and notes."))
@_meeting
@json_option
@pass_cli
def show_meeting(cli: Cli, meeting: str, as_json: bool) -> None:
    """Print a meeting."""

    async def work() -> MeetingRecord:
        async with open_desk(cli) as desk:
            return await desk.meetings.show(await desk.meetings.find(meeting))

    _show(cli, cli.run(work), as_json)


@meeting.command("list", help=translate("List the meetings, the latest first."))
@click.option("--state", type=click.Choice(get_args(MeetingState)), help=translate("Only in this state."))
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@json_option
@pass_cli
def list_meetings(cli: Cli, state: MeetingState | None, limit: int, as_json: bool) -> None:
    """Print meetings."""

    async def work() -> list[Meeting]:
        async with open_desk(cli) as desk:
            return await desk.meetings.list(state=state, limit=limit)

    found = cli.run(work)
    show(found, as_json=as_json, lines=lambda: list_lines(found))


@meeting.command(help=translate("Write a meeting's minutes as PDF."))
@click.argument("meeting", metavar="MEETING")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@pass_cli
def minutes(cli: Cli, meeting: str, out: Path) -> None:
    """Print the minutes."""

    async def work() -> bytes:
        async with open_desk(cli) as desk:
            record = await desk.meetings.show(await desk.meetings.find(meeting))
            return await minutes_pdf(record, cli.words)

    out.write_bytes(cli.run(work))
    click.echo(str(out))


async def _entries(desk: Desk, subjects: Sequence[str], proposals: Sequence[str], last: Sequence[str]) -> list[Entry]:
    found = [Entry(proposal_id=await desk.proposals.find(one)) for one in proposals]
    return [*(Entry(title=one) for one in subjects), *found, *(Entry(title=one) for one in last)]


def _presence(text: str) -> tuple[str, Presence]:
    seat, _, presence = text.partition("=")
    if presence not in _PRESENCES:
        raise click.UsageError(translate("“{text}” is not SEAT=holder, deputy, excused or absent.", text=text))
    return seat, _PRESENCES[presence]


def _act(cli: Cli, claim: Claim, reference: str, step: Step, as_json: bool) -> None:
    async def work() -> MeetingRecord:
        async with open_desk(cli) as desk:
            login = await desk.login(claim, Action.MANAGE_MEETINGS)
            return await step(desk, await desk.meetings.find(reference), login)

    _show(cli, cli.run(work), as_json)


def _show(cli: Cli, record: MeetingRecord, as_json: bool) -> None:
    show(record, as_json=as_json, lines=lambda: sheet_lines(cli.words, record))
