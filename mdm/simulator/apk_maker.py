"""Small, real application files for Android: they install, and do nothing."""

import io
import json
import random
import zipfile
from collections.abc import Sequence

import msgspec

from mdm.simulator.apk_manifest import Element, compiled
from mdm.simulator.apk_signature import SigningKey

_ALIGNED = 4
_LOCAL_HEADER = 30
_PAD = 0xD935
"""The identifier of extra fields that only fill (Android's zipalign)."""


class ApkFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What an application says of itself. ``padding``: bytes that cannot be compressed, to give it a size."""

    package: str
    version_name: str
    version_code: int
    label: str
    min_sdk: int = 26
    target_sdk: int = 34
    permissions: tuple[str, ...] = ()
    abis: tuple[str, ...] = ()
    split: str | None = None
    padding: int = 0


def make_apk(facts: ApkFacts, key: SigningKey) -> bytes:
    """Return the file, aligned and signed."""
    entries = [("AndroidManifest.xml", compiled(_manifest(facts)))]
    entries += [(f"lib/{abi}/libnothing.so", b"\x7fELF") for abi in facts.abis]
    if facts.padding:
        entries.append(("assets/filler", random.Random(facts.package).randbytes(facts.padding)))
    return key.sign(_archive(entries))


def make_xapk(parts: Sequence[tuple[str, bytes]]) -> bytes:
    """Return an XAPK: application files, by name, at the top of one archive."""
    manifest = json.dumps({"xapk_version": 2, "split_apks": [{"file": name} for name, _ in parts]}).encode()
    return _archive([*parts, ("manifest.json", manifest)])


def _manifest(facts: ApkFacts) -> Element:
    plain: dict[str, str | int | bool] = {"package": facts.package}
    if facts.split is not None:
        plain["split"] = facts.split
    launch = Element(
        tag="intent-filter",
        inside=(
            Element(tag="action", android={"name": "android.intent.action.MAIN"}),
            Element(tag="category", android={"name": "android.intent.category.LAUNCHER"}),
        ),
    )
    activity = Element(tag="activity", android={"name": f"{facts.package}.Main", "exported": True}, inside=(launch,))
    application = Element(
        tag="application",
        android={"hasCode": False} if facts.split else {"label": facts.label, "hasCode": False},
        inside=() if facts.split else (activity,),
    )
    return Element(
        tag="manifest",
        android={"versionCode": facts.version_code, "versionName": facts.version_name},
        plain=plain,
        inside=(
            Element(
                tag="uses-sdk",
                android={"minSdkVersion": facts.min_sdk, "targetSdkVersion": facts.target_sdk},
            ),
            *(Element(tag="uses-permission", android={"name": name}) for name in facts.permissions),
            application,
        ),
    )


def _archive(entries: Sequence[tuple[str, bytes]]) -> bytes:
    """Return a ZIP archive of stored entries, each beginning at a multiple of four bytes, always the same."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            begin = written.tell() + _LOCAL_HEADER + len(name.encode())
            if fill := -begin % _ALIGNED:
                # The field has a head of four bytes of its own.
                info.extra = _PAD.to_bytes(2, "little") + fill.to_bytes(2, "little") + b"\0" * fill
            archive.writestr(info, content)
    return written.getvalue()
