"""Pupils who change things by hand, so that a tablet drifts from what was agreed."""

import asyncio
from typing import Literal

from mdm.simulator.android.agent import AndroidAgent
from mdm.simulator.android.build import PACKAGE

_GAMES = ("com.example.game", "com.example.chat", "com.example.videos")

_AT_LEAST = 0.5  # of our seconds

Deed = Literal["installed", "removed", "screen", "nothing"]


class Mischief:
    """Does one thing to a tablet by hand, on average every ``seconds`` of the tablet's time."""

    def __init__(self, agent: AndroidAgent, seconds: float) -> None:
        self._agent = agent
        self._seconds = seconds

    async def run(self) -> None:
        """Go on until cancelled."""
        rng = self._agent.tablet.rng
        while True:
            await asyncio.sleep(max(_AT_LEAST, self._agent.pace.real(rng.expovariate(1 / self._seconds))))
            if self._agent.tablet.managed_by_agent:
                self.act()

    def act(self) -> Deed:
        """Do one thing, if the tablet lets it happen; tell it as an event."""
        tablet, rng = self._agent.tablet, self._agent.tablet.rng
        deed: Deed = rng.choice(("installed", "removed", "screen"))
        if deed == "screen":
            tablet.screen_alive = not tablet.screen_alive
            return deed
        if deed == "installed":
            package = rng.choice(_GAMES)
            done = package not in tablet.installed and tablet.install_by_hand(package)
        else:
            own = [app.package for app in tablet.installed.values() if not app.system and app.package != PACKAGE]
            package = rng.choice(own) if own else ""
            done = bool(package) and tablet.uninstall_by_hand(package)
        if not done:
            return "nothing"
        self._agent.tell("drifted", f"{deed} {package} by hand")
        return deed
