"""SCEP's operations through the service: who gets a certificate, who does not, and what is repeated."""

import asyncio
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from enrollment.authority.certificate_store import certificate_of_serial, revoke
from enrollment.authority.certificates import serial_hex
from enrollment.scep.errors import NotScep
from enrollment.scep.service import ScepService
from mdm.clock import ManualClock
from mdm.fleet.kit import Kit

SUCCESS, FAILURE, PENDING = "0", "2", "3"
BAD_ALG, BAD_CHECK, BAD_REQUEST, BAD_TIME, BAD_CERT_ID = "0", "1", "2", "3", "4"


async def enrolled(room, kit, tablet) -> x509.Certificate:
    answer = tablet.read(await room.scep.operate(tablet.first_request(await room.challenge(kit))))
    assert answer.status == SUCCESS
    tablet.identity = answer.certificate
    return answer.certificate


async def refusal(room, tablet, message: bytes) -> str:
    answer = tablet.read(await room.scep.operate(message))
    assert answer.status == FAILURE
    return answer.fail


async def test_a_challenge_gives_an_identity_for_its_slot(room, kit: Kit, tablet) -> None:
    certificate = await enrolled(room, kit, tablet)
    assert certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "Cassiopée 01"
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert certificate.public_key() == tablet.key.public_key()
    identity = room.authority.identify(certificate.public_bytes(Encoding.DER))
    claim = await room.database.read(lambda conn: room.claims.claim_of(conn, identity.serial))
    assert (claim.kit_id, claim.slot_number) == (kit.kit_id, 1)


async def test_the_answer_repeats_transaction_and_nonce(room, kit: Kit, tablet) -> None:
    answer = tablet.read(await room.scep.operate(tablet.first_request(await room.challenge(kit), transaction="T-77")))
    assert (answer.transaction_id, answer.recipient_nonce) == ("T-77", tablet.nonce)
    assert len(answer.sender_nonce) == 16
    assert answer.sender_nonce != tablet.nonce


@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha512"])
@pytest.mark.parametrize("cipher", ["aes128", "aes256", "des3"])
async def test_the_tablets_algorithms_are_answered_in_kind(room, kit: Kit, tablet, digest: str, cipher: str) -> None:
    message = tablet.first_request(await room.challenge(kit), cipher=cipher, digest=digest)
    answer = tablet.read(await room.scep.operate(message))
    assert (answer.status, answer.digest) == (SUCCESS, digest)


async def test_a_wrong_challenge_gets_nothing(room, kit: Kit, tablet) -> None:
    await room.challenge(kit)
    assert await refusal(room, tablet, tablet.first_request("f" * 64)) == BAD_REQUEST
    assert await refusal(room, tablet, tablet.first_request("")) == BAD_REQUEST
    assert await refusal(room, tablet, tablet.first_request(None)) == BAD_REQUEST


async def test_a_used_challenge_gets_nothing(room, kit: Kit, tablet, another_key, clock) -> None:
    challenge = await room.challenge(kit)
    await room.scep.operate(tablet.first_request(challenge))
    other = type(tablet)(room.authority, clock, another_key)
    assert await refusal(room, other, other.first_request(challenge, transaction="OTHER")) == BAD_REQUEST


async def test_a_challenge_lapses_after_a_quarter_of_an_hour(room, kit: Kit, tablet, clock: ManualClock) -> None:
    challenge = await room.challenge(kit)
    clock.advance(timedelta(minutes=15))
    assert await refusal(room, tablet, tablet.first_request(challenge)) == BAD_REQUEST


async def test_a_challenge_of_a_revoked_ticket_gets_nothing(room, kit: Kit, tablet) -> None:
    challenge = await room.challenge(kit)
    shown = await room.codes.shown(kit.kit_id)
    await room.codes.revoke(shown.ticket_id, actor="account:test")
    assert await refusal(room, tablet, tablet.first_request(challenge)) == BAD_REQUEST


async def test_the_same_request_gets_the_same_certificate(room, kit: Kit, tablet) -> None:
    message = tablet.first_request(await room.challenge(kit))
    answers = [tablet.read(await room.scep.operate(message)) for _ in range(3)]
    assert len({answer.certificate for answer in answers}) == 1


async def test_a_request_sent_twice_at_once_gets_one_certificate(room, kit: Kit, tablet) -> None:
    message = tablet.first_request(await room.challenge(kit))
    replies = await asyncio.gather(*(room.scep.operate(message) for _ in range(5)))
    assert len({tablet.read(reply).certificate for reply in replies}) == 1
    stored = await room.database.read(lambda conn: conn.all("SELECT 1 FROM certificate WHERE purpose = 'identity'"))
    assert len(stored) == 1


async def test_two_servers_give_one_certificate_for_one_challenge(room, kit: Kit, tablet, clock) -> None:
    other = ScepService(room.database, room.authority, room.journal, clock)
    message = tablet.first_request(await room.challenge(kit))
    replies = await asyncio.gather(room.scep.operate(message), other.operate(message))
    assert len({tablet.read(reply).certificate for reply in replies}) == 1


