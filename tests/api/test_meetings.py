"""Meetings over HTTP: called, moved, opened, attended, noted and closed, by the secretariat alone."""

from datetime import timedelta
from typing import Any

import pytest

from mdm.clock import ManualClock
from tests.api.chamber import NO_CAMERA, Chamber, tag_of
from tests.api.conftest import Reply
from webui.roles import Role

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
NOWHERE = "0" * 32
WANTED = {"kind": "room", "title": "Comité", "begins_at": "2026-09-08T16:00:00+02:00", "place": "Mairie de Tosse"}


async def called(chamber: Chamber, **changed: Any) -> Reply:
    """A meeting that was called."""
    reply = await chamber.ask("secretary", "POST", "/meetings", {**WANTED, **changed})
    assert reply.status == 201, reply.body
    return reply


def path_of(reply: Reply) -> str:
    """Where a meeting is."""
    return f"/meetings/{reply.json['meeting_id']}"


async def test_a_meeting_from_its_call_to_its_closing(chamber: Chamber, clock: ManualClock) -> None:
    proposal_id = await chamber.submitted()
    made = await called(chamber, agenda=[{"title": "Ouverture"}, {"proposal_id": proposal_id}])
    path = path_of(made)
    assert made.headers["Location"] == f"/api/v1{path}"
    assert (made.json["begins_at"], made.json["state"]) == ("2026-09-08T14:00:00Z", "called")
    assert [(one["position"], one["title"]) for one in made.json["items"]] == [(1, "Ouverture"), (2, "Ajouter Lire")]
    assert made.json["items"][1]["proposal"]["state"] == "submitted"
    shown = await chamber.ask("parent", "GET", path)
    assert (shown.json, tag_of(shown)) == (made.json, tag_of(made))

    moved = await chamber.ask("secretary", "PATCH", path, {"begins_at": "2026-09-09T08:00:00Z"}, tag=tag_of(made))
    assert (moved.json["begins_at"], moved.json["title"]) == ("2026-09-09T08:00:00Z", "Comité")
    opened = await chamber.ask("secretary", "POST", f"{path}/opening", tag=tag_of(moved))
    assert (opened.status, opened.json["opened_at"]) == (200, "2026-09-01T08:00:00Z")
    here = {"seats": {"mayor": "holder", "inspector": "deputy", "parent": "excused"}}
    attended = await chamber.ask("secretary", "PUT", f"{path}/attendance", here, tag=tag_of(opened))
    present = {one["body"]: (one["present"], one["quorum_reached"]) for one in attended.json["bodies"]}
    assert present == {
        "authority": (1, True), "dsden": (1, True), "teachers": (0, False), "parents": (0, True),
    }  # fmt: skip
    noted = await chamber.ask("secretary", "PUT", f"{path}/notes", {"text": "Débat.", "item": 2}, tag=tag_of(attended))
    whole = await chamber.ask("secretary", "PUT", f"{path}/notes", {"text": "Fin à 19 h."}, tag=tag_of(noted))
    clock.advance(timedelta(hours=2))
    closed = await chamber.ask("secretary", "POST", f"{path}/closing", tag=tag_of(whole))
    assert (closed.json["state"], closed.json["closed_at"]) == ("closed", "2026-09-01T10:00:00Z")
    assert (closed.json["items"][1]["notes"], closed.json["notes"]) == ("Débat.", "Fin à 19 h.")
    for method, end, body in CHANGES:
        reply = await chamber.ask("secretary", method, path + end, body, tag=tag_of(closed))
        assert (reply.status, reply.code) == (409, "meeting_closed"), end


CHANGES: list[tuple[str, str, Any]] = [
    ("PATCH", "", {"title": "Autre"}),
    ("PUT", "/agenda", {"agenda": []}),
    ("PUT", "/attendance", {"seats": {"mayor": "holder"}}),
    ("PUT", "/notes", {"text": "x"}),
    ("POST", "/opening", None),
    ("POST", "/closing", None),
]


