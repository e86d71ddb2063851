"""A school's server for each test, and tablets to enrol at it."""

import asyncio
import io
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import qrcode
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from mdm.simulator.ipad import Ipad
from mdm.simulator.keys import PooledKeys
from mdm.simulator.models import make_ipads, release
from tests.conftest import not_run
from tests.simulator.school import School, make_profile


@pytest.fixture(scope="session")
def rsa_keys() -> list[rsa.RSAPrivateKey]:
    return [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(3)]


@pytest.fixture
async def school(rsa_keys: list[rsa.RSAPrivateKey], tmp_path: Path) -> AsyncIterator[School]:
    school = School(rsa_keys[0])
    runner = web.AppRunner(school.app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "localhost", 0, ssl_context=await asyncio.to_thread(school.tls, tmp_path))
    await site.start()
    school.url = f"https://localhost:{runner.addresses[0][1]}"
    yield school
    await runner.cleanup()


MakeIpad = Callable[..., Ipad]


@pytest.fixture
async def make_ipad(school: School, rsa_keys: list[rsa.RSAPrivateKey]) -> AsyncIterator[MakeIpad]:
    made: list[Ipad] = []

    def make(version: str = "17.4", *, seed: int = 7, wakes: Any = None, **how: Any) -> Ipad:
        releases = [release(version)]
        spec = make_ipads(1, seed=seed, releases=releases, **how)[0]
        roots = [school.root.public_bytes(Encoding.PEM)]
        made.append(Ipad(spec, keys=PooledKeys(rsa_keys[1:]), roots=roots, wakes=wakes))
        return made[-1]

    yield make
    schema = sys.modules.get("apple_schema")
    for ipad in made:
        await ipad.close()
    if schema is not None and len(made) == 1:
        assert not school.problems(schema, made[0].tablet.spec)


@pytest.fixture
async def ipad(school: School, make_ipad: MakeIpad) -> Ipad:
    """An iPad with iPadOS 17.4, supervised and enrolled."""
    ipad = make_ipad()
    await ipad.enroll(f"{school.url}/e/ticket")
    return ipad


@pytest.fixture
def a_profile() -> Callable[..., bytes]:
    """Makes profiles with one payload."""
    return make_profile


@pytest.fixture
def qr_png() -> Callable[[str], bytes]:
    if shutil.which("zbarimg") is None:
        not_run("zbarimg (package zbar-tools) is not installed")

    def draw(text: str) -> bytes:
        picture = io.BytesIO()
        qrcode.make(text).save(picture)
        return picture.getvalue()

    return draw
