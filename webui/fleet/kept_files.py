"""Files that were tried and may be imported, kept in a folder for an hour; each is its uploader's alone."""

import asyncio
import hashlib
import os
import re
from pathlib import Path

from mdm.clock import Clock
from webui.fleet.errors import FileForgotten

_HOUR_S = 3600
_TOKEN = re.compile(r"[0-9a-f]{64}")


class KeptFiles:
    """Keeps files; servers that share a data folder find each other's."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    async def keep(self, body: bytes, *, actor: str) -> str:
        """Keep a file; return by what its uploader finds it again."""
        token = hashlib.sha256(actor.encode() + b"\0" + body).hexdigest()
        await asyncio.to_thread(self._write, self._path(token, actor), body)
        return token

    async def take(self, token: str, *, actor: str) -> bytes:
        """Return a file; raise `FileForgotten`."""
        if not _TOKEN.fullmatch(token):
            raise FileForgotten
        body = await asyncio.to_thread(self._read, self._path(token, actor))
        if body is None:
            raise FileForgotten
        return body

    async def forget(self, token: str, *, actor: str) -> None:
        """Delete a file that was imported."""
        await asyncio.to_thread(self._path(token, actor).unlink, missing_ok=True)

    def _path(self, token: str, actor: str) -> Path:
        return self._folder / hashlib.sha256(f"{token} {actor}".encode()).hexdigest()

    def _write(self, path: Path, body: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sweep()
        part = path.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(body)
        now = self._clock.ms() / 1000
        os.utime(part, (now, now))
        part.replace(path)

    def _read(self, path: Path) -> bytes | None:
        try:
            return path.read_bytes() if self._is_fresh(path) else None
        except FileNotFoundError:
            return None

    def _sweep(self) -> None:
        for path in self._folder.iterdir():
            if not self._is_fresh(path):
                path.unlink(missing_ok=True)

    def _is_fresh(self, path: Path) -> bool:
        try:
            return self._clock.ms() / 1000 - path.stat().st_mtime <= _HOUR_S
        except FileNotFoundError:
            return False
