"""What the agent logs, by a rule that asks for warnings and errors of the agent alone; numbers of people are blotted.

Source: the agent's ``json/RemoteLogItem.java`` and ``json/RemoteLogConfig.java``.
"""

import hashlib
import re
from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.android.device_info import MalformedReport

AGENT = "com.hmdm.launcher"
WARNINGS = 2
RULES = msgspec.json.encode([{"packageId": AGENT, "logLevel": WARNINGS, "filter": ""}])
KEPT_MS = 14 * 24 * 3600 * 1000
"""How long the lines are kept: what they are for, repairing, is done by then."""

KEPT_LINES = 1000
"""How many lines are kept of one tablet."""

_ITEMS = 200
_MESSAGE = 1000
_BLOT = "…"
_LONG_NUMBER = re.compile(r"\+?\d(?:[ .-]?\d){7,}")
_POSITION = re.compile(r"-?\d{1,3}\.\d{3,}")
_SECRET_PATH = re.compile(r"/(?:[kd]-[A-Za-z0-9_-]{8,}|files/[^\s\"']+)")


class LogItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One line as sent. ``timestamp`` in milliseconds by the tablet's clock."""

    timestamp: Annotated[int, Meta(ge=0, le=2**53)]
    log_level: Annotated[int, Meta(ge=1, le=5)]
    package_id: Annotated[str, Meta(max_length=200)] | None = None
    message: str | None = None


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line to keep; ``digest`` tells it from others of the same moment."""

    at: int
    digest: str
    level: int
    package: str
    message: str


def parse_log(body: bytes) -> tuple[LogLine, ...]:
    """Read log items and return the lines that the rule asks for, blotted; raise `MalformedReport`."""
    try:
        items = _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise MalformedReport("it is not a list of log items") from None
    if len(items) > _ITEMS:
        raise MalformedReport(f"more than {_ITEMS} items at once")
    return tuple(_line(item) for item in items if item.log_level <= WARNINGS and item.package_id == AGENT)


def blotted(text: str) -> str:
    """Return a text without secret addresses, long numbers (telephones, IMEI, SIM cards) and positions."""
    return _POSITION.sub(_BLOT, _LONG_NUMBER.sub(_BLOT, _SECRET_PATH.sub(f"/{_BLOT}", text)))


def _line(item: LogItem) -> LogLine:
    message = blotted((item.message or "").replace("\0", ""))[:_MESSAGE]
    digest = hashlib.sha256(f"{item.log_level} {message}".encode("utf-8", "replace")).hexdigest()[:16]
    return LogLine(at=item.timestamp, digest=digest, level=item.log_level, package=AGENT, message=message)


_DECODER = msgspec.json.Decoder(list[LogItem])
