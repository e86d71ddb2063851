"""A freshly reset tablet reads the code: Android fetches the agent's package, and hands it the code's extras.

Sources: Android's device-owner provisioning keys, and the agent's admin extras.
"""

import base64
import binascii
import hashlib
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from mdm.simulator.android.addresses import split_address
from mdm.simulator.android.apk import ApkReader, Package
from mdm.simulator.android.build import PACKAGE, RECEIVER
from mdm.simulator.android.errors import ApkUnreadable, ProvisioningRefused
from mdm.simulator.android.http import Connections
from mdm.simulator.android.memory import EnrolOptions
from mdm.simulator.errors import ServerUnreachable
from mdm.simulator.scan import scan

Code = str | bytes | Path
"""A QR code: the JSON in it, the bytes of its picture, or the picture's file."""

_PREFIX = "android.app.extra.PROVISIONING_"
_SECURITY = frozenset({"NONE", "WPA", "WEP", "EAP"})
_URL_SAFE = re.compile(r"[A-Za-z0-9_-]+={0,2}")


class AgentOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The admin extras as the agent reads them.

    ``number_from`` is DEVICE_ID_USE and only there without a ``number``. ``authorities`` are addresses of PEM files
    to trust. ``retries`` and ``retry_seconds`` are for requests of a configuration.
    """

    base: str = ""
    secondary: str = ""
    project: str = ""
    number: str = ""
    number_from: str | None = None
    enrol: EnrolOptions = EnrolOptions()
    authorities: tuple[str, ...] = ()
    open_wifi: bool = False
    skip_intro: bool = False
    retries: int = 2
    retry_seconds: int = 15


class Provisioning(msgspec.Struct, frozen=True, kw_only=True):
    """A code for a freshly reset tablet.

    ``file_digest`` is the SHA-256 that the package must have, ``signer_digest`` that of its certificate; one of the
    two is there. ``wifi`` is the name of the network to join.
    """

    download_url: str
    file_digest: bytes | None
    signer_digest: bytes | None
    options: AgentOptions
    wifi: str | None = None
    system_apps_stay: bool = False


async def read_code(code: Code) -> str:
    """Return the text in a code; raise `mdm.simulator.errors.ScanError` when no picture can be read."""
    return await scan(code)


def parse_provisioning(text: str) -> Provisioning:
    """Check a code as Android does before it begins; raise `ProvisioningRefused`."""
    values = _object(text)
    component = _text(values, "DEVICE_ADMIN_COMPONENT_NAME")
    package, _, receiver = component.partition("/")
    if (package, package + receiver if receiver.startswith(".") else receiver) != (PACKAGE, RECEIVER):
        raise ProvisioningRefused("the code does not name the agent's receiver")
    url = _text(values, "DEVICE_ADMIN_PACKAGE_DOWNLOAD_LOCATION")
    if not _is_web_address(url):
        raise ProvisioningRefused("the code's address of the agent's package is not right")
    file_digest = _checksum(values, "DEVICE_ADMIN_PACKAGE_CHECKSUM")
    signer_digest = _checksum(values, "DEVICE_ADMIN_SIGNATURE_CHECKSUM")
    if file_digest is None and signer_digest is None:
        raise ProvisioningRefused("the code has no checksum of the agent's package")
    if str(values.get(_PREFIX + "WIFI_SECURITY_TYPE", "NONE")) not in _SECURITY:
        raise ProvisioningRefused("the code's kind of Wi-Fi security is none that Android knows")
    extras = values.get(_PREFIX + "ADMIN_EXTRAS_BUNDLE", {})
    if not isinstance(extras, dict):
        raise ProvisioningRefused("the code's extras for the agent are no object")
    wifi = values.get(_PREFIX + "WIFI_SSID")
    return Provisioning(
        download_url=url,
        file_digest=file_digest,
        signer_digest=signer_digest,
        options=read_extras(extras),
        wifi=wifi if isinstance(wifi, str) else None,
        system_apps_stay=values.get(_PREFIX + "LEAVE_ALL_SYSTEM_APPS_ENABLED") is True,
    )


def scanned_by_agent(text: str) -> AgentOptions:
    """Return what the agent takes from the same code when it scans it itself; raise `ProvisioningRefused`."""
    extras = _object(text).get(_PREFIX + "ADMIN_EXTRAS_BUNDLE")
    if not isinstance(extras, dict):
        raise ProvisioningRefused("the code has no extras for the agent")
    read = read_extras(extras)
    return AgentOptions(
        base=read.base,
        secondary=read.secondary,
        project=read.project,
        number=read.number,
        number_from=read.number_from,
        enrol=read.enrol,
        retries=1,
    )


def typed(address: str, number: str) -> AgentOptions:
    """Return what a person's two answers make: an address and a device number; raise `AddressRefused`."""
    place = split_address(address)
    return AgentOptions(base=place.base, secondary=place.base, project=place.project, number=number, retries=1)


