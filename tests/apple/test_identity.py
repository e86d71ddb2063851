"""Who a tablet is: by the header of a trusted proxy, by signature, and by nothing else."""

import base64
import datetime
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address

from mdm.apple.identity import Identities, Identity, IdentityRefused
from mdm.clock import ManualClock
from mdm.listener.site import DeviceRequest

KEY = ec.generate_private_key(ec.SECP256R1())
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tablet")])
NOW = datetime.datetime(2026, 9, 1, tzinfo=datetime.UTC)
CERTIFICATE = (
    x509.CertificateBuilder()
    .subject_name(NAME)
    .issuer_name(NAME)
    .public_key(KEY.public_key())
    .serial_number(7)
    .not_valid_before(NOW)
    .not_valid_after(NOW + datetime.timedelta(days=365))
    .sign(KEY, hashes.SHA256())
)
DER = CERTIFICATE.public_bytes(Encoding.DER)
PEM = CERTIFICATE.public_bytes(Encoding.PEM)


class Authority:
    """Knows one certificate; counts how often it is asked."""

    def __init__(self, expires: int = 2**60) -> None:
        self.asked = 0
        self.expires = expires

    def identify(self, der: bytes) -> Identity | None:
        self.asked += 1
        return Identity("d" * 64, "7", self.expires) if der == DER else None


class Channel:
    """A connection without TLS from 192.168.1.1."""

    transport = None
    identity = None
    site = SimpleNamespace(_parsePOSTFormSubmission=False)

    def isSecure(self) -> bool:
        return False

    def getPeer(self) -> IPv4Address:
        return IPv4Address("TCP", "192.168.1.1", 443)

    def getHost(self) -> IPv4Address:
        return IPv4Address("TCP", "192.168.1.2", 80)


def request(headers: dict[str, str]) -> DeviceRequest:
    made = DeviceRequest(Channel())  # type: ignore[arg-type]
    made.client = IPv4Address("TCP", "192.168.1.1", 443)
    for name, value in headers.items():
        made.requestHeaders.setRawHeaders(name, [value])
    return made


def identities(header: str, *proxies: str, authority: Authority | None = None) -> Identities:
    return Identities(authority or Authority(), ManualClock(NOW), proxy_header=header, trusted_proxies=proxies)


TRUSTED = "192.168.1.1"


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Client-Cert", f":{base64.b64encode(DER).decode()}:"),
        ("X-SSL-Client-Cert", quote(PEM.decode(), safe="")),
        ("X-SSL-Client-Cert", quote(PEM.decode())),
    ],
)
def test_a_trusted_proxys_header_is_believed_and_checked_once(header: str, value: str) -> None:
    authority = Authority()
    known = identities(header, "192.168.1.0/24", authority=authority)
    for _ in range(3):
        assert known.of(request({header: value}), b"").serial == "7"
    assert authority.asked == 1


def test_the_same_header_from_elsewhere_is_nothing() -> None:
    known = identities("Client-Cert", "10.0.0.1")
    with pytest.raises(IdentityRefused, match="none was given"):
        known.of(request({"Client-Cert": f":{base64.b64encode(DER).decode()}:"}), b"")


def test_a_header_that_is_not_configured_is_nothing() -> None:
    with pytest.raises(IdentityRefused):
        identities("").of(request({"Client-Cert": f":{base64.b64encode(DER).decode()}:"}), b"")


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=80))
def test_no_header_breaks_it(value: str) -> None:
    with pytest.raises(IdentityRefused):
        identities("Client-Cert", TRUSTED).of(request({"Client-Cert": value}), b"")


def signature_of(body: bytes) -> str:
    builder = pkcs7.PKCS7SignatureBuilder().set_data(body).add_signer(CERTIFICATE, KEY, hashes.SHA256())
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
    return base64.b64encode(builder.sign(Encoding.DER, options)).decode()


def test_a_signature_proves_its_body_and_no_other() -> None:
    known = identities("")
    header = {"Mdm-Signature": signature_of(b"<plist/>")}
    assert known.of(request(header), b"<plist/>").serial == "7"
    with pytest.raises(IdentityRefused, match="signature is not valid"):
        known.of(request(header), b"<plist />")


def test_an_identity_that_has_expired_is_refused() -> None:
    known = identities("", authority=Authority(expires=1))
    with pytest.raises(IdentityRefused, match="expired"):
        known.of(request({"Mdm-Signature": signature_of(b"x")}), b"x")
