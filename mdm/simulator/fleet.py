"""Many iPads at once: each scans its code, and lives until it is told to stop."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Sequence
from pathlib import Path

from mdm.simulator.app_store import AppStore
from mdm.simulator.errors import SimulatorError
from mdm.simulator.events import IpadEvent
from mdm.simulator.ipad import Ipad
from mdm.simulator.keys import FreshKeys, Keys
from mdm.simulator.life import Habits, live
from mdm.simulator.models import IpadSpec
from mdm.simulator.pace import Pace
from mdm.simulator.wake import WakeSource

Code = str | bytes | Path
"""A QR code: the address in it, the bytes of its picture, or the picture's file."""

_PICTURES = {".png", ".jpg", ".jpeg", ".webp"}
_ATTEMPTS = 3
_BETWEEN_ATTEMPTS = 15.0


def codes_in(places: Sequence[Path]) -> list[Path]:
    """Return the pictures among files and in folders, in the order of their names; raise FileNotFoundError."""
    found: list[Path] = []
    for place in places:
        if place.is_dir():
            found += sorted(file for file in place.iterdir() if file.suffix.lower() in _PICTURES)
        elif place.exists():
            found.append(place)
        else:
            raise FileNotFoundError(f"there is no picture at {place}")
    return found


def hand_out(codes: Sequence[Code], count: int) -> list[Code]:
    """Return one code per tablet: one slot's code each, or a kit's code for all; raise ValueError."""
    if not codes:
        raise ValueError("tablets need at least one QR code or address to scan")
    if len(codes) == 1:
        return list(codes) * count
    if len(codes) < count:
        raise ValueError(f"{count} tablets cannot share {len(codes)} codes: give one, or one for each")
    return list(codes[:count])


async def simulate(
    ipads: Sequence[IpadSpec],
    codes: Sequence[Code],
    *,
    stop: asyncio.Event,
    ca_file: Path | None = None,
    wakes: WakeSource | None = None,
    poll_seconds: float = 60.0,
    speed: float = 1.0,
    at_once: int = 8,
    apart_seconds: float = 2.0,
    habits: Habits | None = None,
    keys: Keys | None = None,
    store: AppStore | None = None,
    report: Callable[[IpadEvent], None] | None = None,
    made: Callable[[Sequence[Ipad]], None] | None = None,
) -> int:
    """Enrol every tablet and let it live until ``stop``; return how many could be enrolled.

    ``codes``: see `hand_out`. ``ca_file`` (PEM) is what a tablet trusts before it has a profile; without it, what the
    system trusts. ``wakes`` delivers pushes (`mdm.simulator.apns.PushServer` is one); each tablet asks anyway every
    ``poll_seconds`` (0: never). ``speed`` 1 is a tablet's own pace, 0 does not wait. ``at_once`` tablets at most enrol
    together, and start about ``apart_seconds`` after one another. With ``habits`` pupils use them.
    ``made`` gets the tablets before they start.
    Raises ValueError for codes that are too few, OSError for a ``ca_file`` that cannot be read.
    """
    roots = (await asyncio.to_thread(ca_file.read_bytes),) if ca_file is not None else ()
    shared_keys = keys or FreshKeys()
    fleet = [
        Ipad(
            spec,
            pace=Pace(speed, random.Random(spec.seed)),
            keys=shared_keys,
            store=store,
            wakes=wakes,
            roots=roots,
            watch=report,
        )
        for spec in ipads
    ]
    if made is not None:
        made(fleet)
    turns = asyncio.Semaphore(at_once)
    pace = Pace(speed)
    lives = [
        _life(ipad, code, turns, pace.real(apart_seconds * number), stop, poll_seconds, habits, report)
        for number, (ipad, code) in enumerate(zip(fleet, hand_out(codes, len(fleet)), strict=True))
    ]
    return sum(await asyncio.gather(*lives))


async def _life(
    ipad: Ipad,
    code: Code,
    turns: asyncio.Semaphore,
    delay: float,
    stop: asyncio.Event,
    poll_seconds: float,
    habits: Habits | None,
    report: Callable[[IpadEvent], None] | None,
) -> bool:
    try:
        await _pause(stop, delay)
        for _ in range(_ATTEMPTS):
            async with turns:
                if stop.is_set() or ipad.enrolled:
                    break
                try:
                    await ipad.enroll(code)
                except SimulatorError as cause:
                    if report is not None:
                        report(IpadEvent(serial=ipad.tablet.spec.serial, kind="failed", detail=f"enrolment: {cause}"))
            if not ipad.enrolled:
                await _pause(stop, ipad.pace.real(_BETWEEN_ATTEMPTS))
        enrolled = ipad.enrolled
        if enrolled:
            await live(ipad, stop, poll_seconds=poll_seconds, habits=habits)
        return enrolled
    finally:
        await ipad.close()


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait ``seconds``, but no longer than until ``stop``."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
