"""Android packages as a tablet's installer sees them: read from the file, and refused for Android's reasons."""

import asyncio
import hashlib
import io
import re
import zipfile
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from pyaxmlparser import APK

from mdm.simulator.android.device import InstalledApp, VirtualTablet
from mdm.simulator.android.errors import ApkUnreadable
from mdm.simulator.android.http import Download

_LIBRARY = re.compile(r"lib/([^/]+)/[^/]+\.so")
_KEPT = 256


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """What a package says of itself.

    ``abis`` are those of its native libraries, none when it has none. ``signer`` is the SHA-256 of its certificate in
    hexadecimals, empty when it is not signed; ``size`` in bytes.
    """

    name: str
    version_name: str
    version_code: int
    min_sdk: int = 1
    abis: frozenset[str] = frozenset()
    signer: str = ""
    size: int = 0


ApkReader = Callable[[Download], Awaitable[Package]]
"""Reads a downloaded package (``.apk``, or a zip of split ones); raises `ApkUnreadable`."""


class ApkShelf:
    """Reads packages for many tablets, each content once."""

    def __init__(self, read: Callable[[Path], Package] | None = None) -> None:
        self._read = read or read_package
        self._known: OrderedDict[bytes, Package | str] = OrderedDict()
        self._reading = asyncio.Lock()

    async def __call__(self, download: Download) -> Package:
        """Return what a downloaded package is; raise `ApkUnreadable`."""
        async with self._reading:
            if download.sha256 not in self._known:
                self._known[download.sha256] = await asyncio.to_thread(self._try, download.path)
                while len(self._known) > _KEPT:
                    self._known.popitem(last=False)
            known = self._known[download.sha256]
        if isinstance(known, str):
            raise ApkUnreadable(known)
        return known

    def _try(self, path: Path) -> Package | str:
        try:
            return self._read(path)
        except ApkUnreadable as cause:
            return str(cause)


def read_package(path: Path) -> Package:
    """Read a package from a file, or the base among the split ones at the top level of a zip; raise `ApkUnreadable`."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if "AndroidManifest.xml" in names:
                return _read(path, path.stat().st_size)
            splits = [archive.read(name) for name in names if name.endswith(".apk") and "/" not in name]
        for split in splits:
            if _manifest(split).get_attribute_value("manifest", "split") is None:
                return _read(split, path.stat().st_size)
    except ApkUnreadable:
        raise
    except Exception as cause:  # the library raises whatever a broken file makes happen
        raise ApkUnreadable(f"the package cannot be read: {type(cause).__name__}") from cause
    raise ApkUnreadable("there is no package in the file")


def refusal(tablet: VirtualTablet, package: Package, wanted: str) -> str | None:
    """Return the installer's status when it refuses a package that should be ``wanted``, None when it installs it."""
    here, model = tablet.installed.get(package.name), tablet.spec.model
    if package.name != wanted:
        return "INVALID"
    if package.min_sdk > model.sdk or (package.abis and not package.abis & set(model.abis)):
        return "INCOMPATIBLE"
    if package.size > tablet.free:
        return "STORAGE"
    if here is not None and here.signer and package.signer != here.signer:
        return "CONFLICT"
    if here is not None and package.version_code < here.version_code:
        return "INVALID"
    return None


def installed(package: Package) -> InstalledApp:
    """Return what a tablet has once the package is installed."""
    return InstalledApp(
        package=package.name,
        version_name=package.version_name,
        version_code=package.version_code,
        signer=package.signer,
        size=package.size,
    )


def _manifest(source: Path | bytes) -> APK:
    return APK(source, raw=True) if isinstance(source, bytes) else APK(str(source))


def _read(source: Path | bytes, size: int) -> Package:
    apk = _manifest(source)
    if not apk.package:
        raise ApkUnreadable("the package has no name")
    with zipfile.ZipFile(source if isinstance(source, Path) else io.BytesIO(source)) as archive:
        libraries = [_LIBRARY.fullmatch(name) for name in archive.namelist()]
    return Package(
        name=apk.package,
        version_name=apk.get_androidversion_name() or "",
        version_code=int(apk.get_androidversion_code() or 0),
        min_sdk=int(apk.get_min_sdk_version() or 1),
        abis=frozenset(found[1] for found in libraries if found is not None),
        signer=_signer(apk),
        size=size,
    )


def _signer(apk: APK) -> str:
    """Return the digest of the certificate of the newest signature scheme in the package."""
    for find in (apk.get_certificates_der_v3, apk.get_certificates_der_v2):
        certificates = find()
        if certificates:
            return hashlib.sha256(certificates[0]).hexdigest()
    names = apk.get_signature_names()
    return hashlib.sha256(apk.get_certificate_der(names[0])).hexdigest() if names else ""
