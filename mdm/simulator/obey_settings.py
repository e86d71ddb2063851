"""Settings: several items in one command, each with its own outcome."""

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import available_timezones

import msgspec

from mdm.simulator.command import Answer, Command, CommandMalformed, ErrorItem, Refused
from mdm.simulator.surroundings import Surroundings
from mdm.simulator.tablet import Tablet

Change = Callable[[Tablet, Mapping[str, Any]], None]

_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_LOCK_SCREEN, _HOME_SCREEN, _BOTH = 1, 2, 3
_SUPERVISED_ONLY = {
    "Wallpaper",
    "Bluetooth",
    "DeviceName",
    "TimeZone",
    "SoftwareUpdateSettings",
    "AccessibilitySettings",
}


async def settings(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Obey Settings: do what can be done, and say of each item how it went."""
    outcomes = []
    for item in command.need("Settings", list):
        if not isinstance(item, dict) or not isinstance(item.get("Item"), str):
            raise CommandMalformed("an item of Settings has no name")
        await around.pace.rest(0.4)
        outcomes.append(_outcome(tablet, item))
    return Answer(keys={"Settings": outcomes})


def _outcome(tablet: Tablet, item: Mapping[str, Any]) -> dict[str, Any]:
    name = item["Item"]
    named = {"Identifier": item["Identifier"]} if isinstance(item.get("Identifier"), str) else {}
    try:
        if name not in _CHANGES:
            raise _refused("MCSettingsErrorDomain", 28000, f"“{name}” is not a setting of this device.")
        if name in _SUPERVISED_ONLY and not tablet.spec.supervised:
            raise _refused("MCChaperoneErrorDomain", 29000, "The device is not supervised.")
        _CHANGES[name](tablet, item)
    except Refused as refused:
        return {"Status": "Error", "ErrorChain": [link.plist() for link in refused.chain], **named}
    return {"Status": "Acknowledged", **named}


def _device_name(tablet: Tablet, item: Mapping[str, Any]) -> None:
    tablet.device_name = _need(item, "DeviceName", str)


def _time_zone(tablet: Tablet, item: Mapping[str, Any]) -> None:
    zone = _need(item, "TimeZone", str)
    if zone not in available_timezones():
        raise _refused("MCSettingsErrorDomain", 28000, f"“{zone}” is not a time zone.")
    tablet.time_zone = zone


def _wallpaper(tablet: Tablet, item: Mapping[str, Any]) -> None:
    image, where = _need(item, "Image", bytes), _need(item, "Where", int)
    if not image.startswith(_PICTURES):
        raise _refused("MCSettingsErrorDomain", 28001, "The picture of the wallpaper is not valid.")
    if where not in (_LOCK_SCREEN, _HOME_SCREEN, _BOTH):
        raise _refused("MCSettingsErrorDomain", 28002, "The wallpaper cannot be set there.")
    first = not tablet.wallpapers and tablet.os.at_least("17.0")
    if where in (_LOCK_SCREEN, _BOTH) or first:
        tablet.set_wallpaper("lock", image)
    if where in (_HOME_SCREEN, _BOTH) or first:
        tablet.set_wallpaper("home", image)


def _organization(tablet: Tablet, item: Mapping[str, Any]) -> None:
    known = item.get("OrganizationInfo")
    tablet.organization = dict(known) if isinstance(known, dict) else None


def _mdm_options(tablet: Tablet, item: Mapping[str, Any]) -> None:
    tablet.mdm_options = dict(_need(item, "MDMOptions", dict))


def _configuration(tablet: Tablet, item: Mapping[str, Any]) -> None:
    bundle_id = _need(item, "Identifier", str)
    found = tablet.apps.get(bundle_id)
    if found is None or not found.managed:
        raise _refused("MCMDMErrorDomain", 12029, f"The app “{bundle_id}” is not managed.")
    keys = item.get("Configuration")
    tablet.apps[bundle_id] = msgspec.structs.replace(found, configuration=keys if isinstance(keys, dict) else None)


def _attributes(tablet: Tablet, item: Mapping[str, Any]) -> None:
    bundle_id = _need(item, "Identifier", str)
    found = tablet.apps.get(bundle_id)
    if found is None or not found.managed:
        raise _refused("MCMDMErrorDomain", 12029, f"The app “{bundle_id}” is not managed.")
    keys = item.get("Attributes")
    removable = not isinstance(keys, dict) or keys.get("Removable", True) is not False
    tablet.apps[bundle_id] = msgspec.structs.replace(found, removable=removable)


def _accessibility(tablet: Tablet, item: Mapping[str, Any]) -> None:
    tablet.accessibility.update({name: value for name, value in item.items() if name != "Item"})


def _update_settings(tablet: Tablet, item: Mapping[str, Any]) -> None:
    del tablet
    _need(item, "RecommendationCadence", int)


def _switch(tablet: Tablet, item: Mapping[str, Any]) -> None:
    tablet.switches[item["Item"]] = _need(item, "Enabled", bool)


def _cellular_switch(tablet: Tablet, item: Mapping[str, Any]) -> None:
    if not tablet.spec.model.cellular:
        raise _refused("MCSettingsErrorDomain", 28000, f"“{item['Item']}” is not a setting of this device.")
    _switch(tablet, item)


_CHANGES: Mapping[str, Change] = {
    "DeviceName": _device_name,
    "TimeZone": _time_zone,
    "Wallpaper": _wallpaper,
    "OrganizationInfo": _organization,
    "MDMOptions": _mdm_options,
    "ApplicationConfiguration": _configuration,
    "ApplicationAttributes": _attributes,
    "AccessibilitySettings": _accessibility,
    "SoftwareUpdateSettings": _update_settings,
    "Bluetooth": _switch,
    "DiagnosticSubmission": _switch,
    "AppAnalytics": _switch,
    "DataRoaming": _cellular_switch,
    "PersonalHotspot": _cellular_switch,
}


def _need(item: Mapping[str, Any], name: str, kind: type[Any]) -> Any:
    value = item.get(name)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise CommandMalformed(f"{name} of {item['Item']} is missing or has the wrong type")
    return value


def _refused(domain: str, code: int, text: str) -> Refused:
    return Refused(ErrorItem(domain=domain, code=code, text=text))
