"""An edition is strict: what is wrong is named with its place and what would be right."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.clock import ManualClock
from mdm.commands.target import Target
from mdm.journal import Journal, latest_entries
from mdm.settings import Keys, Settings
from mdm.settings import Server as ServerSettings
from mdm.store import Database
from mdm.vault import Vault
from profiles.compilers import Compilers, compilers_of
from profiles.edition import load_edition
from profiles.editions import Editions, EditionTargets
from profiles.errors import EditionInvalid, EditionUnknown, SecretUnknown


@pytest.mark.parametrize(
    ("text", "where", "reason"),
    [
        ('name = "a"\nwaldpaper = "x"', "the top", "did you mean wallpaper?"),
        ("apps = []", "the top", "missing required field `name`"),
        ('name = "a"\n[[apps]]\nname = "x"\nbundle_id = "a.b"', "apps[0]", "store_id or a manifest_url"),
        ('name = "a"\n[restrictions]\ncamera = "no"', "restrictions.camera", "Expected `bool | null`"),
        ('name = "a"\n[restrictions]\ncamra = false', "restrictions", "did you mean camera?"),
        ('name = "a"\n[[wifi]]\nssid = "x"', "wifi[0]", "needs a password_secret"),
        ('name = "a"\n[os_updates]\nversion = "18.1"', "os_updates", "go together"),
        ('name = "a"\nwallpaper = "aGVsbG8="', "wallpaper", "PNG or JPEG"),
        ('name = "a"\n[home_screen]\ndock = ["web:Nowhere"]', "home_screen.dock", "no web clip has the label Nowhere"),
        ('name = "a"\nname = "b"', "edition.toml", ""),
    ],
)
def test_each_mistake_is_named(text: str, where: str, reason: str) -> None:
    with pytest.raises(EditionInvalid) as raised:
        load_edition(text.encode())
    assert raised.value.params["where"] == where
    assert reason in str(raised.value.params["reason"])


@given(st.binary(max_size=200))
def test_bytes_that_are_no_edition_are_refused_and_nothing_worse(body: bytes) -> None:
    for name in ("x.toml", "x.json"):
        try:
            load_edition(body, name)
        except EditionInvalid:
            continue


def compilers(folder: Path) -> Compilers:
    settings = Settings(server=ServerSettings(data_dir=str(folder)), keys=Keys(folder=str(folder)))
    return compilers_of(settings, Vault(bytes(32)))


async def test_an_edition_that_names_an_unknown_secret_is_not_stored(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    editions = Editions(database, clock, Journal(clock), compilers(tmp_path))
    body = b'name = "a"\n[[wifi]]\nssid = "x"\npassword_secret = "school"\n'
    with pytest.raises(SecretUnknown):
        await editions.load(body, "a.toml", actor="cli:test")
    assert await editions.list() == []
    (tmp_path / "secrets.toml").write_text('school = "correct horse"\n', encoding="utf-8")
    await editions.load(body, "a.toml", actor="cli:test")
    assert [one.name for one in await editions.list()] == ["a"]


async def test_loading_twice_is_one_edition_and_one_line_in_the_journal(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    editions = Editions(database, clock, Journal(clock), compilers(tmp_path))
    first = await editions.load(b'name = "a"', "a.toml", actor="cli:test")
    second = await editions.load(b'{"name": "a"}', "a.json", actor="cli:test")
    assert first.edition_id == second.edition_id
    entries = await database.read(latest_entries)
    assert [entry.kind for entry in entries] == ["edition_loaded"]


async def test_a_tablets_target_is_its_kits_edition_or_else_its_schools(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    editions = Editions(database, clock, Journal(clock), compilers(tmp_path))
    targets = EditionTargets(clock, compilers(tmp_path))
    of_school = await editions.load(b'name = "school"', "a.toml", actor="cli:test")
    of_kit = await editions.load(b'name = "kit"', "a.toml", actor="cli:test")
    await database.write(_one_tablet)

    async def target() -> Target | None:
        return await database.write(lambda conn: targets.target_for(conn, "t1"))

    assert await target() is None
    await editions.follow("school", uai="0400377T", actor="cli:test")
    assert (await target() or Target(edition_id="")).edition_id == of_school.edition_id
    await editions.follow(of_kit.edition_id[:8], kit_id="k1", actor="cli:test")
    assert (await target() or Target(edition_id="")).edition_id == of_kit.edition_id
    with pytest.raises(EditionUnknown):
        await editions.follow("none such", kit_id="k1", actor="cli:test")


def _one_tablet(conn: object) -> None:
    for statement in (
        "INSERT INTO territory VALUES ('m', 'MACS')",
        "INSERT INTO commune VALUES ('40018', 'm', 'Audignon')",
        "INSERT INTO school (uai, insee, name) VALUES ('0400377T', '40018', 'École')",
        "INSERT INTO kit (kit_id, uai, name, platform, created_at) VALUES ('k1', '0400377T', 'Lyre', 'ipad', 1)",
        "INSERT INTO tablet (tablet_id, platform, name, state, state_since, created_at)"
        " VALUES ('t1', 'ipad', 'Lyre 01', 'enrolled', 1, 1)",
        "INSERT INTO slot (kit_id, number, name, tablet_id) VALUES ('k1', 1, 'Lyre 01', 't1')",
        "INSERT INTO tablet_report (tablet_id, seen_at, os_version, supervised) VALUES ('t1', 1, '18.1', 1)",
    ):
        conn.run(statement)  # type: ignore[attr-defined]
