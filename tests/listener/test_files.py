"""Large files: whole or in one range, with an unchanging tag, to many at once, and never half."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from twisted.internet.defer import maybeDeferred
from twisted.web.resource import Resource

from mdm.i18n import Catalogs
from mdm.listener.files import FileResource, ServedFile
from mdm.listener.ranges import Unsatisfiable, read_range
from mdm.listener.site import DeviceSite, InFlight

SIZE = 3_000_000


class Folder:
    """Serves the files of a folder by their names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def find(self, name: str) -> ServedFile | None:
        path = self.folder / name
        if not name or not path.is_file():
            return None
        return ServedFile(path=path, size=path.stat().st_size, etag="tag", media_type="application/x-test")


@pytest.fixture
async def served(tmp_path: Path, reactor: Any) -> AsyncIterator[tuple[str, Path]]:
    in_flight = InFlight()
    root = Resource()
    root.putChild(b"files", FileResource(Folder(tmp_path), in_flight, Catalogs("mdm")))
    port = reactor.listenTCP(0, DeviceSite(root, reactor, {}, CollectorRegistry(), 50), interface="127.0.0.1")
    yield f"http://127.0.0.1:{port.getHost().port}/files", tmp_path
    await in_flight.finish(5)
    await maybeDeferred(port.stopListening).asFuture(asyncio.get_running_loop())


async def ask(url: str, method: str = "GET", **headers: str) -> tuple[int, bytes, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with aiohttp.ClientSession() as http, http.request(method, url, headers=named) as answer:
        return answer.status, await answer.read(), answer.headers


async def test_a_whole_file_and_one_range_of_it(served: tuple[str, Path]) -> None:
    url, folder = served
    body = os.urandom(SIZE)
    (folder / "a.apk").write_bytes(body)
    status, got, headers = await ask(f"{url}/a.apk")
    assert (status, got == body, headers["content-length"]) == (200, True, str(SIZE))
    assert (headers["etag"], headers["accept-ranges"]) == ('"tag"', "bytes")
    assert "content-encoding" not in headers
    status, got, headers = await ask(f"{url}/a.apk", range="bytes=1000-1999")
    assert (status, got == body[1000:2000]) == (206, True)
    assert headers["content-range"] == f"bytes 1000-1999/{SIZE}"
    assert (await ask(f"{url}/a.apk", range="bytes=-5"))[1] == body[-5:]
    assert (await ask(f"{url}/a.apk", range=f"bytes={SIZE}-"))[0] == 416
    assert (await ask(f"{url}/a.apk", range="bytes=0-9", if_range='"other"'))[0] == 200
    assert (await ask(f"{url}/a.apk", if_none_match='"tag"'))[0] == 304
    status, got, headers = await ask(f"{url}/a.apk", "HEAD")
    assert (status, got, headers["content-length"]) == (200, b"", str(SIZE))
    assert (await ask(f"{url}/none.apk"))[0] == 404


async def test_ten_at_once_are_whole_and_another_request_is_answered_meanwhile(served: tuple[str, Path]) -> None:
    url, folder = served
    body = os.urandom(20 * SIZE)
    (folder / "large.apk").write_bytes(body)
    (folder / "small").write_bytes(b"here")
    downloads = [asyncio.create_task(ask(f"{url}/large.apk")) for _ in range(10)]
    await asyncio.sleep(0.05)
    status, got, _ = await ask(f"{url}/small")
    assert (status, got) == (200, b"here")
    assert not all(task.done() for task in downloads)
    right = hashlib.sha256(body).digest()
    assert {hashlib.sha256((await task)[1]).digest() for task in downloads} == {right}


async def test_a_client_that_goes_away_leaves_no_file_open(served: tuple[str, Path]) -> None:
    url, folder = served
    path = folder / "large.apk"
    path.write_bytes(os.urandom(20 * SIZE))
    async with aiohttp.ClientSession() as http:
        answer = await http.get(f"{url}/large.apk")
        await answer.content.readexactly(1000)
        answer.close()

    def is_open() -> bool:
        found = [os.path.realpath(f"/proc/self/fd/{one}") for one in os.listdir("/proc/self/fd")]
        return str(path) in found

    async with asyncio.timeout(10):
        while is_open():
            await asyncio.sleep(0.02)


async def test_a_file_that_becomes_shorter_is_never_given_for_whole(served: tuple[str, Path]) -> None:
    url, folder = served
    path = folder / "large.apk"
    path.write_bytes(b"x" * (20 * SIZE))
    async with aiohttp.ClientSession() as http:
        answer = await http.get(f"{url}/large.apk")
        await answer.content.readexactly(1000)
        os.truncate(path, 2000)
        with pytest.raises(aiohttp.ClientError):
            await answer.read()


@given(st.one_of(st.text(max_size=40), st.from_regex(r"bytes=\d{0,6}-\d{0,6}", fullmatch=True)), st.integers(0, 10**6))
def test_any_range_is_inside_the_file_or_refused(header: str, size: int) -> None:
    try:
        found = read_range(header, size)
    except Unsatisfiable:
        return
    if found is not None:
        first, length = found
        assert 0 <= first < size
        assert 0 < length <= size - first
