"""Apple's push service over one connection that is opened when needed and opened again when it ends."""

import asyncio
import os
import ssl
from pathlib import Path

import structlog

from push.connection import ApnsConnection
from push.outcome import CertificateRefused, Outcome, RetryLater

log = structlog.get_logger()

_CONNECT_SECONDS = 10.0
_CERTIFICATE_ALERTS = frozenset({"CERTIFICATE_REQUIRED", "CERTIFICATE_EXPIRED", "CERTIFICATE_REVOKED", "UNKNOWN_CA"})


class ApnsClient:
    """Sends pushes of one topic with its certificate."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext, topic: str) -> None:
        self._host = host
        self._port = port
        self._context = context
        self.topic = topic
        self._connection: ApnsConnection | None = None
        self._opening = asyncio.Lock()

    async def send(self, token: bytes, magic: str) -> Outcome:
        """Send one MDM push and return what became of it; never raises for what the network does."""
        try:
            connection = await self._connected()
        except ssl.SSLError as error:
            if any(alert in (error.reason or "") for alert in _CERTIFICATE_ALERTS):
                return CertificateRefused(reason=error.reason or "tls")
            return RetryLater(reason="tls", everybody=True)
        except (OSError, TimeoutError):
            return RetryLater(reason="unreachable", everybody=True)
        return await connection.send(self.topic, token, magic)

    def ping(self) -> None:
        """Keep the connection open, if there is one."""
        if self._connection is not None:
            self._connection.ping()

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _connected(self) -> ApnsConnection:
        async with self._opening:
            if self._connection is None or not self._connection.usable:
                self._connection = await ApnsConnection.connect(
                    self._host, self._port, self._context, seconds=_CONNECT_SECONDS
                )
                log.info("apns_connected", host=self._host, port=self._port)
            return self._connection


def client_context(certificate_pem: bytes, key_pem: bytes, ca_file: Path | None) -> ssl.SSLContext:
    """Return a TLS context that speaks HTTP/2 and shows the push certificate; ``ca_file`` None trusts the system's."""
    context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["h2"])
    # OpenSSL reads keys from files only; this one is in memory and has no name.
    descriptor = os.memfd_create("push-identity", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, certificate_pem + b"\n" + key_pem)
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)
    return context
