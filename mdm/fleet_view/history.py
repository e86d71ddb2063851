"""A tablet's whole history in words, newest first: what was decided about it, what happened to it, what it was told.

What tablets report is not kept but for the last report, so that a history has no trail of a child's use.
"""

import base64
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from mdm.apple.error_words import explain
from mdm.fleet.states import STATE_NAMES, TabletState
from mdm.fleet.tablet_store import require_tablet
from mdm.fleet_view import history_store
from mdm.fleet_view.command_words import command_in_words
from mdm.fleet_view.content_words import object_of
from mdm.fleet_view.errors import CursorInvalid
from mdm.fleet_view.history_store import END, Moment
from mdm.fleet_view.journal_words import KINDS, OF_FAMILIES, UNKNOWN
from mdm.i18n import N_, Translator
from mdm.journal import Entry
from mdm.store import Connection, Database, Row

LIMIT = 100

CommandState = Literal["queued", "sent", "not_now", "acknowledged", "error", "cancelled"]
_STATES: dict[str, str] = {
    "queued": N_("It waits for the tablet."),
    "sent": N_("It was sent and is not answered yet."),
    "not_now": N_("The tablet put it off."),
    "acknowledged": N_("The tablet did it."),
    "error": N_("The tablet refused it."),
    "cancelled": N_("It was withdrawn."),
}
_PLACE = N_("{kit}, place {slot}")
_FROM_TO = N_("From “{before}” to “{after}”.")
_GIVEN = N_("The command was given.")
_FAMILY = N_("a family")
_SERVER = N_("the server")
_TABLET = N_("the tablet")
_PROGRAM = N_("a program with a token")
_ERASED = N_("a person who was forgotten")


class HistoryItem(msgspec.Struct, frozen=True, kw_only=True):
    """One line. ``what`` and ``more`` are sentences; ``who`` is empty where the tablet's page says it anyway.

    ``state`` is a command's, empty for an entry. ``advice``: what to do about an error. ``technical``: for a search.
    """

    at: int
    what: str
    more: str
    who: str
    state: str
    advice: str
    technical: str


class HistoryPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a history; ``next`` asks for the older part, and is empty at the end."""

    items: tuple[HistoryItem, ...]
    next: str


class TabletHistory:
    """Tells histories."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self,
        tablet_id: str,
        words: Translator,
        *,
        names: Mapping[str, str] = MappingProxyType({}),
        after: str = "",
        limit: int = 50,
    ) -> HistoryPage:
        """Return a part of a tablet's history; raise `TabletUnknown` or `CursorInvalid`.

        ``names`` has the agreed names of apps and books, by their identifiers.
        """
        moment = _read_moment(after) if after else END
        size = max(1, min(limit, LIMIT))
        found, kits = await self._database.read(lambda conn: _read(conn, tablet_id, moment, size + 1))
        shown = found[:size]
        items = tuple(
            _entry_item(one, kits, words) if isinstance(one, Entry) else _command_item(one, words, names)
            for one in shown
        )
        more = len(found) > size
        return HistoryPage(items=items, next=_write_moment(_moment(shown[-1])) if more else "")


def who_in_words(actor: str, words: Translator) -> str:
    """Return who an actor is: ``account:anne`` is ``anne``."""
    kind, _, name = actor.partition(":")
    match kind:
        case "account":
            return name
        case "cli":
            return words(N_("{name}, at the server's terminal"), name=name)
        case "token":
            return words(_PROGRAM)
        case "tablet":
            return words(_TABLET)
        case "person":
            return words(_ERASED)
        case _:
            return words(_SERVER)


def entry_in_words(entry: Entry, words: Translator) -> str:
    """Return what an entry of the journal tells, of a tablet or of anything else."""
    told = KINDS.get(entry.kind)
    return words(told) if told is not None else words(UNKNOWN, kind=entry.kind[:60])


def _read(conn: Connection, tablet_id: str, moment: Moment, limit: int) -> tuple[list[Entry | Row], dict[str, str]]:
    require_tablet(conn, tablet_id)
    entries = history_store.entries_before(conn, tablet_id, moment, limit=limit)
    commands = history_store.commands_before(conn, tablet_id, moment, limit=limit)
    told: list[Entry | Row] = [*entries, *commands]
    found = sorted(told, key=_rank, reverse=True)[:limit]
    kits = {kit for one in found if isinstance(one, Entry) for kit in _kits_of(_detail(one))}
    return found, history_store.kit_names(conn, frozenset(kits))


def _moment(one: Entry | Row) -> Moment:
    if isinstance(one, Entry):
        return Moment(one.at, 0, str(one.seq))
    return Moment(one["at"], 1, one["command_id"])


def _rank(one: Entry | Row) -> tuple[int, int, int, str]:
    if isinstance(one, Entry):
        return one.at, 0, one.seq, ""
    return one["at"], 1, 0, one["command_id"]


def _entry_item(entry: Entry, kits: dict[str, str], words: Translator) -> HistoryItem:
    detail = _detail(entry)
    return HistoryItem(
        at=entry.at,
        what=_what(entry, detail, words),
        more=" ".join(_more(entry, detail, kits, words)),
        who=words(_FAMILY) if entry.kind in OF_FAMILIES else who_in_words(entry.actor, words),
        state="",
        advice="",
        technical="",
    )


def _what(entry: Entry, detail: dict[str, Any], words: Translator) -> str:
    if entry.kind == "command_ordered" and isinstance(detail.get("command"), str):
        return command_in_words(detail["command"], None, words)
    return entry_in_words(entry, words)


def _more(entry: Entry, detail: dict[str, Any], kits: dict[str, str], words: Translator) -> Iterator[str]:
    if entry.kind == "tablet_state":
        before, after = (words(STATE_NAMES[TabletState(detail[name])]) for name in ("from", "to"))
        yield words(_FROM_TO, before=before, after=after)
    elif entry.kind == "command_ordered":
        yield words(_GIVEN)
    elif "kit" in detail and "slot" in detail:
        yield words(_PLACE, kit=kits.get(detail["kit"], "?"), slot=detail["slot"]) + "."


def _command_item(row: Row, words: Translator, names: Mapping[str, str]) -> HistoryItem:
    explained = explain(row["error_chain"], words) if row["state"] == "error" and row["error_chain"] else None
    about = object_of(row["step"], words, names)
    more = words(_STATES[row["state"]])
    return HistoryItem(
        at=row["at"],
        what=f"{command_in_words(row['request_type'], row['step'], words)}{f' ({about})' if about else ''}",
        more=f"{more} {explained.what}" if explained else more,
        who="" if row["step"] else who_in_words(row["created_by"], words),
        state=row["state"],
        advice=explained.advice if explained else "",
        technical=explained.technical if explained else "",
    )


def _kits_of(detail: dict[str, Any]) -> Iterator[str]:
    if isinstance(detail.get("kit"), str):
        yield detail["kit"]


def _detail(entry: Entry) -> dict[str, Any]:
    return msgspec.json.decode(entry.detail, type=dict[str, Any])


def _write_moment(moment: Moment) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode((moment.at, moment.source, moment.key))).decode().rstrip("=")


def _read_moment(text: str) -> Moment:
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        at, source, key = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=tuple[int, int, str])
        fits = 0 <= at < 2**62 and source in (0, 1) and "\0" not in key and (source == 1 or 0 <= int(key) < 2**62)
    except (ValueError, msgspec.MsgspecError) as error:
        raise CursorInvalid from error
    if not fits:
        raise CursorInvalid
    return Moment(at, source, key)
