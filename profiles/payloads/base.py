"""A payload, a profile, and what a tablet must be for one of their keys.

Source: Apple, "Profile-specific payload keys" and the schema files mdm/profiles/*.yaml.
"""

import hashlib
import plistlib
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from mdm.apple.commands.base import version_key
from mdm.i18n import N_, Translator

PREFIX = "org.valise."
SUPERVISION = N_("supervision")


class DeviceClass(msgspec.Struct, frozen=True, kw_only=True):
    """What decides which keys a tablet takes: it is the same for all the tablets that share a compiled target."""

    os_version: str
    supervised: bool

    def has(self, introduced: str) -> bool:
        """Tell whether the system is at least of that version."""
        return version_key(self.os_version) >= version_key(introduced)


class NotEnforced(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the policy that these tablets do not obey, and what it would need; ``detail`` completes the words.

    ``wished``: whether a restriction was to allow what it is about, or to force it.
    """

    field: str
    needs: str
    detail: str = ""
    wished: bool = False

    def in_words(self, translate: Translator) -> str:
        """Return field and need for a person."""
        return f"{self.field}: {translate(self.needs, detail=self.detail)}"


def payload(kind: str, name: str, title: str, keys: dict[str, Any]) -> dict[str, Any]:
    """Return a payload with its identity; the UUID follows from the content."""
    content = {"PayloadType": kind, "PayloadIdentifier": f"{PREFIX}{name}", **keys}
    return {
        **content,
        "PayloadDisplayName": title,
        "PayloadUUID": uuid_of(content),
        "PayloadVersion": 1,
    }


def profile(
    name: str, title: str, organization: str, payloads: Sequence[dict[str, Any]], *, removal: datetime | None = None
) -> dict[str, Any]:
    """Return a configuration profile that nobody can remove by hand while the tablet is enrolled.

    With ``removal`` (UTC, without saying so) it goes by itself at that moment.
    """
    content: dict[str, Any] = {
        "PayloadContent": list(payloads),
        "PayloadDisplayName": title,
        "PayloadIdentifier": f"{PREFIX}{name}",
        "PayloadOrganization": organization,
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
    }
    if removal is not None:
        content["RemovalDate"] = removal
    return {**content, "PayloadUUID": uuid_of(content)}


def uuid_of(content: dict[str, Any]) -> str:
    """Return a UUID (version 8, RFC 9562) made of the content's SHA-256, in Apple's upper case."""
    digest = bytearray(hashlib.sha256(plistlib.dumps(content)).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(digest))).upper()
