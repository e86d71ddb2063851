"""Passkeys: registered once, then each signs its holder's ballots and nothing else. On both engines."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import cbor2
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from mdm.clock import ManualClock
from mdm.journal import Journal, latest_entries
from mdm.settings import People, Settings
from mdm.store import Connection, Database
from mdm.vault import Vault
from profiles.charter.ballot import Passkey, RelyingParty, Statement, encode
from profiles.charter.charter import party_of
from profiles.charter.errors import BallotRefused
from profiles.charter.passkeys import Assertion
from profiles.charter.vote_errors import PasskeyNeeded, PasskeyRefused, PasskeyUnknown
from tests.charter.authenticator import PRESENT, VERIFIED, Authenticator
from tests.charter.committee import EVERYBODY, SETTING, Committee, convention_with

SETTINGS = msgspec.structs.replace(Settings(), people=People(url="https://valise.example"))
PARTY = party_of(SETTINGS)


@pytest.fixture
async def committee(any_database: Database, clock: ManualClock) -> Committee:
    made = Committee(any_database, clock, Journal(clock), Vault(bytes(range(32))), SETTINGS)
    await made.begin()
    return made


def answer_to(options: bytes, device: Authenticator, *, origin: str = PARTY.origins[0], flags: int = 0x45) -> bytes:
    """What a browser answers when it made a passkey (WebAuthn Level 3, sections 5.8.1 and 6.5)."""
    given = json.loads(options)
    client = {"type": "webauthn.create", "challenge": given["challenge"], "origin": origin, "crossOrigin": False}
    public = load_der_public_key(device.public_key)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    numbers = public.public_numbers()
    cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
    attested = bytes(16) + len(device.credential).to_bytes(2, "big") + device.credential + cbor2.dumps(cose)
    data = hashlib.sha256(given["rp"]["id"].encode()).digest() + bytes([flags]) + bytes(4) + attested
    identifier = encode(device.credential)
    return json.dumps(
        {
            "id": identifier,
            "rawId": identifier,
            "type": "public-key",
            "response": {
                "clientDataJSON": encode(json.dumps(client).encode()),
                "attestationObject": encode(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
            },
        }
    ).encode()


async def register(committee: Committee, login: str) -> Authenticator:
    device = Authenticator()
    options = await committee.charter.passkeys.begin(login)
    await committee.charter.passkeys.finish(login, answer_to(options, device), label="téléphone")
    return device


def assertion(device: Authenticator, statement: Statement, party: RelyingParty = PARTY, **how: Any) -> Assertion:
    signed = device.ballot(statement, party, **how).evidence
    assert isinstance(signed, Passkey)
    return Assertion(
        credential=signed.credential,
        authenticator_data=signed.authenticator_data,
        client_data=signed.client_data,
        signature=signed.signature,
    )


async def vote(committee: Committee, proposal_id: str, login: str, device: Authenticator, **how: Any) -> Any:
    statement = await committee.charter.casting.statement(proposal_id, login, "yes")
    return await committee.charter.casting.cast(
        proposal_id, login, "yes", assertion=assertion(device, statement, **how)
    )


async def test_a_ballot_signed_with_a_passkey_is_verified_by_everybody(committee: Committee) -> None:
    device = await register(committee, "mayor")
    proposal_id = await committee.opened()
    receipt = await vote(committee, proposal_id, "mayor", device)
    assert receipt.signed_by == "passkey"
    await committee.say(proposal_id, "yes", *(one for one in EVERYBODY if one != "mayor"))
    await committee.charter.votes.close(proposal_id, actor="test")
    await committee.publish()
    verdict = await committee.charter.editions.verify()
    assert (verdict.by_passkey, verdict.by_server) == (1, len(EVERYBODY) - 1)


async def test_who_has_a_passkey_votes_with_it(committee: Committee) -> None:
    await register(committee, "mayor")
    proposal_id = await committee.opened()
    with pytest.raises(PasskeyNeeded):
        await committee.say(proposal_id, "yes", "mayor")


async def test_a_convention_may_take_passkeys_alone(any_database: Database, clock: ManualClock) -> None:
    committee = Committee(any_database, clock, Journal(clock), Vault(bytes(range(32))), SETTINGS)
    await committee.begin(convention_with(setting={"needs": [{"body": "dsden"}], "passkey_only": True}))
    proposal_id = await committee.opened()
    with pytest.raises(PasskeyNeeded):
        await committee.say(proposal_id, "yes", "inspector")
    await vote(committee, proposal_id, "inspector", await register(committee, "inspector"))


async def test_a_passkey_signs_for_its_own_holder_alone(committee: Committee) -> None:
    device = await register(committee, "mayor")
    proposal_id = await committee.opened()
    with pytest.raises(PasskeyUnknown):
        await vote(committee, proposal_id, "inspector", device)
    with pytest.raises(PasskeyUnknown):
        await vote(committee, proposal_id, "mayor", Authenticator())


@pytest.mark.parametrize(
    "how",
    [
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"party_id": "other.example"},
        {"client": {"origin": "https://other.example"}},
        {"client": {"type": "webauthn.create"}},
        {"client": {"crossOrigin": True}},
        {"client": {"challenge": encode(bytes(32))}},
    ],
)
async def test_what_was_signed_elsewhere_or_for_something_else_is_refused(
    committee: Committee, how: dict[str, Any]
) -> None:
    device = await register(committee, "mayor")
    proposal_id = await committee.opened()
    with pytest.raises(BallotRefused):
        await vote(committee, proposal_id, "mayor", device, **how)


async def test_a_ballot_that_comes_again_because_its_answer_was_lost_is_kept_once(committee: Committee) -> None:
    device = await register(committee, "mayor")
    proposal_id = await committee.opened()
    casting = committee.charter.casting
    signed = assertion(device, await casting.statement(proposal_id, "mayor", "yes"))
    first = await casting.cast(proposal_id, "mayor", "yes", assertion=signed)
    assert await casting.cast(proposal_id, "mayor", "yes", assertion=signed) == first
    with pytest.raises(BallotRefused):
        await casting.cast(proposal_id, "mayor", "no", assertion=signed)
    entries = await committee.database.read(lambda conn: latest_entries(conn, limit=10))
    assert [one.kind for one in entries].count("ballot_cast") == 1


async def test_an_assertion_for_another_choice_is_refused(committee: Committee) -> None:
    device = await register(committee, "mayor")
    proposal_id = await committee.opened()
    statement = await committee.charter.casting.statement(proposal_id, "mayor", "no")
    with pytest.raises(BallotRefused):
        await committee.charter.casting.cast(proposal_id, "mayor", "yes", assertion=assertion(device, statement))


async def test_a_copied_passkey_is_noticed_by_its_count(committee: Committee) -> None:
    device = await register(committee, "mayor")
    first, second = await committee.opened(), await committee.opened(changes=[{**SETTING[0], "value": True}])
    await vote(committee, first, "mayor", device)
    device.uses = 0
    with pytest.raises(BallotRefused):
        await vote(committee, second, "mayor", device)


async def test_a_replaced_passkey_signs_no_more_and_its_earlier_ballots_stay(committee: Committee) -> None:
    device = await register(committee, "mayor")
    first = await committee.opened()
    await vote(committee, first, "mayor", device)
    passkeys = committee.charter.passkeys
    await passkeys.revoke("mayor", encode(device.credential), actor="account:mayor")
    second = await committee.opened(changes=[{**SETTING[0], "value": True}])
    with pytest.raises(PasskeyUnknown):
        await vote(committee, second, "mayor", device)
    await vote(committee, second, "mayor", await register(committee, "mayor"))
    await committee.say(first, "yes", *(one for one in EVERYBODY if one != "mayor"))
    await committee.charter.votes.close(first, actor="test")
    await committee.publish()
    assert (await committee.charter.editions.verify()).by_passkey == 1
    with pytest.raises(PasskeyUnknown):
        await passkeys.revoke("mayor", encode(device.credential), actor="account:mayor")


async def test_a_registration_is_answered_once_in_time_and_on_our_own_site(
    committee: Committee, clock: ManualClock
) -> None:
    passkeys, device = committee.charter.passkeys, Authenticator()
    options = await passkeys.begin("mayor")
    with pytest.raises(PasskeyRefused):
        await passkeys.finish("inspector", answer_to(options, device), label="")
    with pytest.raises(PasskeyRefused):
        await passkeys.finish("mayor", answer_to(options, device, origin="https://other.example"), label="")
    with pytest.raises(PasskeyRefused):
        await passkeys.finish("mayor", answer_to(options, device), label="")
    late = await passkeys.begin("mayor")
    clock.advance(timedelta(minutes=11))
    with pytest.raises(PasskeyRefused):
        await passkeys.finish("mayor", answer_to(late, device), label="")
    unverified = await passkeys.begin("mayor")
    with pytest.raises(PasskeyRefused):
        await passkeys.finish("mayor", answer_to(unverified, device, flags=0x41), label="")
    for nonsense in (b"", b"{}", b"[]", b'{"response": {"clientDataJSON": "*"}}', b"\xff"):
        with pytest.raises(PasskeyRefused):
            await passkeys.finish("mayor", nonsense, label="")
    assert await passkeys.list("mayor") == []


async def test_a_passkey_that_was_written_into_the_store_by_hand_is_not_one(committee: Committee) -> None:
    device = await register(committee, "mayor")

    def steal(conn: Connection) -> None:
        conn.run("UPDATE member_passkey SET login = 'inspector'")

    await committee.database.write(steal)
    proposal_id = await committee.opened()
    with pytest.raises(PasskeyUnknown):
        await vote(committee, proposal_id, "inspector", device)


async def test_what_is_journalled_names_no_key(committee: Committee) -> None:
    device = await register(committee, "mayor")
    entries = await committee.database.read(lambda conn: latest_entries(conn, limit=10))
    assert entries[0].kind == "passkey_registered"
    assert all(encode(device.credential) not in one.detail for one in entries)
