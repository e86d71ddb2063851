"""The agent's endpoints on a real listener, with a school, a kit of three slots and an edition."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from prometheus_client import CollectorRegistry
from twisted.internet.defer import maybeDeferred

from enrollment.tickets import Tickets
from mdm.agent_parts import AgentParts, agent_parts
from mdm.android import enrollment_store
from mdm.android.enrollment_store import AndroidEnrollment
from mdm.android.steps import AgentSteps
from mdm.clock import ManualClock
from mdm.commands.checks import Checks
from mdm.commands.convergence import Convergence
from mdm.fleet.fleet import Fleet
from mdm.fleet.kit import KitView
from mdm.fleet.tablet import Platform
from mdm.home.use.agent_field import AgentFields
from mdm.home.use.daily import DailyUse
from mdm.home.use.loan_store import KeptLoans
from mdm.i18n import Catalogs
from mdm.journal import Journal
from mdm.listener.artifacts import ArtifactResource
from mdm.listener.files import FileResource
from mdm.listener.root import DeviceRoot
from mdm.listener.site import DeviceSite, InFlight
from mdm.settings import Android, Device, Settings
from mdm.settings import Server as ServerSettings
from mdm.store import Connection, Database
from mdm.vault import Vault
from profiles.apks.apk import Apk
from profiles.apks.apk_store import add_apk
from profiles.apks.apks import Apks
from profiles.apks.serving import ServedApks
from profiles.compilers import compilers_of
from profiles.policy import load_policy
from profiles.targets import AgreedTargets
from push.long_polls import LongPolls
from tests.charter.agreeing_in_store import Agreement

UAI = "0400377T"
DEVICE_URL = "https://tablets.example.fr"
EDITION = """
name = "Cycle 3"
time_zone = "Europe/Paris"

[[apps]]
name = "GeoGebra"
bundle_id = "org.geogebra.Geometry"
store_id = 1
package = "org.geogebra.android"

[[apps]]
name = "Chrome"
package = "com.android.chrome"
install = "allowed"

[restrictions]
app_store = false
erase = false

[[web_clips]]
label = "Lumni"
url = "https://www.lumni.fr/"

[web_filter]
blocked = ["https://example.org"]

[android]
locked_packages = ["com.android.vending"]
"""


def apk(package: str = "org.geogebra.android", version: str = "5.2", code: int = 52, **more: Any) -> Apk:
    """A file of the store, as its row says."""
    facts: dict[str, Any] = {
        "hash": f"{code:064x}",
        "package": package,
        "version_name": version,
        "version_code": code,
        "label": package,
        "min_sdk": 26,
        "abis": (),
        "permissions": (),
        "signer": "a" * 64,
        "split": False,
        "size": 1000,
        "added_at": 1,
        "added_by": "test",
    }
    return Apk(**{**facts, **more})


class Answer(msgspec.Struct, frozen=True):
    """What an agent was answered."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def data(self) -> Any:
        return self.json["data"]


class AgentSite:
    """The device listener with the agent's endpoints, on a database of its own."""

    def __init__(self, database: Database, clock: ManualClock, tmp_path: Path, android: Android) -> None:
        self.database = database
        self.clock = clock
        self.settings = msgspec.structs.replace(
            Settings(),
            server=ServerSettings(data_dir=str(tmp_path)),
            device=Device(url=DEVICE_URL),
            android=android,
        )
        self.journal = Journal(clock)
        self.vault = Vault(bytes(range(32)))
        self.fleet = Fleet(database, clock, self.journal)
        self.compilers = compilers_of(self.settings, self.vault)
        self.agreement = Agreement(database, clock, self.journal, self.vault, self.settings)
        self.targets = AgreedTargets(clock, self.compilers, self.agreement.charter.agreed)
        self.convergence = Convergence(clock, self.targets, {"android": AgentSteps()}, self.fleet)
        self.tickets = Tickets(clock, self.vault, self.journal)
        self.apks = Apks(database, clock, self.journal, self.settings.apks_dir)
        self.polls = LongPolls(database, clock, seconds=android.poll_seconds)
        self.checks = Checks(database, clock, self.convergence)
        self.in_flight = InFlight()
        self.use = DailyUse(database, clock, KeptLoans())
        self.url = ""
        self.kit_id = ""
        self.parts: AgentParts

    async def start(self, reactor: Any) -> Any:
        catalogs = Catalogs("mdm", "mdm.android", "mdm.fleet", "enrollment", "profiles")
        await self.polls.start()
        self.parts = agent_parts(
            self.database,
            self.clock,
            self.journal,
            self.vault,
            self.settings,
            self.targets,
            self.convergence,
            self.polls,
            self.in_flight,
            catalogs,
            lambda request: "203.0.113.9",
            free_fields=AgentFields(self.use),
        )
        root: Any = DeviceRoot(self.parts.resource)
        served = ServedApks(self.database, self.compilers.addresses, self.apks.path_of)
        root.putChild(b"files", FileResource(served, self.in_flight, catalogs))
        root.putChild(b"artifacts", ArtifactResource(self.database, self.in_flight, catalogs))
        site = DeviceSite(root, reactor, {}, CollectorRegistry(), 200, deep_limit=512 * 1024)
        port = reactor.listenTCP(0, site, interface="127.0.0.1")
        self.url = f"http://127.0.0.1:{port.getHost().port}"
        territory = await self.fleet.create_territory("MACS", actor="test")
        await self.fleet.create_commune("40018", "Audignon", territory_id=territory.territory_id, actor="test")
        await self.fleet.create_school(UAI, "École", insee="40018", actor="test")
        kit = await self.fleet.create_kit(UAI, "Pégase", platform=Platform.ANDROID, slots=3, actor="test")
        self.kit_id = kit.kit_id
        return port

    async def load(self, text: str = EDITION, *apks: Apk) -> str:
        """Agree on a policy, with its files; return its identifier."""
        for one in apks:
            await self.database.write(lambda conn, one=one: add_apk(conn, one))
        await self.agreement.agree(text)
        return load_policy(text.encode()).policy_id

    async def kit_path(self, slot: int | None = None, *, hours: int = 12) -> str:
        """A fresh code's path."""
        shown = await self.database.write(
            lambda conn: self.tickets.create(
                conn, self.kit_id, lifetime=timedelta(hours=hours), actor="test", slot_number=slot
            )
        )
        return f"k-{shown.secret}"

    async def view(self) -> KitView:
        return await self.fleet.kit(self.kit_id)

    async def enrollment(self, number: str) -> AndroidEnrollment:
        found = await self.database.read(lambda conn: enrollment_store.of_number(conn, number))
        assert found is not None
        return found

    async def sql(self, text: str, **values: Any) -> list[dict[str, Any]]:
        def run(conn: Connection) -> list[dict[str, Any]]:
            return [dict(row) for row in conn.all(text, **values)]

        return await self.database.read(run)


