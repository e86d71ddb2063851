"""What the device listener serves of enrollment: SCEP, the pages of tickets, the root and the revocation list.

Each resource is a leaf; the server mounts them as ``scep``, ``e``, ``ca.crt`` and ``crl``.
"""

import base64
import binascii
from collections.abc import Callable, Mapping

import structlog
from cryptography.hazmat.primitives.serialization import Encoding

from enrollment.authority import Authority
from enrollment.authority.revocation import RevocationLists
from enrollment.errors import MethodNotAllowed, ServerBusy, TicketUnknown, TooManyRequests
from enrollment.pages import EnrollmentPages, Page
from enrollment.profile import CONTENT_TYPE
from enrollment.profile_service import EnrollmentProfiles
from enrollment.reservation import known_visit, new_visit
from enrollment.scep.errors import NotScep
from enrollment.scep.service import ScepService
from enrollment.throttle import TokenBuckets
from mdm.clock import Clock
from mdm.errors import ValiseError
from mdm.i18n import Catalogs
from mdm.listener.resource import TEXT, AsyncResource
from mdm.listener.site import DeviceRequest, InFlight
from mdm.store import StoreError

log = structlog.get_logger()

SCEP_BODY_BYTES = 64 * 1024
PROFILE_NAME = "enroll.mobileconfig"
_PAGE_BODY_BYTES = 1024
BODY_LIMITS: Mapping[bytes, int] = {
    b"scep": SCEP_BODY_BYTES,
    b"e": _PAGE_BODY_BYTES,
    b"ca.crt": _PAGE_BODY_BYTES,
    b"crl": _PAGE_BODY_BYTES,
}
"""The largest bodies, in bytes, by the first segment of the path."""

_SCEP_TYPES = frozenset({b"", b"application/x-pki-message", b"application/octet-stream"})
_QUIET = {b"cache-control": b"no-store", b"x-content-type-options": b"nosniff", b"referrer-policy": b"no-referrer"}
_UNKNOWN_COST = 10.0
"""A ticket that does not exist costs ten requests, so that nobody guesses for long."""


def peer_of(request: DeviceRequest) -> str:
    """Return the address of the connection's other end."""
    return str(getattr(request.getClientAddress(), "host", ""))


class _Leaf(AsyncResource):
    """A leaf that refuses every method it has no ``render_`` for; twisted.web calls PUT and DELETE unknown (501)."""

    def render(self, request: DeviceRequest) -> int:
        """Take a request in."""
        method = getattr(self, f"render_{request.method.decode('ascii', 'replace')}", None)
        return self.begin(request, self._refuse) if method is None else int(method(request))

    async def _refuse(self, request: DeviceRequest) -> None:
        known = sorted(name.removeprefix("render_") for name in dir(self) if name.startswith("render_"))
        request.answer(405, b"This method is not offered here.\n", TEXT, {b"allow": ", ".join(known).encode()})


class ScepResource(_Leaf):
    """SCEP over HTTP (RFC 8894 section 4): any path below, the operation in the query, PKIOperation by GET or POST."""

    def __init__(self, service: ScepService, in_flight: InFlight, catalogs: Catalogs) -> None:
        super().__init__(in_flight, catalogs)
        self._service = service

    def render_GET(self, request: DeviceRequest) -> int:
        """Answer GetCACaps, GetCACert, or PKIOperation with the message in base64."""
        return self.begin(request, self._get)

    def render_POST(self, request: DeviceRequest) -> int:
        """Answer PKIOperation with the message as the body."""
        return self.begin(request, self._post)

    async def _get(self, request: DeviceRequest) -> None:
        operation = _parameter(request, b"operation")
        if operation == b"GetCACaps":
            request.answer(200, self._service.capabilities(), b"text/plain", _QUIET)
        elif operation == b"GetCACert":
            request.answer(200, self._service.authority_chain(), b"application/x-x509-ca-ra-cert", _QUIET)
        elif operation == b"PKIOperation":
            await self._operate(request, _from_base64(_parameter(request, b"message")))
        else:
            request.answer(400, b"This operation is not offered.\n", TEXT)

    async def _post(self, request: DeviceRequest) -> None:
        content_type = request.requestHeaders.getRawHeaders(b"content-type", [b""])[0].split(b";", 1)[0].strip().lower()
        if content_type not in _SCEP_TYPES:
            request.answer(415, b"Send a message as application/x-pki-message.\n", TEXT)
        elif _parameter(request, b"operation") != b"PKIOperation":
            request.answer(400, b"This operation is not offered.\n", TEXT)
        else:
            await self._operate(request, request.body)

    async def _operate(self, request: DeviceRequest, message: bytes) -> None:
        if len(message) > SCEP_BODY_BYTES:
            request.answer(413, b"The message is too large.\n", TEXT)
            return
        request.answer(200, await self._service.operate(message), b"application/x-pki-message", _QUIET)


