"""500 people with a kit's live page open while 10,000 iPads report: how long pages and events take, and the memory."""

import argparse
import asyncio
import hashlib
import json
import secrets
import statistics
import tempfile
import time
from pathlib import Path

from bench.cycles import Line as DeviceLine
from bench.cycles import answer, idle, pin_to, queue_commands
from bench.territory import CLIENT_CORE, RunningServer, Site, prepare
from mdm.clock import SystemClock
from mdm.store import Connection, open_database
from webui.account_store import Account, insert_account
from webui.roles import Role
from webui.scopes import Extent, Grant, Scope
from webui.session_store import Session, insert_session

KITS, SLOTS = 500, 20
_REPORTERS = 1000
"""iPads with an identity of their own; the others of the 10,000 fill the kits."""
_LANGUAGE = b"Accept-Language: fr\r\n"


def furnish(site: Site) -> list[tuple[str, str]]:
    """Put the iPads into kits, and sign a teacher in for each; return each kit with its teacher's cookie."""
    cookies = [secrets.token_urlsafe(32) for _ in range(KITS)]

    def work(conn: Connection) -> None:
        conn.run("INSERT INTO territory (territory_id, name) VALUES ('t', 'MACS')")
        conn.run("INSERT INTO commune (insee, territory_id, name) VALUES ('40018', 't', 'Audignon')")
        conn.run("INSERT INTO school (uai, insee, name) VALUES ('0400377T', '40018', 'École')")
        now = SystemClock().ms()
        for kit in range(KITS):
            kit_id, login = f"{kit:032x}", f"teacher{kit}"
            conn.run(
                "INSERT INTO kit (kit_id, uai, name, platform, created_at) VALUES (:kit, '0400377T', :name, 'ipad', 1)",
                kit=kit_id,
                name=f"Valise {kit}",
            )
            here = Grant(role=Role.TEACHER, scope=Scope(extent=Extent.KIT, place_id=kit_id))
            insert_account(
                conn, Account(account_id=kit_id, login=login, password_hash="!", grants=(here,), created_at=now)
            )
            session = Session(
                digest=hashlib.sha256(cookies[kit].encode()).hexdigest(),
                account_id=kit_id,
                login=login,
                grants=(here,),
                csrf="x",
                expires_at=now + 12 * 3600 * 1000,
                second="totp",
            )
            insert_session(conn, session, now=now)
        # The reporters are spread over the kits, two in each.
        conn.many(
            "INSERT INTO slot (kit_id, number, name, tablet_id) VALUES (:kit, :number, :name, :tablet)",
            [
                {
                    "kit": f"{number % KITS:032x}",
                    "number": number // KITS + 1,
                    "name": f"Valise {number % KITS} {number // KITS + 1:02d}",
                    "tablet": f"{number:032x}",
                }
                for number in range(KITS * SLOTS)
            ],
        )

    async def fill() -> None:
        database = await open_database(site.database, SystemClock())
        await database.write(work)
        await database.close()

    asyncio.run(fill())
    return [(f"{kit:032x}", cookie) for kit, cookie in enumerate(cookies)]


