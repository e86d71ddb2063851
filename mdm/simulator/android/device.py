"""A virtual Android tablet: what it is, what is on it, and what people do to it by hand."""

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from mdm.simulator.android.build import PACKAGE


class InstalledApp(msgspec.Struct, frozen=True, kw_only=True):
    """An application on a tablet; ``signer`` is the SHA-256 of its certificate in hexadecimals, ``size`` in bytes."""

    package: str
    version_name: str
    version_code: int
    system: bool = False
    signer: str = ""
    size: int = 0


class Sim(msgspec.Struct, frozen=True, kw_only=True):
    """What a tablet with a SIM card tells about a person, until its server drops it."""

    imei: str
    imsi: str
    iccid: str
    phone: str
    latitude: float = 0.0
    longitude: float = 0.0


class TabletModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model as it names itself; ``sdk`` is Android's interface level, ``storage`` in bytes."""

    name: str
    cpu: str
    abis: tuple[str, ...]
    android_version: str
    sdk: int
    storage: int


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file on shared storage; ``md5`` in lower-case hexadecimals. ``content`` is kept up to 1 MB."""

    md5: str
    content: bytes = b""


_ARM = ("arm64-v8a", "armeabi-v7a", "armeabi")
MODELS: tuple[TabletModel, ...] = (
    TabletModel(name="SM-X210", cpu="Qualcomm", abis=_ARM, android_version="14", sdk=34, storage=32 * 10**9),
    TabletModel(name="SM-T500", cpu="Qualcomm", abis=_ARM, android_version="12", sdk=31, storage=16 * 10**9),
    TabletModel(name="Lenovo TB310FU", cpu="MT8766", abis=_ARM, android_version="13", sdk=33, storage=32 * 10**9),
    TabletModel(
        name="Lenovo TB-8505F", cpu="MT8766", abis=("armeabi-v7a", "armeabi"), android_version="10", sdk=29,
        storage=12 * 10**9,
    ),
)  # fmt: skip

_SYSTEM = {
    "android": "14", "com.android.settings": "14", "com.android.systemui": "14", "com.android.chrome": "131.0.6778.39",
    "com.android.packageinstaller": "14", "com.android.camera2": "2.0.002", "com.android.documentsui": "14",
}  # fmt: skip
_SIGNS = "0123456789ABCDEFGHJKLMNPRSTVWXYZ"
_ALWAYS_RESTRICTED = "no_safe_boot"


class TabletSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a tablet is before anybody touches it; ``meter``: whether an app on it measures use."""

    serial: str
    model: TabletModel
    sim: Sim | None = None
    meter: bool = False
    seed: int = 0


