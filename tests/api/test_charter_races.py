"""Many at once over HTTP: each thing is done once, and nobody's word is lost. On both engines."""

import asyncio

import pytest

from mdm.journal import latest_entries
from mdm.store import Database
from profiles.charter import vote_store
from tests.api.chamber import ADD_LIRE, NO_CAMERA, Chamber, tag_of
from tests.charter.committee import EVERYBODY

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"


@pytest.fixture
def database(any_database: Database) -> Database:
    """Each engine in turn."""
    return any_database


async def test_of_many_changes_of_one_version_exactly_one_is_done(chamber: Chamber) -> None:
    proposal_id = await chamber.drafted()
    path = f"/proposals/{proposal_id}"
    tag = tag_of(await chamber.ask("teacher-1", "GET", path))
    replies = await asyncio.gather(
        *(chamber.ask("teacher-1", "PUT", path, {**ADD_LIRE, "title": f"Lire {n}"}, tag=tag) for n in range(6))
    )
    assert sorted(one.status for one in replies) == [200] + [412] * 5
    assert {one.code for one in replies if one.status == 412} == {"stale"}
    done = next(one for one in replies if one.status == 200)
    now = await chamber.ask("teacher-1", "GET", path)
    assert (now.json, tag_of(now)) == (done.json, tag_of(done))


async def test_a_draft_that_is_sent_twice_is_made_once(chamber: Chamber) -> None:
    replies = await asyncio.gather(
        *(chamber.ask("teacher-1", "POST", "/proposals", ADD_LIRE, key=KEY) for _ in range(3))
    )
    replies.append(await chamber.ask("teacher-1", "POST", "/proposals", ADD_LIRE, key=KEY))
    made = [one for one in replies if one.status == 201]
    assert len({one.json["proposal"]["proposal_id"] for one in made}) == 1
    assert {one.code for one in replies if one.status != 201} <= {"idempotency_in_flight"}
    assert made[-1].headers["Idempotency-Replayed"] == "true"
    other = await chamber.ask("teacher-1", "POST", "/proposals", NO_CAMERA, key=KEY)
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    listed = (await chamber.ask("teacher-1", "GET", "/proposals")).json
    assert [one["title"] for one in listed["items"]] == ["Ajouter Lire"]


async def test_everybody_votes_at_once_and_each_seat_counts_once(chamber: Chamber, database: Database) -> None:
    proposal_id = await chamber.opened()
    await chamber.say(proposal_id, "yes", *EVERYBODY, *EVERYBODY, *EVERYBODY)
    tally = await chamber.done("secretary", "POST", f"/proposals/{proposal_id}/vote/close")
    assert tally["adopted"]
    assert {one["body"]: one["yes"] for one in tally["bodies"]} == {
        "authority": 1, "dsden": 1, "teachers": 3, "parents": 1,
    }  # fmt: skip
    ballots = await database.read(lambda conn: vote_store.ballots_of(conn, proposal_id, 1))
    assert [one.seat_id for one in ballots] == sorted(EVERYBODY)


async def test_two_who_open_close_and_publish_at_once_do_it_once(chamber: Chamber, database: Database) -> None:
    proposal_id = await chamber.examined()
    vote = f"/proposals/{proposal_id}/vote"

    async def at_once(method: str, path: str, body: object = None) -> list[tuple[int, str]]:
        replies = await asyncio.gather(*(chamber.ask("secretary", method, path, body) for _ in range(4)))
        return sorted((one.status, "" if one.status < 300 else one.code) for one in replies)

    assert await at_once("POST", vote, {}) == [(201, ""), *[(409, "not_ready_for_vote")] * 3]
    await chamber.say(proposal_id, "yes", *EVERYBODY)
    assert await at_once("POST", f"{vote}/close") == [(200, ""), *[(409, "vote_not_open")] * 3]
    assert await at_once("POST", "/editions") == [(201, ""), *[(409, "nothing_to_publish")] * 3]
    kinds = [one.kind for one in await database.read(lambda conn: latest_entries(conn, limit=60))]
    once = ("proposal_vote_open", "proposal_adopted", "edition_published")
    assert {kind: kinds.count(kind) for kind in once} == dict.fromkeys(once, 1)
    assert (await chamber.committee.charter.editions.verify()).editions == 2


