"""Adding an item and changing it, inside the caller's transaction: each change is a revision, and is journalled."""

import msgspec

from mdm.clock import Clock
from mdm.ids import new_id
from mdm.journal import Detail, Journal
from mdm.store import Connection
from profiles.catalogue import item_store
from profiles.catalogue.dossier import Dossier
from profiles.catalogue.entry import Content, Entry, changed_fields
from profiles.catalogue.errors import ItemChanged
from profiles.catalogue.item import Item


class Reviser:
    """Writes revisions; ``actor`` is an identifier such as ``account:anne``."""

    def __init__(self, clock: Clock, journal: Journal) -> None:
        self._clock = clock
        self._journal = journal

    def add(self, conn: Connection, item: Item, dossier: Dossier, *, actor: str) -> Entry:
        """Add an item, with the identifier that it brings or a new one; raise `ItemExists`."""
        item_id = item.item_id or new_id(self._clock)
        content = Content(item=msgspec.structs.replace(item, item_id=item_id), dossier=dossier)
        entry = self._entry(1, content, actor)
        changed = changed_fields(None, content)
        item_store.add_item(conn, entry, changed)
        self._record(conn, "catalogue_item_added", entry, changed)
        return entry

    def change(self, conn: Connection, before: Entry, after: Content, *, actor: str) -> Entry:
        """Write an item's next revision; the same content again is none. The caller holds the item.

        Findings about another app than the item is now are dropped. Raises `ItemExists`.
        """
        kept = tuple(one for one in after.findings if one.package == after.item.package)
        content = msgspec.structs.replace(after, findings=kept)
        changed = changed_fields(before.content, content)
        if not changed:
            return before
        entry = self._entry(before.revision + 1, content, actor)
        item_store.save_revision(conn, entry, changed)
        self._record(conn, "catalogue_item_changed", entry, changed)
        return entry

    def _entry(self, revision: int, content: Content, actor: str) -> Entry:
        return Entry(
            revision=revision,
            digest=content.digest,
            changed_at=self._clock.ms(),
            changed_by=actor,
            content=content,
        )

    def _record(self, conn: Connection, kind: str, entry: Entry, changed: tuple[str, ...]) -> None:
        detail: Detail = {"revision": entry.revision, "digest": entry.digest, "changed": list(changed)}
        self._journal.record(conn, kind, actor=entry.changed_by, subject=f"item:{entry.item_id}", detail=detail)


def held_at(conn: Connection, item_id: str, revision: int | None) -> Entry:
    """Return an item that nobody else can change meanwhile; raise `ItemChanged` when it is at another revision.

    Without a revision, whichever it is at. Raises `ItemUnknown`.
    """
    entry = item_store.hold_entry(conn, item_id)
    if revision is not None and entry.revision != revision:
        raise ItemChanged(name=entry.item.name, now=entry.revision, given=revision)
    return entry
