"""Virtual tablets under a test's eyes, and what they may install."""

import asyncio
from collections.abc import Callable
from typing import Any

from mdm.simulator.android.agent import AndroidAgent
from mdm.simulator.android.device import VirtualTablet
from mdm.simulator.android.events import AgentEvent
from mdm.simulator.apk_maker import ApkFacts, make_apk
from mdm.simulator.apk_signature import SigningKey

PUBLISHER = SigningKey.create("A publisher")


def apk(package: str, version: str = "1.0", code: int = 1, key: SigningKey = PUBLISHER, **more: Any) -> bytes:
    """Return a real package; ``more`` as in `ApkFacts`."""
    facts = ApkFacts(package=package, version_name=version, version_code=code, label=package, **more)
    return make_apk(facts, key)


class Watched(AndroidAgent):
    """An agent that remembers its events."""

    def __init__(self, tablet: VirtualTablet, **how: Any) -> None:
        self.events: list[AgentEvent] = []
        super().__init__(tablet, report=self.events.append, **how)

    def told(self, kind: str) -> list[str]:
        return [event.detail for event in self.events if event.kind == kind]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)
