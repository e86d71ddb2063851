"""How slow a tablet is: every wait of the simulation goes through here."""

import asyncio
import random


class Pace:
    """Waits as a tablet would. ``speed`` 1 is a tablet's own, 10 ten times as fast, 0 does not wait at all."""

    def __init__(self, speed: float = 0.0, rng: random.Random | None = None) -> None:
        if speed < 0:
            raise ValueError("a speed is 0 (no waiting) or more")
        self.speed = speed
        self._rng = rng or random.Random()

    async def rest(self, seconds: float) -> None:
        """Wait about ``seconds`` of the tablet's time, a third more or less."""
        await asyncio.sleep(self.real(seconds * self._rng.uniform(0.67, 1.33)))

    def real(self, seconds: float) -> float:
        """Return how many seconds of ours a tablet's ``seconds`` take."""
        return seconds / self.speed if self.speed else 0.0

    def lived(self, real_seconds: float) -> float:
        """Return how many of the tablet's seconds pass in ours."""
        return real_seconds * (self.speed or 1.0)
