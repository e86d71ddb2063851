"""The enrollment profile: our root, an identity by SCEP, and the MDM payload that uses it.

Sources: Apple's schema, mdm/profiles (TopLevel, com.apple.security.root, com.apple.security.scep, com.apple.mdm), and
"Configuring multiple devices using profiles". Identifiers follow from the server's address, so that the profile of a
tablet that enrols again, or renews its identity, replaces the one before.
"""

import hashlib
import plistlib
import uuid
from typing import Any

import msgspec

from mdm.i18n import N_, Translator

CONTENT_TYPE = "application/x-apple-aspen-config"
IDENTIFIER = "org.valise.enrollment"
ALL_ACCESS_RIGHTS = 8191
"""Every right of com.apple.mdm; none can be added later without enrolling anew."""

_DESCRIPTION = N_(
    "This iPad joins the tablets of {organization}. It will receive the settings and apps that were agreed for it. "
    "What is done with it is not watched; where it is, only if it is declared lost."
)
_KEY_BITS = 2048
_SIGN_AND_ENCRYPT = 5
_POLLS = 10
_POLL_SECONDS = 10


class EnrollmentServer(msgspec.Struct, frozen=True, kw_only=True):
    """What every tablet's profile says of this server. ``device_url`` has no slash at its end."""

    organization: str
    device_url: str
    topic: str
    root: bytes
    sign_messages: bool = False
    server_path: str = "/mdm"
    checkin_path: str = "/checkin"
    scep_path: str = "/scep"


class Joining(msgspec.Struct, frozen=True, kw_only=True):
    """What one tablet's profile says: the name of its slot, and its one-time challenge."""

    slot_name: str
    challenge: str


def build_profile(server: EnrollmentServer, joining: Joining, translate: Translator) -> bytes:
    """Return the profile as an XML property list, unsigned."""
    contents = [_root(server, translate), _scep(server, joining, translate), _mdm(server, translate)]
    profile = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": IDENTIFIER,
        "PayloadUUID": _uuid(server, "profile"),
        "PayloadDisplayName": f"{server.organization} – {joining.slot_name}",
        "PayloadDescription": translate(_DESCRIPTION, organization=server.organization),
        "PayloadOrganization": server.organization,
        "PayloadContent": contents,
    }
    return plistlib.dumps(profile, sort_keys=False)


def _root(server: EnrollmentServer, translate: Translator) -> dict[str, Any]:
    return _payload(server, "com.apple.security.root", "root", translate(N_("Certificate of the server"))) | {
        "PayloadCertificateFileName": "root.cer",
        "PayloadContent": server.root,
    }


def _scep(server: EnrollmentServer, joining: Joining, translate: Translator) -> dict[str, Any]:
    content = {
        "URL": server.device_url + server.scep_path,
        "Name": "Valise",
        "Subject": [[["O", server.organization]], [["CN", joining.slot_name]]],
        "Challenge": joining.challenge,
        "Keysize": _KEY_BITS,
        "Key Type": "RSA",
        "Key Usage": _SIGN_AND_ENCRYPT,
        # iOS compares the root of GetCACert's chain, and knows 20 bytes as SHA-1 and 16 as MD5 only (SecSCEP.c).
        "CAFingerprint": hashlib.sha1(server.root).digest(),  # noqa: S324
        "Retries": _POLLS,
        "RetryDelay": _POLL_SECONDS,
        "KeyIsExtractable": False,
    }
    return _payload(server, "com.apple.security.scep", "scep", translate(N_("Identity of the tablet"))) | {
        "PayloadContent": content
    }


def _mdm(server: EnrollmentServer, translate: Translator) -> dict[str, Any]:
    return _payload(
        server,
        "com.apple.mdm",
        "mdm",
        translate(N_("Management by {organization}")).format(organization=server.organization),
    ) | {
        "IdentityCertificateUUID": _uuid(server, "scep"),
        "Topic": server.topic,
        "ServerURL": server.device_url + server.server_path,
        "CheckInURL": server.device_url + server.checkin_path,
        "AccessRights": ALL_ACCESS_RIGHTS,
        "CheckOutWhenRemoved": True,
        "SignMessage": server.sign_messages,
        # Not per-user-connections, which is for Shared iPad; not token, as GetToken is not offered.
        "ServerCapabilities": ["com.apple.mdm.bootstraptoken"],
    }


def _payload(server: EnrollmentServer, kind: str, part: str, name: str) -> dict[str, Any]:
    return {
        "PayloadType": kind,
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{IDENTIFIER}.{part}",
        "PayloadUUID": _uuid(server, part),
        "PayloadDisplayName": name,
        "PayloadOrganization": server.organization,
    }


def _uuid(server: EnrollmentServer, part: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{server.device_url}/enrollment/{part}")).upper()
