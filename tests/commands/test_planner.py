"""`plan` brings any tablet to its target, asks only what is unknown, and never repeats what holds."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.commands import planner
from mdm.commands.planner import is_converged, missing_in_words, plan
from mdm.commands.report import DeclarationState, DeviceFacts, HeldBook, Report
from mdm.commands.steps import (
    FinishSetup,
    InstallAppStep,
    InstallBookStep,
    InstallProfileStep,
    NameStep,
    QueryApps,
    QueryBooks,
    QueryDevice,
    QueryProfiles,
    QuerySecurity,
    RemoveAppStep,
    RemoveBookStep,
    RemoveProfileStep,
    Step,
    SyncDeclarations,
    TimeZoneStep,
    WallpaperStep,
)
from mdm.commands.target import Target, TargetApp, TargetBook, TargetProfile, TargetSettings

PROFILE_NAMES = [f"{planner.PROFILE_PREFIX}{name}" for name in ("restrictions", "wifi", "clips", "layout")]
BOOKS = ["org.valise.book.lecture", "org.valise.book.calcul"]
BUNDLES = ["org.geogebra", "fr.lire", "org.scratchjr"]
ENROLLMENT = planner.ENROLLMENT_PROFILE


class Ipad(msgspec.Struct, kw_only=True):
    """What a tablet really holds, to be brought to a target by obeying steps."""

    profiles: dict[str, str]
    apps: dict[str, str]
    books: dict[str, HeldBook]
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
            case QueryBooks():
                return replace(report, books=dict(self.books), books_known=True)
            case InstallBookStep():
                self.books[step.book.identifier] = HeldBook(state="Managed", version=step.book.version)
                return replace(report, books=dict(self.books))
            case RemoveBookStep():
                del self.books[step.identifier]
                return replace(report, books=dict(self.books))
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
    books=st.dictionaries(st.sampled_from(BOOKS), st.sampled_from(["1", "2"])).map(
        lambda chosen: tuple(TargetBook(identifier=one, title=one, version=version) for one, version in chosen.items())
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
    books=st.dictionaries(
        st.sampled_from([*BOOKS, "org.valise.book.old"]),
        st.builds(
            HeldBook,
            state=st.sampled_from(
                ["Managed", "Installed", "Failed", "Unknown", "ManagedButUninstalled", "Uninstalled"]
            ),
            version=st.sampled_from([None, "1", "2"]),
        ),
    ),
    name=st.sampled_from(["iPad", "Cassiopée 01"]),
    time_zone=st.sampled_from(["Europe/Paris", "UTC"]),
    wallpaper=st.sampled_from([None, "w1"]),
    declarations=st.none(),
    awaiting=st.booleans(),
    supervised=st.booleans(),
)
known = st.sets(st.sampled_from(["device", "security", "profiles", "apps", "books", "wallpaper"]))


def first_report(ipad: Ipad, already_known: set[str]) -> Report:
    return Report(
        device=ipad.facts() if "device" in already_known else None,
        security_known="security" in already_known,
        profiles=dict(ipad.profiles) if "profiles" in already_known else None,
        apps=dict(ipad.apps) if "apps" in already_known else None,
        books=dict(ipad.books) if "books" in already_known else {},
        books_known="books" in already_known,
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
    assert {one.identifier: one.version for one in target.books}.items() <= versions(ipad).items()
    assert not ipad.awaiting


def versions(ipad: Ipad) -> dict[str, str | None]:
    """The versions of the books that can be read."""
    return {name: book.version for name, book in ipad.books.items() if book.state in ("Managed", "Installed")}


@settings(max_examples=200)
@given(target=targets, ipad=ipads)
def test_what_is_not_in_the_target_is_removed_and_what_is_not_ours_stays(target: Target, ipad: Ipad) -> None:
    foreign = {name: uuid for name, uuid in ipad.profiles.items() if name in (ENROLLMENT, "com.other.wifi")}
    report = first_report(ipad, {"device", "security", "profiles", "apps", "books"})
    for _ in range(3):
        for step in plan(target, report):
            report = ipad.obey(step, report)
    ours = {name for name in ipad.profiles if name not in foreign}
    assert ours == {profile.identifier for profile in target.profiles}
    assert foreign.items() <= ipad.profiles.items()
    left = {name for name, status in ipad.apps.items() if status != "ManagedButUninstalled"}
    assert left == {app.bundle_id for app in target.apps}
    assert versions(ipad) == {book.identifier: book.version for book in target.books}


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


LECTURE = TargetBook(identifier=BOOKS[0], title="Lecture", url="https://x.example/a.pdf", kind="pdf", version="2")
KNOWN = Report(device=DeviceFacts(), security_known=True, profiles={}, apps={})


def holding(state: str, version: str | None = "2") -> Report:
    """An iPad that has told everything, with the book in a state."""
    return msgspec.structs.replace(KNOWN, books={BOOKS[0]: HeldBook(state=state, version=version)}, books_known=True)


@pytest.mark.parametrize("state", ["Queued", "PromptingForLogin", "Updating", "Installing"])
def test_a_book_that_is_on_its_way_is_not_sent_again_and_is_not_there_yet(state: str) -> None:
    target = Target(policy_id="e", books=(LECTURE,))
    assert plan(target, holding(state, "1")) == ()
    assert not is_converged(target, holding(state, "1"))
    assert missing_in_words(target, holding(state)) == (BOOKS[0],)


@pytest.mark.parametrize(
    "report",
    [
        msgspec.structs.replace(KNOWN, books_known=True),
        holding("Managed", "1"),
        holding("Managed", None),
        holding("Failed"),
        holding("Unknown"),
        holding("ManagedButUninstalled"),
    ],
)
def test_a_book_that_is_missing_or_of_another_version_is_sent(report: Report) -> None:
    assert plan(Target(policy_id="e", books=(LECTURE,)), report) == (InstallBookStep(LECTURE),)


def test_a_book_is_there_in_its_version_and_one_of_the_store_in_any() -> None:
    assert is_converged(Target(policy_id="e", books=(LECTURE,)), holding("Managed"))
    of_store = TargetBook(identifier="store:9", title="Conte", store_id=9)
    report = msgspec.structs.replace(KNOWN, books={"store:9": HeldBook(state="Installed")}, books_known=True)
    assert is_converged(Target(policy_id="e", books=(of_store,)), report)


def test_a_tablet_is_asked_for_books_only_where_it_should_have_one_or_had_one() -> None:
    target = Target(policy_id="e", books=(LECTURE,))
    assert plan(Target(policy_id="e"), KNOWN) == ()
    assert is_converged(Target(policy_id="e"), KNOWN)
    assert plan(target, KNOWN) == (QueryBooks(),)
    forgotten = holding("Managed").asked_again()
    assert QueryBooks() in plan(Target(policy_id="e"), forgotten)
    assert RemoveBookStep(BOOKS[0]) not in plan(Target(policy_id="e"), forgotten)
    assert plan(Target(policy_id="e"), holding("Managed")) == (RemoveBookStep(BOOKS[0]),)
    assert plan(Target(policy_id="e"), holding("ManagedButUninstalled")) == ()


def test_a_book_that_comes_from_elsewhere_is_another_step() -> None:
    elsewhere = msgspec.structs.replace(LECTURE, url="https://x.example/b.pdf")
    refused = msgspec.structs.replace(
        KNOWN, books_known=True, failed={InstallBookStep(LECTURE).key: "it could not be fetched"}
    )
    assert plan(Target(policy_id="e", books=(LECTURE,)), refused) == ()
    assert plan(Target(policy_id="e", books=(elsewhere,)), refused) == (InstallBookStep(elsewhere),)


def test_an_agent_that_reports_no_book_is_awaited_and_then_told_again() -> None:
    path = TargetBook(identifier="Books/lecture.pdf", title="Lecture")
    target = Target(policy_id="e", configuration="c", books=(path,))
    report = Report(device=DeviceFacts(), apps={}, configuration="c")
    assert plan(target, report) == ()
    assert not is_converged(target, report)
    assert missing_in_words(target, report) == ("Books/lecture.pdf",)
    assert plan(target, msgspec.structs.replace(report, overdue=True)) == (InstallBookStep(path),)
    there = msgspec.structs.replace(report, books={"Books/lecture.pdf": HeldBook()}, overdue=True)
    assert plan(target, there) == ()
    assert is_converged(target, there)


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
