"""Votes over HTTP: from a teacher's draft to a published edition, and everything that must not count."""

from datetime import timedelta
from typing import Any

import pytest

from mdm.clock import ManualClock
from mdm.journal import latest_entries
from mdm.store import Database
from profiles.charter import vote_store
from profiles.charter.ballot import verify_ballot
from profiles.charter.convention import example
from tests.api.chamber import ADD_LIRE, NO_CAMERA, Chamber, tag_of
from tests.api.conftest import MakeChamber
from tests.charter.committee import EVERYBODY, convention_with
from webui.roles import Role

NOWHERE = "0" * 32
YES = {"choice": "yes"}


async def test_the_whole_way_from_a_teachers_draft_to_the_tablets(
    make_chamber: MakeChamber, clock: ManualClock
) -> None:
    chamber = await make_chamber(example("default"))
    proposal_id = await chamber.examined()
    vote = f"/proposals/{proposal_id}/vote"
    early = await chamber.ask("secretary", "POST", vote, {})
    assert (early.status, early.code) == (409, "notice_running")
    clock.advance(timedelta(days=7))
    await chamber.sign_in_again()
    opened = await chamber.ask("secretary", "POST", vote, {})
    assert (opened.status, opened.headers["Location"]) == (201, f"/api/v1{vote}")
    assert (opened.json["tally"], opened.json["closes_at"]) == (None, "2026-09-22T08:00:00Z")
    assert [one["proposal_id"] for one in await chamber.done("parent", "GET", "/votes")] == [proposal_id]

    for login in ("mayor", "inspector", "teacher-1", "teacher-2", "parent"):
        receipt = await chamber.done(login, "PUT", f"{vote}/ballot", YES)
        assert (receipt["seat"], receipt["signed_by"], receipt["serial"]) == (login, "server", None)
    not_over = await chamber.ask("secretary", "POST", f"{vote}/close")
    assert (not_over.status, not_over.code) == (409, "vote_not_over")
    await chamber.done("teacher-3", "PUT", f"{vote}/ballot", {"choice": "no"})
    tally = await chamber.done("secretary", "POST", f"{vote}/close")
    assert tally["adopted"]
    assert await chamber.done("parent", "GET", "/votes") == []
    (decided,) = (await chamber.done("parent", "GET", "/decisions"))["items"]
    assert (decided["proposal_id"], decided["adopted"], decided["edition_id"]) == (proposal_id, True, None)

    made = await chamber.ask("secretary", "POST", "/editions")
    assert (made.status, made.json["number"], made.json["left_out"]) == (201, 2, {})
    edition = await chamber.done("parent", "GET", "/editions/2")
    assert [one["name"] for one in edition["policy"]["apps"]] == ["Lire"]
    assert edition["decisions"] == [proposal_id]
    assert (await chamber.done("parent", "GET", vote))["edition_id"] == made.json["edition_id"]
    assert await chamber.apps() == []
    followed = await chamber.done("tim", "PUT", "/editions/2/followers", {"kit_id": chamber.site.kit_id})
    assert followed["edition_id"] == made.json["edition_id"]
    assert await chamber.apps() == ["Lire"]
    assert (await chamber.committee.charter.editions.verify()).editions == 2


async def test_a_vote_after_the_closing_is_not_taken(chamber: Chamber, clock: ManualClock) -> None:
    proposal_id = await chamber.opened()
    await chamber.say(proposal_id, "yes", *EVERYBODY)
    vote = f"/proposals/{proposal_id}/vote"
    await chamber.done("secretary", "POST", f"{vote}/close")
    for method, end, body in (("PUT", "/ballot", YES), ("POST", "/statement", YES), ("POST", "/close", None)):
        reply = await chamber.ask("secretary" if end == "/close" else "mayor", method, vote + end, body)
        assert (reply.status, reply.code) == (409, "vote_not_open"), end
    second = await chamber.opened(NO_CAMERA)
    clock.advance(timedelta(days=14))
    await chamber.sign_in_again()
    late = await chamber.ask("mayor", "PUT", f"/proposals/{second}/vote/ballot", YES, language="en")
    assert (late.status, late.code) == (409, "vote_not_open")
    assert late.json["hint"] == "A ballot that comes after the closing is not counted."


