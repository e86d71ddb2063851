"""A school with a kit, its edition, and the parts of a server that modes need; simulated iPads obey on the store."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from enrollment.tickets import Tickets
from mdm.android import enrollment_store
from mdm.android.configuration import AgentAddress, Configurations
from mdm.android.enrollment_store import AndroidEnrollment
from mdm.android.joining import PASSWORD_PURPOSE, PATH_PURPOSE
from mdm.android.polling import Poll, Polling
from mdm.android.steps import AgentSteps
from mdm.apple.cycle import CommandCycle, Turn
from mdm.apple.messages import parse_report
from mdm.apple.steps import AppleSteps
from mdm.clock import ManualClock
from mdm.commands.convergence import Convergence
from mdm.commands.convergence_store import progress_of
from mdm.commands.report import Report
from mdm.fleet.fleet import Fleet
from mdm.fleet.report_store import ReportedFacts, save_facts
from mdm.fleet.slot_binding import Identity
from mdm.fleet.states import TabletEvent
from mdm.fleet.tablet import Platform
from mdm.home.class_mode.class_mode import ClassMode
from mdm.home.class_mode.finding import Finding
from mdm.home.class_mode.view import Stage
from mdm.home.modes.loans import FleetLoans
from mdm.home.modes.modes import ModeReader, StricterBook
from mdm.home.modes.places import Places
from mdm.home.modes.runner import ModeRunner
from mdm.home.modes.school_networks import SchoolNetworks
from mdm.i18n import Catalogs
from mdm.journal import Journal, entries
from mdm.settings import Keys, Server, Settings
from mdm.simulator import checkin
from mdm.simulator.app_store import Catalogue
from mdm.simulator.command import read_command
from mdm.simulator.models import IpadSpec, make_ipads, release
from mdm.simulator.obey import obey
from mdm.simulator.pace import Pace
from mdm.simulator.tablet import App, Tablet
from mdm.store import Connection, Database
from mdm.vault import Vault
from profiles.agreed_things import AgreedForClass, AgreedHomeRules
from profiles.apks.apk import Apk
from profiles.apks.apk_store import add_apk
from profiles.compilers import compilers_of
from profiles.targets import AgreedTargets
from tests.charter.agreeing_in_store import Agreement

UAI = "0400377T"
ACTOR = "account:teacher"
SCHOOL_ADDRESS, HOME_ADDRESS = "203.0.113.7", "198.51.100.9"
GEOGEBRA, NOTES, CHROME = "org.geogebra.Geometry", "com.apple.mobilenotes", "com.android.chrome"
GEOGEBRA_ANDROID = "org.geogebra.android"
GEOGEBRA_APK = Apk(
    hash="5" * 64,
    package=GEOGEBRA_ANDROID,
    version_name="5.2",
    version_code=52,
    label="GeoGebra",
    min_sdk=26,
    abis=(),
    permissions=(),
    signer="a" * 64,
    split=False,
    size=1000,
    added_at=1,
    added_by="test",
)
EDITION = f"""
name = "Cycle 3"
[[apps]]
name = "GeoGebra"
bundle_id = "{GEOGEBRA}"
store_id = 1146717204
package = "{GEOGEBRA_ANDROID}"
install = "required"
[[apps]]
name = "Chrome"
package = "{CHROME}"
install = "allowed"
[[apps]]
name = "Kiwix"
bundle_id = "self.Kiwix"
install = "allowed"
[[web_clips]]
label = "Lumni"
url = "https://www.lumni.fr/"
[home]
school_days_from = "16:30"
school_days_to = "19:00"
other_days_from = "10:00"
other_days_to = "18:00"
night_from = "20:30"
night_to = "07:00"
apps_taken_away = ["self.Kiwix"]
"""


class SimulatedIpad:
    """A simulated iPad that speaks to the server's command cycle, without a network between them."""

    def __init__(self, room: "Classroom", tablet_id: str, spec: IpadSpec) -> None:
        self.room = room
        self.tablet_id = tablet_id
        self.tablet = Tablet(spec)
        self.asleep = False
        self.address = SCHOOL_ADDRESS
        self.pace = Pace(0)
        self.store = Catalogue()
        self.identity = None
        self._work: list[Callable[[], Any]] = []

    def now(self) -> datetime:
        return self.room.clock.now()

    def later(self, seconds: float, work: Callable[[], Any]) -> None:
        self._work.append(work)

    async def converse(self) -> int:
        """Ask for commands and obey until there is none; return how many there were."""
        if self.asleep:
            return 0
        self.tablet.forget_expired(self.now())
        count, body = 0, await self._say(checkin.report(self.tablet, "Idle"))
        while body is not None:
            command = read_command(body)
            outcome = await obey(self.tablet, self, command)  # type: ignore[arg-type]
            count += 1
            body = await self._say(checkin.report(self.tablet, outcome.status, command.uuid, outcome.keys))
            for work in self._work:
                await work()
            self._work.clear()
        return count

    async def _say(self, message: bytes) -> bytes | None:
        report = parse_report(message)
        turn = Turn(
            udid=report.udid,
            digest=self.tablet_id,
            status=report.status,
            command_id=report.command_uuid,
            error_chain=report.error_chain,
            body=report.body,
            now=self.room.clock.ms(),
            address=self.address,
        )
        reply = await self.room.database.write_batch(self.room.take, turn)
        assert reply.outcome == "answered"
        return reply.body