async def test_an_edition_that_is_asked_for_twice_with_one_key_is_made_once(chamber: Chamber) -> None:
    await chamber.adopted()
    replies = await asyncio.gather(*(chamber.ask("secretary", "POST", "/editions", key=KEY) for _ in range(3)))
    replies.append(await chamber.ask("secretary", "POST", "/editions", key=KEY))
    assert {one.status for one in replies} <= {201, 409}
    assert len({one.body for one in replies if one.status == 201}) == 1
    assert {one.code for one in replies if one.status == 409} <= {"idempotency_in_flight"}
    assert replies[-1].headers["Idempotency-Replayed"] == "true"


async def test_a_ballot_and_the_closing_at_once_leave_a_decision_that_verifies(chamber: Chamber) -> None:
    proposal_id = await chamber.opened()
    deciding = [one for one in EVERYBODY if one != "parent"]
    await chamber.say(proposal_id, "yes", *deciding)
    vote = f"/proposals/{proposal_id}/vote"
    replies = await asyncio.gather(
        chamber.ask("secretary", "POST", f"{vote}/close"),
        *(chamber.ask("parent", "PUT", f"{vote}/ballot", {"choice": choice}) for choice in ("yes", "no", "abstain")),
    )
    assert replies[0].status == 200
    counted = sum(
        one["yes"] + one["no"] + one["abstain"] for one in replies[0].json["bodies"] if one["body"] == "parents"
    )
    taken = [one for one in replies[1:] if one.status == 200]
    assert counted == (1 if taken else 0)
    assert {one.code for one in replies[1:] if one.status != 200} <= {"vote_not_open"}
    await chamber.done("secretary", "POST", "/editions")
    assert (await chamber.committee.charter.editions.verify()).editions == 2


async def test_of_many_secretaries_at_one_meeting_each_change_is_one_revision(chamber: Chamber) -> None:
    wanted = {"kind": "room", "title": "Comité", "begins_at": "2026-09-08T14:00:00Z", "place": "Mairie"}
    made = await chamber.ask("secretary", "POST", "/meetings", wanted)
    path = f"/meetings/{made.json['meeting_id']}"
    tag = tag_of(made)
    replies = await asyncio.gather(
        *(chamber.ask("secretary", "PATCH", path, {"title": f"Comité {n}"}, tag=tag) for n in range(4)),
        *(chamber.ask("secretary", "PUT", f"{path}/notes", {"text": f"Note {n}"}, tag=tag) for n in range(4)),
        chamber.ask("secretary", "POST", f"{path}/opening", tag=tag),
    )
    assert sorted(one.status for one in replies) == [200] + [412] * 8
    assert {one.code for one in replies if one.status == 412} == {"stale"}
    done = next(one for one in replies if one.status == 200)
    assert (await chamber.ask("parent", "GET", path)).json == done.json


async def test_two_who_confirm_one_appointment_seat_one_person_once(chamber: Chamber) -> None:
    wanted = {"seat": "mayor-2", "body": "authority", "label": "Maire", "holder": "newcomer"}
    made = await chamber.done("secretary", "POST", "/seats", wanted)
    path = f"/appointments/{made['holding_id']}"
    replies = await asyncio.gather(
        *(chamber.ask("mayor", "POST", f"{path}/confirmation") for _ in range(3)),
        *(chamber.ask("mayor", "POST", f"{path}/refusal") for _ in range(3)),
    )
    assert sorted(one.status for one in replies) == [200] + [409] * 5
    assert {one.code for one in replies if one.status == 409} == {"holding_decided"}


async def test_one_withdrawal_with_one_key_is_one_edition_and_one_ratification(chamber: Chamber) -> None:
    await chamber.agreed()
    wanted = {
        "withdrawn": {"path": ["apps"], "match": {"bundle_id": "fr.lire"}},
        "title": "Retrait : Lire",
        "reason": "L'éditeur a changé de mains.",
    }
    replies = await asyncio.gather(
        *(chamber.ask("inspector", "POST", "/withdrawals", wanted, key=KEY) for _ in range(3)),
        *(chamber.ask("mayor", "POST", "/withdrawals", wanted) for _ in range(2)),
    )
    done = {one.body for one in replies if one.status == 201}
    assert len(done) == 1
    codes = {one.code for one in replies if one.status != 201}
    assert codes <= {"idempotency_in_flight", "proposal_malformed"}
    assert await chamber.apps() == []
    assert (await chamber.committee.charter.editions.verify()).editions == 3
