"""What the agent writes to its log, which of it the server wants, and how it gets there."""

from collections import deque

import msgspec

from mdm.simulator.android.build import PACKAGE
from mdm.simulator.android.device import VirtualTablet
from mdm.simulator.android.memory import Memory
from mdm.simulator.android.server import Server

ERROR, WARN, INFO, DEBUG, VERBOSE = 1, 2, 3, 4, 5
_AT_ONCE = 10


class LogItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One line; ``timestamp`` in ms of the tablet's clock, ``log_level`` 1 error … 5 verbose."""

    timestamp: int
    log_level: int
    package_id: str
    message: str


class RemoteLog:
    """Keeps the lines that a rule asks for until the server has taken them."""

    def __init__(self, tablet: VirtualTablet, memory: Memory) -> None:
        self._tablet = tablet
        self._memory = memory
        self._waiting: deque[LogItem] = deque()

    @property
    def waiting(self) -> tuple[LogItem, ...]:
        """The lines that wait to be sent."""
        return tuple(self._waiting)

    def write(self, level: int, message: str, package: str = PACKAGE) -> None:
        """Write a line; without a rule of that package, a level and a filter that take it, it is lost."""
        if any(
            rule.package == package and rule.level >= level and rule.filter in message for rule in self._memory.rules
        ):
            stamp = int(self._tablet.now().timestamp() * 1000)
            self._waiting.append(LogItem(timestamp=stamp, log_level=level, package_id=package, message=message))

    async def send(self, server: Server) -> bool:
        """Send what waits, ten lines at a time; return False when the server did not take some, which stay."""
        while self._waiting:
            items = [self._waiting[number] for number in range(min(_AT_ONCE, len(self._waiting)))]
            if not await server.send_logs([msgspec.to_builtins(item) for item in items]):
                return False
            for _ in items:
                self._waiting.popleft()
        return True
