"""A tablet obeys: finds out whether it may and can, does it, and writes its report.

Sources: Apple's schema, mdm/commands (rights, supervision, versions); Apple's MDM Protocol Reference, "Error Handling"
(which commands a locked device puts off) and "Error Codes".
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

import msgspec

from mdm.simulator import obey_apps, obey_books, obey_orders, obey_profiles, obey_queries, obey_settings
from mdm.simulator.command import After, Answer, Command, CommandMalformed, Refused, mdm_error, not_supervised
from mdm.simulator.surroundings import Surroundings
from mdm.simulator.tablet import Tablet

Handler = Callable[[Tablet, Surroundings, Command], Awaitable[Answer]]
Status = Literal["Acknowledged", "Error", "CommandFormatError", "NotNow"]

_INSPECT, _INSTALL, _LOCK, _ERASE, _DEVICE = 1, 2, 4, 8, 16
_INSPECT_APPS, _RESTRICTIONS, _SECURITY, _SETTINGS, _APPS = 256, 512, 1024, 2048, 4096


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """When a tablet obeys a command: ``right`` is a bit of AccessRights, ``locked`` what a locked tablet does."""

    handler: Handler
    right: int = 0
    supervised: bool = False
    since: str = "7.0"
    locked: Literal["obeys", "later"] = "obeys"
    lost: bool = True
    seconds: float = 0.3


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the tablet reports, and what it does afterwards."""

    status: Status
    keys: Mapping[str, Any] = {}
    after: After | None = None


RULES: Mapping[str, Rule] = {
    "DeviceInformation": Rule(handler=obey_queries.device_information, right=_DEVICE),
    "SecurityInfo": Rule(handler=obey_queries.security_info, right=_SECURITY, locked="later"),
    "ProfileList": Rule(handler=obey_queries.profile_list, right=_INSPECT),
    "InstalledApplicationList": Rule(handler=obey_queries.installed_application_list, right=_INSPECT_APPS, seconds=1.2),
    "ManagedApplicationList": Rule(handler=obey_queries.managed_application_list, right=_APPS, locked="later"),
    "CertificateList": Rule(handler=obey_queries.certificate_list, right=_INSPECT),
    "Restrictions": Rule(handler=obey_queries.restrictions, right=_RESTRICTIONS),
    "AvailableOSUpdates": Rule(
        handler=obey_queries.available_os_updates, right=_APPS, supervised=True, locked="later", seconds=4
    ),
    "InstallProfile": Rule(handler=obey_profiles.install_profile, right=_INSTALL, locked="later", lost=False),
    "RemoveProfile": Rule(handler=obey_profiles.remove_profile, right=_INSTALL, locked="later", lost=False),
    "InstallApplication": Rule(handler=obey_apps.install_application, right=_APPS, locked="later", lost=False),
    "RemoveApplication": Rule(handler=obey_apps.remove_application, right=_APPS, locked="later", lost=False),
    "InstallMedia": Rule(
        handler=obey_books.install_media, right=_APPS, since="8.0", locked="later", lost=False, seconds=0.8
    ),
    "ManagedMediaList": Rule(handler=obey_books.managed_media_list, right=_APPS, since="8.0", locked="later"),
    "RemoveMedia": Rule(handler=obey_books.remove_media, right=_APPS, since="8.0", locked="later", lost=False),
    "Settings": Rule(handler=obey_settings.settings, right=_SETTINGS, locked="later", lost=False),
    "DeviceLock": Rule(handler=obey_orders.device_lock, right=_LOCK),
    "ClearPasscode": Rule(handler=obey_orders.clear_passcode, right=_LOCK),
    "EraseDevice": Rule(handler=obey_orders.erase_device, right=_ERASE),
    "RestartDevice": Rule(handler=obey_orders.restart_device, right=_LOCK, supervised=True, since="10.3"),
    "ShutDownDevice": Rule(handler=obey_orders.shut_down_device, right=_LOCK, supervised=True, since="10.3"),
    "EnableLostMode": Rule(handler=obey_orders.enable_lost_mode, supervised=True, since="9.3"),
    "DisableLostMode": Rule(handler=obey_orders.disable_lost_mode, supervised=True, since="9.3"),
    "PlayLostModeSound": Rule(handler=obey_orders.play_lost_mode_sound, supervised=True, since="10.3"),
    "DeviceLocation": Rule(handler=obey_queries.device_location, supervised=True, since="9.3"),
    "DeviceConfigured": Rule(handler=obey_orders.device_configured, supervised=True, since="9.0"),
    "DeclarativeManagement": Rule(handler=obey_orders.declarative_management, since="15.0"),
}


async def obey(tablet: Tablet, around: Surroundings, command: Command) -> Outcome:
    """Do what a command says and return what to report; never raises for what a command may contain."""
    tablet.forget_expired(around.now())
    try:
        rule = _rule(tablet, command)
        if tablet.locked and rule.locked == "later":
            return Outcome(status="NotNow")
        await around.pace.rest(rule.seconds)
        answer = await rule.handler(tablet, around, command)
    except CommandMalformed:
        return Outcome(status="CommandFormatError")
    except Refused as refused:
        chain = [item.plist() for item in refused.chain]
        return Outcome(status="Error", keys={"ErrorChain": chain, **refused.keys})
    return Outcome(status="Acknowledged", keys=answer.keys, after=answer.after)


def _rule(tablet: Tablet, command: Command) -> Rule:
    name = command.request_type
    if not name:
        raise CommandMalformed("the command has no request type")
    rule = RULES.get(name)
    if rule is None or not tablet.os.at_least(rule.since):
        raise mdm_error(12021, f"“{name}” is not a valid request type.")
    if rule.supervised and not tablet.spec.supervised:
        raise not_supervised(name)
    rights = tablet.management.enrollment.mdm.access_rights if tablet.management else 0
    if rule.right & ~rights:
        raise mdm_error(12007, f"The server is not authorized to send “{name}”.")
    if tablet.lost is not None and not rule.lost:
        raise mdm_error(12078, f"“{name}” is not a valid request type in MDM Lost Mode.")
    return rule
