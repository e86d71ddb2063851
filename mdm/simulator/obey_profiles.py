"""InstallProfile and RemoveProfile."""

from mdm.simulator.command import Answer, Command, ErrorItem, Leave, Refused, mdm_error
from mdm.simulator.errors import ProfileError, SimulatorError
from mdm.simulator.profile import Profile, read_enrollment, read_profile
from mdm.simulator.surroundings import Surroundings
from mdm.simulator.tablet import Installed, Management, Tablet

_SUPERVISED_ONLY = {
    "com.apple.app.lock",
    "com.apple.homescreenlayout",
    "com.apple.notificationsettings",
    "com.apple.profileRemovalPassword",
    "com.apple.proxy.http.global",
    "com.apple.shareddeviceconfiguration",
}
"""Payloads that Apple's schema marks as supervised, of those that iOS has."""


async def install_profile(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Obey InstallProfile; a profile of the same identifier is replaced."""
    data = command.need("Payload", bytes)
    await around.pace.rest(1.5)
    try:
        profile = read_profile(data)
        check_installable(tablet, profile)
        management = tablet.management
        if management is not None and profile.identifier == management.enrollment.profile.identifier:
            await _replace_enrollment(management, around, data)
    except ProfileError as cause:
        raise installation_failed(profile_name(data), cause) from cause
    tablet.profiles[profile.identifier] = Installed(profile=profile)
    return Answer()


async def remove_profile(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Obey RemoveProfile; without the enrollment profile the tablet leaves management."""
    identifier = command.need("Identifier", str)
    installed = tablet.profiles.get(identifier)
    if installed is None:
        raise mdm_error(12075, f"The profile “{identifier}” is not installed.")
    if installed.declaration is not None:
        raise mdm_error(12013, f"The profile “{identifier}” is not managed by commands.")
    await around.pace.rest(0.8)
    if tablet.management and identifier == tablet.management.enrollment.profile.identifier:
        return Answer(after=Leave())
    del tablet.profiles[identifier]
    return Answer()


def check_installable(tablet: Tablet, profile: Profile) -> None:
    """Raise `ProfileError` for what this tablet does not take, supervised or not."""
    if tablet.spec.supervised:
        return
    refused = next((one.type for one in profile.payloads if one.type in _SUPERVISED_ONLY), None)
    if refused is not None:
        raise ProfileError(f"“{refused}” needs a supervised device.", "MCInstallationErrorDomain", 4023)


def installation_failed(name: str, cause: ProfileError) -> Refused:
    """Return how iOS tells that a profile was not installed: the failure, then its cause."""
    return Refused(
        ErrorItem(domain="MCInstallationErrorDomain", code=4001, text=f"The profile “{name}” could not be installed."),
        ErrorItem(domain=cause.domain, code=cause.code, text=str(cause)),
    )


def profile_name(data: bytes) -> str:
    """Return what the screen calls a profile: its name, its identifier, or nothing when it cannot be read."""
    try:
        keys = read_profile(data).keys
    except ProfileError:
        return ""
    return str(keys.get("PayloadDisplayName", keys["PayloadIdentifier"]))


async def _replace_enrollment(management: Management, around: Surroundings, data: bytes) -> None:
    """Take the enrollment profile anew: how a server renews a tablet's identity before it expires."""
    enrollment = read_enrollment(data)
    before, after = management.enrollment.mdm, enrollment.mdm
    if (before.topic, before.server_url, before.checkin_url) != (after.topic, after.server_url, after.checkin_url):
        raise ProfileError("The new profile is of another server.", "MCMDMErrorDomain", 12012)
    if after.access_rights & ~before.access_rights:
        raise ProfileError("The new profile asks for more rights.", "MCMDMErrorDomain", 12012)
    try:
        await around.replace_enrollment(enrollment)
    except ProfileError:
        raise
    except SimulatorError as cause:
        raise ProfileError(f"The identity could not be renewed: {cause}.", "MCSCEPErrorDomain", 22013) from cause
