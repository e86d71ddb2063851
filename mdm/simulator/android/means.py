"""What the steps of an update work with."""

from collections.abc import Callable
from typing import Literal

import msgspec

from mdm.simulator.android.apk import ApkReader
from mdm.simulator.android.build import AgentBuild
from mdm.simulator.android.device import VirtualTablet
from mdm.simulator.android.events import Tell
from mdm.simulator.android.http import Connections
from mdm.simulator.android.logs import RemoteLog
from mdm.simulator.android.memory import Memory
from mdm.simulator.android.server import Server
from mdm.simulator.pace import Pace


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """Why an update runs.

    ``screen``: the launcher's screen is alive and shows it. ``background``: nobody asked for it, so the hours for
    updates, the rule for mobile data and earlier failures hold. ``waits``: a person started it and waits.
    """

    screen: bool = True
    background: bool = True
    boot: bool = False
    waits: bool = False


UpdateEnd = Literal["done", "stopped", "asks", "restart", "wiped"]
"""``stopped``: half-way, with the restrictions lifted. ``asks``: a dialog waits for a person, likewise."""


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """One agent's parts; ``start_push`` begins to listen for messages as the configuration says, if nothing does."""

    tablet: VirtualTablet
    memory: Memory
    server: Server
    connections: Connections
    log: RemoteLog
    pace: Pace
    build: AgentBuild
    read_apk: ApkReader
    tell: Tell
    start_push: Callable[[], None]
