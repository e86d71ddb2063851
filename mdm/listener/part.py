"""Which part of unchanging content a request wants: the whole, one range, or nothing because it has it."""

from typing import Any

import msgspec

from mdm.listener.ranges import Unsatisfiable, read_range
from mdm.listener.resource import TEXT
from mdm.listener.site import DeviceRequest


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """``length`` bytes from ``first``, to be answered with ``status`` and ``headers``."""

    status: int
    first: int
    length: int
    headers: dict[bytes, bytes]


def wanted_part(request: DeviceRequest, tag: str, size: int) -> Part | None:
    """Return what to send of content with this ETag (without quotes); None when the answer was given: 304 or 416."""
    etag = f'"{tag}"'
    headers = {
        b"etag": etag.encode(),
        b"accept-ranges": b"bytes",
        b"cache-control": b"private, max-age=31536000, immutable",
    }
    if etag in _tags(request.getHeader("if-none-match")):
        request.answer(304, b"", b"", headers)
        return None
    condition = request.getHeader("if-range")
    try:
        wanted = read_range(request.getHeader("range"), size) if condition in (None, etag) else None
    except Unsatisfiable:
        headers[b"content-range"] = b"bytes */%d" % size
        request.answer(416, b"The file is shorter.\n", TEXT, headers)
        return None
    if wanted is None:
        return Part(status=200, first=0, length=size, headers=headers)
    first, length = wanted
    headers[b"content-range"] = b"bytes %d-%d/%d" % (first, first + length - 1, size)
    return Part(status=206, first=first, length=length, headers=headers)


def _tags(header: Any) -> list[str]:
    return [tag.strip().removeprefix("W/") for tag in str(header or "").split(",")]
