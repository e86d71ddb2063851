"""What a virtual iPad keeps: everything that a command can ask for or change."""

import hashlib
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from mdm.simulator.app_store import PREINSTALLED, StoreApp
from mdm.simulator.models import IpadSpec, OsRelease, made_uuid
from mdm.simulator.profile import Enrollment, Profile

BookState = Literal[
    "Queued", "PromptingForLogin", "Installing", "Updating", "Managed", "Installed", "Uninstalled",
    "ManagedButUninstalled", "Failed",
]  # fmt: skip
AppState = Literal["Queued", "Prompting", "Installing", "Updating", "Managed", "ManagedButUninstalled", "Failed"]

_APP_LOCK = "com.apple.app.lock"
_SYSTEM_GB = 13.8
_DRAIN_SECONDS = 10 * 3600.0
_CHARGE_SECONDS = 3 * 3600.0
_LOW, _FULL = 0.2, 0.98


class App(msgspec.Struct, frozen=True, kw_only=True):
    """An app on the tablet, or on its way; ``declaration`` names what declared it, None when a command brought it."""

    app: StoreApp
    state: AppState | None
    flags: int = 0
    configuration: Mapping[str, Any] | None = None
    removable: bool = True
    declaration: str | None = None

    @property
    def managed(self) -> bool:
        """Tell whether the school brought it."""
        return self.state is not None

    @property
    def present(self) -> bool:
        """Tell whether its icon is on the screen."""
        return self.state not in ("Queued", "Prompting", "Installing", "ManagedButUninstalled", "Failed")


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """A managed book, there or on its way; ``earlier`` is the one that comes back when its new version does not arrive.

    One of the store has a ``store_id``, any other a ``persistent_id``. ``size`` in bytes.
    """

    state: BookState
    store_id: int | None = None
    persistent_id: str | None = None
    kind: str | None = None
    version: str | None = None
    author: str | None = None
    title: str | None = None
    size: int = 0
    earlier: "Book | None" = None

    @property
    def present(self) -> bool:
        """Tell whether it can be read: a book that is being updated can be, in its earlier version."""
        return self.state in ("Managed", "Installed") or (self.earlier is not None and self.earlier.present)


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """A profile on the tablet; ``declaration`` names the legacy declaration that brought it."""

    profile: Profile
    declaration: str | None = None


class LostMode(msgspec.Struct, frozen=True, kw_only=True):
    """What the screen of a lost tablet shows."""

    message: str | None
    phone: str | None
    footnote: str | None


class Management(msgspec.Struct, frozen=True, kw_only=True):
    """The tablet's enrollment: its profile, and the secrets that it gave the server."""

    enrollment: Enrollment
    push_token: bytes
    push_magic: str
    unlock_token: bytes


