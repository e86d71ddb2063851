"""SCEP with other people's clients, over HTTP: strongSwan's pki, certmonger, and micromdm's scepclient."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest
from asn1crypto import cms, core
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from enrollment.authority.certificates import serial_hex
from enrollment.scep.service import ScepService
from mdm.apple.cms import verify

pytestmark = pytest.mark.external
PKI_STATUS = "2.16.840.1.113733.1.9.3"
SINGLE_DES = "1.3.14.3.2.7"
Program = Callable[[str], str]


async def run(*command: str, folder: Path, **environment: str) -> tuple[int, str, bytes]:
    """Run a program and return its status, what it says, and its standard output."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, (errors + output).decode(errors="replace"), output


class Recorded:
    """The service, with a copy of every message that came."""

    def __init__(self, service: ScepService) -> None:
        self._service = service
        self.bodies: list[bytes] = []
        self.capabilities = service.capabilities
        self.authority_chain = service.authority_chain

    async def operate(self, body: bytes) -> bytes:
        self.bodies.append(body)
        return await self._service.operate(body)


async def identities(room) -> list[dict]:
    return await room.database.read(
        lambda conn: conn.all("SELECT * FROM certificate WHERE purpose = 'identity' ORDER BY not_before, not_after")
    )


async def post(address: str, body: bytes) -> bytes:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{address}?operation=PKIOperation", data=body) as response,
    ):
        assert response.status == 200
        return await response.read()


class StrongSwan:
    """``pki --scep`` in a folder."""

    def __init__(self, pki: str, url: str, folder: Path) -> None:
        self.pki = pki
        self.url = url
        self.folder = folder

    async def fetch_authority(self) -> None:
        status, words, _ = await run(
            self.pki, "--scepca", "--url", self.url, "--caout", "ca.pem", "--outform", "pem", folder=self.folder
        )
        if "unable to fetch" in words or "no fetcher" in words:
            pytest.skip("not run: strongSwan's curl plugin (libstrongswan-extra-plugins) is not installed")
        assert status == 0, words

    async def key(self, name: str) -> None:
        command = [self.pki, "--gen", "--type", "rsa", "--size", "2048", "--outform", "pem"]
        status, words, pem = await run(*command, folder=self.folder)
        assert status == 0, words
        (self.folder / name).write_bytes(pem)

    async def enrol(self, key: str, *more: str) -> tuple[x509.Certificate | None, str]:
        status, words, pem = await run(
            self.pki, "--scep", "--url", self.url, "--in", key, "--dn", "CN=ipad", "--cacert-enc", "ca-1.pem",
            "--cacert-sig", "ca-1.pem", "--cacert", "ca.pem", "--interval", "1", "--outform", "pem", *more,
            folder=self.folder,
        )  # fmt: skip
        return (x509.load_pem_x509_certificate(pem) if status == 0 else None), words


@pytest.fixture
async def strongswan(program: Program, live_room, listen, tmp_path: Path) -> StrongSwan:
    pki = program("pki")
    room, _ = live_room
    room.scep = Recorded(room.scep)
    client = StrongSwan(pki, f"{listen(room).url}/scep/pkiclient.exe", tmp_path)
    await client.fetch_authority()
    await client.key("key.pem")
    return client


async def test_strongswan_enrols_and_renews(strongswan: StrongSwan, live_room) -> None:
    room, kit = live_room
    first, words = await strongswan.enrol("key.pem", "--password", await room.challenge(kit))
    assert first is not None, words
    (strongswan.folder / "old.pem").write_bytes(first.public_bytes(Encoding.PEM))
    await strongswan.key("new.pem")
    second, words = await strongswan.enrol("new.pem", "--cert", "old.pem", "--key", "key.pem")
    assert second is not None, words
    assert second.subject == first.subject
    stored = {row["serial"]: row for row in await identities(room)}
    assert stored[serial_hex(second)]["renews"] == serial_hex(first)
    assert stored[serial_hex(second)]["slot_number"] == stored[serial_hex(first)]["slot_number"] == 1


async def test_strongswan_with_a_wrong_challenge_gets_bad_request(strongswan: StrongSwan, live_room) -> None:
    room, kit = live_room
    await room.challenge(kit)
    certificate, words = await strongswan.enrol("key.pem", "--password", "f" * 64)
    assert certificate is None
    assert "badRequest" in words
    assert await identities(room) == []


async def test_strongswan_with_a_used_challenge_gets_bad_request(strongswan: StrongSwan, live_room) -> None:
    room, kit = live_room
    challenge = await room.challenge(kit)
    await strongswan.enrol("key.pem", "--password", challenge)
    await strongswan.key("other.pem")
    certificate, words = await strongswan.enrol("other.pem", "--password", challenge)
    assert certificate is None
    assert "badRequest" in words
    assert len(await identities(room)) == 1


