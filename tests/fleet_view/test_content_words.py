"""What a tablet holds is called by its agreed name or by its subject, and only what has neither by its identifier."""

import pytest

from mdm.commands.steps import (
    ApplyConfiguration,
    FinishSetup,
    InstallAppStep,
    InstallProfileStep,
    NameStep,
    QueryApps,
    RemoveProfileStep,
    Step,
    SyncDeclarations,
    WallpaperStep,
)
from mdm.commands.target import TargetApp, TargetProfile
from mdm.fleet_view.content_words import SETTINGS, content_in_words, object_of, step_in_words
from mdm.i18n import Catalogs
from profiles.compiler import device_class
from profiles.declarations import declare
from profiles.policy import load_policy

FRENCH = Catalogs("mdm.fleet_view").for_language("fr")
ENGLISH = Catalogs("mdm.fleet_view").for_language("en")
NAMES = {"org.geogebra": "GeoGebra", "org.valise.book.conte": "Le conte", "com.book.conte.pdf": "Le conte"}
WIFI = TargetProfile(identifier="org.valise.policy.wifi", uuid="0198", artifact="a" * 64)
POLICY = b"""name = "a"
[passcode]
required = true
[os_updates]
version = "18.1"
deadline = "2026-12-01T10:00:00"
delay_days = 30
[[apps]]
name = "GeoGebra"
bundle_id = "org.geogebra"
store_id = 1
"""


@pytest.mark.parametrize(
    ("identifier", "told"),
    [
        ("org.geogebra", "GeoGebra"),
        ("org.valise.book.conte", "Le conte"),
        ("org.valise.declared.app.org.geogebra", "Application : GeoGebra"),
        ("org.valise.declared.app.org.other", "Application : org.other"),
        ("org.valise.policy.passcode", "Code de verrouillage"),
        ("org.valise.declared.web-filter", "Filtre des pages web"),
        ("org.valise.enrollment", "Son lien avec ce serveur"),
        ("org.valise.mode.focus", "Mode classe"),
        ("org.other", "org.other"),
        ("org.valise.declared.later", "later"),
    ],
)
def test_what_it_holds_has_a_name(identifier: str, told: str) -> None:
    assert content_in_words(identifier, FRENCH, NAMES) == told


def test_every_declaration_that_a_policy_makes_has_words() -> None:
    device = device_class("18.0", supervised=True)
    made, _ = declare(load_policy(POLICY), device, organization="x", device_url="https://x.example", profiles=())
    told = {content_in_words(one.identifier, ENGLISH, NAMES) for one in made.declarations}
    assert len(told) >= 6
    assert "App: GeoGebra" in told
    assert not [one for one in told if one.islower()]


@pytest.mark.parametrize(
    ("step", "about", "whole"),
    [
        (InstallProfileStep(WIFI), "Wi-Fi networks", "Install: Wi-Fi networks"),
        (RemoveProfileStep(WIFI.identifier), "Wi-Fi networks", "Remove: Wi-Fi networks"),
        (InstallAppStep(TargetApp(bundle_id="org.geogebra", store_id=1)), "GeoGebra", "Install: GeoGebra"),
        (NameStep("Orion 01"), "Orion 01", "Name it Orion 01"),
        (WallpaperStep("a" * 64), "", "Wallpaper"),
        (QueryApps(), "", "Ask it how it is"),
        (SyncDeclarations("token", "{}"), "", "Fetch its settings"),
        (FinishSetup(), "", "Leave the setup assistant"),
        (ApplyConfiguration("a" * 64), "", "Apply its configuration"),
    ],
)
def test_a_step_is_told_by_what_it_is_about(step: Step, about: str, whole: str) -> None:
    assert object_of(step.key, ENGLISH, NAMES) == about
    assert step_in_words(step.key, ENGLISH, NAMES) == whole


def test_there_are_words_for_every_profile_that_is_compiled() -> None:
    assert {"restrictions", "wifi", "web-clips", "home-screen", "web-filter", "passcode", "mode.focus"} <= SETTINGS


def test_no_step_is_told_as_nothing() -> None:
    assert object_of(None, ENGLISH, NAMES) == ""
    assert step_in_words("later:x", ENGLISH, NAMES) == "later:x"
