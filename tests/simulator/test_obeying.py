"""What an enrolled tablet does with each command, and what it refuses."""

import pytest

PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)


async def obeyed(school, ipad, request_type: str, **keys) -> dict:
    command = school.send(request_type, **keys)
    await ipad.converse()
    await ipad.settle()
    return school.answer(command)


def first_error(answer: dict) -> tuple[str, int]:
    assert answer["Status"] == "Error"
    assert answer["ErrorChain"][0]["LocalizedDescription"]
    return answer["ErrorChain"][0]["ErrorDomain"], answer["ErrorChain"][0]["ErrorCode"]


async def test_a_profile_is_installed_listed_replaced_and_removed(school, ipad, a_profile) -> None:
    assert (await obeyed(school, ipad, "InstallProfile", Payload=a_profile()))["Status"] == "Acknowledged"
    assert (await obeyed(school, ipad, "InstallProfile", Payload=a_profile(SSID_STR="autre")))["Status"] == (
        "Acknowledged"
    )
    listed = (await obeyed(school, ipad, "ProfileList"))["ProfileList"]
    assert [one["PayloadIdentifier"] for one in listed] == ["org.example.enroll", "org.example.wifi"]
    assert ipad.tablet.profiles["org.example.wifi"].profile.payloads[0].keys["SSID_STR"] == "autre"
    await obeyed(school, ipad, "RemoveProfile", Identifier="org.example.wifi")
    assert list(ipad.tablet.profiles) == ["org.example.enroll"]


async def test_removing_what_is_not_there_is_an_error(school, ipad) -> None:
    assert first_error(await obeyed(school, ipad, "RemoveProfile", Identifier="nobody")) == ("MCMDMErrorDomain", 12075)


@pytest.mark.parametrize("payload", [b"", b"<plist><dict/></plist>", b"\x30\x03\x02\x01\x01", b"bplist00"])
async def test_a_broken_profile_is_an_error_with_its_cause(school, ipad, payload) -> None:
    answer = await obeyed(school, ipad, "InstallProfile", Payload=payload)
    assert first_error(answer) == ("MCInstallationErrorDomain", 4001)
    assert answer["ErrorChain"][1]["ErrorDomain"] == "MCProfileErrorDomain"


async def test_some_payloads_need_supervision(school, make_ipad, a_profile) -> None:
    ipad = make_ipad(supervised=False)
    await ipad.enroll(f"{school.url}/e/ticket")
    layout = a_profile("org.example.home", "com.apple.homescreenlayout", Pages=[])
    answer = await obeyed(school, ipad, "InstallProfile", Payload=layout)
    assert answer["ErrorChain"][1]["ErrorCode"] == 4023


async def test_removing_the_enrollment_profile_ends_management(school, ipad) -> None:
    await obeyed(school, ipad, "RemoveProfile", Identifier="org.example.enroll")
    assert not ipad.enrolled
    assert school.checkins[-1]["MessageType"] == "CheckOut"


async def test_a_supervised_tablet_installs_an_app_in_silence(school, ipad) -> None:
    option = {"PurchaseMethod": 1}
    answer = await obeyed(
        school, ipad, "InstallApplication", iTunesStoreID=1146717204, Options=option, ManagementFlags=1
    )
    assert (answer["Identifier"], answer["State"]) == ("org.geogebra.Geometry", "Installing")
    managed = (await obeyed(school, ipad, "ManagedApplicationList"))["ManagedApplicationList"]
    assert managed["org.geogebra.Geometry"]["Status"] == "Managed"
    installed = await obeyed(school, ipad, "InstalledApplicationList", Items=["Identifier"])
    assert {"Identifier": "org.geogebra.Geometry"} in installed["InstalledApplicationList"]
    await obeyed(school, ipad, "RemoveApplication", Identifier="org.geogebra.Geometry")
    assert "org.geogebra.Geometry" not in ipad.tablet.apps


async def test_an_unsupervised_tablet_asks_its_user_first(school, make_ipad) -> None:
    ipad = make_ipad(supervised=False)
    await ipad.enroll(f"{school.url}/e/ticket")
    answer = await obeyed(school, ipad, "InstallApplication", iTunesStoreID=1146717204, Options={"PurchaseMethod": 1})
    assert answer["State"] == "Prompting"
    assert ipad.tablet.apps["org.geogebra.Geometry"].state == "Managed"


