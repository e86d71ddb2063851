"""The list of erased persons, beside the database: what a restored backup brings back is erased again.

A file of lines ``{"at": ..., "subject": "account:<identifier>"}``; identifiers of erased persons lead to nobody, except
in a backup. It must not be restored with the database.
"""

import asyncio
import os
from pathlib import Path

import msgspec

from mdm.clock import DAY_MS
from mdm.privacy.subject import Subject

KEPT_DAYS = 400
"""How long a line is kept: no backup may be older than this."""


class _Line(msgspec.Struct, frozen=True):
    at: int
    subject: str


class ErasureList:
    """Keeps the list in one file, for its owner only."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def add(self, subject: Subject, now: int) -> None:
        """Write a person down, durably."""
        await asyncio.to_thread(self._add, _Line(at=now, subject=str(subject)))

    async def subjects(self, now: int) -> list[Subject]:
        """Return those that were erased in the last 400 days; older lines are dropped from the file."""
        lines = await asyncio.to_thread(self._current, now - KEPT_DAYS * DAY_MS)
        found = [line.subject.partition(":") for line in lines]
        return [Subject(kind=kind, key=key) for kind, _, key in dict.fromkeys(found)]

    def _add(self, line: _Line) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _current(self, since: int) -> list[_Line]:
        lines = self._read()
        current = [line for line in lines if line.at >= since]
        if len(current) < len(lines):
            aside = self._path.with_suffix(".new")
            aside.touch(mode=0o600)
            aside.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in current))
            aside.replace(self._path)
        return current

    def _read(self) -> list[_Line]:
        try:
            body = self._path.read_bytes()
        except FileNotFoundError:
            return []
        # The last line may be half a line, after a power cut: it was not acknowledged.
        lines = body.split(b"\n")[:-1]
        return [msgspec.json.decode(line, type=_Line) for line in lines if line]
