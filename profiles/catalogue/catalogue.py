"""The catalogue: what a teacher, a page, the command line or the committee asks of it."""

import asyncio
from pathlib import Path

import msgspec

from mdm.clock import Clock
from mdm.journal import Journal
from mdm.store import Connection, Database
from profiles.apks import apk_store
from profiles.apks.apk import Apk
from profiles.catalogue import attachment_store, item_store
from profiles.catalogue.attachments import Attachments, KeptFile
from profiles.catalogue.dossier import Dossier
from profiles.catalogue.entry import Attachment, Content, Entry, Page, Revision
from profiles.catalogue.errors import (
    ApkMissing,
    ApkOfAnother,
    AttachmentUnknown,
    NoPackage,
    RevisionDamaged,
    TooManyAttachments,
)
from profiles.catalogue.findings import findings_of, findings_of_stored
from profiles.catalogue.item import Item, Kind
from profiles.catalogue.revising import Reviser, held_at
from profiles.catalogue.subjects import Cycle, Subject
from profiles.catalogue.texts import clean_text
from profiles.charter.canonical import Tree, digest_of

ATTACHMENT_LIMIT = 50
"""Documents of one dossier."""
_TITLE = 200


class Catalogue:
    """Adds, finds, changes and shows items with their dossiers; ``attachments`` holds the documents.

    ``actor`` is an identifier such as ``account:anne``. A change carries the ``revision`` that it was made to, and is
    refused with `ItemChanged` when somebody changed the item meanwhile. Errors are subclasses of `CatalogueError`.
    """

    def __init__(self, database: Database, clock: Clock, journal: Journal, attachments: Attachments) -> None:
        self._database = database
        self._clock = clock
        self._attachments = attachments
        self._reviser = Reviser(clock, journal)

    async def add(self, item: Item, dossier: Dossier | None = None, *, actor: str) -> Entry:
        """Add an item; raise `ItemExists` when another is the same app, page, book or site."""
        return await self._database.write(lambda conn: self.add_in(conn, item, dossier, actor=actor))

    def add_in(self, conn: Connection, item: Item, dossier: Dossier | None = None, *, actor: str) -> Entry:
        """Add an item inside the caller's transaction; see `add`."""
        own = msgspec.structs.replace(item, item_id="")
        return self._reviser.add(conn, own, dossier or Dossier(), actor=actor)

    async def change(
        self, item_id: str, *, revision: int, item: Item | None = None, dossier: Dossier | None = None, actor: str
    ) -> Entry:
        """Put another item, another dossier or both in the place of what is there.

        Raises `ItemUnknown`, `ItemChanged` or `ItemExists`.
        """

        def write(conn: Connection) -> Entry:
            before = held_at(conn, item_id, revision)
            after = msgspec.structs.replace(
                before.content,
                item=before.item if item is None else msgspec.structs.replace(item, item_id=item_id),
                dossier=before.dossier if dossier is None else dossier,
            )
            return self._reviser.change(conn, before, after, actor=actor)

        return await self._database.write(write)

    async def find(self, reference: str) -> Entry:
        """Return the item that a person means; see `item_store.find_item`."""
        return await self._database.read(
            lambda conn: item_store.require_entry(conn, item_store.find_item(conn, reference))
        )

    async def show(self, item_id: str) -> Entry:
        """Return an item with its dossier, documents and findings; raise `ItemUnknown`."""
        return await self._database.read(lambda conn: item_store.require_entry(conn, item_id))

    async def search(
        self,
        *,
        text: str = "",
        kind: Kind | None = None,
        platform: str = "",
        level: Cycle | None = None,
        subject: Subject | None = None,
        after: str = "",
        limit: int = 100,
    ) -> Page:
        """Return a page of items by name; see `item_store.search_items`."""
        return await self._database.read(
            lambda conn: item_store.search_items(
                conn, text=text, kind=kind, platform=platform, level=level, subject=subject, after=after, limit=limit
            )
        )

    async def history(self, item_id: str) -> list[Revision]:
        """Return the changes of an item, the newest first; raise `ItemUnknown`."""
        return await self._database.read(lambda conn: item_store.list_revisions(conn, item_id))

    async def as_it_was(self, item_id: str, revision: int) -> Content:
        """Return what an item said at a revision; raise `RevisionUnknown`."""
        return await self._database.read(lambda conn: item_store.content_of_revision(conn, item_id, revision)[0])

    async def snapshot(self, item_id: str) -> tuple[Tree, str]:
        """Return what is to be examined, as plain values, and the digest that freezes it; see `snapshot_in`."""
        return await self._database.read(lambda conn: snapshot_in(conn, item_id))

    async def attach(
        self, item_id: str, path: Path, *, title: str = "", revision: int | None = None, actor: str
    ) -> Entry:
        """Add a PDF document to a dossier; its title is the file's name unless it is given.

        The file is on disk before the dossier names it. The same document again only changes its title. Raises
        `AttachmentRefused`, `TooManyAttachments`, `ItemUnknown` or `ItemChanged`.
        """
        document = await self.keep_document(item_id, path, title=title or path.name)
        return await self._database.write(
            lambda conn: self.attach_in(conn, item_id, document, revision=revision, actor=actor)
        )

    async def keep_document(self, item_id: str, source: Path | bytes, *, title: str) -> Attachment:
        """Keep a PDF document that is about to be attached to an item; raise `AttachmentRefused` or `ItemUnknown`."""
        name = clean_text(title, where="title")[:_TITLE] or "PDF"
        await self.show(item_id)
        file = await self._attachments.keep(source, name=name)
        return Attachment(hash=file.hash, title=name, size=file.size, pages=file.pages)

    def attach_in(
        self, conn: Connection, item_id: str, document: Attachment, *, revision: int | None = None, actor: str
    ) -> Entry:
        """Add a document that is kept to a dossier, inside the caller's transaction; see `attach`."""
        before = held_at(conn, item_id, revision)
        others = [one for one in before.content.attachments if one.hash != document.hash]
        if len(others) >= ATTACHMENT_LIMIT:
            raise TooManyAttachments(name=before.item.name, limit=ATTACHMENT_LIMIT)
        kept = KeptFile(hash=document.hash, size=document.size, pages=document.pages)
        attachment_store.add_file(conn, kept, now=self._clock.ms(), actor=actor)
        documents = tuple(sorted([*others, document], key=lambda one: one.hash))
        after = msgspec.structs.replace(before.content, attachments=documents)
        return self._reviser.change(conn, before, after, actor=actor)

    async def detach(self, item_id: str, digest: str, *, revision: int | None = None, actor: str) -> Entry:
        """Take a document out of a dossier; its file stays, since earlier revisions have it.

        Raises `AttachmentUnknown`, `ItemUnknown` or `ItemChanged`.
        """

        def write(conn: Connection) -> Entry:
            before = held_at(conn, item_id, revision)
            others = tuple(one for one in before.content.attachments if one.hash != digest)
            if others == before.content.attachments:
                raise AttachmentUnknown(name=before.item.name, reference=digest[:64])
            after = msgspec.structs.replace(before.content, attachments=others)
            return self._reviser.change(conn, before, after, actor=actor)

        return await self._database.write(write)

    async def document(self, item_id: str, digest: str, *, revision: int | None = None) -> tuple[Attachment, Path]:
        """Return a document of an item with the file that it lies in, as it is now or at a revision.

        Raises `AttachmentUnknown`, `ItemUnknown` or `RevisionUnknown`.
        """
        if revision is None:
            content = (await self.show(item_id)).content
        else:
            content = await self.as_it_was(item_id, revision)
        for one in content.attachments:
            if one.hash == digest:
                return one, self._attachments.path_of(one.hash)
        raise AttachmentUnknown(name=content.item.name, reference=digest[:64])

    async def read_document(
        self, item_id: str, digest: str, *, revision: int | None = None
    ) -> tuple[Attachment, bytes]:
        """Return a document of an item with its bytes; raise `AttachmentDamaged`, and what `document` does."""
        found, _ = await self.document(item_id, digest, revision=revision)
        return found, await self._attachments.content(digest, name=found.title)

    async def damaged_attachments(self) -> list[str]:
        """Return the hashes of the documents whose file is missing or was altered. Reads every file."""
        files = await self._database.read(attachment_store.list_files)
        return [one.hash for one in files if not await self._attachments.is_whole(one.hash)]

    async def newest_apk(self, item_id: str) -> Apk:
        """Return the newest file of an item in the APK store; raise `NoPackage`, `ApkMissing` or `ItemUnknown`."""

        def read(conn: Connection) -> Apk:
            item = item_store.require_entry(conn, item_id).item
            if item.package is None:
                raise NoPackage(name=item.name)
            files = apk_store.apks_of_package(conn, item.package)
            if not files:
                raise ApkMissing(package=item.package)
            return files[0]

        return await self._database.read(read)

    async def note_findings(self, item_id: str, path: Path, *, stored: Apk | None = None, actor: str) -> Entry:
        """Look at an APK of an item and note its permissions, size and known trackers, as found by the machine.

        ``stored``: what the APK store knows of the file, when it is one of its own. The findings take the place of
        those of an earlier file. Raises `ApkUnreadable`, `ApkUnsigned`, `NoPackage`, `ApkOfAnother` or `ItemUnknown`.
        """
        if stored is None:
            found = await asyncio.to_thread(findings_of, path)
        else:
            found = await asyncio.to_thread(findings_of_stored, stored, path)

        def write(conn: Connection) -> Entry:
            before = held_at(conn, item_id, None)
            expected = before.item.package
            if expected is None:
                raise NoPackage(name=before.item.name)
            if found.package != expected:
                raise ApkOfAnother(found=found.package, expected=expected)
            after = msgspec.structs.replace(before.content, findings=(found,))
            return self._reviser.change(conn, before, after, actor=actor)

        return await self._database.write(write)


def snapshot_in(conn: Connection, item_id: str) -> tuple[Tree, str]:
    """Return an item's content as plain values and its digest, from one transaction.

    Raises `ItemUnknown`, or `RevisionDamaged` when the database holds something else than what was written.
    """
    entry = item_store.require_entry(conn, item_id)
    tree = entry.content.tree()
    digest = digest_of(tree)
    if digest != entry.digest or entry.item_id != item_id:
        raise RevisionDamaged(revision=entry.revision)
    return tree, digest
