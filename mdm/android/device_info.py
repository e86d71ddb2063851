"""DeviceInfo: what a tablet tells of itself, without what we do not want to know.

IMEI, IMSI, ICCID, telephone numbers and positions are not among the fields, so that they are dropped while the text is
read. Source: the agent's ``json/DeviceInfo.java``.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

Text = Annotated[str, Meta(max_length=200)]

_APPS = 2000
_FILES = 2000


class MalformedReport(Exception):
    """The body is not what the agent sends; the text says where, without quoting any of it."""


class ReportedApp(msgspec.Struct, frozen=True, kw_only=True):
    """An app of the configuration that is installed; ``version`` is its version's name."""

    pkg: Text
    version: Text | None = None


class ReportedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the configuration that is in the tablet's storage."""

    path: Text | None = None


class DeviceInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is kept of a report. ``mdm_mode``: whether the agent is device owner; battery in percent."""

    device_id: Text | None = None
    model: Text | None = None
    android_version: Text | None = None
    cpu: Text | None = None
    serial: Text | None = None
    battery_level: Annotated[int, Meta(ge=0, le=100)] | None = None
    default_launcher: bool | None = None
    mdm_mode: bool | None = None
    launcher_type: Text | None = None
    applications: Annotated[tuple[ReportedApp, ...], Meta(max_length=_APPS)] | None = None
    files: Annotated[tuple[ReportedFile, ...], Meta(max_length=_FILES)] | None = None
    factory_reset: bool | None = None
    custom1: Any = None
    custom2: Any = None
    custom3: Any = None

    @property
    def fields(self) -> tuple[str, ...]:
        """What apps wrote into the agent's free fields, as far as it is text: read once, and kept nowhere."""
        return tuple(one for one in (self.custom1, self.custom2, self.custom3) if isinstance(one, str) and one)


def parse_device_info(body: bytes) -> DeviceInfo:
    """Read a report; raise `MalformedReport`. Unknown fields are not read."""
    try:
        return _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedReport(_place(error)) from None


def _place(error: Exception) -> str:
    """Return what is wrong; what msgspec says holds names and types, never values."""
    return str(error)[:200] if isinstance(error, msgspec.ValidationError) else "it is not JSON in UTF-8"


_DECODER = msgspec.json.Decoder(DeviceInfo)
