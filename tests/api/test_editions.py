"""Editions over HTTP: read by everybody, published by a person, followed by kits, and urgent withdrawals."""

from datetime import timedelta
from typing import Any

import pytest

from mdm.clock import ManualClock
from mdm.store import Connection, Database
from tests.api.chamber import NO_CAMERA, Chamber
from tests.api.conftest import Api, MakeChamber
from tests.charter.agreeing_in_store import ONE_BODY
from tests.charter.committee import EVERYBODY
from webui.roles import Role

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
WITHDRAWAL = {
    "withdrawn": {"path": ["apps"], "match": {"bundle_id": "fr.lire", "package": "fr.lire.android"}},
    "title": "Retrait : Lire",
    "reason": "L'éditeur a changé de mains.",
}


async def test_everybody_reads_the_charter_and_its_editions(chamber: Chamber) -> None:
    made = await chamber.agreed()
    for login in ("parent", "tim", "anne", "evaluator"):
        charter = await chamber.done(login, "GET", "/charter")
        assert (charter["territory"], charter["number"], charter["newest"]) == ("MACS", 2, made["edition_id"])
        assert charter["current"] == made["edition_id"]
        assert charter["convention"]["name"] == "Convention d'essai"
    listed = await chamber.done("parent", "GET", "/editions")
    assert [(one["number"], one["decisions"], one["current"]) for one in listed["items"]] == [
        (2, 1, True),
        (1, 0, False),
    ]
    for reference in ("2", "head", made["edition_id"], made["edition_id"][:12]):
        shown = await chamber.done("parent", "GET", f"/editions/{reference}")
        assert (shown["edition_id"], shown["previous"]) == (made["edition_id"], listed["items"][1]["edition_id"])
    first = await chamber.ask("parent", "GET", "/editions?limit=1")
    rest = await chamber.ask("parent", "GET", f"/editions?limit=1&cursor={first.json['next']}")
    assert ([one["number"] for one in rest.json["items"]], rest.json["next"]) == ([1], None)


async def test_without_a_charter_every_answer_says_how_to_found_one(api: Api) -> None:
    for path in ("/charter", "/editions/head"):
        reply = await api.ask("GET", path, role=Role.PARENT)
        assert (reply.status, reply.code) == (409, "no_charter")
        assert "valise charter found" in reply.json["hint"]
    assert (await api.ask("GET", "/editions")).json == {"items": [], "next": None}
    assert (await api.ask("GET", "/seats")).json == []


@pytest.mark.parametrize("reference", ["9", "f" * 64, "abcd", "999999999"])
async def test_an_unknown_edition_is_told(chamber: Chamber, reference: str) -> None:
    for method, end, body in (("GET", "", None), ("GET", "/gaps", None), ("PUT", "/followers", {})):
        reply = await chamber.ask("tim", method, f"/editions/{reference}{end}", body)
        assert (reply.status, reply.code) == (404, "edition_unknown"), end


@pytest.mark.parametrize("reference", ["0x2", "-1", "HEAD", "abc", "latest", "2.0"])
async def test_what_names_no_edition_is_no_address(chamber: Chamber, reference: str) -> None:
    assert (await chamber.ask("tim", "GET", f"/editions/{reference}")).code == "path_unknown"


async def test_an_edition_is_published_by_a_manager_who_signed_in(chamber: Chamber) -> None:
    await chamber.adopted()
    for login in ("mayor", "inspector", "teacher-1", "parent", "tim", "anne", "evaluator"):
        reply = await chamber.ask(login, "POST", "/editions")
        assert (reply.status, reply.code) == (403, "not_allowed"), login
    program = await chamber.api.ask("POST", "/editions", role=Role.MANAGER)
    assert (program.status, program.code) == (403, "person_needed")
    made = await chamber.ask("secretary", "POST", "/editions", key=KEY)
    again = await chamber.ask("secretary", "POST", "/editions", key=KEY)
    assert (made.status, again.body, again.headers["Idempotency-Replayed"]) == (201, made.body, "true")
    assert made.headers["Location"] == again.headers["Location"] == "/api/v1/editions/2"
    nothing = await chamber.ask("secretary", "POST", "/editions", language="en")
    assert (nothing.status, nothing.json["detail"]) == (409, "No adopted proposal waits for an edition.")


async def test_what_tablets_will_not_obey_is_told_in_the_readers_language(chamber: Chamber) -> None:
    await chamber.agreed(NO_CAMERA)
    french = await chamber.ask("mayor", "GET", "/editions/head/gaps", language="fr")
    english = await chamber.ask("mayor", "GET", "/editions/head/gaps", language="en")
    assert [one["variant"] for one in french.json] == [""]
    assert len(french.json[0]["android"]) == len(english.json[0]["android"])
    assert french.json[0]["android"] == [] or french.json != english.json


