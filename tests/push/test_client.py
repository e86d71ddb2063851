"""Each of Apple's answers is understood, and a connection that ends is opened again."""

import asyncio
from pathlib import Path

import pytest

from mdm.simulator.apns import PushAuthority, PushServer, Scripted
from push.client import ApnsClient, client_context
from push.outcome import AddressDead, CertificateRefused, Delivered, Outcome, Refused, RetryLater
from tests.push.conftest import TOPIC

TOKEN = b"t" * 32


async def test_a_push_carries_the_magic_and_what_apple_asks_for(client: ApnsClient, apns: PushServer) -> None:
    assert await client.send(TOKEN, "M4G1C") == Delivered()
    (push,) = apns.received
    assert push.payload == {"mdm": "M4G1C"}
    assert (push.token, push.topic, push.headers["apns-push-type"]) == (TOKEN, TOPIC, "mdm")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Scripted(status=400, reason="BadDeviceToken"), AddressDead("BadDeviceToken")),
        (Scripted(status=410, reason="Unregistered"), AddressDead("Unregistered")),
        (Scripted(status=403, reason="BadCertificate"), CertificateRefused("BadCertificate")),
        (Scripted(status=400, reason="TopicDisallowed"), CertificateRefused("TopicDisallowed")),
        (Scripted(status=413, reason="PayloadTooLarge"), Refused(413, "PayloadTooLarge")),
        (
            Scripted(status=429, reason="TooManyRequests", headers=(("retry-after", "7"),)),
            RetryLater("TooManyRequests", after=7.0),
        ),
        (
            Scripted(status=429, headers=(("retry-after", "9"),)),
            RetryLater("TooManyRequests", after=9.0, everybody=True),
        ),
        (Scripted(status=500, reason="InternalServerError"), RetryLater("InternalServerError", everybody=True)),
        (Scripted(status=503, reason="ServiceUnavailable"), RetryLater("ServiceUnavailable", everybody=True)),
        (Scripted(act="break"), RetryLater("connection_lost")),
        (Scripted(act="goaway"), RetryLater("goaway")),
    ],
)
async def test_each_answer_is_understood(
    client: ApnsClient, apns: PushServer, answer: Scripted, outcome: Outcome
) -> None:
    apns.script(TOKEN, [answer])
    assert await client.send(TOKEN, "m") == outcome
    assert await client.send(TOKEN, "m") == Delivered()


async def test_many_pushes_share_one_connection(client: ApnsClient, apns: PushServer) -> None:
    outcomes = await asyncio.gather(*[client.send(number.to_bytes(32, "big"), "m") for number in range(2000)])
    assert set(outcomes) == {Delivered()}
    assert apns.connections == 1
    assert len(apns.received) == 2000


async def test_the_services_limit_of_streams_is_kept(push_authority: PushAuthority, ca_file: Path) -> None:
    server = PushServer(push_authority, concurrent_streams=3, anybody=True)
    await server.start()
    context = client_context(*push_authority.push_certificate(TOPIC), ca_file)
    client = ApnsClient("localhost", server.port, context, TOPIC)
    outcomes = await asyncio.gather(*[client.send(number.to_bytes(32, "big"), "m") for number in range(50)])
    assert set(outcomes) == {Delivered()}
    client.close()
    await server.stop()


async def test_after_goaway_the_others_of_the_connection_go_out_again(client: ApnsClient, apns: PushServer) -> None:
    tokens = [number.to_bytes(32, "big") for number in range(20)]
    apns.script(tokens[5], [Scripted(act="goaway")])
    first = await asyncio.gather(*[client.send(token, "m") for token in tokens])
    again = [token for token, outcome in zip(tokens, first, strict=True) if outcome != Delivered()]
    assert tokens[5] in again
    assert set(await asyncio.gather(*[client.send(token, "m") for token in again])) == {Delivered()}
    assert apns.connections == 2


async def test_a_service_that_is_not_there_asks_for_patience(push_authority: PushAuthority, ca_file: Path) -> None:
    context = client_context(*push_authority.push_certificate(TOPIC), ca_file)
    client = ApnsClient("localhost", 9, context, TOPIC)
    assert await client.send(TOKEN, "m") == RetryLater("unreachable", everybody=True)


async def test_a_service_whose_certificate_is_not_apples_gets_no_push(
    apns: PushServer, push_authority: PushAuthority, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(PushAuthority.create().root_pem())
    context = client_context(*push_authority.push_certificate(TOPIC), other)
    outcome = await ApnsClient("localhost", apns.port, context, TOPIC).send(TOKEN, "m")
    assert isinstance(outcome, RetryLater)
    assert apns.received == []


async def test_a_certificate_of_another_authority_is_refused(apns: PushServer, ca_file: Path) -> None:
    context = client_context(*PushAuthority.create().push_certificate(TOPIC), ca_file)
    client = ApnsClient("localhost", apns.port, context, TOPIC)
    assert not isinstance(await client.send(TOKEN, "m"), Delivered)
    assert apns.received == []
