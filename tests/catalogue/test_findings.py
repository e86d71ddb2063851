"""What the machine finds in an APK: permissions in plain words, and trackers by the names of their classes."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.clock import ManualClock
from mdm.i18n import Catalogs
from mdm.journal import Journal
from mdm.simulator.apk_maker import ApkFacts, make_apk, make_xapk
from mdm.simulator.apk_signature import SigningKey
from mdm.store import Database
from profiles.apks.apks import Apks
from profiles.apks.errors import ApkUnreadable
from profiles.catalogue.catalogue import Catalogue
from profiles.catalogue.dex import DexUnreadable, class_names
from profiles.catalogue.dossier import dossier_of
from profiles.catalogue.errors import ApkMissing, ApkOfAnother, NoPackage
from profiles.catalogue.findings import findings_of
from profiles.catalogue.item import item_of
from profiles.catalogue.permissions import PERMISSIONS, UNKNOWN, permission_of
from profiles.catalogue.review import remarks_on
from profiles.catalogue.trackers import PURPOSE_NAMES, known_trackers, trackers_among
from tests.catalogue.conftest import ACTOR, app
from tests.catalogue.dex_maker import apk_with, make_dex

PUBLISHER = SigningKey.create("Publisher")
PERMISSION_NAMES = ("android.permission.INTERNET", "com.google.android.gms.permission.AD_ID")
OWN = ("org.kiwix.kiwixmobile.Main", "org.kiwix.kiwixmobile.Main$1")
FIREBASE = "com.google.firebase.analytics.FirebaseAnalytics"


def facts(**more: object) -> ApkFacts:
    known = {"package": "org.kiwix.kiwixmobile", "version_name": "3.1", "version_code": 31, "label": "Kiwix"}
    return ApkFacts(**{**known, "permissions": PERMISSION_NAMES, **more})  # type: ignore[arg-type]


def apk(folder: Path, *classes: Sequence[str], name: str = "a.apk", **more: object) -> Path:
    """An APK with one DEX file for each list of classes."""
    dexes = {f"classes{place or ''}.dex": make_dex(names) for place, names in zip((0, 2, 3), classes, strict=False)}
    path = folder / name
    path.write_bytes(apk_with(facts(**more), PUBLISHER, dexes))
    return path


def names_of(found: object) -> list[str]:
    return [tracker.id for tracker in found.trackers]  # type: ignore[attr-defined]


def test_trackers_are_found_in_every_dex_file(tmp_path: Path) -> None:
    path = apk(tmp_path, OWN, [*OWN, FIREBASE, "com.facebook.ads.AdView"])
    found = findings_of(path)
    assert names_of(found) == ["facebook-audience-network", "google-firebase-analytics"]
    assert found.trackers[1].prefixes == ("com.google.firebase.analytics",)
    assert (found.classes, found.unread) == (4, ())
    assert found.permissions == PERMISSION_NAMES
    assert (found.package, found.version_name, found.version_code) == ("org.kiwix.kiwixmobile", "3.1", 31)
    assert found.size_bytes == path.stat().st_size
    assert found.source.startswith("apk:")
    assert found.tracker_list == known_trackers().version


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("com.flurry.sdk.a", ["flurry"]),
        ("com.flurryx.sdk.a", []),
        ("org.com.flurry.a", []),
        ("com.flurry", ["flurry"]),
        ("com.google.android.gms.ads.AdView$1", ["google-mobile-ads"]),
        ("com.google.android.gms.ads.identifier.AdvertisingIdClient", ["google-advertising-identifier"]),
        ("com.google.android.gms.ads.AdViewer", []),
        ("com.google.ads.interactivemedia.v3.Api", ["google-interactive-media-ads"]),
        ("com.facebook.FacebookSdk", []),
    ],
)
def test_a_tracker_is_its_package_and_no_other(name: str, found: list[str]) -> None:
    assert [tracker.id for tracker, _ in trackers_among([*OWN, name, "zz.z"])] == found


def test_the_list_of_trackers_holds_together() -> None:
    trackers = known_trackers().trackers
    assert len({one.id for one in trackers}) == len({one.name for one in trackers}) == len(trackers) > 100
    prefixes = [prefix for one in trackers for prefix in one.prefixes]
    assert len(prefixes) == len(set(prefixes))
    for one in trackers:
        assert one.prefixes
        assert one.purpose in PURPOSE_NAMES
        for prefix in one.prefixes:
            inside = [other for other in prefixes if prefix.startswith(f"{other}.")]
            assert inside == [], f"{prefix} would be found as another tracker too"
            assert [found.id for found, _ in trackers_among([f"{prefix}.X"])] == [one.id]


def test_permissions_have_plain_words_in_both_languages() -> None:
    french = Catalogs("profiles").for_language("fr")
    for permission in (*PERMISSIONS.values(), UNKNOWN):
        assert french(permission.words) != permission.words
        assert "_" not in permission.words
    assert permission_of("android.permission.CAMERA").sensitive
    assert not permission_of("android.permission.INTERNET").sensitive
    assert permission_of("org.example.OWN_THING") == UNKNOWN
    assert permission_of("a.b.DYNAMIC_RECEIVER_NOT_EXPORTED_PERMISSION") != UNKNOWN


def test_the_splits_of_an_xapk_are_all_looked_at(tmp_path: Path) -> None:
    base = apk(tmp_path, OWN, name="base.apk").read_bytes()
    split = apk(tmp_path, [FIREBASE], name="s.apk", split="feature", label="").read_bytes()
    path = tmp_path / "a.xapk"
    path.write_bytes(make_xapk([("base.apk", base), ("feature.apk", split)]))
    found = findings_of(path)
    assert names_of(found) == ["google-firebase-analytics"]
    assert found.classes == 3


def test_a_part_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.apk"
    new = make_dex(OWN, version=b"041")
    entries = {"classes.dex": make_dex(OWN), "classes2.dex": new, "classes3.dex": b"dex\n", "assets/classes.dex": b""}
    path.write_bytes(apk_with(facts(), PUBLISHER, entries))
    found = findings_of(path)
    assert (found.classes, found.unread) == (2, ("classes2.dex", "classes3.dex"))


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    body = bytearray(apk(tmp_path, OWN).read_bytes())
    place = body.index(b"classes.dex") + len(b"classes.dex")
    body[place : place + 40] = b"\xff" * 40
    path = tmp_path / "b.apk"
    path.write_bytes(bytes(body))
    with pytest.raises(ApkUnreadable):
        findings_of(path)


def test_an_app_without_code_has_no_trackers(tmp_path: Path) -> None:
    path = tmp_path / "a.apk"
    path.write_bytes(make_apk(facts(), PUBLISHER))
    assert (findings_of(path).trackers, findings_of(path).classes) == ((), 0)


WHOLE = make_dex([*OWN, FIREBASE])


def test_a_dex_file_says_which_classes_it_defines() -> None:
    assert class_names(WHOLE) == {*OWN, FIREBASE}
    assert class_names(make_dex([])) == set()
    assert class_names(make_dex(["a." + "b" * 300])) == {"a." + "b" * 300}


@settings(deadline=None)
@given(st.data())
def test_a_broken_dex_file_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    body = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 6))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    del body[data.draw(st.integers(0, len(body))) :]
    try:
        assert all(isinstance(name, str) for name in class_names(bytes(body)))
    except DexUnreadable as refused:
        assert str(refused)  # noqa: PT017


async def test_findings_are_noted_as_the_machines_with_their_source(any_catalogue: Catalogue, tmp_path: Path) -> None:
    entry = await any_catalogue.add(app(), actor=ACTOR)
    after = await any_catalogue.note_findings(entry.item_id, apk(tmp_path, [FIREBASE]), actor=ACTOR)
    (found,) = after.content.findings
    assert names_of(found) == ["google-firebase-analytics"]
    assert (await any_catalogue.history(entry.item_id))[0].changed == ("findings",)
    assert after.digest != entry.digest
    assert await any_catalogue.note_findings(entry.item_id, tmp_path / "a.apk", actor=ACTOR) == after
    newer = apk(tmp_path, OWN, version_name="3.2", version_code=32)
    replaced = await any_catalogue.note_findings(entry.item_id, newer, actor=ACTOR)
    assert [one.version_name for one in replaced.content.findings] == ["3.2"]


async def test_findings_go_with_the_app_that_they_are_about(catalogue: Catalogue, tmp_path: Path) -> None:
    entry = await catalogue.add(app(), actor=ACTOR)
    await catalogue.note_findings(entry.item_id, apk(tmp_path, OWN), actor=ACTOR)
    kept = await catalogue.change(entry.item_id, revision=2, item=app(publisher="Openzim"), actor=ACTOR)
    assert len(kept.content.findings) == 1
    other = await catalogue.change(entry.item_id, revision=3, item=app("Other"), actor=ACTOR)
    assert other.content.findings == ()


async def test_another_apps_file_says_nothing_of_an_item(catalogue: Catalogue, tmp_path: Path) -> None:
    entry = await catalogue.add(app(), actor=ACTOR)
    with pytest.raises(ApkOfAnother, match=r"is org\.other"):
        await catalogue.note_findings(entry.item_id, apk(tmp_path, OWN, package="org.other"), actor=ACTOR)
    site = await catalogue.add(item_of({"kind": "web_site", "name": "S", "url": "https://s.fr"}), actor=ACTOR)
    with pytest.raises(NoPackage):
        await catalogue.note_findings(site.item_id, tmp_path / "a.apk", actor=ACTOR)
    with pytest.raises(NoPackage):
        await catalogue.newest_apk(site.item_id)


async def test_the_newest_file_of_the_apk_store_is_known(
    catalogue: Catalogue, database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    entry = await catalogue.add(app(), actor=ACTOR)
    with pytest.raises(ApkMissing):
        await catalogue.newest_apk(entry.item_id)
    apks = Apks(database, clock, Journal(clock), tmp_path / "apks")
    await apks.add(apk(tmp_path, OWN), actor=ACTOR)
    newer = await apks.add(apk(tmp_path, OWN, version_name="3.2", version_code=32), actor=ACTOR)
    assert await catalogue.newest_apk(entry.item_id) == newer


async def test_a_split_file_of_the_apk_store_is_looked_at(
    catalogue: Catalogue, database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    entry = await catalogue.add(app(), actor=ACTOR)
    apks = Apks(database, clock, Journal(clock), tmp_path / "apks")
    whole = tmp_path / "a.xapk"
    whole.write_bytes(make_xapk([("base.apk", apk(tmp_path, [FIREBASE]).read_bytes())]))
    stored = await apks.add(whole, actor=ACTOR)
    path = apks.path_of(stored.hash)
    after = await catalogue.note_findings(entry.item_id, path, stored=stored, actor=ACTOR)
    assert after.content.findings == (findings_of(whole),)
    assert names_of(after.content.findings[0]) == ["google-firebase-analytics"]


async def test_what_a_dossier_denies_and_the_machine_finds_is_remarked(catalogue: Catalogue, tmp_path: Path) -> None:
    denied = {"trackers": ["none"], "advertising": False, "in_app_purchases": False, "hosting": ["US"], "transfers": []}
    entry = await catalogue.add(app(version="3.0"), dossier_of({"data": denied}), actor=ACTOR)
    permissions = (*PERMISSION_NAMES, "com.android.vending.BILLING")
    path = apk(tmp_path, [FIREBASE, "com.facebook.ads.AdView"], permissions=permissions)
    after = await catalogue.note_findings(entry.item_id, path, actor=ACTOR)
    found = {one.where: one.value for one in remarks_on(after.content) if one.kind == "contradiction"}
    assert found == {
        "data.transfers": "US",
        "data.trackers": "Facebook Audience Network, Google Firebase Analytics",
        "data.advertising": "Facebook Audience Network, com.google.android.gms.permission.AD_ID",
        "data.in_app_purchases": "com.android.vending.BILLING",
        "version": "3.1",
    }
    admitted = {
        "trackers": ["Google Firebase Analytics", "facebook audience network (ads)"],
        "advertising": True,
        "in_app_purchases": True,
        "hosting": ["US"],
        "transfers": ["US: adequacy decision"],
    }
    right = await catalogue.change(
        entry.item_id, revision=2, item=app(version="3.1"), dossier=dossier_of({"data": admitted}), actor=ACTOR
    )
    assert [one for one in remarks_on(right.content) if one.kind == "contradiction"] == []


async def test_what_a_dossier_leaves_open_is_remarked(catalogue: Catalogue) -> None:
    entry = await catalogue.add(app(), actor=ACTOR)
    still = {one.where for one in remarks_on(entry.content)}
    assert {"purpose", "data.collected", "data.trackers", "cost_cents", "offline"} <= still
    assert "publisher" not in still
    answered = dossier_of({"purpose": "Lire.", "data": {"collected": ["none"], "trackers": []}, "cost_cents": 0})
    after = await catalogue.change(entry.item_id, revision=1, dossier=answered, actor=ACTOR)
    assert still - {one.where for one in remarks_on(after.content)} == {
        "purpose",
        "data.collected",
        "data.trackers",
        "cost_cents",
    }
