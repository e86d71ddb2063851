"""The device listener's HTTP: twisted.web with body limits per route, one deadline a request, and no access log.

Addresses of tickets are secrets, so that no request line is ever logged.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, cast

import structlog
from prometheus_client import CollectorRegistry, Counter
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web import http
from twisted.web.resource import IResource
from twisted.web.server import Request, Site

log = structlog.get_logger()

REQUEST_SECONDS = 90
"""A request must have arrived in whole this long after the one before it was answered."""

SMALL_BODY = 64 * 1024


class InFlight:
    """The requests that are being worked on, so that a stop can wait for them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin to work on a request."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self, seconds: float) -> None:
        """Wait until what was begun has ended, at most ``seconds``."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)


class DeviceRequest(Request):
    """A request whose body may not exceed its route's limit."""

    gone = False
    _left = 0

    @property
    def body(self) -> bytes:
        """The whole body."""
        return b"" if self.content is None else cast(bytes, self.content.read())

    @property
    def rest(self) -> bytes:
        """The path below the resource."""
        return b"/".join(self.postpath or [])

    def gotLength(self, length: int | None) -> None:
        """Refuse a declared length over the limit before a byte of it is read."""
        # The channel knows the path by now; the request only learns it when its body is complete.
        path = cast(bytes, getattr(self.channel, "_path", b""))
        self._left = self._limit(path)
        if length is not None and length > self._left:
            self._refuse_body()
            return
        super().gotLength(length)

    def handleContentChunk(self, data: bytes) -> None:
        """Count what arrives, for bodies that declare no length."""
        self._left -= len(data)
        if self._left < 0:
            self._refuse_body()
            return
        if not self.gone:
            super().handleContentChunk(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """Begin to answer, unless the request was refused while it arrived."""
        if not self.gone:
            super().requestReceived(command, path, version)

    def connectionLost(self, reason: Failure) -> None:
        """Remember that nobody waits for the answer."""
        self.gone = True
        super().connectionLost(reason)

    def answer(
        self, status: int, body: bytes, content_type: bytes, headers: Mapping[bytes, bytes] | None = None
    ) -> None:
        """Send the whole answer, if somebody still waits for it."""
        if self.gone:
            return
        self.setResponseCode(status)
        if content_type:
            self.setHeader(b"content-type", content_type)
        for name, value in (headers or {}).items():
            self.setHeader(name, value)
        self.setHeader(b"content-length", b"%d" % len(body))
        if body and self.method != b"HEAD":
            self.write(body)
        self.finish()

    def processingFailed(self, reason: Failure) -> None:
        """Answer 500 without a word of what happened inside."""
        log.error(
            "device_request_failed",
            error=reason.type.__name__ if reason.type else "unknown",
            trace=reason.getTraceback(),
        )
        self.answer(http.INTERNAL_SERVER_ERROR, b"The server failed. Nothing was lost: try again.\n", b"text/plain")

    def _limit(self, path: bytes) -> int:
        return cast(DeviceChannel, self.channel).site.body_limit(path) if self.channel else SMALL_BODY

    def _refuse_body(self) -> None:
        if self.gone:
            return
        self.gone = True
        if self.channel is not None:
            words = b"" if getattr(self.channel, "_command", b"") == b"HEAD" else b"The request is too large.\r\n"
            cast(Any, self.channel.transport).write(
                b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Type: text/plain\r\n"
                b"Content-Length: %d\r\n\r\n%b" % (len(words), words)
            )
            self.channel.loseConnection()


class DeviceChannel(http.HTTPChannel):
    """An HTTP/1.1 connection that a slow sender cannot hold open byte by byte.

    ``identity`` is kept here by who checks certificates: a connection has one peer for its whole life.
    """

    site: "DeviceSite"
    identity: object = None

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Make room for another connection."""
        self.site.connection_closed()
        super().connectionLost(reason)

    def dataReceived(self, data: bytes) -> None:
        """Take in bytes without granting more time for them."""
        # The base class starts the timer anew on every byte; here only a finished request does.
        super(http.HTTPChannel, self).dataReceived(data)

    def timeoutConnection(self) -> None:
        """Close quietly; half-open connections are daily business on a school's line."""
        cast(Any, self.transport).abortConnection()


class DeviceSite(Site):
    """The tree of resources that tablets may ask for. ``body_limits``: bytes, by the path's first segment.

    ``deep_limit`` holds for paths whose second segment is ``rest``: the agent's, whose first segment is a secret.
    """

    def __init__(
        self,
        root: IResource,
        reactor: Any,
        body_limits: Mapping[bytes, int],
        registry: CollectorRegistry,
        connections: int,
        *,
        deep_limit: int = SMALL_BODY,
    ) -> None:
        super().__init__(root, requestFactory=DeviceRequest, timeout=REQUEST_SECONDS, reactor=reactor)
        self.displayTracebacks = False
        self._body_limits = body_limits
        self._deep_limit = deep_limit
        self._connections = connections
        self._open = 0
        self._answers = Counter(
            "valise_device_answers", "Answers of the device listener", ["status"], registry=registry
        )
        self._by_status: dict[int, Any] = {}

    def buildProtocol(self, _addr: Any) -> Any:
        """Accept a connection, unless too many are open."""
        if self._open >= self._connections:
            log.warning("device_connections_full", open=self._open)
            return None
        self._open += 1
        channel = DeviceChannel()
        channel.factory = self
        channel.site = self
        channel.requestFactory = self.requestFactory
        channel.timeOut = REQUEST_SECONDS
        cast(Any, channel).callLater = self.reactor.callLater
        return channel

    def body_limit(self, path: bytes) -> int:
        """Return how many bytes a request to this path may bring."""
        first, _, rest = path[1:].split(b"?", 1)[0].partition(b"/")
        if rest.startswith(b"rest/"):
            return self._deep_limit
        return self._body_limits.get(first, SMALL_BODY)

    def connection_closed(self) -> None:
        """Count a connection out."""
        self._open -= 1

    def log(self, request: http.Request) -> None:
        """Count the answer; its address may be a secret and is not written down."""
        status = int(request.code)
        counter = self._by_status.get(status)
        if counter is None:
            counter = self._by_status[status] = self._answers.labels(str(status))
        counter.inc()
