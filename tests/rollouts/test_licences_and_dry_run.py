"""Licences stop a wave before it begins; a dry run says what each school gets, and what its line carries."""

import base64
from datetime import timedelta
from pathlib import Path

import pytest

from mdm.cli.rollout_sheet import dry_run_lines
from mdm.clock import ManualClock
from mdm.fleet.tablet import Platform
from mdm.i18n import Catalogs
from mdm.journal import Journal
from mdm.store import Connection, Database
from profiles.apks.apk import Apk
from profiles.apks.apk_store import add_apk
from profiles.catalogue.attachments import Attachments
from profiles.catalogue.catalogue import Catalogue
from profiles.catalogue.item import item_of
from profiles.policy import App, policy_of
from profiles.rollouts.dry_run import DryRun
from profiles.rollouts.policy_diff import policy_change
from profiles.rollouts.rollout import Plan, RolloutState
from profiles.rollouts.sizes import CatalogueSizes
from profiles.rollouts.waves import NOW, Wave
from tests.rollouts.world import ACTOR, EVERYBODY, GATES, Territory

GEOMETRY = {"name": "Géométrie", "bundle_id": "fr.example.geo", "store_id": 409953471, "package": "fr.example.geo"}
READING = {"name": "Lecture", "package": "fr.example.lire", "version": "1.2"}
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(1000)


@pytest.fixture
async def licensed(any_database: Database, clock: ManualClock, tmp_path: Path) -> Territory:
    made = Territory(any_database, clock, tmp_path, licences=True)
    await made.settle()
    return made


def own(conn: Connection, *, available: int) -> None:
    """A location that owns licences of the geometry app."""
    conn.run(
        "INSERT INTO licence_location (location_id, name, organization, sealed_token, expires_at, imported_at,"
        " imported_by, counted_at) VALUES ('l1', 'MACS', 'MACS', :token, 9000000000000, 1, 'test', 1)"
        " ON CONFLICT DO NOTHING",
        token=b"sealed",
    )
    conn.run(
        "INSERT INTO licence_count (location_id, store_id, total, assigned, available, unlimited, revocable)"
        " VALUES ('l1', 409953471, 100, 0, :available, 0, 1) ON CONFLICT (location_id, store_id)"
        " DO UPDATE SET available = excluded.available",
        available=available,
    )


async def test_too_few_licences_stop_a_wave_before_it_begins_and_enough_let_it_go(
    licensed: Territory, clock: ManualClock
) -> None:
    old = await licensed.agree()
    first = await licensed.kit("Pilot", platform=Platform.IPAD, tablets=2)
    await licensed.kit("Others", platform=Platform.IPAD, tablets=4)
    new = await licensed.publish(apps=[GEOMETRY])
    await licensed.database.write(lambda conn: own(conn, available=3))
    plan = Plan(
        waves=(Wave(pilots=True, window=NOW), Wave(window=NOW)), pilots=(first.kit_id,), gates=GATES, kits_per_minute=9
    )
    await licensed.begin(plan)
    await licensed.runner.run_once()
    assert (await licensed.editions())["Pilot"] == new.edition_id
    wishes = await licensed.database.read(
        lambda conn: conn.all("SELECT tablet_id, store_id FROM licence_wish WHERE wanted = 1")
    )
    assert {row["tablet_id"] for row in wishes} == set(await licensed.tablets_of(first.kit_id))

    def converge(conn: Connection) -> None:
        conn.run(
            "UPDATE convergence SET converged_at = :now, next_check_at = next_check_at + 9, target_hash = 'h'"
            " WHERE tablet_id IN (SELECT tablet_id FROM slot WHERE kit_id = :kit)",
            now=clock.ms(),
            kit=first.kit_id,
        )

    await licensed.database.write(converge)
    clock.advance(timedelta(hours=2))
    await licensed.runner.run_once()
    view = await licensed.rollouts.show()
    assert view.rollout.reason is not None
    assert (view.rollout.state, view.rollout.wave, view.rollout.reason.code) == (
        RolloutState.PAUSED,
        1,
        "licences_missing",
    )
    assert view.rollout.reason.params == {"apps": "Géométrie (3)", "licences": 3}
    assert (await licensed.editions())["Others"] == old.edition_id

    await licensed.rollouts.resume(words="They are bought.", actor=ACTOR)
    await licensed.runner.run_once()
    assert (await licensed.rollouts.show()).rollout.state is RolloutState.PAUSED, "they were not counted yet"
    await licensed.database.write(lambda conn: own(conn, available=6))
    await licensed.rollouts.resume(words="They are counted.", actor=ACTOR)
    await licensed.runner.run_once()
    assert (await licensed.editions())["Others"] == new.edition_id


