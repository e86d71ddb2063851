"""Files that a code or a configuration names: there at once for a plain request, whole, and under no other name."""

import base64
import hashlib
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from enrollment.kit_codes import KitCode
from mdm.composition import kit_codes_of
from mdm.simulator.apk_maker import ApkFacts, make_apk
from mdm.simulator.apk_signature import SigningKey
from tests.android.conftest import DEVICE_URL, AgentSite, MakeTablet

PUBLISHER = SigningKey.create("Publisher")
APP, AGENT = "org.example.app", "com.hmdm.launcher"
EXTRA = "android.app.extra.PROVISIONING_"
WITH_APP = f'name = "A"\n[[apps]]\nname = "App"\npackage = "{APP}"\n'
WITH_FILES = (
    'name = "A"\n[[android.files]]\npath = "a/b.txt"\ncontent = "aGVsbG8="\n'
    '[[web_clips]]\nlabel = "W"\nurl = "https://w.fr"\nicon = "iVBORw0KGgp4"\n'
)


async def add(site: AgentSite, tmp_path: Path, package: str, code: int = 1, **more: Any) -> bytes:
    facts = ApkFacts(package=package, version_name=f"{code}.0", version_code=code, label=package, **more)
    body = make_apk(facts, PUBLISHER)
    path = tmp_path / f"{package}-{code}.apk"
    path.write_bytes(body)
    await site.apks.add(path, actor="test")
    return body


async def fetch(site: AgentSite, url: str, **headers: str) -> tuple[int, bytes, Any]:
    """Fetch as Android's provisioner does: nothing but the address, no redirect followed."""
    assert url.startswith(f"{DEVICE_URL}/")
    address = site.url + url.removeprefix(DEVICE_URL)
    async with aiohttp.ClientSession() as http, http.get(address, headers=headers, allow_redirects=False) as answer:
        return answer.status, await answer.read(), answer.headers


async def code_of(site: AgentSite) -> KitCode:
    agreed = site.agreement.charter.agreed
    codes = kit_codes_of(site.database, site.clock, site.journal, site.vault, site.settings, agreed)
    [made] = await codes.codes(site.kit_id, slots=False, lifetime=timedelta(hours=1), actor="test")
    return made


def listed(configuration: dict[str, Any], package: str) -> dict[str, Any]:
    [found] = [one for one in configuration["applications"] if one["pkg"] == package]
    return dict(found)


async def test_the_code_names_the_agents_file_and_the_checksum_of_its_very_bytes(
    site: AgentSite, tmp_path: Path
) -> None:
    body = await add(site, tmp_path, AGENT, padding=300_000)
    said = json.loads((await code_of(site)).address)
    status, got, headers = await fetch(site, said[f"{EXTRA}DEVICE_ADMIN_PACKAGE_DOWNLOAD_LOCATION"])
    assert (status, got == body, headers["content-length"]) == (200, True, str(len(body)))
    checksum = base64.urlsafe_b64encode(hashlib.sha256(got).digest()).rstrip(b"=").decode()
    assert said[f"{EXTRA}DEVICE_ADMIN_PACKAGE_CHECKSUM"] == checksum


async def test_a_newer_agent_gives_new_codes_and_the_old_address_still_works(site: AgentSite, tmp_path: Path) -> None:
    old = await add(site, tmp_path, AGENT, 1)
    first = json.loads((await code_of(site)).address)
    new = await add(site, tmp_path, AGENT, 2)
    second = json.loads((await code_of(site)).address)
    key = f"{EXTRA}DEVICE_ADMIN_PACKAGE_DOWNLOAD_LOCATION"
    assert (await fetch(site, first[key]))[1] == old
    assert (await fetch(site, second[key]))[1] == new


async def test_every_app_of_a_configuration_is_there_at_once(
    site: AgentSite, tablet: MakeTablet, tmp_path: Path
) -> None:
    bodies = {package: await add(site, tmp_path, package, padding=200_000) for package in (APP, AGENT)}
    await site.load(WITH_APP)
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    for package, body in bodies.items():
        url = listed(one.configuration, package)["url"]
        status, got, headers = await fetch(site, url)
        assert (status, got == body) == (200, True)
        assert headers["content-length"] == str(len(body))
        assert "content-encoding" not in headers
        assert "transfer-encoding" not in headers
        assert re.fullmatch(r"[A-Za-z0-9._-]+\.apk", url.rsplit("/", 1)[1])
        assert not url.endswith("master.apk")
        assert "?" not in url
        assert (await fetch(site, url, Range="bytes=5-9"))[1] == body[5:10]


async def test_each_version_has_another_address(site: AgentSite, tablet: MakeTablet, tmp_path: Path) -> None:
    await site.load(WITH_APP)
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    seen = set()
    for code in (1, 2):
        await add(site, tmp_path, APP, code)
        await one.fetch()
        seen.add(listed(one.configuration, APP)["url"].rsplit("/", 1)[1])
    assert len(seen) == 2