async def test_another_request_under_an_answered_transaction_is_refused(room, kit: Kit, tablet) -> None:
    await enrolled(room, kit, tablet)
    assert await refusal(room, tablet, tablet.first_request(await room.challenge(kit))) == BAD_REQUEST


async def test_a_request_signed_with_another_key_is_refused(room, kit: Kit, tablet, another_key) -> None:
    inner = tablet.envelope(tablet.csr(await room.challenge(kit), key=another_key))
    assert await refusal(room, tablet, tablet.message(inner)) == BAD_CHECK


async def test_a_renewal_keeps_the_slot_and_is_known_as_such(room, kit: Kit, tablet, another_key, clock) -> None:
    old = await enrolled(room, kit, tablet)
    clock.advance(timedelta(days=300))
    reply = await room.scep.operate(tablet.renewal(another_key))
    new = tablet.read(reply, signer=old).certificate
    assert new.public_key() == another_key.public_key()
    assert new.subject == old.subject
    assert new.not_valid_after_utc > old.not_valid_after_utc
    serial, digest = serial_hex(new), old.fingerprint(hashes.SHA256()).hex()
    claims = room.claims
    before, claim, renews = await room.database.read(
        lambda conn: (
            claims.claim_of(conn, serial_hex(old)),
            claims.claim_of(conn, serial),
            claims.renews(conn, serial, digest),
        )
    )
    assert claim == before
    assert renews
    assert not await room.database.read(lambda conn: claims.renews(conn, serial_hex(old), digest))


async def test_a_renewal_repeated_gets_the_same_certificate_and_changed_is_refused(
    room, kit: Kit, tablet, another_key
) -> None:
    old = await enrolled(room, kit, tablet)
    message = tablet.renewal(another_key)
    first, second = [tablet.read(await room.scep.operate(message), signer=old) for _ in range(2)]
    assert first.certificate == second.certificate
    assert await refusal(room, tablet, tablet.renewal(tablet.key)) == BAD_REQUEST


async def test_renewals_with_the_same_key_work_year_after_year(room, kit: Kit, tablet, clock: ManualClock) -> None:
    seen = {serial_hex(await enrolled(room, kit, tablet))}
    for _ in range(3):
        clock.advance(timedelta(days=330))
        reply = await room.scep.operate(tablet.renewal(tablet.key, transaction="A1B2"))
        tablet.identity = tablet.read(reply, signer=tablet.identity).certificate
        seen.add(serial_hex(tablet.identity))
    assert len(seen) == 4


async def test_an_expired_identity_renews_nothing(room, kit: Kit, tablet, another_key, clock: ManualClock) -> None:
    await enrolled(room, kit, tablet)
    clock.advance(timedelta(days=366))
    assert await refusal(room, tablet, tablet.renewal(another_key)) == BAD_REQUEST


async def test_a_revoked_identity_renews_nothing(room, kit: Kit, tablet, another_key, clock) -> None:
    serial = serial_hex(await enrolled(room, kit, tablet))
    await room.database.write(
        lambda conn: revoke(conn, room.journal, serial, "key_compromise", actor="account:test", now=clock.ms())
    )
    assert await refusal(room, tablet, tablet.renewal(another_key)) == BAD_CERT_ID
    assert await room.database.read(lambda conn: room.claims.claim_of(conn, serial)) is None


async def test_a_renewal_signed_by_a_stranger_is_refused(room, kit: Kit, tablet, another_key) -> None:
    await enrolled(room, kit, tablet)
    assert await refusal(room, tablet, tablet.renewal(another_key, signer=tablet.temporary)) == BAD_REQUEST


async def test_our_own_server_certificate_renews_nothing(room, kit: Kit, tablet, another_key) -> None:
    own = room.authority.issue_signing(tablet.key.public_key())
    assert await refusal(room, tablet, tablet.renewal(another_key, signer=own)) == BAD_REQUEST


async def test_a_profile_that_renews_links_the_new_identity_to_the_old(
    room, kit: Kit, tablet, another_key, clock
) -> None:
    old = await enrolled(room, kit, tablet)
    made = await room.database.write(lambda conn: room.reservations.renew(conn, serial_hex(old)))
    again = type(tablet)(room.authority, clock, another_key)
    answer = again.read(await room.scep.operate(again.first_request(made.challenge, transaction="NEW")))
    stored = await room.database.read(lambda conn: certificate_of_serial(conn, serial_hex(answer.certificate)))
    assert stored.renews == serial_hex(old)
    digest = old.fingerprint(hashes.SHA256()).hex()
    assert await room.database.read(lambda conn: room.claims.renews(conn, serial_hex(answer.certificate), digest))


