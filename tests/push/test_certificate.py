"""The push certificate: asked for, taken in, refused in words, and warned about in time."""

from datetime import timedelta

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from mdm.clock import ManualClock
from mdm.journal import Journal
from mdm.simulator.apns import PushAuthority
from mdm.store import Database
from mdm.vault import Vault
from push.certificate import PushCertificates, key_pem, status_of
from push.certificate_store import PushCertificate, PushTopics, current_certificate
from push.errors import CertificateExpired, CertificateUnreadable, NoMatchingRequest, NotForMdm, OtherTopic
from tests.push.conftest import TOPIC

VAULT = Vault(bytes(range(32)))


def certificates(database: Database, clock: ManualClock) -> PushCertificates:
    return PushCertificates(database, clock, VAULT, Journal(clock))


async def test_the_request_and_apples_answer_make_a_certificate_in_use(
    database: Database, clock: ManualClock, push_authority: PushAuthority
) -> None:
    room = certificates(database, clock)
    assert (await room.status()).level == "missing"
    csr = x509.load_pem_x509_csr(await room.request("MACS", "it@example.fr", actor="cli:test"))
    answer, _ = push_authority.push_certificate(TOPIC, public_key=csr.public_key())
    status = await room.import_certificate(answer, actor="cli:test")
    assert status.topic == TOPIC
    assert await database.read(PushTopics(clock).current_topic) == TOPIC
    stored = await database.read(current_certificate)
    assert stored is not None
    assert b"PRIVATE KEY" in key_pem(stored, VAULT)
    assert b"PRIVATE KEY" not in stored.sealed_key


async def test_a_certificate_that_nobody_asked_for_is_refused(
    database: Database, clock: ManualClock, push_authority: PushAuthority
) -> None:
    answer, key = push_authority.push_certificate(TOPIC)
    with pytest.raises(NoMatchingRequest):
        await certificates(database, clock).import_certificate(answer, actor="cli:test")
    other = push_authority.push_certificate(TOPIC)[1]
    with pytest.raises(NoMatchingRequest):
        await certificates(database, clock).import_certificate(answer, key=other, actor="cli:test")
    await certificates(database, clock).import_certificate(answer, key=key, actor="cli:test")


async def test_another_topic_is_refused_unless_it_is_wanted(
    database: Database, clock: ManualClock, push_authority: PushAuthority
) -> None:
    room = certificates(database, clock)
    first, first_key = push_authority.push_certificate(TOPIC)
    await room.import_certificate(first, key=first_key, actor="cli:test")
    clock.advance(timedelta(seconds=1))
    second, second_key = push_authority.push_certificate("com.apple.mgmt.External.other")
    with pytest.raises(OtherTopic):
        await room.import_certificate(second, key=second_key, actor="cli:test")
    status = await room.import_certificate(second, key=second_key, actor="cli:test", force=True)
    assert status.topic == "com.apple.mgmt.External.other"
    assert (await room.status()).topic == "com.apple.mgmt.External.other"


async def test_what_is_no_push_certificate_is_refused_in_words(
    database: Database, clock: ManualClock, push_authority: PushAuthority
) -> None:
    room = certificates(database, clock)
    with pytest.raises(CertificateUnreadable):
        await room.import_certificate(b"hello", actor="cli:test")
    with pytest.raises(NotForMdm):
        await room.import_certificate(push_authority.push_certificate("fr.app")[0], actor="cli:test")
    clock.advance(timedelta(days=3650))
    with pytest.raises(CertificateExpired):
        await room.import_certificate(push_authority.push_certificate(TOPIC)[0], actor="cli:test")


@given(st.integers(-100, 400), st.integers(0, 86_399_999))
def test_the_warnings_come_at_60_30_and_7_days(days: int, rest: int) -> None:
    day = 86_400_000
    certificate = PushCertificate(topic="t", certificate=b"", sealed_key=b"", not_after=10_000 * day, imported_at=0)
    level = status_of(certificate, 10_000 * day - days * day - rest).level
    if days < 0:
        expected = "expired" if days * day + rest <= 0 else "urgent"
    else:
        expected = "urgent" if days < 7 else "warning" if days < 30 else "notice" if days < 60 else "good"
        expected = "expired" if days * day + rest <= 0 else expected
    assert level == expected