async def test_an_app_of_the_user_is_taken_over_when_asked(school, ipad) -> None:
    wanted = {"Identifier": "com.apple.Pages", "Options": {"PurchaseMethod": 1}}
    refused = await obeyed(school, ipad, "InstallApplication", **wanted)
    assert first_error(refused) == ("MCMDMErrorDomain", 12025)
    assert refused["RejectionReason"] == "AppAlreadyInstalled"
    taken = await obeyed(school, ipad, "InstallApplication", **wanted, ChangeManagementState="Managed")
    assert taken["State"] == "Managed"


async def test_an_app_comes_from_a_manifest(school, ipad) -> None:
    import plistlib

    metadata = {"bundle-identifier": "fr.ecole.app", "kind": "software", "title": "Appli", "bundle-version": "2.1"}
    school.files["app.plist"] = plistlib.dumps({"items": [{"assets": [], "metadata": metadata}]})
    await obeyed(school, ipad, "InstallApplication", ManifestURL=f"{school.url}/files/app.plist")
    assert ipad.tablet.apps["fr.ecole.app"].app.version == "2.1"
    absent = await obeyed(school, ipad, "InstallApplication", ManifestURL=f"{school.url}/files/none.plist")
    assert first_error(absent) == ("MCMDMErrorDomain", 12024)


async def test_an_app_without_a_license_needs_an_account(school, ipad) -> None:
    answer = await obeyed(school, ipad, "InstallApplication", iTunesStoreID=1146717204)
    assert first_error(answer) == ("MCMDMErrorDomain", 12040)


async def test_settings_are_done_one_by_one(school, ipad) -> None:
    answer = await obeyed(
        school,
        ipad,
        "Settings",
        Settings=[
            {"Item": "DeviceName", "DeviceName": "CM1 – 03"},
            {"Item": "TimeZone", "TimeZone": "America/Cayenne"},
            {"Item": "TimeZone", "TimeZone": "Moon/Base"},
            {"Item": "Wallpaper", "Image": PNG, "Where": 1},
            {"Item": "Wallpaper", "Image": b"no picture", "Where": 1},
            {"Item": "Unheard"},
        ],
    )
    assert [one["Status"] for one in answer["Settings"]] == [
        "Acknowledged",
        "Acknowledged",
        "Error",
        "Acknowledged",
        "Error",
        "Error",
    ]
    assert (ipad.tablet.device_name, ipad.tablet.time_zone) == ("CM1 – 03", "America/Cayenne")
    assert set(ipad.tablet.wallpapers) == {"lock", "home"}


async def test_an_unsupervised_tablet_keeps_its_name(school, make_ipad) -> None:
    ipad = make_ipad(supervised=False)
    await ipad.enroll(f"{school.url}/e/ticket")
    answer = await obeyed(school, ipad, "Settings", Settings=[{"Item": "DeviceName", "DeviceName": "X"}])
    assert answer["Status"] == "Acknowledged"
    assert answer["Settings"][0]["ErrorChain"][0]["ErrorCode"] == 29000
    assert ipad.tablet.device_name == "iPad"


async def test_a_lost_tablet_is_found_and_given_back(school, ipad, a_profile) -> None:
    assert first_error(await obeyed(school, ipad, "DeviceLocation")) == ("MCMDMErrorDomain", 12067)
    assert first_error(await obeyed(school, ipad, "EnableLostMode")) == ("MCMDMErrorDomain", 12066)
    await obeyed(school, ipad, "EnableLostMode", Message="Rapportez-moi à l'école", PhoneNumber="0600000000")
    assert (await obeyed(school, ipad, "DeviceLocation"))["HorizontalAccuracy"] > 0
    assert (await obeyed(school, ipad, "PlayLostModeSound"))["Status"] == "Acknowledged"
    refused = await obeyed(school, ipad, "InstallProfile", Payload=a_profile())
    assert first_error(refused) == ("MCMDMErrorDomain", 12078)
    await obeyed(school, ipad, "DisableLostMode")
    assert first_error(await obeyed(school, ipad, "PlayLostModeSound")) == ("MCMDMErrorDomain", 12067)


@pytest.mark.parametrize(
    "request_type", ["RestartDevice", "ShutDownDevice", "EnableLostMode", "AvailableOSUpdates", "DeviceConfigured"]
)
async def test_some_commands_need_supervision(school, make_ipad, request_type) -> None:
    ipad = make_ipad(supervised=False)
    await ipad.enroll(f"{school.url}/e/ticket")
    assert first_error(await obeyed(school, ipad, request_type)) == ("MCMDMErrorDomain", 12021)
    assert ipad.powered


