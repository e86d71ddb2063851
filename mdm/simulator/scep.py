"""A tablet gets its identity by SCEP (RFC 8894), as com.apple.security.scep tells it to."""

import base64
import hashlib
import os
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

import msgspec
from asn1crypto import core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import AttributeOID, NameOID

from mdm.simulator.cms import (
    CipherName,
    DigestName,
    Signed,
    certificates_only,
    decrypt,
    encrypt,
    read_signed,
    sign,
)
from mdm.simulator.errors import CmsError, ScepError
from mdm.simulator.keys import Keys
from mdm.simulator.pace import Pace
from mdm.simulator.profile import ScepContent
from mdm.simulator.transport import Identity, Line, Response

PKCS_REQ, RENEWAL_REQ, CERT_POLL, CERT_REP = "19", "17", "20", "3"
SUCCESS, FAILURE, PENDING = "0", "2", "3"
FAIL_INFO = {"0": "badAlg", "1": "badMessageCheck", "2": "badRequest", "3": "badTime", "4": "badCertId"}

_MESSAGE_TYPE = "2.16.840.1.113733.1.9.2"
_PKI_STATUS = "2.16.840.1.113733.1.9.3"
_FAIL_INFO = "2.16.840.1.113733.1.9.4"
_SENDER_NONCE = "2.16.840.1.113733.1.9.5"
_RECIPIENT_NONCE = "2.16.840.1.113733.1.9.6"
_TRANSACTION_ID = "2.16.840.1.113733.1.9.7"
_PKI_MESSAGE = "application/x-pki-message"
_NAMES = {
    "CN": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "L": NameOID.LOCALITY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "C": NameOID.COUNTRY_NAME,
}


