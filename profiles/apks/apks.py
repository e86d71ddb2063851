"""The APK store: files come in by a technician, are checked, kept by their hash, and never change."""

import asyncio
import hashlib
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import structlog

from mdm.clock import Clock
from mdm.errors import ValiseError, Words
from mdm.i18n import N_
from mdm.journal import Journal
from mdm.store import Connection, Database
from profiles.apks import apk_store
from profiles.apks.apk import Apk
from profiles.apks.errors import ApkConflict, ApkNotKept, ApkOlder, ApkUnknown, ApkUnreadable, SignerChanged
from profiles.apks.reading import ApkFacts, read_apk

log = structlog.get_logger()

_SUFFIXES = (".apk", ".xapk", ".apks", ".apkm")


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one file of a folder: it is in the store (``apk``), or why it is not."""

    file: str
    apk: Apk | None = None
    refused: ValiseError | None = None


class Apks:
    """Takes files in, lists them, removes them; ``folder`` holds them."""

    def __init__(self, database: Database, clock: Clock, journal: Journal, folder: Path) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._folder = folder

    def path_of(self, digest: str) -> Path:
        """Return where the file with that SHA-256 lies."""
        return self._folder / f"{digest}.apk"

    async def add(self, path: Path, *, actor: str) -> Apk:
        """Take a file in; the same content twice is one file.

        Raises `ApkUnreadable`, `ApkUnsigned`, `ApkNotKept`, `SignerChanged`, `ApkOlder` or `ApkConflict`.
        """
        if not await asyncio.to_thread(path.is_file):
            raise ApkUnreadable(file=path.name, reason=Words(N_("there is no such file")))
        facts = await asyncio.to_thread(read_apk, path)
        try:
            digest, size = await asyncio.to_thread(_copied, path, self._folder)
        except OSError as error:
            raise ApkNotKept(file=path.name, reason=error.strerror or type(error).__name__) from error
        apk = Apk(
            hash=digest,
            size=size,
            added_at=self._clock.ms(),
            added_by=actor,
            **{name: getattr(facts, name) for name in ApkFacts.__struct_fields__},
        )
        try:
            await self._database.write(lambda conn: self._admit(conn, apk, actor))
        except ValiseError:
            known = await self._database.read(lambda conn: apk_store.apk_of_hash(conn, digest))
            if known is None:
                await asyncio.to_thread(self.path_of(digest).unlink, missing_ok=True)
            raise
        return apk

    async def add_folder(self, folder: Path, *, actor: str) -> list[Taken]:
        """Take in every APK of a folder, older versions first; what is refused does not stop the others."""
        files = await asyncio.to_thread(
            lambda: sorted(one for one in folder.iterdir() if one.suffix.lower() in _SUFFIXES)
        )
        read = [(await self._code_of(file), file) for file in files]
        taken = []
        for _, file in sorted(read):
            try:
                taken.append(Taken(file=file.name, apk=await self.add(file, actor=actor)))
            except ValiseError as refused:
                taken.append(Taken(file=file.name, refused=refused))
        return taken

    async def list(self) -> Sequence[Apk]:
        """Return every file, by app, the newest version first."""
        return await self._database.read(apk_store.list_apks)

    async def show(self, reference: str) -> Sequence[Apk]:
        """Return the files of an app, or those whose hash begins so; raise `ApkUnknown`."""
        found = await self._database.read(lambda conn: apk_store.find_apks(conn, reference))
        if not found:
            raise ApkUnknown(reference=reference)
        return found

    async def remove(self, reference: str, *, actor: str) -> Apk:
        """Remove the one file whose hash begins so; raise `ApkUnknown` when there is none, or more than one."""
        found = [one for one in await self.show(reference) if one.hash.startswith(reference.lower())]
        if len(found) != 1:
            raise ApkUnknown(reference=reference)
        await self._database.write(lambda conn: self._forget(conn, found[0], actor))
        await asyncio.to_thread(self.path_of(found[0].hash).unlink, missing_ok=True)
        return found[0]

    async def _code_of(self, file: Path) -> int:
        try:
            return (await asyncio.to_thread(read_apk, file)).version_code
        except ValiseError:
            return 0

    def _admit(self, conn: Connection, apk: Apk, actor: str) -> None:
        if apk_store.apk_of_hash(conn, apk.hash) is not None:
            return
        for here in apk_store.apks_of_package(conn, apk.package):
            if here.signer != apk.signer:
                raise SignerChanged(package=apk.package, old=here.signer[:16], new=apk.signer[:16])
            if here.abis != apk.abis:
                continue
            if here.version_code > apk.version_code:
                raise ApkOlder(package=apk.package, here=here.version_name, given=apk.version_name)
            if here.version_code == apk.version_code:
                raise ApkConflict(package=apk.package, version=apk.version_name)
        apk_store.add_apk(conn, apk)
        self._record(conn, "apk_added", apk, actor)
        # Editions that wait for this file compile otherwise now.
        conn.run(
            "UPDATE convergence SET next_check_at = :now WHERE tablet_id IN ("
            " SELECT tablet_id FROM android_enrollment WHERE state = 'enrolled')",
            now=self._clock.ms(),
        )
        conn.publish("checks", "")

    def _forget(self, conn: Connection, apk: Apk, actor: str) -> None:
        apk_store.remove_apk(conn, apk.hash)
        self._record(conn, "apk_removed", apk, actor)

    def _record(self, conn: Connection, kind: str, apk: Apk, actor: str) -> None:
        detail = {"package": apk.package, "version": apk.version_name, "signer": apk.signer}
        self._journal.record(conn, kind, actor=actor, subject=f"apk:{apk.hash}", detail=detail)
        log.info(kind, package=apk.package, version=apk.version_name)


def _copied(path: Path, folder: Path) -> tuple[str, int]:
    """Copy a file under its hash, whole or not at all; return hash and size."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = folder / f".{secrets.token_hex(8)}"
    try:
        with path.open("rb") as source, unfinished.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())
        with unfinished.open("rb") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
        size = unfinished.stat().st_size
        unfinished.rename(folder / f"{digest}.apk")
    finally:
        unfinished.unlink(missing_ok=True)
    return digest, size
