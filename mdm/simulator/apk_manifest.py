"""Android's binary XML, as much of it as a manifest needs.

Source: Android, ``ResourceTypes.h`` (chunks of a compiled resource) and the public attribute identifiers.
"""

import struct
from collections.abc import Sequence

import msgspec

_ANDROID = "http://schemas.android.com/apk/res/android"
_XML, _POOL, _MAP = 0x0003, 0x0001, 0x0180
_START_NAMESPACE, _END_NAMESPACE, _START, _END = 0x0100, 0x0101, 0x0102, 0x0103
_NONE = 0xFFFFFFFF
_TEXT, _INTEGER, _TRUTH = 0x03, 0x10, 0x12
_IDENTIFIERS = {
    "label": 0x01010001,
    "name": 0x01010003,
    "hasCode": 0x0101000C,
    "exported": 0x01010010,
    "minSdkVersion": 0x0101020C,
    "versionCode": 0x0101021B,
    "versionName": 0x0101021C,
    "targetSdkVersion": 0x01010270,
}

Value = str | int | bool


class Element(msgspec.Struct, frozen=True, kw_only=True):
    """An element: its tag, attributes of Android's namespace, attributes of none, and the elements in it."""

    tag: str
    android: dict[str, Value] = {}
    plain: dict[str, Value] = {}
    inside: tuple["Element", ...] = ()


def compiled(root: Element) -> bytes:
    """Return the binary form of a document."""
    strings = _Strings(list(_IDENTIFIERS))
    android = strings.place(_ANDROID)
    prefix = strings.place("android")
    body = _node(_START_NAMESPACE, struct.pack("<II", prefix, android))
    body += _element(root, strings, android)
    body += _node(_END_NAMESPACE, struct.pack("<II", prefix, android))
    identifiers = struct.pack(f"<{len(_IDENTIFIERS)}I", *_IDENTIFIERS.values())
    content = strings.chunk() + _chunk(_MAP, b"", identifiers) + body
    return _chunk(_XML, b"", content)


class _Strings:
    """The pool of texts; those with an identifier come first."""

    def __init__(self, first: Sequence[str]) -> None:
        self._places = {text: place for place, text in enumerate(first)}

    def place(self, text: str) -> int:
        return self._places.setdefault(text, len(self._places))

    def chunk(self) -> bytes:
        offsets, data = b"", b""
        for text in self._places:
            offsets += struct.pack("<I", len(data))
            units = text.encode("utf-16-le")
            data += struct.pack("<H", len(units) // 2) + units + b"\0\0"
        data += b"\0" * (-len(data) % 4)
        start = 28 + len(offsets)
        return _chunk(_POOL, struct.pack("<IIIII", len(self._places), 0, 0, start, 0), offsets + data)


def _element(element: Element, strings: _Strings, android: int) -> bytes:
    attributes = [(android, name, value) for name, value in element.android.items()]
    attributes.sort(key=lambda one: _IDENTIFIERS[one[1]])
    attributes += [(_NONE, name, value) for name, value in element.plain.items()]
    tag = strings.place(element.tag)
    body = struct.pack("<IIHHHHHH", _NONE, tag, 20, 20, len(attributes), 0, 0, 0)
    for namespace, name, value in attributes:
        body += struct.pack("<II", namespace, strings.place(name)) + _typed(value, strings)
    inside = b"".join(_element(one, strings, android) for one in element.inside)
    return _node(_START, body) + inside + _node(_END, struct.pack("<II", _NONE, tag))


def _typed(value: Value, strings: _Strings) -> bytes:
    match value:
        case bool():
            return struct.pack("<IHBBI", _NONE, 8, 0, _TRUTH, _NONE if value else 0)
        case int():
            return struct.pack("<IHBBI", _NONE, 8, 0, _INTEGER, value)
        case str():
            place = strings.place(value)
            return struct.pack("<IHBBI", place, 8, 0, _TEXT, place)


def _node(kind: int, body: bytes) -> bytes:
    return _chunk(kind, struct.pack("<II", 1, _NONE), body)


def _chunk(kind: int, more_header: bytes, body: bytes) -> bytes:
    header = 8 + len(more_header)
    return struct.pack("<HHI", kind, header, header + len(body)) + more_header + body