class TicketResource(AsyncResource):
    """``/e/<secret>``: the page after scanning; ``/e/<secret>/enroll.mobileconfig``: the profile.

    ``client_of`` tells whom a request is counted for: the peer, or what a trusted proxy says.
    """

    def __init__(
        self,
        profiles: EnrollmentProfiles,
        pages: EnrollmentPages,
        clock: Clock,
        in_flight: InFlight,
        catalogs: Catalogs,
        *,
        client_of: Callable[[DeviceRequest], str] = peer_of,
    ) -> None:
        super().__init__(in_flight, catalogs)
        self._profiles = profiles
        self._pages = pages
        self._client_of = client_of
        # A school's tablets share one address: a whole kit, and its pages, must come through at once.
        self._by_address = TokenBuckets(clock, capacity=240, per_second=4)
        self._by_ticket = TokenBuckets(clock, capacity=120, per_second=2)

    def render(self, request: DeviceRequest) -> int:
        """Take a request in, whatever its method."""
        return self.begin(request, self._page)

    async def _page(self, request: DeviceRequest) -> None:
        translate = self._pages.translator(request.getHeader("accept-language"))
        try:
            await self._served(request)
        except StoreError:
            log.warning("ticket_page_without_store")
            self._answer_page(request, self._pages.refusal(ServerBusy(), translate))
        except ValiseError as refused:
            log.info("ticket_page_refused", code=refused.code)
            headers: dict[bytes, bytes] = {}
            if isinstance(refused, TooManyRequests):
                headers[b"retry-after"] = b"%d" % refused.wait_s
            if isinstance(refused, MethodNotAllowed):
                headers[b"allow"] = b"GET, HEAD"
            self._answer_page(request, self._pages.refusal(refused, translate), headers)

    async def _served(self, request: DeviceRequest) -> None:
        if request.method not in (b"GET", b"HEAD"):
            raise MethodNotAllowed
        secret, _, rest = request.rest.decode("ascii", "replace").partition("/")
        client = self._client_of(request)
        _require(self._by_address.take(client))
        _require(self._by_ticket.take(secret[:64]))
        try:
            if rest == PROFILE_NAME and request.method == b"GET":
                await self._give_profile(request, secret)
            elif rest in ("", PROFILE_NAME):
                await self._invite(request, secret)
            else:
                raise TicketUnknown
        except TicketUnknown:
            _require(self._by_address.take(client, _UNKNOWN_COST))
            raise

    async def _invite(self, request: DeviceRequest, secret: str) -> None:
        invitation = await self._profiles.look(secret)
        translate = self._pages.translator(request.getHeader("accept-language"))
        address = f"/e/{secret}/{PROFILE_NAME}?visit={new_visit()}"
        self._answer_page(request, self._pages.invitation(invitation, address, translate))

    async def _give_profile(self, request: DeviceRequest, secret: str) -> None:
        visit = known_visit(_parameter(request, b"visit").decode("ascii", "replace"))
        translate = self._pages.translator(request.getHeader("accept-language"))
        profile = await self._profiles.take(secret, visit, translate)
        headers = {**_QUIET, b"content-disposition": b'attachment; filename="valise.mobileconfig"'}
        request.answer(200, profile, CONTENT_TYPE.encode(), headers)

    def _answer_page(self, request: DeviceRequest, page: Page, more: Mapping[bytes, bytes] | None = None) -> None:
        headers = {
            **_QUIET,
            b"content-security-policy": self._pages.content_security_policy.encode(),
            b"content-language": page.language.encode(),
            b"vary": b"accept-language",
            **(more or {}),
        }
        request.answer(page.status, page.body, b"text/html; charset=utf-8", headers)


class RootCertificateResource(_Leaf):
    """``/ca.crt``: the root certificate, DER."""

    def __init__(self, authority: Authority, in_flight: InFlight, catalogs: Catalogs) -> None:
        super().__init__(in_flight, catalogs)
        self._root = authority.root.public_bytes(Encoding.DER)

    def render_GET(self, request: DeviceRequest) -> int:
        """Serve the certificate."""
        return self.begin(request, self._get)

    async def _get(self, request: DeviceRequest) -> None:
        headers = {b"cache-control": b"public, max-age=86400"}
        request.answer(200, self._root, b"application/x-x509-ca-cert", headers)


class RevocationListResource(_Leaf):
    """``/crl``: the current revocation list, DER (RFC 2585 section 4.2)."""

    def __init__(self, lists: RevocationLists, in_flight: InFlight, catalogs: Catalogs) -> None:
        super().__init__(in_flight, catalogs)
        self._lists = lists

    def render_GET(self, request: DeviceRequest) -> int:
        """Serve the list."""
        return self.begin(request, self._get)

    async def _get(self, request: DeviceRequest) -> None:
        published = await self._lists.current()
        headers = {b"cache-control": b"public, max-age=300"}
        request.answer(200, published.der, b"application/pkix-crl", headers)


def _parameter(request: DeviceRequest, name: bytes) -> bytes:
    values: list[bytes] = (request.args or {}).get(name, [])
    return values[0] if len(values) == 1 else b""


def _from_base64(text: bytes) -> bytes:
    # A plus sign that the client did not escape arrives as a space.
    compact = b"".join(text.replace(b" ", b"+").split())
    try:
        return base64.b64decode(compact + b"=" * (-len(compact) % 4), validate=True)
    except binascii.Error as error:
        raise NotScep(reason="its text is not base64") from error


def _require(wait_s: int) -> None:
    if wait_s:
        raise TooManyRequests(wait_s=wait_s)
