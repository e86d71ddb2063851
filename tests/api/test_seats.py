"""Seats over HTTP: one person proposes who sits, another who sits there confirms it."""

from datetime import timedelta
from typing import Any

import pytest

from mdm.clock import ManualClock
from mdm.journal import latest_entries
from mdm.store import Database
from tests.api.chamber import Chamber
from webui.roles import Role

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
NOWHERE = "f" * 32
WANTED = {"seat": "mayor-2", "body": "authority", "label": "Maire de Tosse", "holder": "newcomer"}


async def seats(chamber: Chamber) -> dict[str, tuple[str, str]]:
    """Who holds each seat, and how."""
    return {one["seat"]: (one["holder"], one["state"]) for one in await chamber.done("parent", "GET", "/seats")}


async def appointed(chamber: Chamber, **changed: Any) -> str:
    """The path of an appointment that waits."""
    made = await chamber.done("secretary", "POST", "/seats", {**WANTED, **changed})
    return f"/appointments/{made['holding_id']}"


async def test_an_appointment_holds_once_somebody_who_sits_there_confirmed_it(
    chamber: Chamber, database: Database
) -> None:
    made = await chamber.ask("secretary", "POST", "/seats", {**WANTED, "reference": "délibération 2026-09"})
    assert (made.status, made.headers["Location"], made.json["state"]) == (201, "/api/v1/seats", "proposed")
    assert (made.json["since"], made.json["proposed_by"]) == (None, "account:secretary")
    proposal_id = await chamber.opened()
    ballot = f"/proposals/{proposal_id}/vote/ballot"
    assert (await chamber.ask("newcomer", "PUT", ballot, {"choice": "yes"})).code == "no_seat"
    chamber.clock.advance(timedelta(minutes=1))
    done = await chamber.ask("mayor", "POST", f"/appointments/{made.json['holding_id']}/confirmation")
    assert (done.status, done.json["state"], done.json["confirmed_by"]) == (200, "confirmed", "account:mayor")
    assert (await seats(chamber))["mayor-2"] == ("newcomer", "confirmed")
    # Seats vote that were held when the vote was opened.
    assert (await chamber.ask("newcomer", "PUT", ballot, {"choice": "yes"})).code == "no_seat"
    chamber.clock.advance(timedelta(minutes=1))
    later = await chamber.opened()
    await chamber.say(later, "yes", "newcomer")
    kinds = [one.kind for one in await database.read(lambda conn: latest_entries(conn, subject="seat:mayor-2"))]
    assert kinds == ["seat_appointment_confirmed", "seat_appointment_proposed"]


@pytest.mark.parametrize(
    ("login", "reason"),
    [
        ("secretary", "you proposed it"),
        ("newcomer", "it concerns you"),
        ("evaluator", None),
        ("inspector", "the others of the same body decide it"),
        ("mayor-deputy", "you hold no seat that has a say in it"),
    ],
)
async def test_nobody_else_confirms_it(chamber: Chamber, login: str, reason: str | None) -> None:
    path = await appointed(chamber)
    reply = await chamber.ask(login, "POST", f"{path}/confirmation", language="en")
    if reason is None:
        assert (reply.status, reply.code) == (403, "not_allowed")
    else:
        assert (reply.status, reply.code) == (403, "may_not_confirm")
        assert reply.json["detail"] == f"You may not decide this appointment: {reason}."
        french = await chamber.ask(login, "POST", f"{path}/confirmation", language="fr")
        assert reason not in french.json["detail"]
    assert (await seats(chamber))["mayor-2"] == ("newcomer", "proposed")


async def test_neither_technician_nor_administrator_appoints_confirms_or_ends(chamber: Chamber) -> None:
    path = await appointed(chamber)
    before = await seats(chamber)
    for login in ("tim", "anne"):
        for end, body in (
            ("/seats", {**WANTED, "holder": login}),
            ("/seats/mayor/end", None),
            ("/seats/mayor/resignation", None),
            (f"{path}/confirmation", None),
            (f"{path}/refusal", None),
        ):
            reply = await chamber.ask(login, "POST", end, body)
            assert (reply.status, reply.code) == (403, "not_allowed"), (login, end)
    assert await seats(chamber) == before


async def test_no_program_sits_appoints_or_confirms(chamber: Chamber) -> None:
    path = await appointed(chamber)
    for role, end, body in (
        (Role.MANAGER, "/seats", WANTED),
        (Role.MANAGER, "/seats/mayor/end", None),
        (Role.MEMBER, f"{path}/confirmation", None),
        (Role.MEMBER, f"{path}/refusal", None),
        (Role.MEMBER, "/seats/mayor/resignation", None),
    ):
        reply = await chamber.api.ask("POST", end, role=role, json=body)
        assert (reply.status, reply.code) == (403, "person_needed"), end


async def test_an_appointment_is_decided_once(chamber: Chamber) -> None:
    path = await appointed(chamber)
    assert (await chamber.done("mayor", "POST", f"{path}/refusal"))["state"] == "refused"
    for end in ("confirmation", "refusal"):
        reply = await chamber.ask("mayor", "POST", f"{path}/{end}")
        assert (reply.status, reply.code) == (409, "holding_decided")
    assert "mayor-2" not in await seats(chamber)


@pytest.mark.parametrize("login", ["secretary", "newcomer"])
async def test_its_proposer_takes_it_back_and_whom_it_names_declines(chamber: Chamber, login: str) -> None:
    path = await appointed(chamber)
    assert (await chamber.done(login, "POST", f"{path}/refusal"))["state"] == "refused"


