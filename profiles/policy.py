"""A policy: the apps, settings and home rules of some tablets, as strict values and as canonical JSON.

Its fields are described in docs/policies.md. A policy holds no secret: a Wi-Fi network names one that the server has.
"""

import difflib
import hashlib
import re
import tomllib
from functools import cached_property
from typing import Annotated, Any, Literal

import msgspec
from cryptography import x509
from msgspec import Meta

from profiles.android.names import NEVER_LOCKED, USER_RESTRICTIONS
from profiles.books import Book as Book
from profiles.books import require_coherent_books
from profiles.errors import PolicyInvalid
from profiles.part import HttpsUrl as HttpsUrl
from profiles.part import Name as Name
from profiles.part import Part as Part

_BYTES = 4 * 1024 * 1024

BundleId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9.-]{3,155}$")]
WebUrl = Annotated[str, Meta(pattern=r"^https?://[^\s]+$", max_length=2000)]
Version = Annotated[str, Meta(pattern=r"^\d{1,3}(\.\d{1,3}){0,2}$")]


Package = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+$", max_length=200)]
ClockTime = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Colour = Annotated[str, Meta(pattern=r"^#[0-9A-Fa-f]{6}$")]


class App(Part, frozen=True, kw_only=True):
    """An app. With ``install`` "required" it is put on every tablet; "allowed" lets it be there.

    ``bundle_id`` is the app on iPads, ``package`` the one on Android tablets, in ``version`` (its name) or the newest,
    signed with the certificate ``signer`` (SHA-256 in hex), so that no other file takes its name.
    """

    name: Name
    bundle_id: BundleId | None = None
    package: Package | None = None
    version: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    signer: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")] | None = None
    store_id: Annotated[int, Meta(gt=0)] | None = None
    manifest_url: HttpsUrl | None = None
    install: Literal["required", "allowed"] = "required"
    removable: bool = False
    configuration: dict[str, str | int | bool] = msgspec.field(default_factory=dict)


class Restrictions(Part, frozen=True, kw_only=True):
    """What the tablets may not do; None leaves Apple's default. See `profiles.payloads.restrictions` for the keys."""

    camera: bool | None = None
    screenshots: bool | None = None
    safari: bool | None = None
    safari_autofill: bool | None = None
    siri: bool | None = None
    dictation: bool | None = None
    messages: bool | None = None
    facetime: bool | None = None
    airdrop: bool | None = None
    app_store: bool | None = None
    app_removal: bool | None = None
    app_clips: bool | None = None
    automatic_app_downloads: bool | None = None
    in_app_purchases: bool | None = None
    explicit_content: bool | None = None
    books: bool | None = None
    music: bool | None = None
    news: bool | None = None
    podcasts: bool | None = None
    game_center: bool | None = None
    multiplayer_games: bool | None = None
    icloud_backup: bool | None = None
    icloud_documents: bool | None = None
    icloud_photos: bool | None = None
    account_changes: bool | None = None
    passcode_changes: bool | None = None
    name_changes: bool | None = None
    wallpaper_changes: bool | None = None
    notification_changes: bool | None = None
    bluetooth_changes: bool | None = None
    erase: bool | None = None
    screen_time: bool | None = None
    profile_installation: bool | None = None
    vpn_creation: bool | None = None
    pairing_with_computers: bool | None = None
    password_autofill: bool | None = None
    diagnostics_to_apple: bool | None = None
    personalized_advertising: bool | None = None
    web_results_in_search: bool | None = None
    writing_tools: bool | None = None
    image_playground: bool | None = None
    wifi_always_on: bool | None = None
    only_listed_apps: bool = False


class WebClip(Part, frozen=True, kw_only=True):
    """A web page on the home screen."""

    label: Name
    url: WebUrl
    removable: bool = False
    full_screen: bool = False
    icon: bytes | None = None


class Wifi(Part, frozen=True, kw_only=True):
    """A wireless network; ``password_secret`` names a secret of the server."""

    ssid: Annotated[str, Meta(min_length=1, max_length=32)]
    security: Literal["none", "wpa2", "wpa3"] = "wpa2"
    password_secret: Name | None = None
    hidden: bool = False
    auto_join: bool = True
    fixed_address: bool = False


