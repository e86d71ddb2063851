"""Large files on the device listener: with ranges, read off the loop in pieces, as fast as the tablet takes them."""

import asyncio
import os
from pathlib import Path
from typing import Protocol

import msgspec
import structlog
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from mdm.i18n import Catalogs
from mdm.listener.part import wanted_part
from mdm.listener.resource import TEXT, AsyncResource
from mdm.listener.site import DeviceRequest, InFlight

log = structlog.get_logger()

_PIECE = 256 * 1024


class ServedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that never changes; ``etag`` without quotes, ``size`` in bytes."""

    path: Path
    size: int
    etag: str
    media_type: str


class FileSource(Protocol):
    """Knows which files are served, by the path below the resource."""

    async def find(self, name: str) -> ServedFile | None:
        """Return the file; None when there is none, or the name is not the secret that it should be."""
        ...


class FileResource(AsyncResource):
    """Serves files, whole or one range of each."""

    def __init__(self, source: FileSource, in_flight: InFlight, catalogs: Catalogs) -> None:
        super().__init__(in_flight, catalogs)
        self._source = source

    def render_GET(self, request: DeviceRequest) -> int:
        """Serve a file."""
        return self.begin(request, self._get)

    async def _get(self, request: DeviceRequest) -> None:
        found = await self._source.find(request.rest.decode("ascii", "replace"))
        if found is None:
            request.answer(404, b"There is nothing under this address.\n", TEXT)
            return
        part = wanted_part(request, found.etag, found.size)
        if part is None:
            return
        request.setResponseCode(part.status)
        headers = {b"content-type": found.media_type.encode(), b"content-length": b"%d" % part.length}
        for name, value in (part.headers | headers).items():
            request.setHeader(name, value)
        if request.method == b"HEAD":
            request.finish()
            return
        await self._send(request, found.path, part.first, part.length)

    async def _send(self, request: DeviceRequest, path: Path, first: int, length: int) -> None:
        descriptor = await asyncio.to_thread(os.open, path, os.O_RDONLY | os.O_CLOEXEC)
        flow = _Flow()
        try:
            request.registerProducer(flow, True)
            try:
                end = first + length
                while first < end and not request.gone:
                    piece = await asyncio.to_thread(os.pread, descriptor, min(_PIECE, end - first), first)
                    if not piece:
                        raise OSError("the file became shorter")
                    first += len(piece)
                    if not request.gone:
                        request.write(piece)
                        await flow.may_write(request)
            finally:
                if not request.gone:
                    request.unregisterProducer()
        except OSError as error:
            # What was sent cannot be taken back; a broken connection says that it is not whole.
            log.error("file_not_read", error=type(error).__name__)
            if not request.gone and request.channel is not None:
                request.gone = True
                request.channel.forceAbortClient()
        finally:
            await asyncio.to_thread(os.close, descriptor)
        if not request.gone:
            request.finish()


@implementer(IPushProducer)
class _Flow:
    """Holds the reading back while the connection is full."""

    def __init__(self) -> None:
        self._free = asyncio.Event()
        self._free.set()

    async def may_write(self, request: DeviceRequest) -> None:
        """Wait until the connection takes more, or is gone."""
        while not self._free.is_set() and not request.gone:
            await self._free.wait()

    def pauseProducing(self) -> None:
        """The connection is full."""
        self._free.clear()

    def resumeProducing(self) -> None:
        """It takes more."""
        self._free.set()

    def stopProducing(self) -> None:
        """It is gone."""
        self._free.set()
