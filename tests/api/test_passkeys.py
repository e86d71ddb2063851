"""Passkeys over HTTP: registered by their own holders, with which ballots are signed and nothing else."""

import json
from datetime import timedelta
from typing import Any

import pytest

from mdm.clock import ManualClock
from mdm.store import Connection
from profiles.charter.ballot import Passkey, Statement, encode
from tests.api.chamber import NO_CAMERA, Chamber
from tests.api.conftest import MakeChamber
from tests.charter.authenticator import Authenticator
from tests.charter.committee import EVERYBODY, convention_with
from tests.charter.test_passkeys import answer_to
from tests.webui.conftest import PASSWORD
from webui.passwords import Passwords
from webui.roles import Role

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
NEXT_KEY = "8e03978e-40d5-43dd-bc93-6894a57f9325"


async def answered(chamber: Chamber, login: str, device: Authenticator, **how: Any) -> dict[str, Any]:
    """What a browser sends when it made a passkey."""
    options = await chamber.done(login, "POST", "/me/passkey-options")
    given = {"origin": chamber.party.origins[0], **how}
    return {"answer": json.loads(answer_to(json.dumps(options).encode(), device, **given)), "label": "téléphone"}


async def registered(chamber: Chamber, login: str) -> Authenticator:
    """A passkey that this person registered."""
    device = Authenticator()
    await chamber.done(login, "POST", "/me/passkeys", await answered(chamber, login, device))
    return device


async def give_password(chamber: Chamber, login: str, password: str) -> None:
    """Give somebody a password, with which the sessions go on."""
    hashed = await Passwords().hash(password)

    def work(conn: Connection) -> None:
        conn.run("UPDATE account SET password_hash = :hash WHERE login = :login", hash=hashed, login=login)

    await chamber.database.write(work)


async def signed(chamber: Chamber, login: str, proposal_id: str, device: Authenticator, **how: Any) -> dict[str, Any]:
    """What a browser sends to vote: the statement's challenge, signed."""
    told = await chamber.done(login, "POST", f"/proposals/{proposal_id}/vote/statement", {"choice": "yes"})
    fields = {name: value for name, value in told["statement"].items() if name != "format"}
    statement = Statement(**fields)
    assert told["options"]["challenge"] == encode(statement.digest)
    evidence = device.ballot(statement, chamber.party, **how).evidence
    assert isinstance(evidence, Passkey)
    answer = {
        "id": evidence.credential,
        "rawId": evidence.credential,
        "type": "public-key",
        "authenticatorAttachment": "platform",
        "clientExtensionResults": {},
        "response": {
            "authenticatorData": evidence.authenticator_data,
            "clientDataJSON": evidence.client_data,
            "signature": evidence.signature,
            "userHandle": None,
        },
    }
    return {"choice": "yes", "assertion": answer}


async def test_a_ballot_is_signed_with_ones_own_passkey_and_verifies_afterwards(chamber: Chamber) -> None:
    device = await registered(chamber, "mayor")
    (shown,) = await chamber.done("mayor", "GET", "/me/passkeys")
    assert (shown["credential_id"], shown["label"]) == (encode(device.credential), "téléphone")
    assert shown["fingerprint"] == device.fingerprint
    proposal_id = await chamber.opened()
    path = f"/proposals/{proposal_id}/vote/ballot"
    ballot = await signed(chamber, "mayor", proposal_id, device)
    receipt = await chamber.done("mayor", "PUT", path, ballot)
    assert (receipt["signed_by"], receipt["seat"]) == ("passkey", "mayor")
    assert await chamber.done("mayor", "PUT", path, ballot) == receipt
    await chamber.say(proposal_id, "yes", *(one for one in EVERYBODY if one != "mayor"))
    await chamber.done("secretary", "POST", f"/proposals/{proposal_id}/vote/close")
    await chamber.done("secretary", "POST", "/editions")
    verdict = await chamber.committee.charter.editions.verify()
    assert (verdict.by_passkey, verdict.by_server) == (1, len(EVERYBODY) - 1)


async def test_the_options_are_those_that_a_browser_takes(chamber: Chamber) -> None:
    options = await chamber.done("mayor", "POST", "/me/passkey-options")
    assert options["rp"] == {"name": chamber.site.services.settings.enrollment.organization, "id": "localhost"}
    assert options["user"]["name"] == "mayor"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert {one["alg"] for one in options["pubKeyCredParams"]} == {-7, -8, -257}
    proposal_id = await chamber.opened()
    path = f"/proposals/{proposal_id}/vote/statement"
    assert (await chamber.done("mayor", "POST", path, {"choice": "yes"}))["options"] is None
    device = await registered(chamber, "mayor")
    asked = (await chamber.done("mayor", "POST", path, {"choice": "yes"}))["options"]
    assert (asked["rpId"], asked["userVerification"]) == ("localhost", "required")
    assert asked["allowCredentials"] == [{"id": encode(device.credential), "type": "public-key"}]
    known = await chamber.done("mayor", "POST", "/me/passkey-options")
    assert [one["id"] for one in known["excludeCredentials"]] == [encode(device.credential)]


