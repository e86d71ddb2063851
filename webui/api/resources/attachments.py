"""The documents of dossiers: PDF files that are attached, read and taken out."""

from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.store import Connection
from profiles.catalogue import pdf_check
from profiles.catalogue.catalogue import Catalogue
from profiles.catalogue.entry import Attachment
from profiles.catalogue.errors import (
    AttachmentActive,
    AttachmentDamaged,
    AttachmentLocked,
    AttachmentNotKept,
    AttachmentNotPdf,
    AttachmentTooLarge,
    AttachmentUnknown,
    FieldInvalid,
    ItemUnknown,
    RevisionUnknown,
    TooManyAttachments,
)
from webui.api.operation import Call, Creates, Operation, operation
from webui.api.resources.catalogue import ItemPath
from webui.api.resources.places import Id
from webui.api.results import Created, Document, Nothing, Upload
from webui.permissions import Action

PDF = "application/pdf"
_MORE = 1024
"""Bytes beyond the largest document, so that one that is a little too large is refused in the words for documents."""
_SUFFIX = ".pdf"


class TitleQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Says what a document is."""

    title: Annotated[str, Meta(min_length=1, max_length=200, description="What people read in the list of documents.")]


class AttachmentPath(msgspec.Struct, frozen=True, kw_only=True):
    """Names a document of an item by the SHA-256 of its bytes."""

    item_id: Id
    hash: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class RevisionQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Chooses a revision."""

    revision: (
        Annotated[
            int, Meta(ge=1, le=2**53, description="As the dossier was at this revision; without it, as it is now.")
        ]
        | None
    ) = None


class AttachmentOperations:
    """Attaches documents, sends them, and takes them out of dossiers."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [
            operation(
                "POST",
                "/catalogue/items/{item_id}/attachments",
                self.attach,
                name="attach_document",
                summary="Attach a PDF document of at most 20 MB to a dossier; the same one again gets another title.",
                needs=Action.EDIT_CATALOGUE,
                creates=Creates.AT_ONCE,
                consumes=(PDF,),
                body_bytes=pdf_check.LARGEST + _MORE,
                errors=(
                    ItemUnknown,
                    FieldInvalid,
                    AttachmentTooLarge,
                    AttachmentNotPdf,
                    AttachmentLocked,
                    AttachmentActive,
                    AttachmentNotKept,
                    TooManyAttachments,
                ),
            ),
            operation(
                "GET",
                "/catalogue/items/{item_id}/attachments/{hash}",
                self.download,
                name="download_document",
                summary="A document of a dossier.",
                needs=Action.READ_CATALOGUE,
                produces=PDF,
                errors=(ItemUnknown, RevisionUnknown, AttachmentUnknown, AttachmentDamaged),
            ),
            operation(
                "DELETE",
                "/catalogue/items/{item_id}/attachments/{hash}",
                self.detach,
                name="detach_document",
                summary="Take a document out of a dossier; earlier revisions keep it.",
                needs=Action.EDIT_CATALOGUE,
                errors=(ItemUnknown, AttachmentUnknown),
            ),
        ]

    async def attach(self, call: Call[ItemPath, TitleQuery, Upload]) -> Created[Attachment]:
        """Keep the file, then name it in the dossier."""
        item_id, title = call.path.item_id, call.query.title
        document = await self._catalogue.keep_document(item_id, call.body.content, title=title)

        def add(conn: Connection) -> Created[Attachment]:
            self._catalogue.attach_in(conn, item_id, document, actor=call.person.actor)
            return Created(value=document, location=f"/api/v1/catalogue/items/{item_id}/attachments/{document.hash}")

        return await call.once(add)

    async def download(self, call: Call[AttachmentPath, RevisionQuery, Nothing]) -> Document:
        """Return the file, as it was given."""
        found, content = await self._catalogue.read_document(
            call.path.item_id, call.path.hash, revision=call.query.revision
        )
        named = found.title if found.title.lower().endswith(_SUFFIX) else found.title + _SUFFIX
        return Document(content=content, filename=named)

    async def detach(self, call: Call[AttachmentPath, Nothing, Nothing]) -> None:
        """Take it out of the dossier as it is now."""
        await self._catalogue.detach(call.path.item_id, call.path.hash, actor=call.person.actor)
