"""Who a tablet is: its certificate, by mutual TLS, by the ``Mdm-Signature`` header, or from a trusted proxy.

Sources: Apple, "Setting up mutual TLS" and the ``SignMessage`` key of com.apple.mdm; RFC 9440 (Client-Cert); nginx's
``$ssl_client_escaped_cert``.
"""

import base64
import binascii
import hashlib
import ipaddress
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol, cast
from urllib.parse import unquote_to_bytes

import msgspec
from OpenSSL import crypto

from mdm.apple.cms import BadSignature, verify_detached
from mdm.clock import Clock
from mdm.errors import ValiseError
from mdm.i18n import N_
from mdm.listener.site import DeviceChannel, DeviceRequest

_REMEMBERED = 150_000
_HEADER_BYTES = 16 * 1024


class Identity(msgspec.Struct, frozen=True):
    """A certificate that our authority issued: ``digest`` is the SHA-256 of its DER in hex, ``expires`` in ms."""

    digest: str
    serial: str
    expires: int


class IdentityRefused(ValiseError):
    """The request proves no identity of ours."""

    code: ClassVar[str] = "identity_refused"
    status: ClassVar[int] = 401
    message: ClassVar[str] = N_("The request carries no valid device certificate: {reason}.")
    hint: ClassVar[str] = N_("Enrol the tablet again with its slot's QR code.")


class IdentityAuthority(Protocol):
    """Knows which certificates are device identities of ours."""

    def identify(self, der: bytes) -> Identity | None:
        """Return the identity when the chain and the dates are right, None otherwise."""
        ...


class Identities:
    """Finds the identity of a request; a certificate that was checked once is remembered by its digest."""

    def __init__(
        self, authority: IdentityAuthority, clock: Clock, *, proxy_header: str, trusted_proxies: Sequence[str]
    ) -> None:
        self._authority = authority
        self._clock = clock
        self._header = proxy_header.lower().encode()
        self._proxies = tuple(ipaddress.ip_network(one, strict=False) for one in trusted_proxies)
        self._from_header: OrderedDict[bytes, Identity] = OrderedDict()
        self._by_digest: OrderedDict[bytes, Identity] = OrderedDict()
        self._trusted_peers: OrderedDict[str, bool] = OrderedDict()

    def of(self, request: DeviceRequest, body: bytes) -> Identity:
        """Return who sent the request; raise `IdentityRefused` when it does not prove it."""
        if (identity := self._by_proxy(request)) is not None:
            return self._in_time(identity)
        if (identity := self._by_tls(request)) is not None:
            return self._in_time(identity)
        signature = request.getHeader("mdm-signature")
        if signature is None:
            raise IdentityRefused(reason="none was given")
        return self._in_time(self._by_signature(signature, body))

    def client_of(self, request: DeviceRequest) -> str:
        """Return the address that a request comes from: the peer's, or what a trusted proxy says of it (nginx)."""
        peer = str(getattr(request.getClientAddress(), "host", ""))
        said = request.getHeader("x-real-ip")
        return said[:64] if said and self._from_trusted_proxy(request) else peer

    def forget(self) -> None:
        """Check every certificate anew from now on."""
        self._from_header.clear()
        self._by_digest.clear()

    def _by_tls(self, request: DeviceRequest) -> Identity | None:
        channel = cast("DeviceChannel | None", request.channel)
        if channel is None or not request.isSecure():
            return None
        if isinstance(channel.identity, Identity):
            return channel.identity
        certificate = cast("crypto.X509 | None", cast(Any, channel.transport).getPeerCertificate())
        if certificate is None:
            return None
        identity = self._checked(crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate))
        channel.identity = identity
        return identity

    def _by_proxy(self, request: DeviceRequest) -> Identity | None:
        if not self._header:
            return None
        value = request.requestHeaders.getRawHeaders(self._header)
        if value is None or not self._from_trusted_proxy(request):
            return None
        raw = value[0]
        if len(value) != 1 or not raw.strip() or len(raw) > _HEADER_BYTES:
            return None
        key = hashlib.sha256(raw).digest()
        known = self._from_header.get(key)
        if known is None:
            known = self._checked(_certificate_in(raw))
            _remember(self._from_header, key, known)
        return known

    def _from_trusted_proxy(self, request: DeviceRequest) -> bool:
        host = str(getattr(request.getClientAddress(), "host", ""))
        trusted = self._trusted_peers.get(host)
        if trusted is None:
            try:
                address = ipaddress.ip_address(host)
            except ValueError:
                return False
            trusted = any(address in network for network in self._proxies)
            if len(self._trusted_peers) > 1000:
                self._trusted_peers.clear()
            self._trusted_peers[host] = trusted
        return trusted

    def _by_signature(self, header: str, body: bytes) -> Identity:
        if len(header) > _HEADER_BYTES:
            raise IdentityRefused(reason="the signature is too long")
        try:
            der = verify_detached(base64.b64decode(header, validate=True), body)
        except (binascii.Error, ValueError, BadSignature) as error:
            raise IdentityRefused(reason="the signature is not valid") from error
        return self._checked(der)

    def _checked(self, der: bytes) -> Identity:
        digest = hashlib.sha256(der).digest()
        known = self._by_digest.get(digest)
        if known is None:
            known = self._authority.identify(der)
            if known is None:
                raise IdentityRefused(reason="it was not issued here, or not for a tablet")
            _remember(self._by_digest, digest, known)
        return known

    def _in_time(self, identity: Identity) -> Identity:
        if identity.expires <= self._clock.ms():
            raise IdentityRefused(reason="it has expired")
        return identity


def _certificate_in(header: bytes) -> bytes:
    """Return the DER in a header: RFC 9440's ``:base64:``, or PEM with percent escapes as nginx writes it."""
    text = header.strip()
    try:
        if text.startswith(b":") and text.endswith(b":") and len(text) > 2:
            return base64.b64decode(text[1:-1], validate=True)
        pem = unquote_to_bytes(text)
        begin, end = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
        if not pem.strip().startswith(begin) or pem.count(begin) != 1 or not pem.strip().endswith(end):
            raise IdentityRefused(reason="the proxy's header has no certificate")
        return base64.b64decode(b"".join(pem.strip()[len(begin) : -len(end)].split()), validate=True)
    except binascii.Error as error:
        raise IdentityRefused(reason="the proxy's header is not a certificate") from error


def _remember(memory: "OrderedDict[bytes, Identity]", key: bytes, identity: Identity) -> None:
    memory[key] = identity
    if len(memory) > _REMEMBERED:
        memory.popitem(last=False)
