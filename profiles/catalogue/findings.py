"""What a machine fills in: an APK's permissions, size and known trackers. Each finding names the file it comes from.

Nothing is taken from the page of a public store.
"""

import hashlib
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from mdm.errors import Words
from mdm.i18n import N_
from profiles.apks.apk import Apk
from profiles.apks.errors import ApkUnreadable
from profiles.apks.reading import ApkFacts, read_apk
from profiles.catalogue.dex import DexUnreadable, class_names
from profiles.catalogue.item import Part
from profiles.catalogue.trackers import Purpose, known_trackers, trackers_among

_DEX = re.compile(r"classes\d*\.dex")
_DEX_BYTES = 128 * 1024**2
_ALL_DEX_BYTES = 512 * 1024**2
_BROKEN = (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError)
"""What reading a broken archive raises."""


class FoundTracker(Part, frozen=True, kw_only=True):
    """A tracker whose code is in the file, as the list of trackers had it then."""

    id: str
    name: str
    publisher: str
    purpose: Purpose
    prefixes: tuple[str, ...]


class ApkFindings(Part, frozen=True, kw_only=True):
    """What was found in one APK. ``source`` is ``apk:`` and the file's SHA-256.

    ``classes``: how many were looked at; ``unread``: parts of the file whose classes could not be read;
    ``tracker_list``: the version of the list of trackers.
    """

    source: str
    package: str
    version_name: str
    version_code: int
    size_bytes: int
    permissions: tuple[str, ...] = ()
    trackers: tuple[FoundTracker, ...] = ()
    classes: int = 0
    unread: tuple[str, ...] = ()
    tracker_list: str


def findings_of(path: Path) -> ApkFindings:
    """Look at an APK or XAPK, by its name; raise `ApkUnreadable` or `ApkUnsigned`. Takes up to many seconds."""
    facts = read_apk(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return _findings(path, facts, digest=digest, size=path.stat().st_size)


def findings_of_stored(apk: Apk, path: Path) -> ApkFindings:
    """Look at a file of the APK store, which lies at ``path``; raise `ApkUnreadable`. Takes up to many seconds."""
    return _findings(path, apk, digest=apk.hash, size=apk.size)


def _findings(path: Path, facts: ApkFacts | Apk, *, digest: str, size: int) -> ApkFindings:
    classes: set[str] = set()
    unread: list[str] = []
    try:
        for name, names in _classes(path, split=facts.split):
            if names is None:
                unread.append(name)
            else:
                classes |= names
    except _BROKEN as error:
        raise ApkUnreadable(file=path.name, reason=Words(N_("a part cannot be unpacked"))) from error
    found = tuple(
        FoundTracker(id=one.id, name=one.name, publisher=one.publisher, purpose=one.purpose, prefixes=prefixes)
        for one, prefixes in trackers_among(classes)
    )
    return ApkFindings(
        source=f"apk:{digest}",
        package=facts.package,
        version_name=facts.version_name,
        version_code=facts.version_code,
        size_bytes=size,
        permissions=facts.permissions,
        trackers=found,
        classes=len(classes),
        unread=tuple(sorted(unread)),
        tracker_list=known_trackers().version,
    )


def _classes(path: Path, *, split: bool) -> Iterator[tuple[str, set[str] | None]]:
    """Yield the name of each DEX file with its classes, or None where they cannot be read."""
    budget = [_ALL_DEX_BYTES]
    if not split:
        yield from _classes_of_apk(path, "", budget)
        return
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
        for entry in archive.infolist():
            if "/" not in entry.filename and entry.filename.lower().endswith(".apk"):
                part = Path(folder) / "part.apk"
                with archive.open(entry) as packed, part.open("wb") as unpacked:
                    _copy(packed, unpacked, entry.file_size)
                yield from _classes_of_apk(part, f"{entry.filename}/", budget)


def _classes_of_apk(path: Path, within: str, budget: list[int]) -> Iterator[tuple[str, set[str] | None]]:
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if not _DEX.fullmatch(entry.filename):
                continue
            name = f"{within}{entry.filename}"
            if entry.file_size > min(_DEX_BYTES, budget[0]):
                yield name, None
                continue
            budget[0] -= entry.file_size
            try:
                with archive.open(entry) as packed:
                    yield name, class_names(packed.read(_DEX_BYTES + 1))
            except (DexUnreadable, *_BROKEN):
                yield name, None


def _copy(packed: IO[bytes], unpacked: IO[bytes], size: int) -> None:
    """Copy what an entry says that it holds, and no more."""
    left = size
    while left > 0 and (chunk := packed.read(min(left, 1 << 20))):
        unpacked.write(chunk)
        left -= len(chunk)
