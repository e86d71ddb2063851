"""The catalogue: what may be proposed to the committee, with its dossiers."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from mdm.clock import from_ms
from mdm.errors import Words
from mdm.i18n import N_
from mdm.store import Connection, Database
from profiles.catalogue.catalogue import Catalogue
from profiles.catalogue.dossier import Dossier, dossier_of
from profiles.catalogue.entry import Attachment, Content, Entry, Revision
from profiles.catalogue.errors import FieldInvalid, ItemChanged, ItemExists, ItemUnknown, RevisionUnknown
from profiles.catalogue.findings import ApkFindings
from profiles.catalogue.item import Item, Kind, item_of
from profiles.catalogue.review import remarks_on
from profiles.catalogue.subjects import Subject
from webui.api.errors import Stale
from webui.api.operation import Call, Creates, Operation, operation
from webui.api.paging import Page, PageQuery, after, page_of
from webui.api.resources.catalogue_lists_store import Chosen, ListedItem, items_after, revisions_before
from webui.api.resources.places import Id
from webui.api.results import Created, Nothing, Versioned
from webui.permissions import Action

DOSSIER_BYTES = 1024 * 1024
"""An item with its icon and every text of its dossier at their longest, and as JSON writes accents at its longest."""
_NEWEST = 2**62
Platform = Literal["ipad", "android"]


class ItemLine(msgspec.Struct, frozen=True, kw_only=True):
    """An item in a list. `levels` are cycles; `digest` is that of all that the committee examines."""

    item_id: str
    kind: Kind
    name: str
    publisher: str
    platforms: tuple[str, ...]
    levels: tuple[int, ...]
    subjects: tuple[str, ...]
    revision: int
    digest: str
    changed_at: datetime


class ItemShown(msgspec.Struct, frozen=True, kw_only=True):
    """An item with its dossier, its documents, and what the machine found.

    `digest` is the SHA-256 of their canonical JSON, which a proposal freezes. What is empty or unknown is left out of
    `item` and `dossier`; in the data sheet an empty list is the answer that there are none.
    """

    item_id: str
    revision: int
    digest: str
    changed_at: datetime
    changed_by: str
    item: Item
    dossier: Dossier
    attachments: tuple[Attachment, ...]
    findings: tuple[ApkFindings, ...]


class NewItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An item to add; the catalogue gives it its `item_id`."""

    item: Item
    dossier: Dossier = Dossier()


class ItemChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What takes the place of the item, of its dossier, or of both; null leaves what is there."""

    item: Item | None = None
    dossier: Dossier | None = None


class RevisionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One change of an item: `changed` names the fields, such as `dossier.data.hosting`."""

    revision: int
    at: datetime
    by: str
    changed: tuple[str, ...]
    digest: str


