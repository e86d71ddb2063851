"""`plan` brings any tablet to its target, asks only what is unknown, and never repeats what holds."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.commands import planner
from mdm.commands.planner import is_converged, plan
from mdm.commands.report import DeclarationState, DeviceFacts, Report
from mdm.commands.steps import (
    FinishSetup,
    InstallAppStep,
    InstallProfileStep,
    NameStep,
    QueryApps,
    QueryDevice,
    QueryProfiles,
    QuerySecurity,
    RemoveAppStep,
    RemoveProfileStep,
    Step,
    SyncDeclarations,
    TimeZoneStep,
    WallpaperStep,
)
from mdm.commands.target import Target, TargetApp, TargetProfile, TargetSettings

PROFILE_NAMES = [f"{planner.PROFILE_PREFIX}{name}" for name in ("restrictions", "wifi", "clips", "layout")]
BUNDLES = ["org.geogebra", "fr.lire", "org.scratchjr"]
ENROLLMENT = planner.ENROLLMENT_PROFILE


class Ipad(msgspec.Struct, kw_only=True):
    """What a tablet really holds, to be brought to a target by obeying steps."""

    profiles: dict[str, str]
    apps: dict[str, str]
    name: str
    time_zone: str
    wallpaper: str | None
    declarations: str | None
    awaiting: bool
    supervised: bool

    def obey(self, step: Step, report: Report) -> Report:
        replace = msgspec.structs.replace
        match step:
            case QueryDevice():
                return replace(report, device=self.facts())
            case QuerySecurity():
                return replace(report, security_known=True)
            case QueryProfiles():
                return replace(report, profiles=dict(self.profiles))
            case QueryApps():
                return replace(report, apps=dict(self.apps))
            case InstallProfileStep():
                self.profiles[step.profile.identifier] = step.profile.uuid
                return replace(report, profiles=dict(self.profiles))
            case RemoveProfileStep():
                del self.profiles[step.identifier]
                return replace(report, profiles=dict(self.profiles))
            case InstallAppStep():
                self.apps[step.app.bundle_id] = "Managed"
                return replace(report, apps=dict(self.apps))
            case RemoveAppStep():
                del self.apps[step.bundle_id]
                return replace(report, apps=dict(self.apps))
            case NameStep():
                self.name = step.name
            case TimeZoneStep():
                self.time_zone = step.time_zone
            case WallpaperStep():
                self.wallpaper = step.picture
                return replace(report, wallpaper=step.picture)
            case SyncDeclarations():
                self.declarations = step.token
                held = {"org.valise.policy": DeclarationState(server_token="1", active=True, valid=True)}
                return replace(report, declarations_synced=step.token, declarations=held)
            case FinishSetup():
                self.awaiting = False
                return replace(report, awaiting_configuration=False)
        return replace(report, device=self.facts())

    def facts(self) -> DeviceFacts:
        return DeviceFacts(
            os_version="18.1", supervised=self.supervised, device_name=self.name, time_zone=self.time_zone
        )


uuids = st.sampled_from(["a", "b", "c"])
targets = st.builds(
    Target,
    policy_id=st.just("e" * 64),
    profiles=st.dictionaries(st.sampled_from(PROFILE_NAMES), uuids).map(
        lambda chosen: tuple(TargetProfile(identifier=one, uuid=uuid, artifact=uuid) for one, uuid in chosen.items())
    ),
    apps=st.sets(st.sampled_from(BUNDLES)).map(
        lambda chosen: tuple(TargetApp(bundle_id=one, store_id=1) for one in sorted(chosen))
    ),
    settings=st.builds(
        TargetSettings,
        time_zone=st.sampled_from([None, "Europe/Paris", "America/Cayenne"]),
        wallpaper=st.sampled_from([None, "w1", "w2"]),
        name_from_slot=st.booleans(),
    ),
    declarations_token=st.sampled_from([None, "t1", "t2"]),
)
ipads = st.builds(
    Ipad,
    profiles=st.dictionaries(st.sampled_from([*PROFILE_NAMES, ENROLLMENT, "com.other.wifi"]), uuids),
    apps=st.dictionaries(
        st.sampled_from([*BUNDLES, "com.old.game"]),
        st.sampled_from(["Managed", "Failed", "Unknown", "ManagedButUninstalled"]),
    ),
    name=st.sampled_from(["iPad", "Cassiopée 01"]),
    time_zone=st.sampled_from(["Europe/Paris", "UTC"]),
    wallpaper=st.sampled_from([None, "w1"]),
    declarations=st.none(),
    awaiting=st.booleans(),
    supervised=st.booleans(),
)
known = st.sets(st.sampled_from(["device", "security", "profiles", "apps", "wallpaper"]))


def first_report(ipad: Ipad, already_known: set[str]) -> Report:
    return Report(
        device=ipad.facts() if "device" in already_known else None,
        security_known="security" in already_known,
        profiles=dict(ipad.profiles) if "profiles" in already_known else None,
        apps=dict(ipad.apps) if "apps" in already_known else None,
        wallpaper=ipad.wallpaper if "wallpaper" in already_known else None,
        awaiting_configuration=ipad.awaiting,
    )


@settings(max_examples=300)
@given(target=targets, ipad=ipads, already_known=known)
def test_the_plan_converges_from_any_reported_state(target: Target, ipad: Ipad, already_known: set[str]) -> None:
    report = first_report(ipad, already_known)
    taken: list[str] = []
    for _ in range(4):
        steps = plan(target, report, name="Cassiopée 01")
        for step in steps:
            taken.append(step.key)
            report = ipad.obey(step, report)
        if not steps:
            break
    assert plan(target, report, name="Cassiopée 01") == ()
    assert is_converged(target, report, name="Cassiopée 01")
    assert len(taken) == len(set(taken)), "a step was taken twice"
    assert {one.identifier: one.uuid for one in target.profiles}.items() <= ipad.profiles.items()
    assert not ipad.awaiting


@settings(max_examples=200)
@given(target=targets, ipad=ipads)
def test_what_is_not_in_the_target_is_removed_and_what_is_not_ours_stays(target: Target, ipad: Ipad) -> None:
    foreign = {name: uuid for name, uuid in ipad.profiles.items() if name in (ENROLLMENT, "com.other.wifi")}
    report = first_report(ipad, {"device", "security", "profiles", "apps"})
    for _ in range(3):
        for step in plan(target, report):
            report = ipad.obey(step, report)
    ours = {name for name in ipad.profiles if name not in foreign}
    assert ours == {profile.identifier for profile in target.profiles}
    assert foreign.items() <= ipad.profiles.items()
    left = {name for name, status in ipad.apps.items() if status != "ManagedButUninstalled"}
    assert left == {app.bundle_id for app in target.apps}


@given(target=targets, ipad=ipads, already_known=known)
def test_the_plan_is_pure_and_its_steps_are_distinct(target: Target, ipad: Ipad, already_known: set[str]) -> None:
    report = first_report(ipad, already_known)
    steps = plan(target, report, name="x")
    assert steps == plan(target, report, name="x")
    assert len({step.key for step in steps}) == len(steps)


@given(target=targets, ipad=ipads, data=st.data())
def test_a_refused_step_is_not_sent_again_until_the_next_check(target: Target, ipad: Ipad, data: st.DataObject) -> None:
    report = first_report(ipad, {"device", "security", "profiles", "apps"})
    steps = plan(target, report, name="x")
    if not steps:
        return
    refused = data.draw(st.sampled_from(steps))
    after = msgspec.structs.replace(report, failed={refused.key: "it would not"})
    assert refused.key not in {step.key for step in plan(target, after, name="x")}
    assert not is_converged(target, after, name="x")
    assert after.asked_again().failed == {}


def test_an_ipad_that_waits_in_its_setup_assistant_is_let_go_last() -> None:
    target = Target(policy_id="e", profiles=(TargetProfile(identifier=PROFILE_NAMES[0], uuid="a", artifact="h"),))
    report = Report(
        device=DeviceFacts(supervised=True), security_known=True, profiles={}, apps={}, awaiting_configuration=True
    )
    assert [step.key for step in plan(target, report)] == [f"profile:{PROFILE_NAMES[0]}:a"]
    done = msgspec.structs.replace(report, profiles={PROFILE_NAMES[0]: "a"})
    assert plan(target, done) == (FinishSetup(),)


def test_an_app_that_is_on_its_way_is_not_ordered_again_and_is_not_there_yet() -> None:
    target = Target(policy_id="e", apps=(TargetApp(bundle_id="fr.lire", store_id=7),))
    report = Report(device=DeviceFacts(), security_known=True, profiles={}, apps={"fr.lire": "Installing"})
    assert plan(target, report) == ()
    assert not is_converged(target, report)


def test_an_invalid_declaration_keeps_a_tablet_from_being_ready() -> None:
    target = Target(policy_id="e", declarations="h", declarations_token="t")
    held = {"org.valise.passcode": DeclarationState(server_token="1", active=False, valid=False, problem="unknown key")}
    report = Report(
        device=DeviceFacts(), security_known=True, profiles={}, apps={}, declarations_synced="t", declarations=held
    )
    assert plan(target, report) == ()
    assert not is_converged(target, report)


@given(ipad=ipads, already_known=known)
def test_a_report_survives_the_store(ipad: Ipad, already_known: set[str]) -> None:
    report = first_report(ipad, already_known)
    assert Report.from_json(report.to_json()) == report
