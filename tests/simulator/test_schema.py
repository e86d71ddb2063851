"""Every message of every kind of tablet, checked against Apple's schema."""

import json
import plistlib

import pytest

PNG = b"\x89PNG\r\n\x1a\n"
QUERIES = """
UDID OrganizationInfo MDMOptions LastCloudBackupDate AwaitingConfiguration iTunesStoreAccountIsActive
DeviceName OSVersion BuildVersion SupplementalBuildVersion ModelName Model ModelNumber ProductName SerialNumber
DeviceCapacity AvailableDeviceCapacity BatteryLevel CellularTechnology IsSupervised IsMultiUser
IsDeviceLocatorServiceEnabled IsDoNotDisturbInEffect EASDeviceIdentifier IsCloudBackupEnabled IsMDMLostModeEnabled
PushToken DiagnosticSubmissionEnabled AppAnalyticsEnabled TimeZone BluetoothMAC WiFiMAC IsNetworkTethered
SoftwareUpdateDeviceID SoftwareUpdateSettings AccessibilitySettings
"""


def everything(school, a_profile) -> None:
    """Queue every command that the tablet knows, once so that it succeeds and once so that it fails."""
    school.send("DeviceInformation", Queries=QUERIES.split())
    for name in ("SecurityInfo", "ProfileList", "CertificateList", "Restrictions", "AvailableOSUpdates"):
        school.send(name)
    school.send("InstallProfile", Payload=a_profile())
    school.send("InstallProfile", Payload=b"broken")
    school.send("InstallApplication", iTunesStoreID=1146717204, Options={"PurchaseMethod": 1}, ManagementFlags=1)
    school.send("InstallApplication", Identifier="com.apple.Pages", Options={"PurchaseMethod": 1})
    school.files["livre.pdf"] = b"%PDF-1.7 ..."
    told = {"Kind": "pdf", "Version": "1", "Author": "Anne Dupré", "Title": "Lecture"}
    book = {"MediaType": "Book", "PersistentID": "org.example.lecture"}
    school.send("InstallMedia", **book, **told, MediaURL=f"{school.url}/files/livre.pdf")
    school.send("InstallMedia", MediaType="Book", PersistentID="org.example.none", MediaURL=f"{school.url}/files/x.pdf")
    school.send("InstallMedia", MediaType="Book", PersistentID="org.example.text", MediaURL=f"{school.url}/files/x.txt")
    school.send("InstallMedia", MediaType="Book", iTunesStoreID=361309726)
    school.send("ManagedMediaList")
    school.send("InstalledApplicationList")
    school.send("ManagedApplicationList")
    items = [
        {"Item": "DeviceName", "DeviceName": "CM2 – 07"},
        {"Item": "TimeZone", "TimeZone": "Europe/Paris"},
        {"Item": "Wallpaper", "Image": PNG, "Where": 3},
        {"Item": "OrganizationInfo", "OrganizationInfo": {"OrganizationName": "École"}},
        {"Item": "ApplicationConfiguration", "Identifier": "nobody"},
        {"Item": "DataRoaming", "Enabled": True},
    ]
    school.send("Settings", Settings=items)
    school.send("ProfileList")
    school.send("RemoveProfile", Identifier="org.example.wifi")
    school.send("RemoveProfile", Identifier="org.example.wifi")
    school.send("RemoveApplication", Identifier="nobody")
    school.send("ManagedMediaList")
    school.send("RemoveMedia", **book)
    school.send("RemoveMedia", MediaType="Book", iTunesStoreID="361309726")
    school.send("DeviceConfigured")
    school.send("DeviceLocation")
    school.send("EnableLostMode", Message="Perdu")
    school.send("DeviceLocation")
    school.send("PlayLostModeSound")
    school.send("Settings", Settings=[])
    school.send("DisableLostMode")
    school.send("DeviceLock", Message="Bonjour")
    school.send("ClearPasscode", UnlockToken=b"wrong")
    school.send("DeviceInformation", Queries=QUERIES.split())
    school.sync()


@pytest.mark.parametrize("supervised", [True, False])
@pytest.mark.parametrize("version", ["16.7", "17.4", "17.7", "18.3"])
async def test_all_that_a_tablet_says_is_in_apples_schema(
    school, make_ipad, a_profile, apple_schema, version, supervised
) -> None:
    ipad = make_ipad(version, supervised=supervised)
    await ipad.enroll(f"{school.url}/e/ticket")
    school.files["wifi"] = a_profile("org.example.declared")
    named = "com.apple.configuration."
    school.declare("configuration", named + "legacy", "wifi", {"ProfileURL": f"{school.url}/files/wifi"})
    licence = {"Assignment": "Device"} if version.startswith("18") else {"VPPType": "Device"}
    app = {"AppStoreID": "895485086", "InstallBehavior": {"Install": "Required", "License": licence}}
    school.declare("configuration", named + "app.managed", "app", app)
    known = [{"Name": name} for name in apple_schema.index()["status"] if not name.startswith("test.error")]
    school.declare("configuration", named + "management.status-subscriptions", "status", {"StatusItems": known})
    school.declare("configuration", named + "legacy", "broken", {"ProfileURL": f"{school.url}/files/none"})
    school.activate()
    everything(school, a_profile)
    await ipad.converse()
    await ipad.settle()
    school.send("RestartDevice")
    await ipad.converse()
    await ipad.settle()
    del school.declarations["configuration", "app"]
    school.activate()
    school.sync()
    await ipad.converse()
    await ipad.settle()
    school.send("EraseDevice")
    await ipad.converse()
    spec = ipad.tablet.spec
    assert not school.problems(apple_schema, spec)
    assert len(school.statuses()) >= 2
    assert all(json.dumps(report) for report in school.statuses())
    for _, keys in school.sent:
        assert keys["RequestType"] in apple_schema.index()["command"]
    allowed = {"Acknowledged", "Error"} if supervised else {"Acknowledged", "Error", "NotNow"}
    assert {report["Status"] for report in school.reports} - {"Idle"} <= allowed


async def test_the_profile_of_these_tests_is_right_itself(school, apple_schema) -> None:
    problems = apple_schema.check_profile(plistlib.loads(school.profile()))
    assert not [one for one in problems if one.severity == "error"]


async def test_a_farewell_is_in_the_schema(school, ipad, apple_schema) -> None:
    await ipad.remove_management()
    assert not school.problems(apple_schema, ipad.tablet.spec)