class RemarkItem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to look at before a vote.

    `open`: a question that nobody answered; `contradiction`: the dossier says otherwise than the machine, or itself.
    """

    where: str
    kind: Literal["open", "contradiction"]
    words: str


class Remarks(msgspec.Struct, frozen=True, kw_only=True):
    """What a dossier leaves open at a revision."""

    item_id: str
    revision: int
    remarks: tuple[RemarkItem, ...]


class ItemPath(msgspec.Struct, frozen=True, kw_only=True):
    """Names an item."""

    item_id: Id


class RevisionPath(msgspec.Struct, frozen=True, kw_only=True):
    """Names a revision of an item."""

    item_id: Id
    revision: Annotated[int, Meta(ge=1, le=2**53)]


class ItemQuery(PageQuery, frozen=True, kw_only=True):
    """Chooses items."""

    text: Annotated[
        str, Meta(max_length=200, description="Words, or parts of words, of the name, the publisher or an identifier.")
    ] = ""
    kind: Kind | None = None
    platform: Platform | None = None
    level: Annotated[int, Meta(ge=1, le=4, description="A cycle.")] | None = None
    subject: Subject | None = None


class CatalogueOperations:
    """Reads and changes items with their dossiers."""

    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self._database = database
        self._catalogue = catalogue

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [*self._reading(), *self._changing()]

    def _reading(self) -> list[Operation]:
        return [
            operation(
                "GET",
                "/catalogue/items",
                self.list_items,
                name="list_items",
                summary="The items of the catalogue by name, all or those that are looked for.",
                needs=Action.READ_CATALOGUE,
            ),
            operation(
                "GET",
                "/catalogue/items/{item_id}",
                self.show,
                name="show_item",
                summary="An item with its dossier, its documents, and what the machine found.",
                needs=Action.READ_CATALOGUE,
                errors=(ItemUnknown,),
            ),
            operation(
                "GET",
                "/catalogue/items/{item_id}/remarks",
                self.remarks,
                name="show_item_remarks",
                summary="What a dossier leaves open, and where it and the machine disagree.",
                needs=Action.READ_CATALOGUE,
                errors=(ItemUnknown,),
            ),
            operation(
                "GET",
                "/catalogue/items/{item_id}/revisions",
                self.list_revisions,
                name="list_item_revisions",
                summary="The changes of an item, the newest first.",
                needs=Action.READ_CATALOGUE,
                errors=(ItemUnknown,),
            ),
            operation(
                "GET",
                "/catalogue/items/{item_id}/revisions/{revision}",
                self.show_revision,
                name="show_item_revision",
                summary="What an item and its dossier said at a revision.",
                needs=Action.READ_CATALOGUE,
                errors=(RevisionUnknown,),
            ),
        ]

    def _changing(self) -> list[Operation]:
        return [
            operation(
                "POST",
                "/catalogue/items",
                self.create,
                name="create_item",
                summary="Add an item with its dossier.",
                needs=Action.EDIT_CATALOGUE,
                creates=Creates.AT_ONCE,
                errors=(FieldInvalid, ItemExists),
                body_bytes=DOSSIER_BYTES,
            ),
            operation(
                "PATCH",
                "/catalogue/items/{item_id}",
                self.change,
                name="change_item",
                summary="Put another item or another dossier in the place of what is there.",
                needs=Action.EDIT_CATALOGUE,
                edits=True,
                errors=(ItemUnknown, FieldInvalid, ItemExists),
                body_bytes=DOSSIER_BYTES,
            ),
        ]

    async def list_items(self, call: Call[Nothing, ItemQuery, Nothing]) -> Page[ItemLine]:
        """Return items by name."""
        query = call.query
        last = after(query, tuple[str, str]) or ("", "")
        chosen = Chosen(
            text=query.text, kind=query.kind, platform=query.platform, level=query.level, subject=query.subject
        )
        rows = await self._database.read(lambda conn: items_after(conn, last, chosen, limit=query.limit + 1))
        return page_of(query, rows, _line, lambda row: (row.sort_key, row.item_id))

    async def show(self, call: Call[ItemPath, Nothing, Nothing]) -> Versioned[ItemShown]:
        """Return an item."""
        return versioned(await self._catalogue.show(call.path.item_id))

    async def remarks(self, call: Call[ItemPath, Nothing, Nothing]) -> Remarks:
        """Return what is open."""
        entry = await self._catalogue.show(call.path.item_id)
        found = tuple(
            RemarkItem(
                where=one.where,
                kind="open" if one.kind == "open" else "contradiction",
                words=call.translate(one.words, value=one.value),
            )
            for one in remarks_on(entry.content)
        )
        return Remarks(item_id=entry.item_id, revision=entry.revision, remarks=found)

    async def list_revisions(self, call: Call[ItemPath, PageQuery, Nothing]) -> Page[RevisionLine]:
        """Return changes, the newest first."""
        (revision,) = after(call.query, tuple[int]) or (_NEWEST,)
        item_id, limit = call.path.item_id, call.query.limit + 1
        rows = await self._database.read(lambda conn: revisions_before(conn, item_id, revision, limit=limit))
        return page_of(call.query, rows, _revision, lambda row: (row.revision,))

    async def show_revision(self, call: Call[RevisionPath, Nothing, Nothing]) -> Content:
        """Return what was said."""
        return await self._catalogue.as_it_was(call.path.item_id, call.path.revision)

    async def create(self, call: Call[Nothing, Nothing, NewItem]) -> Created[ItemShown]:
        """Add an item."""
        item, dossier = cleaned_item(call.body.item, item_id=""), cleaned_dossier(call.body.dossier)

        def add(conn: Connection) -> Created[ItemShown]:
            entry = self._catalogue.add_in(conn, item, dossier, actor=call.person.actor)
            return Created(
                value=shown(entry), location=f"/api/v1/catalogue/items/{entry.item_id}", revision=entry.revision
            )

        return await call.once(add)

    async def change(self, call: Call[ItemPath, Nothing, ItemChange]) -> Versioned[ItemShown]:
        """Change an item that nobody changed since it was read."""
        wanted = call.body
        before = await self._catalogue.show(call.path.item_id)
        call.expected.check(before.revision)
        return versioned(
            await changed(
                self._catalogue,
                before,
                item=cleaned_item(wanted.item, item_id=before.item_id) if wanted.item is not None else None,
                dossier=cleaned_dossier(wanted.dossier) if wanted.dossier is not None else None,
                actor=call.person.actor,
            )
        )


async def changed(
    catalogue: Catalogue, before: Entry, *, item: Item | None = None, dossier: Dossier | None = None, actor: str
) -> Entry:
    """Change what was read just now; raise `Stale` when somebody was quicker, and what `Catalogue.change` does."""
    try:
        return await catalogue.change(before.item_id, revision=before.revision, item=item, dossier=dossier, actor=actor)
    except ItemChanged as meanwhile:
        raise Stale from meanwhile


def cleaned_item(item: Item, *, item_id: str) -> Item:
    """Return an item with its texts cleaned; raise `FieldInvalid`, also when it has another identifier."""
    if item.item_id not in ("", item_id):
        raise FieldInvalid(where="item_id", reason=Words(N_("the catalogue gives it: leave it out")))
    return item_of(msgspec.to_builtins(item))


def cleaned_dossier(dossier: Dossier) -> Dossier:
    """Return a dossier with its texts cleaned; raise `FieldInvalid`."""
    return dossier_of(msgspec.to_builtins(dossier))


def versioned(entry: Entry) -> Versioned[ItemShown]:
    """Return an item as it is sent, with its revision."""
    return Versioned(value=shown(entry), revision=entry.revision)


def shown(entry: Entry) -> ItemShown:
    """Return an item as it is sent, which says the same whether it was read or just made."""
    content: Content = msgspec.convert(entry.content.tree(), Content)
    return ItemShown(
        item_id=entry.item_id,
        revision=entry.revision,
        digest=entry.digest,
        changed_at=from_ms(entry.changed_at),
        changed_by=entry.changed_by,
        item=content.item,
        dossier=content.dossier,
        attachments=content.attachments,
        findings=content.findings,
    )


def _line(row: ListedItem) -> ItemLine:
    return ItemLine(
        item_id=row.item_id,
        kind=row.kind,
        name=row.name,
        publisher=row.publisher,
        platforms=row.platforms,
        levels=row.levels,
        subjects=row.subjects,
        revision=row.revision,
        digest=row.digest,
        changed_at=from_ms(row.changed_at),
    )


def _revision(row: Revision) -> RevisionLine:
    return RevisionLine(revision=row.revision, at=from_ms(row.at), by=row.by, changed=row.changed, digest=row.digest)