def read_extras(extras: dict[str, Any]) -> AgentOptions:
    """Return the agent's options; what should be a string and is not counts as absent."""

    def text(key: str) -> str | None:
        value = extras.get("com.hmdm." + key)
        return value if isinstance(value, str) else None

    def whole(key: str, default: int) -> int:
        value = extras.get("com.hmdm." + key)
        return value if isinstance(value, int) and not isinstance(value, bool) else default

    def yes(key: str) -> bool:
        value = extras.get("com.hmdm." + key)
        return value is True or isinstance(value, str)

    legacy = extras.get("ru.headwind.kiosk.DEVICE_ID")
    number = text("DEVICE_ID") or (legacy if isinstance(legacy, str) else "")
    base, groups = text("BASE_URL") or "", text("GROUP")
    return AgentOptions(
        base=base,
        secondary=text("SECONDARY_BASE_URL") or base,
        project=text("SERVER_PROJECT") or "",
        number=number,
        number_from=None if number else text("DEVICE_ID_USE"),
        enrol=EnrolOptions(
            customer=text("CUSTOMER"),
            configuration=text("CONFIG"),
            groups=None if groups is None else tuple(groups.split(",")),
        ),
        authorities=tuple(one.strip() for one in (text("CERTS") or "").split(",") if one.strip()),
        open_wifi=yes("OPEN_WIFI"),
        skip_intro=yes("SKIP_INTRO"),
        retries=whole("CONN_RETRY_COUNT", 2),
        retry_seconds=whole("CONN_RETRY_DELAY", 15),
    )


async def fetch_agent(code: Provisioning, connections: Connections, read: ApkReader) -> Package:
    """Download the agent's package as Android does, check its digest, and return what it is.

    Raises `ProvisioningRefused`. No signature is sent along, and redirects are followed.
    """
    try:
        download = await connections.download(code.download_url)
    except ServerUnreachable as cause:
        raise ProvisioningRefused(f"the agent's package cannot be downloaded: {cause}") from cause
    with download:
        if download.status != 200:
            raise ProvisioningRefused(f"the agent's package cannot be downloaded: the server answers {download.status}")
        if code.file_digest is not None and download.sha256 != code.file_digest:
            raise ProvisioningRefused("the agent's package does not have the checksum in the code")
        try:
            package = await read(download)
        except ApkUnreadable as cause:
            raise ProvisioningRefused(f"the agent's package is none: {cause}") from cause
    if package.name != PACKAGE:
        raise ProvisioningRefused(f"the package at the code's address is {package.name}, not the agent")
    if code.file_digest is None and bytes.fromhex(package.signer) != code.signer_digest:
        raise ProvisioningRefused("the agent's package does not have the signer in the code")
    return package


def checksum(content: bytes) -> str:
    """Return the checksum of a package as a code holds it."""
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode("ascii")


def _object(text: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as cause:
        raise ProvisioningRefused("the code holds no JSON") from cause
    if not isinstance(values, dict):
        raise ProvisioningRefused("the code holds no JSON object")
    return values


def _text(values: dict[str, Any], key: str) -> str:
    value = values.get(_PREFIX + key)
    if not isinstance(value, str) or not value:
        raise ProvisioningRefused(f"the code has no {key}")
    return value


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and re.search(r"\s", text) is None


def _checksum(values: dict[str, Any], key: str) -> bytes | None:
    value = values.get(_PREFIX + key)
    if value is None:
        return None
    if not isinstance(value, str) or _URL_SAFE.fullmatch(value) is None:
        raise ProvisioningRefused(f"the code's {key} is not in URL-safe base64")
    try:
        found = base64.urlsafe_b64decode(value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 4))
    except binascii.Error as cause:
        raise ProvisioningRefused(f"the code's {key} is not in URL-safe base64") from cause
    if len(found) != 32:
        raise ProvisioningRefused(f"the code's {key} is no SHA-256")
    return found
