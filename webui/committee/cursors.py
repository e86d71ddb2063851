"""Where a long list goes on: the moment and the identifier of its last line, as an address's parameter."""

import re

_CURSOR = re.compile(r"(\d{1,15})\.([0-9a-zA-Z-]{1,64})")

Cursor = tuple[int, str]


def read_cursor(text: str) -> Cursor | None:
    """Return after which line a list goes on; None at the beginning, also for what is no such place."""
    found = _CURSOR.fullmatch(text)
    return (int(found[1]), found[2]) if found else None


def written(cursor: Cursor) -> str:
    """Return the parameter for a place in a list."""
    return f"{cursor[0]}.{cursor[1]}"
