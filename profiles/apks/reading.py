"""What an APK says of itself, read with pyaxmlparser, and its signing certificate.

Source: Android, "APK Signature Scheme v2/v3" and v1 (JAR). The signature itself is checked by the tablet. Limits come
first, since the file may be anything.
"""

import hashlib
import re
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from mdm.errors import Words
from mdm.i18n import N_
from profiles.apks.errors import ApkUnreadable, ApkUnsigned

LARGEST = 2 * 1024**3
_UNPACKED = 4 * LARGEST
_ENTRIES = 100_000
_MANIFEST = "AndroidManifest.xml"
_MANIFEST_BYTES = 4 * 1024**2
_RESOURCES_BYTES = 256 * 1024**2
_PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+")
_TEXT = 200
_OTHER_SPLITS = (".apks", ".apkm")


class ApkFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What was read; see `profiles.apks.apk.Apk`."""

    package: str
    version_name: str
    version_code: int
    label: str
    min_sdk: int
    abis: tuple[str, ...]
    permissions: tuple[str, ...]
    signer: str
    split: bool = False


def read_apk(path: Path) -> ApkFacts:
    """Read an APK, or an XAPK by its name; raise `ApkUnreadable` or `ApkUnsigned`. Takes up to seconds."""
    if path.stat().st_size > LARGEST:
        raise ApkUnreadable(file=path.name, reason=Words(N_("it is larger than 2 GiB")))
    if path.suffix.lower() in _OTHER_SPLITS:
        raise ApkUnreadable(
            file=path.name, reason=Words(N_("the agent installs split files from .xapk alone: pack it again"))
        )
    return _read_split(path) if path.suffix.lower() == ".xapk" else _read_single(path, path.name)


def _read_single(path: Path, name: str) -> ApkFacts:
    entries = _checked_entries(path, name)
    _require_undamaged(path, name, entries)
    abis = _abis(entries)
    apk = _parsed(path, name)
    try:
        package, version_name, code = apk.package, apk.version_name, apk.version_code
        label, sdk, permissions = apk.application, apk.get_min_sdk_version(), apk.get_permissions()
        signer = _signer(apk)
    except Exception as error:
        # The library raises whatever its reading of a broken file leads to.
        raise ApkUnreadable(file=name, reason=Words(N_("its manifest or its signature is broken"))) from error
    if not isinstance(package, str) or not _PACKAGE.fullmatch(package) or len(package) > _TEXT:
        raise ApkUnreadable(file=name, reason=Words(N_("it names no package")))
    if signer is None:
        raise ApkUnsigned(file=name)
    version_code = _number(code)
    if version_code is None:
        raise ApkUnreadable(file=name, reason=Words(N_("it has no version")))
    return ApkFacts(
        package=package,
        version_name=_text(version_name) or str(version_code),
        version_code=version_code,
        label=_text(label),
        min_sdk=_number(sdk) or 1,
        abis=abis,
        permissions=tuple(sorted({_text(one) for one in permissions})),
        signer=signer,
    )


def _read_split(path: Path) -> ApkFacts:
    """Read an XAPK: APKs at the top of an archive, one of them the base, all of one version and one signer."""
    entries = [entry for entry in _checked_entries(path, path.name, manifest=False) if "/" not in entry.filename]
    parts = [entry for entry in entries if entry.filename.lower().endswith(".apk")]
    if not parts or sum(part.file_size for part in parts) > LARGEST:
        raise ApkUnreadable(file=path.name, reason=Words(N_("it holds no APK, or too much")))
    facts: list[ApkFacts] = []
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
        for place, part in enumerate(parts):
            unpacked = Path(folder) / f"{place}.apk"
            _unpack(archive, part, unpacked, path.name)
            facts.append(_read_single(unpacked, part.filename))
            unpacked.unlink()
    base = next((one for one in facts if one.label), facts[0])
    if len({(one.package, one.version_code, one.signer) for one in facts}) != 1:
        raise ApkUnreadable(
            file=path.name, reason=Words(N_("its parts are not of one app, one version and one signer"))
        )
    abis = tuple(sorted({abi for one in facts for abi in one.abis}))
    return msgspec.structs.replace(base, abis=abis, split=True)


def _checked_entries(path: Path, name: str, *, manifest: bool = True) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except PermissionError as error:
        raise ApkUnreadable(file=name, reason=Words(N_("you may not read it"))) from error
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError) as error:
        raise ApkUnreadable(file=name, reason=Words(N_("it is not a whole ZIP archive"))) from error
    if len(entries) > _ENTRIES:
        raise ApkUnreadable(file=name, reason=Words(N_("it has too many entries")))
    sizes = {entry.filename: entry.file_size for entry in entries}
    if manifest and _MANIFEST not in sizes:
        raise ApkUnreadable(file=name, reason=Words(N_("it has no manifest")))
    if sizes.get(_MANIFEST, 0) > _MANIFEST_BYTES or sizes.get("resources.arsc", 0) > _RESOURCES_BYTES:
        raise ApkUnreadable(file=name, reason=Words(N_("its manifest or its resources are too large")))
    return entries


def _require_undamaged(path: Path, name: str, entries: list[zipfile.ZipInfo]) -> None:
    """Compare every entry with its checksum: a tablet would refuse a damaged file only after it has fetched it."""
    if sum(entry.file_size for entry in entries) > _UNPACKED:
        raise ApkUnreadable(file=name, reason=Words(N_("it is too large when it is unpacked")))
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError) as error:
        raise ApkUnreadable(file=name, reason=Words(N_("its content is damaged"))) from error
    if damaged is not None:
        raise ApkUnreadable(file=name, reason=Words(N_("its content is damaged")))


def _parsed(path: Path, name: str) -> Any:
    # Heavy, and wanted by technicians' uploads alone.
    from pyaxmlparser import APK

    try:
        return APK(str(path))
    except Exception as error:
        raise ApkUnreadable(file=name, reason=Words(N_("its manifest is broken"))) from error


def _unpack(archive: zipfile.ZipFile, part: zipfile.ZipInfo, target: Path, name: str) -> None:
    try:
        with archive.open(part) as source, target.open("wb") as written:
            left = part.file_size
            while chunk := source.read(1 << 20):
                left -= len(chunk)
                if left < 0:
                    raise ApkUnreadable(file=name, reason=Words(N_("a part is larger than it says")))
                written.write(chunk)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError) as error:
        raise ApkUnreadable(file=name, reason=Words(N_("a part cannot be unpacked"))) from error


def _abis(entries: list[zipfile.ZipInfo]) -> tuple[str, ...]:
    paths = [PurePosixPath(entry.filename).parts for entry in entries]
    return tuple(sorted({parts[1] for parts in paths if len(parts) == 3 and parts[0] == "lib"}))


def _signer(apk: Any) -> str | None:
    """Return the digest of the signing certificate: of the newest scheme that there is, as Android does."""
    for read in (apk.get_certificates_der_v3, apk.get_certificates_der_v2):
        found = read()
        if found:
            return hashlib.sha256(bytes(found[0])).hexdigest()
    names = apk.get_signature_names()
    return hashlib.sha256(bytes(apk.get_certificate_der(names[0]))).hexdigest() if names else None


def _text(value: object) -> str:
    return "".join(one for one in str(value or "") if one.isprintable())[:_TEXT]


def _number(value: object) -> int | None:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