async def test_a_replay_of_strongswans_message_makes_no_second_identity(strongswan: StrongSwan, live_room) -> None:
    room, kit = live_room
    await strongswan.enrol("key.pem", "--password", await room.challenge(kit))
    again = verify(await post(strongswan.url, room.scep.bodies[-1]))
    # It is the same certificate, encrypted to the key that asked for it: the copier can do nothing with it.
    assert again.attributes[PKI_STATUS] == core.PrintableString("0").dump()
    assert cms.ContentInfo.load(again.content)["content_type"].native == "enveloped_data"
    assert len(await identities(room)) == 1


async def test_strongswan_waits_when_it_is_told_to(program: Program, live_room, listen, tmp_path: Path) -> None:
    room, kit = live_room
    room.scep = ScepService(room.database, room.authority, room.journal, room.clock, patience=0)
    client = StrongSwan(program("pki"), f"{listen(room).url}/scep", tmp_path)
    await client.fetch_authority()
    await client.key("key.pem")
    certificate, words = await client.enrol("key.pem", "--password", await room.challenge(kit))
    assert certificate is not None, words


CERTMONGER = """
certmonger-session -n -f > daemon.log 2>&1 &
daemon=$!
for i in $(seq 50); do getcert list-cas -s > cas.txt 2>&1 && break; sleep 0.1; done
getcert add-scep-ca -s -c valise -u "$URL"
for i in $(seq 100); do getcert list-cas -s -c valise | grep -q thumbprint && break; sleep 0.1; done
getcert request -s -c valise -k "$PWD/key.pem" -f "$PWD/cert.pem" -I first -N CN=ipad -L "$CHALLENGE" -v -w
cp cert.pem first.pem
getcert resubmit -s -i first -v -w
getcert request -s -c valise -k "$PWD/other.pem" -f "$PWD/none.pem" -I second -N CN=ipad -L "$CHALLENGE" -v -w
getcert request -s -c valise -k "$PWD/wrong.pem" -f "$PWD/none2.pem" -I third -N CN=ipad -L wrong -v -w
getcert list -s
kill $daemon
"""


async def test_certmonger_enrols_and_renews_and_is_refused(program: Program, live_room, listen, tmp_path: Path) -> None:
    room, kit = live_room
    session = program("dbus-run-session")
    path = f"{Path(program('scep-submit')).parent}:{os.environ['PATH']}"
    program("getcert")
    room.scep = Recorded(room.scep)
    url = f"{listen(room).url}/scep"
    _, words, _ = await run(
        session, "--", "sh", "-c", CERTMONGER, folder=tmp_path, PATH=path, HOME=str(tmp_path), URL=url,
        XDG_CONFIG_HOME=str(tmp_path / "config"), XDG_RUNTIME_DIR=str(tmp_path), CHALLENGE=await room.challenge(kit),
    )  # fmt: skip
    assert (tmp_path / "cert.pem").exists(), words
    first = x509.load_pem_x509_certificate((tmp_path / "first.pem").read_bytes())
    second = x509.load_pem_x509_certificate((tmp_path / "cert.pem").read_bytes())
    stored = {row["serial"]: row for row in await identities(room)}
    assert stored[serial_hex(second)]["renews"] == serial_hex(first), words
    # A used and a wrong challenge: certmonger says that the authority refused them both.
    assert words.count("State CA_REJECTED") == 2, words
    assert len(stored) == 2
    await post(url, room.scep.bodies[-1])
    assert len(await identities(room)) == 2


async def test_scepclients_single_des_is_refused(program: Program, live_room, listen, tmp_path: Path) -> None:
    room, kit = live_room
    room.scep = Recorded(room.scep)
    status, words, _ = await run(
        program("scepclient"), "-private-key", "client.key", "-certificate", "client.pem",
        f"-server-url={listen(room).url}/scep", f"-challenge={await room.challenge(kit)}", folder=tmp_path,
    )  # fmt: skip
    # Debian's version (2.1) encrypts with single DES, whatever the server offers; the refusal reaches it in its terms.
    assert status != 0
    assert "badAlg" in words
    signed = cms.ContentInfo.load(room.scep.bodies[0])["content"]
    envelope = cms.ContentInfo.load(signed["encap_content_info"]["content"].native)
    cipher = envelope["content"]["encrypted_content_info"]["content_encryption_algorithm"]["algorithm"]
    assert cipher.dotted == SINGLE_DES
    assert await identities(room) == []