async def test_a_proposal_does_not_change_while_it_is_voted(chamber: Chamber) -> None:
    proposal_id = await chamber.opened()
    path = f"/proposals/{proposal_id}"
    tag = tag_of(await chamber.ask("teacher-1", "GET", path))
    changed = await chamber.ask("teacher-1", "PUT", path, ADD_LIRE, tag=tag)
    assert (changed.status, changed.code) == (409, "changed_during_vote")
    for end, login in (("/retraction", "teacher-1"), ("/return", "secretary"), ("/admission", "secretary")):
        reply = await chamber.ask(login, "POST", path + end, {"words": "x"})
        assert (reply.status, reply.code) == (409, "step_impossible"), end


async def test_an_open_ballot_can_be_cast_again_until_the_closing(chamber: Chamber, database: Database) -> None:
    proposal_id = await chamber.opened()
    for choice in ("no", "yes", "abstain", "yes"):
        await chamber.say(proposal_id, choice, "mayor")
    ballots = await database.read(lambda conn: vote_store.ballots_of(conn, proposal_id, 1))
    assert [one.ballot.statement.choice for one in ballots] == ["yes"]


async def test_a_deputys_ballot_does_not_replace_the_holders(chamber: Chamber) -> None:
    proposal_id = await chamber.opened()
    await chamber.say(proposal_id, "no", "mayor-deputy")
    await chamber.say(proposal_id, "yes", "mayor")
    reply = await chamber.ask("mayor-deputy", "PUT", f"/proposals/{proposal_id}/vote/ballot", YES)
    assert (reply.status, reply.code) == (409, "holder_voted")


@pytest.mark.parametrize("login", ["newcomer", "secretary"])
async def test_who_holds_no_seat_does_not_vote(chamber: Chamber, login: str) -> None:
    proposal_id = await chamber.opened()
    for method, end in (("PUT", "/ballot"), ("POST", "/statement")):
        reply = await chamber.ask(login, method, f"/proposals/{proposal_id}/vote{end}", YES)
        assert (reply.status, reply.code) == (403, "no_seat")


async def test_a_seat_that_ended_yesterday_does_not_vote(chamber: Chamber, clock: ManualClock) -> None:
    proposal_id = await chamber.opened()
    await chamber.committee.end_seat("inspector")
    clock.advance(timedelta(days=1))
    await chamber.sign_in_again()
    reply = await chamber.ask("inspector", "PUT", f"/proposals/{proposal_id}/vote/ballot", YES)
    assert (reply.status, reply.code) == (403, "no_seat")
    assert reply.json["hint"]


async def test_another_seat_than_ones_own_is_no_seat(chamber: Chamber) -> None:
    proposal_id = await chamber.opened()
    path = f"/proposals/{proposal_id}/vote/ballot"
    assert (await chamber.ask("mayor", "PUT", path, {**YES, "seat": "inspector"})).code == "no_seat"
    assert (await chamber.ask("mayor", "PUT", path, {**YES, "seat": "mayor"})).status == 200


async def test_a_secret_vote_tells_each_voter_his_serial_and_nobody_his_choice(make_chamber: MakeChamber) -> None:
    chamber = await make_chamber(convention_with(setting={"needs": [{"body": "teachers"}], "secret": True}))
    proposal_id = await chamber.opened(NO_CAMERA)
    path = f"/proposals/{proposal_id}/vote/ballot"
    teachers = ("teacher-1", "teacher-2", "teacher-3")
    receipts = [await chamber.done(login, "PUT", path, YES) for login in teachers]
    assert len({one["serial"] for one in receipts}) == 3
    again = await chamber.ask("teacher-1", "PUT", path, {"choice": "no"})
    assert (again.status, again.code) == (409, "secret_ballot_stands")
    shown = await chamber.done("mayor", "GET", f"/proposals/{proposal_id}/vote")
    assert (shown["secret"], shown["tally"]) == (True, None)
    aside = {"seat": "teacher-1", "words": "Trop tard."}
    late = await chamber.ask("teacher-1", "POST", f"/proposals/{proposal_id}/recusals", aside)
    assert (late.status, late.code) == (409, "secretly_voted")