async def test_kits_follow_what_is_new_or_was_just_before(chamber: Chamber) -> None:
    tablet = await chamber.site.join(1)
    await chamber.agreed()
    await chamber.agreed(NO_CAMERA)
    await chamber.agreed({**NO_CAMERA, "title": "Avec appareil photo", "changes": camera(None)})
    kit = {"kit_id": chamber.site.kit_id}
    newest = (await chamber.targets())[tablet]
    assert (await chamber.done("tim", "PUT", "/editions/3/followers", kit))["edition_id"]
    before = (await chamber.targets())[tablet]
    assert None is not before != newest
    old = await chamber.ask("tim", "PUT", "/editions/2/followers", kit)
    assert (old.status, old.code) == (409, "edition_too_old")
    assert (await chamber.targets())[tablet] == before
    await chamber.done("tim", "PUT", "/editions/4/followers", {"uai": "0400377T"})
    assert (await chamber.targets())[tablet] == before
    await chamber.done("tim", "PUT", "/editions/head/followers", kit)
    assert (await chamber.targets())[tablet] == newest


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"kit_id": "0" * 32}, 404, "kit_unknown"),
        ({"uai": "0409999Z"}, 404, "school_unknown"),
        ({"uai": "nowhere"}, 422, "body_wrong"),
        ({"kit_id": "0" * 32, "uai": "0400377T"}, 422, "body_wrong"),
        ({"tablet_id": "0" * 32}, 422, "body_wrong"),
    ],
)
async def test_nobody_follows_in_the_place_of_what_is_not_there(
    chamber: Chamber, body: Any, status: int, code: str
) -> None:
    reply = await chamber.ask("tim", "PUT", "/editions/head/followers", body)
    assert (reply.status, reply.code) == (status, code)


async def test_the_committee_does_not_pace_and_programs_of_a_technician_may(chamber: Chamber) -> None:
    await chamber.adopted()
    await chamber.done("secretary", "POST", "/editions")
    for login in ("secretary", "mayor", "inspector", "anne"):
        assert (await chamber.ask(login, "PUT", "/editions/head/followers", {})).code == "not_allowed"
    reply = await chamber.api.ask("PUT", "/editions/head/followers", role=Role.TECHNICIAN, json={})
    assert reply.status == 200
    assert await chamber.apps() == ["Lire"]


async def test_an_edition_that_was_edited_by_hand_is_not_shown(chamber: Chamber, database: Database) -> None:
    await chamber.adopted()
    made = await chamber.done("secretary", "POST", "/editions")

    def edit(conn: Connection) -> None:
        conn.run("UPDATE edition SET body = REPLACE(body, 'fr.lire', 'fr.rire') WHERE number = 2")

    await database.write(edit)
    reply = await chamber.ask("parent", "GET", f"/editions/{made['edition_id']}")
    assert (reply.status, reply.code) == (409, "edition_not_verified")
    assert (await chamber.ask("tim", "PUT", "/editions/2/followers", {})).code == "edition_not_verified"
    assert (await chamber.done("parent", "GET", "/charter"))["number"] == 1


@pytest.mark.parametrize("login", ["inspector", "mayor", "mayor-deputy"])
async def test_one_seat_of_the_dsden_or_the_authority_withdraws_at_once(chamber: Chamber, login: str) -> None:
    tablet = await chamber.site.join(1)
    await chamber.agreed()
    before = await chamber.targets()
    assert await chamber.apps() == ["Lire"]
    made = await chamber.ask(login, "POST", "/withdrawals", WITHDRAWAL)
    assert (made.status, made.json["ratify_by"]) == (201, "2026-10-01T08:00:00Z")
    assert made.headers["Location"] == f"/api/v1/proposals/{made.json['proposal_id']}"
    assert await chamber.apps() == []
    assert (await chamber.targets())[tablet] != before[tablet]
    shown = await chamber.done("parent", "GET", "/editions/head")
    assert shown["edition_id"] == made.json["edition_id"]
    assert shown["withdrawn"][0]["match"] == WITHDRAWAL["withdrawn"]["match"]  # type: ignore[index]
    # The kit follows edition 2 all the while: what the newest edition withdrew is gone from it too.
    assert (await chamber.done("parent", "GET", "/charter"))["current"] != made.json["edition_id"]
    ratification = await chamber.done("parent", "GET", f"/proposals/{made.json['ratification_id']}")
    assert (ratification["state"], ratification["proposal"]["kind"]) == ("examined", "ratification")
    assert ratification["proposal"]["title"] == "Retrait : Lire"
    register = (await chamber.done("parent", "GET", "/decisions"))["items"]
    (decided,) = [one for one in register if one["title"] == "Retrait : Lire"]
    assert (decided["adopted"], decided["edition_id"]) == (True, made.json["edition_id"])


