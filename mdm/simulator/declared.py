"""What a declared configuration does to a tablet when it comes into force, and when it no longer is."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import msgspec

from mdm.simulator.app_store import StoreApp
from mdm.simulator.apps import bring_app, find_app
from mdm.simulator.command import Refused
from mdm.simulator.declaration import Declaration
from mdm.simulator.errors import ProfileError, ServerRefused, ServerUnreachable
from mdm.simulator.models import version_parts
from mdm.simulator.obey_profiles import check_installable
from mdm.simulator.profile import read_profile
from mdm.simulator.surroundings import Surroundings
from mdm.simulator.tablet import Installed, Tablet

_PREFIX = "com.apple.configuration."
_LEGACY = _PREFIX + "legacy"
_APP = _PREFIX + "app.managed"

SINCE: Mapping[str, str] = {
    _LEGACY: "15.0",
    _APP: "17.2",
    _PREFIX + "management.status-subscriptions": "15.0",
    _PREFIX + "management.test": "15.0",
    _PREFIX + "passcode.settings": "15.0",
    _PREFIX + "softwareupdate.enforcement.specific": "17.0",
    _PREFIX + "softwareupdate.settings": "18.0",
}
"""The configurations that these tablets know, with the iPadOS that introduced them."""

_SUPERVISED_ONLY = {_PREFIX + "softwareupdate.enforcement.specific", _PREFIX + "softwareupdate.settings"}


def supported(tablet: Tablet, one: Declaration) -> bool:
    """Tell whether the tablet knows this type of configuration."""
    return (
        one.type in SINCE
        and tablet.os.at_least(SINCE[one.type])
        and (tablet.spec.supervised or one.type not in _SUPERVISED_ONLY)
    )


async def apply(tablet: Tablet, around: Surroundings, one: Declaration) -> None:
    """Put a configuration in force.

    Raises ValueError when its content is wrong, `ServerRefused` when what it points to cannot be had.
    """
    await around.pace.rest(0.3)
    if one.type in _APPLY:
        await _APPLY[one.type](tablet, around, one)


async def revert(tablet: Tablet, around: Surroundings, one: Declaration) -> None:
    """Take a configuration out of force: its profile or its app goes."""
    await around.pace.rest(0.2)
    if one.type == _LEGACY:
        for name, installed in list(tablet.profiles.items()):
            if installed.declaration == one.identifier:
                del tablet.profiles[name]
    elif one.type == _APP:
        for name, app in list(tablet.apps.items()):
            if app.declaration == one.identifier:
                del tablet.apps[name]


async def _legacy(tablet: Tablet, around: Surroundings, one: Declaration) -> None:
    url = one.needs("ProfileURL")
    if not url.lower().startswith("https://"):
        raise ValueError("The address of the profile does not begin with https.")
    try:
        profile = read_profile(await around.fetch(url))
        check_installable(tablet, profile)
    except ServerUnreachable as cause:
        raise ServerRefused(0, str(cause)) from cause
    except ProfileError as cause:
        raise ValueError(f"{cause} ({cause.domain} {cause.code})") from cause
    if tablet.management and profile.identifier == tablet.management.enrollment.profile.identifier:
        raise ValueError("A declaration cannot replace the enrollment profile.")
    for name, installed in list(tablet.profiles.items()):
        if installed.declaration == one.identifier and name != profile.identifier:
            del tablet.profiles[name]
    tablet.profiles[profile.identifier] = Installed(profile=profile, declaration=one.identifier)


async def _app(tablet: Tablet, around: Surroundings, one: Declaration) -> None:
    names = [name for name in ("AppStoreID", "BundleID", "ManifestURL") if name in one.payload]
    if len(names) != 1:
        raise ValueError("An app is named by its AppStoreID, its BundleID or its ManifestURL, and by one of them.")
    given = one.needs(names[0])
    behaviour = one.payload.get("InstallBehavior") or {}
    licence = behaviour.get("License") or {}
    if names[0] != "ManifestURL" and not {"Assignment", "VPPType"} & licence.keys():
        raise ValueError("An app of the App Store needs a license.")
    app = await _find(around, names[0], given)
    before = tablet.apps.get(app.bundle_id)
    if before is not None and before.present:
        if not before.managed and not tablet.spec.supervised:
            raise ServerRefused(0, "Error.UnmanagedAppAlreadyInstalled")
        tablet.apps[app.bundle_id] = msgspec.structs.replace(
            before, state="Managed", declaration=one.identifier, removable=False
        )
    elif behaviour.get("Install", "Optional") == "Required":
        try:
            bring_app(tablet, around, app, removable=False, declaration=one.identifier)
        except Refused as cause:
            raise ServerRefused(0, str(cause)) from cause


async def _find(around: Surroundings, name: str, given: str) -> StoreApp:
    if name == "AppStoreID" and not given.isdecimal():
        raise ValueError("The AppStoreID is not a number.")
    try:
        return await find_app(
            around,
            store_id=int(given) if name == "AppStoreID" else None,
            bundle_id=given if name == "BundleID" else None,
            manifest_url=given if name == "ManifestURL" else None,
        )
    except Refused as cause:
        raise ServerRefused(0, str(cause)) from cause


async def _update(tablet: Tablet, around: Surroundings, one: Declaration) -> None:
    del around
    datetime.fromisoformat(one.needs("TargetLocalDateTime"))
    if version_parts(one.needs("TargetOSVersion")) < version_parts(tablet.os.version):
        raise ServerRefused(0, "The tablet's system is newer than the one that it should have.")


async def _test(tablet: Tablet, around: Surroundings, one: Declaration) -> None:
    del tablet, around
    one.needs("Echo")
    if one.payload.get("ReturnStatus", "Installed") == "Failed":
        raise ServerRefused(0, "The test configuration asks to fail.")


_APPLY: Mapping[str, Callable[[Tablet, Surroundings, Declaration], Awaitable[None]]] = {
    _LEGACY: _legacy,
    _APP: _app,
    _PREFIX + "softwareupdate.enforcement.specific": _update,
    _PREFIX + "management.test": _test,
}
