"""The push service of a server process: a client for the certificate in use, the waker, and the expiry warnings."""

import asyncio
import secrets
from contextlib import suppress
from pathlib import Path

import structlog

from mdm.clock import Clock
from mdm.errors import ValiseError
from mdm.store import Connection, Database
from mdm.vault import Vault
from push.certificate import PushStatus, key_pem, status_of
from push.certificate_store import PushCertificate, current_certificate
from push.client import ApnsClient, client_context
from push.metrics import PushMetrics
from push.waker import Addresses, Waker

log = structlog.get_logger()

_WARN_SECONDS = 24 * 3600
_PING_SECONDS = 300
_WITHOUT_CERTIFICATE_SECONDS = 5.0


def push_status(conn: Connection, clock: Clock) -> PushStatus:
    """Return how the push certificate in use stands."""
    return status_of(current_certificate(conn), clock.ms())


class PushService:
    """Starts and stops with the server."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        vault: Vault,
        addresses: Addresses,
        metrics: PushMetrics,
        *,
        host: str,
        port: int,
        ca_file: Path | None,
        per_second: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._metrics = metrics
        self._host = host
        self._port = port
        self._ca_file = ca_file
        owner = secrets.token_hex(8)
        self._waker = Waker(database, clock, addresses, metrics, owner=owner, per_second=per_second)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to wake tablets."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._wake()), loop.create_task(self._warn())]

    async def stop(self) -> None:
        """Stop; what was not pushed is pushed by whoever runs next."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    async def _wake(self) -> None:
        while True:
            certificate = await self._certificate()
            client = self._client(certificate) if certificate is not None else None
            if certificate is None or client is None:
                await asyncio.sleep(_WITHOUT_CERTIFICATE_SECONDS)
                continue
            self._waker.resume()
            work = asyncio.get_running_loop().create_task(self._waker.run(client))
            try:
                await self._until_replaced(certificate, client)
            finally:
                work.cancel()
                with suppress(asyncio.CancelledError):
                    await work
                client.close()

    async def _until_replaced(self, certificate: PushCertificate, client: ApnsClient) -> None:
        """Wait until another certificate is imported, and keep the connection open meanwhile."""
        async with self._database.events.subscribe("push") as events:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_PING_SECONDS):
                        while (await anext(events)).key != "certificate":
                            pass
                client.ping()
                if await self._certificate() != certificate:
                    return

    async def _certificate(self) -> PushCertificate | None:
        try:
            found = await self._database.read(current_certificate)
        except ValiseError as error:
            log.warning("push_certificate_unread", code=error.code)
            return None
        return found if found is not None and found.not_after > self._clock.ms() else None

    def _client(self, certificate: PushCertificate) -> ApnsClient | None:
        try:
            context = client_context(certificate.certificate, key_pem(certificate, self._vault), self._ca_file)
        except (ValiseError, OSError, ValueError) as error:
            log.error("push_certificate_unusable", error=type(error).__name__)
            return None
        return ApnsClient(self._host, self._port, context, certificate.topic)

    async def _warn(self) -> None:
        """Say once a day how long the certificate lasts when that is not long."""
        while True:
            with suppress(ValiseError):
                status = await self._database.read(lambda conn: push_status(conn, self._clock))
                self._metrics.certificate_days(status.days_left)
                if status.level in ("expired", "urgent"):
                    log.error("push_certificate_expires", days_left=status.days_left, level=status.level)
                elif status.level in ("warning", "notice"):
                    log.warning("push_certificate_expires", days_left=status.days_left, level=status.level)
            await asyncio.sleep(_WARN_SECONDS)
