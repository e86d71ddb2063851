"""One range of a file (RFC 9110 section 14)."""

import re

_ONE = re.compile(r"bytes=\s*(\d*)-(\d*)\s*")
_DIGITS = 18


class Unsatisfiable(Exception):
    """The range lies outside the file."""


def read_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return the first byte and the length that are asked for; None for the whole file.

    Several ranges, another unit, or what is no range at all is answered with the whole file, as the RFC allows.
    Raises `Unsatisfiable`.
    """
    found = _ONE.fullmatch(header) if header else None
    if found is None or max(len(found[1]), len(found[2])) > _DIGITS or not (found[1] or found[2]):
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        if length == 0:
            raise Unsatisfiable
        return size - length, length
    first = int(found[1])
    last = min(int(found[2]), size - 1) if found[2] else size - 1
    if found[2] and int(found[2]) < first:
        return None
    if first >= size:
        raise Unsatisfiable
    return first, last - first + 1
