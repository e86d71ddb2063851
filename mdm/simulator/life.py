"""A tablet's days: it answers pushes, asks by itself, renews its certificate, updates its system, is used by pupils."""

import asyncio
import random
from typing import Literal

import msgspec

from mdm.simulator.errors import SimulatorError
from mdm.simulator.ipad import Ipad
from mdm.simulator.models import release

_RENEW_BEFORE_DAYS = 14
_RETRY_SECONDS = 30.0
_RETRY_AT_LEAST = 1.0  # of ours, however fast the tablet lives: a server that is down must come up in peace

Deed = Literal["lock", "unlock", "leave", "return"]


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """How pupils use a tablet; the means of its seconds between one deed and the next."""

    unlocked: float = 25 * 60.0
    locked: float = 10 * 60.0
    reachable: float = 3 * 3600.0
    away: float = 15 * 60.0


class Pupil:
    """Locks and unlocks a tablet, and carries it out of reach and back, as `Habits` say."""

    def __init__(self, ipad: Ipad, habits: Habits, rng: random.Random) -> None:
        self._ipad = ipad
        self._habits = habits
        self._rng = rng
        self._until: dict[str, float] = {"screen": self._some(habits.unlocked), "network": self._some(habits.reachable)}

    def live(self, seconds: float) -> list[Deed]:
        """Let ``seconds`` of the tablet's time pass; return what the pupil did."""
        done: list[Deed] = []
        for what in self._until:
            self._until[what] -= seconds
            if self._until[what] <= 0:
                done.append(self._use_screen() if what == "screen" else self._move())
        return done

    def _use_screen(self) -> Deed:
        if self._ipad.tablet.locked:
            self._ipad.unlock()
            self._until["screen"] = self._some(self._habits.unlocked)
            return "unlock"
        self._ipad.tablet.lock()
        self._until["screen"] = self._some(self._habits.locked)
        return "lock"

    def _move(self) -> Deed:
        if self._ipad.online:
            self._ipad.go_offline()
            self._until["network"] = self._some(self._habits.away)
            return "leave"
        self._ipad.go_online()
        self._until["network"] = self._some(self._habits.reachable)
        return "return"

    def _some(self, mean: float) -> float:
        return self._rng.expovariate(1 / mean)


async def live(ipad: Ipad, stop: asyncio.Event, *, poll_seconds: float = 60.0, habits: Habits | None = None) -> None:
    """Let an enrolled tablet live until ``stop``, then close it.

    It answers pushes, and asks anyway every ``poll_seconds`` (of ours; 0: never). With ``habits`` a pupil uses it.
    """
    loop = asyncio.get_running_loop()
    pupil = Pupil(ipad, habits, ipad.tablet.rng) if habits is not None else None
    stopping = asyncio.ensure_future(stop.wait())
    lived = loop.time()
    try:
        while not stop.is_set():
            wanted = asyncio.ensure_future(ipad.wanted.wait())
            await asyncio.wait({wanted, stopping}, timeout=poll_seconds or None, return_when=asyncio.FIRST_COMPLETED)
            wanted.cancel()
            seconds, lived = ipad.pace.lived(loop.time() - lived), loop.time()
            ipad.live(seconds)
            if pupil is not None:
                pupil.live(seconds)
            if not stop.is_set():
                await _do_what_is_due(ipad)
    finally:
        stopping.cancel()
        await ipad.close()


async def _do_what_is_due(ipad: Ipad) -> None:
    if not (ipad.reachable and ipad.enrolled):
        ipad.wanted.clear()  # who comes back asks anew
        return
    try:
        await _renew(ipad)
        await ipad.converse()
        await _update(ipad)
    except SimulatorError as cause:
        ipad.tell("failed", str(cause))
        again = max(_RETRY_AT_LEAST, ipad.pace.real(_RETRY_SECONDS))
        asyncio.get_running_loop().call_later(again, ipad.wanted.set)


async def _renew(ipad: Ipad) -> None:
    if ipad.identity is None or (ipad.identity.certificate.not_valid_after_utc - ipad.now()).days >= _RENEW_BEFORE_DAYS:
        return
    try:
        await ipad.renew_identity()
    except SimulatorError as cause:
        ipad.tell("failed", f"renewal: {cause}")


async def _update(ipad: Ipad) -> None:
    """Install the system that a declaration enforces, when its hour has come and the battery holds."""
    enforced = ipad.declaring.declarations.enforced_update(ipad.now())
    if enforced is not None and enforced.due and (ipad.tablet.charging or ipad.tablet.battery > 0.5):
        await ipad.update_system(release(enforced.version))
