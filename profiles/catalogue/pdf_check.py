"""Looks into a PDF file that anyone may have made: whether it is one, whole, open to all, and only pages.

Run as a program of its own, since a file can be made so that reading it takes long or much memory:
``python pdf_check.py FILE`` prints ``{"pages": 12}`` or ``{"refused": "a key of REASONS"}``. It knows nothing of the
rest of the house. Source: ISO 32000-2, sections 7.5 (file structure) and 12.6 (actions).
"""

import contextlib
import json
import logging
import re
import resource
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

LARGEST = 20 * 1024 * 1024
PROCESSOR_SECONDS = 20
_MEMORY = 1024**3
_OBJECTS = 300_000
_PAGES = 2_000
_TAIL = 1024
_HEADER = re.compile(rb"%PDF-[12]\.\d[\r\n \t]")
_DEPTH = 60

_ACTIONS = {
    "/JavaScript": "script",
    "/Launch": "launch",
    "/ImportData": "form",
    "/SubmitForm": "form",
    "/GoToE": "embedded",
    "/Rendition": "media",
    "/Movie": "media",
    "/Sound": "media",
    "/RichMediaExecute": "media",
}
_KEYS = {
    "/JS": "script",
    "/JavaScript": "script",
    "/EmbeddedFiles": "embedded",
    "/EF": "embedded",
    "/XFA": "form",
    "/RichMediaContent": "media",
}
_SUBTYPES = {
    "/FileAttachment": "embedded",
    "/RichMedia": "media",
    "/Movie": "media",
    "/Sound": "media",
    "/Screen": "media",
    "/3D": "media",
}


class Refused(Exception):
    """The file is not kept; the argument is the reason's key."""


def pages_of(path: Path) -> int:
    """Return how many pages a document has; raise `Refused` when it is not whole, open, and only pages."""
    body = path.read_bytes()
    if len(body) > LARGEST:
        raise Refused("large")
    if not _HEADER.match(body):
        raise Refused("header")
    _require_end(body)
    # Imported here, so that what is refused above costs nothing.
    from pypdf import PdfReader

    try:
        reader = PdfReader(path)
        if "/Encrypt" in reader.trailer:
            raise Refused("encrypted")
        for one in _objects(reader):
            _require_passive(one)
        pages = len(reader.pages)
        if not 0 < pages <= _PAGES:
            raise Refused("pages")
        for page in reader.pages:
            _ = page.mediabox, page.get("/Contents")
    except (Refused, MemoryError):
        raise
    except Exception as error:
        # The library raises whatever its reading of a broken file leads to.
        raise Refused("broken") from error
    return pages


def _require_end(body: bytes) -> None:
    place = body.rfind(b"%%EOF", -_TAIL)
    if place < 0 or b"startxref" not in body[-2 * _TAIL :]:
        raise Refused("cut")
    if body[place + len(b"%%EOF") :].strip(b"\r\n\t \0"):
        raise Refused("more")


def _objects(reader: Any) -> Iterator[Any]:
    """Yield the trailer and every object that the cross-reference tables name."""
    from pypdf.generic import IndirectObject

    yield reader.trailer
    named = {(number, generation) for generation, places in reader.xref.items() for number in places}
    named |= {(number, 0) for number in reader.xref_objStm}
    if len(named) > _OBJECTS:
        raise Refused("pages")
    for number, generation in sorted(named):
        yield reader.get_object(IndirectObject(number, generation, reader))


def _require_passive(one: Any) -> None:
    """Raise `Refused` when an object, or what lies directly in it, does something or carries a file."""
    waiting = [(one, 0)]
    while waiting:
        here, depth = waiting.pop()
        if depth > _DEPTH:
            raise Refused("broken")
        inside: Iterable[Any] = ()
        if isinstance(here, dict):
            # Through dict, so that references are not followed: each object is looked at once, by its number.
            pairs = list(dict.items(here))
            for key, value in pairs:
                _require_harmless(key, value)
            inside = [value for _, value in pairs]
        elif isinstance(here, list):
            inside = list.__iter__(here)
        waiting += [(value, depth + 1) for value in inside if isinstance(value, (dict, list))]


def _require_harmless(key: str, value: Any) -> None:
    reason = _KEYS.get(key)
    if key in ("/S", "/Subtype"):
        # A name may be given by reference.
        named = value.get_object() if hasattr(value, "get_object") else value
        reason = (_ACTIONS if key == "/S" else _SUBTYPES).get(named) if isinstance(named, str) else None
    if reason is not None:
        raise Refused(reason)


def answer_for(path: Path) -> str:
    """Return the answer for a file, as JSON."""
    try:
        return json.dumps({"pages": pages_of(path)})
    except Refused as refused:
        return json.dumps({"refused": str(refused)})
    except MemoryError:
        return json.dumps({"refused": "heavy"})


def main() -> None:
    """Answer for the file that the command line names, within bounds."""
    logging.disable(logging.CRITICAL)
    # A service's sandbox may forbid limits; whoever called ends what takes too long in any case.
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    sys.stdout.write(answer_for(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
