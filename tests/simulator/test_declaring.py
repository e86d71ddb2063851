"""Declarative management on the tablet: synchronizing, coming into force, and telling how it went."""

import plistlib

import pytest

CONFIGURATION = "com.apple.configuration."


def subscribe(school, *names: str) -> None:
    school.declare(
        "configuration",
        CONFIGURATION + "management.status-subscriptions",
        "status",
        {"StatusItems": [{"Name": name} for name in names]},
    )


def declare_profile(school, identifier: str, body: bytes) -> None:
    school.files[identifier] = body
    school.declare(
        "configuration", CONFIGURATION + "legacy", identifier, {"ProfileURL": f"{school.url}/files/{identifier}"}
    )


def declare_app(school, store_id: int = 1146717204, identifier: str = "app", install: str = "Required") -> None:
    behaviour = {"Install": install, "License": {"VPPType": "Device"}}
    payload = {"AppStoreID": str(store_id), "InstallBehavior": behaviour}
    school.declare("configuration", CONFIGURATION + "app.managed", identifier, payload)


async def synchronize(school, ipad) -> None:
    school.activate()
    school.sync()
    await ipad.converse()
    await ipad.settle()


def asked(school) -> list[str]:
    return [one["Endpoint"] for one in school.messages("DeclarativeManagement") if one["Endpoint"] != "status"]


def standing(school, kind: str, identifier: str) -> dict:
    declared = [report["StatusItems"]["management"]["declarations"] for report in school.statuses() if
                "declarations" in report["StatusItems"].get("management", {})][-1]  # fmt: skip
    return next(one for one in declared[kind] if one["identifier"] == identifier)


async def test_declarations_are_fetched_and_told(school, ipad, a_profile) -> None:
    declare_profile(school, "wifi", a_profile())
    subscribe(school, "device.operating-system.version")
    school.declare("management", "com.apple.management.organization-info", "org", {"Name": "École"})
    await synchronize(school, ipad)
    assert asked(school) == [
        "declaration-items",
        "declaration/configuration/wifi",
        "declaration/configuration/status",
        "declaration/management/org",
        "declaration/activation/act",
    ] or sorted(asked(school)[1:]) == sorted(f"declaration/{kind}/{name}" for kind, name in school.declarations)
    assert ipad.tablet.profiles["org.example.wifi"].declaration == "wifi"
    first = school.statuses()[0]
    assert first["FullReport"] is True
    assert first["StatusItems"]["device"]["operating-system"]["version"] == "17.4.1"
    assert "client-capabilities" in first["StatusItems"]["management"]
    assert standing(school, "configurations", "wifi")["active"] is True
    assert standing(school, "activations", "act")["valid"] == "valid"


async def test_nothing_is_fetched_twice(school, ipad, a_profile) -> None:
    declare_profile(school, "wifi", a_profile())
    await synchronize(school, ipad)
    before = len(asked(school))
    await synchronize(school, ipad)
    assert len(asked(school)) == before
    assert len(school.statuses()) == 1


async def test_without_tokens_the_tablet_asks_for_them(school, ipad) -> None:
    subscribe(school, "passcode.is-present")
    school.activate()
    school.send("DeclarativeManagement")
    await ipad.converse()
    await ipad.settle()
    assert asked(school)[:2] == ["tokens", "declaration-items"]


async def test_only_what_changed_is_fetched_again(school, ipad, a_profile) -> None:
    declare_profile(school, "one", a_profile("org.example.one"))
    declare_profile(school, "two", a_profile("org.example.two"))
    await synchronize(school, ipad)
    before = len(asked(school))
    school.files["fresh"] = a_profile("org.example.two", SSID_STR="neuf")
    school.declare("configuration", CONFIGURATION + "legacy", "two", {"ProfileURL": f"{school.url}/files/fresh"})
    await synchronize(school, ipad)
    assert asked(school)[before:] == ["declaration-items", "declaration/configuration/two"]
    assert ipad.tablet.profiles["org.example.two"].profile.payloads[0].keys["SSID_STR"] == "neuf"


async def test_what_is_no_longer_declared_goes(school, ipad, a_profile) -> None:
    declare_profile(school, "wifi", a_profile())
    declare_app(school)
    await synchronize(school, ipad)
    assert "org.geogebra.Geometry" in ipad.tablet.apps
    del school.declarations["configuration", "wifi"], school.declarations["configuration", "app"]
    await synchronize(school, ipad)
    assert "org.example.wifi" not in ipad.tablet.profiles
    assert "org.geogebra.Geometry" not in ipad.tablet.apps


async def test_a_declared_app_is_installed_and_told(school, ipad) -> None:
    declare_app(school)
    subscribe(school, "app.managed.list", "mdm.app")
    await synchronize(school, ipad)
    assert ipad.tablet.apps["org.geogebra.Geometry"].state == "Managed"
    states = {}
    for report in school.statuses():
        for app in report["StatusItems"].get("app", {}).get("managed", {}).get("list", []):
            states[app["identifier"]] = app["state"]
    assert states == {"org.geogebra.Geometry": "managed"}
    listing = school.send("ManagedApplicationList")
    await ipad.converse()
    assert school.answer(listing)["ManagedApplicationList"] == {}


async def test_an_optional_app_waits_for_its_user(school, ipad) -> None:
    declare_app(school, install="Optional")
    await synchronize(school, ipad)
    assert "org.geogebra.Geometry" not in ipad.tablet.apps


