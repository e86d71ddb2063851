"""Answers: read as Apple's schema describes them, tolerant of what is missing, strict on types."""

from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.apple.answers import (
    READ,
    AvailableOSUpdatesAnswer,
    AvailableUpdate,
    DeviceInformationAnswer,
    DeviceLocationAnswer,
    DeviceLockAnswer,
    InstallApplicationAnswer,
    InstalledApp,
    InstalledApplicationListAnswer,
    InstalledProfile,
    InstallMediaAnswer,
    ManagedApplicationListAnswer,
    ManagedMediaListAnswer,
    ProfileListAnswer,
    SecurityInfoAnswer,
    SettingsAnswer,
    read_answer,
)
from mdm.commands.report import HeldBook

FRAME: dict[str, Any] = {"UDID": "00008030-001A2B3C4D5E6F70", "Status": "Acknowledged", "CommandUUID": "c1"}

ANSWERS: dict[str, tuple[dict[str, Any], Any]] = {
    "DeviceInformation": (
        {
            "QueryResponses": {
                "OSVersion": "17.4",
                "BuildVersion": "21E219",
                "ModelName": "iPad",
                "ProductName": "iPad13,18",
                "SerialNumber": "DMPXK1ABCDEF",
                "DeviceName": "Cassiopée 01",
                "TimeZone": "Europe/Paris",
                "BatteryLevel": 0.87,
                "DeviceCapacity": 64.0,
                "AvailableDeviceCapacity": 41.25,
                "IsSupervised": True,
                "IsMDMLostModeEnabled": False,
            }
        },
        DeviceInformationAnswer(
            os_version="17.4",
            model_name="iPad",
            product_name="iPad13,18",
            serial_number="DMPXK1ABCDEF",
            device_name="Cassiopée 01",
            time_zone="Europe/Paris",
            battery=87,
            capacity=64_000_000_000,
            free_space=41_250_000_000,
            supervised=True,
            lost_mode=False,
        ),
    ),
    "SecurityInfo": (
        {"SecurityInfo": {"HardwareEncryptionCaps": 3, "PasscodePresent": False, "PasscodeCompliant": True}},
        SecurityInfoAnswer(passcode_present=False, passcode_compliant=True, hardware_encryption=3),
    ),
    "ProfileList": (
        {
            "ProfileList": [
                {"PayloadIdentifier": "org.valise.wifi", "PayloadUUID": "U1", "IsManaged": True},
                {"PayloadIdentifier": "org.valise.clips", "PayloadUUID": "U2"},
                {"PayloadIdentifier": "fr.other", "PayloadUUID": "U3", "IsManaged": False},
            ]
        },
        ProfileListAnswer(
            profiles=(
                InstalledProfile(identifier="org.valise.wifi", uuid="U1", managed=True),
                InstalledProfile(identifier="org.valise.clips", uuid="U2", managed=True),
                InstalledProfile(identifier="fr.other", uuid="U3", managed=False),
            )
        ),
    ),
    "ManagedApplicationList": (
        {
            "ManagedApplicationList": {
                "org.geogebra": {
                    "Status": "Managed",
                    "ManagementFlags": 5,
                    "HasConfiguration": False,
                    "HasFeedback": False,
                    "IsValidated": True,
                    "ExternalVersionIdentifier": 860000001,
                }
            }
        },
        ManagedApplicationListAnswer(apps={"org.geogebra": "Managed"}),
    ),
    "InstalledApplicationList": (
        {
            "InstalledApplicationList": [
                {"Identifier": "org.geogebra", "Name": "GeoGebra", "ShortVersion": "6.0", "BundleSize": 120_000_000}
            ]
        },
        InstalledApplicationListAnswer(
            apps=(InstalledApp(bundle_id="org.geogebra", name="GeoGebra", version="6.0", size=120_000_000),)
        ),
    ),
    "InstallApplication": (
        {"Identifier": "org.geogebra", "State": "Queued"},
        InstallApplicationAnswer(bundle_id="org.geogebra", state="Queued"),
    ),
    "InstallMedia": (
        {"MediaURL": "https://livres.example/a.pdf", "PersistentID": "a", "MediaType": "Book", "State": "Installing"},
        InstallMediaAnswer(state="Installing"),
    ),
    "ManagedMediaList": (
        {
            "Books": [
                {
                    "iTunesStoreID": 0,
                    "State": "Managed",
                    "PersistentID": "org.valise.book.lecture",
                    "Kind": "pdf",
                    "Version": "2",
                    "Author": "Anne Dupré",
                    "Title": "Lecture",
                },
                {"iTunesStoreID": 361309726, "State": "PromptingForLogin"},
            ]
        },
        ManagedMediaListAnswer(
            books={
                "org.valise.book.lecture": HeldBook(state="Managed", version="2"),
                "store:361309726": HeldBook(state="PromptingForLogin"),
            }
        ),
    ),
    "Settings": ({"Settings": [{"Status": "Acknowledged"}]}, SettingsAnswer(items={"1": None})),
    "DeviceLock": ({"MessageResult": "NoPasscodeSet"}, DeviceLockAnswer(message_result="NoPasscodeSet")),
    "AvailableOSUpdates": (
        {
            "AvailableOSUpdates": [
                {
                    "ProductKey": "iOSUpdate21F90",
                    "HumanReadableName": "iPadOS 17.5.1",
                    "ProductName": "iOS",
                    "Version": "17.5.1",
                    "Build": "21F90",
                    "DownloadSize": 400_000_000,
                    "InstallSize": 900_000_000,
                    "IsCritical": True,
                    "IsSecurityResponse": False,
                }
            ]
        },
        AvailableOSUpdatesAnswer(
            updates=(AvailableUpdate(product_key="iOSUpdate21F90", version="17.5.1", critical=True),)
        ),
    ),
    "DeviceLocation": (
        {
            "Latitude": 43.7,
            "Longitude": -1.05,
            "HorizontalAccuracy": 12.0,
            "VerticalAccuracy": -1.0,
            "Altitude": 80.0,
            "Speed": -1.0,
            "Course": -1.0,
            "Timestamp": "2026-09-01T08:00:00Z",
        },
        DeviceLocationAnswer(latitude=43.7, longitude=-1.05, accuracy=12.0, located_at="2026-09-01T08:00:00Z"),
    ),
}


