"""What a freshly reset tablet makes of a code."""

import asyncio
import base64
import hashlib
import io
import json
import shutil
from typing import Any

import pytest
import qrcode
from hypothesis import given
from hypothesis import strategies as st

from mdm.simulator.android.errors import ProvisioningRefused
from mdm.simulator.android.memory import EnrolOptions
from mdm.simulator.android.provisioning import (
    AgentOptions,
    checksum,
    parse_provisioning,
    read_code,
    read_extras,
    scanned_by_agent,
    typed,
)
from mdm.simulator.errors import ScanError
from tests.conftest import not_run
from tests.simulator_android.headwind import PREFIX, Headwind
from tests.simulator_android.tablets import PUBLISHER, apk

EXTRAS = st.dictionaries(
    st.sampled_from(["BASE_URL", "SERVER_PROJECT", "DEVICE_ID", "DEVICE_ID_USE", "CONFIG", "GROUP", "CONN_RETRY_COUNT"])
    .map("com.hmdm.".__add__),
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.lists(st.text(max_size=3), max_size=2),
)  # fmt: skip


def right_code(**changes: Any) -> str:
    headwind = Headwind()
    headwind.url = "https://host:8443"
    headwind.files["launcher.apk"] = b"the agent"
    values = headwind.provisioning() | {PREFIX + key: value for key, value in changes.items()}
    return json.dumps({key: value for key, value in values.items() if value is not None})


def test_a_right_code_is_understood() -> None:
    read = parse_provisioning(right_code(WIFI_SSID="school", WIFI_SECURITY_TYPE="WPA"))
    assert read.download_url == "https://host:8443/files/launcher.apk"
    assert read.file_digest == hashlib.sha256(b"the agent").digest()
    assert (read.options.base, read.options.project) == ("https://host:8443", "k-kit")
    assert (read.wifi, read.system_apps_stay) == ("school", True)
    assert (read.options.retries, read.options.retry_seconds) == (2, 15)


def test_the_checksum_may_be_padded_or_not_but_is_url_safe() -> None:
    digest = next(d for n in range(999) if b"+" in base64.b64encode(d := hashlib.sha256(str(n).encode()).digest()))
    padded = base64.urlsafe_b64encode(digest).decode()
    for writing in (padded, padded.rstrip("=")):
        assert parse_provisioning(right_code(DEVICE_ADMIN_PACKAGE_CHECKSUM=writing)).file_digest == digest
    with pytest.raises(ProvisioningRefused):
        parse_provisioning(right_code(DEVICE_ADMIN_PACKAGE_CHECKSUM=base64.b64encode(digest).decode()))
    assert checksum(b"the agent") == base64.urlsafe_b64encode(hashlib.sha256(b"the agent").digest()).decode()[:-1]


@pytest.mark.parametrize(
    "changes",
    [
        {"DEVICE_ADMIN_COMPONENT_NAME": None},
        {"DEVICE_ADMIN_COMPONENT_NAME": "com.hmdm.launcher"},
        {"DEVICE_ADMIN_COMPONENT_NAME": "com.other/com.other.AdminReceiver"},
        {"DEVICE_ADMIN_PACKAGE_DOWNLOAD_LOCATION": None},
        {"DEVICE_ADMIN_PACKAGE_DOWNLOAD_LOCATION": "/launcher.apk"},
        {"DEVICE_ADMIN_PACKAGE_DOWNLOAD_LOCATION": "https://host/the launcher.apk"},
        {"DEVICE_ADMIN_PACKAGE_DOWNLOAD_LOCATION": "https://[host/x.apk"},
        {"DEVICE_ADMIN_PACKAGE_CHECKSUM": None},
        {"DEVICE_ADMIN_PACKAGE_CHECKSUM": 5},
        {"DEVICE_ADMIN_PACKAGE_CHECKSUM": "abcde"},
        {"DEVICE_ADMIN_PACKAGE_CHECKSUM": hashlib.sha256(b"x").hexdigest()},
        {"WIFI_SECURITY_TYPE": "WPA2"},
        {"ADMIN_EXTRAS_BUNDLE": "x"},
    ],
)
def test_a_code_that_android_does_not_take(changes: dict[str, Any]) -> None:
    with pytest.raises(ProvisioningRefused):
        parse_provisioning(right_code(**changes))


@pytest.mark.parametrize("text", ["", "https://host/k-1", "[]", "{}", "{"])
def test_a_code_that_is_none(text: str) -> None:
    with pytest.raises(ProvisioningRefused):
        parse_provisioning(text)
    with pytest.raises(ProvisioningRefused):
        scanned_by_agent(text)


def test_a_short_class_name_is_one_too() -> None:
    parse_provisioning(right_code(DEVICE_ADMIN_COMPONENT_NAME="com.hmdm.launcher/.AdminReceiver"))


