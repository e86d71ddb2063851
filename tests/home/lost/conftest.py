"""A school whose iPads speak to the server: Lina's is at home with her parents, and may get lost."""

import plistlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mdm.apple.cycle import CommandCycle, Turn
from mdm.apple.messages import parse_report
from mdm.apple.steps import AppleSteps
from mdm.clock import ManualClock
from mdm.commands import convergence_store
from mdm.commands.convergence import Convergence
from mdm.commands.report import DeviceFacts, Report
from mdm.fleet.tablet_store import require_tablet
from mdm.home.loans.loan import Loan
from mdm.home.loans.loans import Loans
from mdm.home.lost import search_store
from mdm.home.lost.orders import LostOrders
from mdm.home.lost.room import LostRoom, lost_room
from mdm.home.lost.search import Search
from mdm.i18n import Catalogs, packages_with_words
from mdm.journal import entries
from mdm.store import Connection, Database
from mdm.vault import Vault
from tests.apple.conftest import Arrivals, Targets
from tests.home.guardians.conftest import _with_families
from tests.home.loans.conftest import Desk

LATITUDE, LONGITUDE = 43.894271, -0.502188
PLACE: dict[str, Any] = {
    "Latitude": LATITUDE,
    "Longitude": LONGITUDE,
    "HorizontalAccuracy": 35.0,
    "Timestamp": "2026-09-01T07:59:00Z",
}
NUMBER = "05 58 00 00 00"
HEAD, MANAGER = "account:directrice", "account:elue"


class Street:
    """The desk of a school, with lost mode, and the command cycle that its iPads speak to."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.database = desk.database
        self.clock = desk.clock
        self.vault = Vault(bytes(range(32)))
        self.told: list[str] = []
        self.lost: LostRoom
        orders = LostOrders(
            desk.clock,
            desk.town.journal,
            Catalogs(*packages_with_words()).for_language("fr"),
            organization="MACS",
            number=NUMBER,
            after=lambda conn, kind, search: self.told.append(kind),
        )
        self.orders = orders
        self.loans = Loans(
            desk.database,
            desk.clock,
            desk.town.journal,
            desk.terms,
            after=lambda conn, kind, loan: self.lost.searches.follow_loan(conn, kind, loan),
        )
        self.lost = lost_room(desk.database, desk.clock, desk.town.journal, self.vault, self.loans, orders)
        self.searches = self.lost.searches
        convergence = Convergence(desk.clock, Targets(), {"ipad": AppleSteps()}, Arrivals())
        self.cycle = CommandCycle(desk.clock, convergence, lambda conn, it: None, None, self.lost.answers)
        self.loan: Loan

    async def settle(self) -> None:
        """Enrol the first two iPads, and lend the first one to Lina."""
        desk = self.desk
        desk.loans = self.loans
        self.loan = await desk.lend()
        for tablet_id in desk.tablets[:2]:
            await self.database.write(lambda conn, it=tablet_id: _enrol(conn, it, self.clock.ms()))

    @property
    def tablet(self) -> str:
        """The iPad that Lina has."""
        return self.loan.tablet_id

    async def declare(self, by: str = "parent1") -> Search:
        """Let a parent declare the loss."""
        return await self.searches.declare_by_guardian(self.loan.loan_id, account_id=by, actor=f"account:{by}")

    async def says(
        self, status: str, command: str | None = None, *, tablet: str = "", **answer: Any
    ) -> tuple[str, str] | None:
        """Let an iPad say something; return type and UUID of the command that it gets."""
        message: dict[str, Any] = {"UDID": tablet or self.tablet, "Status": status, **answer}
        if command is not None:
            message["CommandUUID"] = command
        report = parse_report(plistlib.dumps(message))
        turn = Turn(
            udid=report.udid,
            digest="d",
            status=report.status,
            command_id=report.command_uuid,
            error_chain=report.error_chain,
            body=report.body,
            now=self.clock.ms(),
        )
        reply = await self.database.write_batch(self.cycle.take, turn)
        if reply.body is None:
            return None
        got = plistlib.loads(reply.body)
        return got["Command"]["RequestType"], got["CommandUUID"]

    async def connect(self, place: dict[str, Any] | None = PLACE) -> list[str]:
        """Let Lina's iPad do all that waits for it; return what that was. Without a place it stays silent there."""
        done = []
        got = await self.says("Idle")
        while got is not None:
            kind, command = got
            done.append(kind)
            if kind == "DeviceLocation" and place is None:
                return done
            got = await self.says("Acknowledged", command, **(place or {} if kind == "DeviceLocation" else {}))
        return done

    async def search(self) -> Search | None:
        """The search that runs."""
        return await self.database.read(lambda conn: search_store.open_search(conn, self.tablet))

    async def position(self, by: str = "parent1") -> tuple[float, float] | None:
        """What a parent's page shows."""
        view = await self.searches.for_guardian(self.loan.loan_id, account_id=by)
        found = view.position if view is not None else None
        return (found.latitude, found.longitude) if found is not None else None

    async def later(self, **step: float) -> int:
        """Let time pass, and the runner look; return at how many searches it looked."""
        self.clock.advance(timedelta(**step))
        return await self.lost.runner.run_once()

    async def journal(self) -> list[str]:
        """What the journal says of the tablet."""
        found = await self.database.read(lambda conn: entries(conn, subject=f"tablet:{self.tablet}", limit=1000))
        return [entry.kind for entry in found]

    async def everything(self) -> str:
        """Every value of every table, in one text."""
        return await self.database.read(everything_in)


