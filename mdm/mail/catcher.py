"""A mail server that keeps what it is given and sends it nowhere: the demonstration's."""

import asyncio
import email
from collections import deque
from email.policy import default
from typing import Any

import msgspec

_KEPT = 100
_LARGEST = 1024 * 1024


class Caught(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was caught; ``number`` counts from 1."""

    number: int
    to: str
    subject: str
    text: str


class MailCatcher:
    """Listens on this machine, and keeps the newest hundred messages in memory."""

    def __init__(self) -> None:
        self._caught: deque[Caught] = deque(maxlen=_KEPT)
        self._count = 0
        self._server: asyncio.Server | None = None

    @property
    def caught(self) -> list[Caught]:
        """The messages, the newest first."""
        return list(reversed(self._caught))

    async def start(self, host: str, port: int) -> int:
        """Listen; return the port. Raises OSError."""
        # Only the demonstration needs it.
        from aiosmtpd.smtp import SMTP

        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="localhost", data_size_limit=_LARGEST, enable_SMTPUTF8=True, loop=loop),
            host,
            port,
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Keep a message."""
        message = email.message_from_bytes(envelope.content, policy=default)
        body = message.get_body(("plain",))
        self._count += 1
        self._caught.append(
            Caught(
                number=self._count,
                to=", ".join(envelope.rcpt_tos),
                subject=str(message["Subject"]),
                text=body.get_content() if body is not None else "",
            )
        )
        return "250 kept"
