"""A code for Android holds what Android and the agent need, is read by a camera, and can be typed."""

import asyncio
import base64
import hashlib
import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from enrollment.provisioning import AgentFile, WifiNetwork, checksum
from mdm.fleet.kit import Kit
from mdm.fleet.tablet import Platform
from tests.conftest import not_run
from tests.enrollment.conftest import DEVICE_URL, Facts, Room

EXTRA = "android.app.extra.PROVISIONING_"
APK = b"the agent's file"
AGENT = AgentFile(url=f"{DEVICE_URL}/files/0123456789abcdef-token/agent.apk", sha256=hashlib.sha256(APK).hexdigest())


@pytest.fixture
async def kit(room: Room) -> Kit:
    from mdm.fleet.fleet import Fleet

    fleet = Fleet(room.database, room.clock, room.journal)
    territory = await fleet.create_territory("MACS", actor="test")
    await fleet.create_commune("40018", "Audignon", territory_id=territory.territory_id, actor="test")
    await fleet.create_school("0400377T", "École", insee="40018", actor="test")
    return await fleet.create_kit("0400377T", "Pégase", platform=Platform.ANDROID, slots=2, actor="test")


@pytest.fixture
def agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Facts, "agent", AGENT)


async def code(room: Room, kit: Kit, **more: Any) -> tuple[dict[str, Any], str, bytes]:
    made = await room.codes.codes(kit.kit_id, slots=False, lifetime=timedelta(hours=1), actor="test", **more)
    return json.loads(made[0].address), made[0].typed, made[0].png()


@pytest.mark.usefixtures("agent")
async def test_the_code_says_what_android_needs(room: Room, kit: Kit) -> None:
    said, _, _ = await code(room, kit)
    assert said[f"{EXTRA}DEVICE_ADMIN_COMPONENT_NAME"] == "com.hmdm.launcher/com.hmdm.launcher.AdminReceiver"
    assert said[f"{EXTRA}DEVICE_ADMIN_PACKAGE_DOWNLOAD_LOCATION"] == AGENT.url
    right = base64.urlsafe_b64encode(hashlib.sha256(APK).digest()).decode().rstrip("=")
    assert said[f"{EXTRA}DEVICE_ADMIN_PACKAGE_CHECKSUM"] == right == checksum(AGENT.sha256)
    assert said[f"{EXTRA}LEAVE_ALL_SYSTEM_APPS_ENABLED"] is True
    assert not any("WIFI" in key for key in said)


@pytest.mark.usefixtures("agent")
async def test_the_agents_own_extras_are_texts_and_its_path_one_segment(room: Room, kit: Kit) -> None:
    said, _, _ = await code(room, kit)
    extras = said[f"{EXTRA}ADMIN_EXTRAS_BUNDLE"]
    assert all(isinstance(value, str) for value in extras.values())
    assert extras["com.hmdm.BASE_URL"] == DEVICE_URL
    project = extras["com.hmdm.SERVER_PROJECT"]
    assert project.startswith("k-")
    assert "/" not in project
    assert len(project) == 24


@pytest.mark.usefixtures("agent")
async def test_the_schools_wifi_is_in_it_when_asked(room: Room, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    wifi = WifiNetwork(ssid="ecole", security="wpa2", password="un mot de passe", hidden=True)
    monkeypatch.setattr(Facts, "wifi", wifi)
    assert f"{EXTRA}WIFI_SSID" not in (await code(room, kit))[0]
    said, _, _ = await code(room, kit, wifi=True)
    assert said[f"{EXTRA}WIFI_SSID"] == "ecole"
    assert (said[f"{EXTRA}WIFI_SECURITY_TYPE"], said[f"{EXTRA}WIFI_HIDDEN"]) == ("WPA", True)


@pytest.mark.usefixtures("agent")
async def test_the_typed_address_is_short(room: Room, kit: Kit) -> None:
    _, typed, _ = await code(room, kit)
    assert typed.startswith(f"{DEVICE_URL}/k-")
    assert len(typed.rsplit("/", 1)[1]) == 16


async def test_without_the_agent_there_is_no_code_to_scan(room: Room, kit: Kit) -> None:
    made = await room.codes.codes(kit.kit_id, slots=True, lifetime=timedelta(hours=1), actor="test")
    assert [(one.slot_number, one.address) for one in made] == [(None, ""), (1, ""), (2, "")]


@pytest.mark.external
@pytest.mark.usefixtures("agent")
async def test_a_camera_reads_the_code(room: Room, kit: Kit, tmp_path: Path) -> None:
    if shutil.which("zbarimg") is None:
        not_run("zbarimg is not installed")
    said, _, png = await code(room, kit)
    path = tmp_path / "kit.png"
    path.write_bytes(png)
    done = await asyncio.to_thread(
        subprocess.run, ["zbarimg", "--quiet", "--raw", str(path)], capture_output=True, check=True
    )
    assert json.loads(done.stdout) == said
