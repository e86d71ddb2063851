"""What stands in a configuration: in the types that the agent reads, and for one tablet what is one tablet's own."""

import hashlib
import re
from typing import Any

import msgspec
import pytest

from mdm.android.configuration import admin_password
from mdm.android.orders import AgentOrders
from mdm.android.signatures import admin_password_digest, configuration_signature, response_signature
from tests.android.conftest import EDITION, AgentSite, MakeTablet, Tablet, apk

EVERYTHING = """
name = "Everything"
time_zone = "Europe/Paris"
[restrictions]
screenshots = false
app_store = false
[passcode]
required = true
minimum_length = 8
[android]
user_restrictions = ["no_config_wifi"]
locked_packages = ["com.android.vending", "com.example.game"]
wifi_on = true
bluetooth = false
gps = true
mobile_data = false
usb_storage = false
brightness = 180
screen_timeout_seconds = 300
volume = 40
lock_volume = true
orientation = "landscape"
icon_size = 120
background_color = "#0055AA"
text_color = "#FFFFFF"
show_status = true
system_updates = "window"
system_updates_from = "02:00"
system_updates_to = "04:30"
app_updates_from = "18:00"
app_updates_to = "06:00"
app_updates_on_wifi_only = true
"""
IN_THE_AGENTS_WORDS = {
    "wifi": True,
    "bluetooth": False,
    "gps": True,
    "mobileData": False,
    "usbStorage": True,
    "autoBrightness": False,
    "brightness": 180,
    "manageTimeout": True,
    "timeout": 300,
    "manageVolume": True,
    "volume": 40,
    "lockVolume": True,
    "orientation": 2,
    "iconSize": 120,
    "backgroundColor": "#0055AA",
    "textColor": "#FFFFFF",
    "displayStatus": True,
    "disableScreenshots": True,
    "systemUpdateType": 2,
    "systemUpdateFrom": "02:00",
    "systemUpdateTo": "04:30",
    "appUpdateFrom": "18:00",
    "appUpdateTo": "06:00",
    "downloadUpdates": "wifi",
    "passwordMode": "moderate",
    "timeZone": "Europe/Paris",
    "restrictions": "no_config_wifi,no_install_apps,no_install_unknown_sources",
    "appPermissions": "denylocation",
    "pushOptions": "polling",
    "keepaliveTime": 300,
    "runDefaultLauncher": False,
}
HOURS = ("appUpdateFrom", "appUpdateTo", "downloadUpdates")
NEVER = ("permissive", "requestUpdates", "kioskMode", "mainApp", "factoryReset", "reboot", "passwordReset", "lock")


async def joined(site: AgentSite, tablet: MakeTablet, *serials: str) -> list[Tablet]:
    path = await site.kit_path()
    found = [tablet(serial) for serial in serials]
    for one in found:
        await one.join(path)
    return found


async def test_each_setting_arrives_in_the_agents_words_and_types(site: AgentSite, tablet: MakeTablet) -> None:
    await site.load(EVERYTHING)
    [one] = await joined(site, tablet, "AAA1")
    await one.report()
    found = (await one.fetch()).data
    assert {key: found.get(key) for key in IN_THE_AGENTS_WORDS} == IN_THE_AGENTS_WORDS
    wrong = {key for key, value in IN_THE_AGENTS_WORDS.items() if type(found[key]) is not type(value)}
    assert wrong == set()
    settings = {entry["name"]: entry["value"] for entry in found["applicationSettings"]}
    assert settings["locked_packages"] == "com.android.vending,com.example.game"
    assert None not in found.values()


async def test_hours_for_updates_wait_until_the_first_installs_are_reported(
    site: AgentSite, tablet: MakeTablet
) -> None:
    await site.load(EVERYTHING)
    [one] = await joined(site, tablet, "AAA1")
    assert not set(HOURS) & set(one.configuration)
    await one.report()
    assert (await one.poll()).data == [{"messageType": "configUpdated", "payload": None}]
    assert set(HOURS) <= set((await one.fetch()).data)


async def test_a_reset_tablet_starts_with_its_first_installs_again(site: AgentSite, tablet: MakeTablet) -> None:
    await site.load(EVERYTHING)
    [one] = await joined(site, tablet, "AAA1")
    await one.report()
    assert set(HOURS) <= set((await one.fetch()).data)
    [back] = await joined(site, tablet, "AAA1")
    assert not set(HOURS) & set(back.configuration)
    await back.report()
    assert set(HOURS) <= set((await back.fetch()).data)