class SimulatedAgent:
    """An Android tablet as far as its requests go: polls, configurations, reports of apps."""

    def __init__(self, room: "Classroom", tablet_id: str, number: str) -> None:
        self.room = room
        self.tablet_id = tablet_id
        self.number = number
        self.asleep = False
        self.configuration: dict[str, Any] = {}
        self.opened: list[dict[str, Any]] = []
        self.messages: list[str] = []

    async def poll(self) -> list[str]:
        """Take what waits; open what is to be opened, fetch the configuration where that is asked."""
        if self.asleep:
            return []
        polled = await self.room.database.write_batch(
            self.room.poll,
            Poll(path_digest=self.tablet_id, number=self.number, now=self.room.clock.ms(), address=SCHOOL_ADDRESS),
        )
        found = msgspec.json.decode(polled.body) if polled.body else []
        kinds = [one["messageType"] for one in found]
        self.messages += kinds
        self.opened += [
            msgspec.json.decode(one["payload"]) for one in found if one["messageType"] in ("runApp", "intent")
        ]
        if "configUpdated" in kinds:
            await self.fetch()
        return kinds

    async def fetch(self) -> None:
        def ask(conn: Connection) -> bytes:
            enrollment = enrollment_store.of_number(conn, self.number)
            assert enrollment is not None
            return self.room.configurations.of_tablet(conn, enrollment, self.tablet_id, self.number)

        self.configuration = msgspec.json.decode(await self.room.database.write(ask))

    async def live(self) -> None:
        """Poll until nothing waits."""
        while await self.poll():
            continue

    async def reports(self, apps: dict[str, str]) -> None:
        """Tell which apps are there."""

        def tell(conn: Connection) -> None:
            from mdm.android.device_info import DeviceInfo, ReportedApp
            from mdm.android.reports import _learned
            from mdm.android.steps import with_time

            progress = progress_of(conn, self.tablet_id)
            assert progress is not None
            info = DeviceInfo(
                mdm_mode=True,
                default_launcher=True,
                applications=tuple(ReportedApp(pkg=name, version=version) for name, version in apps.items()),
            )
            report = with_time(_learned(progress.report, info), self.room.clock.ms())
            self.room.convergence.reported(conn, self.tablet_id, "android", report)

        await self.room.database.write(tell)

    @property
    def tiles(self) -> set[str]:
        listed = self.configuration.get("applications", [])
        return {one["name"] for one in listed if one.get("showIcon") and not one.get("remove")}


