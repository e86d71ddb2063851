"""A small, real DEX file that defines classes of given names, and an APK that holds it.

Source: Android, "Dalvik executable format".
"""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence

from mdm.simulator.apk_maker import ApkFacts, make_apk
from mdm.simulator.apk_signature import SigningKey

_HEADER = 0x70
_NO_INDEX = 0xFFFFFFFF


def make_dex(classes: Sequence[str], *, version: bytes = b"035") -> bytes:
    """Return a file whose classes extend java.lang.Object and have nothing in them."""
    names = [f"L{name.replace('.', '/')};" for name in classes]
    strings = sorted({*names, "Ljava/lang/Object;"})
    types = {name: place for place, name in enumerate(strings)}
    ids_at = _HEADER
    types_at = ids_at + 4 * len(strings)
    classes_at = types_at + 4 * len(strings)
    data_at = classes_at + 32 * len(names)
    data, places = b"", []
    for text in strings:
        places.append(data_at + len(data))
        data += _uleb128(len(text)) + text.encode() + b"\0"
    data += b"\0" * (-len(data) % 4)
    map_at = data_at + len(data)
    sections = [
        (0x0000, 1, 0),
        (0x0001, len(strings), ids_at),
        (0x0002, len(strings), types_at),
        (0x0006, len(names), classes_at),
        (0x2002, len(strings), data_at),
        (0x1000, 1, map_at),
    ]
    listed = struct.pack("<I", len(sections)) + b"".join(
        struct.pack("<HHII", kind, 0, n, at) for kind, n, at in sections
    )
    body = b"".join(struct.pack("<I", place) for place in places)
    body += b"".join(struct.pack("<I", place) for place in range(len(strings)))
    for name in names:
        body += struct.pack("<8I", types[name], 1, types["Ljava/lang/Object;"], 0, _NO_INDEX, 0, 0, 0)
    body += data + listed
    size = _HEADER + len(body)
    fields = struct.pack(
        "<20I",
        *(size, _HEADER, 0x12345678, 0, 0, map_at),
        *(len(strings), ids_at, len(strings), types_at),
        *(0, 0, 0, 0, 0, 0),
        *(len(names), classes_at, size - data_at, data_at),
    )
    signed = fields + body
    signature = hashlib.sha1(signed).digest()
    summed = signature + signed
    return b"dex\n" + version + b"\0" + struct.pack("<I", zlib.adler32(summed)) + summed


def apk_with(facts: ApkFacts, key: SigningKey, entries: Mapping[str, bytes]) -> bytes:
    """Return a signed APK with more entries, compressed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(make_apk(facts, key))) as plain, zipfile.ZipFile(out, "w") as archive:
        for name in plain.namelist():
            archive.writestr(zipfile.ZipInfo(name), plain.read(name))
        for name, body in entries.items():
            archive.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return key.sign(out.getvalue())


def _uleb128(number: int) -> bytes:
    out = b""
    while True:
        out += bytes([number & 0x7F | (0x80 if number > 0x7F else 0)])
        number >>= 7
        if not number:
            return out
