"""What waits for somebody in the committee, under a few headings, each line one tap from where it is done."""

from collections.abc import Callable, Iterator

import msgspec

from mdm.clock import DAY_MS
from mdm.i18n import N_
from mdm.store import Connection
from profiles.charter import meeting_store, proposal_store, seat_store, vote_store
from profiles.charter.charter import Charter
from profiles.charter.committee import Committee
from profiles.charter.errors import NoCharter
from profiles.charter.proposal_life import ProposalState
from profiles.charter.proposal_store import ProposalLine
from profiles.charter.sentence import Day, Hour, Sentence
from webui.committee import waiting_store
from webui.committee.counts import count_of
from webui.committee.my_votes import voting_seats
from webui.permissions import Action

TALK_DAYS = 7
"""For how long something that was said is new."""
SHOWN = 20
"""Lines under a heading; the list behind it has the others."""

May = Callable[[Action], bool]


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that waits: what it is about, a few words more, and where it is done. ``until``: a moment, if any."""

    title: str
    path: str
    words: Sentence
    until: int | None = None


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """Things of one kind that wait. ``name`` is a message to translate; ``path`` leads to all of them."""

    name: str
    tasks: tuple[Task, ...]
    path: str = ""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What a person is to the committee. ``may_withdraw``: one of the person's seats may withdraw urgently."""

    seated: bool = False
    may_withdraw: bool = False


def standing_of(conn: Connection, charter: Charter, login: str, may: May, now: int) -> Standing:
    """Return what a person is to the committee."""
    held = seat_store.holdings_of_person(conn, login, now, charter.seals) if login else []
    if not held:
        return Standing()
    rule = charter.agreed.head(conn).state.convention.rules.get("urgent_withdrawal")
    bodies = {need.body for need in rule.needs} if rule is not None else set()
    return Standing(seated=True, may_withdraw=may(Action.WITHDRAW_URGENTLY) and any(one.body in bodies for one in held))


def waiting_for(
    conn: Connection, charter: Charter, committee: Committee, login: str, may: May, now: int
) -> tuple[Heading, ...]:
    """Return what waits for a person; headings without anything are left out."""
    try:
        charter.agreed.head(conn)
    except NoCharter:
        return ()
    takes_part = standing_of(conn, charter, login, may, now).seated or any(
        map(may, (Action.EXAMINE_PROPOSAL, Action.VALIDATE_PILOT, Action.MANAGE_MEETINGS))
    )
    found = (
        Heading(name=N_("Votes for your seat"), tasks=tuple(_votes(conn, charter, login, now))),
        Heading(name=N_("Proposals sent back to you"), tasks=tuple(_own(conn, login, "sent_back"))),
        Heading(name=N_("Questions about your proposals"), tasks=tuple(_asked(conn, login))),
        *_secretariat(conn, charter, may, now),
        *_validation(conn, may),
        *_for_all(conn, charter, now, takes_part=takes_part),
        Heading(
            name=N_("Seats to confirm"), tasks=tuple(_seats(conn, charter, committee, login)), path="/committee/seats"
        ),
        Heading(name=N_("Your drafts"), tasks=tuple(_own(conn, login, "draft"))),
        *_wanted(conn, may),
        Heading(name=N_("New in the discussions"), tasks=tuple(_talk(conn, login, now, everywhere=takes_part))),
    )
    return tuple(one for one in found if one.tasks)


def _for_all(conn: Connection, charter: Charter, now: int, *, takes_part: bool) -> Iterator[Heading]:
    if takes_part:
        yield Heading(name=N_("Withdrawals to ratify"), tasks=tuple(_ratifications(conn, charter, now)))
        yield Heading(name=N_("Meetings"), tasks=tuple(_meetings(conn)), path="/meetings")


def _votes(conn: Connection, charter: Charter, login: str, now: int) -> Iterator[Task]:
    for vote in vote_store.open_votes(conn):
        seats = [one for one in voting_seats(conn, charter, vote, login, now) if one.waits]
        if seats and now < vote.closes_at:
            labels = tuple(one.holding.label for one in seats)
            yield Task(
                title=vote.proposal().title,
                path=f"/proposals/{vote.proposal_id}/vote",
                words=Sentence(N_("For the seat: {seats}."), {"seats": labels}),
                until=vote.closes_at,
            )


def _secretariat(conn: Connection, charter: Charter, may: May, now: int) -> Iterator[Heading]:
    if may(Action.EXAMINE_PROPOSAL):
        for state, name in (("submitted", N_("Proposals to admit")), ("admissible", N_("Proposals to examine"))):
            tasks = tuple(_line(one) for one in _in_state(conn, state) if state == "submitted" or one.kind != "pilot")
            yield Heading(name=name, tasks=tasks, path=f"/proposals?state={state}")
    if may(Action.OPEN_VOTE):
        tasks = tuple(_line(one) for one in _in_state(conn, "examined") if one.kind != "ratification")
        yield Heading(name=N_("Votes to open"), tasks=tasks, path="/proposals?state=examined")
    if may(Action.CLOSE_VOTE):
        yield Heading(name=N_("Votes that can be closed"), tasks=tuple(_closable(conn, charter, now)))
    if may(Action.PUBLISH_EDITION):
        waiting = vote_store.waiting_decisions(conn)
        words = Sentence(
            N_("Adopted on {day}."), {"day": Day(max((one.decision.closed_at for one in waiting), default=0))}
        )
        tasks = tuple(
            Task(title=str(one.decision.proposal["title"]), path="/editions/next", words=words)
            for one in waiting[:SHOWN]
        )
        yield Heading(name=N_("Decisions to publish"), tasks=tasks, path="/editions/next")