async def test_what_is_gone_from_a_list_is_told_as_removed(school, ipad) -> None:
    declare_app(school)
    subscribe(school, "app.managed.list")
    await synchronize(school, ipad)
    del school.declarations["configuration", "app"]
    await synchronize(school, ipad)
    last = school.statuses()[-1]
    assert last["StatusItems"]["app"]["managed"]["list"] == [{"identifier": "org.geogebra.Geometry", "_removed": True}]
    assert "FullReport" not in last


async def test_changes_are_told_without_being_asked(school, ipad) -> None:
    subscribe(school, "passcode.is-present", "device.model.family")
    await synchronize(school, ipad)
    before = len(school.statuses())
    ipad.tablet.passcode = True
    await ipad.converse()
    assert [report["StatusItems"] for report in school.statuses()[before:]] == [{"passcode": {"is-present": True}}]


async def test_a_full_report_is_sent_every_day(school, ipad) -> None:
    subscribe(school, "device.model.family")
    await synchronize(school, ipad)
    ipad.live(25 * 3600)
    await ipad.converse()
    assert [report.get("FullReport") for report in school.statuses()] == [True, True]


async def test_unknown_status_items_are_told_as_errors(school, ipad) -> None:
    subscribe(school, "device.flux-capacitor", "device.model.family")
    await synchronize(school, ipad)
    assert [error["StatusItem"] for error in school.statuses()[0]["Errors"]] == ["device.flux-capacitor"]


async def test_an_activation_that_lacks_a_configuration_is_invalid(school, ipad) -> None:
    school.declare("activation", "com.apple.activation.simple", "act", {"StandardConfigurations": ["nobody"]})
    school.sync()
    await ipad.converse()
    await ipad.settle()
    told = standing(school, "activations", "act")
    assert (told["active"], told["valid"]) == (False, "invalid")
    assert told["reasons"][0]["code"] == "Error.MissingConfigurations"
    assert told["reasons"][0]["details"]["ConfigurationIdentifiers"] == ["nobody"]


async def test_a_configuration_that_nothing_activates_is_not_in_force(school, ipad, a_profile) -> None:
    declare_profile(school, "wifi", a_profile())
    school.sync()
    await ipad.converse()
    await ipad.settle()
    assert "org.example.wifi" not in ipad.tablet.profiles
    assert standing(school, "configurations", "wifi")["reasons"][0]["code"] == "Info.NotReferencedByActivation"


@pytest.mark.parametrize(
    ("kind", "payload", "code"),
    [
        ("legacy", {"ProfileURL": "http://localhost/x"}, "Error.ConfigurationIsInvalid"),
        ("legacy", {"ProfileURL": "https://localhost:1/x"}, "Error.ConfigurationCannotBeApplied"),
        ("legacy", {}, "Error.ConfigurationIsInvalid"),
        ("app.managed", {"AppStoreID": "1", "BundleID": "x"}, "Error.ConfigurationIsInvalid"),
        ("app.managed", {"AppStoreID": "1146717204"}, "Error.ConfigurationIsInvalid"),
        ("services.background-tasks", {}, "Error.ConfigurationNotSupported"),
        ("softwareupdate.settings", {}, "Error.ConfigurationNotSupported"),
        ("management.test", {"Echo": "x", "ReturnStatus": "Failed"}, "Error.ConfigurationCannotBeApplied"),
    ],
)
async def test_what_cannot_be_put_in_force_says_why(school, ipad, kind, payload, code) -> None:
    school.declare("configuration", CONFIGURATION + kind, "one", payload)
    await synchronize(school, ipad)
    told = standing(school, "configurations", "one")
    assert (told["active"], told["valid"]) == (False, "invalid")
    assert told["reasons"][0]["code"] == code


async def test_a_failing_configuration_does_not_hold_the_others_up(school, ipad, a_profile) -> None:
    school.declare("configuration", CONFIGURATION + "legacy", "bad", {"ProfileURL": f"{school.url}/files/none"})
    declare_profile(school, "good", a_profile())
    await synchronize(school, ipad)
    assert "org.example.wifi" in ipad.tablet.profiles
    assert standing(school, "configurations", "bad")["valid"] == "invalid"


async def test_a_synchronization_that_was_cut_is_made_again(school, ipad, a_profile) -> None:
    declare_profile(school, "wifi", a_profile())
    school.activate()
    school.sync()
    await ipad.converse()
    school.status = 503
    await ipad.settle()
    assert "org.example.wifi" not in ipad.tablet.profiles
    school.status = 200
    await ipad.converse()
    await ipad.settle()
    assert "org.example.wifi" in ipad.tablet.profiles
    assert school.statuses()[-1]["FullReport"] is True


async def test_a_profile_that_a_command_brought_passes_to_its_declaration(school, ipad, a_profile) -> None:
    school.send("InstallProfile", Payload=a_profile())
    await ipad.converse()
    declare_profile(school, "wifi", a_profile())
    await synchronize(school, ipad)
    removal = school.send("RemoveProfile", Identifier="org.example.wifi")
    await ipad.converse()
    assert school.answer(removal)["ErrorChain"][0]["ErrorCode"] == 12013
    assert plistlib.dumps(school.answer(removal))


async def test_a_wiped_tablet_forgets_its_declarations(school, ipad, a_profile) -> None:
    declare_profile(school, "wifi", a_profile())
    await synchronize(school, ipad)
    school.send("EraseDevice")
    await ipad.converse()
    assert ipad.declaring.declarations.held == ()
    await ipad.enroll(f"{school.url}/e/ticket")
    await synchronize(school, ipad)
    assert "org.example.wifi" in ipad.tablet.profiles