async def test_a_passcode_is_cleared_with_the_tablets_own_token_only(school, make_ipad) -> None:
    ipad = make_ipad(passcode=True)
    await ipad.enroll(f"{school.url}/e/ticket")
    wrong = await obeyed(school, ipad, "ClearPasscode", UnlockToken=b"wrong")
    assert first_error(wrong) == ("MCPasscodeErrorDomain", 5013)
    right = school.messages("TokenUpdate")[0]["UnlockToken"]
    assert (await obeyed(school, ipad, "ClearPasscode", UnlockToken=right))["Status"] == "Acknowledged"
    assert not ipad.tablet.passcode


async def test_locking_says_whether_the_message_is_shown(school, ipad) -> None:
    assert "MessageResult" not in await obeyed(school, ipad, "DeviceLock")
    assert (await obeyed(school, ipad, "DeviceLock", Message="Bonjour"))["MessageResult"] == "NoPasscodeSet"


async def test_newer_systems_are_offered(school, ipad) -> None:
    offered = (await obeyed(school, ipad, "AvailableOSUpdates"))["AvailableOSUpdates"]
    assert [one["Version"] for one in offered] == ["17.7.2", "18.1.1", "18.3.2"]


async def test_a_server_has_the_rights_of_its_profile_only(school, make_ipad) -> None:
    school.mdm_keys["AccessRights"] = 8191 & ~8
    ipad = make_ipad()
    await ipad.enroll(f"{school.url}/e/ticket")
    assert first_error(await obeyed(school, ipad, "EraseDevice")) == ("MCMDMErrorDomain", 12007)
    assert ipad.enrolled


async def test_an_unheard_of_command_is_an_error(school, ipad) -> None:
    assert first_error(await obeyed(school, ipad, "MakeCoffee")) == ("MCMDMErrorDomain", 12021)


@pytest.mark.parametrize(
    ("request_type", "keys"),
    [
        ("", {}),
        ("InstallProfile", {}),
        ("InstallProfile", {"Payload": "text"}),
        ("InstallApplication", {}),
        ("InstallApplication", {"iTunesStoreID": True}),
        ("InstallMedia", {"MediaType": "Book"}),
        ("InstallMedia", {"MediaURL": "https://livres.example/a.pdf", "PersistentID": "a"}),
        ("InstallMedia", {"MediaType": "Book", "MediaURL": "https://livres.example/a.pdf"}),
        ("InstallMedia", {"MediaType": "Book", "iTunesStoreID": "7"}),
        ("RemoveMedia", {"MediaType": "Book"}),
        ("RemoveMedia", {"MediaType": "Book", "iTunesStoreID": 7}),
        ("Settings", {"Settings": ["DeviceName"]}),
        ("Settings", {"Settings": [{"Item": "DeviceName", "DeviceName": 7}]}),
        ("DeviceInformation", {"Queries": "all"}),
        ("DeviceLock", {"Message": 5}),
    ],
)
async def test_a_malformed_command_is_called_so(school, ipad, request_type, keys) -> None:
    assert (await obeyed(school, ipad, request_type, **keys))["Status"] == "CommandFormatError"


async def test_restrictions_are_the_strictest_of_all_profiles(school, ipad, a_profile) -> None:
    kind = "com.apple.applicationaccess"
    await obeyed(
        school, ipad, "InstallProfile", Payload=a_profile("a", kind, allowCamera=True, forceEncryptedBackup=False)
    )
    await obeyed(
        school, ipad, "InstallProfile", Payload=a_profile("b", kind, allowCamera=False, forceEncryptedBackup=True)
    )
    answer = await obeyed(school, ipad, "Restrictions")
    found = answer["GlobalRestrictions"]["restrictedBool"]
    assert found == {"allowCamera": {"value": False}, "forceEncryptedBackup": {"value": True}}


async def test_bootstrap_tokens_can_be_tried(school, ipad) -> None:
    await ipad.bootstrap_token(b"boot")
    await ipad.bootstrap_token()
    assert [one["MessageType"] for one in school.checkins[-2:]] == ["SetBootstrapToken", "GetBootstrapToken"]
    assert school.checkins[-2]["BootstrapToken"] == b"boot"