@pytest.mark.parametrize(
    ("role", "method", "end", "body"),
    [
        (Role.MEMBER, "PUT", "/ballot", YES),
        (Role.DSDEN, "PUT", "/ballot", {**YES, "seat": "inspector"}),
        (Role.MEMBER, "POST", "/statement", YES),
        (Role.MANAGER, "POST", "/close", None),
        (Role.MANAGER, "POST", "", {}),
    ],
)
async def test_a_program_opens_casts_and_closes_nothing(
    chamber: Chamber, role: Role, method: str, end: str, body: Any
) -> None:
    proposal_id = await chamber.examined() if not end else await chamber.opened()
    reply = await chamber.api.ask(method, f"/proposals/{proposal_id}/vote{end}", role=role, json=body)
    assert (reply.status, reply.code) == (403, "person_needed")
    english = await chamber.api.ask(
        method, f"/proposals/{proposal_id}/vote{end}", role=role, json=body, headers={"Accept-Language": "en"}
    )
    assert english.json["detail"] == "A program cannot do this: somebody must answer for it."


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "body_wrong"),
        ({"choice": "maybe"}, 422, "body_wrong"),
        ({"choice": "yes", "seat": "Not a seat"}, 422, "body_wrong"),
        ({"choice": "yes", "weight": 2}, 422, "body_wrong"),
        ({"choice": "yes", "assertion": {}}, 422, "body_wrong"),
        ({"choice": "yes", "assertion": {"id": "é", "response": {}}}, 422, "body_wrong"),
        (
            {
                "choice": "yes",
                "assertion": {
                    "id": "AAAA",
                    "response": {"authenticatorData": "A" * 8001, "clientDataJSON": "AA", "signature": "AA"},
                },
            },
            422,
            "body_wrong",
        ),
        (
            {
                "choice": "yes",
                "assertion": {
                    "id": "AAAA",
                    "response": {"authenticatorData": "AA", "clientDataJSON": "AA", "signature": "AA"},
                },
            },
            422,
            "passkey_unknown",
        ),
    ],
)
async def test_what_is_no_ballot_is_told_why(chamber: Chamber, body: Any, status: int, code: str) -> None:
    proposal_id = await chamber.opened()
    reply = await chamber.ask("mayor", "PUT", f"/proposals/{proposal_id}/vote/ballot", body)
    assert (reply.status, reply.code) == (status, code), reply.json
    ballots = await chamber.database.read(lambda conn: vote_store.ballots_of(conn, proposal_id, 1))
    assert ballots == []


async def test_there_is_no_vote_where_none_was_opened(chamber: Chamber) -> None:
    proposal_id = await chamber.examined()
    for one in (proposal_id, NOWHERE):
        assert (await chamber.ask("mayor", "GET", f"/proposals/{one}/vote")).status == 404
    assert (await chamber.ask("mayor", "PUT", f"/proposals/{proposal_id}/vote/ballot", YES)).code == "vote_not_open"
    assert (await chamber.ask("mayor", "PUT", f"/proposals/{NOWHERE}/vote/ballot", YES)).code == "proposal_unknown"
    assert (await chamber.ask("secretary", "POST", f"/proposals/{NOWHERE}/vote", {})).code == "proposal_unknown"
    assert (await chamber.ask("secretary", "POST", f"/proposals/{NOWHERE}/vote/close")).status in (404, 409)