async def test_a_slow_server_asks_the_tablet_to_poll(room, kit: Kit, tablet, clock) -> None:
    slow = ScepService(room.database, room.authority, room.journal, clock, patience=0)
    message = tablet.first_request(await room.challenge(kit))
    assert tablet.read(await slow.operate(message)).status == PENDING
    answer = await _polled(slow, tablet, tablet.poll())
    assert answer.certificate.public_key() == tablet.key.public_key()
    assert tablet.read(await room.scep.operate(message)).certificate == answer.certificate


async def _polled(service, tablet, poll: bytes):
    for _ in range(200):
        answer = tablet.read(await service.operate(poll))
        if answer.status != PENDING:
            return answer
        await asyncio.sleep(0.01)
    raise AssertionError("still pending")


async def test_nobody_polls_for_anothers_certificate(room, kit: Kit, tablet, another_key, clock) -> None:
    await enrolled(room, kit, tablet)
    stranger = type(tablet)(room.authority, clock, another_key)
    assert await refusal(room, stranger, stranger.poll()) == BAD_CERT_ID
    assert await refusal(room, stranger, stranger.poll(transaction="NOTHING")) == BAD_CERT_ID


async def test_a_clock_that_is_days_off_is_bad_time(room, kit: Kit, tablet, clock: ManualClock) -> None:
    challenge = await room.challenge(kit)
    for days in (-2, 2):
        at = clock.now() + timedelta(days=days)
        assert await refusal(room, tablet, tablet.first_request(challenge, at=at)) == BAD_TIME


@pytest.mark.parametrize("kind", ["3", "21", "22", "99", "x"])
async def test_other_messages_are_refused(room, kit: Kit, tablet, kind: str) -> None:
    assert await refusal(room, tablet, tablet.first_request("c", kind=kind)) == BAD_REQUEST


async def test_weak_algorithms_are_refused_as_such(room, kit: Kit, tablet) -> None:
    challenge = await room.challenge(kit)
    assert await refusal(room, tablet, tablet.first_request(challenge, cipher="des-cbc")) == BAD_ALG
    assert await refusal(room, tablet, tablet.first_request(challenge, cipher="rc2-128")) == BAD_ALG
    assert await refusal(room, tablet, tablet.first_request(challenge, digest="md5")) == BAD_ALG
    assert await refusal(room, tablet, tablet.first_request(challenge, digest="sha224")) == BAD_ALG


async def test_a_short_key_is_refused_as_weak(room, kit: Kit, tablet, clock) -> None:
    short = type(tablet)(room.authority, clock, rsa.generate_private_key(public_exponent=65537, key_size=1024))
    assert await refusal(room, short, short.first_request(await room.challenge(kit))) == BAD_ALG


async def test_a_request_for_an_ec_key_is_refused_as_bad_algorithm(room, kit: Kit, tablet) -> None:
    inner = tablet.csr(await room.challenge(kit), key=ec.generate_private_key(ec.SECP256R1()))
    assert await refusal(room, tablet, tablet.message(tablet.envelope(inner))) == BAD_ALG


async def test_a_changed_message_is_a_bad_message_check(room, kit: Kit, tablet) -> None:
    message = tablet.first_request(await room.challenge(kit))
    content = tablet.envelope(tablet.csr("x"))
    changed = tablet.message(content, key=(await asyncio.to_thread(rsa.generate_private_key, 65537, 2048)))
    assert await refusal(room, tablet, changed) == BAD_CHECK
    assert tablet.read(await room.scep.operate(message)).status == SUCCESS


async def test_what_cannot_be_decrypted_is_a_bad_message_check(room, kit: Kit, tablet) -> None:
    for content in (b"", b"hello", tablet.envelope(b"no request"), tablet.envelope(tablet.csr("x"))[:-40]):
        assert await refusal(room, tablet, tablet.message(content)) == BAD_CHECK


@pytest.mark.parametrize("oid", ["2.16.840.1.113733.1.9.5", "2.16.840.1.113733.1.9.7"])
async def test_without_nonce_or_transaction_there_is_nobody_to_answer(room, kit: Kit, tablet, oid: str) -> None:
    with pytest.raises(NotScep):
        await room.scep.operate(tablet.first_request("c", without=oid))


async def test_nonces_and_transactions_of_a_wrong_size_are_not_answered(room, kit: Kit, tablet) -> None:
    with pytest.raises(NotScep):
        await room.scep.operate(tablet.first_request("c", nonce=b"short"))
    with pytest.raises(NotScep):
        await room.scep.operate(tablet.first_request("c", transaction="9" * 200))


async def test_the_journal_tells_who_got_an_identity_and_stays_intact(room, kit: Kit, tablet) -> None:
    certificate = await enrolled(room, kit, tablet)
    rows = await room.database.read(lambda conn: conn.all("SELECT * FROM journal WHERE kind = 'identity_issued'"))
    assert [row["subject"] for row in rows] == [f"certificate:{serial_hex(certificate)}"]
    assert rows[0]["actor"].startswith("ticket:")
