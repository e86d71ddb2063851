"""One tablet's life with the agent: set-up, updates, messages, reports, restarts, and the end by a reset."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence

from mdm.simulator.android import logs
from mdm.simulator.android.apk import ApkReader, ApkShelf, installed
from mdm.simulator.android.apps import is_hour_for_updates
from mdm.simulator.android.build import PACKAGE, PUBLIC_BUILD, AgentBuild
from mdm.simulator.android.device import InstalledApp, VirtualTablet
from mdm.simulator.android.errors import AgentCrash, BadAnswer, NotJoined
from mdm.simulator.android.events import AgentEvent, AgentEventKind, Report
from mdm.simulator.android.http import Connections
from mdm.simulator.android.listening import Listening
from mdm.simulator.android.logs import RemoteLog
from mdm.simulator.android.means import Means, Occasion, UpdateEnd
from mdm.simulator.android.memory import Memory
from mdm.simulator.android.messages import CONFIG_UPDATED, REBOOT, PushMessage, obey
from mdm.simulator.android.provisioning import (
    AgentOptions,
    Code,
    fetch_agent,
    parse_provisioning,
    read_code,
    scanned_by_agent,
    typed,
)
from mdm.simulator.android.push import MQTT_PORT
from mdm.simulator.android.server import Server
from mdm.simulator.android.stopping import until_stopped
from mdm.simulator.android.update import first_load, full_update, report
from mdm.simulator.errors import ServerUnreachable
from mdm.simulator.pace import Pace

_JOB_SECONDS = 15 * 60.0
_JOB_AT_LEAST = 1.0  # of ours
_JOBS_PER_UPDATE = 4
_BOOT_SECONDS = 40.0
_SET_UP_SECONDS = 20.0
_CRASHES = 3
_CRASHES_WITHIN = 60.0
_DRAIN_PER_JOB = 2


class AndroidAgent:
    """The agent on one tablet.

    ``roots`` (PEM) are trusted beside what the operating system trusts. ``mqtt_port`` is the broker's. What happens
    is told to ``report``.
    """

    def __init__(
        self,
        tablet: VirtualTablet,
        *,
        pace: Pace | None = None,
        report: Report | None = None,
        build: AgentBuild = PUBLIC_BUILD,
        roots: Sequence[bytes] = (),
        mqtt_port: int = MQTT_PORT,
        read_apk: ApkReader | None = None,
    ) -> None:
        self.tablet = tablet
        self.pace = pace or Pace()
        self._report = report
        self._build = build
        self._roots = tuple(roots)
        self._mqtt_port = mqtt_port
        self._read_apk = read_apk or ApkShelf()
        self._updating = asyncio.Lock()
        self._woken = asyncio.Event()
        self._wish: Occasion | None = None
        self._must_restart = False
        self._off = False
        self._crashes: deque[float] = deque(maxlen=_CRASHES + 1)
        self._jobs = 0
        self._begin_empty()

    @property
    def enrolled(self) -> bool:
        """Whether the agent has a configuration."""
        return self.memory.config is not None

    @property
    def log(self) -> RemoteLog:
        """The agent's log."""
        return self._means.log

    def tell(self, kind: AgentEventKind, detail: str = "") -> None:
        """Report an event of this tablet."""
        if self._report is not None:
            self._report(AgentEvent(serial=self.tablet.serial, kind=kind, detail=detail))

    async def join(self, code: Code) -> None:
        """Set a freshly reset tablet up by its code, and start the agent; called again, a person taps Repeat.

        Raises `mdm.simulator.errors.ScanError`, `mdm.simulator.android.errors.ProvisioningRefused`, or `NotJoined`
        when the agent shows a dialog instead of a configuration.
        """
        if not self.tablet.managed_by_agent:
            provisioning = parse_provisioning(await read_code(code))
            self.tell("scanned", "a set-up code")
            package = await fetch_agent(provisioning, self._means.connections, self._read_apk)
            await self.pace.rest(_SET_UP_SECONDS)
            self._take_options(provisioning.options)
            self.tablet.own(installed(package))
            self.tell("provisioned", package.version_name)
            await self._trust(provisioning.options)
        if not self.enrolled:
            await self._first_load()
        await self.start()

    async def join_by_scanning(self, code: Code) -> None:
        """Scan a code with the agent, which is installed and owner already (by cable); raise as `join` does."""
        options = scanned_by_agent(await read_code(code))
        self.tell("scanned", "a code, by the agent itself")
        self._take_options(options)
        self._install_by_cable()
        await self.start()

    async def join_by_hand(self, address: str, number: str, *, owner: bool = True) -> None:
        """Type the server's address and the device number into the agent, installed by cable; raise `NotJoined`.

        Without ``owner`` nobody made it the device owner: it restricts nothing, and asks before it installs.
        Raises `mdm.simulator.android.errors.AddressRefused` for an address that the dialog does not take.
        """
        options = typed(address, number)
        self._take_options(options)
        self._install_by_cable(owner=owner)
        await self.start()

    async def start(self) -> UpdateEnd:
        """Start the agent's main screen: a full update, with a person present; raise `NotJoined`."""
        if not self.memory.number and self.memory.number_from is not None and self.tablet.owned:
            self.memory.number = self.tablet.serial
        end = await self.update(Occasion(screen=self.tablet.screen_alive, background=False))
        if self.tablet.sim is not None:
            self.log.write(logs.INFO, f"SIM card changed, phone number: {self.tablet.sim.phone}")
            await self._send_logs()
        if end == "asks" and not self.enrolled:
            raise NotJoined("the agent shows a dialog instead of its screen")
        return end

    async def update(self, occasion: Occasion | None = None) -> UpdateEnd:
        """Run one full update, after another that runs; nulls that crash the agent make it start anew."""
        async with self._updating:
            wanted = occasion or Occasion(screen=self.tablet.screen_alive)
            while True:
                try:
                    end = await full_update(self._means, wanted)
                except AgentCrash as cause:
                    if await self._crash(cause):
                        return "stopped"
                    continue
                break
        if end == "wiped":
            await self._wipe()
        elif end == "restart":
            await self.restart()
        else:
            await self._send_logs()
        return end

    async def restart(self) -> None:
        """Switch the tablet off and on; the update at its start is run by `live`, or by calling `boot`."""
        self._off, self._must_restart = True, False
        await self._listening.stop()
        await self._means.connections.hang_up()
        self.tell("restarted")
        self._woken.set()

    async def boot(self) -> UpdateEnd:
        """Start the tablet, and run the update that belongs to it."""
        self._off, self._wish = False, None
        await self.pace.rest(_BOOT_SECONDS)
        self.tablet.screen_alive = True
        return await self.update(Occasion(screen=True, boot=True))

    def hear(self, messages: Sequence[PushMessage]) -> None:
        """Obey messages; several that ask for an update make one, which `live` runs."""
        for message in messages:
            self.tell("message", self._obey(message))
        if any(message.kind == CONFIG_UPDATED for message in messages):
            self._wish = self._wish or Occasion(screen=self.tablet.screen_alive)
        self._woken.set()

    async def job(self) -> None:
        """Do what the agent does every quarter of an hour: report, and each hour update come what may."""
        self._jobs += 1
        self._use_battery()
        config = self.memory.config
        if config is None:
            return
        if self.tablet.sim is not None:
            self.log.write(logs.VERBOSE, f"Location: {self.tablet.sim.latitude}, {self.tablet.sim.longitude}")
        due = self._jobs % _JOBS_PER_UPDATE == 0
        if due and config.push_options is None:
            await self._crash_and_start(AgentCrash("the configuration has no push options"))
        elif due or (self.memory.apps_wait and is_hour_for_updates(config, self.tablet.now())):
            await self.update(Occasion(screen=self.tablet.screen_alive))
        if self.enrolled:
            try:
                await report(self._means)
            except AgentCrash as cause:
                await self._crash_and_start(cause)
            await self._send_logs()

    async def live(self, stop: asyncio.Event) -> None:
        """Live until ``stop`` or a reset, then close: obey messages, do the job every quarter of an hour."""
        loop = asyncio.get_running_loop()
        due = loop.time() + self._until_job() * self.tablet.rng.random()
        try:
            while not stop.is_set() and self.tablet.managed_by_agent:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout_at(due):
                        await until_stopped(stop, self._woken.wait())
                if self._woken.is_set():
                    await until_stopped(stop, self._grant_wish())
                elif not stop.is_set():
                    await until_stopped(stop, self.job())
                    due = loop.time() + self._until_job()
        finally:
            await self.close()

    async def close(self) -> None:
        """Stop listening and close the connections."""
        await self._listening.stop()
        await self._means.connections.hang_up()

    async def _grant_wish(self) -> None:
        wish, self._wish = self._wish, None
        self._woken.clear()
        if self._must_restart:
            await self.restart()
        if self._off:
            self._woken.clear()
            await self.boot()
        elif wish is not None:
            await self.update(wish)
        else:
            await self._send_logs()

    async def _first_load(self) -> None:
        end = await first_load(self._means)
        if end != "done" and (self.memory.number or self.memory.number_from is None):
            raise NotJoined("the agent shows an error during set-up")

    def _take_options(self, options: AgentOptions) -> None:
        self.memory.number, self.memory.number_from = self._number(options), options.number_from
        self.memory.base, self.memory.secondary = options.base, options.secondary
        self.memory.project, self.memory.enrol = options.project, options.enrol
        self.memory.retries, self.memory.retry_seconds = options.retries, options.retry_seconds

    async def _trust(self, options: AgentOptions) -> None:
        """Install the certificates that the code names; one that cannot be had is passed over."""
        for url in options.authorities:
            with contextlib.suppress(ServerUnreachable):
                with await self._means.connections.download(url) as download:
                    pem = await asyncio.to_thread(download.path.read_bytes) if download.status == 200 else b""
                self.tablet.authorities.append(pem)
                await self._means.connections.trust(pem)

    def _number(self, options: AgentOptions) -> str:
        """Return the device number: given, the tablet's own, or typed by a person when one is there."""
        if options.number:
            return options.number
        if options.number_from == "serial":
            return self.tablet.serial if self.tablet.gives_serial else ""
        if options.number_from == "imei":
            return self.tablet.sim.imei if self.tablet.sim is not None else ""
        if self.tablet.person is None:
            self.tell("asked", "the code has no device number")
            raise NotJoined("nobody types the device number that the code does not have")
        return self.tablet.person

    def _install_by_cable(self, *, owner: bool = True) -> None:
        if not self.tablet.managed_by_agent:
            build = self._build
            agent = InstalledApp(package=PACKAGE, version_name=build.version_name, version_code=build.version_code)
            (self.tablet.own if owner else self.tablet.install)(agent)

    def _obey(self, message: PushMessage) -> str:
        if message.kind == CONFIG_UPDATED:
            return CONFIG_UPDATED
        if message.kind == REBOOT:
            self._must_restart = self.tablet.owned
            self._woken.set()
            return REBOOT
        try:
            done = obey(self.tablet, self.memory, message)
        except BadAnswer as cause:
            done = f"ignored: {cause}"
        self.log.write(logs.INFO, f"Push {message.kind}: {done}")
        return f"{message.kind}: {done}"

    async def _crash(self, cause: AgentCrash) -> bool:
        """Let Android stop the agent and start it; return True when it has crashed too often for that."""
        self.tell("crashed", str(cause))
        await self._listening.stop()
        await self.pace.rest(2)
        now = asyncio.get_running_loop().time()
        self._crashes.append(now)
        if len(self._crashes) <= _CRASHES or self.pace.lived(now - self._crashes[0]) > _CRASHES_WITHIN:
            return False
        self._crashes.clear()
        self.tablet.screen_alive = False
        self.tell("escaped", "Android offers another launcher")
        return True

    async def _crash_and_start(self, cause: AgentCrash) -> None:
        if not await self._crash(cause):
            self._wish = self._wish or Occasion(screen=self.tablet.screen_alive)
            self._woken.set()

    async def _wipe(self) -> None:
        await self.close()
        self.tablet.factory_reset()
        self._begin_empty()
        self._wish, self._must_restart, self._off, self._jobs = None, False, False, 0
        self.tell("wiped")
        self._woken.set()

    async def _send_logs(self) -> None:
        await self.log.send(self._means.server)

    def _use_battery(self) -> None:
        self.tablet.battery += 15 if self.tablet.charging else -_DRAIN_PER_JOB
        if not 15 < self.tablet.battery < 100:
            self.tablet.charging = "ac" if self.tablet.battery <= 15 else ""
            self.tablet.battery = max(1, min(100, self.tablet.battery))

    def _until_job(self) -> float:
        return max(_JOB_AT_LEAST, self.pace.real(_JOB_SECONDS))

    def _begin_empty(self) -> None:
        """Begin with nothing remembered, as a new tablet or one that was reset."""
        self.memory = Memory()
        connections, log = Connections(self._roots), RemoteLog(self.tablet, self.memory)
        server = Server(self.memory, connections, self._build, self.tablet.spec.model.abis[0])
        self._listening = Listening(
            self.memory, server, connections, log, self.pace, self._build, self.hear, self._mqtt_port
        )
        self._means = Means(
            tablet=self.tablet,
            memory=self.memory,
            server=server,
            connections=connections,
            log=log,
            pace=self.pace,
            build=self._build,
            read_apk=self._read_apk,
            tell=self.tell,
            start_push=self._listening.start,
        )