class Tablet:
    """A tablet's agent, as far as its requests go."""

    def __init__(self, site: AgentSite, http: aiohttp.ClientSession, serial: str) -> None:
        self.site = site
        self.http = http
        self.serial = serial
        self.number = serial
        self.project = ""
        self.configuration: dict[str, Any] = {}

    async def call(self, method: str, path: str, *, project: str | None = None, **more: Any) -> Answer:
        headers = {"X-CPU-Arch": "arm64-v8a", **more.pop("headers", {})}
        from yarl import URL

        url = URL(f"{self.site.url}/{self.project if project is None else project}{path}", encoded=True)
        async with self.http.request(method, url, headers=headers, allow_redirects=False, **more) as answer:
            return Answer(answer.status, await answer.read(), {k.lower(): v for k, v in answer.headers.items()})

    async def ask(self, project: str, number: str | None = None) -> Answer:
        """POST for a first configuration, and take over what it says."""
        asked = self.number if number is None else number
        answer = await self.call("POST", f"/rest/public/sync/configuration/{asked}", project=project, json=NULLS)
        if answer.status == 200 and answer.data is not None:
            self.project = project
            self._adopt(answer.data)
        return answer

    async def fetch(self, **more: Any) -> Answer:
        """GET the configuration."""
        answer = await self.call("GET", f"/rest/public/sync/configuration/{self.number}", **more)
        if answer.status == 200 and answer.data is not None:
            self._adopt(answer.data)
        return answer

    async def move(self) -> Answer:
        """Go to the tablet's own address, as the agent does when the address answers."""
        self.project = self.configuration["newServerUrl"].rsplit("/", 1)[1]
        return await self.fetch()

    async def join(self, project: str, number: str | None = None) -> Answer:
        """Ask, read the rules, move."""
        await self.ask(project, number)
        return await self.move()

    async def report(self, **more: Any) -> Answer:
        """POST what the tablet is."""
        info = {
            "deviceId": self.number,
            "model": "SM-X200",
            "androidVersion": "13",
            "serial": self.serial,
            "batteryLevel": 71,
            "mdmMode": True,
            "defaultLauncher": True,
            "applications": [],
            **more,
        }
        return await self.call("POST", "/rest/public/sync/info", json=info)

    async def poll(self) -> Answer:
        return await self.call("GET", f"/rest/notification/polling/{self.number}")

    def _adopt(self, data: dict[str, Any]) -> None:
        self.configuration = data
        self.number = data.get("newNumber") or self.number


NULLS = {"customer": None, "configuration": None, "groups": None, "groupSet": None}
MakeTablet = Callable[[str], Tablet]


@pytest.fixture
def android() -> Android:
    return Android(poll_seconds=5)


@pytest.fixture
async def site(
    database: Database, clock: ManualClock, tmp_path: Path, reactor: Any, android: Android
) -> AsyncIterator[AgentSite]:
    made = AgentSite(database, clock, tmp_path, android)
    port = await made.start(reactor)
    yield made
    await made.polls.stop()
    await made.in_flight.finish(5)
    await maybeDeferred(port.stopListening).asFuture(asyncio.get_running_loop())


@pytest.fixture
async def tablet(site: AgentSite) -> AsyncIterator[MakeTablet]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as http:
        yield lambda serial: Tablet(site, http, serial)
