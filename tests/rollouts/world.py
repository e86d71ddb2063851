"""A territory for rollouts: a charter with editions, schools with kits of Android tablets, and the real convergence.

Tablets are told apart by nothing but what they report: `Territory.obey` lets them become what they should be, in the
transaction in which a report is taken in.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from mdm.android.steps import AgentSteps
from mdm.apple.steps import AppleSteps
from mdm.clock import ManualClock
from mdm.commands.checks import Checks
from mdm.commands.convergence import Convergence, StepEncoder
from mdm.commands.convergence_store import begin_again, progress_of
from mdm.commands.report import DeviceFacts, Report
from mdm.fleet.fleet import Fleet
from mdm.fleet.kit import Kit
from mdm.fleet.report_store import ReportedFacts, save_facts
from mdm.fleet.slot_binding import Identity
from mdm.fleet.states import TabletEvent
from mdm.fleet.tablet import Platform
from mdm.home.calendar.calendars import Calendars
from mdm.journal import Entry, Journal, entries
from mdm.settings import Keys, Server, Settings
from mdm.store import Connection, Database
from mdm.vault import Vault
from profiles.charter.record import Record
from profiles.compilers import compilers_of
from profiles.licences.licences import Licences
from profiles.rollouts.gates import Gates
from profiles.rollouts.rollout import Plan, Rollout
from profiles.rollouts.room import RolloutRoom, rollout_room
from profiles.rollouts.waves import NOW, Wave
from profiles.targets import AgreedTargets
from tests.charter.agreeing_in_store import Agreement

ACTOR = "account:technician"
SCHOOLS = {"0400377T": "40192", "0590001F": "59350", "9740001H": "97411"}
GATES = Gates(grace_minutes=60, heard_percent=50)
EVERYBODY = Plan(waves=(Wave(window=NOW),), gates=GATES, kits_per_minute=1000)


class Territory:
    """Schools, kits, tablets, and the parts of a server that rollouts need."""

    def __init__(self, database: Database, clock: ManualClock, folder: Path, *, licences: bool = False) -> None:
        self.database = database
        self.clock = clock
        self.folder = folder
        self.journal = Journal(clock)
        settings = Settings(server=Server(data_dir=str(folder)), keys=Keys(folder=str(folder)))
        vault = Vault(bytes(range(32)))
        self.agreement = Agreement(database, clock, self.journal, vault, settings)
        self.charter = self.agreement.charter
        self.compilers = compilers_of(settings, vault)
        self.licences = Licences(clock, self.journal, enabled=licences)
        self.fleet = Fleet(database, clock, self.journal)
        self.calendars = Calendars(database, clock, self.journal)
        self.targets = AgreedTargets(clock, self.compilers, self.charter.agreed)
        encoders: dict[str, StepEncoder] = {"android": AgentSteps(), "ipad": AppleSteps()}
        self.convergence = Convergence(clock, self.targets, encoders, self.fleet)
        self.checks = Checks(database, clock, self.convergence)
        self.room = self.another_server(database)
        self.rollouts, self.runner = self.room.rollouts, self.room.runner
        self._territory_id = ""
        self._tablets = 0

    def another_server(self, database: Database) -> RolloutRoom:
        """The parts of another server process, on its own connection to the same store."""
        return rollout_room(
            database,
            self.clock,
            self.journal,
            self.charter.agreed,
            self.charter.following,
            self.compilers,
            self.licences,
        )

    async def settle(self) -> None:
        """The territory, its schools and its founding charter."""
        made = await self.fleet.create_territory("MACS", actor=ACTOR)
        for uai, insee in SCHOOLS.items():
            await self.fleet.create_commune(insee, f"Commune {insee}", territory_id=made.territory_id, actor=ACTOR)
            await self.fleet.create_school(uai, f"École {uai}", insee=insee, actor=ACTOR)

    async def agree(self, **policy: Any) -> Record:
        """An edition in force everywhere."""
        return await self.agreement.agree({"name": "MACS", **policy})

    async def publish(self, **policy: Any) -> Record:
        """A newer edition, which nobody follows yet."""
        tree = {"name": "MACS", **policy}
        await self.agreement.decide("review", changes=[{"op": "adopt", "policy": tree}])
        return (await self.charter.editions.publish(actor="test")).record

    async def kit(
        self, name: str, *, uai: str = "0400377T", tablets: int = 4, platform: Platform = Platform.ANDROID, **said: Any
    ) -> Kit:
        """A kit with tablets that are enrolled; Android tablets hold what they should."""
        made = await self.fleet.create_kit(uai, name, platform=platform, slots=max(tablets, 1), actor=ACTOR)
        for number in range(1, tablets + 1):
            await self.database.write(lambda conn, number=number: self._join(conn, made, number, said))
        if platform is Platform.ANDROID:
            await self.obey(await self.tablets_of(made.kit_id))
        return made

    def _join(self, conn: Connection, kit: Kit, number: int, said: dict[str, Any]) -> None:
        self._tablets += 1
        identity = Identity(platform=kit.platform, serial=f"SERIAL{self._tablets:05d}")
        tablet_id = self.fleet.bind(conn, identity, kit_id=kit.kit_id, slot_number=number, actor="test")
        self.fleet.apply(conn, tablet_id, TabletEvent.ENROL, actor="test")
        now = self.clock.ms()
        usual = {"os_version": "14", "battery": 80, "supervised": True}
        save_facts(conn, [(tablet_id, ReportedFacts(**{**usual, **said}))], now=now)
        begin_again(conn, tablet_id, Report(), now=now)

    async def tablets_of(self, *kits: str) -> list[str]:
        """The tablets of kits, in their order."""
        found = await self.database.read(
            lambda conn: conn.all(
                "SELECT kit_id, tablet_id FROM slot WHERE tablet_id IS NOT NULL ORDER BY kit_id, number"
            )
        )
        return [row["tablet_id"] for row in found if row["kit_id"] in kits]

    async def obey(
        self, tablets: Sequence[str], *, refusing: Sequence[str] = (), forgetting: Sequence[str] = ()
    ) -> None:
        """Tablets wake, fetch what they should hold, and report it; some refuse, some lose it again."""
        await self.checks.look_at_due()
        for tablet_id in tablets:
            failed = {"app:fr.example": "not enough space"} if tablet_id in refusing else {}
            lost = tablet_id in forgetting
            await self.database.write(
                lambda conn, tablet_id=tablet_id, failed=failed, lost=lost: self._report(conn, tablet_id, failed, lost)
            )

    def _report(self, conn: Connection, tablet_id: str, failed: dict[str, str], lost: bool) -> None:
        target = self.targets.target_for(conn, tablet_id)
        save_facts(conn, [(tablet_id, ReportedFacts())], now=self.clock.ms())
        progress = progress_of(conn, tablet_id)
        if target is None or progress is None:
            return
        report = Report(
            device=DeviceFacts(os_version="14"),
            configuration=None if lost else target.configuration,
            configuration_at=self.clock.ms(),
            apps={},
            failed=failed,
        )
        self.convergence.reported(conn, tablet_id, "android", report)

    async def editions(self) -> dict[str, str]:
        """The edition that each kit follows, by the kit's name."""
        rows = await self.database.read(
            lambda conn: conn.all(
                "SELECT k.name, COALESCE(k.edition_id, s.edition_id, c.current_id) AS edition_id FROM kit k"
                " JOIN school s ON s.uai = k.uai JOIN charter c ON c.one = 1 ORDER BY k.name"
            )
        )
        return {row["name"]: row["edition_id"] for row in rows}

    async def begin(self, plan: Plan = EVERYBODY) -> Rollout:
        """A rollout that is planned and started."""
        planned = await self.rollouts.plan(plan, actor=ACTOR)
        return await self.rollouts.start(planned.rollout_id, actor=ACTOR)

    async def told(self, kind: str) -> list[Entry]:
        """The journal's entries of a kind."""
        found = await self.database.read(lambda conn: entries(conn, limit=100_000))
        return [entry for entry in found if entry.kind == kind]


def detail_of(entry: Entry) -> dict[str, Any]:
    """An entry's detail."""
    return msgspec.json.decode(entry.detail, type=dict[str, Any])
