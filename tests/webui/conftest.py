"""The people listener on a real database, with a school, a kit of four slots and its code."""

from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from enrollment.agent_paths import AgentPaths
from mdm.android.departure import Departure
from mdm.android.held import HeldTablets
from mdm.android.joining import Joining, KitPath
from mdm.android.steps import AgentSteps
from mdm.clock import ManualClock
from mdm.commands.convergence import Convergence
from mdm.composition import kit_codes_of
from mdm.fleet.fleet import Fleet
from mdm.fleet.report_store import ReportedFacts, save_facts
from mdm.fleet.slot_binding import Identity
from mdm.fleet.states import TabletEvent
from mdm.fleet.tablet import Platform
from mdm.home_parts import home_room
from mdm.i18n import Catalogs, packages_with_words
from mdm.journal import Journal
from mdm.mode_parts import mode_services
from mdm.people_parts import people_services
from mdm.repairs.room import repair_room
from mdm.settings import Device, People, Settings
from mdm.settings import Server as ServerSettings
from mdm.store import Connection, Database
from mdm.vault import Vault
from profiles.charter.charter import charter_of
from profiles.compilers import compilers_of
from profiles.costs.warranties import PurchasedWarranties
from profiles.licences.room import licences_of
from profiles.rollouts.room import rollout_room
from profiles.targets import AgreedTargets
from webui.app import make_app
from webui.services import PeopleServices
from webui.sessions import create_administrator

PASSWORD = "cheval correct batterie"
CATALOGS = Catalogs(*packages_with_words())


class Site:
    """The pages, served on a port of this machine."""

    def __init__(self, services: PeopleServices, kit_id: str, joining: Joining) -> None:
        self.services = services
        self.joining = joining
        self.kit_id = kit_id
        self.port = 0
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def kit_url(self) -> str:
        return f"{self.url}/kits/{self.kit_id}"

    async def start(self) -> None:
        self._runner = web.AppRunner(make_app(self.services), access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    @property
    def app(self) -> web.Application:
        """The application that is served."""
        assert self._runner is not None
        return self._runner.app

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def join(self, slot: int, *, serial: str = "") -> str:
        """Let a tablet join a slot; return it."""
        identity = Identity(platform=Platform.IPAD, serial=serial or f"SERIAL{slot:04d}", model="iPad13,18")
        fleet = self.services.fleet

        def work(conn: Connection) -> str:
            tablet_id = fleet.bind(conn, identity, kit_id=self.kit_id, slot_number=slot, actor="ticket:test")
            fleet.apply(conn, tablet_id, TabletEvent.ENROL, actor="system")
            said = ReportedFacts(
                os_version="18.1", battery=83, capacity=64 * 10**9, free_space=41 * 10**9, supervised=True
            )
            save_facts(conn, [(tablet_id, said)], now=self.services.clock.ms())
            return tablet_id

        return await self.services.database.write(work)

    async def android_kit(self, *, slots: int) -> str:
        """A kit of Android tablets in the same school, with its code; return it."""
        kit = await self.services.fleet.create_kit(
            "0400377T", "Pégase", platform=Platform.ANDROID, slots=slots, actor="test"
        )
        await self.services.codes.codes(kit.kit_id, slots=True, lifetime=timedelta(hours=4), actor="test")
        return kit.kit_id

    async def ask_for_slot(self, kit_id: str, slot: int, serial: str) -> None:
        """Let a tablet come by a slot's code, as its agent does."""

        def work(conn: Connection) -> None:
            row = conn.one(
                "SELECT ticket_id FROM ticket WHERE kit_id = :kit AND slot_number = :slot", kit=kit_id, slot=slot
            )
            assert row is not None
            path = KitPath(ticket_id=row["ticket_id"], kit_id=kit_id, kit_name="Pégase", slot_number=slot, is_open=True)
            self.joining.arrive(conn, self.joining.ask(conn, path, serial, "arm64-v8a"), "arm64-v8a")

        await self.services.database.write(work)

    async def converge(self, tablet_id: str) -> None:
        """Let a tablet hold all that it should."""
        await self.services.database.write(lambda conn: self.services.fleet.tablet_converged(conn, tablet_id))


MakeSite = Callable[..., Coroutine[Any, Any, Site]]


@pytest.fixture
async def make_site(database: Database, clock: ManualClock, tmp_path: Path) -> AsyncIterator[MakeSite]:
    made: list[Site] = []

    async def make(
        *,
        demo: bool,
        port: int = 0,
        second_factor: str = "nobody",
        mail_catcher: Any = None,
        trusted_proxies: tuple[str, ...] = (),
        **sections: Any,
    ) -> Site:
        # Passkeys are made for one address: where they matter, the port is known beforehand. A second factor is asked
        # of nobody, except in the tests of the doors.
        journal = Journal(clock)
        fleet = Fleet(database, clock, journal)
        settings = msgspec.structs.replace(
            Settings(),
            device=Device(url="https://mdm.example.fr"),
            people=People(
                url=f"http://localhost:{port or 1}",
                listen="127.0.0.1:1",
                demo=demo,
                second_factor=second_factor,  # type: ignore[arg-type]
                trusted_proxies=trusted_proxies,
            ),
            server=ServerSettings(data_dir=str(tmp_path)),
            **sections,
        )
        vault = Vault(bytes(range(32)))
        paths = AgentPaths(clock, minutes=60)
        charter = charter_of(database, clock, journal, vault, settings)
        targets = AgreedTargets(clock, compilers_of(settings, vault), charter.agreed)
        convergence = Convergence(clock, targets, {"android": AgentSteps()}, fleet)
        joining = Joining(clock, journal, vault, paths, convergence)
        codes = kit_codes_of(database, clock, journal, vault, settings, charter.agreed)
        territory = await fleet.create_territory("MACS", actor="test")
        await fleet.create_commune("40018", "Audignon", territory_id=territory.territory_id, actor="test")
        await fleet.create_school("0400377T", "École d'Audignon", insee="40018", actor="test")
        kit = await fleet.create_kit("0400377T", "Cassiopée", platform=Platform.IPAD, slots=4, actor="test")
        await codes.codes(kit.kit_id, slots=True, lifetime=timedelta(hours=4), actor="test")
        await create_administrator(database, clock, journal, "anne", PASSWORD)
        rollouts = rollout_room(
            database,
            clock,
            journal,
            charter.agreed,
            charter.following,
            compilers_of(settings, vault),
            licences_of(clock, journal, settings),
        ).rollouts
        repair = repair_room(database, clock, journal, PurchasedWarranties(), settings.data_dir)
        home = home_room(database, clock, journal, vault, settings, charter.agreed, CATALOGS, repair.faults)
        services = people_services(
            database,
            clock,
            journal,
            vault,
            settings,
            charter=charter,
            held=HeldTablets(clock, journal, joining, Departure(clock, journal), paths),
            catalogs=CATALOGS,
            registry=CollectorRegistry(),
            rollouts=rollouts,
            modes=mode_services(
                database, clock, journal, settings, charter.agreed, targets, home.loans, home.letters.letters.stricter
            ),
            repair=repair,
            home=home,
            mail_catcher=mail_catcher,
        )
        site = Site(services, kit.kit_id, joining)
        site.port = port
        await site.start()
        made.append(site)
        return site

    yield make
    for site in made:
        await site.stop()