class Classroom:
    """A school with one kit, and all that modes need of a server."""

    def __init__(self, database: Database, clock: ManualClock, folder: Path, *, push: str = "polling") -> None:
        self.database = database
        self.clock = clock
        self.journal = Journal(clock)
        settings = Settings(server=Server(data_dir=str(folder)), keys=Keys(folder=str(folder)))
        self.vault = Vault(bytes(range(32)))
        self.fleet = Fleet(database, clock, self.journal)
        self.agreement = Agreement(database, clock, self.journal, self.vault, settings)
        agreed = self.agreement.charter.agreed
        self.loans = FleetLoans()
        self.targets = AgreedTargets(clock, compilers_of(settings, self.vault), agreed)
        encoders: dict[str, Any] = {"ipad": AppleSteps(), "android": AgentSteps()}
        self.convergence = Convergence(clock, self.targets, encoders, self.fleet)
        self.reader = ModeReader(clock, AgreedHomeRules(clock, agreed), self.loans)
        self.runner = self.another_runner()
        self.class_mode = ClassMode(
            database, clock, self.journal, AgreedForClass(clock, agreed), self.targets, self.loans, push=push
        )
        self.finding = Finding(database, clock, self.journal, self.loans, push=push)
        self.stricter = StricterBook(database, clock, self.journal, self.loans)
        self.networks = SchoolNetworks(database, clock, self.journal)
        places = Places()
        self.take = CommandCycle(clock, self.convergence, lambda conn, tablet_id: None, places).take
        self.poll = Polling(places).take
        self.configurations = Configurations(
            clock,
            self.vault,
            self.targets,
            self.convergence,
            AgentAddress(device_url="https://x.example", push=push, keepalive_s=300),
            Catalogs("mdm.android").for_language("fr"),
        )
        self.kit_id = ""
        self.ipads: list[SimulatedIpad] = []
        self.agents: list[SimulatedAgent] = []
        self._ticket = ""

    def another_runner(self) -> ModeRunner:
        """What a server has that starts now."""
        return ModeRunner(self.database, self.clock, self.journal, self.reader, self.convergence)

    async def open(self, platform: Platform = Platform.IPAD, *, slots: int = 4, edition: str = EDITION) -> None:
        """The school, its kit and its edition."""
        made = await self.fleet.create_territory("MACS", actor="test")
        await self.fleet.create_commune("40018", "Audignon", territory_id=made.territory_id, actor="test")
        await self.fleet.create_school(UAI, "École", insee="40018", actor="test")
        kit = await self.fleet.create_kit(UAI, "Cassiopée", platform=platform, slots=slots, actor="test")
        self.kit_id = kit.kit_id
        if platform is Platform.ANDROID:
            await self.database.write(lambda conn: add_apk(conn, GEOGEBRA_APK))
        await self.agreement.agree(edition)

    async def ipad(self, *, version: str = "16.7.10", supervised: bool = True, passcode: bool = False) -> SimulatedIpad:
        """An iPad that joined the kit and has all that it should."""
        number = len(self.ipads) + 1
        spec = make_ipads(1, seed=number, releases=[release(version)], supervised=supervised, passcode=passcode)[0]
        tablet_id = await self._join(Platform.IPAD, spec.serial, number)
        made = SimulatedIpad(self, tablet_id, spec)
        made.tablet.enrolled(_ENROLLMENT)
        await self.database.write(
            lambda conn: conn.run(
                "INSERT INTO apple_enrollment (udid, tablet_id, identity_digest, topic, state, enrolled_at, os_version)"
                " VALUES (:udid, :id, :id, 'com.apple.mgmt.External.x', 'enrolled', 1, :version)",
                udid=spec.udid,
                id=tablet_id,
                version=version,
            )
        )
        facts = ReportedFacts(os_version=version, supervised=supervised, battery=80)
        await self._begin(tablet_id, "ipad", facts)
        self.ipads.append(made)
        made.tablet.unlock()
        for _ in range(5):
            await made.converse()
            self.clock.advance(timedelta(seconds=1))
            await self.database.write(lambda conn: self.convergence.look(conn, tablet_id, "ipad"))
        await made.converse()
        assert await self.holds(tablet_id)
        return made

    async def agent(self) -> SimulatedAgent:
        """An Android tablet that joined the kit and has all that it should."""
        number = len(self.agents) + 1
        tablet_id = await self._join(Platform.ANDROID, f"R9{number:09d}", number)
        name = f"N{number}"

        def enrol(conn: Connection) -> None:
            if not self._ticket:
                tickets = Tickets(self.clock, self.vault, self.journal)
                made = tickets.create(conn, self.kit_id, lifetime=timedelta(hours=1), actor="test")
                self._ticket = made.ticket.ticket_id
            enrollment = AndroidEnrollment(
                number=name,
                sealed_path=self.vault.seal(b"path", PATH_PURPOSE),
                sealed_admin_password=self.vault.seal(b"password", PASSWORD_PURPOSE),
                asked_as=name,
                ticket_id=self._ticket,
                kit_id=self.kit_id,
                slot_number=number,
                state="asked",
                tablet_id=None,
                serial=None,
                other_serial=None,
                abi="arm64-v8a",
                os_version="",
                device_owner=None,
                created_at=self.clock.ms(),
                moved_at=None,
                lock_message=None,
            )
            enrollment_store.add(conn, enrollment, tablet_id)
            enrollment_store.enrol(conn, name, tablet_id, slot_number=number, serial=None, now=self.clock.ms())
            enrollment_store.note_facts(conn, name, os_version="14", device_owner=True)

        await self.database.write(enrol)
        facts = ReportedFacts(os_version="14", supervised=True, battery=70)
        await self._begin(tablet_id, "android", facts)
        made = SimulatedAgent(self, tablet_id, name)
        self.agents.append(made)
        await made.live()
        await made.reports({GEOGEBRA_ANDROID: "5.2", CHROME: "120.0"})
        return made

    async def holds(self, tablet_id: str) -> bool:
        """Whether a tablet is all that it should be."""
        found = await self.database.read(lambda conn: progress_of(conn, tablet_id))
        return found is not None and found.converged_at is not None

    async def report(self, tablet_id: str) -> Report:
        found = await self.database.read(lambda conn: progress_of(conn, tablet_id))
        assert found is not None
        return found.report

    async def lend(self, tablet_id: str) -> None:
        """A family takes a tablet home; who lends asks for a look."""
        await self.fleet.change_state(tablet_id, TabletEvent.LEND, actor=ACTOR)

    async def change(self, tablet_id: str, event: TabletEvent) -> None:
        await self.fleet.change_state(tablet_id, event, actor=ACTOR)

    async def later(self, **step: float) -> None:
        """Let time pass, and do what is due."""
        self.clock.advance(timedelta(**step))
        await self.runner.run_once()

    async def stages(self) -> list[Stage]:
        """How far each place is."""
        view = await self.class_mode.now(self.kit_id)
        return [slot.stage for slot in view.slots]

    async def told(self, *kinds: str) -> list[str]:
        """The journal's kinds, of those named."""
        found = await self.database.read(lambda conn: entries(conn, limit=10_000))
        return [entry.kind for entry in found if entry.kind in kinds]

    async def mode(self, tablet_id: str) -> tuple[str, bool] | None:
        """What a tablet was brought to."""
        row = await self.database.read(
            lambda conn: conn.one("SELECT mode, usable FROM tablet_mode WHERE tablet_id = :id", id=tablet_id)
        )
        return None if row is None else (row["mode"], bool(row["usable"]))

    async def _join(self, platform: Platform, serial: str, number: int) -> str:
        identity = Identity(platform=platform, serial=serial)

        def join(conn: Connection) -> str:
            tablet_id = self.fleet.bind(conn, identity, kit_id=self.kit_id, slot_number=number, actor="test")
            self.fleet.apply(conn, tablet_id, TabletEvent.ENROL, actor="test")
            return tablet_id

        return await self.database.write(join)

    async def _begin(self, tablet_id: str, platform: str, facts: ReportedFacts) -> None:
        def begin(conn: Connection) -> None:
            save_facts(conn, [(tablet_id, facts)], now=self.clock.ms())
            self.convergence.begin(conn, tablet_id, platform, Report())

        await self.database.write(begin)


def with_app(ipad: SimulatedIpad, bundle_id: str) -> None:
    """Put an app that comes with iPads on a simulated one."""
    found = ipad.store.by_bundle_id(bundle_id)
    assert found is not None
    ipad.tablet.apps[bundle_id] = App(app=found, state=None)


def _enrollment() -> Any:
    from mdm.simulator.profile import Enrollment, MdmContent, Profile, ScepContent

    profile = Profile(identifier="org.valise.enrollment", uuid="E", keys={}, payloads=())
    rights = 8191
    return Enrollment(
        profile=profile,
        roots=(),
        scep=ScepContent(url="https://x.example/scep"),
        mdm=MdmContent(
            topic="com.apple.mgmt.External.x",
            server_url="https://x.example/mdm",
            checkin_url="https://x.example/mdm",
            access_rights=rights,
            sign_message=False,
            checkout_when_removed=True,
            server_capabilities=frozenset(),
        ),
    )


_ENROLLMENT = _enrollment()
