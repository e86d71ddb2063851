"""The agent's endpoints on the device listener: ``/<secret segment>/rest/...``, whatever the segment.

Source: the agent's ``server/ServerService.java``. An answer is never a redirect, and never empty.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Protocol

import msgspec
import structlog
from twisted.web.server import NOT_DONE_YET

from mdm.android import envelope
from mdm.android.device_info import DeviceInfo, MalformedReport, parse_device_info
from mdm.android.device_log import RULES, parse_log
from mdm.android.errors import PathUnknown, ReportUnreadable, SignatureWrong
from mdm.android.flags import FACTORY_RESET, PASSWORD_RESET, REBOOT
from mdm.android.paths import read_path
from mdm.android.polling import Poll, Polled, Polling, SeenPlaces, give_back
from mdm.android.service import AgentService
from mdm.android.signatures import configuration_signature, response_signature, same_signature
from mdm.clock import Clock
from mdm.errors import ValiseError
from mdm.i18n import Catalogs
from mdm.listener.resource import AsyncResource
from mdm.listener.site import DeviceRequest, InFlight
from mdm.store import Database

log = structlog.get_logger()

BODY_BYTES = 512 * 1024
_NUMBER = 200
_SETTINGS = msgspec.json.encode({"sendData": False, "intervalMins": 0})
_CONFIRMATIONS = {"": FACTORY_RESET, "reboot": REBOOT, "password": PASSWORD_RESET}
_Handler = Callable[[DeviceRequest, str, str], Awaitable[None]]


class HeldPolls(Protocol):
    """Keeps polls until something happens for their tablet, or their time is over."""

    def mark(self) -> int:
        """Return a mark of this moment, to be taken before the store is asked."""
        ...

    def hold(self, key: str, mark: int, wake: Callable[[], None], release: Callable[[], None]) -> None:
        """Hold a poll: ``wake`` is called when something happened since the mark, ``release`` when its time is over."""
        ...


class AgentOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the agent's build holds, and whether requests must be signed with it."""

    secret: str
    check_signature: bool