async def test_who_has_a_passkey_votes_with_it(chamber: Chamber) -> None:
    device = await registered(chamber, "mayor")
    proposal_id = await chamber.opened()
    reply = await chamber.ask("mayor", "PUT", f"/proposals/{proposal_id}/vote/ballot", {"choice": "yes"}, language="en")
    assert (reply.status, reply.code) == (422, "passkey_needed")
    assert reply.json["hint"] == "Vote from the page of the proposal, on the device that has your passkey."
    other = await chamber.ask(
        "inspector", "PUT", f"/proposals/{proposal_id}/vote/ballot", await signed(chamber, "mayor", proposal_id, device)
    )
    assert (other.status, other.code) == (422, "passkey_unknown")


async def test_a_convention_may_take_passkeys_alone(make_chamber: MakeChamber) -> None:
    chamber = await make_chamber(convention_with(setting={"needs": [{"body": "dsden"}], "passkey_only": True}))
    proposal_id = await chamber.opened(NO_CAMERA)
    path = f"/proposals/{proposal_id}/vote/ballot"
    assert (await chamber.ask("inspector", "PUT", path, {"choice": "yes"})).code == "passkey_needed"
    device = await registered(chamber, "inspector")
    ballot = await signed(chamber, "inspector", proposal_id, device)
    assert (await chamber.ask("inspector", "PUT", path, ballot)).status == 200


@pytest.mark.parametrize(
    "how",
    [
        {"flags": 0x01},
        {"party_id": "other.example"},
        {"client": {"origin": "https://other.example"}},
        {"client": {"type": "webauthn.create"}},
        {"client": {"challenge": "AAAA"}},
        {"client": {"crossOrigin": True}},
    ],
)
async def test_what_was_signed_elsewhere_or_for_something_else_is_refused(chamber: Chamber, how: Any) -> None:
    device = await registered(chamber, "mayor")
    proposal_id = await chamber.opened()
    ballot = await signed(chamber, "mayor", proposal_id, device, **how)
    reply = await chamber.ask("mayor", "PUT", f"/proposals/{proposal_id}/vote/ballot", ballot)
    assert (reply.status, reply.code) == (422, "ballot_refused")
    other = {**await signed(chamber, "mayor", proposal_id, device), "choice": "no"}
    assert (await chamber.ask("mayor", "PUT", f"/proposals/{proposal_id}/vote/ballot", other)).code == "ballot_refused"


async def test_a_revoked_passkey_signs_no_more(chamber: Chamber) -> None:
    device = await registered(chamber, "mayor")
    proposal_id = await chamber.opened()
    ballot = await signed(chamber, "mayor", proposal_id, device)
    path = f"/me/passkeys/{encode(device.credential)}"
    stranger = await chamber.ask("inspector", "DELETE", path)
    assert (stranger.status, stranger.code) == (422, "passkey_unknown")
    assert (await chamber.ask("mayor", "DELETE", path)).status == 204
    assert await chamber.done("mayor", "GET", "/me/passkeys") == []
    assert (await chamber.ask("mayor", "DELETE", path)).code == "passkey_unknown"
    refused = await chamber.ask("mayor", "PUT", f"/proposals/{proposal_id}/vote/ballot", ballot)
    assert refused.code == "passkey_unknown"


async def test_a_registration_whose_answer_was_lost_is_told_again(chamber: Chamber) -> None:
    device = Authenticator()
    body = await answered(chamber, "mayor", device)
    first = await chamber.ask("mayor", "POST", "/me/passkeys", body, key=KEY)
    again = await chamber.ask("mayor", "POST", "/me/passkeys", body, key=KEY)
    assert (first.status, again.body, again.headers["Idempotency-Replayed"]) == (201, first.body, "true")
    twice = await chamber.ask("mayor", "POST", "/me/passkeys", body, key=NEXT_KEY)
    assert (twice.status, twice.code) == (422, "passkey_refused")
    same = await chamber.ask("mayor", "POST", "/me/passkeys", await answered(chamber, "mayor", device))
    assert (same.status, same.code) == (422, "passkey_refused")
    assert len(await chamber.done("mayor", "GET", "/me/passkeys")) == 1


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"origin": "https://other.example"}, "it was made on another site"),
        ({"flags": 0x41}, "the passkey did not check who holds it"),
        ({"flags": 0x05}, "what was answered is no passkey that serves here"),
    ],
)
async def test_what_is_not_registered_says_why(chamber: Chamber, how: Any, reason: str) -> None:
    body = await answered(chamber, "mayor", Authenticator(), **how)
    reply = await chamber.ask("mayor", "POST", "/me/passkeys", body, language="en")
    assert (reply.status, reply.json["detail"]) == (422, f"The passkey could not be registered: {reason}.")
    french = await chamber.ask("mayor", "POST", "/me/passkeys", body, language="fr")
    assert (french.status, french.json["detail"]) == (
        422,
        "La clé d'accès n'a pas pu être enregistrée : cela a pris trop de temps, ou la réponse a déjà été donnée.",
    )