@pytest.mark.parametrize(("method", "end", "body"), CHANGES)
async def test_each_change_names_the_version_that_was_read(chamber: Chamber, method: str, end: str, body: Any) -> None:
    made = await called(chamber)
    path = path_of(made)
    for tag, status, code in ((None, 428, "precondition_needed"), ("*", 428, "precondition_needed"),
                              ('"r0"', 412, "stale"), ("nonsense", 400, "header_wrong")):  # fmt: skip
        reply = await chamber.ask("secretary", method, path + end, body, tag=tag)
        assert (reply.status, reply.code) == (status, code), tag
    if end == "/closing":
        made = await chamber.ask("secretary", "POST", f"{path}/opening", tag=tag_of(made))
    done = await chamber.ask("secretary", method, path + end, body, tag=tag_of(made))
    assert done.status == 200
    assert tag_of(done) != tag_of(made)
    stale = await chamber.ask("secretary", method, path + end, body, tag=tag_of(made))
    assert stale.code == ("meeting_closed" if end == "/closing" else "stale")


@pytest.mark.parametrize(("method", "end", "body"), CHANGES)
async def test_only_the_secretariat_keeps_meetings_and_no_program_does(
    chamber: Chamber, method: str, end: str, body: Any
) -> None:
    made = await called(chamber)
    path = path_of(made) + end
    for login in ("mayor", "inspector", "teacher-1", "parent", "evaluator", "tim", "anne"):
        assert (await chamber.ask(login, method, path, body, tag=tag_of(made))).code == "not_allowed", login
    headers = {"If-Match": tag_of(made)}
    program = await chamber.api.ask(method, path, role=Role.MANAGER, json=body, headers=headers)
    assert (program.status, program.code) == (403, "person_needed")
    assert (await chamber.ask("parent", "GET", path_of(made))).json == made.json


async def test_a_meeting_that_is_called_twice_with_one_key_is_one(chamber: Chamber) -> None:
    first = await chamber.ask("secretary", "POST", "/meetings", WANTED, key=KEY)
    again = await chamber.ask("secretary", "POST", "/meetings", WANTED, key=KEY)
    assert (again.body, again.headers["Idempotency-Replayed"]) == (first.body, "true")
    assert tag_of(again) == tag_of(first)
    assert len((await chamber.done("parent", "GET", "/meetings"))["items"]) == 1
    program = await chamber.api.ask("POST", "/meetings", role=Role.MANAGER, json=WANTED)
    assert program.code == "person_needed"
    for login in ("mayor", "tim", "anne"):
        assert (await chamber.ask(login, "POST", "/meetings", WANTED)).code == "not_allowed"


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"title": " "}, 422, "meeting_malformed"),
        ({"title": "a\u202eb"}, 422, "words_refused"),
        ({"place": ""}, 422, "meeting_malformed"),
        ({"kind": "party"}, 422, "body_wrong"),
        ({"begins_at": "2026-08-31T08:00:00Z"}, 422, "meeting_malformed"),
        ({"begins_at": "9999-12-31T23:59:59-12:00"}, 422, "meeting_malformed"),
        ({"begins_at": "0001-01-01T00:00:00+14:00"}, 422, "meeting_malformed"),
        ({"begins_at": "2026-09-08T16:00:00"}, 422, "body_wrong"),
        ({"begins_at": 1}, 422, "body_wrong"),
        ({"agenda": [{}]}, 422, "meeting_malformed"),
        ({"agenda": [{"proposal_id": NOWHERE}]}, 404, "proposal_unknown"),
        ({"agenda": [{"proposal_id": "x"}]}, 422, "body_wrong"),
        ({"agenda": [{"title": "x"}] * 201}, 422, "body_wrong"),
    ],
)
async def test_what_is_no_invitation_is_told_why(chamber: Chamber, changed: Any, status: int, code: str) -> None:
    reply = await chamber.ask("secretary", "POST", "/meetings", {**WANTED, **changed})
    assert (reply.status, reply.code) == (status, code), reply.json
    assert (await chamber.done("parent", "GET", "/meetings"))["items"] == []


async def test_a_draft_is_not_for_an_agenda_and_nothing_is_there_twice(chamber: Chamber) -> None:
    draft, proposal_id = await chamber.drafted(), await chamber.submitted(NO_CAMERA)
    made = await called(chamber)
    path = f"{path_of(made)}/agenda"
    early = await chamber.ask("secretary", "PUT", path, {"agenda": [{"proposal_id": draft}]}, tag=tag_of(made))
    assert (early.status, early.code) == (409, "not_for_agenda")
    assert "brouillon" in early.json["detail"]
    twice = {"agenda": [{"proposal_id": proposal_id}, {"proposal_id": proposal_id}]}
    reply = await chamber.ask("secretary", "PUT", path, twice, tag=tag_of(made))
    assert (reply.status, reply.code) == (422, "meeting_malformed")


