"""One virtual iPad: it is scanned into management, woken, spoken to, locked, lost, restarted and wiped."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from mdm.simulator import checkin
from mdm.simulator.app_store import AppStore, Catalogue
from mdm.simulator.command import After, Command, CommandMalformed, Erase, Leave, Restart, ShutDown, read_command
from mdm.simulator.declaring import Declaring
from mdm.simulator.errors import ManagementEnded, ReplyLost, ServerRefused, ServerUnreachable, SimulatorError
from mdm.simulator.events import EventKind, Exchange, IpadEvent
from mdm.simulator.keys import FreshKeys, Keys
from mdm.simulator.mdm_line import MdmLine
from mdm.simulator.models import IpadSpec, OsRelease
from mdm.simulator.obey import Outcome, obey
from mdm.simulator.pace import Pace
from mdm.simulator.profile import Enrollment, read_enrollment
from mdm.simulator.scan import download_profile, scan
from mdm.simulator.scep import ScepClient
from mdm.simulator.tablet import Tablet
from mdm.simulator.transport import Identity, Line
from mdm.simulator.wake import Asleep, WakeSource

_PATIENCE = 3
_REMEMBERED = 200
_BOOT_SECONDS = 45.0
_SETUP_SECONDS = 90.0


class Ipad:
    """A tablet on the network.

    ``roots`` (PEM or DER) replace the trust store of the system until an enrollment profile brings its own root;
    ``wakes`` delivers pushes; ``watch`` is told each `IpadEvent`.
    """

    def __init__(
        self,
        spec: IpadSpec,
        *,
        pace: Pace | None = None,
        keys: Keys | None = None,
        store: AppStore | None = None,
        wakes: WakeSource | None = None,
        roots: Sequence[bytes] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        watch: Callable[[IpadEvent], None] | None = None,
    ) -> None:
        self.tablet = Tablet(spec)
        self.identity: Identity | None = None
        self.pace = pace or Pace()
        self.store: AppStore = store or Catalogue()
        self.online = True
        self.powered = True
        self.lose_next: Literal["report", "reply"] | None = None
        self.history: deque[Exchange] = deque(maxlen=_REMEMBERED)
        self.wanted = asyncio.Event()
        self._keys = keys or FreshKeys()
        self._wakes = wakes or Asleep()
        self._roots = tuple(roots)
        self._now = now
        self._watch = watch
        self.declaring = Declaring(
            self.tablet,
            self,
            ask=self._ask_declarative,
            ready=lambda: self.reachable and self.enrolled,
            tell=self.tell,
        )
        self._line = self._new_line()
        self._talking = asyncio.Lock()
        self._work: set[asyncio.Task[None]] = set()

    # ---------------------------------------------------------------- what a person does with it

    async def enroll(self, source: str | bytes | Path) -> None:
        """Scan a QR code (a picture, its file, or the address in it) and install the profile behind it.

        Raises a `SimulatorError` that says at which step it failed; the tablet is then as it was.
        """
        url = await scan(source)
        await self.pace.rest(4)
        data = await download_profile(self._line, url, self.tablet.os)
        self.tell("scanned")
        await self.pace.rest(8)
        await self.install_enrollment(data)

    async def install_enrollment(self, data: bytes) -> None:
        """Install an enrollment profile: get an identity, check in; raise `SimulatorError`."""
        enrollment = read_enrollment(data)
        before = self._line
        try:
            await self._take_identity(enrollment)
            mdm = self._server(enrollment)
            self.tablet.enrolled(enrollment)
            await self._check_in(checkin.authenticate(self.tablet, enrollment.mdm.topic), mdm)
            await self._send_token(mdm)
        except SimulatorError:
            await self._forget_management()
            raise
        finally:
            await before.hang_up()
        self.tell("enrolled")
        if self.tablet.awaiting_configuration or isinstance(self._wakes, Asleep):
            self.wanted.set()

    def unlock(self) -> None:
        """Let the user unlock the screen; what the tablet put off is asked for again."""
        self.tablet.unlock()
        self.wanted.set()

    def go_offline(self) -> None:
        """Leave the network."""
        self.online = False

    def go_online(self) -> None:
        """Come back; a push that waited arrives now."""
        self.online = True
        self.wanted.set()

    def power_on(self) -> None:
        """Turn the tablet on; it asks the server at once."""
        self.powered = True
        self.tablet.locked = self.tablet.passcode
        self.wanted.set()

    async def remove_management(self) -> None:
        """Let the user remove the management profile; the server is told if the profile says so."""
        management = self.tablet.management
        if management is not None and management.enrollment.mdm.checkout_when_removed and self.reachable:
            try:
                await self._check_in(checkin.check_out(self.tablet, management.enrollment.mdm.topic))
            except SimulatorError as cause:
                self.tell("failed", f"farewell: {cause}")
        await self._forget_management()
        self.tell("left")

    async def update_system(self, release: OsRelease) -> None:
        """Install a newer system, and restart."""
        self.tablet.update(release)
        await self._afterwards(Restart())

    # ---------------------------------------------------------------- what it does by itself

    @property
    def reachable(self) -> bool:
        """Whether the tablet can speak to anybody."""
        return self.online and self.powered

    @property
    def enrolled(self) -> bool:
        """Whether the tablet is under management."""
        return self.tablet.management is not None and self.identity is not None

    def wake(self, magic: str) -> None:
        """Take a push in: with the right magic, the tablet asks its server."""
        if self.tablet.management is not None and magic == self.tablet.management.push_magic:
            self.wanted.set()

    def live(self, seconds: float) -> None:
        """Let ``seconds`` of the tablet's time pass."""
        self.tablet.live(seconds)
        self.tablet.forget_expired(self.now())
        self.declaring.live(seconds)

    async def converse(self) -> int:
        """Ask the server for commands and obey until it has none; return how many there were.

        Raises `ServerUnreachable` or `ServerRefused`; does nothing when the tablet is off, offline or not enrolled.
        """
        async with self._talking:
            self.wanted.clear()
            if not (self.reachable and self.enrolled):
                return 0
            try:
                count = await self._obey_all()
            except ManagementEnded:
                await self._forget_management()
                self.tell("left", "the server no longer knows it")
                return 0
        await self.declaring.catch_up()
        return count

    async def renew_identity(self) -> None:
        """Renew the certificate by SCEP's RenewalReq; raise `SimulatorError`."""
        if self.identity is None or self.tablet.management is None:
            raise SimulatorError("a tablet that is not enrolled has nothing to renew")
        scep = self.tablet.management.enrollment.scep
        await self._take(await ScepClient(self._line, scep, self._keys, self.pace).renew(self.identity))
        self.tell("renewed")

    async def bootstrap_token(self, token: bytes | None = None) -> bytes:
        """Hand a bootstrap token over, or with None fetch it; iPads never do, but servers answer it."""
        if token is None:
            return await self._check_in(checkin.get_bootstrap_token(self.tablet))
        return await self._check_in(checkin.set_bootstrap_token(self.tablet, token))

    async def settle(self) -> None:
        """Wait until nothing goes on in the background."""
        while self._work:
            await asyncio.gather(*self._work)

    async def close(self) -> None:
        """Stop everything and close the connections."""
        for task in list(self._work):
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await self._line.hang_up()

    # ---------------------------------------------------------------- what commands ask of it (Surroundings)

    def now(self) -> datetime:
        """Return the tablet's clock."""
        return self._now()

    async def fetch(self, url: str) -> bytes:
        """Return what is at an address, as the system fetches it: with the tablet's identity."""
        answer = await self._line.get(url, {"User-Agent": "MDM/1.0"})
        if answer.status != 200:
            raise ServerRefused(answer.status, f"the address answers {answer.status}")
        return answer.body

    def later(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        """Do some work in the background, then tell the status that it changed."""
        task = asyncio.get_running_loop().create_task(self._in_background(seconds, work))
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def replace_enrollment(self, enrollment: Enrollment) -> None:
        """Take a new identity by a new enrollment profile of the same server."""
        management = self.tablet.management
        await self._take_identity(enrollment)
        if management is not None:
            self.tablet.management = msgspec.structs.replace(management, enrollment=enrollment)
        self.tell("renewed", "by a new profile")

    def tell(self, kind: EventKind, detail: str = "") -> None:
        """Tell whoever watches that something happened."""
        if self._watch is not None:
            self._watch(IpadEvent(serial=self.tablet.spec.serial, kind=kind, detail=detail))

    # ---------------------------------------------------------------- within

    async def _obey_all(self) -> int:
        count = 0
        put_off: Counter[str] = Counter()
        reply = await self._server().report(checkin.report(self.tablet, "Idle"), lose_reply=self._losing("reply"))
        while reply:
            try:
                command = read_command(reply)
            except CommandMalformed as cause:
                raise ServerRefused(200, f"the server's answer is no command: {cause}") from cause
            outcome = await obey(self.tablet, self, command)
            count += 1
            reply = await self._answer(command, outcome)
            if outcome.after is not None and await self._afterwards(outcome.after):
                return count
            put_off[command.uuid] += outcome.status == "NotNow"
            if put_off[command.uuid] > _PATIENCE:
                break  # the server insists: the tablet hangs up, and asks again when it is unlocked
        return count

    async def _answer(self, command: Command, outcome: Outcome) -> bytes:
        body = checkin.report(self.tablet, outcome.status, command.uuid, outcome.keys)
        self.history.append(Exchange(command=command, status=outcome.status, report=body))
        self.tell("command", f"{command.request_type} {outcome.status}")
        if self._losing("report"):
            await self._line.hang_up()
            raise ReplyLost("the connection broke before the report left")
        try:
            return await self._server().report(body, lose_reply=self._losing("reply"))
        except (ServerUnreachable, ServerRefused):
            if isinstance(outcome.after, Erase):
                await self._afterwards(outcome.after)
            raise

    def _losing(self, what: Literal["report", "reply"]) -> bool:
        if self.lose_next != what:
            return False
        self.lose_next = None
        return True

    async def _afterwards(self, after: After) -> bool:
        """Do what was announced; return whether that ends the conversation."""
        match after:
            case Restart():
                await self._line.hang_up()
                self.powered = False
                self.tell("restarted")
                self.later(_BOOT_SECONDS, self._boot)
            case ShutDown():
                await self._line.hang_up()
                self.powered = False
            case Erase(profile):
                await self._forget_management()
                self.tablet.wipe()
                self.tell("wiped")
                if profile is not None:
                    self.later(_SETUP_SECONDS, lambda: self.install_enrollment(profile))
            case Leave():
                await self.remove_management()
            case _:
                self.later(0.5, lambda: self.declaring.synchronize(after.tokens))
                return False
        return True

    async def _boot(self) -> None:
        self.power_on()

    async def _in_background(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await self.pace.rest(seconds)
            await work()
            await self.declaring.tell_status()
        except SimulatorError as cause:
            self.tell("failed", str(cause))

    async def _take_identity(self, enrollment: Enrollment) -> None:
        # The new root is trusted before anything else is fetched, as iOS installs payloads in this order.
        async with self._new_line(enrollment) as line:
            identity = await ScepClient(line, enrollment.scep, self._keys, self.pace).enroll()
        await self._take(identity, enrollment)

    async def _take(self, identity: Identity, enrollment: Enrollment | None = None) -> None:
        before, self.identity = self._line, identity
        self._line = self._new_line(enrollment)
        await before.hang_up()

    def _new_line(self, enrollment: Enrollment | None = None) -> Line:
        if enrollment is None and self.tablet.management is not None:
            enrollment = self.tablet.management.enrollment
        roots = (*self._roots, *(enrollment.roots if enrollment else ()))
        return Line(roots, self.identity, only_roots=bool(self._roots))

    async def _forget_management(self) -> None:
        self.tablet.unenrolled()
        self.declaring.forget()
        self.identity = None
        before, self._line = self._line, self._new_line()
        await before.hang_up()

    def _server(self, enrollment: Enrollment | None = None) -> MdmLine:
        if enrollment is None:
            enrollment = self.tablet.management.enrollment if self.tablet.management else None
        if enrollment is None or self.identity is None:
            raise SimulatorError("the tablet is not enrolled")
        return MdmLine(self._line, self.identity, enrollment.mdm)

    async def _check_in(self, message: bytes, mdm: MdmLine | None = None) -> bytes:
        return await (mdm or self._server()).check_in(message)

    async def _send_token(self, mdm: MdmLine) -> None:
        management = self.tablet.management
        if management is not None:
            self._wakes.register(management.push_token, self.wake)
            await self._check_in(checkin.token_update(self.tablet, management), mdm)

    async def _ask_declarative(self, endpoint: str, data: bytes | None = None) -> bytes:
        return await self._check_in(checkin.declarative(self.tablet, endpoint, data))
