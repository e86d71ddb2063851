"""The APK store: what a file says is read from it, and a wrong file is refused with the reason."""

import os
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdm.clock import ManualClock
from mdm.i18n import Catalogs
from mdm.journal import Journal
from mdm.simulator.apk_maker import ApkFacts, make_apk, make_xapk
from mdm.simulator.apk_signature import SigningKey
from mdm.store import Database
from profiles.apks.apk_store import apk_for
from profiles.apks.apks import Apks
from profiles.apks.errors import (
    ApkConflict,
    ApkNotKept,
    ApkOlder,
    ApkUnknown,
    ApkUnreadable,
    ApkUnsigned,
    SignerChanged,
)
from profiles.apks.reading import read_apk

PUBLISHER = SigningKey.create("Publisher")


def facts(code: int = 1, **more: object) -> ApkFacts:
    known = {"package": "org.example.app", "version_name": f"1.{code}", "version_code": code, "label": "Exemple"}
    return ApkFacts(**{**known, **more})  # type: ignore[arg-type]


def damaged(body: bytes) -> bytes:
    """The same file with one byte changed in the middle of its content."""
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]


@pytest.fixture
def apks(database: Database, clock: ManualClock, tmp_path: Path) -> Apks:
    return Apks(database, clock, Journal(clock), tmp_path / "apks")


def file(folder: Path, name: str, body: bytes) -> Path:
    path = folder / name
    path.write_bytes(body)
    return path


async def test_a_file_says_what_it_is(apks: Apks, tmp_path: Path) -> None:
    wanted = facts(7, min_sdk=28, permissions=("android.permission.CAMERA",), abis=("arm64-v8a", "x86_64"))
    apk = await apks.add(file(tmp_path, "a.apk", make_apk(wanted, PUBLISHER)), actor="test")
    assert (apk.package, apk.version_name, apk.version_code, apk.label) == ("org.example.app", "1.7", 7, "Exemple")
    assert (apk.min_sdk, apk.abis, apk.permissions) == (28, ("arm64-v8a", "x86_64"), ("android.permission.CAMERA",))
    assert apk.signer == PUBLISHER.certificate_digest
    assert apks.path_of(apk.hash).read_bytes() == (tmp_path / "a.apk").read_bytes()
    assert [one.hash for one in await apks.list()] == [apk.hash]


async def test_the_same_content_twice_is_one_file(apks: Apks, tmp_path: Path) -> None:
    path = file(tmp_path, "a.apk", make_apk(facts(), PUBLISHER))
    assert (await apks.add(path, actor="test")).hash == (await apks.add(path, actor="test")).hash
    assert len(await apks.list()) == 1


async def test_a_downgrade_a_changed_signer_and_a_twin_are_refused_and_leave_nothing(
    apks: Apks, tmp_path: Path
) -> None:
    await apks.add(file(tmp_path, "a.apk", make_apk(facts(5), PUBLISHER)), actor="test")
    wrong = {
        ApkOlder: make_apk(facts(4), PUBLISHER),
        SignerChanged: make_apk(facts(6), SigningKey.create("Somebody")),
        ApkConflict: make_apk(facts(5, label="Autre"), PUBLISHER),
    }
    for error, body in wrong.items():
        with pytest.raises(error):
            await apks.add(file(tmp_path, "b.apk", body), actor="test")
    assert len(await apks.list()) == 1
    assert len(list((tmp_path / "apks").iterdir())) == 1


