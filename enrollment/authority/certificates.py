"""Certificates as this authority makes them: who they are for, how long, and what they may be used for.

Every key of the authority itself is RSA: SCEP (RFC 8894 section 2.1.2) encrypts requests to the authority's own key,
which only RSA can do, and iOS accepts no other recipient. Certificates of the server are EC P-256, whose handshakes
cost a fraction. Lifetimes follow Apple's limit of 825 days for TLS certificates of private authorities.
"""

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ROOT_BITS = 4096
ISSUING_BITS = 3072
ROOT_LIFE = timedelta(days=20 * 365)
ISSUING_LIFE = timedelta(days=10 * 365)
IDENTITY_LIFE = timedelta(days=365)
SERVER_LIFE = timedelta(days=397)
SIGNING_LIFE = timedelta(days=397)
BACKDATE = timedelta(hours=1)
"""Certificates begin this much earlier, for tablets whose clock is late."""

_NAME_LIMIT = 64
"""Bytes of a common name or an organization, the least that a reader must take (RFC 5280 appendix A.1)."""
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


class Issuer(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate with the key that signs under it."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey


def new_authority_key(bits: int) -> rsa.RSAPrivateKey:
    """Return a fresh RSA key; takes a second or more for 4096 bits."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def root_certificate(key: rsa.RSAPrivateKey, organization: str, now: datetime) -> x509.Certificate:
    """Return a self-signed root, valid 20 years."""
    subject = _name(organization, f"{_cut(organization, 50)} Root CA")
    builder = _begin(subject, subject, key.public_key(), now, ROOT_LIFE)
    return _sign(_for_authority(builder, path_length=1), key, key.public_key())


def issuing_certificate(root: Issuer, key: rsa.RSAPrivateKey, organization: str, now: datetime) -> x509.Certificate:
    """Return the issuing authority's certificate under ``root``, valid 10 years but never longer than the root.

    It may also encipher keys and sign messages: iOS takes the certificate that may do both for SCEP's two layers.
    """
    subject = _name(organization, f"{_cut(organization, 50)} Device CA")
    life = min(ISSUING_LIFE, root.certificate.not_valid_after_utc - now)
    builder = _begin(subject, root.certificate.subject, key.public_key(), now, life)
    return _sign(_for_authority(builder, path_length=0), root.key, root.key.public_key())


def identity_certificate(
    issuer: Issuer, key: rsa.RSAPublicKey, name: str, now: datetime, crl_url: str | None
) -> x509.Certificate:
    """Return a tablet's identity: a TLS client certificate that SCEP can encrypt its renewal to; one year."""
    subject = _name(_organization(issuer), name)
    builder = _under(issuer, subject, key, now, IDENTITY_LIFE, ExtendedKeyUsageOID.CLIENT_AUTH, encipher=True)
    if crl_url is not None:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    return _sign(builder, issuer.key, issuer.key.public_key())


def server_certificate(
    issuer: Issuer, key: ec.EllipticCurvePublicKey, hosts: Sequence[str], now: datetime
) -> x509.Certificate:
    """Return a TLS server certificate for host names and addresses, at least one."""
    subject = _name(_organization(issuer), hosts[0])
    builder = _under(issuer, subject, key, now, SERVER_LIFE, ExtendedKeyUsageOID.SERVER_AUTH, encipher=False)
    names = x509.SubjectAlternativeName([_host(host) for host in hosts])
    return _sign(builder.add_extension(names, critical=False), issuer.key, issuer.key.public_key())


def signing_certificate(issuer: Issuer, key: PublicKey, now: datetime) -> x509.Certificate:
    """Return a certificate to sign profiles with."""
    organization = _organization(issuer)
    subject = _name(organization, f"{_cut(organization, 48)} Profile Signing")
    builder = _under(issuer, subject, key, now, SIGNING_LIFE, ExtendedKeyUsageOID.CODE_SIGNING, encipher=False)
    return _sign(builder, issuer.key, issuer.key.public_key())


def serial_hex(certificate: x509.Certificate) -> str:
    """Return the serial number in lower-case hex, the form that the store keeps."""
    return f"{certificate.serial_number:x}"


def _organization(issuer: Issuer) -> str:
    return str(issuer.certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value)


def _name(organization: str, common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _cut(organization, _NAME_LIMIT)),
            x509.NameAttribute(NameOID.COMMON_NAME, _cut(common, _NAME_LIMIT)),
        ]
    )


def _cut(text: str, limit: int) -> str:
    return text.encode()[:limit].decode(errors="ignore")


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _begin(
    subject: x509.Name, issuer: x509.Name, key: PublicKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _under(
    issuer: Issuer,
    subject: x509.Name,
    key: PublicKey,
    now: datetime,
    life: timedelta,
    purpose: x509.ObjectIdentifier,
    *,
    encipher: bool,
) -> x509.CertificateBuilder:
    life = min(life, issuer.certificate.not_valid_after_utc - now)
    return (
        _begin(subject, issuer.certificate.subject, key, now, life)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign=True, encipher=encipher, certify=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    )


def _for_authority(builder: x509.CertificateBuilder, path_length: int) -> x509.CertificateBuilder:
    usage = _usage(sign=True, encipher=path_length == 0, certify=True)
    return builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True).add_extension(
        usage, critical=True
    )


def _sign(builder: x509.CertificateBuilder, key: rsa.RSAPrivateKey, signer: rsa.RSAPublicKey) -> x509.Certificate:
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer)
    return builder.add_extension(identifier, critical=False).sign(key, hashes.SHA256())


def _usage(*, sign: bool, encipher: bool, certify: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=sign,
        key_encipherment=encipher,
        key_cert_sign=certify,
        crl_sign=certify,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
