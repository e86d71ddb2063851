"""Commands: Apple's schema agrees with each, and what a tablet cannot obey is refused before it is queued."""

import plistlib
from types import ModuleType

import pytest

from mdm.apple.commands import books, by_name, content, orders, queries
from mdm.apple.commands.base import (
    ArgumentInvalid,
    ArgumentMissing,
    Capabilities,
    Command,
    CommandRefused,
    NeedsLostMode,
    NeedsNewerSystem,
    NeedsSetupAssistant,
    NeedsSupervision,
    NeedsUnlockToken,
    encode,
    refusal,
    version_key,
)
from mdm.apple.commands.by_name import CommandNotGiven, CommandUnknown, PlaceNotAsked, command_from_name
from mdm.apple.declarative import DeclarationSet

PROFILE = plistlib.dumps(
    {
        "PayloadContent": [],
        "PayloadIdentifier": "org.valise.test",
        "PayloadType": "Configuration",
        "PayloadUUID": "7E2A6B0A-2B0F-4E0E-9D51-1F5A5B6C7D8E",
        "PayloadVersion": 1,
    }
)
TOKENS = DeclarationSet(declarations=()).tokens("2026-09-01T08:00:00Z")
PNG = b"\x89PNG\r\n\x1a\n..."

COMMANDS: list[Command] = [
    queries.DeviceInformation(),
    queries.SecurityInfo(),
    queries.ProfileList(),
    queries.InstalledApplicationList(),
    queries.InstalledApplicationList(managed_only=False),
    queries.ManagedApplicationList(),
    queries.AvailableOSUpdates(),
    content.InstallProfile(profile=PROFILE),
    content.RemoveProfile(identifier="org.valise.test"),
    content.InstallApplication(bundle_id="org.geogebra", store_id=687678494, configuration={"lang": "fr", "level": 3}),
    content.InstallApplication(bundle_id="org.geogebra", manifest_url="https://school.example/app.plist"),
    content.InstallApplication(bundle_id="com.apple.mobilesafari", removable=True),
    content.RemoveApplication(bundle_id="org.geogebra"),
    books.InstallMedia(
        url="https://livres.example/lecture.pdf",
        persistent_id="org.valise.book.lecture",
        kind="pdf",
        version="2",
        author="Anne Dupré",
        title="Lecture",
    ),
    books.InstallMedia(url="https://livres.example/lecture.epub", persistent_id="org.valise.book.lecture"),
    books.InstallMedia(store_id=361309726),
    books.ManagedMediaList(),
    books.RemoveMedia(persistent_id="org.valise.book.lecture"),
    books.RemoveMedia(store_id=361309726),
    content.SetDeviceName(name="Cassiopée 01"),
    content.SetTimeZone(time_zone="Europe/Paris"),
    content.SetWallpaper(picture=PNG),
    content.DeclarativeManagement(tokens=TOKENS),
    content.DeviceConfigured(),
    orders.DeviceLock(),
    orders.DeviceLock(text="Rendez-moi à l'école", phone="05 58 00 00 00"),
    orders.ClearPasscode(unlock_token=b"token"),
    orders.EraseDevice(),
    orders.RestartDevice(),
    orders.ShutDownDevice(),
    orders.EnableLostMode(text="Perdu", phone="05 58 00 00 00", footnote="École du Bourg"),
    orders.DisableLostMode(),
    orders.PlayLostModeSound(),
    orders.DeviceLocation(),
]

VERSIONS = ("9.3", "10.2", "10.3", "12.5", "13.7", "14.0", "15.0", "16.4", "17.0", "17.4", "18.0")


def named(command: Command) -> str:
    return type(command).__name__


def able(os_version: str = "17.4", **more: bool) -> Capabilities:
    return Capabilities(
        **{"os_version": os_version, "supervised": True, "lost_mode": True, "awaiting_configuration": True, **more}
    )