class AgentResource(AsyncResource):
    """Everything below one secret segment. ``client_of`` tells the address that a request came from."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        service: AgentService,
        polls: HeldPolls,
        options: AgentOptions,
        in_flight: InFlight,
        catalogs: Catalogs,
        client_of: Callable[[DeviceRequest], str],
        places: SeenPlaces | None = None,
    ) -> None:
        super().__init__(in_flight, catalogs)
        self._database = database
        self._clock = clock
        self._service = service
        self._polls = polls
        self._options = options
        self._client_of = client_of
        polling = Polling(places)
        self._take_polls = polling.take

    def render(self, request: DeviceRequest) -> int:
        """Find the endpoint; the first segment is a secret, and nothing of it is said or kept."""
        segments = [part.decode("utf-8", "replace") for part in (request.prepath or []) + (request.postpath or [])]
        segment, rest = (segments[0], segments[1:]) if segments else ("", [])
        handlers, number = self._endpoint(rest)
        if not handlers:
            self._refuse(request, PathUnknown())
            return NOT_DONE_YET
        handler = handlers.get(request.method.decode("ascii", "replace"))
        if handler is None:
            request.answer(405, envelope.refused("method"), envelope.JSON, {b"allow": ", ".join(handlers).encode()})
            return NOT_DONE_YET
        if len(number) > _NUMBER or "\0" in number:
            self._refuse(request, PathUnknown())
            return NOT_DONE_YET
        return self.begin(request, partial(self._carry_out, handler=handler, segment=segment, number=number))

    def _endpoint(self, rest: list[str]) -> tuple[dict[str, _Handler], str]:
        match rest:
            case ["rest", "public", "sync", "configuration", number]:
                return {"GET": self._configuration, "POST": self._ask}, number
            case ["rest", "public", "sync", "info"]:
                return {"POST": self._report}, ""
            case ["rest", "notification", "polling", number]:
                return {"GET": self._poll}, number
            case ["rest", "notifications", "device", number]:
                return {"GET": self._poll_once}, number
            case ["rest", "plugins", "devicelog", "log", "rules", number]:
                return {"GET": self._log_rules}, number
            case ["rest", "plugins", "devicelog", "log", "list", number]:
                return {"POST": self._keep_log}, number
            case ["rest", "plugins", "devicereset", "public", ("reboot" | "password") as what, number]:
                return {"POST": partial(self._confirm, flag=_CONFIRMATIONS[what])}, number
            case ["rest", "plugins", "devicereset", "public", number]:
                return {"POST": partial(self._confirm, flag=_CONFIRMATIONS[""])}, number
            case ["rest", "plugins", "deviceinfo", "deviceinfo", "public", number]:
                return {"PUT": self._discard}, number
            case ["rest", "plugins", "deviceinfo", "deviceinfo-plugin-settings", "device", number]:
                return {"GET": self._detail_settings}, number
            case ["rest", "plugins", "devicelocations", "public", "update", number]:
                return {"PUT": self._discard}, number
        return {}, ""

    async def _carry_out(self, request: DeviceRequest, *, handler: _Handler, segment: str, number: str) -> None:
        try:
            await handler(request, segment, number)
        except MalformedReport as malformed:
            self._refuse(request, ReportUnreadable(reason=str(malformed)))
        except ValiseError as refused:
            self._refuse(request, refused)

    async def _ask(self, request: DeviceRequest, segment: str, number: str) -> None:
        self._check_signature(request, number)
        abi = _abi(request)
        data = await self._database.write(lambda conn: self._service.ask(conn, segment, number, abi))
        if data is None:
            request.answer(200, envelope.refused(envelope.NOT_FOUND), envelope.JSON)
        else:
            self._answer_configuration(request, data)

    async def _configuration(self, request: DeviceRequest, segment: str, number: str) -> None:
        self._check_signature(request, number)
        abi = _abi(request)
        data = await self._database.write(lambda conn: self._service.configuration(conn, segment, number, abi))
        self._answer_configuration(request, data)

    async def _report(self, request: DeviceRequest, segment: str, _number: str) -> None:
        info = parse_device_info(request.body)
        await self._database.write(lambda conn: self._service.report(conn, segment, info))
        request.answer(200, envelope.EMPTY, envelope.JSON, self._address(request))

    async def _log_rules(self, request: DeviceRequest, segment: str, number: str) -> None:
        await self._database.read(lambda conn: self._service.known(conn, segment, number))
        request.answer(200, envelope.ok(RULES), envelope.JSON)

    async def _keep_log(self, request: DeviceRequest, segment: str, number: str) -> None:
        lines = parse_log(request.body)
        await self._database.write(lambda conn: self._service.keep_log(conn, segment, number, lines))
        request.answer(200, envelope.EMPTY, envelope.JSON)

    async def _confirm(self, request: DeviceRequest, segment: str, number: str, *, flag: str) -> None:
        info: DeviceInfo = parse_device_info(request.body)
        await self._database.write(lambda conn: self._service.confirm(conn, segment, number, flag, info))
        request.answer(200, envelope.EMPTY, envelope.JSON)

    async def _discard(self, request: DeviceRequest, segment: str, number: str) -> None:
        """Positions and details that other agents send are not read."""
        await self._database.read(lambda conn: self._service.known(conn, segment, number))
        request.answer(200, envelope.EMPTY, envelope.JSON)

    async def _detail_settings(self, request: DeviceRequest, segment: str, number: str) -> None:
        await self._database.read(lambda conn: self._service.known(conn, segment, number))
        request.answer(200, envelope.ok(_SETTINGS), envelope.JSON)

    async def _poll(self, request: DeviceRequest, segment: str, number: str) -> None:
        mark = self._polls.mark()
        polled = await self._take(request, segment, number)
        if polled.outcome != "waits":
            await self._answer_poll(request, polled)
            return
        self._polls.hold(
            polled.key,
            mark,
            wake=lambda: self.again(request, segment, number),
            release=lambda: request.answer(200, envelope.NO_MESSAGES, envelope.JSON),
        )

    def again(self, request: DeviceRequest, segment: str, number: str) -> None:
        """Look again for what waits, after a wake."""
        if not request.gone:
            self.begin(request, partial(self._carry_out, handler=self._poll, segment=segment, number=number))

    async def _poll_once(self, request: DeviceRequest, segment: str, number: str) -> None:
        polled = await self._take(request, segment, number)
        await self._answer_poll(request, polled)

    async def _take(self, request: DeviceRequest, segment: str, number: str) -> Polled:
        path = read_path(segment)
        if path is None or path.kind != "tablet":
            raise PathUnknown
        address = self._client_of(request)
        poll = Poll(path_digest=path.digest, number=number, now=self._clock.ms(), address=address)
        polled = await self._database.write_batch(self._take_polls, poll)
        if polled.outcome == "unknown":
            raise PathUnknown
        return polled

    async def _answer_poll(self, request: DeviceRequest, polled: Polled) -> None:
        if request.gone and polled.deliveries:
            await self._database.write(lambda conn: give_back(conn, polled.tablet_id, polled.deliveries))
            return
        body = envelope.ok(polled.body) if polled.body else envelope.NO_MESSAGES
        request.answer(200, body, envelope.JSON)

    def _answer_configuration(self, request: DeviceRequest, data: bytes) -> None:
        signature = response_signature(self._options.secret, data).encode()
        headers = {b"x-response-signature": signature, **self._address(request)}
        request.answer(200, envelope.ok(data), envelope.JSON, headers)

    def _check_signature(self, request: DeviceRequest, number: str) -> None:
        if not self._options.check_signature:
            return
        given: Any = request.getHeader("x-request-signature")
        if not same_signature(given, configuration_signature(self._options.secret, number)):
            raise SignatureWrong

    def _refuse(self, request: DeviceRequest, refused: ValiseError) -> None:
        log.info("agent_refused", code=refused.code, status=refused.status)
        words = self._catalogs.negotiate(request.getHeader("accept-language"))
        text = " ".join(part for part in (refused.text(words), refused.advice(words)) if part)
        coded = refused.code if refused.code.startswith("error.") else text
        request.answer(refused.status, envelope.refused(coded), envelope.JSON)

    def _address(self, request: DeviceRequest) -> dict[bytes, bytes]:
        return {b"x-ip-address": self._client_of(request).encode("ascii", "replace")}


def _abi(request: DeviceRequest) -> str:
    """Return the machine code that the agent says it runs; an agent that says nothing is taken as the usual one."""
    given: Any = request.getHeader("x-cpu-arch")
    return str(given)[:40] if given else "arm64-v8a"
