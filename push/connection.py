"""One HTTP/2 connection to Apple's push service, with many streams at once.

Sources: Apple, "Sending notification requests to APNs"; RFC 9113 (streams, GOAWAY, PING), by way of the h2 library.
"""

import asyncio
import ssl
from typing import Any, cast

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import msgspec
import structlog

from push.outcome import Outcome, RetryLater, outcome_of

log = structlog.get_logger()

_OWN_STREAM_LIMIT = 500
_REQUEST_SECONDS = 30.0
_BODY_BYTES = 4096


class _Exchange:
    """One request under way."""

    __slots__ = ("answer", "body", "headers")

    def __init__(self, answer: "asyncio.Future[Outcome]") -> None:
        self.answer = answer
        self.headers: dict[str, str] = {}
        self.body = b""


class ApnsConnection(asyncio.Protocol):
    """A connection; use `connect`. It ends once, for whatever reason, and then ``ended`` is set."""

    def __init__(self, authority: str) -> None:
        self._authority = authority
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        self._transport: asyncio.Transport | None = None
        self._exchanges: dict[int, _Exchange] = {}
        self._room = asyncio.Condition()
        self._leaving = False
        self.ended = asyncio.Event()

    @classmethod
    async def connect(cls, host: str, port: int, context: ssl.SSLContext, *, seconds: float) -> "ApnsConnection":
        """Open a connection; raise OSError (TLS errors among them) or TimeoutError."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(seconds):
            _, protocol = await loop.create_connection(
                lambda: cls(host if port == 443 else f"{host}:{port}"), host, port, ssl=context, server_hostname=host
            )
        return protocol

    @property
    def usable(self) -> bool:
        """Tell whether new requests can go out on it."""
        return not self._leaving and not self.ended.is_set()

    async def send(self, topic: str, token: bytes, magic: str) -> Outcome:
        """Send one MDM push and return what Apple answers; a connection that ends first asks to retry."""
        async with self._room:
            await self._room.wait_for(lambda: not self.usable or len(self._exchanges) < self._limit())
            if not self.usable:
                return RetryLater(reason="connection_lost")
            stream, answer = self._begin(topic, token, magic)
        try:
            async with asyncio.timeout(_REQUEST_SECONDS):
                return await answer
        except TimeoutError:
            self._abandon(stream)
            return RetryLater(reason="timeout", everybody=True)

    def ping(self) -> None:
        """Ask for a sign of life, which also keeps the line open."""
        if self.usable:
            self._h2.ping(b"valise\0\0")
            self._flush()

    def close(self) -> None:
        """End the connection; requests under way are asked to retry."""
        if self._transport is not None and not self.ended.is_set():
            self._h2.close_connection()
            self._flush()
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin HTTP/2; part of asyncio's protocol."""
        self._transport = cast(asyncio.Transport, transport)
        self._h2.initiate_connection()
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Take in what Apple sends; part of asyncio's protocol."""
        try:
            events = self._h2.receive_data(data)
        except h2.exceptions.ProtocolError as error:
            log.warning("apns_protocol_error", error=type(error).__name__)
            self._flush()
            self._close_transport()
            return
        for event in events:
            self._take(event)
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Ask every request under way to retry; part of asyncio's protocol."""
        del exc
        self.ended.set()
        for exchange in list(self._exchanges.values()):
            _settle(exchange, RetryLater(reason="connection_lost"))
        self._exchanges.clear()
        self._wake_waiting()

    def _limit(self) -> int:
        return max(1, min(_OWN_STREAM_LIMIT, self._h2.remote_settings.max_concurrent_streams))

    def _begin(self, topic: str, token: bytes, magic: str) -> tuple[int, "asyncio.Future[Outcome]"]:
        body = msgspec.json.encode({"mdm": magic})
        stream = self._h2.get_next_available_stream_id()
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._exchanges[stream] = _Exchange(answer)
        self._h2.send_headers(
            stream,
            [
                (":method", "POST"),
                (":scheme", "https"),
                (":authority", self._authority),
                (":path", f"/3/device/{token.hex()}"),
                ("apns-topic", topic),
                ("apns-push-type", "mdm"),
                ("apns-priority", "10"),
                ("apns-expiration", "0"),
                ("content-length", str(len(body))),
            ],
        )
        self._h2.send_data(stream, body, end_stream=True)
        self._flush()
        return stream, answer

    def _take(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.ResponseReceived(stream_id=stream) if stream in self._exchanges:
                self._exchanges[stream].headers = {str(name): str(value) for name, value in event.headers or []}
            case h2.events.DataReceived(stream_id=stream):
                self._h2.acknowledge_received_data(event.flow_controlled_length or 0, stream)
                exchange = self._exchanges.get(stream)
                if exchange is not None and len(exchange.body) < _BODY_BYTES:
                    exchange.body += event.data or b""
            case h2.events.StreamEnded(stream_id=stream):
                self._finish(stream)
            case h2.events.StreamReset(stream_id=stream):
                self._retry(stream, "stream_reset")
            case h2.events.ConnectionTerminated():
                self._leave(event)
            case h2.events.RemoteSettingsChanged():
                self._wake_waiting()

    def _finish(self, stream: int) -> None:
        exchange = self._exchanges.pop(stream, None)
        if exchange is None:
            return
        status = exchange.headers.get(":status", "0")
        reason = _reason(exchange.body)
        _settle(
            exchange, outcome_of(int(status) if status.isdigit() else 0, reason, exchange.headers.get("retry-after"))
        )
        self._wake_waiting()

    def _retry(self, stream: int, reason: str) -> None:
        exchange = self._exchanges.pop(stream, None)
        if exchange is not None:
            _settle(exchange, RetryLater(reason=reason))
            self._wake_waiting()

    def _leave(self, event: h2.events.ConnectionTerminated) -> None:
        """GOAWAY: streams over the last one were not looked at and go out again; the others may still be answered."""
        self._leaving = True
        last = event.last_stream_id or 0
        log.info("apns_goaway", reason=_reason(event.additional_data or b""), under_way=len(self._exchanges))
        for stream in [one for one in self._exchanges if one > last]:
            self._retry(stream, "goaway")
        self._wake_waiting()
        if not self._exchanges:
            self._close_transport()

    def _abandon(self, stream: int) -> None:
        if self._exchanges.pop(stream, None) is not None and not self.ended.is_set():
            try:
                self._h2.reset_stream(stream, h2.errors.ErrorCodes.CANCEL)
            except h2.exceptions.ProtocolError:
                self._close_transport()
            self._flush()

    def _wake_waiting(self) -> None:
        async def wake() -> None:
            async with self._room:
                self._room.notify_all()

        self._waking: Any = asyncio.get_running_loop().create_task(wake())

    def _flush(self) -> None:
        data = self._h2.data_to_send()
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _close_transport(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _settle(exchange: _Exchange, outcome: Outcome) -> None:
    if not exchange.answer.done():
        exchange.answer.set_result(outcome)


def _reason(body: bytes) -> str:
    try:
        found = msgspec.json.decode(body) if body else {}
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    reason = found.get("reason") if isinstance(found, dict) else None
    return reason[:100] if isinstance(reason, str) else ""