async def test_a_folder_comes_in_oldest_first_and_one_refusal_stops_nothing(apks: Apks, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    file(folder, "a.apk", make_apk(facts(2), PUBLISHER))
    file(folder, "b.apk", make_apk(facts(1), PUBLISHER))
    file(folder, "c.apk", b"no archive")
    file(folder, "d.txt", b"not looked at")
    taken = {one.file: one for one in await apks.add_folder(folder, actor="test")}
    assert taken["a.apk"].apk is not None
    assert taken["b.apk"].apk is not None
    assert isinstance(taken["c.apk"].refused, ApkUnreadable)
    assert len(taken) == 3


async def test_the_file_for_a_tablets_own_code_is_chosen(apks: Apks, tmp_path: Path, database: Database) -> None:
    for abi, code in (("arm64-v8a", 3), ("armeabi-v7a", 4), ("x86_64", 5)):
        await apks.add(file(tmp_path, f"{abi}.apk", make_apk(facts(code, abis=(abi,)), PUBLISHER)), actor="test")

    async def chosen(abi: str, version: str | None = None) -> str | None:
        found = await database.read(lambda conn: apk_for(conn, "org.example.app", abi=abi, version_name=version))
        return found.version_name if found is not None else None

    assert await chosen("arm64-v8a") == "1.3"
    assert await chosen("armeabi-v7a") == "1.4"
    assert await chosen("arm64-v8a", "1.4") == "1.4"
    assert await chosen("arm64-v8a", "1.5") is None
    assert await chosen("mips") is None


async def test_split_files_of_one_app_are_one(apks: Apks, tmp_path: Path) -> None:
    base = make_apk(facts(3), PUBLISHER)
    split = make_apk(facts(3, split="config.arm64_v8a", abis=("arm64-v8a",), label=""), PUBLISHER)
    whole = make_xapk([("base.apk", base), ("config.arm64_v8a.apk", split)])
    apk = await apks.add(file(tmp_path, "a.xapk", whole), actor="test")
    assert (apk.split, apk.abis, apk.label) == (True, ("arm64-v8a",), "Exemple")
    assert apk.file_name.endswith(".xapk")
    mixed = make_xapk([("base.apk", base), ("other.apk", make_apk(facts(4), PUBLISHER))])
    with pytest.raises(ApkUnreadable):
        await apks.add(file(tmp_path, "b.xapk", mixed), actor="test")


async def test_an_unsigned_file_is_refused(apks: Apks, tmp_path: Path) -> None:
    with zipfile.ZipFile(file(tmp_path, "s.apk", make_apk(facts(), PUBLISHER))) as signed:
        manifest = signed.read("AndroidManifest.xml")
    with zipfile.ZipFile(tmp_path / "u.apk", "w") as archive:
        archive.writestr("AndroidManifest.xml", manifest)
    with pytest.raises(ApkUnsigned):
        await apks.add(tmp_path / "u.apk", actor="test")


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("a.apk", b"", "it is not a whole ZIP archive"),
        ("a.apk", make_apk(facts(), PUBLISHER)[:-40], "whole ZIP"),
        ("a.apk", damaged(make_apk(facts(padding=200_000), PUBLISHER)), "its content is damaged"),
        ("a.xapk", make_xapk([("a.apk", damaged(make_apk(facts(padding=200_000), PUBLISHER)))]), "its content"),
        ("a.apks", b"PK", "the agent installs split files from .xapk alone"),
        ("a.xapk", make_xapk([]), "it holds no APK"),
        ("a.xapk", make_xapk([("base.apk", b"broken")]), "it is not a whole ZIP archive"),
    ],
)
async def test_a_corrupt_file_is_refused_with_the_reason_in_both_languages(
    apks: Apks, tmp_path: Path, name: str, body: bytes, reason: str
) -> None:
    with pytest.raises(ApkUnreadable) as refused:
        await apks.add(file(tmp_path, name, body), actor="test")
    french, english = (refused.value.text(Catalogs("profiles").for_language(one)) for one in ("fr", "en"))
    assert reason in english
    assert reason not in french
    assert await apks.list() == []
    assert not (tmp_path / "apks").exists()


async def test_a_store_that_cannot_take_a_file_says_so_and_keeps_nothing(apks: Apks, tmp_path: Path) -> None:
    (tmp_path / "apks").write_text("in the way")
    with pytest.raises(ApkNotKept):
        await apks.add(file(tmp_path, "a.apk", make_apk(facts(), PUBLISHER)), actor="test")
    assert await apks.list() == []


async def test_a_file_is_removed_by_its_hash(apks: Apks, tmp_path: Path) -> None:
    apk = await apks.add(file(tmp_path, "a.apk", make_apk(facts(), PUBLISHER)), actor="test")
    with pytest.raises(ApkUnknown):
        await apks.remove("ffffff", actor="test")
    await apks.remove(apk.hash[:12], actor="test")
    assert await apks.list() == []
    assert not apks.path_of(apk.hash).exists()


def test_each_version_has_a_file_name_of_its_own(tmp_path: Path) -> None:
    from tests.android.conftest import apk

    names = {apk(code=code, package="com.hmdm.launcher").file_name for code in range(1, 50)}
    assert len(names) == 49
    assert not any(name.endswith("master.apk") for name in names)


WHOLE = make_apk(facts(), PUBLISHER)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(data=st.data())
def test_a_broken_file_is_read_or_refused_and_nothing_else(tmp_path: Path, data: st.DataObject) -> None:
    whole = bytearray(WHOLE)
    match data.draw(st.sampled_from(["cut", "flip", "noise"])):
        case "cut":
            whole = whole[: data.draw(st.integers(0, len(whole)))]
        case "flip":
            for _ in range(data.draw(st.integers(1, 8))):
                place = data.draw(st.integers(0, len(whole) - 1))
                whole[place] ^= data.draw(st.integers(1, 255))
        case _:
            whole = bytearray(data.draw(st.binary(max_size=300)))
    path = tmp_path / f"{os.getpid()}.apk"
    path.write_bytes(bytes(whole))
    with suppress(ApkUnreadable, ApkUnsigned):
        assert read_apk(path).package
