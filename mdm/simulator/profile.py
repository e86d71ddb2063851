"""Configuration profiles as an iPad reads them (Apple's schema: mdm/profiles/TopLevel.yaml, CommonPayloadKeys.yaml)."""

import plistlib
from collections.abc import Mapping
from typing import Any, TypeVar
from xml.parsers.expat import ExpatError

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding

from mdm.simulator.cms import read_signed
from mdm.simulator.errors import CmsError, ProfileError

CONTENT_TYPE = "application/x-apple-aspen-config"
_DER_SEQUENCE = b"\x30"
_MISSING = 1002
_WRONG_TYPE = 1003

_T = TypeVar("_T")


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """One payload; ``keys`` are those of its type and the common ones, as they were written."""

    type: str
    identifier: str
    uuid: str
    version: int
    keys: Mapping[str, Any]


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """A profile; ``signers`` are DER certificates, empty when nobody signed it."""

    identifier: str
    uuid: str
    keys: Mapping[str, Any]
    payloads: tuple[Payload, ...]
    signers: tuple[bytes, ...] = ()

    def of_type(self, payload_type: str) -> tuple[Payload, ...]:
        """Return the payloads of one type, in the profile's order."""
        return tuple(payload for payload in self.payloads if payload.type == payload_type)


class ScepContent(msgspec.Struct, frozen=True, kw_only=True):
    """What com.apple.security.scep asks; ``subject`` holds pairs such as (CN, iPad 01)."""

    url: str
    name: str = ""
    subject: tuple[tuple[tuple[str, str], ...], ...] = ()
    challenge: str | None = None
    key_size: int = 1024
    key_usage: int = 0
    fingerprint: bytes | None = None
    retries: int = 3
    retry_delay: int = 10
    dns_names: tuple[str, ...] = ()


class MdmContent(msgspec.Struct, frozen=True, kw_only=True):
    """What com.apple.mdm says of the server."""

    topic: str
    server_url: str
    checkin_url: str
    access_rights: int
    sign_message: bool
    checkout_when_removed: bool
    server_capabilities: frozenset[str]


class Enrollment(msgspec.Struct, frozen=True, kw_only=True):
    """An enrollment profile, ready to be installed; ``roots`` are DER certificates to trust."""

    profile: Profile
    roots: tuple[bytes, ...]
    scep: ScepContent
    mdm: MdmContent


def read_profile(data: bytes) -> Profile:
    """Return the profile in ``data``, signed or not; raise `ProfileError` as an iPad would."""
    signers: tuple[bytes, ...] = ()
    if data.startswith(_DER_SEQUENCE):
        try:
            signed = read_signed(data)
        except CmsError as cause:
            raise ProfileError(f"The signature of the profile is not right: {cause}", code=1004) from cause
        data = signed.content
        others = [one for one in signed.certificates if one != signed.signer]
        signers = tuple(one.public_bytes(Encoding.DER) for one in (signed.signer, *others))
    keys = _plist(data)
    if _need(keys, "PayloadType", str) != "Configuration" or _need(keys, "PayloadVersion", int) != 1:
        raise ProfileError("This is not a configuration profile of version 1.", code=1001)
    payloads = tuple(_payload(item) for item in _need(keys, "PayloadContent", list))
    _unique([payload.uuid for payload in payloads], 1007)
    _unique([payload.identifier for payload in payloads], 1008)
    return Profile(
        identifier=_need(keys, "PayloadIdentifier", str),
        uuid=_need(keys, "PayloadUUID", str),
        keys=keys,
        payloads=payloads,
        signers=signers,
    )