class Authority(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate authority as SCEP shows it; ``recipient`` opens requests, ``certificates`` is all of GetCACert."""

    capabilities: frozenset[str]
    certificates: tuple[x509.Certificate, ...]
    recipient: x509.Certificate

    def can(self, capability: str) -> bool:
        """Tell whether a capability of RFC 8894 section 3.5.2 is offered; SCEPStandard stands for the common ones."""
        common = {"AES", "POSTPKIOperation", "SHA-256"}
        return capability in self.capabilities or ("SCEPStandard" in self.capabilities and capability in common)

    @property
    def cipher(self) -> CipherName:
        """How requests are enciphered."""
        return "aes128_cbc" if self.can("AES") else "tripledes_3key"

    @property
    def digest(self) -> DigestName:
        """How requests are signed."""
        return "sha256" if self.can("SHA-256") else "sha1"


class ScepClient:
    """Speaks to one certificate authority for one tablet."""

    def __init__(self, line: Line, content: ScepContent, keys: Keys, pace: Pace) -> None:
        self._line = line
        self._content = content
        self._keys = keys
        self._pace = pace

    async def enroll(self) -> Identity:
        """Return a new identity with a new key; raise `ScepError` when the authority gives none."""
        authority = await self.authority()
        key = await self._keys.new(self._content.key_size)
        request = self._request(key, self._subject(), self._content.challenge)
        signer = Identity(key=key, certificate=_self_signed(key, request.subject))
        return await self._operate(PKCS_REQ, authority, signer, key, request)

    async def renew(self, identity: Identity) -> Identity:
        """Return a new identity in place of ``identity``, which signs the request; raise `ScepError`."""
        authority = await self.authority()
        if not {"Renewal", "SCEPStandard"} & authority.capabilities:
            raise ScepError("the authority does not renew certificates")
        key = await self._keys.new(self._content.key_size)
        request = self._request(key, identity.certificate.subject, None)
        return await self._operate(RENEWAL_REQ, authority, identity, key, request)

    async def authority(self) -> Authority:
        """Return what the authority can and its certificates; raise `ScepError` when they are not the profile's."""
        capabilities = await self._ask("GetCACaps", self._content.name)
        known = capabilities.body.decode("ascii", "replace").split() if capabilities.status == 200 else []
        answer = await self._ask("GetCACert", self._content.name)
        if answer.status != 200:
            raise ScepError(f"GetCACert answers {answer.status}")
        try:
            certificates = (
                certificates_only(answer.body)
                if answer.content_type == "application/x-x509-ca-ra-cert"
                else (x509.load_der_x509_certificate(answer.body),)
            )
        except (CmsError, ValueError) as cause:
            raise ScepError("GetCACert gives no certificate") from cause
        self._check_fingerprint(certificates)
        return Authority(capabilities=frozenset(known), certificates=certificates, recipient=_recipient(certificates))

    async def _operate(
        self,
        message_type: str,
        authority: Authority,
        signer: Identity,
        key: rsa.RSAPrivateKey,
        request: x509.CertificateSigningRequest,
    ) -> Identity:
        content = request.public_bytes(Encoding.DER)
        transaction = hashlib.sha256(
            key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        ).hexdigest()
        for attempt in range(self._content.retries + 1):
            if attempt:
                await self._pace.rest(self._content.retry_delay)
                message_type, content = CERT_POLL, _issuer_and_subject(authority.recipient, request.subject)
            reply = await self._exchange(message_type, authority, signer, transaction, content)
            status = reply.attributes.get(_PKI_STATUS)
            if status == FAILURE:
                reason = FAIL_INFO.get(str(reply.attributes.get(_FAIL_INFO)), "unknown")
                raise ScepError(f"the authority refused the request: {reason}", reason)
            if status == SUCCESS:
                return self._granted(reply.content, authority, signer.key, key)
            if status != PENDING:
                raise ScepError("the authority answered neither yes, nor no, nor later")
        raise ScepError("the authority let the tablet wait for too long")

    async def _exchange(
        self, message_type: str, authority: Authority, signer: Identity, transaction: str, content: bytes
    ) -> Signed:
        nonce = os.urandom(16)
        message = sign(
            encrypt(content, authority.recipient, authority.cipher),
            signer.key,
            signer.certificate,
            attributes={
                _MESSAGE_TYPE: core.PrintableString(message_type),
                _TRANSACTION_ID: core.PrintableString(transaction),
                _SENDER_NONCE: core.OctetString(nonce),
            },
            digest=authority.digest,
        )
        answer = await self._send(message, authority)
        if answer.status != 200:
            raise ScepError(f"PKIOperation answers {answer.status}")
        try:
            reply = read_signed(answer.body, known=authority.certificates)
        except CmsError as cause:
            raise ScepError(f"the authority's answer cannot be trusted: {cause}") from cause
        if reply.signer not in authority.certificates:
            raise ScepError("the answer is signed by somebody else than the authority")
        said = reply.attributes
        if said.get(_MESSAGE_TYPE) != CERT_REP or said.get(_TRANSACTION_ID) != transaction:
            raise ScepError("the answer is not to this request")
        if said.get(_RECIPIENT_NONCE) != nonce:
            raise ScepError("the answer does not repeat the request's nonce")
        return reply

    def _granted(
        self, content: bytes, authority: Authority, envelope_key: rsa.RSAPrivateKey, key: rsa.RSAPrivateKey
    ) -> Identity:
        try:
            given = certificates_only(decrypt(content, envelope_key))
        except CmsError as cause:
            raise ScepError(f"the granted certificate cannot be read: {cause}") from cause
        own = next((one for one in given if one.public_key() == key.public_key()), None)
        if own is None:
            raise ScepError("the granted certificate is for another key")
        above = _chain(own, (*given, *authority.certificates))
        if not above:
            raise ScepError("the granted certificate is not from this authority")
        return Identity(key=key, certificate=own, authority=above)

    async def _ask(self, operation: str, message: str) -> Response:
        query = {"operation": operation, **({"message": message} if message else {})}
        return await self._line.get(f"{self._content.url}{self._join}{urlencode(query, quote_via=quote)}")

    async def _send(self, message: bytes, authority: Authority) -> Response:
        address = f"{self._content.url}{self._join}operation=PKIOperation"
        if authority.can("POSTPKIOperation"):
            return await self._line.post(address, message, {"Content-Type": _PKI_MESSAGE})
        return await self._line.get(f"{address}&message={quote(base64.b64encode(message).decode(), safe='')}")

    @property
    def _join(self) -> str:
        return "&" if "?" in self._content.url else "?"

    def _check_fingerprint(self, certificates: tuple[x509.Certificate, ...]) -> None:
        wanted = self._content.fingerprint
        if wanted is None:
            return
        digests = {16: "md5", 20: "sha1", 32: "sha256", 64: "sha512"}
        digest = digests.get(len(wanted))
        ders = [one.public_bytes(Encoding.DER) for one in certificates]
        if digest is None or all(hashlib.new(digest, der).digest() != wanted for der in ders):
            raise ScepError("the authority's certificate is not the one that the profile names")

    def _subject(self) -> x509.Name:
        relatives = [
            x509.RelativeDistinguishedName(
                [x509.NameAttribute(_NAMES.get(name) or x509.ObjectIdentifier(name), value) for name, value in pairs]
            )
            for pairs in self._content.subject
        ]
        return x509.Name(relatives)

    def _request(
        self, key: rsa.RSAPrivateKey, subject: x509.Name, challenge: str | None
    ) -> x509.CertificateSigningRequest:
        builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
        if challenge is not None:
            builder = builder.add_attribute(AttributeOID.CHALLENGE_PASSWORD, challenge.encode())
        if self._content.key_usage:
            builder = builder.add_extension(_key_usage(self._content.key_usage), critical=True)
        if self._content.dns_names:
            names = x509.SubjectAlternativeName([x509.DNSName(name) for name in self._content.dns_names])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(key, hashes.SHA256())


def _recipient(certificates: tuple[x509.Certificate, ...]) -> x509.Certificate:
    """Return who opens requests: an RSA certificate, a registration authority's before an authority's own."""
    able = [one for one in certificates if isinstance(one.public_key(), rsa.RSAPublicKey) and _may_encipher(one)]
    if not able:
        raise ScepError("no certificate of the authority can receive a request")
    return min(able, key=_is_authority)


def _may_encipher(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value.key_encipherment or _is_authority(
            certificate
        )
    except x509.ExtensionNotFound:
        return True


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except x509.ExtensionNotFound:
        return False


def _chain(own: x509.Certificate, candidates: tuple[x509.Certificate, ...]) -> tuple[x509.Certificate, ...]:
    """Return the certificates above ``own``, nearest first, as far as ``candidates`` go."""
    chain: list[x509.Certificate] = []
    below = own
    while below.issuer != below.subject:
        above = next((one for one in candidates if _issued(one, below)), None)
        if above is None or above in chain:
            break
        chain.append(above)
        below = above
    return tuple(chain)


def _issued(above: x509.Certificate, below: x509.Certificate) -> bool:
    try:
        below.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _self_signed(key: rsa.RSAPrivateKey, subject: x509.Name) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=7))
        .add_extension(_key_usage(5), critical=True)
        .sign(key, hashes.SHA256())
    )


def _key_usage(usage: int) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=bool(usage & 1),
        key_encipherment=bool(usage & 4),
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _issuer_and_subject(issuer: x509.Certificate, subject: x509.Name) -> bytes:
    """Return what CertPoll asks for (RFC 8894 section 3.3.3)."""
    names = core.SequenceOf(
        [asn1_x509.Name.load(issuer.subject.public_bytes()), asn1_x509.Name.load(subject.public_bytes())],
        spec=asn1_x509.Name,
    )
    return bytes(names.dump())
