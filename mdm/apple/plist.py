"""Reading property lists that strangers send: XML or binary, with no entities, bounded in size and depth.

Sources: Apple, "Property List" DTD 1.0; CFBinaryPList.c for the binary form; XML 1.0 section 2.8 (document type).
"""

import plistlib
import struct
from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar
from xml.parsers import expat

from mdm.errors import ValiseError
from mdm.i18n import N_

LIMIT = 4 * 1024 * 1024
"""The largest body that is looked at, in bytes; a route may allow less."""

_DEPTH = 64
_BINARY = b"bplist00"
_TRAILER = struct.Struct(">6xBBQQQ")
_ENCODINGS = frozenset({"utf-8", "us-ascii"})


class MalformedPlist(ValiseError):
    """The body is not a property list, or not one that a device would send."""

    code: ClassVar[str] = "plist_malformed"
    status: ClassVar[int] = 400
    message: ClassVar[str] = N_("The body is not a valid property list: {reason}.")
    hint: ClassVar[str] = N_("Send an XML or binary property list whose top is a dictionary.")


def parse(body: bytes, limit: int = LIMIT) -> dict[str, Any]:
    """Return the dictionary that ``body`` holds.

    Raises `MalformedPlist`, and nothing else, for what is no property list, is larger than ``limit`` bytes, declares
    entities or an inner document type, is nested too deeply, or uses one part of a binary list twice.
    """
    if len(body) > limit:
        raise MalformedPlist(reason="it is too large")
    binary = body.startswith(_BINARY)
    if binary:
        _require_disjoint_objects(body)
    else:
        require_well_formed(body)
    try:
        value = plistlib.loads(body)
    except Exception as error:  # plistlib lets a dozen kinds of exception through; RecursionError is one of them
        raise MalformedPlist(reason=_words(error)) from error
    if not isinstance(value, dict):
        raise MalformedPlist(reason="its top is not a dictionary")
    for container in _containers(value):
        if binary:
            _require_plain(container)
    return value


def require_well_formed(body: bytes) -> None:
    """Raise `MalformedPlist` unless ``body`` is well-formed XML in UTF-8 that declares nothing of its own."""
    if b"\0" in body[:64]:
        raise MalformedPlist(reason="its encoding is not UTF-8")
    parser = expat.ParserCreate()
    parser.XmlDeclHandler = _on_declaration
    parser.StartDoctypeDeclHandler = _on_document_type
    parser.SkippedEntityHandler = _on_unknown_entity
    try:
        parser.Parse(body, True)
    except MalformedPlist:
        raise
    except Exception as error:  # an encoding that Python does not know is a LookupError, and so on
        raise MalformedPlist(reason=_words(error)) from error


def _on_declaration(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.lower() not in _ENCODINGS:
        raise MalformedPlist(reason="its encoding is not UTF-8")


def _on_document_type(_name: str, _system: str | None, _public: str | None, has_internal_subset: int) -> None:
    # Entities and default attributes, the means of every XML bomb, can only be declared there.
    if has_internal_subset:
        raise MalformedPlist(reason="it declares a document type of its own")


def _on_unknown_entity(_name: str, _is_parameter_entity: int) -> None:
    # Apple's document type is not read, so that expat would pass over any entity that it might declare.
    raise MalformedPlist(reason="it uses an entity that is not known")


def _require_disjoint_objects(body: bytes) -> None:
    """Refuse a binary list whose objects overlap, for few bytes could then be read as many gigabytes."""
    try:
        offset_size, ref_size, count, _top, table = _TRAILER.unpack(body[-_TRAILER.size :])
        if not 1 <= offset_size <= 8 or not 1 <= ref_size <= 8 or table + count * offset_size > len(body):
            raise MalformedPlist(reason="its object table is out of bounds")
        spent = 0
        for place in range(table, table + count * offset_size, offset_size):
            spent += _object_size(body, int.from_bytes(body[place : place + offset_size], "big"), ref_size)
            if spent > len(body):
                raise MalformedPlist(reason="its objects overlap")
    except (struct.error, IndexError) as error:
        raise MalformedPlist(reason="it is cut short") from error


def _object_size(body: bytes, offset: int, ref_size: int) -> int:
    """Return how many bytes the object at ``offset`` says it has."""
    kind, low = body[offset] & 0xF0, body[offset] & 0x0F
    if kind in (0x10, 0x20):
        return 1 + (1 << low)
    if kind not in (0x40, 0x50, 0x60, 0xA0, 0xD0):
        return 1 + low if kind == 0x80 else 1
    size = low
    if low == 0x0F:
        width = 1 << (body[offset + 1] & 0x03)
        size = int.from_bytes(body[offset + 2 : offset + 2 + width], "big")
    unit = {0x40: 1, 0x50: 1, 0x60: 2, 0xA0: ref_size, 0xD0: 2 * ref_size}[kind]
    return 1 + size * unit


def _containers(top: dict[str, Any]) -> Iterator[dict[Any, Any] | list[Any]]:
    """Walk the dictionaries and arrays, level by level; refuse too many levels, and a container in two places."""
    level: list[dict[Any, Any] | list[Any]] = [top]
    seen: set[int] = set()
    for _ in range(_DEPTH):
        if not level:
            return
        identities = set(map(id, level))
        if len(identities) < len(level) or not seen.isdisjoint(identities):
            raise MalformedPlist(reason="it uses a part twice")
        seen |= identities
        yield from level
        level = [
            child
            for container in level
            for child in (container.values() if isinstance(container, dict) else container)
            if isinstance(child, dict | list)
        ]
    raise MalformedPlist(reason="it is nested too deeply")


_PLAIN = (str, int, float, bytes, datetime, dict, list)


def _require_plain(container: dict[Any, Any] | list[Any]) -> None:
    """Refuse what a binary list can hold and an XML one can't: other keys than texts, null, UIDs, null characters."""
    keys = container.keys() if isinstance(container, dict) else ()
    values = container.values() if isinstance(container, dict) else container
    if not all(isinstance(key, str) and "\0" not in key for key in keys):
        raise MalformedPlist(reason="a key is not a text")
    if not all(isinstance(value, _PLAIN) and not (isinstance(value, str) and "\0" in value) for value in values):
        raise MalformedPlist(reason="a value is not one of a property list")


def _words(error: BaseException) -> str:
    text = str(error)
    return text[:100] if text and text.isprintable() else type(error).__name__
