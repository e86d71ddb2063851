"""Many Android tablets at once: each scans its code, and lives until it is told to stop."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Sequence
from pathlib import Path

from mdm.simulator.android.agent import AndroidAgent
from mdm.simulator.android.apk import ApkReader, ApkShelf
from mdm.simulator.android.build import PUBLIC_BUILD, AgentBuild
from mdm.simulator.android.device import VirtualTablet
from mdm.simulator.android.drift import Mischief
from mdm.simulator.android.events import Report
from mdm.simulator.android.provisioning import Code
from mdm.simulator.android.push import MQTT_PORT
from mdm.simulator.android.stopping import until_stopped
from mdm.simulator.errors import SimulatorError
from mdm.simulator.fleet import hand_out
from mdm.simulator.pace import Pace

_ATTEMPTS = 3
_BETWEEN_ATTEMPTS = 15.0


async def simulate(
    tablets: Sequence[VirtualTablet],
    codes: Sequence[Code],
    *,
    stop: asyncio.Event,
    ca_file: Path | None = None,
    speed: float = 1.0,
    report: Report | None = None,
    mqtt_port: int = MQTT_PORT,
    seed: int = 1,
    at_once: int = 8,
    apart_seconds: float = 2.0,
    drift_seconds: float | None = None,
    rejoins: bool = False,
    build: AgentBuild = PUBLIC_BUILD,
    read_apk: ApkReader | None = None,
    made: Callable[[Sequence[AndroidAgent]], None] | None = None,
) -> int:
    """Set every tablet up and let it live until ``stop``; return how many were enrolled.

    ``codes``: pictures or JSON, one for each tablet or one for all. ``ca_file`` (PEM) is trusted beside what the
    system trusts. ``speed`` 1 is a tablet's own pace, 0 does not wait. ``at_once`` tablets at most are set up
    together, and start about ``apart_seconds`` after one another. With ``drift_seconds`` pupils change something by
    hand, on average so often (of the tablet's time). ``rejoins``: who was reset scans its code again. ``made`` gets
    the agents before they start.
    Raises ValueError for codes that are too few, OSError for a ``ca_file`` that cannot be read.
    """
    roots = (await asyncio.to_thread(ca_file.read_bytes),) if ca_file is not None else ()
    shelf = read_apk or ApkShelf()
    agents = [
        AndroidAgent(
            tablet,
            pace=Pace(speed, random.Random(f"{seed}/{number}")),
            report=report,
            build=build,
            roots=roots,
            mqtt_port=mqtt_port,
            read_apk=shelf,
        )
        for number, tablet in enumerate(tablets)
    ]
    if made is not None:
        made(agents)
    turns = asyncio.Semaphore(at_once)
    pace = Pace(speed)
    lives = [
        _life(agent, code, turns, pace.real(apart_seconds * number), stop, drift_seconds, rejoins)
        for number, (agent, code) in enumerate(zip(agents, hand_out(codes, len(agents)), strict=True))
    ]
    return sum(await asyncio.gather(*lives))


async def _life(
    agent: AndroidAgent,
    code: Code,
    turns: asyncio.Semaphore,
    delay: float,
    stop: asyncio.Event,
    drift_seconds: float | None,
    rejoins: bool,
) -> bool:
    """Live one tablet's life; return whether it was ever enrolled."""
    enrolled = False
    mischief = None
    try:
        await _pause(stop, delay)
        if drift_seconds is not None:
            mischief = asyncio.create_task(Mischief(agent, drift_seconds).run())
        while await _join(agent, code, turns, stop):
            enrolled = True
            await agent.live(stop)
            if not rejoins:
                break
        return enrolled
    finally:
        if mischief is not None:
            mischief.cancel()
        await agent.close()


async def _join(agent: AndroidAgent, code: Code, turns: asyncio.Semaphore, stop: asyncio.Event) -> bool:
    """Let a tablet scan its code, again when that fails; return whether it is enrolled and may live."""
    for _ in range(_ATTEMPTS):
        async with turns:
            if stop.is_set():
                break
            try:
                await until_stopped(stop, agent.join(code))
            except SimulatorError as cause:
                agent.tell("failed", f"set-up: {cause}")
        if agent.enrolled:
            return True
        await _pause(stop, agent.pace.real(_BETWEEN_ATTEMPTS))
    return False


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait ``seconds``, but no longer than until ``stop``."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