def errors(apple_schema: ModuleType, command: Command, os_version: str, supervised: bool) -> list[str]:
    found = plistlib.loads(encode(command, "c1"))
    problems = apple_schema.check_command(found, "iOS", os_version, supervised)
    return [str(one) for one in problems if one.severity == "error"]


@pytest.mark.parametrize("command", COMMANDS, ids=named)
def test_apples_schema_agrees_with_each_command(apple_schema: ModuleType, command: Command) -> None:
    assert errors(apple_schema, command, "17.4", supervised=True) == []
    assert errors(apple_schema, command, "18.0", supervised=True) == []


@pytest.mark.parametrize("command", COMMANDS, ids=named)
@pytest.mark.parametrize("supervised", [True, False], ids=["supervised", "unsupervised"])
def test_what_is_not_refused_is_what_apples_schema_allows(
    apple_schema: ModuleType, command: Command, supervised: bool
) -> None:
    for version in VERSIONS:
        refused = refusal(command, able(version, supervised=supervised))
        # The whole command decides; a key within that an older system does not know is left out by it.
        found = [one for one in errors(apple_schema, command, version, supervised) if is_about_the_command(one)]
        assert (refused is None) == (not found), (version, refused, found)


def is_about_the_command(problem: str) -> bool:
    place = problem.removeprefix("error: ").split(":", 1)[0]
    return place in ("Command", "Command.Settings[0]")


def test_a_query_for_an_old_system_asks_only_what_it_knows(apple_schema: ModuleType) -> None:
    for version in VERSIONS:
        assert errors(apple_schema, queries.DeviceInformation.for_system(version), version, supervised=True) == []
    assert "TimeZone" not in queries.DeviceInformation.for_system("13.7").queries
    assert queries.DeviceInformation.for_system("17.4") == queries.DeviceInformation()


def test_every_command_of_the_issue_is_there() -> None:
    assert {command.request_type for command in COMMANDS} == {
        *("DeviceInformation", "SecurityInfo", "ProfileList", "InstallProfile", "RemoveProfile", "RestartDevice"),
        *("InstalledApplicationList", "ManagedApplicationList", "InstallApplication", "RemoveApplication", "Settings"),
        *("DeviceLock", "ClearPasscode", "EraseDevice", "ShutDownDevice", "EnableLostMode", "DisableLostMode"),
        *("InstallMedia", "ManagedMediaList", "RemoveMedia"),
        *("PlayLostModeSound", "DeviceLocation", "DeviceConfigured", "AvailableOSUpdates", "DeclarativeManagement"),
    }


@pytest.mark.parametrize(
    ("command", "tablet", "why"),
    [
        (orders.RestartDevice(), able(supervised=False), NeedsSupervision),
        (orders.RestartDevice(), able("10.2"), NeedsNewerSystem),
        (content.DeclarativeManagement(tokens=TOKENS), able("14.8"), NeedsNewerSystem),
        (orders.DeviceLocation(), able(lost_mode=False), NeedsLostMode),
        (orders.DisableLostMode(), able(lost_mode=False), NeedsLostMode),
        (orders.PlayLostModeSound(), able(lost_mode=False), NeedsLostMode),
        (content.DeviceConfigured(), able(awaiting_configuration=False), NeedsSetupAssistant),
        (content.SetTimeZone(time_zone="Europe/Paris"), able("13.7"), NeedsNewerSystem),
        (orders.ClearPasscode(unlock_token=b"none"), able(has_unlock_token=False), NeedsUnlockToken),
        (orders.DeviceLock(), able(supervised=False, lost_mode=False), None),
        (orders.RestartDevice(), able(""), None),
    ],
)
def test_a_refusal_says_why(command: Command, tablet: Capabilities, why: type[CommandRefused] | None) -> None:
    refused = refusal(command, tablet)
    assert type(refused) is (why or type(None))
    if refused is not None:
        assert command.request_type in str(refused)
        assert refused.status == 409
        assert refused.advice(lambda text, **_: text)


def test_what_a_command_carries_is_not_in_its_repr() -> None:
    for command in COMMANDS:
        assert repr(command) == f"<{named(command)}>"


