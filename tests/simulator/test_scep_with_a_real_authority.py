"""SCEP against the Go authority of Debian's package ``scep``, which shares nothing with this code."""

import asyncio
import re
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mdm.simulator.errors import ScepError
from mdm.simulator.keys import FreshKeys
from mdm.simulator.pace import Pace
from mdm.simulator.profile import ScepContent
from mdm.simulator.scep import ScepClient
from mdm.simulator.transport import Line
from tests.conftest import not_run

pytestmark = pytest.mark.external


@pytest.fixture(params=["secret"])
async def authority(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The address of an authority that asks for a challenge, or with None for none."""
    program = shutil.which("scepserver")
    if program is None:
        not_run("scepserver (package scep) is not installed")
    depot = str(tmp_path / "depot")
    made = await asyncio.create_subprocess_exec(
        program, "ca", "-init", "-depot", depot, "-key-password", "x", stdout=-3, stderr=-3
    )
    assert await made.wait() == 0
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["-depot", depot, "-port", str(port), "-capass", "x", "-allowrenew", "0"]
    if request.param is not None:
        arguments += ["-challenge", request.param]
    serving = await asyncio.create_subprocess_exec(program, *arguments, stdout=-3, stderr=-3)
    for _ in range(200):
        try:
            (await asyncio.open_connection("127.0.0.1", port))[1].close()
            break
        except OSError:
            await asyncio.sleep(0.05)
    yield f"http://127.0.0.1:{port}/scep"
    serving.terminate()
    await serving.wait()


def content(url: str, challenge: str = "secret") -> ScepContent:
    return ScepContent(
        url=url,
        subject=((("O", "École"),), (("CN", "iPad 01"),)),
        challenge=challenge,
        key_size=2048,
        key_usage=5,
        retries=0,
    )


async def test_an_identity_is_granted_for_a_challenge(authority: str) -> None:
    async with Line() as line:
        identity = await ScepClient(line, content(authority), FreshKeys(), Pace()).enroll()
    assert re.search("CN=iPad 01", identity.certificate.subject.rfc4514_string())


# This authority wants its challenge for a renewal too, where RFC 8894 has the old certificate's signature for it.
@pytest.mark.parametrize("authority", [None], indirect=True)
async def test_an_identity_is_renewed(authority: str) -> None:
    async with Line() as line:
        client = ScepClient(line, content(authority), FreshKeys(), Pace())
        identity = await client.enroll()
        renewed = await client.renew(identity)
    assert renewed.certificate.serial_number != identity.certificate.serial_number
    assert renewed.certificate.subject == identity.certificate.subject


async def test_a_wrong_challenge_gets_no_identity(authority: str) -> None:
    async with Line() as line:
        with pytest.raises(ScepError) as refused:
            await ScepClient(line, content(authority, "wrong"), FreshKeys(), Pace()).enroll()
    assert refused.value.fail_info == "badRequest"