def test_all_extras_are_read() -> None:
    given_ = {
        "BASE_URL": "https://h", "SECONDARY_BASE_URL": "https://i", "SERVER_PROJECT": "k", "DEVICE_ID_USE": "serial",
        "CUSTOMER": "c", "CONFIG": "12", "GROUP": "a,b", "CERTS": "http://h/a.pem, http://h/b.pem", "OPEN_WIFI": True,
        "SKIP_INTRO": "1", "CONN_RETRY_COUNT": 5, "CONN_RETRY_DELAY": 3,
    }  # fmt: skip
    assert read_extras({f"com.hmdm.{key}": value for key, value in given_.items()}) == AgentOptions(
        base="https://h",
        secondary="https://i",
        project="k",
        number_from="serial",
        enrol=EnrolOptions(customer="c", configuration="12", groups=("a", "b")),
        authorities=("http://h/a.pem", "http://h/b.pem"),
        open_wifi=True,
        skip_intro=True,
        retries=5,
        retry_seconds=3,
    )


def test_an_extra_that_should_be_a_string_and_is_not_counts_as_absent() -> None:
    read = read_extras({"com.hmdm.CONFIG": 12, "com.hmdm.SERVER_PROJECT": True, "com.hmdm.CONN_RETRY_COUNT": "5"})
    assert read == AgentOptions()


def test_a_number_wins_over_how_to_find_one_and_the_base_is_the_second_host_too() -> None:
    read = read_extras(
        {"com.hmdm.BASE_URL": "https://h", "ru.headwind.kiosk.DEVICE_ID": "5A", "com.hmdm.DEVICE_ID_USE": "serial"}
    )
    assert (read.number, read.number_from, read.secondary) == ("5A", None, "https://h")


@given(EXTRAS)
def test_any_extras_are_read(extras: dict[str, Any]) -> None:
    read_extras(extras)


def test_the_agent_reads_the_same_code_itself() -> None:
    read = scanned_by_agent(right_code())
    assert (read.base, read.project, read.number_from, read.retries) == ("https://host:8443", "k-kit", "serial", 1)


def test_a_person_types_an_address_and_a_number() -> None:
    read = typed("https://host:8443/k-kit/", "5A-01")
    assert (read.base, read.secondary, read.project, read.number) == (
        "https://host:8443", "https://host:8443", "k-kit", "5A-01",
    )  # fmt: skip


async def test_a_picture_is_read_by_a_camera(tmp_path) -> None:
    if shutil.which("zbarimg") is None:
        not_run("zbarimg (package zbar-tools) is not installed")
    drawn = io.BytesIO()
    qrcode.make(right_code()).save(drawn, "PNG")
    png = drawn.getvalue()
    picture = tmp_path / "kit.png"
    await asyncio.to_thread(picture.write_bytes, png)
    assert await read_code(png) == await read_code(picture) == right_code()
    with pytest.raises(ScanError):
        await read_code(b"no picture")


async def test_a_tablet_takes_only_the_agent_that_the_code_describes(headwind, make_agent) -> None:
    agent, code = make_agent(), headwind.code()
    right = headwind.files["launcher.apk"]
    for wrong, why in [(right + b"x", "checksum"), (b"", "checksum")]:
        headwind.files["launcher.apk"] = wrong
        with pytest.raises(ProvisioningRefused, match=why):
            await agent.join(code)
    headwind.files["launcher.apk"] = apk("com.example.other")
    with pytest.raises(ProvisioningRefused, match=r"com\.example\.other"):
        await agent.join(headwind.code())
    headwind.files["launcher.apk"] = b"no package"
    with pytest.raises(ProvisioningRefused, match="none"):
        await agent.join(headwind.code())
    headwind.script("file", 404)
    with pytest.raises(ProvisioningRefused, match="404"):
        await agent.join(headwind.code())
    assert not agent.tablet.owned
    assert not headwind.of("config")


async def test_the_signer_may_stand_in_for_the_files_checksum(headwind, make_agent) -> None:
    values = headwind.provisioning()
    del values[PREFIX + "DEVICE_ADMIN_PACKAGE_CHECKSUM"]
    for signer, taken in (("00" * 32, False), (PUBLISHER.certificate_digest, True)):
        digest = base64.urlsafe_b64encode(bytes.fromhex(signer)).decode()
        agent = make_agent()
        code = json.dumps(values | {PREFIX + "DEVICE_ADMIN_SIGNATURE_CHECKSUM": digest})
        if taken:
            await agent.join(code)
        else:
            with pytest.raises(ProvisioningRefused, match="signer"):
                await agent.join(code)
        assert agent.enrolled is taken
