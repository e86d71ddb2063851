"""What a tablet tells about itself: the body of the information call and of the confirmations."""

from typing import Any

from mdm.simulator.android.build import PACKAGE, AgentBuild
from mdm.simulator.android.config import Application, RemoteFile, ServerConfig
from mdm.simulator.android.device import VirtualTablet
from mdm.simulator.android.memory import Memory
from mdm.simulator.android.messages import stored_path
from mdm.simulator.android.use_meter import use_field


def device_info(tablet: VirtualTablet, memory: Memory, build: AgentBuild) -> dict[str, Any]:
    """Return what the agent sends now; what is null is left out. Raise `AgentCrash` for a configuration's nulls."""
    config = memory.config or ServerConfig()
    model = tablet.spec.model
    info: dict[str, Any] = {
        "deviceId": memory.number,
        "model": model.name,
        "permissions": [int(tablet.owned), 0, 1, 0],
        "applications": _applications(tablet, config),
        "files": _files(tablet, config),
        "batteryLevel": tablet.battery,
        "batteryCharging": tablet.charging,
        "androidVersion": model.android_version,
        "defaultLauncher": tablet.owned and not config.run_default_launcher,
        "mdmMode": tablet.owned,
        "kioskMode": False,
        "launcherType": build.launcher_type,
        "launcherPackage": PACKAGE,
        "cpu": model.cpu,
        "serial": tablet.serial,
    }
    if tablet.spec.meter:
        info["custom1"] = use_field(tablet.spec.seed, tablet.now())
    info |= {key: value for key, value in _of_a_person(tablet, config).items() if value is not None}
    return info


def _of_a_person(tablet: VirtualTablet, config: ServerConfig) -> dict[str, Any]:
    """Return what the agent cannot be told to leave out: a server must drop it."""
    sim = tablet.sim
    if sim is None:
        return {"imei": config.imei, "phone": config.phone}
    located = (sim.latitude or sim.longitude) and config.app_permissions != "denylocation"
    stamp = int(tablet.now().timestamp() * 1000)
    return {
        "imei": sim.imei or config.imei,
        "imsi": sim.imsi,
        "iccid": sim.iccid,
        "phone": sim.phone or config.phone,
        "location": {"ts": stamp, "lat": sim.latitude, "lon": sim.longitude} if located else None,
    }


def _applications(tablet: VirtualTablet, config: ServerConfig) -> list[dict[str, Any]]:
    """Return the applications of the configuration that are there, once each, under the version that is there."""
    found: dict[str, dict[str, Any]] = {}
    for listed in config.listed_applications():
        here = tablet.visible.get(listed.package)
        if here is not None and not listed.remove and listed.package not in found:
            found[listed.package] = _application(listed, here.version_name)
    return list(found.values())


def _application(listed: Application, version: str) -> dict[str, Any]:
    return {
        "type": None, "name": listed.name, "pkg": listed.pkg, "version": version, "code": None, "url": None,
        "showIcon": False, "remove": False, "runAfterInstall": False, "runAtBoot": False, "skipVersion": False,
        "useKiosk": False, "iconText": None, "icon": None, "screenOrder": None, "keyCode": None, "bottom": False,
        "longTap": False, "intent": None,
    }  # fmt: skip


def _files(tablet: VirtualTablet, config: ServerConfig) -> list[dict[str, Any]]:
    return [
        _file(file, stored.md5)
        for file in config.listed_files()
        if file.path is not None
        and not file.remove
        and not file.path.startswith("//")
        and (stored := tablet.files.get(stored_path(file.path))) is not None
    ]


def _file(file: RemoteFile, md5: str) -> dict[str, Any]:
    return {
        "lastUpdate": file.last_update,
        "url": file.url,
        "checksum": file.checksum or md5,
        "path": file.path,
        "description": None,
        "remove": False,
        "varContent": False,
    }