class Folder(Part, frozen=True, kw_only=True):
    """A folder on the home screen, with one page of apps by bundle identifier."""

    folder: Name
    apps: Annotated[tuple[BundleId, ...], Meta(min_length=1, max_length=16)]


class HomeScreen(Part, frozen=True, kw_only=True):
    """The order of the home screen: bundle identifiers, ``web:<label>`` for a web clip, or folders."""

    dock: tuple[str, ...] = ()
    pages: Annotated[tuple[tuple[str | Folder, ...], ...], Meta(max_length=15)] = ()


class Passcode(Part, frozen=True, kw_only=True):
    """What a passcode must be, where there is one."""

    required: bool = False
    minimum_length: Annotated[int, Meta(ge=0, le=16)] = 0
    simple_allowed: bool = True
    maximum_failed_attempts: Annotated[int, Meta(ge=2, le=11)] | None = None
    maximum_inactivity_minutes: Annotated[int, Meta(ge=0, le=15)] | None = None


class OsUpdates(Part, frozen=True, kw_only=True):
    """When systems are updated: hidden for ``delay_days``, or forced to ``version`` by ``deadline`` (local time)."""

    delay_days: Annotated[int, Meta(ge=1, le=90)] | None = None
    version: Version | None = None
    deadline: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$")] | None = None


class WebFilter(Part, frozen=True, kw_only=True):
    """Apple's own filter: adult content is limited, ``blocked`` is refused, ``allowed`` let through."""

    limit_adult_content: bool = True
    allowed: tuple[WebUrl, ...] = ()
    blocked: tuple[WebUrl, ...] = ()


class AndroidFile(Part, frozen=True, kw_only=True):
    """A file in the tablets' shared storage; tablets fetch it again when ``version`` grows."""

    path: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$", max_length=200)]
    content: bytes
    version: Annotated[int, Meta(ge=1, le=1_000_000)] = 1


class Android(Part, frozen=True, kw_only=True):
    """What only Android tablets have; None leaves a setting alone. Times are hours and minutes of the tablet's day."""

    user_restrictions: tuple[str, ...] = ()
    locked_packages: tuple[Package, ...] = ()
    single_app: Package | None = None
    wifi_on: bool = False
    bluetooth: bool | None = None
    gps: bool | None = None
    mobile_data: bool | None = None
    usb_storage: bool | None = None
    brightness: Annotated[int, Meta(ge=0, le=255)] | None = None
    automatic_brightness: bool | None = None
    screen_timeout_seconds: Annotated[int, Meta(ge=15, le=3600)] | None = None
    volume: Annotated[int, Meta(ge=0, le=100)] | None = None
    lock_volume: bool | None = None
    orientation: Literal["free", "portrait", "landscape"] = "free"
    icon_size: Literal[100, 120, 140] = 100
    background_color: Colour | None = None
    text_color: Colour | None = None
    show_status: bool = False
    system_updates: Literal["leave", "automatic", "window", "postpone"] = "leave"
    system_updates_from: ClockTime | None = None
    system_updates_to: ClockTime | None = None
    app_updates_from: ClockTime | None = None
    app_updates_to: ClockTime | None = None
    app_updates_on_wifi_only: bool = False
    files: Annotated[tuple[AndroidFile, ...], Meta(max_length=50)] = ()
    certificates: Annotated[tuple[str, ...], Meta(max_length=10)] = ()


class Home(Part, frozen=True, kw_only=True):
    """What a tablet may do at home, and what a loan needs. Times are of the tablet's day; None sets no limit.

    ``apps_taken_away`` are bundle identifiers and packages that it does not have there. ``loan_text``: the agreement
    that guardians accept, paragraphs between empty lines; the usual one when it is None.
    """

    school_days_from: ClockTime | None = None
    school_days_to: ClockTime | None = None
    other_days_from: ClockTime | None = None
    other_days_to: ClockTime | None = None
    night_from: ClockTime | None = None
    night_to: ClockTime | None = None
    apps_taken_away: Annotated[tuple[str, ...], Meta(max_length=500)] = ()
    web_filter: WebFilter | None = None
    loan_needs_training: bool = True
    loan_needs_agreement: bool = True
    loan_needs_insurance: bool = False
    loan_text: Annotated[str, Meta(min_length=1, max_length=20_000)] | None = None