async def test_what_goes_back_gives_its_licences_back(licensed: Territory) -> None:
    await licensed.agree()
    kit = await licensed.kit("Kit", platform=Platform.IPAD, tablets=2)
    await licensed.publish(apps=[GEOMETRY])
    await licensed.database.write(lambda conn: own(conn, available=50))
    await licensed.begin(EVERYBODY)
    await licensed.runner.run_once()
    await licensed.rollouts.roll_back(words="No.", actor=ACTOR)
    await licensed.runner.run_once()
    rows = await licensed.database.read(lambda conn: conn.all("SELECT wanted FROM licence_wish WHERE wanted = 1"))
    assert rows == []
    assert len(await licensed.tablets_of(kit.kit_id)) == 2


def apk(package: str, size: int, *, version: str = "1.2", abis: tuple[str, ...] = ()) -> Apk:
    return Apk(
        hash=(package + version + "".join(abis)).encode().hex().ljust(64, "0")[:64],
        package=package,
        version_name=version,
        version_code=12,
        label="",
        min_sdk=21,
        abis=abis,
        permissions=(),
        signer="a" * 64,
        split=False,
        size=size,
        added_at=1,
        added_by="test",
    )


async def dry_run(world: Territory) -> DryRun:
    return await world.rollouts.dry_run()


async def test_a_dry_run_counts_what_each_schools_line_carries(any_territory: Territory) -> None:
    world = any_territory
    await world.agree(apps=[READING])
    await world.kit("Landes 1", tablets=3)
    await world.kit("Landes 2", tablets=2)
    await world.kit("Nord", uai="0590001F", platform=Platform.IPAD, tablets=4)
    await world.kit("Empty", tablets=0)
    for one in (apk("fr.example.lire", 7_000_000), apk("fr.example.geo", 20_000_000)):
        await world.database.write(lambda conn, one=one: add_apk(conn, one))
    new = await world.publish(apps=[READING, GEOMETRY], android={"volume": 40}, wallpaper=_picture())
    found = await dry_run(world)
    assert (found.number, found.edition_id, found.tablets, found.silent_kits) == (new.number, new.edition_id, 9, 1)
    landes, nord = sorted(found.schools, key=lambda school: school.uai)
    assert (landes.tablets, landes.download_bytes, landes.unknown) == (5, 5 * (20_000_000 + len(PICTURE)), ())
    assert (nord.tablets, nord.download_bytes, nord.unknown) == (4, 4 * len(PICTURE), ("Géométrie",))
    android = found.changes[landes.kits[0].change]
    assert [one.identifier for one in android.added] == ["fr.example.geo"]
    assert [(one.field, one.after) for one in android.settings] == [("android.volume", "40"), ("wallpaper", "…")]
    ipad = found.changes[nord.kits[0].change]
    assert [one.field for one in ipad.settings] == ["wallpaper"]
    gaps = {(one.platform, gap.field) for one in found.gaps for gap in one.gaps}
    assert ("ipad", "apps[0] Lecture") not in gaps
    assert (await world.editions())["Nord"] != new.edition_id, "a dry run moves nothing"


async def test_a_dry_run_says_what_each_kind_of_tablet_cannot_do(territory: Territory) -> None:
    await territory.agree()
    await territory.kit("Old", tablets=2, os_version="8")
    await territory.kit("New", tablets=1, os_version="14")
    await territory.kit("Loose", tablets=3, platform=Platform.IPAD, supervised=False, os_version="16.4")
    await territory.publish(android={"brightness": 100}, time_zone="Europe/Paris", apps=[GEOMETRY])
    found = {(one.system.strip(), one.supervised, one.tablets): one for one in (await dry_run(territory)).gaps}
    old = found["Android 8", None, 2]
    assert {gap.field for gap in old.gaps} >= {"android.brightness", "time_zone", "apps[0] Géométrie"}
    assert {gap.field for gap in found["Android 14", None, 1].gaps} == {"apps[0] Géométrie"}
    assert "time_zone" in {gap.field for gap in found["iPadOS 16.0", False, 3].gaps}


async def test_a_dry_run_of_a_planned_rollout_names_the_waves_and_the_missing_licences(licensed: Territory) -> None:
    await licensed.agree()
    kit = await licensed.kit("Pilot", platform=Platform.IPAD, tablets=2)
    await licensed.kit("Others", platform=Platform.IPAD, tablets=3)
    await licensed.publish(apps=[GEOMETRY])
    await licensed.database.write(lambda conn: own(conn, available=1))
    plan = Plan(waves=(Wave(pilots=True, window=NOW), Wave(window=NOW)), pilots=(kit.kit_id,), gates=GATES)
    await licensed.rollouts.plan(plan, actor=ACTOR)
    found = await dry_run(licensed)
    assert {(one.name, one.wave) for one in found.schools[0].kits} == {("Pilot", 1), ("Others", 2)}
    assert [(one.store_id, one.needed, one.more) for one in found.shortages] == [(409953471, 5, 4)]


