"""What happened to a virtual Android tablet, for whoever watches."""

from collections.abc import Callable
from typing import Literal

import msgspec

AgentEventKind = Literal[
    "scanned", "provisioned", "enrolled", "renamed", "moved", "asked", "updated", "stopped", "installed", "removed",
    "file", "message", "informed", "confirmed", "restarted", "wiped", "drifted", "crashed", "escaped", "failed",
]  # fmt: skip
"""``asked``: a dialog waits for a person. ``stopped``: an update ended half-way, with the restrictions lifted.
``escaped``: the agent crashed so often that Android offers another launcher."""


class AgentEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a tablet; ``detail`` holds no secret."""

    serial: str
    kind: AgentEventKind
    detail: str = ""


Tell = Callable[[AgentEventKind, str], None]
Report = Callable[[AgentEvent], None]