class Follower:
    """One open page: it notes when its kit's parts come."""

    def __init__(self, port: int, kit_id: str, cookie: str) -> None:
        self._port, self._kit, self._cookie = port, kit_id, cookie
        self.arrivals: list[float] = []

    async def follow(self, ready: asyncio.Event) -> None:
        """Read the stream until it is cancelled."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**22)
        writer.write(get(f"/kits/{self._kit}/events", self._cookie, b"text/event-stream"))
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in head.split(b"\r\n")[0]:
                raise RuntimeError(head.decode())
            while line := await reader.readline():
                if line.startswith(b"data:"):
                    self.arrivals.append(time.perf_counter())
                    ready.set()
        finally:
            writer.close()


def get(path: str, cookie: str, accept: bytes = b"text/html") -> bytes:
    """Return a request of a signed-in browser."""
    return b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: %b\r\nCookie: valise=%b\r\n%b\r\n" % (
        path.encode(),
        accept,
        cookie.encode(),
        _LANGUAGE,
    )


async def measure(site: Site, server: RunningServer, doors: list[tuple[str, str]], seconds: float) -> dict[str, float]:
    """Open the pages, let the iPads report for so many seconds, and open pages meanwhile."""
    port = site.people_port
    followers = [Follower(port, kit_id, cookie) for kit_id, cookie in doors]
    readies = [asyncio.Event() for _ in followers]
    begun = time.perf_counter()
    streams = [asyncio.create_task(one.follow(ready)) for one, ready in zip(followers, readies, strict=True)]
    await asyncio.gather(*[_open(stream, ready) for stream, ready in zip(streams, readies, strict=True)])
    opened = time.perf_counter() - begun
    rounds = KITS * SLOTS // _REPORTERS
    commands = [f"{number:032x}" for number in range(1, rounds + 1)]
    await queue_commands(site, commands)
    reported: dict[str, list[float]] = {kit_id: [] for kit_id, _ in doors}
    pages: list[float] = []
    stop = asyncio.Event()

    async def visitor(number: int) -> None:
        line = await DeviceLine.open(port)
        while not stop.is_set():
            kit_id, cookie = doors[number % KITS]
            asked = time.perf_counter()
            status, _ = await line.put(get(f"/kits/{kit_id}", cookie))
            if status != 200:
                raise RuntimeError(f"status {status}")
            pages.append(time.perf_counter() - asked)
            number += 7
            await asyncio.sleep(0.5)

    async def reporter(share: int) -> None:
        line = await DeviceLine.open(site.port)
        mine = site.tablets[share::20]
        pause = seconds / (rounds * len(mine))
        due = time.perf_counter()
        for command_id in commands:
            for tablet in mine:
                due += pause
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                await line.put(idle(tablet))
                status, _ = await line.put(answer(tablet, command_id))
                if status != 200:
                    raise RuntimeError(f"status {status}")
                reported[f"{int(tablet.tablet_id, 16) % KITS:032x}"].append(time.perf_counter())
        line.close()

    cpu, begun = server.cpu_seconds(), time.perf_counter()
    visitors = [asyncio.create_task(visitor(number)) for number in range(10)]
    await asyncio.gather(*[reporter(share) for share in range(20)])
    wall = time.perf_counter() - begun
    used = server.cpu_seconds() - cpu
    await asyncio.sleep(3)
    stop.set()
    await asyncio.gather(*visitors)
    memory = server.memory_bytes()
    for stream in streams:
        stream.cancel()
    await asyncio.gather(*streams, return_exceptions=True)
    delays = []
    for one, (kit_id, _) in zip(followers, doors, strict=True):
        for at in reported[kit_id]:
            after = [arrival for arrival in one.arrivals if arrival >= at - 0.005]
            if after:
                delays.append(max(0.0, after[0] - at))
    return {
        "opened_500_streams_s": opened,
        "reports": sum(map(len, reported.values())),
        "reports_per_second": sum(map(len, reported.values())) / wall,
        "server_cpu_share": used / wall,
        "pages": len(pages),
        "page_p50_ms": statistics.median(pages) * 1000,
        "page_p99_ms": statistics.quantiles(pages, n=100)[98] * 1000,
        "event_p50_ms": statistics.median(delays) * 1000,
        "event_p99_ms": statistics.quantiles(delays, n=100)[98] * 1000,
        "memory_mb": memory / 1e6,
    }


async def _open(stream: asyncio.Task[None], ready: asyncio.Event) -> None:
    """Wait for a stream's first event; raise what ended it before."""
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({stream, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if stream.done():
        await stream
    await waiting


def main() -> None:
    """Measure on SQLite, the server on one core."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30, help="how long the 10,000 reports take")
    options = parser.parse_args()
    pin_to(CLIENT_CORE)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site = prepare(folder, f"sqlite:///{folder / 'valise.db'}", KITS * SLOTS)
        doors = furnish(site)
        server = RunningServer(site)
        try:
            print(json.dumps(asyncio.run(measure(site, server, doors, options.seconds)), indent=2))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