async def test_what_is_not_ratified_comes_back_and_what_is_stays_away(chamber: Chamber, clock: ManualClock) -> None:
    await chamber.agreed()
    await chamber.done("inspector", "POST", "/withdrawals", WITHDRAWAL)
    clock.advance(timedelta(days=30))
    await chamber.committee.charter.moments.act()
    assert await chamber.apps() == ["Lire"]
    await chamber.sign_in_again()
    again = await chamber.done("mayor", "POST", "/withdrawals", WITHDRAWAL)
    assert await chamber.apps() == []
    vote = f"/proposals/{again['ratification_id']}/vote"
    await chamber.done("secretary", "POST", vote, {})
    await chamber.say(again["ratification_id"], "yes", *EVERYBODY)
    await chamber.done("secretary", "POST", f"{vote}/close")
    await chamber.done("secretary", "POST", "/editions")
    clock.advance(timedelta(days=400))
    await chamber.committee.charter.moments.act()
    assert await chamber.apps() == []
    assert (await chamber.committee.charter.editions.verify()).editions == 5


@pytest.mark.parametrize(
    ("login", "code"),
    [
        ("newcomer", "may_not_withdraw"),
        ("secretary", "may_not_withdraw"),
        ("teacher-1", "not_allowed"),
        ("parent", "not_allowed"),
        ("tim", "not_allowed"),
        ("anne", "not_allowed"),
    ],
)
async def test_nobody_else_withdraws_anything(chamber: Chamber, login: str, code: str) -> None:
    await chamber.agreed()
    reply = await chamber.ask(login, "POST", "/withdrawals", WITHDRAWAL)
    assert (reply.status, reply.code) == (403, code)
    assert await chamber.apps() == ["Lire"]


async def test_no_program_withdraws_anything(chamber: Chamber) -> None:
    await chamber.agreed()
    for role in (Role.DSDEN, Role.MEMBER, Role.MANAGER):
        reply = await chamber.api.ask("POST", "/withdrawals", role=role, json=WITHDRAWAL)
        assert (reply.status, reply.code) == (403, "person_needed")
    assert await chamber.apps() == ["Lire"]


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"withdrawn": {"path": ["apps"], "match": {"bundle_id": "fr.autre"}}}, 422, "proposal_malformed"),
        ({"withdrawn": {"path": ["apps"], "match": {}}}, 422, "proposal_malformed"),
        ({"withdrawn": {"path": ["apps"], "match": {"store_id": 7.5}}}, 422, "proposal_malformed"),
        ({"withdrawn": {"path": [], "match": "x"}}, 422, "proposal_malformed"),
        ({"withdrawn": {"path": ["web_filter", "blocked"], "match": "jeux.example"}}, 422, "proposal_malformed"),
        ({"withdrawn": {"path": ["restrictions", "camera"], "match": "x"}}, 422, "proposal_malformed"),
        ({"withdrawn": {"path": ["apps"]}}, 422, "body_wrong"),
        ({"title": "  "}, 422, "body_wrong"),
        ({"title": "    "}, 422, "proposal_malformed"),
        ({"reason": " \n "}, 422, "reasons_needed"),
        ({"reason": "abc\u202e"}, 422, "words_refused"),
        ({"seat": "mayor"}, 403, "may_not_withdraw"),
        ({"seat": "No Seat"}, 422, "body_wrong"),
        ({"at_once": True}, 422, "body_wrong"),
    ],
)
async def test_a_withdrawal_says_what_and_why(chamber: Chamber, changed: Any, status: int, code: str) -> None:
    await chamber.agreed()
    reply = await chamber.ask("inspector", "POST", "/withdrawals", {**WITHDRAWAL, **changed})
    assert (reply.status, reply.code) == (status, code), reply.json
    assert await chamber.apps() == ["Lire"]


async def test_a_convention_without_urgent_withdrawals_has_none(make_chamber: MakeChamber) -> None:
    chamber = await make_chamber(ONE_BODY)
    reply = await chamber.ask("inspector", "POST", "/withdrawals", WITHDRAWAL, language="en")
    assert (reply.status, reply.code) == (409, "no_such_rule")
    assert reply.json["hint"] == "Propose a change of the convention first."


def camera(value: Any) -> list[Any]:
    """A change of the camera's setting."""
    return [{"op": "set", "path": ["restrictions", "camera"], "value": value}]