async def test_a_vote_is_held_in_a_meeting_that_is_open_and_has_it_on_its_agenda(chamber: Chamber) -> None:
    proposal_id, other = await chamber.examined(), await chamber.examined(NO_CAMERA)
    wanted = {
        "kind": "room", "title": "Comité", "begins_at": "2026-09-08T14:00:00Z", "place": "Mairie",
        "agenda": [{"proposal_id": proposal_id}],
    }  # fmt: skip
    called = await chamber.ask("secretary", "POST", "/meetings", wanted)
    meeting = called.json["meeting_id"]
    vote = f"/proposals/{proposal_id}/vote"
    unknown = await chamber.ask("secretary", "POST", vote, {"meeting_id": NOWHERE})
    assert (unknown.status, unknown.code) == (404, "meeting_unknown")
    too_early = await chamber.ask("secretary", "POST", vote, {"meeting_id": meeting})
    assert (too_early.status, too_early.code) == (409, "meeting_not_held")
    await chamber.done("secretary", "POST", f"/meetings/{meeting}/opening", tag=tag_of(called))
    not_there = await chamber.ask("secretary", "POST", f"/proposals/{other}/vote", {"meeting_id": meeting})
    assert (not_there.status, not_there.code) == (409, "not_on_agenda")

    before = await chamber.ask("mayor", "GET", f"/meetings/{meeting}")
    await chamber.done("secretary", "POST", vote, {"meeting_id": meeting})
    known = chamber.headers("mayor") | {"If-None-Match": tag_of(before)}
    during = await chamber.api.ask("GET", f"/meetings/{meeting}", role=None, headers=known)
    assert (during.status, during.json["items"][0]["vote"]["tally"]) == (200, None)
    await chamber.say(proposal_id, "yes", "mayor", "inspector", "teacher-1", "teacher-2")
    shut = await chamber.ask("secretary", "POST", f"/meetings/{meeting}/closing", tag=tag_of(during))
    assert (shut.status, shut.code) == (409, "votes_open")
    assert (await chamber.done("secretary", "POST", f"{vote}/close"))["adopted"]
    closed = await chamber.ask("secretary", "POST", f"/meetings/{meeting}/closing", tag=tag_of(during))
    held = closed.json["items"][0]["vote"]
    assert (closed.status, held["tally"]["adopted"], held["by_server"], held["by_passkey"]) == (200, True, 4, 0)
    late = await chamber.ask("secretary", "POST", f"/proposals/{other}/vote", {"meeting_id": meeting})
    assert (late.status, late.code) == (409, "meeting_not_held")


async def test_a_rejected_proposal_goes_into_no_edition(chamber: Chamber) -> None:
    proposal_id = await chamber.opened()
    await chamber.say(proposal_id, "yes", "mayor", "teacher-1", "teacher-2", "teacher-3")
    await chamber.say(proposal_id, "no", "inspector")
    tally = await chamber.done("secretary", "POST", f"/proposals/{proposal_id}/vote/close")
    assert not tally["adopted"]
    assert {one["body"]: one["reason"] for one in tally["bodies"] if one["reason"]} == {"dsden": "trop peu de oui"}
    english = await chamber.ask("mayor", "GET", f"/proposals/{proposal_id}/vote", language="en")
    assert [one["reason"] for one in english.json["tally"]["bodies"]] == [None, "not enough said yes", None, None]
    reply = await chamber.ask("secretary", "POST", "/editions")
    assert (reply.status, reply.code) == (409, "nothing_to_publish")


async def test_what_does_not_fit_any_more_is_left_out_and_said(chamber: Chamber, clock: ManualClock) -> None:
    first = await chamber.adopted()
    clock.advance(timedelta(minutes=1))
    second = await chamber.adopted()
    made = await chamber.done("secretary", "POST", "/editions")
    assert list(made["left_out"]) == [second]
    assert (await chamber.done("parent", "GET", f"/proposals/{second}"))["state"] == "impossible"
    assert (await chamber.done("parent", "GET", f"/proposals/{first}"))["state"] == "in_edition"


async def test_the_register_of_decisions_comes_in_parts(chamber: Chamber) -> None:
    made = [await chamber.adopted({**NO_CAMERA, "title": f"Réglage {number}"}) for number in range(3)]
    first = (await chamber.ask("parent", "GET", "/decisions?limit=2")).json
    rest = (await chamber.ask("parent", "GET", f"/decisions?limit=2&cursor={first['next']}")).json
    found = [one["proposal_id"] for one in (*first["items"], *rest["items"])]
    assert (sorted(found), rest["next"]) == (sorted(made), None)


async def test_ballots_that_the_server_attested_hold_before_anybody(chamber: Chamber, database: Database) -> None:
    await chamber.agreed()
    record = await chamber.committee.charter.editions.show("head")
    (decision,) = record.decisions
    keys = await database.read(lambda conn: chamber.committee.charter.votes._keys.ring(conn))
    for ballot in decision.ballots:
        verify_ballot(ballot, record.party, keys.known)
    entries = await database.read(lambda conn: latest_entries(conn, limit=60))
    cast = [one for one in entries if one.kind == "ballot_cast"]
    assert len(cast) == len(EVERYBODY)
    assert not any('"yes"' in one.detail for one in cast)
