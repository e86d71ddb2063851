"""The journal: what was decided and told, with the hashes by which anybody can follow it."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.clock import from_ms
from mdm.store import Database
from webui.api.operation import Call, Operation, operation
from webui.api.paging import Page, PageQuery, after, page_of
from webui.api.resources.journal_lists_store import NamedEntry, entries_before
from webui.api.results import Nothing
from webui.permissions import Action

_NEWEST = 2**62
Detail = dict[str, str | int | bool | list[str | int] | None]


class EntryItem(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the journal.

    `hash` is the SHA-256 of the canonical JSON (sorted keys, no spaces) of the other fields, with `at` as milliseconds
    since 1970 and `detail` as its own canonical JSON text. `at_ms` is that number. Persons are in an
    entry by pseudonyms, `person:<id>`; `names` says who they are, as long as their data are not erased, and is not
    part of the hash.
    """

    seq: int
    at: datetime
    at_ms: int
    kind: str
    actor: str
    subject: str
    detail: Detail
    previous: str
    hash: str
    names: dict[str, str]


class EntryQuery(PageQuery, frozen=True, kw_only=True):
    """Chooses entries."""

    subject: Annotated[str, Meta(max_length=200, description="What it is about, such as `tablet:<tablet_id>`.")] = ""


class JournalOperations:
    """Reads the journal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [
            operation(
                "GET",
                "/journal",
                self.list_entries,
                name="list_journal",
                summary="The journal, the newest entry first.",
                needs=Action.READ_JOURNAL,
            )
        ]

    async def list_entries(self, call: Call[Nothing, EntryQuery, Nothing]) -> Page[EntryItem]:
        """Return entries, the newest first."""
        query = call.query
        (seq,) = after(query, tuple[int]) or (_NEWEST,)
        rows = await self._database.read(
            lambda conn: entries_before(conn, seq, subject=query.subject, limit=query.limit + 1)
        )
        return page_of(query, rows, _item, lambda row: (row.entry.seq,))


def _item(named: NamedEntry) -> EntryItem:
    entry = named.entry
    return EntryItem(
        seq=entry.seq,
        at=from_ms(entry.at),
        at_ms=entry.at,
        kind=entry.kind,
        actor=entry.actor,
        subject=entry.subject,
        detail=msgspec.json.decode(entry.detail, type=Detail),
        previous=entry.previous,
        hash=entry.hash,
        names=named.names,
    )
