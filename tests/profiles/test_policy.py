"""A policy is strict: what is wrong is named with its place and what would be right."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.clock import ManualClock
from mdm.journal import Journal
from mdm.settings import Keys, Settings
from mdm.settings import Server as ServerSettings
from mdm.store import Database
from mdm.vault import Vault
from profiles.charter.errors import EditionNotVerified, EditionTooOld
from profiles.compilers import Compilers, compilers_of
from profiles.errors import PolicyInvalid, SecretUnknown
from profiles.policy import load_policy
from profiles.targets import AgreedTargets
from tests.charter.agreeing_in_store import Agreement


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
        ('name = "a"\nname = "b"', "policy.toml", ""),
    ],
)
def test_each_mistake_is_named(text: str, where: str, reason: str) -> None:
    with pytest.raises(PolicyInvalid) as raised:
        load_policy(text.encode())
    assert raised.value.params["where"] == where
    assert reason in str(raised.value.params["reason"])


@given(st.binary(max_size=200))
def test_bytes_that_are_no_edition_are_refused_and_nothing_worse(body: bytes) -> None:
    for name in ("x.toml", "x.json"):
        try:
            load_policy(body, name)
        except PolicyInvalid:
            continue


def compilers(folder: Path) -> Compilers:
    settings = Settings(server=ServerSettings(data_dir=str(folder)), keys=Keys(folder=str(folder)))
    return compilers_of(settings, Vault(bytes(32)))


async def test_a_policy_that_names_an_unknown_secret_is_published_when_the_secret_is_there(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    settings = msgspec.structs.replace(Settings(), keys=Keys(folder=str(tmp_path)))
    agreement = Agreement(database, clock, Journal(clock), Vault(bytes(32)), settings)
    text = 'name = "a"\n[[wifi]]\nssid = "x"\npassword_secret = "school"\n'
    with pytest.raises(SecretUnknown):
        await agreement.agree(text)
    assert (await agreement.charter.editions.head()).number == 1
    (tmp_path / "secrets.toml").write_text('school = "correct horse"\n', encoding="utf-8")
    published = await agreement.charter.editions.publish(actor="test")
    assert published.record.state.policy["name"] == "a"


async def test_a_tablets_target_is_its_kits_edition_or_else_its_schools_or_else_the_current_one(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    agreement = Agreement(database, clock, Journal(clock), Vault(bytes(32)))
    following = agreement.charter.following
    targets = AgreedTargets(clock, compilers(tmp_path), agreement.charter.agreed)
    await database.write(_one_tablet)

    async def policy_id() -> str | None:
        target = await database.write(lambda conn: targets.target_for(conn, "t1"))
        return None if target is None else target.policy_id

    async def follow(edition_id: str, **whom: str) -> None:
        await database.write(lambda conn: following.follow(conn, edition_id, actor="test", **whom))

    assert await policy_id() is None
    first = await agreement.agree('name = "first"')
    assert await policy_id() == load_policy(b'name = "first"').policy_id
    await agreement.decide("review", changes=[{"op": "adopt", "policy": {"name": "second"}}])
    second = (await agreement.charter.editions.publish(actor="test")).record
    assert await policy_id() == load_policy(b'name = "first"').policy_id
    await follow(second.edition_id, uai="0400377T")
    assert await policy_id() == load_policy(b'name = "second"').policy_id
    await follow(first.edition_id, kit_id="k1")
    assert await policy_id() == load_policy(b'name = "first"').policy_id
    await agreement.decide("review", changes=[{"op": "adopt", "policy": {"name": "third"}}])
    await agreement.charter.editions.publish(actor="test")
    await database.write(lambda conn: following.set_current(conn, second.edition_id, actor="test"))
    with pytest.raises(EditionTooOld):
        await follow(first.edition_id, kit_id="k1")
    with pytest.raises(EditionNotVerified):
        await follow("none such", kit_id="k1")


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
