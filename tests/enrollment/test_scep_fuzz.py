"""Bytes from nowhere: SCEP answers with a refusal, never with an accident."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrollment.scep.envelope import open_envelope, seal_envelope
from enrollment.scep.errors import NotScep, ScepRefused
from enrollment.scep.message import open_message
from enrollment.scep.request import check_poll, read_request
from mdm.fleet.kit import Kit

QUIET = settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])


def mutated(data: st.DataObject, message: bytes) -> bytes:
    """Change, cut or double a few bytes."""
    changed = bytearray(message)
    for _ in range(data.draw(st.integers(0, 5))):
        place = data.draw(st.integers(0, max(0, len(changed) - 1)))
        match data.draw(st.sampled_from(["set", "flip", "insert", "drop"])):
            case "set":
                changed[place] = data.draw(st.integers(0, 255))
            case "flip":
                changed[place] ^= 1 << data.draw(st.integers(0, 7))
            case "insert":
                changed[place:place] = data.draw(st.binary(max_size=20))
            case "drop":
                del changed[place : place + data.draw(st.integers(1, 30))]
        if not changed:
            break
    return bytes(changed[: data.draw(st.one_of(st.none(), st.integers(0, len(changed))))])


@QUIET
@given(body=st.binary(max_size=600))
def test_random_bytes_are_no_message(authority, clock, body: bytes) -> None:
    with pytest.raises(NotScep):
        open_message(body, authority, clock.now())


@pytest.fixture
def sample(tablet) -> bytes:
    return tablet.first_request("c" * 64)


@pytest.fixture
def sample_envelope(tablet) -> bytes:
    return tablet.envelope(tablet.csr("c" * 64))


def refused_or_same(authority, clock, body: bytes) -> None:
    """A mutation is refused, in a way that can be answered or not at all, or it changed nothing that counts."""
    refusal: NotScep | ScepRefused
    try:
        message = open_message(body, authority, clock.now())
    except (NotScep, ScepRefused) as refused:
        refusal = refused
    else:
        assert message.request is not None
        assert message.request.challenge == "c" * 64
        return
    assert isinstance(refusal, NotScep) or refusal.address is not None


@QUIET
@given(data=st.data())
def test_a_mutated_message_is_refused_or_still_the_same(authority, clock, sample: bytes, data: st.DataObject) -> None:
    refused_or_same(authority, clock, mutated(data, sample))


@QUIET
@given(data=st.data())
def test_a_signed_message_with_mutated_content_is_refused(
    authority, clock, tablet, sample_envelope: bytes, data: st.DataObject
) -> None:
    refused_or_same(authority, clock, tablet.message(mutated(data, sample_envelope)))


@QUIET
@given(data=st.data())
def test_an_encrypted_mutated_request_is_refused(authority, clock, tablet, data: st.DataObject) -> None:
    inner = mutated(data, tablet.csr("c" * 64))
    try:
        message = open_message(tablet.message(tablet.envelope(inner)), authority, clock.now())
    except ScepRefused:
        return
    assert message.request is not None
    assert message.request.key == tablet.key.public_key()


@QUIET
@given(der=st.binary(max_size=300))
def test_the_inner_readers_refuse_random_bytes(authority, der: bytes) -> None:
    for read in (read_request, check_poll, lambda it: open_envelope(it, authority)):
        with pytest.raises(ScepRefused):
            read(der)


@QUIET
@given(plain=st.binary(max_size=2000), cipher=st.sampled_from(["aes128_cbc", "aes256_cbc", "tripledes_3key"]))
def test_what_is_sealed_opens(authority, plain: bytes, cipher: str) -> None:
    sealed = seal_envelope(plain, authority.issuing, cipher)
    assert open_envelope(sealed, authority) == (plain, cipher)


def test_deep_nesting_is_refused(authority, clock) -> None:
    for bomb in (
        b"\x30\x80" * 20_000,
        b"\xa0\x80" * 20_000,
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x82\xff\xff" + b"0" * 60_000,
    ):
        with pytest.raises(NotScep):
            open_message(bomb, authority, clock.now())


async def test_a_storm_of_mutations_leaves_no_trace_in_the_store(room, kit: Kit, tablet) -> None:
    message = tablet.first_request("c" * 64)
    bodies = [message[:place] + bytes([message[place] ^ 255]) + message[place + 1 :] for place in range(0, 900, 9)]

    async def send(body: bytes) -> str:
        try:
            return tablet.read(await room.scep.operate(body)).status
        except NotScep:
            return "none"

    assert set(await asyncio.gather(*(send(body) for body in bodies))) <= {"2", "none"}
    left = await room.database.read(
        lambda conn: conn.one("SELECT COUNT(*) AS n FROM certificate WHERE purpose = 'identity'")
    )
    assert left["n"] == 0
