"""A page that is followed as a browser does it: the parts that its stream sends, until one says what is waited for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import msgspec

from tests.webui.conftest import Site
from tests.webui.signed_in import Browser

_PATIENCE_S = 20.0


class Followed:
    """What a page shows now, by the identifiers of its live parts."""

    def __init__(self, stream: aiohttp.ClientResponse) -> None:
        self._stream = stream
        self.parts: dict[str, str] = {}

    async def until(self, part: str, words: str, *, gone: str = "") -> str:
        """Return a part once it has these words, and others no more."""
        async with asyncio.timeout(_PATIENCE_S):
            while words not in self.parts.get(part, "") or (gone and gone in self.parts[part]):
                line = await self._stream.content.readline()
                assert line, "the stream has ended"
                if line.startswith(b"data: {"):
                    self.parts.update(msgspec.json.decode(line[6:], type=dict[str, str]))
        return self.parts[part]


@asynccontextmanager
async def following(site: Site, browser: Browser, path: str) -> AsyncIterator[Followed]:
    """Follow a page's stream, in French."""
    async with (
        aiohttp.ClientSession(cookies=browser._cookies, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
        session.get(
            f"{site.url}{path}",
            headers={"Accept-Language": "fr"},
            max_line_size=1 << 20,
            read_bufsize=1 << 20,
        ) as stream,
    ):
        assert stream.status == 200, stream.status
        assert stream.content_type == "text/event-stream"
        yield Followed(stream)
