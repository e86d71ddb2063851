"""Lists in parts: opaque cursors that name the last row that was sent, so that nothing is skipped or sent twice.

A cursor belongs to one list with its filters. The next part is also in the header Link (RFC 8288).
"""

import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Meta

from mdm.i18n import N_
from webui.api.errors import ParameterWrong, Wrong

LIMIT = 500
_PAGING = frozenset({"limit", "cursor"})
_LARGEST = 2**63 - 1

Row = TypeVar("Row")
Item = TypeVar("Item")
Key = TypeVar("Key", bound=tuple[Any, ...])


class PageQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of every list; a list's own filters are added in a subclass."""

    limit: Annotated[int, Meta(ge=1, le=LIMIT, description="How many entries to send at most.")] = 100
    cursor: Annotated[
        str, Meta(max_length=2000, pattern="^[A-Za-z0-9_-]*$", description="`next` of the part before; opaque.")
    ] = ""


class Page(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """A part of a list. `next` is the `cursor` of the following part, null after the last."""

    items: tuple[Item, ...]
    next: str | None


def after(query: PageQuery, key_type: type[Key]) -> Key | None:
    """Return the key after which the part begins, None at the beginning.

    Raises `ParameterWrong` for what is not a cursor of this list with these filters.
    """
    if not query.cursor:
        return None
    try:
        raw = base64.urlsafe_b64decode(query.cursor + "=" * (-len(query.cursor) % 4))
        mark, parts = msgspec.msgpack.decode(raw, type=tuple[bytes, list[str | int]])
        key: Key = msgspec.convert(parts, key_type, strict=True)
    except (ValueError, msgspec.MsgspecError) as error:
        raise _foreign() from error
    if mark != _mark(query) or not all(_is_sound(part) for part in parts):
        raise _foreign()
    return key


def page_of(
    query: PageQuery, rows: Sequence[Row], show: Callable[[Row], Item], key: Callable[[Row], tuple[str | int, ...]]
) -> Page[Item]:
    """Return a part of a list from ``limit + 1`` rows: the row too many tells that there is more."""
    shown = rows[: query.limit]
    cursor = None
    if len(rows) > query.limit:
        raw = msgspec.msgpack.encode((_mark(query), key(shown[-1])))
        cursor = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return Page(items=tuple(show(row) for row in shown), next=cursor)


def links(path: str, query: PageQuery, cursor: str | None) -> str:
    """Return the value of the header Link: the first part, and the next where there is one."""
    given = {name: value for name, value in _filters(query).items() if value not in (None, "")} | {"limit": query.limit}
    here = quote(path)
    found = [f'<{here}?{urlencode(given)}>; rel="first"']
    if cursor is not None:
        found.append(f'<{here}?{urlencode({**given, "cursor": cursor})}>; rel="next"')
    return ", ".join(found)


def _filters(query: PageQuery) -> dict[str, Any]:
    fields = msgspec.to_builtins(query)
    return {name: value for name, value in fields.items() if name not in _PAGING}


def _mark(query: PageQuery) -> bytes:
    told = msgspec.json.encode([type(query).__name__, _filters(query)], order="sorted")
    return hashlib.sha256(told).digest()[:9]


def _is_sound(part: str | int) -> bool:
    return "\0" not in part if isinstance(part, str) else 0 <= part <= _LARGEST


def _foreign() -> ParameterWrong:
    reason = N_("It is not a cursor of this list with these filters.")
    return ParameterWrong(Wrong(place="cursor", reason=reason, params={}))
