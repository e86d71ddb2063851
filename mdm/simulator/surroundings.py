"""What a command's execution may ask of the tablet around it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from mdm.simulator.app_store import AppStore
from mdm.simulator.pace import Pace
from mdm.simulator.profile import Enrollment
from mdm.simulator.transport import Identity


class Surroundings(Protocol):
    """The tablet's network, clock and background work."""

    @property
    def pace(self) -> Pace:
        """How slow everything is."""
        ...

    @property
    def store(self) -> AppStore:
        """Where apps come from."""
        ...

    @property
    def identity(self) -> Identity | None:
        """The tablet's certificate."""
        ...

    def now(self) -> datetime:
        """Return the tablet's clock."""
        ...

    async def fetch(self, url: str) -> bytes:
        """Return what is at an address; raise `ServerUnreachable` or `ServerRefused`."""
        ...

    def later(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        """Do some work in the background, after some of the tablet's seconds."""
        ...

    async def replace_enrollment(self, enrollment: Enrollment) -> None:
        """Take a new identity by an enrollment profile that replaces the one there is; raise `SimulatorError`."""
        ...