@pytest.mark.parametrize("request_type", ANSWERS)
def test_an_answer_is_read(apple_schema: ModuleType, request_type: str) -> None:
    answer, expected = ANSWERS[request_type]
    problems = apple_schema.check_command_response(request_type, FRAME | answer, "iOS", "17.4")
    assert [str(one) for one in problems if one.severity == "error"] == []
    assert read_answer(request_type, FRAME | answer) == expected


def test_every_answer_that_is_read_is_tested() -> None:
    assert set(ANSWERS) == READ


def test_a_command_whose_answer_says_nothing_has_none() -> None:
    assert read_answer("RestartDevice", FRAME) is None
    assert read_answer("Dance", FRAME) is None


@pytest.mark.parametrize("request_type", sorted(READ))
def test_an_empty_answer_is_read_as_knowing_nothing(request_type: str) -> None:
    assert read_answer(request_type, FRAME) == read_answer(request_type, {})


@pytest.mark.parametrize(
    ("level", "percent"),
    [
        *((0.0, 0), (0.005, 0), (0.5, 50), (1.0, 100), (1, 100)),
        *((-1.0, None), (1.5, None), (True, None), ("0.5", None), (float("nan"), None), (float("inf"), None)),
        (2**70, None),
    ],
)
def test_a_battery_level_is_a_percentage_or_unknown(level: object, percent: int | None) -> None:
    answer = read_answer("DeviceInformation", {"QueryResponses": {"BatteryLevel": level}})
    assert isinstance(answer, DeviceInformationAnswer)
    assert answer.battery == percent


def test_a_setting_that_was_refused_is_told_with_its_words() -> None:
    chain = [{"ErrorCode": 28001, "ErrorDomain": "MCSettingsErrorDomain", "LocalizedDescription": "Image illisible"}]
    answer = read_answer(
        "Settings",
        {
            "Settings": [
                {"Item": "DeviceName", "Status": "Acknowledged"},
                {"Item": "Wallpaper", "Status": "Error", "ErrorChain": chain},
                {"Status": "Error"},
            ]
        },
    )
    assert answer == SettingsAnswer(items={"DeviceName": None, "Wallpaper": "Image illisible", "3": "refused"})
    assert read_answer("Settings", {"Settings": {"Status": "Acknowledged"}}) == SettingsAnswer(items={"1": None})


def test_a_profile_that_a_declaration_brought_is_told_apart() -> None:
    entry = {"PayloadIdentifier": "a", "PayloadUUID": "u", "Source": "Declarative Device Management"}
    answer = read_answer("ProfileList", {"ProfileList": [entry]})
    assert answer == ProfileListAnswer(
        profiles=(InstalledProfile(identifier="a", uuid="u", managed=True, declared=True),)
    )


def test_a_list_of_books_is_read_with_or_without_numbers_of_the_store() -> None:
    told = {"State": "Managed", "PersistentID": "a"}
    for entry in (told, {**told, "iTunesStoreID": 0}, {**told, "iTunesStoreID": "7"}, {**told, "iTunesStoreID": -1}):
        assert read_answer("ManagedMediaList", {"Books": [entry, {"State": "Managed"}, 5]}) == ManagedMediaListAnswer(
            books={"a": HeldBook(state="Managed")}
        )
    assert read_answer("ManagedMediaList", {"Books": []}) == ManagedMediaListAnswer(books={})
    assert read_answer("ManagedMediaList", {}) is None


def test_a_position_that_is_none_is_not_read() -> None:
    for place in ({}, {"Latitude": 91.0, "Longitude": 0.0}, {"Latitude": 0.0, "Longitude": 181.0}, {"Latitude": 1.0}):
        assert read_answer("DeviceLocation", place) is None
    vague = read_answer("DeviceLocation", {"Latitude": 1.0, "Longitude": 1.0, "HorizontalAccuracy": -1.0})
    assert vague == DeviceLocationAnswer(latitude=1.0, longitude=1.0)


names = st.sampled_from(
    [
        *("QueryResponses", "SecurityInfo", "ProfileList", "ManagedApplicationList", "InstalledApplicationList"),
        *("AvailableOSUpdates", "OSVersion", "BatteryLevel", "DeviceCapacity", "Latitude", "Longitude", "ErrorChain"),
        *("PayloadIdentifier", "PayloadUUID", "Identifier", "BundleSize", "Status", "ProductKey", "State", "Item"),
        *("Settings", "Books", "iTunesStoreID", "PersistentID", "Version", "RejectionReason"),
    ]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(sorted(READ)), st.dictionaries(names, anything))
def test_no_answer_breaks_its_reader(request_type: str, answer: dict[str, Any]) -> None:
    found = read_answer(request_type, answer)
    assert found is None or type(found).__name__ == f"{request_type}Answer"