async def test_the_file_is_the_one_for_the_machine_code_that_the_agent_says(
    site: AgentSite, tablet: MakeTablet, tmp_path: Path
) -> None:
    await add(site, tmp_path, APP, 1, abis=("arm64-v8a",))
    await add(site, tmp_path, APP, 2, abis=("x86_64",))
    await site.load(WITH_APP)
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    assert listed(one.configuration, APP)["version"] == "1.0"
    await one.fetch(headers={"X-CPU-Arch": "x86_64"})
    assert listed(one.configuration, APP)["version"] == "2.0"
    await one.fetch(headers={"X-CPU-Arch": "mips"})
    assert all(entry["pkg"] != APP for entry in one.configuration["applications"])


async def test_an_app_that_needs_a_newer_android_waits_until_the_tablet_said_that_it_has_it(
    site: AgentSite, tablet: MakeTablet, tmp_path: Path
) -> None:
    await add(site, tmp_path, APP, 1, min_sdk=26)
    await add(site, tmp_path, APP, 2, min_sdk=33)
    await add(site, tmp_path, APP, 3, min_sdk=34)
    await site.load(WITH_APP)
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    assert listed(one.configuration, APP)["version"] == "1.0"
    for said, version in (("13", "2.0"), ("14", "3.0"), ("8.1.0", "1.0"), ("13.1", "2.0")):
        await one.report(androidVersion=said)
        assert [message["messageType"] for message in (await one.poll()).data][-1] == "configUpdated"
        await one.fetch()
        assert listed(one.configuration, APP)["version"] == version


@pytest.mark.parametrize("version", ["²", "", "999999999999", "-1", "Tiramisu", "14" * 90, "\u0661\u0663"])
async def test_a_strange_android_version_is_the_oldest(
    site: AgentSite, tablet: MakeTablet, tmp_path: Path, version: str
) -> None:
    await add(site, tmp_path, APP, 1, min_sdk=28)
    await site.load(WITH_APP)
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    assert (await one.report(androidVersion=version)).status == 200
    assert (await one.fetch()).status == 200
    assert all(entry["pkg"] != APP for entry in one.configuration["applications"])


async def test_a_file_that_was_removed_is_offered_no_more(site: AgentSite, tablet: MakeTablet, tmp_path: Path) -> None:
    await add(site, tmp_path, APP)
    await site.load(WITH_APP)
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    url = listed(one.configuration, APP)["url"]
    [apk] = await site.apks.list()
    await site.apks.remove(apk.hash, actor="test")
    assert (await fetch(site, url))[0] == 404
    await one.fetch()
    assert all(entry["pkg"] != APP for entry in one.configuration["applications"])


async def test_only_the_whole_address_opens_a_file_and_it_is_never_logged(site: AgentSite, tmp_path: Path) -> None:
    await add(site, tmp_path, AGENT)
    url = json.loads((await code_of(site)).address)[f"{EXTRA}DEVICE_ADMIN_PACKAGE_DOWNLOAD_LOCATION"]
    begun, name = url.rsplit("/", 1)
    digest, token = begun.rsplit("/", 1)[1].split("-", 1)
    with capture_logs() as logs:
        for wrong in (
            f"{DEVICE_URL}/files/{digest}/{name}",
            f"{DEVICE_URL}/files/{digest}-/{name}",
            f"{DEVICE_URL}/files/{digest}-{token[:-1]}/{name}",
            f"{DEVICE_URL}/files/{digest[:-1]}-{token}/{name}",
            f"{DEVICE_URL}/files/{digest}-{token}/other.apk",
            f"{DEVICE_URL}/files/{digest}-{token}",
            f"{DEVICE_URL}/files/../{name}",
        ):
            assert (await fetch(site, wrong))[0] == 404, wrong
        assert (await fetch(site, url))[0] == 200
    assert token not in json.dumps(logs)


async def test_files_and_pictures_of_a_configuration_are_there(site: AgentSite, tablet: MakeTablet) -> None:
    await site.load(WITH_FILES)
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    [file] = one.configuration["files"]
    status, got, headers = await fetch(site, file["url"])
    assert (status, got, headers["content-length"]) == (200, b"hello", "5")
    assert (await fetch(site, file["url"], Range="bytes=1-2"))[:2] == (206, b"el")
    assert (await fetch(site, file["url"], Range="bytes=9-"))[0] == 416
    tag = {"If-None-Match": headers["etag"]}
    assert (await fetch(site, file["url"], **tag))[:2] == (304, b"")
    [web] = one.configuration["applications"]
    assert (await fetch(site, web["icon"]))[1].startswith(b"\x89PNG")