class Policy(Part, frozen=True, kw_only=True, dict=True):
    """All that a tablet may hold."""

    name: Name
    apps: Annotated[tuple[App, ...], Meta(max_length=500)] = ()
    restrictions: Restrictions = Restrictions()
    web_clips: Annotated[tuple[WebClip, ...], Meta(max_length=100)] = ()
    books: Annotated[tuple[Book, ...], Meta(max_length=100)] = ()
    wifi: Annotated[tuple[Wifi, ...], Meta(max_length=20)] = ()
    home_screen: HomeScreen | None = None
    passcode: Passcode | None = None
    os_updates: OsUpdates | None = None
    web_filter: WebFilter | None = None
    time_zone: Annotated[str, Meta(pattern=r"^[A-Za-z_]+(/[A-Za-z0-9_+-]+){0,2}$")] | None = None
    wallpaper: bytes | None = None
    name_from_slot: bool = True
    android: Android = Android()
    home: Home | None = None

    def canonical(self) -> bytes:
        """Return the policy as canonical JSON: sorted keys, no spaces, pictures as base64."""
        return msgspec.json.encode(self, order="sorted")

    @cached_property
    def policy_id(self) -> str:
        """The SHA-256 of the canonical JSON, in hex."""
        return hashlib.sha256(self.canonical()).hexdigest()


