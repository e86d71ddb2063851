"""The agent's connections: what its HTTP library does about time limits, redirects, trust and downloads."""

import asyncio
import hashlib
import ssl
import tempfile
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
import msgspec
from yarl import URL

from mdm.simulator.android.build import PUBLIC_BUILD
from mdm.simulator.android.errors import AddressRefused
from mdm.simulator.errors import ServerUnreachable

_READ_SECONDS = 10.0
_CHUNK = 1 << 20
_USER_AGENT = "okhttp/4.12.0"
_NEVER_CALLED = frozenset({URL(PUBLIC_BUILD.compiled_base).host})


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What a server answered. ``signature`` is its X-Response-Signature, ``external_ip`` its X-IP-Address."""

    status: int
    body: bytes
    signature: str | None = None
    external_ip: str | None = None


class Download:
    """A downloaded file, until it is closed; ``size`` in bytes, ``path`` where it lies meanwhile."""

    def __init__(self, status: int, path: Path | None, sha256: bytes, md5: str, size: int) -> None:
        self.status = status
        self.sha256 = sha256
        self.md5 = md5
        self.size = size
        self._path = path

    @property
    def path(self) -> Path:
        """The file; raise ValueError when the answer's status was not 200, for then nothing was kept."""
        if self._path is None:
            raise ValueError("nothing was downloaded")
        return self._path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._path is not None:
            self._path.unlink(missing_ok=True)


class Connections:
    """One tablet's connections to servers, kept open until `hang_up`.

    ``roots`` are certificates (PEM) to trust beside those of the operating system; ``cut_off`` is set while there is no
    network. Every method raises
    `mdm.simulator.errors.ServerUnreachable` when no answer comes: the network, TLS, a wrong address, a time limit
    (10 s to connect and for each silence). The agent's public server, compiled into it, is never called.
    """

    def __init__(self, roots: Sequence[bytes] = ()) -> None:
        self.cut_off = False
        self._roots = tuple(roots)
        self._session: aiohttp.ClientSession | None = None

    def fresh(self) -> "Connections":
        """Return another one that trusts the same, for a thread that keeps its own."""
        other = Connections(self._roots)
        other.cut_off = self.cut_off
        return other

    async def trust(self, root: bytes) -> None:
        """Trust one more certificate (PEM); a file that is none is passed over."""
        if root not in self._roots and _is_certificate(root):
            self._roots = (*self._roots, root)
            await self.hang_up()

    async def get(self, url: str, headers: Mapping[str, str] | None = None, *, silence: float = _READ_SECONDS) -> Reply:
        """Ask for ``url``; ``silence`` is how many seconds an answer may take."""
        return await self._ask("GET", url, headers or {}, None, silence)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
        """Send JSON. A redirect is not followed: it would turn the request into a GET."""
        typed = {"Content-Type": "application/json; charset=UTF-8", **(headers or {})}
        return await self._ask("POST", url, typed, body, _READ_SECONDS)

    async def download(self, url: str, headers: Mapping[str, str] | None = None) -> Download:
        """Fetch a file in one piece, without resuming; close what is returned. Only with status 200 is it kept."""
        session, address = await self._open(), _as_it_is(url)
        try:
            async with session.get(
                address,
                headers={"User-Agent": _USER_AGENT, "Accept-Encoding": "identity", **(headers or {})},
                timeout=_limits(_READ_SECONDS),
            ) as answer:
                if answer.status != 200:
                    return Download(answer.status, None, b"", "", 0)
                return await _keep(answer)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as cause:
            raise ServerUnreachable(_why(cause)) from cause

    async def hang_up(self) -> None:
        """Close the connections; the next request opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, silence: float
    ) -> Reply:
        session, address = await self._open(), _as_it_is(url)
        try:
            async with session.request(
                method,
                address,
                data=body,
                headers={"User-Agent": _USER_AGENT, "Accept-Encoding": "gzip", **headers},
                timeout=_limits(silence),
                allow_redirects=method == "GET",
            ) as answer:
                return Reply(
                    status=answer.status,
                    body=await answer.read(),
                    signature=answer.headers.get("X-Response-Signature"),
                    external_ip=answer.headers.get("X-IP-Address"),
                )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as cause:
            raise ServerUnreachable(_why(cause)) from cause

    async def _open(self) -> aiohttp.ClientSession:
        if self.cut_off:
            raise ServerUnreachable("the tablet has no network")
        if self._session is None:
            context = await asyncio.to_thread(_trusting, self._roots)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=context, limit=0, keepalive_timeout=30),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("Accept", "User-Agent"),
            )
        return self._session


def _as_it_is(url: str) -> URL:
    """Return the address without rewriting it, for a ``%2F`` in its path must stay one; raise `AddressRefused`."""
    try:
        address = URL(url, encoded=True)
        host, _ = address.host, address.port
    except ValueError as cause:
        raise AddressRefused("the address is not right") from cause
    if host is None or address.scheme not in ("http", "https"):
        raise AddressRefused("the address is not right")
    if host.lower() in _NEVER_CALLED:
        raise AddressRefused("the agent would turn to the public server that is compiled into it")
    return address


def _limits(silence: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, sock_connect=_READ_SECONDS, sock_read=silence)


def _why(cause: BaseException) -> str:
    """Return what happened, without the address: it holds the tablet's secret."""
    tag = "trust_anchor: " if isinstance(cause, aiohttp.ClientConnectorCertificateError) else ""
    detail = f": {cause.strerror}" if isinstance(cause, OSError) and cause.strerror else ""
    return f"{tag}{type(cause).__name__}{detail}"


async def _keep(answer: aiohttp.ClientResponse) -> Download:
    sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0

    def make() -> Path:
        with tempfile.NamedTemporaryFile(prefix="tablet-", delete=False) as made:
            return Path(made.name)

    def add(chunk: bytes) -> None:
        sha256.update(chunk)
        md5.update(chunk)
        with path.open("ab") as file:
            file.write(chunk)

    path = await asyncio.to_thread(make)
    try:
        async for chunk in answer.content.iter_chunked(_CHUNK):
            await asyncio.to_thread(add, chunk)
            size += len(chunk)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Download(answer.status, path, sha256.digest(), md5.hexdigest(), size)


def _is_certificate(pem: bytes) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem.decode("ascii"))
    except (ssl.SSLError, ValueError):
        return False
    return True


@lru_cache(maxsize=64)
def _trusting(roots: tuple[bytes, ...]) -> ssl.SSLContext:
    """Return a TLS context, one for all tablets that trust the same; it reads files, so call it in a thread."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_default_certs()
    for root in roots:
        context.load_verify_locations(cadata=root.decode("ascii"))
    return context
