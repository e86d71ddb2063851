"""Declarative management as it goes on: when a tablet synchronizes, and when it tells its status."""

import asyncio
from collections.abc import Awaitable, Callable

from mdm.simulator.declarations import Declarations
from mdm.simulator.errors import ManagementEnded, ServerRefused, ServerUnreachable
from mdm.simulator.events import Tell
from mdm.simulator.status import Reporter
from mdm.simulator.surroundings import Surroundings
from mdm.simulator.tablet import Tablet

AskServer = Callable[[str, bytes | None], Awaitable[bytes]]
"""Asks an endpoint, with JSON where it takes some."""


class Declaring:
    """Keeps a tablet's declarations and the server's knowledge of its status up to date.

    ``ready`` tells whether the tablet can speak to its server now.
    """

    def __init__(
        self, tablet: Tablet, around: Surroundings, *, ask: AskServer, ready: Callable[[], bool], tell: Tell
    ) -> None:
        self.declarations = Declarations(tablet, around)
        self._reporter = Reporter(tablet, self.declarations)
        self._ask = ask
        self._ready = ready
        self._tell = tell
        self._behind = False
        self._synchronizing = asyncio.Lock()
        self._reporting = asyncio.Lock()

    def forget(self) -> None:
        """Begin anew, as after a wipe."""
        self.declarations.forget()
        self._reporter.forget()
        self._behind = False

    def live(self, seconds: float) -> None:
        """Let ``seconds`` of the tablet's time pass."""
        self._reporter.live(seconds)

    async def synchronize(self, tokens: bytes | None) -> None:
        """Fetch the declarations that changed, and tell how it went; what fails is tried again by `catch_up`."""
        self._behind = True
        async with self._synchronizing:
            if not self._ready():
                return
            try:
                changed = await self.declarations.synchronize(tokens, lambda endpoint: self._ask(endpoint, None))
            except (ServerUnreachable, ServerRefused, ManagementEnded, ValueError) as cause:
                self._tell("failed", f"declarations: {cause}")
                return
            self._behind = False
            if changed:
                self._tell("synchronized", str(len(self.declarations.held)))
        await self.tell_status()

    async def catch_up(self) -> None:
        """Do what could not be done before: a synchronization that failed, a report that is due."""
        if self._behind and not self._synchronizing.locked():
            await self.synchronize(None)
        await self.tell_status()

    async def tell_status(self) -> None:
        """Send the status report that is due, if one is; what does not arrive is due again."""
        async with self._reporting:
            report = self._reporter.due() if self._ready() else None
            if report is None:
                return
            try:
                await self._ask("status", report.body)
            except (ServerUnreachable, ServerRefused, ManagementEnded) as cause:
                self._tell("failed", f"status: {cause}")
                return
            self._reporter.sent(report)
            self._tell("status", "full" if report.full else "partial")