def _validation(conn: Connection, may: May) -> Iterator[Heading]:
    if may(Action.VALIDATE_PILOT):
        pilots = proposal_store.list_proposals(conn, state="admissible", kind="pilot", limit=SHOWN)
        path = "/proposals?state=admissible&kind=pilot"
        yield Heading(name=N_("Pilots to validate"), tasks=tuple(map(_line, pilots)), path=path)


def _closable(conn: Connection, charter: Charter, now: int) -> Iterator[Task]:
    for vote in vote_store.open_votes(conn):
        count = count_of(conn, charter, vote, now)
        if count.may_close:
            words = Sentence(N_("Seats that voted: {voted} of {seats}."), {"voted": count.voted, "seats": count.seats})
            yield Task(title=vote.proposal().title, path=f"/proposals/{vote.proposal_id}#vote", words=words)


def _ratifications(conn: Connection, charter: Charter, now: int) -> Iterator[Task]:
    until = {
        one.decided_by: one.ratify_by
        for one in charter.agreed.head(conn).state.withdrawn
        if one.ratify_by is not None and one.holds(now)
    }
    for line in proposal_store.list_proposals(conn, kind="ratification", state="examined", limit=SHOWN):
        row = proposal_store.require_proposal(conn, line.proposal_id)
        ends = until.get(row.proposal().ratifies or "")
        if ends is not None:
            words = Sentence(N_("It comes back by itself unless the committee ratifies."))
            yield Task(title=line.title, path=f"/proposals/{line.proposal_id}", words=words, until=ends)


def _meetings(conn: Connection) -> Iterator[Task]:
    being_held = meeting_store.list_meetings(conn, state="held", limit=SHOWN)
    called = meeting_store.list_meetings(conn, state="called", limit=SHOWN)
    for one in (*being_held, *reversed(called)):
        held = one.state == "held"
        message = N_("It is being held now: {place}.") if held else N_("On {hour}: {place}.")
        words = Sentence(message, {"hour": Hour(one.begins_at), "place": one.place or "–"})
        yield Task(title=one.title, path=f"/meetings/{one.meeting_id}", words=words)


def _seats(conn: Connection, charter: Charter, committee: Committee, login: str) -> Iterator[Task]:
    objections = committee.objections_in(conn, login) if login else {}
    for holding_id, reason in objections.items():
        holding = seat_store.holding_by_id(conn, holding_id, charter.seals)
        if holding is not None and not reason:
            words = Sentence(N_("An appointment waits for your confirmation."))
            yield Task(title=holding.label, path=f"/committee/seats#holding-{holding_id}", words=words)


def _own(conn: Connection, login: str, state: ProposalState) -> Iterator[Task]:
    if login:
        yield from map(_line, proposal_store.list_proposals(conn, author=login, state=state, limit=SHOWN))


def _asked(conn: Connection, login: str) -> Iterator[Task]:
    for one in waiting_store.unanswered(conn, login, limit=SHOWN) if login else ():
        words = Sentence(N_("Asked on {day}."), {"day": Day(one.at)})
        yield Task(title=one.title, path=f"/proposals/{one.proposal_id}#said-{one.position}", words=words)


def _wanted(conn: Connection, may: May) -> Iterator[Heading]:
    if may(Action.EDIT_CATALOGUE):
        words = N_("{person} asks for an app that is not in the catalogue yet.")
        tasks = tuple(
            Task(title=one.title, path=f"/proposals/{one.proposal_id}", words=Sentence(words, {"person": one.author}))
            for one in waiting_store.wanted_apps(conn, limit=SHOWN)
        )
        yield Heading(name=N_("Apps that are asked for"), tasks=tasks)


def _talk(conn: Connection, login: str, now: int, *, everywhere: bool) -> Iterator[Task]:
    if not login:
        return
    since, author = now - TALK_DAYS * DAY_MS, "" if everywhere else login
    for one in waiting_store.talked_since(conn, since, but=f"account:{login}", author=author, limit=SHOWN):
        message = (
            N_("{n} new message, the last on {hour}.") if one.said == 1 else N_("{n} new messages, the last on {hour}.")
        )
        words = Sentence(message, {"n": one.said, "hour": Hour(one.newest)})
        yield Task(title=one.title, path=f"/proposals/{one.proposal_id}#discussion", words=words)


def _in_state(conn: Connection, state: str) -> list[ProposalLine]:
    return proposal_store.list_proposals(conn, state=state, limit=SHOWN)  # type: ignore[arg-type]


def _line(row: ProposalLine) -> Task:
    words = Sentence(N_("By {person}, {day}."), {"person": row.author, "day": Day(row.changed_at)})
    return Task(title=row.title, path=f"/proposals/{row.proposal_id}", words=words)