class Tablet:
    """A tablet's state; changed by commands, by its user, and by the time that passes.

    ``place``: where it lies, as latitude and longitude in degrees; it is told in lost mode only.
    """

    def __init__(self, spec: IpadSpec) -> None:
        self.spec = spec
        self.rng = random.Random(spec.seed)
        self.os: OsRelease = spec.os
        self.battery = self.rng.uniform(0.35, 1.0)
        self.charging = self.rng.random() < 0.3
        self.wifi_mac = self._mac()
        self.bluetooth_mac = self._mac()
        self.place = _place_of(spec)
        self.wipe()

    def wipe(self) -> None:
        """Return to the state in which the tablet was bought; its system stays as new as it is.

        ``licensed_books`` are those of the Apple Account that somebody signed in with; None: nobody did.
        """
        self.management: Management | None = None
        self.device_name = "iPad"
        self.time_zone = "Europe/Paris"
        self.wallpapers: dict[str, str] = {}
        self.organization: Mapping[str, Any] | None = None
        self.mdm_options: dict[str, Any] = {}
        self.switches: dict[str, bool] = {"Bluetooth": True, "DiagnosticSubmission": False, "AppAnalytics": False}
        self.accessibility: dict[str, Any] = {}
        self.apps: dict[str, App] = {app.bundle_id: App(app=app, state=None) for app in PREINSTALLED}
        self.books: dict[str, Book] = {}
        self.licensed_books: frozenset[int] | None = None
        self.profiles: dict[str, Installed] = {}
        self.passcode = self.spec.passcode
        self.locked = self.passcode
        self.lost: LostMode | None = None
        self.sounds_played = 0
        self.awaiting_configuration = self.spec.awaits_configuration
        self.documents_gb = self.rng.uniform(0.5, 9.0)

    def enrolled(self, enrollment: Enrollment) -> Management:
        """Put the tablet under management, with secrets of its own making; return them."""
        self.management = Management(
            enrollment=enrollment,
            push_token=self.rng.randbytes(32),
            push_magic=made_uuid(self.rng),
            unlock_token=self.rng.randbytes(64),
        )
        self.profiles[enrollment.profile.identifier] = Installed(profile=enrollment.profile)
        return self.management

    def unenrolled(self) -> None:
        """Drop the management profile, and all that came with it: profiles, managed apps."""
        self.management = None
        self.profiles.clear()
        self.apps = {name: app for name, app in self.apps.items() if not app.managed}
        self.books = {name: book for name, book in self.books.items() if book.store_id is not None}
        self.organization = None
        self.awaiting_configuration = False

    def live(self, seconds: float) -> None:
        """Let ``seconds`` of the tablet's time pass: its battery drains or charges."""
        share = seconds / _CHARGE_SECONDS if self.charging else -seconds / _DRAIN_SECONDS
        self.battery = min(1.0, max(0.01, self.battery + share))
        if self.battery <= _LOW:
            self.charging = True
        elif self.battery >= _FULL:
            self.charging = False

    def lock(self) -> None:
        """Turn the screen off; it asks for the code when there is one."""
        self.locked = self.passcode

    def unlock(self) -> None:
        """Let the user type the code."""
        self.locked = False

    def update(self, release: OsRelease) -> None:
        """Install a newer system."""
        self.os = release

    @property
    def available_gb(self) -> float:
        """What storage is left, in decimal gigabytes."""
        held = sum(one.app.size for one in self.apps.values() if one.present)
        held += sum(book.size for book in self.books.values())
        used = _SYSTEM_GB + self.documents_gb + held / 1e9
        return max(0.0, self.spec.model.capacity - used)

    @property
    def shown_battery(self) -> float:
        """The battery's level as it is reported, 0 to 1 by hundredths."""
        return round(self.battery, 2)

    def restrictions(self) -> dict[str, bool]:
        """Return the restrictions in force: the strictest of all profiles (allow… false, force… true)."""
        found: dict[str, bool] = {}
        for installed in self.profiles.values():
            for payload in installed.profile.of_type("com.apple.applicationaccess"):
                for name, value in payload.keys.items():
                    if isinstance(value, bool) and name.startswith(("allow", "force")):
                        strict = name.startswith("force")
                        found[name] = value if found.get(name) != strict else strict
        return found

    def forget_expired(self, now: datetime) -> list[str]:
        """Remove the profiles whose RemovalDate has come (Apple's schema: TopLevel.yaml); return which."""
        gone = [
            name
            for name, installed in self.profiles.items()
            if isinstance(date := installed.profile.keys.get("RemovalDate"), datetime)
            and date.replace(tzinfo=UTC) <= now
        ]
        for name in gone:
            del self.profiles[name]
        return gone

    @property
    def held_in(self) -> str | None:
        """The app that the tablet is held in by App Lock; one that is not there leaves it unusable."""
        locks = self._payloads(_APP_LOCK)
        return str(locks[0]["App"]["Identifier"]) if locks else None

    @property
    def touch(self) -> bool:
        """Whether the screen reacts to fingers."""
        return not any((lock["App"].get("Options") or {}).get("DisableTouch") for lock in self._payloads(_APP_LOCK))

    def opens(self, bundle_id: str) -> bool:
        """Tell whether a pupil could open an app: it is there, and nothing holds the tablet elsewhere or forbids it."""
        app = self.apps.get(bundle_id)
        if app is None or not app.present or self.lost is not None or not self.touch:
            return False
        if self.held_in not in (None, bundle_id):
            return False
        for keys in self._payloads("com.apple.applicationaccess") if self.spec.supervised else ():
            listed = keys.get("allowListedAppBundleIDs", keys.get("whitelistedAppBundleIDs"))
            blocked = keys.get("blockedAppBundleIDs", keys.get("blacklistedAppBundleIDs", ()))
            if bundle_id in blocked or (listed is not None and bundle_id not in listed):
                return False
        return True

    def visits(self, url: str) -> bool:
        """Tell whether web filters let an address through: where pages are named, these and no other."""
        for keys in self._payloads("com.apple.webcontent-filter"):
            pages = keys.get("AllowListBookmarks", keys.get("WhitelistedBookmarks"))
            if pages is not None and not any(url.startswith(page["URL"]) for page in pages):
                return False
            if any(url.startswith(one) for one in keys.get("DenyListURLs", keys.get("BlacklistedURLs", ()))):
                return False
        return True

    def _payloads(self, kind: str) -> list[Mapping[str, Any]]:
        return [one.keys for installed in self.profiles.values() for one in installed.profile.of_type(kind)]

    def passcode_is_compliant(self, required_by_declarations: bool) -> bool:
        """Tell whether the code, or its absence, is what profiles and declarations ask for."""
        required = required_by_declarations or any(
            payload.keys.get("forcePIN") is True
            for installed in self.profiles.values()
            for payload in installed.profile.of_type("com.apple.mobiledevice.passwordpolicy")
        )
        return self.passcode or not required

    def set_wallpaper(self, where: str, image: bytes) -> None:
        """Remember which picture is on the ``lock`` or ``home`` screen, by its SHA-256."""
        self.wallpapers[where] = hashlib.sha256(image).hexdigest()

    def _mac(self) -> str:
        return ":".join(f"{byte:02x}" for byte in b"\xf0" + self.rng.randbytes(5))


def _place_of(spec: IpadSpec) -> tuple[float, float]:
    """Return a place that is made up, in the middle of France; another for each tablet, and always the same."""
    rng = random.Random(f"place/{spec.seed}")
    return round(46.6 + rng.uniform(-0.01, 0.01), 6), round(2.5 + rng.uniform(-0.01, 0.01), 6)
