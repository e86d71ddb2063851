"""What happened to a tablet, for whoever watches."""

from collections.abc import Callable
from typing import Literal

import msgspec

from mdm.simulator.command import Command

EventKind = Literal[
    "scanned", "enrolled", "command", "synchronized", "status", "restarted", "wiped", "left", "renewed", "failed"
]


class IpadEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a tablet; ``detail`` holds no secret."""

    serial: str
    kind: EventKind
    detail: str = ""


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One command and what the tablet answered, as it was sent."""

    command: Command
    status: str
    report: bytes


Tell = Callable[[EventKind, str], None]