class VirtualTablet:
    """A tablet's own state; what the agent keeps for itself is in its `Memory`, which a reset clears too.

    ``gives_serial``: Android hands the serial number to the agent during set-up. ``person`` types what the agent asks
    for. ``screen_alive``: the launcher's screen lives, as it does after set-up. ``clock_offset``: how wrong its clock
    is.
    """

    def __init__(self, spec: TabletSpec, *, clock: Callable[[], datetime] | None = None) -> None:
        self.spec = spec
        self.rng = random.Random(f"tablet/{spec.seed}")
        self.sim = spec.sim
        self.gives_serial = True
        self.person: str | None = None
        self.all_files_access = True
        self.on_mobile_data = False
        self.clock_offset = timedelta()
        self._clock = clock or (lambda: datetime.now(UTC).astimezone())
        self.battery = self.rng.randint(40, 100)
        self.charging = ""
        self.resets = 0
        self._owner = False
        self._apps: dict[str, InstalledApp] = {}
        self.screen_alive = True
        self.restrictions: set[str] = set()
        self.hidden: set[str] = set()
        self.managed: dict[str, dict[str, object]] = {}
        self.files: dict[str, StoredFile] = {}
        self.policies: dict[str, object] = {}
        self.authorities: list[bytes] = []
        self.screen_code: str | None = None
        self.unlocked_since_set_up = False
        self.foreground = PACKAGE
        self.address: str | None = None
        self._empty()

    @property
    def serial(self) -> str:
        """The number that is printed on the tablet."""
        return self.spec.serial

    @property
    def installed(self) -> Mapping[str, InstalledApp]:
        """The applications on the tablet by package, hidden ones too."""
        return self._apps

    @property
    def visible(self) -> Mapping[str, InstalledApp]:
        """The applications that Android tells the agent of: one that is hidden is not there for it."""
        return {package: app for package, app in self._apps.items() if package not in self.hidden}

    @property
    def managed_by_agent(self) -> bool:
        """Whether the agent is installed."""
        return PACKAGE in self._apps

    @property
    def owned(self) -> bool:
        """Whether the agent is the device owner, and so may install, restrict and reset."""
        return self._owner

    @property
    def free(self) -> int:
        """Free storage in bytes."""
        return self.spec.model.storage - sum(app.size for app in self._apps.values())

    def now(self) -> datetime:
        """Return the time as the tablet's clock shows it."""
        return self._clock() + self.clock_offset

    def own(self, agent: InstalledApp) -> None:
        """Install the agent during set-up and make it the device owner."""
        self._apps[agent.package] = agent
        self._owner = True
        self.restrictions = {_ALWAYS_RESTRICTED}

    def install(self, app: InstalledApp) -> None:
        """Put an application on the tablet, in the place of an older one."""
        self._apps[app.package] = app

    def uninstall(self, package: str) -> bool:
        """Take an application off the tablet; return whether it was there and may go (system ones may not)."""
        app = self._apps.get(package)
        if app is None or app.system or package == PACKAGE:
            return False
        del self._apps[package]
        self.hidden.discard(package)
        self.managed.pop(package, None)
        return True

    def hide(self, package: str) -> None:
        """Suspend and hide an application; one that is in front is closed, and the agent's screen is in front."""
        self.hidden.add(package)
        if self.foreground == package:
            self.foreground = PACKAGE

    def open(self, package: str, address: str | None = None) -> bool:
        """Bring an application to the front, with an address that it opens; return whether it could be started."""
        if package not in self.visible:
            return False
        self.foreground, self.address = package, address
        return True

    @property
    def covered(self) -> bool:
        """Whether the agent's screen is in front, and covered."""
        return self.foreground == PACKAGE and self.screen_alive and self.policies.get("lock") is True

    def lift_restrictions(self) -> None:
        """Take back all restrictions but the one that the agent always keeps."""
        self.restrictions = {_ALWAYS_RESTRICTED} if self._owner else set()

    def restrict(self, names: set[str]) -> None:
        """Set the restrictions; without owner rights nothing happens."""
        if self._owner:
            self.restrictions = {_ALWAYS_RESTRICTED, *names}

    def uninstall_by_hand(self, package: str) -> bool:
        """Let a pupil remove an application, where no restriction forbids it; return whether it is gone."""
        return "no_uninstall_apps" not in self.restrictions and self.uninstall(package)

    def install_by_hand(self, package: str, version_name: str = "1.0", version_code: int = 1) -> bool:
        """Let a pupil install an application, where no restriction forbids it; return whether it is there."""
        if "no_install_apps" in self.restrictions:
            return False
        self.install(InstalledApp(package=package, version_name=version_name, version_code=version_code))
        return True

    def factory_reset(self) -> None:
        """Erase everything: the agent and its memory too, so that only a new set-up brings the tablet back."""
        self.resets += 1
        self._empty()

    def _empty(self) -> None:
        self._owner = False
        self._apps = {
            package: InstalledApp(package=package, version_name=version, version_code=34, system=True)
            for package, version in _SYSTEM.items()
        }
        for kept in (self.restrictions, self.hidden, self.managed, self.files, self.policies, self.authorities):
            kept.clear()
        self.screen_alive = True
        self.screen_code = None
        self.unlocked_since_set_up = False
        self.foreground = PACKAGE
        self.address = None


def make_tablets(count: int, *, seed: int = 1, sim: bool = False, meter: bool = False) -> list[VirtualTablet]:
    """Return ``count`` tablets, the same for the same ``seed``, with a mix of models.

    With ``sim`` each has a card, with ``meter`` an app that measures use.
    """
    return [VirtualTablet(_spec(random.Random(f"{seed}/{number}"), sim, meter)) for number in range(count)]


def _spec(rng: random.Random, sim: bool, meter: bool) -> TabletSpec:
    def digits(count: int) -> str:
        return "".join(rng.choice("0123456789") for _ in range(count))

    serial = "R9" + "".join(rng.choice(_SIGNS) for _ in range(9))
    model, seed = rng.choice(MODELS), rng.getrandbits(32)
    card = Sim(
        imei="35" + digits(13),
        imsi="20801" + digits(10),
        iccid="893301" + digits(13),
        phone="+33600" + digits(6),
        latitude=round(rng.uniform(43.0, 49.0), 5),
        longitude=round(rng.uniform(-1.0, 7.0), 5),
    )
    return TabletSpec(serial=serial, model=model, sim=card if sim else None, meter=meter, seed=seed)