def load_policy(body: bytes, filename: str = "policy.toml") -> Policy:
    """Read a policy from TOML, or from JSON where the name ends so; raise `PolicyInvalid` naming the field."""
    if len(body) > _BYTES:
        raise PolicyInvalid(where=filename, reason="the file is larger than 4 MiB")
    try:
        tree = msgspec.json.decode(body) if filename.endswith(".json") else tomllib.loads(body.decode("utf-8"))
    except (msgspec.DecodeError, tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PolicyInvalid(where=filename, reason=str(error)[:200]) from error
    return policy_of(tree)


def policy_of(tree: Any) -> Policy:
    """Return the policy in a tree of plain values; raise `PolicyInvalid`."""
    try:
        policy = msgspec.convert(tree, Policy, strict=True)
    except msgspec.ValidationError as error:
        raise _explained(str(error)) from error
    _require_coherent(policy)
    return policy


_WHERE = re.compile(r" - at `\$?\.?(.*?)`$")
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


def _explained(text: str) -> PolicyInvalid:
    found = _WHERE.search(text)
    where = found[1] if found else ""
    reason = text[: found.start()] if found else text
    unknown = _UNKNOWN.search(reason)
    if unknown:
        near = difflib.get_close_matches(unknown[1], _FIELDS, n=1)
        reason = f"{unknown[1]} is not a field" + (f"; did you mean {near[0]}?" if near else "")
    return PolicyInvalid(where=where or "the top", reason=reason)


_FIELDS = sorted(
    {
        name
        for kind in (
            Android,
            App,
            Book,
            Policy,
            Folder,
            Home,
            HomeScreen,
            OsUpdates,
            Passcode,
            Restrictions,
            WebClip,
            WebFilter,
            Wifi,
        )
        for name in kind.__struct_fields__
    }
)


def _require_coherent(policy: Policy) -> None:
    seen: set[tuple[str, str]] = set()
    for place, app in enumerate(policy.apps):
        names = [name for name in (app.bundle_id, app.package) if name is not None]
        if not names:
            raise PolicyInvalid(where=f"apps[{place}]", reason="an app needs a bundle_id, a package, or both")
        for field, name in (("bundle_id", app.bundle_id), ("package", app.package)):
            if name is not None and (field, name) in seen:
                raise PolicyInvalid(where=f"apps[{place}].{field}", reason=f"{name} is there twice")
            seen.add((field, name or ""))
        on_ipads = app.bundle_id is not None
        if app.install == "required" and on_ipads and app.store_id is None and app.manifest_url is None:
            reason = "a required app needs a store_id or a manifest_url"
            raise PolicyInvalid(where=f"apps[{place}]", reason=reason)
    labels = [clip.label for clip in policy.web_clips]
    if len(labels) != len(set(labels)):
        raise PolicyInvalid(where="web_clips", reason="two web clips have the same label")
    require_coherent_books(policy.books, [file.path for file in policy.android.files])
    networks = [one.ssid for one in policy.wifi]
    if len(networks) != len(set(networks)):
        raise PolicyInvalid(where="wifi", reason="two networks have the same ssid")
    for place, network in enumerate(policy.wifi):
        if (network.security == "none") != (network.password_secret is None):
            reason = "a protected network needs a password_secret, an open one has none"
            raise PolicyInvalid(where=f"wifi[{place}]", reason=reason)
    updates = policy.os_updates
    if updates is not None and (updates.version is None) != (updates.deadline is None):
        raise PolicyInvalid(where="os_updates", reason="version and deadline go together")
    for place, clip in enumerate(policy.web_clips):
        if clip.icon is not None and not clip.icon.startswith(_PICTURES[0]):
            raise PolicyInvalid(where=f"web_clips[{place}].icon", reason="it must be a PNG picture, in base64")
    if policy.wallpaper is not None and not policy.wallpaper.startswith(_PICTURES):
        raise PolicyInvalid(where="wallpaper", reason="it must be a PNG or JPEG picture, in base64")
    _require_coherent_android(policy.android)
    if policy.home is not None:
        _require_coherent_home(policy.home, policy)
    for name in policy.home_screen.dock if policy.home_screen else ():
        _require_known_web_clip(name, labels, "home_screen.dock")
    for page in policy.home_screen.pages if policy.home_screen else ():
        for item in page:
            if isinstance(item, str):
                _require_known_web_clip(item, labels, "home_screen.pages")


def _require_coherent_android(android: Android) -> None:
    unknown = [name for name in android.user_restrictions if name not in USER_RESTRICTIONS]
    if unknown:
        near = difflib.get_close_matches(unknown[0], USER_RESTRICTIONS, n=1)
        reason = f"{unknown[0]} is no user restriction of Android" + (f"; did you mean {near[0]}?" if near else "")
        raise PolicyInvalid(where="android.user_restrictions", reason=reason)
    needed = [name for name in android.locked_packages if name in NEVER_LOCKED]
    if needed:
        raise PolicyInvalid(where="android.locked_packages", reason=f"the agent itself needs {needed[0]}")
    if len(android.locked_packages) != len(set(android.locked_packages)):
        raise PolicyInvalid(where="android.locked_packages", reason="a package is there twice")
    paths = [file.path for file in android.files]
    if len(paths) != len(set(paths)) or any(".." in path.split("/") for path in paths):
        raise PolicyInvalid(where="android.files", reason="a path is there twice, or leads out of the storage")
    for place, text in enumerate(android.certificates):
        _require_certificate(text, f"android.certificates[{place}]")
    windows = {
        "system_updates": (android.system_updates_from, android.system_updates_to),
        "app_updates": (android.app_updates_from, android.app_updates_to),
    }
    for field, (begin, end) in windows.items():
        if (begin is None) != (end is None):
            raise PolicyInvalid(where=f"android.{field}_from", reason="a window needs both its ends")
    if (android.system_updates == "window") != (android.system_updates_from is not None):
        raise PolicyInvalid(where="android.system_updates", reason='"window" and its two ends go together')
    if android.single_app is not None:
        reason = (
            "the open agent cannot hold a tablet in one app (it has no lock-task mode); "
            "leave only that app in the list, and lock the packages that must not be opened"
        )
        raise PolicyInvalid(where="android.single_app", reason=reason)


def _require_coherent_home(home: Home, policy: Policy) -> None:
    for field in ("school_days", "other_days", "night"):
        if (getattr(home, f"{field}_from") is None) != (getattr(home, f"{field}_to") is None):
            raise PolicyInvalid(where=f"home.{field}_from", reason="a span of hours needs both its ends")
    known = {name for app in policy.apps for name in (app.bundle_id, app.package)}
    strangers = [name for name in home.apps_taken_away if name not in known]
    if strangers:
        raise PolicyInvalid(where="home.apps_taken_away", reason=f"{strangers[0]} is no app of this policy")


def _require_certificate(text: str, where: str) -> None:
    try:
        x509.load_pem_x509_certificate(text.encode())
    except (ValueError, x509.InvalidVersion) as error:
        raise PolicyInvalid(where=where, reason="it must be one certificate in PEM") from error


def _require_known_web_clip(name: str, labels: list[str], where: str) -> None:
    if name.startswith("web:") and name.removeprefix("web:") not in labels:
        raise PolicyInvalid(where=where, reason=f"no web clip has the label {name.removeprefix('web:')}")
