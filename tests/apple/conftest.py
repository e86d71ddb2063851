"""An enrolled iPad in the store, and turns of its command cycle."""

import plistlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from mdm.apple.cycle import CommandCycle, Reply, Turn
from mdm.apple.messages import parse_report
from mdm.apple.steps import AppleSteps
from mdm.clock import ManualClock
from mdm.commands import convergence_store, queue
from mdm.commands.convergence import Convergence
from mdm.commands.queue import NewCommand
from mdm.commands.report import Report
from mdm.commands.target import Target
from mdm.store import Connection, Database

UDID = "00008030-001A2B3C4D5E6F70"
DIGEST = "d" * 64
TABLET = "01a20d5fadba7e41ab4d615d361908b0"


class Targets:
    """Gives every tablet the same target."""

    def __init__(self) -> None:
        self.target: Target | None = None

    def target_for(self, conn: Connection, tablet_id: str) -> Target | None:
        return self.target


class Arrivals:
    """Remembers who arrived and who left."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def tablet_converged(self, conn: Connection, tablet_id: str) -> None:
        self.told.append(("converged", tablet_id))

    def tablet_diverged(self, conn: Connection, tablet_id: str) -> None:
        self.told.append(("diverged", tablet_id))


class Ipad:
    """One enrolled iPad that speaks to the cycle as the listener does."""

    def __init__(self, database: Database, clock: ManualClock, cycle: CommandCycle) -> None:
        self.database = database
        self.clock = clock
        self.cycle = cycle

    async def says(
        self, status: str, command_id: str | None = None, *, udid: str = UDID, digest: str = DIGEST, **answer: Any
    ) -> Reply:
        message: dict[str, Any] = {"UDID": udid, "Status": status, **answer}
        if command_id is not None:
            message["CommandUUID"] = command_id
        report = parse_report(plistlib.dumps(message))
        return await self.database.write_batch(
            self.cycle.take,
            Turn(
                udid=report.udid,
                digest=digest,
                status=report.status,
                command_id=report.command_uuid,
                error_chain=report.error_chain,
                body=report.body,
                now=self.clock.ms(),
            ),
        )

    async def gets(self, status: str, command_id: str | None = None, **answer: Any) -> str | None:
        """Say something, and return the UUID of the command that comes back."""
        reply = await self.says(status, command_id, **answer)
        assert reply.outcome == "answered"
        return None if reply.body is None else str(plistlib.loads(reply.body)["CommandUUID"])


@pytest.fixture
def targets() -> Targets:
    return Targets()


@pytest.fixture
def arrivals() -> Arrivals:
    return Arrivals()


@pytest.fixture
def convergence(clock: ManualClock, targets: Targets, arrivals: Arrivals) -> Convergence:
    return Convergence(clock, targets, {"ipad": AppleSteps()}, arrivals)


@pytest.fixture
async def ipad(database: Database, clock: ManualClock, convergence: Convergence) -> Ipad:
    await database.write(lambda conn: add_ipad(conn, TABLET, UDID, DIGEST, clock.ms()))
    return Ipad(database, clock, CommandCycle(clock, convergence, lambda conn, tablet_id: None))


def add_ipad(conn: Connection, tablet_id: str, udid: str, digest: str, now: int) -> None:
    """Put an enrolled iPad into the store that has told everything already."""
    conn.run(
        "INSERT INTO tablet (tablet_id, platform, serial, name, state, state_since, created_at)"
        " VALUES (:id, 'ipad', :serial, 'Cassiopée 01', 'enrolled', :now, :now)",
        id=tablet_id,
        serial=f"S{tablet_id[-10:]}",
        now=now,
    )
    conn.run(
        "INSERT INTO apple_enrollment (udid, tablet_id, identity_digest, topic, state, enrolled_at)"
        " VALUES (:udid, :id, :digest, 'com.apple.mgmt.External.x', 'enrolled', :now)",
        udid=udid,
        id=tablet_id,
        digest=digest,
        now=now,
    )
    conn.run("INSERT INTO tablet_report (tablet_id, seen_at) VALUES (:id, 0)", id=tablet_id)
    convergence_store.begin_again(conn, tablet_id, Report(security_known=True, profiles={}, apps={}), now=now)


def plain_command(name: str, **keys: Any) -> NewCommand:
    """Return a command of that UUID."""
    body = plistlib.dumps({"Command": {"RequestType": "RestartDevice", **keys}, "CommandUUID": name})
    return NewCommand(command_id=name, request_type="RestartDevice", body=body)


@pytest.fixture
def enqueue(database: Database, clock: ManualClock) -> Callable[..., Any]:
    async def put(*commands: NewCommand, tablets: Sequence[str] = (TABLET,)) -> None:
        for command in commands:
            await database.write(
                lambda conn, one=command: queue.enqueue(conn, one, tablets, now=clock.ms(), actor="cli:test")
            )

    return put


def states(deliveries: Sequence[queue.Delivery]) -> Mapping[str, str]:
    return {one.command_id: one.state for one in deliveries}
