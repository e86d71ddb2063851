"""The published list: complete, numbered, fresh."""

import asyncio
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from enrollment.authority.certificate_store import add_certificate, revoke
from enrollment.authority.certificates import serial_hex
from enrollment.authority.revocation import RevocationLists
from mdm.clock import ManualClock


async def issued(room, key, name: str = "Tablet") -> str:
    certificate = room.authority.issue_identity(key.public_key(), name)
    await room.database.write(lambda conn: add_certificate(conn, certificate, "identity"))
    return serial_hex(certificate)


async def withdraw(room, serial: str, reason: str = "cessation_of_operation") -> bool:
    return await room.database.write(
        lambda conn: revoke(conn, room.journal, serial, reason, actor="account:test", now=room.clock.ms())
    )


async def current(room) -> tuple[int, set[str]]:
    published = await room.lists.current()
    signed = x509.load_der_x509_crl(published.der)
    assert signed.is_signature_valid(room.authority.issuing.public_key())
    assert signed.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == published.number
    return published.number, {f"{one.serial_number:x}" for one in signed}


async def test_the_first_list_is_empty_and_stays_until_it_is_due(room, clock: ManualClock) -> None:
    assert await current(room) == (1, set())
    clock.advance(timedelta(days=5, hours=23))
    assert await current(room) == (1, set())
    clock.advance(timedelta(hours=2))
    assert await current(room) == (2, set())


async def test_a_revocation_is_in_the_next_list_at_once(room, another_key) -> None:
    serial = await issued(room, another_key)
    assert await current(room) == (1, set())
    assert await withdraw(room, serial)
    assert await current(room) == (2, {serial})
    assert not await withdraw(room, serial)
    assert await current(room) == (2, {serial})


async def test_a_revocation_before_any_list_is_not_lost(room, another_key) -> None:
    serial = await issued(room, another_key)
    await withdraw(room, serial, "key_compromise")
    assert await current(room) == (1, {serial})


async def test_a_revocation_while_a_list_is_signed_is_not_lost(room, another_key) -> None:
    serials = [await issued(room, another_key) for _ in range(6)]
    lists = [RevocationLists(room.database, room.authority, room.clock) for _ in range(3)]
    for pair in zip(serials[::2], serials[1::2], strict=True):
        await asyncio.gather(*(withdraw(room, serial) for serial in pair), *(one.current() for one in lists))
    _, revoked = await current(room)
    assert revoked == set(serials)


async def test_what_expired_leaves_the_list(room, another_key, clock: ManualClock) -> None:
    serial = await issued(room, another_key)
    await withdraw(room, serial)
    assert (await current(room))[1] == {serial}
    clock.advance(timedelta(days=366))
    assert (await current(room))[1] == set()


async def test_the_authority_itself_cannot_be_revoked(room) -> None:
    assert not await withdraw(room, serial_hex(room.authority.issuing))
    assert not await withdraw(room, "123456")


@pytest.mark.external
async def test_openssl_reads_the_list(program: Callable[[str], str], room, another_key, tmp_path: Path) -> None:
    serial = await issued(room, another_key)
    await withdraw(room, serial, "key_compromise")
    (tmp_path / "issuing.pem").write_bytes(room.authority.issuing.public_bytes(Encoding.PEM))
    command = [program("openssl"), "crl", "-inform", "DER", "-noout", "-text", "-CAfile", "issuing.pem"]
    published = await room.lists.current()
    done = subprocess.run(command, input=published.der, cwd=tmp_path, capture_output=True, check=False)
    assert b"verify OK" in done.stderr, done.stderr
    assert b"Key Compromise" in done.stdout