async def test_an_appointment_that_is_sent_twice_is_proposed_once(chamber: Chamber) -> None:
    first = await chamber.ask("secretary", "POST", "/seats", WANTED, key=KEY)
    again = await chamber.ask("secretary", "POST", "/seats", WANTED, key=KEY)
    assert (first.status, again.body, again.headers["Idempotency-Replayed"]) == (201, first.body, "true")
    other = await chamber.ask("secretary", "POST", "/seats", {**WANTED, "holder": "evaluator"}, key=KEY)
    assert (other.status, other.code) == (422, "idempotency_key_reused")


async def test_a_seat_passes_to_another_from_one_moment_on(chamber: Chamber) -> None:
    path = await appointed(chamber, seat="teacher-3", body="teachers", label="Enseignante")
    proposal_id = await chamber.opened()
    await chamber.say(proposal_id, "no", "teacher-3")
    chamber.clock.advance(timedelta(minutes=1))
    assert (await chamber.done("teacher-2", "POST", f"{path}/confirmation"))["holder"] == "newcomer"
    assert (await seats(chamber))["teacher-3"] == ("newcomer", "confirmed")
    ballot = f"/proposals/{proposal_id}/vote/ballot"
    assert (await chamber.ask("teacher-3", "PUT", ballot, {"choice": "yes"})).code == "no_seat"


async def test_a_seat_is_left_empty_by_two_or_given_up_by_its_holder(chamber: Chamber) -> None:
    made = await chamber.ask("secretary", "POST", "/seats/teacher-3/end", key=KEY)
    again = await chamber.ask("secretary", "POST", "/seats/teacher-3/end", key=KEY)
    assert (made.status, made.json["holder"], again.body) == (201, "", made.body)
    assert (
        await chamber.ask("secretary", "POST", f"/appointments/{made.json['holding_id']}/confirmation")
    ).status == 403
    await chamber.done("teacher-1", "POST", f"/appointments/{made.json['holding_id']}/confirmation")
    assert "teacher-3" not in await seats(chamber)
    for login in ("mayor", "teacher-1", "secretary"):
        reply = await chamber.ask(login, "POST", "/seats/teacher-2/resignation")
        assert (reply.status, reply.code) == (403, "not_your_seat")
    assert (await chamber.done("teacher-2", "POST", "/seats/teacher-2/resignation"))["state"] == "ended"
    assert "teacher-2" not in await seats(chamber)
    gone = await chamber.ask("teacher-2", "POST", "/seats/teacher-2/resignation")
    assert (gone.status, gone.code) == (404, "seat_unknown")


async def test_a_term_ends_by_itself(chamber: Chamber, clock: ManualClock) -> None:
    path = await appointed(chamber, term_ends_at="2026-09-03T00:00:00+02:00")
    shown = await chamber.done("mayor", "POST", f"{path}/confirmation")
    assert shown["term_ends_at"] == "2026-09-02T22:00:00Z"
    clock.advance(timedelta(minutes=1))
    proposal_id = await chamber.opened()
    clock.advance(timedelta(days=2))
    await chamber.sign_in_again()
    reply = await chamber.ask("newcomer", "PUT", f"/proposals/{proposal_id}/vote/ballot", {"choice": "yes"})
    assert (reply.status, reply.code) == (403, "no_seat")
    assert "mayor-2" not in await seats(chamber)


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"body": "pirates"}, 422, "body_unknown"),
        ({"body": "Authority!"}, 422, "body_wrong"),
        ({"seat": "Mayor 2"}, 422, "body_wrong"),
        ({"label": "  "}, 422, "seat_malformed"),
        ({"label": "a\u202eb"}, 422, "seat_malformed"),
        ({"holder": "nobody-here"}, 422, "no_account"),
        ({"deputy": "nobody-here"}, 422, "no_account"),
        ({"deputy": "newcomer"}, 422, "seat_malformed"),
        ({"term_ends_at": "2026-08-31T00:00:00Z"}, 422, "term_over"),
        ({"term_ends_at": "9999-12-31T23:59:59-12:00"}, 422, "seat_malformed"),
        ({"term_ends_at": "0001-01-01T00:00:00+14:00"}, 422, "seat_malformed"),
        ({"term_ends_at": "2030-01-01T00:00:00"}, 422, "body_wrong"),
        ({"state": "confirmed"}, 422, "body_wrong"),
    ],
)
async def test_an_appointment_names_a_body_a_person_and_a_term(
    chamber: Chamber, changed: Any, status: int, code: str
) -> None:
    reply = await chamber.ask("secretary", "POST", "/seats", {**WANTED, **changed})
    assert (reply.status, reply.code) == (status, code), reply.json
    assert "mayor-2" not in await seats(chamber)


async def test_what_is_not_there_is_told(chamber: Chamber) -> None:
    for end in ("confirmation", "refusal"):
        reply = await chamber.ask("mayor", "POST", f"/appointments/{NOWHERE}/{end}")
        assert (reply.status, reply.code) == (404, "holding_unknown")
    reply = await chamber.ask("secretary", "POST", "/seats/nobody-sits/end")
    assert (reply.status, reply.code) == (404, "seat_unknown")
    assert (await chamber.ask("secretary", "POST", "/seats/NOBODY/end")).code == "path_unknown"