async def test_a_registration_is_answered_in_time_and_by_the_same_person(chamber: Chamber, clock: ManualClock) -> None:
    body = await answered(chamber, "mayor", Authenticator())
    assert (await chamber.ask("inspector", "POST", "/me/passkeys", body)).code == "passkey_refused"
    clock.advance(timedelta(minutes=11))
    assert (await chamber.ask("mayor", "POST", "/me/passkeys", body)).code == "passkey_refused"
    assert await chamber.done("mayor", "GET", "/me/passkeys") == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "body_wrong"),
        ({"answer": []}, "body_wrong"),
        ({"answer": {}}, "passkey_refused"),
        ({"answer": {"response": {"clientDataJSON": "é"}}}, "passkey_refused"),
        ({"answer": {"response": {"clientDataJSON": "e30"}}}, "passkey_refused"),
        ({"answer": {}, "label": "x" * 61}, "body_wrong"),
        ({"answer": {}, "label": "abc\u202e"}, "words_refused"),
        ({"answer": {}, "login": "mayor"}, "body_wrong"),
    ],
)
async def test_nonsense_registers_nothing(chamber: Chamber, body: Any, code: str) -> None:
    reply = await chamber.ask("mayor", "POST", "/me/passkeys", body)
    assert (reply.status, reply.code) == (422, code)


async def test_a_program_has_no_passkeys(chamber: Chamber) -> None:
    for method, path, body in (
        ("GET", "/me/passkeys", None),
        ("POST", "/me/passkey-options", None),
        ("POST", "/me/passkeys", {"answer": {}}),
        ("DELETE", "/me/passkeys/AAAA", None),
    ):
        reply = await chamber.api.ask(method, path, role=Role.MEMBER, json=body)
        assert (reply.status, reply.code) == (403, "person_needed"), path
        for login in ("tim", "anne"):
            refused = await chamber.ask(login, method, path, body)
            assert (refused.status, refused.code) == (403, "not_allowed"), (login, path)


async def test_how_one_signs_in_is_changed_by_whoever_proved_a_short_while_ago_who_it_is(
    chamber: Chamber, clock: ManualClock
) -> None:
    device = await registered(chamber, "mayor")
    own = f"/me/passkeys/{encode(device.credential)}"
    body = await answered(chamber, "mayor", Authenticator())
    clock.advance(timedelta(minutes=31))
    for method, path, sent in (
        ("POST", "/me/passkey-options", None),
        ("POST", "/me/passkeys", body),
        ("DELETE", own, None),
    ):
        reply = await chamber.ask("mayor", method, path, sent, language="en")
        assert (reply.status, reply.code) == (403, "prove_first"), path
        assert reply.json["hint"] == "Use your passkey or your password again, then repeat."
    assert [one["credential_id"] for one in await chamber.done("mayor", "GET", "/me/passkeys")] == [
        encode(device.credential)
    ]

    await give_password(chamber, "mayor", PASSWORD)
    for wrong, code in (
        ({"password": "wrong wrong wrong"}, "sign_in_refused"),
        ({"code": "123456"}, "code_refused"),
        ({"password": PASSWORD, "code": "123456"}, "body_wrong"),
        ({}, "body_wrong"),
    ):
        assert (await chamber.ask("mayor", "POST", "/me/confirmation", wrong)).code == code
        assert (await chamber.ask("mayor", "DELETE", own)).code == "prove_first"
    program = await chamber.api.ask("POST", "/me/confirmation", role=Role.MEMBER, json={"password": PASSWORD})
    assert (program.status, program.code) == (403, "person_needed")

    await chamber.done("mayor", "POST", "/me/confirmation", {"password": PASSWORD})
    await chamber.done("mayor", "POST", "/me/passkeys", await answered(chamber, "mayor", Authenticator()))
    await chamber.done("mayor", "DELETE", own)


async def test_passwords_of_a_confirmation_are_slowed_down_by_the_session(chamber: Chamber) -> None:
    await give_password(chamber, "mayor", PASSWORD)
    said = [await chamber.ask("mayor", "POST", "/me/confirmation", {"password": "wrong wrong"}) for _ in range(11)]
    assert [one.status for one in said] == [403] * 10 + [429]
    assert said[-1].headers["Retry-After"] == "60"


async def test_nobody_takes_the_last_way_in_from_oneself(chamber: Chamber) -> None:
    device = await registered(chamber, "mayor")
    await chamber.database.write(lambda conn: conn.run("UPDATE account SET password_hash = '' WHERE login = 'mayor'"))
    own = f"/me/passkeys/{encode(device.credential)}"
    assert (await chamber.ask("mayor", "DELETE", own)).code == "nothing_left"
    await give_password(chamber, "mayor", PASSWORD)
    await chamber.done("mayor", "DELETE", own)
