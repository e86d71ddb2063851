"""The device listener's resource of Apple's protocol."""

from mdm.apple.checkin import Checkin, IdentityNotPinned, NotEnrolled
from mdm.apple.cycle import CommandCycle, Reply, Turn
from mdm.apple.identity import Identities, Identity
from mdm.apple.messages import DeviceReport, parse_message
from mdm.clock import Clock
from mdm.i18n import Catalogs
from mdm.listener.resource import TEXT, AsyncResource
from mdm.listener.site import DeviceRequest, InFlight
from mdm.store import Database

XML = b"application/xml"
_CONTENT_TYPES = frozenset(
    {b"application/x-apple-aspen-mdm", b"application/x-apple-aspen-mdm-checkin", b"application/xml", b"text/xml"}
)


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
            address=self._identities.client_of(request),
        )
        reply: Reply = await self._database.write_batch(self._cycle.take, turn)
        if reply.outcome == "unpinned" and await self._checkin.accept_renewal(report.udid, identity):
            reply = await self._database.write_batch(self._cycle.take, turn)
        if reply.outcome == "unpinned":
            raise IdentityNotPinned
        if reply.outcome == "not_enrolled":
            raise NotEnrolled
        request.answer(200, reply.body or b"", XML if reply.body else b"")
