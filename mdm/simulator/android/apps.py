"""Applications: which to remove and to install for a configuration, and how that goes on a tablet."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from mdm.simulator.android import logs
from mdm.simulator.android.addresses import file_signature
from mdm.simulator.android.apk import installed, refusal
from mdm.simulator.android.build import PACKAGE
from mdm.simulator.android.config import ANY_VERSION, Application, ServerConfig
from mdm.simulator.android.device import InstalledApp
from mdm.simulator.android.errors import ApkUnreadable
from mdm.simulator.android.http import Download
from mdm.simulator.android.means import Means, Occasion
from mdm.simulator.android.memory import Attempt
from mdm.simulator.android.versions import is_older, same_version
from mdm.simulator.errors import ServerUnreachable

_TRIES_ON_MOBILE_DATA = 3
_INSTALL_SECONDS = 4.0
_BYTES_PER_SECOND = 20_000_000
_REINSTALLED = "master.apk"

_End = Literal["done", "not downloaded", "not installed"]


def to_remove(listed: Sequence[Application], here: Mapping[str, InstalledApp]) -> list[Application]:
    """Return the entries whose application must go: removed at any version, or at exactly the installed one."""
    found = []
    for entry in listed:
        app = here.get(entry.package) if entry.remove else None
        if app is not None and (
            entry.wanted_version == ANY_VERSION
            or same_version(entry.wanted_version, entry.code, app.version_name, app.version_code)
        ):
            found.append(entry)
    return found


def to_install(listed: Sequence[Application], here: Mapping[str, InstalledApp]) -> list[Application]:
    """Return the entries that are not done, in their order; an older version than the installed one is left alone.

    Unless the same list removes that one. Raises `mdm.simulator.android.errors.AgentCrash` for nulls.
    """
    going = {entry.package for entry in to_remove(listed, here)}
    return [
        entry
        for entry in listed
        if entry.type == "app"
        and not entry.remove
        and entry.url
        and not _is_done(entry, None if entry.package in going else here.get(entry.package))
    ]


def _is_done(entry: Application, app: InstalledApp | None) -> bool:
    if app is None:
        return False
    wanted = entry.wanted_version
    if entry.pkg == PACKAGE and (entry.url or "").endswith(_REINSTALLED):
        return False
    return (
        entry.skip_version
        or wanted == ANY_VERSION
        or same_version(wanted, entry.code, app.version_name, app.version_code)
        or is_older(wanted, entry.code, app.version_name, app.version_code)
    )


def is_hour_for_updates(config: ServerConfig, now: datetime) -> bool:
    """Tell whether ``now`` lies between ``appUpdateFrom`` and ``appUpdateTo``, which may cross midnight."""
    start, end = config.app_update_from, config.app_update_to
    if not start or not end or start == end:
        return True
    hour = now.strftime("%H:%M")
    return start <= hour < end if start < end else hour >= start or hour < end


async def bring_in_line(means: Means, config: ServerConfig, occasion: Occasion) -> bool:
    """Remove and install what the configuration asks for; return False when that stops the whole update.

    Without a screen the first application that cannot be had does so. With one, it is passed over until the next
    configuration.
    """
    tablet = means.tablet
    listed = config.listed_applications()
    removals, installs = to_remove(listed, tablet.visible), to_install(listed, tablet.visible)
    for entry in removals:
        await _remove(means, entry.package)
    if occasion.background and not is_hour_for_updates(config, tablet.now()):
        means.memory.apps_wait = bool(installs)
        return True
    means.memory.apps_wait = False
    for entry in installs:
        if occasion.background and not _may_try(means, config, entry):
            continue
        end = await _install(means, entry)
        if end == "not downloaded" and occasion.screen and not occasion.background:
            end = await _install(means, entry)  # the person at the first start taps Repeat, and then Skip
        if end != "done" and not occasion.screen:
            return False
    return True


async def _remove(means: Means, package: str) -> None:
    await means.pace.rest(_INSTALL_SECONDS / 2)
    if _is_agreed(means, f"removing {package}") and means.tablet.uninstall(package):
        means.log.write(logs.INFO, f"Package removed: {package}")
        means.tell("removed", package)
    else:
        means.log.write(logs.ERROR, f"Failed to remove {package}: BLOCKED")


def _may_try(means: Means, config: ServerConfig, entry: Application) -> bool:
    attempt = means.memory.attempts.get(file_name(entry.url or ""), Attempt())
    if attempt.install_failed:
        return False
    if not means.tablet.on_mobile_data:
        return True
    return config.download_updates != "wifi" and not (
        config.download_updates == "limited" and attempt.failed_downloads > _TRIES_ON_MOBILE_DATA
    )


async def _install(means: Means, entry: Application) -> _End:
    package, url = entry.package, entry.url or ""
    if url.startswith("market://"):
        means.tell("asked", f"the store's page of {package} waits for a person")
        return "done"
    try:
        download = await fetch(means, url)
    except ServerUnreachable as cause:
        known = means.memory.attempts.get(file_name(url), Attempt())
        means.memory.attempts[file_name(url)] = Attempt(
            failed_downloads=known.failed_downloads + 1, install_failed=known.install_failed
        )
        _tell_failure(means, f"Failed to download {package}: {cause}")
        return "not downloaded"
    with download:
        why = await _put(means, entry, download)
    if why is not None:
        means.memory.attempts[file_name(url)] = Attempt(install_failed=True)
        _tell_failure(means, f"Failed to install {package}: {why}")
        return "not installed"
    means.memory.attempts.pop(file_name(url), None)
    means.log.write(logs.INFO, f"Package installed: {package}")
    means.tell("installed", f"{package} {means.tablet.installed[package].version_name}")
    if entry.run_after_install:
        means.tablet.foreground = package
    return "done"


async def _put(means: Means, entry: Application, download: Download) -> str | None:
    try:
        package = await means.read_apk(download)
    except ApkUnreadable:
        return "INVALID"
    if not _is_agreed(means, f"installing {entry.package}"):
        return "ABORTED"
    why = refusal(means.tablet, package, entry.package)
    if why is None:
        await means.pace.rest(_INSTALL_SECONDS + package.size / _BYTES_PER_SECOND)
        means.tablet.install(installed(package))
    return why


def _is_agreed(means: Means, what: str) -> bool:
    """Tell whether Android does it: for the device owner in silence, else when a person at the screen agrees."""
    if means.tablet.owned:
        return True
    means.tell("asked", f"{what} waits for a person")
    return means.tablet.screen_alive


def _tell_failure(means: Means, what: str) -> None:
    means.log.write(logs.ERROR, what)
    means.tell("failed", what)


def file_name(url: str) -> str:
    """Return the name under which a file is downloaded: the last segment of its address, with the query."""
    return url.rsplit("/", 1)[-1]


async def fetch(means: Means, url: str) -> Download:
    """Download a file of the configuration, signed when ``/files/`` is in its address.

    Raises `ServerUnreachable` also for any status but 200. Close what is returned.
    """
    signature = file_signature(means.build.secret, url)
    download = await means.connections.download(url, {"X-Request-Signature": signature} if signature else {})
    if download.status != 200:
        with download:
            raise ServerUnreachable(f"HTTP {download.status}")
    return download