def read_enrollment(data: bytes) -> Enrollment:
    """Return the enrollment profile in ``data``; raise `ProfileError` when it cannot enrol a tablet."""
    profile = read_profile(data)
    mdm_payloads = profile.of_type("com.apple.mdm")
    if len(mdm_payloads) != 1:
        raise ProfileError("An enrollment profile has one MDM payload.", "MCMDMErrorDomain", 12001)
    wanted = _need(mdm_payloads[0].keys, "IdentityCertificateUUID", str)
    identity = next((one for one in profile.of_type("com.apple.security.scep") if one.uuid == wanted), None)
    if identity is None:
        raise ProfileError("The identity that the MDM payload names is not there.", "MCMDMErrorDomain", 12005)
    return Enrollment(
        profile=profile,
        roots=tuple(_need(one.keys, "PayloadContent", bytes) for one in profile.of_type("com.apple.security.root")),
        scep=_scep(_need(identity.keys, "PayloadContent", dict)),
        mdm=_mdm(mdm_payloads[0].keys),
    )


def _scep(keys: Mapping[str, Any]) -> ScepContent:
    alternative = _may(keys, "SubjectAltName", dict, {})
    names = alternative.get("dNSName", [])
    return ScepContent(
        url=_need(keys, "URL", str),
        name=_may(keys, "Name", str, ""),
        subject=tuple(
            tuple((str(pair[0]), str(pair[1])) for pair in relative) for relative in _may(keys, "Subject", list, [])
        ),
        challenge=keys.get("Challenge"),
        key_size=_may(keys, "Keysize", int, 1024),
        key_usage=_may(keys, "Key Usage", int, 0),
        fingerprint=keys.get("CAFingerprint"),
        retries=_may(keys, "Retries", int, 3),
        retry_delay=_may(keys, "RetryDelay", int, 10),
        dns_names=(names,) if isinstance(names, str) else tuple(names),
    )


def _mdm(keys: Mapping[str, Any]) -> MdmContent:
    server_url = _need(keys, "ServerURL", str)
    content = MdmContent(
        topic=_need(keys, "Topic", str),
        server_url=server_url,
        checkin_url=_may(keys, "CheckInURL", str, server_url),
        access_rights=_may(keys, "AccessRights", int, 0),
        sign_message=_may(keys, "SignMessage", bool, False),
        checkout_when_removed=_may(keys, "CheckOutWhenRemoved", bool, False),
        server_capabilities=frozenset(_may(keys, "ServerCapabilities", list, [])),
    )
    if not content.topic.startswith("com.apple.mgmt."):
        raise ProfileError("The push topic does not begin with com.apple.mgmt.", "MCMDMErrorDomain", 12022)
    if (
        not 0 < content.access_rights <= 8191
        or (content.access_rights & 3) == 2
        or (content.access_rights & 192) == 128
    ):
        raise ProfileError("The access rights are not valid.", "MCMDMErrorDomain", 12000)
    for url in (content.server_url, content.checkin_url):
        if not url.lower().startswith("https://"):
            raise ProfileError("The addresses of a management server begin with https.", "MCMDMErrorDomain", 12034)
    return content


def _payload(item: object) -> Payload:
    if not isinstance(item, dict):
        raise ProfileError("A payload is not a dictionary.", code=_WRONG_TYPE)
    return Payload(
        type=_need(item, "PayloadType", str),
        identifier=_need(item, "PayloadIdentifier", str),
        uuid=_need(item, "PayloadUUID", str),
        version=_need(item, "PayloadVersion", int),
        keys=item,
    )


def _plist(data: bytes) -> dict[str, Any]:
    try:
        keys = plistlib.loads(data)
    except (plistlib.InvalidFileException, ExpatError, ValueError, KeyError, AttributeError, OverflowError) as cause:
        raise ProfileError("The profile cannot be read: it is no property list.") from cause
    if not isinstance(keys, dict):
        raise ProfileError("The profile is not a dictionary.")
    return keys


def _need(keys: Mapping[str, Any], name: str, kind: type[_T]) -> _T:
    if name not in keys:
        raise ProfileError(f"The required field “{name}” is missing.", code=_MISSING)
    value = keys[name]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ProfileError(f"The field “{name}” has the wrong type.", code=_WRONG_TYPE)
    return value


def _may(keys: Mapping[str, Any], name: str, kind: type[_T], otherwise: _T) -> _T:
    return _need(keys, name, kind) if name in keys else otherwise


def _unique(names: list[str], code: int) -> None:
    if len(set(names)) != len(names):
        raise ProfileError("Two payloads of the profile have the same name.", code=code)
