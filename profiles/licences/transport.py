"""One request to Apple's Apps and Books: sent in its turn, its answer read, and what is no answer told apart.

Sources: Apple, "Handling error responses" and "Service Config"; RFC 9110 section 10.2.3 for Retry-After.
"""

import asyncio
import errno
import ssl
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import aiohttp
import msgspec
import structlog

from mdm.clock import Clock
from mdm.errors import Words
from mdm.i18n import N_
from profiles.licences.answers import Limits, MdmInfo, Refusal
from profiles.licences.errors import (
    AnswerLost,
    AnswerNotUnderstood,
    LicenceError,
    LocationTaken,
    PermissionMissing,
    ServiceBusy,
    ServiceRefused,
    ServiceUnreachable,
    TokenExpired,
    TokenRefused,
)
from profiles.licences.pace import Pace

log = structlog.get_logger()

Answer = TypeVar("Answer")

_TIMEOUT = aiohttp.ClientTimeout(total=90, connect=15)
_BYTES = 16 * 1024 * 1024
_LONGEST_WAIT_SECONDS = 24 * 3600.0
_REASON_LIMIT = 200
_EXPIRED = 9621
_TOKEN = frozenset({9601, 9622, 9625, 9722})
_BUSY = frozenset({9603, 9644, 9646, 9729})


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """What a request is made with: the location's name, for words, and its token, which is a secret."""

    location: str
    bearer: str

    def __repr__(self) -> str:
        return f"Access(location={self.location!r})"


class Transport:
    """Connections to the service at ``url``. ``own_id`` is what this server writes at the locations that it manages.

    ``pace`` says how fast requests go out.
    """

    def __init__(self, clock: Clock, url: str, own_id: str, ca_file: Path | None) -> None:
        self._clock = clock
        self._url = urlsplit(url)
        self._own_id = own_id
        self._ca_file = ca_file
        self._session: aiohttp.ClientSession | None = None
        self._opening = asyncio.Lock()
        self.pace = Pace(Limits().max_request_per_second)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(
        self,
        method: str,
        address: str,
        access: Access | None,
        kind: type[Answer],
        *,
        query: Mapping[str, str] | None = None,
        content: object = None,
    ) -> Answer:
        """Send a request once and return its answer; raise a `TokenError` or `ServiceError`.

        `AnswerLost` alone leaves it open whether the request was carried out.
        """
        session = await self._open()
        if (wait := self.pace.turn(asyncio.get_running_loop().time())) > 0:
            await asyncio.sleep(wait)
        headers = {"Authorization": f"Bearer {access.bearer}"} if access is not None else {}
        if content is not None:
            headers["Content-Type"] = "application/json"
        body = msgspec.json.encode(content) if content is not None else None
        try:
            async with session.request(
                method, address, params=query, data=body, headers=headers, allow_redirects=False
            ) as response:
                read = await _body(response)
                status, retry_after = response.status, response.headers.get("Retry-After")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise ServiceUnreachable(reason=_reason(error), host=self._url.hostname or "") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise AnswerLost from error
        if status != 200:
            raise self._refusal(status, read, retry_after, access)
        try:
            return msgspec.json.decode(read, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            log.warning("apps_and_books_not_understood", path=urlsplit(address).path, reason=_clean(str(error)))
            raise AnswerNotUnderstood(reason=Words(N_("it is not what Apple documents"))) from error

    def require_apple(self, address: str) -> None:
        """Raise `AnswerNotUnderstood` for an address that is not the configured host's, nor another of Apple's.

        Tokens go to nobody else.
        """
        parts = urlsplit(address)
        host = parts.hostname or ""
        known = host == self._url.hostname or host == "apple.com" or host.endswith(".apple.com")
        if parts.scheme != self._url.scheme or not known:
            raise AnswerNotUnderstood(reason=Words(N_("an address is not one of Apple's")))

    def require_own(self, info: MdmInfo | None, access: Access) -> None:
        """Raise `LocationTaken` when an answer says that another service manages the location."""
        if info is not None and info.id and info.id != self._own_id:
            raise LocationTaken(location=access.location, service=_clean(info.name) or _clean(info.id))

    def _refusal(self, status: int, body: bytes, retry_after: str | None, access: Access | None) -> LicenceError:
        """Return what an answer that is not 200 means."""
        try:
            refusal = msgspec.json.decode(body, type=Refusal)
        except (msgspec.DecodeError, UnicodeDecodeError):
            refusal = Refusal()
        number = refusal.error_number or status
        location = access.location if access is not None else ""
        if number == _EXPIRED:
            return TokenExpired(location=location)
        if status == 401 or number in _TOKEN:
            return TokenRefused(location=location, number=number)
        if status == 403:
            return PermissionMissing(location=location, number=number)
        if status == 429 or status >= 500 or number in _BUSY:
            return ServiceBusy(number, self._seconds(retry_after))
        if status < 400:
            return AnswerNotUnderstood(reason=Words(N_("it leads elsewhere")))
        return ServiceRefused(number, _clean(refusal.error_message) or f"status {status}")

    def _seconds(self, retry_after: str | None) -> float | None:
        """Return how long a Retry-After asks to wait: it is a number of seconds, or a date."""
        if retry_after is None:
            return None
        text = retry_after.strip()
        if text.isascii() and text.isdigit():
            return min(float(text[:9]), _LONGEST_WAIT_SECONDS)
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return min(max(0.0, (aware - self._clock.now()).total_seconds()), _LONGEST_WAIT_SECONDS)

    async def _open(self) -> aiohttp.ClientSession:
        async with self._opening:
            if self._session is None:
                context = await asyncio.to_thread(_context, self._ca_file)
                self._session = aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(ssl=context, limit=4),
                    timeout=_TIMEOUT,
                    cookie_jar=aiohttp.DummyCookieJar(),
                )
            return self._session


def _context(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


async def _body(response: aiohttp.ClientResponse) -> bytes:
    parts: list[bytes] = []
    left = _BYTES
    async for part in response.content.iter_chunked(1 << 16):
        left -= len(part)
        if left < 0:
            raise AnswerNotUnderstood(reason=Words(N_("it is too large")))
        parts.append(part)
    return b"".join(parts)


def _reason(error: Exception) -> Words:
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return Words(N_("its certificate is not trusted"))
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Words(N_("its name is not known"))
    if isinstance(error, aiohttp.ClientConnectorError) and error.os_error.errno == errno.ECONNREFUSED:
        return Words(N_("the connection is refused"))
    return Words(N_("no connection can be made"))


def _clean(text: str) -> str:
    return "".join(one for one in text if one.isprintable())[:_REASON_LIMIT]
