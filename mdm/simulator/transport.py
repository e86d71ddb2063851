"""A tablet's connections: HTTPS with the tablet's own identity, and the ways in which a connection breaks."""

import asyncio
import ssl
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mdm.simulator.errors import ReplyLost, ServerUnreachable

_TIMEOUT = aiohttp.ClientTimeout(total=60, connect=20)


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """A tablet's key and certificate; ``authority`` are the certificates above it, nearest first."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    authority: tuple[x509.Certificate, ...] = ()


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """What a server answered; ``content_type`` without parameters, ``url`` after redirects."""

    status: int
    content_type: str
    body: bytes
    url: str
    retry_after: float | None = None


class Line:
    """One tablet's connections to servers: few, kept open, with its identity when it has one.

    ``roots`` are PEM or DER certificates to trust, beside those of the operating system unless ``only_roots``.
    """

    def __init__(
        self, roots: Sequence[bytes] = (), identity: Identity | None = None, *, only_roots: bool = False
    ) -> None:
        self._roots = tuple(roots)
        self._only_roots = only_roots
        self._identity = identity
        self._session: aiohttp.ClientSession | None = None

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Response:
        """Fetch ``url``, following redirects as a browser does; raise `ServerUnreachable`."""
        return await self._ask("GET", url, headers or {}, None)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Send ``body``; raise `ServerUnreachable`."""
        return await self._ask("POST", url, headers, body)

    async def put(self, url: str, body: bytes, headers: Mapping[str, str], *, lose_reply: bool = False) -> Response:
        """Send ``body``, not following redirects; raise `ServerUnreachable`.

        With ``lose_reply`` the connection is dropped when the answer begins to arrive, and `ReplyLost` is raised.
        """
        return await self._ask("PUT", url, headers, body, lose_reply=lose_reply)

    async def hang_up(self) -> None:
        """Close the connections; the next request opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.hang_up()

    async def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, *, lose_reply: bool = False
    ) -> Response:
        session = await self._open()
        try:
            async with session.request(
                method, url, data=body, headers=headers, allow_redirects=method == "GET"
            ) as answer:
                if lose_reply:
                    answer.close()
                    raise ReplyLost("the connection broke before the answer was read")
                return Response(
                    status=answer.status,
                    content_type=answer.content_type if "Content-Type" in answer.headers else "",
                    body=await answer.read(),
                    url=str(answer.url),
                    retry_after=_seconds(answer.headers.get("Retry-After")),
                )
        except (aiohttp.ClientError, TimeoutError, ConnectionError, OSError) as cause:
            raise ServerUnreachable(f"{method} failed: {type(cause).__name__}: {cause}") from cause
        except ValueError as cause:
            raise ServerUnreachable(f"{method} failed: the address is not right") from cause

    async def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            context = await asyncio.to_thread(trusting, self._roots, self._identity, self._only_roots)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=context, limit=2, keepalive_timeout=30),
                timeout=_TIMEOUT,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def trusting(roots: Sequence[bytes], identity: Identity | None, only_roots: bool) -> ssl.SSLContext:
    """Return a TLS context that trusts ``roots`` and shows ``identity``; it reads files, so call it in a thread."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not only_roots:
        context.load_default_certs()
    for root in roots:
        context.load_verify_locations(cadata=root.decode("ascii") if root.startswith(b"-----") else root)
    if identity is not None:
        key = identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        chain = [identity.certificate, *(one for one in identity.authority if one.issuer != one.subject)]
        with tempfile.TemporaryDirectory(prefix="ipad-") as folder:  # private to this user
            file = Path(folder) / "identity.pem"
            file.write_bytes(key + b"".join(one.public_bytes(Encoding.PEM) for one in chain))
            context.load_cert_chain(file)
    return context


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isascii() and text.isdigit() else None