async def test_what_was_withdrawn_urgently_comes_onto_the_agenda_by_itself(chamber: Chamber) -> None:
    await chamber.agreed()
    made = await called(chamber)
    wanted = {
        "withdrawn": {"path": ["apps"], "match": {"bundle_id": "fr.lire"}},
        "title": "Retrait : Lire",
        "reason": "L'éditeur a changé de mains.",
    }
    done = await chamber.done("inspector", "POST", "/withdrawals", wanted)
    shown = await chamber.ask("parent", "GET", path_of(made))
    assert [one["proposal"]["proposal_id"] for one in shown.json["items"]] == [done["ratification_id"]]
    stale = await chamber.ask("secretary", "PUT", f"{path_of(made)}/agenda", {"agenda": []}, tag=tag_of(made))
    assert stale.code == "stale"
    kept = await chamber.ask("secretary", "PUT", f"{path_of(made)}/agenda", {"agenda": []}, tag=tag_of(shown))
    assert [one["title"] for one in kept.json["items"]] == ["Retrait : Lire"]


@pytest.mark.parametrize(
    ("end", "body", "status", "code"),
    [
        ("/attendance", {"seats": {"no-such-seat": "holder"}}, 404, "seat_unknown"),
        ("/attendance", {"seats": {"mayor": "asleep"}}, 422, "body_wrong"),
        ("/notes", {"text": "x", "item": 9}, 404, "agenda_item_unknown"),
        ("/notes", {"text": "x", "item": 0}, 422, "body_wrong"),
        ("/notes", {"text": "a\u202eb"}, 422, "words_refused"),
        ("/notes", {"text": "x" * 20_001}, 422, "body_wrong"),
    ],
)
async def test_what_is_noted_is_about_who_and_what_is_there(
    chamber: Chamber, end: str, body: Any, status: int, code: str
) -> None:
    made = await called(chamber)
    reply = await chamber.ask("secretary", "PUT", path_of(made) + end, body, tag=tag_of(made))
    assert (reply.status, reply.code) == (status, code), reply.json


async def test_a_meeting_is_opened_once_and_closed_while_it_is_open(chamber: Chamber) -> None:
    made = await called(chamber)
    path = path_of(made)
    early = await chamber.ask("secretary", "POST", f"{path}/closing", tag=tag_of(made), language="en")
    assert (early.status, early.json["detail"]) == (409, "This meeting is not open.")
    opened = await chamber.ask("secretary", "POST", f"{path}/opening", tag=tag_of(made))
    again = await chamber.ask("secretary", "POST", f"{path}/opening", tag=tag_of(opened))
    assert (again.status, again.code) == (409, "meeting_not_called")
    moved = await chamber.ask("secretary", "PATCH", path, {"title": "x"}, tag=tag_of(opened))
    assert (moved.status, moved.code) == (409, "meeting_not_called")


async def test_meetings_are_listed_by_state_and_in_parts(chamber: Chamber) -> None:
    made = [await called(chamber, title=f"Comité {day}", begins_at=f"2026-09-1{day}T08:00:00Z") for day in range(3)]
    await chamber.ask("secretary", "POST", f"{path_of(made[0])}/opening", tag=tag_of(made[0]))
    first = (await chamber.ask("parent", "GET", "/meetings?limit=2")).json
    assert [one["title"] for one in first["items"]] == ["Comité 2", "Comité 1"]
    rest = (await chamber.ask("parent", "GET", f"/meetings?limit=2&cursor={first['next']}")).json
    assert ([one["title"] for one in rest["items"]], rest["next"]) == (["Comité 0"], None)
    held = (await chamber.ask("parent", "GET", "/meetings?state=held")).json
    assert [one["title"] for one in held["items"]] == ["Comité 0"]
    assert (await chamber.ask("parent", "GET", "/meetings?state=lost")).code == "parameter_wrong"


async def test_an_unknown_meeting_is_told(chamber: Chamber) -> None:
    path = f"/meetings/{NOWHERE}"
    assert (await chamber.ask("parent", "GET", path)).code == "meeting_unknown"
    for method, end, body in CHANGES:
        reply = await chamber.ask("secretary", method, path + end, body, tag='"r1"')
        assert (reply.status, reply.code) == (404, "meeting_unknown"), end