async def test_the_size_of_an_ipads_app_is_the_catalogues(territory: Territory, clock: ManualClock) -> None:
    catalogue = Catalogue(territory.database, clock, Journal(clock), Attachments(territory.folder / "attachments"))
    item = item_of({"kind": "app", "name": "Géométrie", "bundle_id": "fr.example.geo", "size_bytes": 123})
    await catalogue.add(item, actor="test")
    app = App(name="Géométrie", bundle_id="fr.example.geo", store_id=409953471)
    other = App(name="Autre", bundle_id="fr.example.other", store_id=1)
    sizes = CatalogueSizes()
    assert await territory.database.read(lambda conn: sizes.size_of(conn, app)) == 123
    assert await territory.database.read(lambda conn: sizes.size_of(conn, other)) is None


def test_a_change_says_what_comes_goes_and_differs_on_each_platform() -> None:
    before = policy_of({"name": "a", "apps": [READING, GEOMETRY], "restrictions": {"camera": False}})
    after = policy_of(
        {
            "name": "b",
            "apps": [{**READING, "version": "1.3"}, {**GEOMETRY, "package": "fr.example.geo2"}],
            "restrictions": {"camera": False, "siri": False},
            "web_clips": [{"label": "École", "url": "https://ecole.example/"}],
        }
    )
    android, ipad = policy_change(before, after, "android"), policy_change(before, after, "ipad")
    assert [one.identifier for one in android.added] == ["fr.example.geo2"]
    assert [one.identifier for one in android.removed] == ["fr.example.geo"]
    assert [(one.identifier, one.version) for one in android.updated] == [("fr.example.lire", "1.3")]
    assert (ipad.added, ipad.removed, ipad.updated) == ((), (), ())
    assert ("restrictions.siri", None, "false") in {(one.field, one.before, one.after) for one in ipad.settings}
    assert policy_change(before, before, "ipad").is_empty
    assert [one.identifier for one in policy_change(None, after, "ipad").added] == ["fr.example.geo"]


def test_books_that_come_go_and_differ_are_named_where_they_reach_tablets() -> None:
    def book(identifier: str, **more: object) -> dict[str, object]:
        url = f"https://livres.example/{identifier}.pdf"
        return {"name": identifier.title(), "identifier": identifier, "url": url, "kind": "pdf", **more}

    of_store = {"name": "Conte", "identifier": "conte", "store_id": 9}
    before = policy_of({"name": "a", "books": [book("lecture"), book("calcul")]})
    after = policy_of({"name": "a", "books": [book("lecture", version=2), book("chant"), of_store]})
    ipad, android = policy_change(before, after, "ipad"), policy_change(before, after, "android")
    assert [one.identifier for one in ipad.books_added] == ["chant", "conte"]
    assert [one.identifier for one in android.books_added] == ["chant"]
    for change in (ipad, android):
        assert [one.name for one in change.books_removed] == ["Calcul"]
        assert [(one.identifier, one.version) for one in change.books_updated] == [("lecture", 2)]
        assert change.settings == ()
        assert not change.is_empty
    assert policy_change(after, after, "ipad").is_empty


async def test_a_books_size_is_the_catalogues_and_one_that_nobody_knows_is_named(
    territory: Territory, clock: ManualClock
) -> None:
    catalogue = Catalogue(territory.database, clock, Journal(clock), Attachments(territory.folder / "attachments"))
    known = {"kind": "book", "name": "Lecture", "url": "https://livres.example/lecture.pdf", "size_bytes": 3_000_000}
    await catalogue.add(item_of(known), actor="test")
    await territory.agree()
    await territory.kit("Androids", tablets=2)
    await territory.kit("iPads", uai="0590001F", platform=Platform.IPAD, tablets=3)
    books = [
        {"name": "Lecture", "identifier": "lecture", "url": known["url"], "kind": "pdf"},
        {"name": "Conte", "identifier": "conte", "store_id": 9},
    ]
    await territory.publish(books=books)
    found = await dry_run(territory)
    landes, nord = sorted(found.schools, key=lambda school: school.uai)
    assert (landes.download_bytes, landes.unknown) == (2 * 3_000_000, ())
    assert (nord.download_bytes, nord.unknown) == (3 * 3_000_000, ("Conte",))
    lines = "\n".join(dry_run_lines(Catalogs("profiles").for_language("en"), found, clock.ms()))
    assert "Lecture (lecture, version 1)" in lines


def _picture() -> str:
    return base64.b64encode(PICTURE).decode()
