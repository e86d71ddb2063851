"""The application files that the simulator makes are real ones: Android's own tools take them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from mdm.simulator.apk_maker import ApkFacts, make_apk
from mdm.simulator.apk_signature import SigningKey
from tests.conftest import not_run

pytestmark = pytest.mark.external

FACTS = ApkFacts(
    package="org.example.app",
    version_name="5.2.1",
    version_code=521,
    label="Exemple",
    min_sdk=26,
    permissions=("android.permission.CAMERA",),
    abis=("arm64-v8a",),
    padding=2_500_000,
)


def tool(*arguments: str) -> subprocess.CompletedProcess[str]:
    if shutil.which(arguments[0]) is None:
        not_run(f"{arguments[0]} is not installed")
    return subprocess.run(arguments, capture_output=True, text=True, check=False)


def test_aapt_reads_what_the_file_says(tmp_path: Path) -> None:
    path = tmp_path / "a.apk"
    path.write_bytes(make_apk(FACTS, SigningKey.create("x")))
    said = tool("aapt", "dump", "badging", str(path)).stdout
    assert "package: name='org.example.app' versionCode='521' versionName='5.2.1'" in said
    assert "sdkVersion:'26'" in said
    assert "uses-permission: name='android.permission.CAMERA'" in said
    assert "launchable-activity: name='org.example.app.Main'" in said
    assert "native-code: 'arm64-v8a'" in said


def test_apksigner_accepts_the_signature_and_refuses_a_changed_byte(tmp_path: Path) -> None:
    key = SigningKey.create("x")
    path = tmp_path / "a.apk"
    body = bytearray(make_apk(FACTS, key))
    path.write_bytes(bytes(body))
    checked = tool("apksigner", "verify", "--min-sdk-version", "26", "--print-certs", str(path))
    assert checked.returncode == 0
    assert key.certificate_digest in checked.stdout
    body[len(body) // 2] ^= 1
    path.write_bytes(bytes(body))
    assert tool("apksigner", "verify", "--min-sdk-version", "26", str(path)).returncode != 0
