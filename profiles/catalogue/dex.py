"""The names of the classes in a DEX file, Android's bytecode.

Source: Android, "Dalvik executable format". Only the header, the strings, the types and the class definitions are read.
"""

import struct
from itertools import islice

_HEADER = 0x70
_VERSIONS = frozenset({b"035", b"036", b"037", b"038", b"039", b"040"})
_LITTLE_ENDIAN = 0x12345678
_CLASS_BYTES = 32
_LONGEST_NAME = 1024


class DexUnreadable(ValueError):
    """The bytes are no DEX file of a known version, or a broken one."""


def class_names(body: bytes) -> set[str]:
    """Return the names of the classes that are defined, such as ``org.example.Main``; raise `DexUnreadable`."""
    if len(body) < _HEADER or body[:4] != b"dex\n" or body[4:7] not in _VERSIONS or body[7] != 0:
        raise DexUnreadable("no DEX header of a known version")
    if struct.unpack_from("<I", body, 0x28)[0] != _LITTLE_ENDIAN:
        raise DexUnreadable("another byte order")
    strings = _table(body, 0x38)
    types = _table(body, 0x40)
    classes = islice(_table(body, 0x60, entry=_CLASS_BYTES), 0, None, _CLASS_BYTES // 4)
    try:
        return {_name(body, strings[types[number]]) for number in classes}
    except IndexError as error:
        raise DexUnreadable("a number points to nothing") from error


def _table(body: bytes, at: int, *, entry: int = 4) -> tuple[int, ...]:
    """Return the numbers of a table whose count and place the header says at ``at``."""
    count, place = struct.unpack_from("<II", body, at)
    numbers = count * entry // 4
    if count and not _HEADER <= place <= len(body) - numbers * 4:
        raise DexUnreadable("a table lies outside the file")
    return struct.unpack_from(f"<{numbers}I", body, place) if count else ()


def _name(body: bytes, place: int) -> str:
    """Return the class whose descriptor (``Lorg/example/Main;``) lies at ``place``, after its length as ULEB128."""
    for _ in range(5):
        if place >= len(body):
            break
        place += 1
        if body[place - 1] < 0x80:
            end = body.find(0, place, place + _LONGEST_NAME)
            if end < 0:
                break
            descriptor = body[place:end].decode("utf-8", "replace")
            return descriptor.removeprefix("L").removesuffix(";").replace("/", ".")
    raise DexUnreadable("a name does not end")
