"""The APK store as tablets fetch from it; implements `mdm.listener.files.FileSource`."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from mdm.listener.files import ServedFile
from mdm.store import Database
from profiles.apks.addresses import ApkAddresses
from profiles.apks.apk_store import apk_of_beginning

_APK, _XAPK = "application/vnd.android.package-archive", "application/octet-stream"


class ServedApks:
    """Finds files by addresses that the server made itself."""

    def __init__(self, database: Database, addresses: ApkAddresses, path_of: Callable[[str], Path]) -> None:
        self._database = database
        self._addresses = addresses
        self._path_of = path_of

    async def find(self, name: str) -> ServedFile | None:
        """Return the file; None for an address that is not ours, or a file that was removed."""
        segment, _, file_name = name.partition("/")
        begun = self._addresses.hash_of(segment)
        apk = await self._database.read(lambda conn: apk_of_beginning(conn, begun)) if begun is not None else None
        if apk is None or file_name != apk.file_name:
            return None
        path = self._path_of(apk.hash)
        if not await asyncio.to_thread(path.is_file):
            return None
        return ServedFile(path=path, size=apk.size, etag=apk.hash, media_type=_XAPK if apk.split else _APK)