def everything_in(conn: Connection) -> str:
    """Return every value of every table in one text; bytes as far as they are text."""
    tables = [
        row["name"]
        for row in conn.all(
            "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()"
            if _is_postgres(conn)
            else "SELECT name FROM sqlite_master WHERE type = 'table'"
        )
    ]
    return "\n".join(
        str([bytes(one) if isinstance(one, memoryview) else one for one in row.values()])
        for table in tables
        for row in conn.all(f'SELECT * FROM "{table}"')
    )


def _is_postgres(conn: Connection) -> bool:
    return "postgres" in type(conn).__name__.lower()


def _enrol(conn: Connection, tablet_id: str, now: int) -> None:
    conn.run(
        "INSERT INTO apple_enrollment (udid, tablet_id, identity_digest, topic, state, enrolled_at)"
        " VALUES (:it, :it, 'd', 'com.apple.mgmt.External.x', 'enrolled', :now)",
        it=tablet_id,
        now=now,
    )
    conn.run("INSERT INTO tablet_report (tablet_id, seen_at, supervised) VALUES (:it, 0, 1)", it=tablet_id)
    name = require_tablet(conn, tablet_id).name
    facts = DeviceFacts(os_version="17.4", supervised=True, device_name=name, time_zone=None, lost_mode=False)
    report = Report(device=facts, security_known=True, profiles={}, apps={})
    convergence_store.begin_again(conn, tablet_id, report, now=now)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 9, 1, 8, 0, tzinfo=UTC))


async def _street(database: Database, clock: ManualClock) -> Street:
    desk = Desk(await _with_families(database, clock))
    await desk.build(tablets=2)
    made = Street(desk)
    await made.settle()
    return made


@pytest.fixture
async def street(database: Database, clock: ManualClock) -> Street:
    return await _street(database, clock)


@pytest.fixture
async def any_street(any_database: Database, clock: ManualClock) -> Street:
    return await _street(any_database, clock)


Bytes = Callable[[], bytes]


@pytest.fixture
def file_bytes(tmp_path: Path) -> Bytes:
    """All that the database's files hold, deleted rows and the log of writes too."""
    return lambda: b"".join(one.read_bytes() for one in sorted(tmp_path.glob("valise.db*")))
