"""The files of photos: JPEG in a folder, each under its SHA-256; written before their row, removed after it.

A file without a row is what a crash, or a report that was refused, leaves; `Photos.sweep` removes it once it is old
enough that no report under way can still name it. Dates of files come from the clock that is handed in.
"""

import asyncio
import hashlib
import os
import re
import secrets
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from pathlib import Path

from mdm.clock import DAY_MS, Clock
from mdm.repairs.fault import Photo
from mdm.repairs.photo_cleaning import clean_photo
from mdm.repairs.photo_errors import PhotoNotKept

GRACE_MS = DAY_MS
"""How long a file without a row is kept: far longer than a report takes."""
_HASH = re.compile(r"[0-9a-f]{64}")
_BATCH = 500


class Photos:
    """Keeps photos in ``folder``, which only the server writes to, one conversion at a time."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        # A decoded photo is large: many at once would fill the memory.
        self._turn = asyncio.Semaphore(1)

    def path_of(self, digest: str) -> Path:
        """Return where the photo with that SHA-256 lies; raise `ValueError` for what is none."""
        if not _HASH.fullmatch(digest):
            raise ValueError("not a SHA-256 in hex")
        return self._folder / digest[:2] / f"{digest}.jpg"

    async def keep(self, body: bytes) -> Photo:
        """Take a photo in, without what it says of its place and date, durably; raise `PhotoRefused`."""
        async with self._turn:
            made = await asyncio.to_thread(clean_photo, body)
        try:
            await asyncio.to_thread(self._write, made.photo.hash, made.body)
        except OSError as error:
            raise PhotoNotKept(reason=error.strerror or type(error).__name__) from error
        return made.photo

    async def content(self, digest: str) -> bytes:
        """Return the bytes of a photo, unchanged since they were written; raise `PhotoNotKept`."""
        try:
            body = await asyncio.to_thread(self.path_of(digest).read_bytes)
        except OSError as error:
            raise PhotoNotKept(reason=error.strerror or type(error).__name__) from error
        if hashlib.sha256(body).hexdigest() != digest:
            raise PhotoNotKept(reason="SHA-256")
        return body

    async def sweep(self, known: Callable[[Collection[str]], Awaitable[Collection[str]]]) -> int:
        """Remove files that have no row and are older than `GRACE_MS`; return how many.

        ``known`` returns those of some hashes that have a row.
        """
        removed = 0
        for old in await asyncio.to_thread(self._old_files):
            for start in range(0, len(old), _BATCH):
                batch = old[start : start + _BATCH]
                kept = set(await known([one for one in batch if _HASH.fullmatch(one)]))
                removed += await asyncio.to_thread(self._remove, [one for one in batch if one not in kept])
        return removed

    async def remove(self, names: Collection[str]) -> int:
        """Remove photos at once, whose rows were erased with their person; return how many there were."""
        return await asyncio.to_thread(self._unlink, [one for one in names if _HASH.fullmatch(one)])

    def _unlink(self, digests: Collection[str]) -> int:
        removed = 0
        for digest in digests:
            with suppress(FileNotFoundError):
                self.path_of(digest).unlink()
                removed += 1
        return removed

    def _write(self, digest: str, body: bytes) -> None:
        target = self.path_of(digest)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = target.parent / f".{secrets.token_hex(8)}"
        try:
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as written:
                written.write(body)
                written.flush()
                self._date(unfinished)
                os.fsync(written.fileno())
            unfinished.rename(target)
            for folder in (target.parent, self._folder, self._folder.parent):
                _make_durable(folder)
        finally:
            unfinished.unlink(missing_ok=True)

    def _date(self, path: Path) -> None:
        moment = self._clock.ms() * 1_000_000
        os.utime(path, ns=(moment, moment))

    def _is_old(self, path: Path) -> bool:
        return path.stat().st_mtime_ns // 1_000_000 < self._clock.ms() - GRACE_MS

    def _old_files(self) -> list[list[str]]:
        """Return what is old, folder by folder: hashes, and names of what was never finished."""
        found = []
        for folder in sorted(self._folder.glob("[0-9a-f][0-9a-f]")):
            old = []
            for path in folder.iterdir():
                with suppress(FileNotFoundError):
                    if self._is_old(path):
                        old.append(path.stem if path.suffix == ".jpg" else f"{folder.name}/{path.name}")
            found.append(sorted(old))
        return found

    def _remove(self, names: Collection[str]) -> int:
        removed = 0
        for name in names:
            path = self.path_of(name) if _HASH.fullmatch(name) else self._folder / name
            aside = path.parent / f".{secrets.token_hex(8)}"
            with suppress(FileNotFoundError):
                # Moved first: whether a report wrote it again meanwhile shows in what was moved.
                path.rename(aside)
                if self._is_old(aside):
                    aside.unlink()
                    removed += 1
                else:
                    aside.rename(path)
        return removed


def _make_durable(folder: Path) -> None:
    """Write the folder itself to disk: without it a new name may be lost with the power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