def test_encoding_is_stable_and_holds_what_was_given() -> None:
    for command in COMMANDS:
        body = encode(command, "c1")
        assert body == encode(command, "c1")
        assert plistlib.loads(body)["Command"] == {"RequestType": command.request_type, **command.payload()}


def test_nothing_personal_can_be_asked() -> None:
    for query in ("IMEI", "PhoneNumber", "iTunesStoreAccountHash", "LastCloudBackupDate", "Dance"):
        with pytest.raises(ArgumentInvalid):
            queries.DeviceInformation(queries=("OSVersion", query))


def test_a_command_that_no_tablet_would_take_cannot_be_made() -> None:
    with pytest.raises(ArgumentMissing):
        orders.EnableLostMode(footnote="École du Bourg")
    with pytest.raises(ArgumentInvalid):
        content.InstallApplication(bundle_id="x", manifest_url="http://school.example/app.plist")
    with pytest.raises(ArgumentInvalid):
        content.SetWallpaper(picture=b"GIF89a")
    with pytest.raises(ArgumentInvalid):
        books.InstallMedia(url="http://livres.example/a.pdf", persistent_id="org.valise.book.a")
    with pytest.raises(ArgumentMissing):
        books.InstallMedia(url="https://livres.example/a.pdf")
    with pytest.raises(ArgumentMissing):
        books.RemoveMedia()


def test_versions_compare_as_versions_do() -> None:
    ordered = ["9.3.6", "10.0", "10.10", "17", "17.0.1", "17.4", "17.4.1", "18.0"]
    assert sorted(ordered, key=version_key) == ordered
    assert version_key("17") == version_key("17.0.0")
    assert version_key("nonsense") == (0, 0, 0)


@pytest.mark.parametrize("name", sorted(by_name.COMMANDS))
def test_a_person_may_give_each_command_by_name(apple_schema: ModuleType, name: str) -> None:
    given = dict.fromkeys(by_name.COMMANDS[name].arguments, "Rendez-moi à l'école")
    command = command_from_name(name, given)
    assert command.request_type == name
    assert errors(apple_schema, command, "17.4", supervised=True) == []


def test_a_passcode_is_cleared_with_the_tablets_token_only() -> None:
    assert command_from_name("ClearPasscode", {}, unlock_token=b"t") == orders.ClearPasscode(unlock_token=b"t")
    with pytest.raises(NeedsUnlockToken):
        command_from_name("ClearPasscode", {})
    with pytest.raises(ArgumentInvalid):
        command_from_name("ClearPasscode", {"unlock_token": "dA=="}, unlock_token=b"t")


@pytest.mark.parametrize(
    "name",
    [
        *("InstallProfile", "RemoveProfile", "InstallApplication", "Settings"),
        *("InstallMedia", "ManagedMediaList", "RemoveMedia"),
    ],
)
def test_nobody_goes_round_the_edition(name: str) -> None:
    with pytest.raises(CommandNotGiven):
        command_from_name(name, {})


def test_nobody_alone_asks_a_tablet_where_it_is() -> None:
    with pytest.raises(PlaceNotAsked):
        command_from_name("DeviceLocation", {})


def test_a_wrong_wish_is_answered_without_repeating_it() -> None:
    with pytest.raises(CommandUnknown) as unknown:
        command_from_name("Dance", {})
    assert "RestartDevice" in unknown.value.advice(lambda text, **named: text.format(**named))
    with pytest.raises(ArgumentInvalid, match="pin is not valid") as wrong:
        command_from_name("DeviceLock", {"pin": "123456"})
    assert "123456" not in str(wrong.value)
    for bad in ("x" * 501, "a\nb", "a\0b"):
        with pytest.raises(ArgumentInvalid):
            command_from_name("DeviceLock", {"text": bad})
    with pytest.raises(ArgumentMissing):
        command_from_name("EnableLostMode", {"text": ""})
    with pytest.raises(ArgumentMissing):
        command_from_name("EnableLostMode", {})
