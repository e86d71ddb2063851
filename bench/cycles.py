"""Durable command cycles per CPU-second of the server: Idle, command, Acknowledged with a 3 KB answer, empty."""

import asyncio
import os
import plistlib
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from bench.territory import CLIENT_CORE, RunningServer, Site, Tablet
from mdm.apple.commands.base import encode
from mdm.apple.commands.queries import DeviceInformation
from mdm.clock import SystemClock
from mdm.commands.queue import NewCommand, enqueue
from mdm.store import open_database

_CLIENTS = 64
_PER_TABLET = 5


class Line:
    """One keep-alive connection to the device listener, as a proxy holds it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> "Line":
        """Connect."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def put(self, request: bytes) -> tuple[int, bytes]:
        """Send one prepared request and return the answer's status and body."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        body = await self._reader.readexactly(length) if length else b""
        return int(head[9:12]), body

    def close(self) -> None:
        """Disconnect."""
        self._writer.close()


def request(tablet: Tablet, body: bytes) -> bytes:
    """Return a PUT to the server URL, with the tablet's certificate in the proxy's header."""
    return (
        b"PUT /mdm HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-apple-aspen-mdm\r\n"
        b"Client-Cert: %b\r\nContent-Length: %d\r\n\r\n%b" % (tablet.header, len(body), body)
    )


def idle(tablet: Tablet) -> bytes:
    """Return the Idle message."""
    return request(tablet, plistlib.dumps({"UDID": tablet.udid, "Status": "Idle"}))


def answer(tablet: Tablet, command_id: str) -> bytes:
    """Return an acknowledgement of DeviceInformation of about 3 KB."""
    said: dict[str, Any] = {
        "OSVersion": "18.1",
        "BuildVersion": "22B83",
        "ModelName": "iPad",
        "ProductName": "iPad13,18",
        "SerialNumber": "S000000000",
        "DeviceName": "iPad",
        "BatteryLevel": 0.83,
        "DeviceCapacity": 64.0,
        "AvailableDeviceCapacity": 41.2,
        "IsSupervised": True,
        "IsMDMLostModeEnabled": False,
        "TimeZone": "Europe/Paris",
    }
    said |= {f"Setting{number:02d}": f"a value of a plausible length, {number:04d}" for number in range(22)}
    return request(
        tablet,
        plistlib.dumps(
            {"CommandUUID": command_id, "QueryResponses": said, "Status": "Acknowledged", "UDID": tablet.udid}
        ),
    )


def pin_to(core: str) -> None:
    """Keep this process, the clients, off the server's core."""
    os.sched_setaffinity(0, {int(core)})


async def measure_cycles(site: Site, server: RunningServer, run: int) -> dict[str, float]:
    """Queue commands for every active tablet, then cycle through them all; return the figures of one run."""
    command_ids = [f"{run:016x}{number:016x}" for number in range(_PER_TABLET)]
    await queue_commands(site, command_ids)
    answers = {
        (tablet.udid, command_id): answer(tablet, command_id) for tablet in site.tablets for command_id in command_ids
    }
    idles = {tablet.udid: idle(tablet) for tablet in site.tablets}
    seconds: list[float] = []

    async def cycle(line: Line, tablet: Tablet) -> None:
        begun = time.perf_counter()
        status, body = await line.put(idles[tablet.udid])
        at = body.rindex(b"<key>CommandUUID</key>")
        command_id = body[body.index(b"<string>", at) + 8 : body.index(b"</string>", at)].decode()
        status, body = await line.put(answers[tablet.udid, command_id])
        if status != 200:
            raise RuntimeError(f"status {status}")
        seconds.append(time.perf_counter() - begun)

    # Only the last acknowledgement of a tablet is followed by an empty answer; the others bring the next command,
    # which its next Idle asks for again: the same work for the server.
    begun, cpu = time.perf_counter(), server.cpu_seconds()
    await _spread(site, [tablet for _ in range(_PER_TABLET) for tablet in site.tablets], cycle)
    used = server.cpu_seconds() - cpu
    wall = time.perf_counter() - begun
    return {
        "per_cpu_second": len(seconds) / used,
        "per_second": len(seconds) / wall,
        "p50_ms": statistics.median(seconds) * 1000,
        "p99_ms": statistics.quantiles(seconds, n=100)[98] * 1000,
    }


async def measure_idle(site: Site, server: RunningServer) -> dict[str, float]:
    """Idle with nothing queued."""
    idles = {tablet.udid: idle(tablet) for tablet in site.tablets}
    count = 0

    async def once(line: Line, tablet: Tablet) -> None:
        nonlocal count
        status, body = await line.put(idles[tablet.udid])
        if status != 200 or body:
            raise RuntimeError(f"status {status}")
        count += 1

    cpu = server.cpu_seconds()
    await _spread(site, [tablet for _ in range(10) for tablet in site.tablets], once)
    return {"per_cpu_second": count / (server.cpu_seconds() - cpu)}


async def _spread(site: Site, work: Sequence[Tablet], act: Callable[[Line, Tablet], Awaitable[None]]) -> None:
    """Share the work among the clients; a tablet is always played by the same one."""
    shares: list[list[Tablet]] = [[] for _ in range(_CLIENTS)]
    place = {tablet.udid: number % _CLIENTS for number, tablet in enumerate(site.tablets)}
    for tablet in work:
        shares[place[tablet.udid]].append(tablet)

    async def client(share: Sequence[Tablet]) -> None:
        line = await Line.open(site.port)
        for tablet in share:
            await act(line, tablet)
        line.close()

    await asyncio.gather(*[client(share) for share in shares])


async def queue_commands(site: Site, command_ids: Sequence[str]) -> None:
    """Queue DeviceInformation for every active tablet, once for each identifier."""
    database = await open_database(site.database, SystemClock())
    tablets = [tablet.tablet_id for tablet in site.tablets]
    for command_id in command_ids:
        command = NewCommand(
            command_id=command_id, request_type="DeviceInformation", body=encode(DeviceInformation(), command_id)
        )
        await database.write(lambda conn, one=command: enqueue(conn, one, tablets, now=1, actor="bench"))
    await database.close()


__all__ = ["CLIENT_CORE", "measure_cycles", "measure_idle", "pin_to", "queue_commands"]
