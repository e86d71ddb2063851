"""What an Android tablet reads from a code: the instructions of device-owner provisioning, and the agent's own.

Source: Android, ``DevicePolicyManager`` (EXTRA_PROVISIONING_*); the agent's ``Const.java`` and ``AdminReceiver.java``.
The agent reads the same text when it scans a code itself. Its own extras are texts. What Android or the agent takes as
given is left out: the code must be easy to scan from a screen.
"""

import base64
from typing import Any, Protocol

import msgspec

from enrollment.agent_paths import typed_code
from mdm.store import Connection

COMPONENT = "com.hmdm.launcher/com.hmdm.launcher.AdminReceiver"
_EXTRA = "android.app.extra.PROVISIONING_"
_SECURITY = {"none": "NONE", "wpa2": "WPA", "wpa3": "WPA"}


class AgentFile(msgspec.Struct, frozen=True, kw_only=True):
    """The agent's APK as tablets fetch it; ``sha256`` in hex."""

    url: str
    sha256: str


class WifiNetwork(msgspec.Struct, frozen=True, kw_only=True):
    """A wireless network for the first steps; ``password`` is None for an open one."""

    ssid: str
    security: str
    password: str | None
    hidden: bool


class ProvisioningFacts(Protocol):
    """Knows what is in a code beside the ticket."""

    def agent_file(self, conn: Connection) -> AgentFile | None:
        """Return the agent's newest APK; None when the technician has put none on the server."""
        ...

    def wifi_of(self, conn: Connection, kit_id: str) -> WifiNetwork | None:
        """Return the network of the edition that a kit follows; None when it has none."""
        ...


def provisioning_text(
    *,
    device_url: str,
    secret: str,
    agent: AgentFile,
    wifi: WifiNetwork | None,
    language: str,
) -> str:
    """Return the JSON for the code of a kit, or of a slot.

    The tablet says its serial number as its name, so that one that comes back is known. The path says which slot is
    meant.
    """
    extras: dict[str, Any] = {
        "com.hmdm.BASE_URL": device_url.rstrip("/"),
        "com.hmdm.SERVER_PROJECT": f"k-{secret}",
        "com.hmdm.DEVICE_ID_USE": "serial",
        "com.hmdm.SKIP_INTRO": "1",
    }
    keys: dict[str, Any] = {
        "DEVICE_ADMIN_COMPONENT_NAME": COMPONENT,
        "DEVICE_ADMIN_PACKAGE_DOWNLOAD_LOCATION": agent.url,
        "DEVICE_ADMIN_PACKAGE_CHECKSUM": checksum(agent.sha256),
        "LEAVE_ALL_SYSTEM_APPS_ENABLED": True,
        "LOCALE": {"fr": "fr_FR", "en": "en_GB"}[language],
        **_wifi_keys(wifi),
        "ADMIN_EXTRAS_BUNDLE": extras,
    }
    return msgspec.json.encode({f"{_EXTRA}{name}": value for name, value in keys.items()}).decode()


def checksum(sha256: str) -> str:
    """Return a file's SHA-256 as Android wants it: base64 for addresses, without padding."""
    return base64.urlsafe_b64encode(bytes.fromhex(sha256)).rstrip(b"=").decode()


def typed_address(device_url: str, secret: str) -> str:
    """Return the address that a person types into an agent that is installed already."""
    return f"{device_url.rstrip('/')}/k-{typed_code(secret)}"


def _wifi_keys(wifi: WifiNetwork | None) -> dict[str, Any]:
    if wifi is None:
        return {}
    keys: dict[str, Any] = {"WIFI_SSID": wifi.ssid, "WIFI_SECURITY_TYPE": _SECURITY[wifi.security]}
    if wifi.password is not None:
        keys["WIFI_PASSWORD"] = wifi.password
    if wifi.hidden:
        keys["WIFI_HIDDEN"] = True
    return keys
