"""The device listener's resources of Apple's protocol: one for messages, one for compiled content."""

from collections.abc import Awaitable, Callable
from typing import cast

import structlog
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from mdm.apple.checkin import Checkin, IdentityNotPinned, NotEnrolled
from mdm.apple.cycle import CommandCycle, Reply, Turn
from mdm.apple.identity import Identities, Identity
from mdm.apple.listener import DeviceRequest, InFlight
from mdm.apple.messages import DeviceReport, parse_message
from mdm.clock import Clock
from mdm.commands import convergence_store
from mdm.errors import ValiseError
from mdm.i18n import Catalogs
from mdm.store import Database

log = structlog.get_logger()

TEXT = b"text/plain; charset=utf-8"
XML = b"application/xml"
_CONTENT_TYPES = frozenset(
    {b"application/x-apple-aspen-mdm", b"application/x-apple-aspen-mdm-checkin", b"application/xml", b"text/xml"}
)


class AsyncResource(Resource):
    """A leaf whose answer is made by a coroutine; a refusal becomes its status and its words, here and nowhere else."""

    isLeaf = True

    def __init__(self, in_flight: InFlight, catalogs: Catalogs) -> None:
        super().__init__()
        self._in_flight = in_flight
        self._catalogs = catalogs

    def render(self, request: DeviceRequest) -> int:
        """Choose the method's coroutine; a method that is not offered is told which are."""
        asked = request.method.decode("ascii", "replace")
        method = getattr(self, "render_GET" if asked == "HEAD" else f"render_{asked}", None)
        if method is None:
            offered = sorted(name.removeprefix("render_") for name in dir(self) if name.startswith("render_"))
            request.answer(405, b"", b"", {b"allow": ", ".join(name for name in offered if name != "HEAD").encode()})
            return NOT_DONE_YET
        return cast(int, method(request))

    def begin(self, request: DeviceRequest, work: Callable[[DeviceRequest], Awaitable[None]]) -> int:
        """Start to work on a request."""
        self._in_flight.start(self._answer(request, work))
        return NOT_DONE_YET

    async def _answer(self, request: DeviceRequest, work: Callable[[DeviceRequest], Awaitable[None]]) -> None:
        try:
            await work(request)
        except ValiseError as error:
            log.info("device_refused", code=error.code, status=error.status)
            words = self._catalogs.negotiate(request.getHeader("accept-language"))
            lines = [line for line in (error.text(words), error.advice(words)) if line]
            request.answer(error.status, ("\n".join(lines) + "\n").encode(), TEXT)
        except Exception:
            log.exception("device_request_failed")
            request.answer(500, b"The server failed. Nothing was lost: try again.\n", TEXT)


class MdmResource(AsyncResource):
    """Check-in messages and command reports; a device may use one address for both."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        identities: Identities,
        checkin: Checkin,
        cycle: CommandCycle,
        in_flight: InFlight,
        catalogs: Catalogs,
    ) -> None:
        super().__init__(in_flight, catalogs)
        self._database = database
        self._clock = clock
        self._identities = identities
        self._checkin = checkin
        self._cycle = cycle

    def render_PUT(self, request: DeviceRequest) -> int:
        """Take a message in (Apple: devices send PUT)."""
        return self.begin(request, self._put)

    async def _put(self, request: DeviceRequest) -> None:
        content_type = request.requestHeaders.getRawHeaders(b"content-type", [b""])[0].split(b";", 1)[0].strip().lower()
        if content_type not in _CONTENT_TYPES:
            request.answer(415, b"Send a property list as application/x-apple-aspen-mdm.\n", TEXT)
            return
        body = request.body
        identity = self._identities.of(request, body)
        message = parse_message(body)
        if isinstance(message, DeviceReport):
            await self._report(request, message, identity)
            return
        answer = await self._checkin.handle(message, identity)
        request.answer(answer.status, answer.body, answer.content_type)

    async def _report(self, request: DeviceRequest, report: DeviceReport, identity: Identity) -> None:
        if report.user_id is not None:
            request.answer(410, b"", b"")
            return
        turn = Turn(
            udid=report.udid,
            digest=identity.digest,
            status=report.status,
            command_id=report.command_uuid,
            error_chain=report.error_chain,
            body=report.body,
            now=self._clock.ms(),
        )
        reply: Reply = await self._database.write_batch(self._cycle.take, turn)
        if reply.outcome == "unpinned" and await self._checkin.accept_renewal(report.udid, identity):
            reply = await self._database.write_batch(self._cycle.take, turn)
        if reply.outcome == "unpinned":
            raise IdentityNotPinned
        if reply.outcome == "not_enrolled":
            raise NotEnrolled
        request.answer(200, reply.body or b"", XML if reply.body else b"")


class ArtifactResource(AsyncResource):
    """Compiled content that declarations and commands point to, under its hash."""

    def __init__(self, database: Database, in_flight: InFlight, catalogs: Catalogs) -> None:
        super().__init__(in_flight, catalogs)
        self._database = database

    def render_GET(self, request: DeviceRequest) -> int:
        """Serve ``/artifacts/<sha256>`` with or without a suffix such as ``.mobileconfig``."""
        return self.begin(request, self._get)

    async def _get(self, request: DeviceRequest) -> None:
        name = request.rest.decode("ascii", "replace")
        digest = name.split(".", 1)[0]
        found = await self._database.read(lambda conn: convergence_store.artifact(conn, digest))
        if found is None:
            request.answer(404, b"There is nothing under this address.\n", TEXT)
            return
        media_type, body = found
        headers = {b"cache-control": b"private, max-age=31536000, immutable", b"etag": b'"%s"' % digest.encode()}
        request.answer(200, body, media_type.encode(), headers)
