"""The documents of dossiers: PDF files in a folder, each under its SHA-256, checked by content, and never changed."""

import asyncio
import hashlib
import io
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import msgspec

from mdm.errors import Words
from mdm.i18n import N_
from profiles.catalogue import pdf_check
from profiles.catalogue.errors import (
    AttachmentActive,
    AttachmentDamaged,
    AttachmentLocked,
    AttachmentNotKept,
    AttachmentNotPdf,
    AttachmentRefused,
    AttachmentTooLarge,
)

_LIMIT_MB = pdf_check.LARGEST // 1024**2
_PATIENCE_SECONDS = 60
"""How long the check may take on a busy server; its own processor time is bounded by `pdf_check.PROCESSOR_SECONDS`."""
_CHUNK = 1 << 20
_HASH = re.compile(r"[0-9a-f]{64}")

_NOT_PDF = {
    "header": N_("it does not begin as a PDF file does"),
    "cut": N_("its end is missing"),
    "more": N_("something else follows its end"),
    "pages": N_("it has no page, or too many"),
    "broken": N_("its structure is broken"),
    "heavy": N_("reading it takes too much time or memory"),
}
_ACTIVE = {
    "script": N_("it holds a program (JavaScript)"),
    "launch": N_("it starts other programs"),
    "form": N_("it holds a form that sends or fetches data"),
    "embedded": N_("it carries other files"),
    "media": N_("it plays sound, video or other media"),
}


class KeptFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file in the folder: its SHA-256 in hex, its size in bytes, and its pages."""

    hash: str
    size: int
    pages: int


class Attachments:
    """Keeps files in ``folder``, which only the server writes to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path_of(self, digest: str) -> Path:
        """Return where the file with that SHA-256 lies; raise `ValueError` for what is none."""
        if not _HASH.fullmatch(digest):
            raise ValueError("not a SHA-256 in hex")
        return self._folder / f"{digest}.pdf"

    async def keep(self, source: Path | bytes, *, name: str = "") -> KeptFile:
        """Take a file, or its bytes, in, durably; the same content twice is one file. ``name``: what people call it.

        Raises `AttachmentTooLarge`, `AttachmentNotPdf`, `AttachmentLocked`, `AttachmentActive` or
        `AttachmentNotKept`. A file that no item came to use stays, and is found again when it is given again.
        """
        called = name or (source.name if isinstance(source, Path) else "PDF")
        try:
            return await asyncio.to_thread(self._keep, source, called)
        except OSError as error:
            raise AttachmentNotKept(file=called, reason=error.strerror or type(error).__name__) from error

    async def is_whole(self, digest: str) -> bool:
        """Tell whether the file with that SHA-256 is there and unchanged."""
        return await asyncio.to_thread(self._is_whole, digest)

    async def content(self, digest: str, *, name: str) -> bytes:
        """Return the bytes of the file with that SHA-256, which people call ``name``; raise `AttachmentDamaged`."""
        body = await asyncio.to_thread(self._whole, digest)
        if body is None:
            raise AttachmentDamaged(file=name)
        return body

    def _keep(self, source: Path | bytes, name: str) -> KeptFile:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self._folder / f".{secrets.token_hex(8)}"
        try:
            digest, size = _copied(source, unfinished, name)
            # The copy is checked, which nobody can exchange any more.
            pages = _checked(unfinished, name)
            unfinished.rename(self.path_of(digest))
            _make_durable(self._folder)
        finally:
            unfinished.unlink(missing_ok=True)
        return KeptFile(hash=digest, size=size, pages=pages)

    def _whole(self, digest: str) -> bytes | None:
        try:
            body = self.path_of(digest).read_bytes()
        except OSError:
            return None
        return body if hashlib.sha256(body).hexdigest() == digest else None

    def _is_whole(self, digest: str) -> bool:
        try:
            with self.path_of(digest).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == digest
        except OSError:
            return False


def _copied(given: Path | bytes, target: Path, name: str) -> tuple[str, int]:
    """Copy a file to disk, no more of it than is allowed; return its hash and size."""
    hashed, size = hashlib.sha256(), 0
    try:
        source: BinaryIO = given.open("rb") if isinstance(given, Path) else io.BytesIO(given)
    except OSError as error:
        raise AttachmentNotPdf(file=name, reason=Words(N_("it cannot be opened"))) from error
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source, open(descriptor, "wb") as written:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > pdf_check.LARGEST:
                raise AttachmentTooLarge(file=name, limit=_LIMIT_MB)
            hashed.update(chunk)
            written.write(chunk)
        written.flush()
        os.fsync(written.fileno())
    return hashed.hexdigest(), size


def _checked(path: Path, name: str) -> int:
    """Return a document's pages, as a program of its own reads them; raise `AttachmentRefused`."""
    command = [sys.executable, "-I", pdf_check.__file__, str(path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_PATIENCE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise _refusal("heavy", name) from None
    try:
        answer = msgspec.json.decode(done.stdout, type=dict[str, int | str])
    except msgspec.DecodeError:
        # It was ended for what it took, or it fell over a file that was made for that.
        raise _refusal("heavy", name) from None
    if "pages" not in answer:
        raise _refusal(str(answer.get("refused")), name)
    return int(answer["pages"])


def _refusal(reason: str, name: str) -> AttachmentRefused:
    if reason == "large":
        return AttachmentTooLarge(file=name, limit=_LIMIT_MB)
    if reason == "encrypted":
        return AttachmentLocked(file=name)
    if reason in _ACTIVE:
        return AttachmentActive(file=name, reason=Words(_ACTIVE[reason]))
    return AttachmentNotPdf(file=name, reason=Words(_NOT_PDF.get(reason, _NOT_PDF["broken"])))


def _make_durable(folder: Path) -> None:
    """Write the folder itself to disk: without it a new name may be lost with the power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