@pytest.mark.parametrize("text", ['name = "Empty"\n', EDITION, EVERYTHING])
async def test_what_the_open_agent_would_take_amiss_is_never_said(
    site: AgentSite, tablet: MakeTablet, text: str
) -> None:
    await site.load(text, apk())
    [one] = await joined(site, tablet, "AAA1")
    await one.report()
    await one.fetch()
    assert not set(NEVER) & set(one.configuration)
    assert one.configuration.get("wifi") is not False
    assert None not in one.configuration.values()
    for entry in one.configuration["applications"]:
        assert None not in entry.values()


async def test_the_panels_password_is_the_tablets_own_and_its_digest_is_what_the_agent_compares(
    site: AgentSite, tablet: MakeTablet
) -> None:
    await site.load()
    one, other = await joined(site, tablet, "AAA1", "BBB2")
    first = (await site.view()).slots[0].tablet_id
    assert first is not None
    password = await site.database.read(lambda conn: admin_password(conn, site.vault, first))
    assert password is not None
    digest = hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()
    assert one.configuration["password"] == digest.upper()
    assert re.fullmatch(r"[0-9A-F]{32}", one.configuration["password"])
    assert other.configuration["password"] != one.configuration["password"]


async def test_flags_are_one_tablets_and_never_in_what_is_shared(site: AgentSite, tablet: MakeTablet) -> None:
    await site.load()
    one, other = await joined(site, tablet, "AAA1", "BBB2")
    orders = AgentOrders(site.database, site.clock, site.journal, site.vault, push="polling")
    first = (await site.view()).slots[0].tablet_id
    assert first is not None
    arguments: dict[str, dict[str, str]] = {
        "factoryReset": {}, "reboot": {}, "passwordReset": {"password": "soleil-4821"}, "lock": {"message": "x"},
    }  # fmt: skip
    for name, given in arguments.items():
        await orders.give(name, given, [first], actor="account:anne")
    assert set(arguments) <= set((await one.fetch()).data)
    assert not set(arguments) & set((await other.fetch()).data)
    for row in await site.sql("SELECT body FROM artifact WHERE media_type = 'application/json'"):
        assert not set(arguments) & set(msgspec.json.decode(bytes(row["body"])))


async def test_a_kits_tablets_are_answered_without_compiling_again(
    site: AgentSite, tablet: MakeTablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.load(EDITION, apk())
    compiler = type(site.compilers.android)
    compile_one, compiled = compiler._compile, []

    def counted(self: Any, *given: Any) -> Any:
        compiled.append(given)
        return compile_one(self, *given)

    monkeypatch.setattr(compiler, "_compile", counted)
    tablets = await joined(site, tablet, "AAA1", "BBB2", "CCC3")
    assert len(compiled) == 1
    for one in tablets * 3:
        await one.fetch()
    assert len(compiled) == 1


async def test_a_number_with_a_slash_is_one_segment_on_every_address(site: AgentSite, tablet: MakeTablet) -> None:
    one = tablet("a b/é")
    await one.join(await site.kit_path(), "a%20b%2F%C3%A9")
    for path in ("public/sync/configuration", "notifications/device", "plugins/devicelog/log/rules"):
        assert (await one.call("GET", f"/rest/{path}/a%20b%2F%C3%A9")).status == 200, path
    assert (await one.call("GET", "/rest/public/sync/configuration/a%20b")).status == 404


async def test_the_address_of_the_tablet_is_told_with_configuration_and_report(
    site: AgentSite, tablet: MakeTablet
) -> None:
    await site.load()
    [one] = await joined(site, tablet, "AAA1")
    for answer in (await one.fetch(), await one.report()):
        assert answer.headers["x-ip-address"] == "203.0.113.9"


def test_signatures_and_digests_are_those_of_the_agent() -> None:
    public = "changeme-C3z9vi54"
    assert configuration_signature(public, "T001") == "B1B612E021064EDC093B0FE32F9AC8B9EE0A802B"
    shown = b'{"kioskMode": false, "title": "Room A"}'
    assert response_signature(public, shown) == "811E4C8F3CFB79BB2B5B6E0731AA47DD39B60E01"
    assert admin_password_digest("12345678") == "25D55AD283AA400AF464C76D713C07AD"
