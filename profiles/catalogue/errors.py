"""What the catalogue refuses, in words."""

from collections.abc import Callable
from typing import ClassVar

from mdm.errors import ValiseError
from mdm.fleet.import_errors import FileRefused
from mdm.i18n import N_, Translator


class CatalogueError(ValiseError):
    """The root of what the catalogue refuses."""

    code: ClassVar[str] = "catalogue_refused"
    status: ClassVar[int] = 422


class FieldInvalid(CatalogueError):
    """A field of an item or of its dossier holds what it cannot. ``where`` is its name, dotted."""

    code: ClassVar[str] = "catalogue_field_invalid"
    message: ClassVar[str] = N_("“{where}” is not right: {reason}.")
    hint: ClassVar[str] = N_("See docs/catalogue.md for what each field holds.")


class ItemUnknown(CatalogueError):
    """There is no such item."""

    code: ClassVar[str] = "catalogue_item_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no “{reference}” in the catalogue.")
    hint: ClassVar[str] = N_("List what there is with: valise catalogue list")


class ItemAmbiguous(CatalogueError):
    """Several items have the name that was given."""

    code: ClassVar[str] = "catalogue_item_ambiguous"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("Several items of the catalogue are called “{reference}”.")
    hint: ClassVar[str] = N_(
        "Name the one you mean by its identifier, its bundle identifier, its package or its address."
    )


class ItemExists(CatalogueError):
    """Another item is the same app, page, book or site."""

    code: ClassVar[str] = "catalogue_item_exists"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("{reference} is in the catalogue already, as “{name}”.")
    hint: ClassVar[str] = N_("Change that item instead of adding it again.")


class ItemChanged(CatalogueError):
    """Somebody else changed the item since it was read."""

    code: ClassVar[str] = "catalogue_item_changed"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_(
        "Somebody changed “{name}” meanwhile: it is at revision {now}, and your change was made to revision {given}."
    )
    hint: ClassVar[str] = N_("Nothing was written. Read it again, and make your change to what it says now.")


class RevisionUnknown(CatalogueError):
    """The item never had that revision."""

    code: ClassVar[str] = "catalogue_revision_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This item has no revision {revision}.")
    hint: ClassVar[str] = N_("List its revisions with: valise catalogue history")


class RevisionDamaged(CatalogueError):
    """What the database holds is not what was written."""

    code: ClassVar[str] = "catalogue_revision_damaged"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("Revision {revision} of this item was altered in the database: nothing is made of it.")
    hint: ClassVar[str] = N_("Restore it from a backup; its digest is in the journal: valise journal verify")


class OtherKind(CatalogueError):
    """The item is not of the kind that is needed."""

    code: ClassVar[str] = "catalogue_other_kind"
    message: ClassVar[str] = N_("“{name}” is not of the kind that is needed here: it is {kind}.")
    hint: ClassVar[str] = N_("Choose another item of the catalogue.")


class NoPackage(CatalogueError):
    """Nothing can be looked for in an APK: the item is not for Android."""

    code: ClassVar[str] = "catalogue_no_package"
    message: ClassVar[str] = N_("“{name}” has no package: it is not an app for Android tablets.")
    hint: ClassVar[str] = N_("Give the item its package first.")


class ApkMissing(CatalogueError):
    """The file that was to be looked at is not there."""

    code: ClassVar[str] = "catalogue_apk_missing"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("No APK of {package} is in the APK store.")
    hint: ClassVar[str] = N_("Take it in with: valise apk add FILE")


class ApkOfAnother(CatalogueError):
    """The file is another app than the item."""

    code: ClassVar[str] = "catalogue_apk_of_another"
    message: ClassVar[str] = N_("This file is {found}, and the item is {expected}.")
    hint: ClassVar[str] = N_("Choose the file of the item's own app.")


class AttachmentRefused(CatalogueError):
    """A file cannot be attached."""

    code: ClassVar[str] = "attachment_refused"


class AttachmentTooLarge(AttachmentRefused):
    """It has too many bytes."""

    code: ClassVar[str] = "attachment_too_large"
    status: ClassVar[int] = 413
    message: ClassVar[str] = N_("{file} is larger than {limit} MB.")
    hint: ClassVar[str] = N_("Save it again with smaller pictures, or in several parts.")


class AttachmentNotPdf(AttachmentRefused):
    """It is no PDF document, or a broken one."""

    code: ClassVar[str] = "attachment_not_pdf"
    message: ClassVar[str] = N_("{file} is not a PDF document that can be kept: {reason}.")
    hint: ClassVar[str] = N_("Open the document and save or print it as PDF again, then attach that file.")


class AttachmentLocked(AttachmentRefused):
    """It is encrypted: nobody could check what it holds."""

    code: ClassVar[str] = "attachment_locked"
    message: ClassVar[str] = N_("{file} is protected by a password or by restrictions.")
    hint: ClassVar[str] = N_(
        "Remove the protection, then attach it: every member of the committee must be able to read it."
    )


class AttachmentActive(AttachmentRefused):
    """It does more than show pages."""

    code: ClassVar[str] = "attachment_active"
    message: ClassVar[str] = N_("{file} does more than show pages: {reason}.")
    hint: ClassVar[str] = N_("Print the document as PDF, which keeps its pages alone, and attach that file.")


class AttachmentNotKept(AttachmentRefused):
    """The server's disk does not take it."""

    code: ClassVar[str] = "attachment_not_kept"
    status: ClassVar[int] = 507
    message: ClassVar[str] = N_("{file} could not be written to the server's disk: {reason}.")
    hint: ClassVar[str] = N_(
        "Nothing was changed. Ask whoever runs the server to look at the space and rights of its disk."
    )


class TooManyAttachments(AttachmentRefused):
    """The item has enough."""

    code: ClassVar[str] = "attachment_too_many"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("“{name}” has {limit} attachments already.")
    hint: ClassVar[str] = N_("Remove one, or join several documents into one.")


class AttachmentUnknown(AttachmentRefused):
    """The item has no such attachment."""

    code: ClassVar[str] = "attachment_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("“{name}” has no attachment {reference}.")
    hint: ClassVar[str] = N_("Show the item for the list of its attachments.")


class AttachmentDamaged(AttachmentRefused):
    """Its file is not there any more, or is another one."""

    code: ClassVar[str] = "attachment_damaged"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The file of “{file}” is missing on the server's disk, or was altered.")
    hint: ClassVar[str] = N_("Ask whoever runs the server to restore it from a backup: valise catalogue check")


class FileNotCatalogue(FileRefused):
    """A JSON file, or one of its entries, is not a catalogue's."""

    code: ClassVar[str] = "file_not_catalogue"
    message: ClassVar[str] = N_("This is not a catalogue in JSON: {reason}.")
    hint: ClassVar[str] = N_("Export the catalogue as JSON to see its shape: valise catalogue export catalogue.json")


class CellNotUnderstood(FileRefused):
    """A cell holds something else than its column's values."""

    code: ClassVar[str] = "catalogue_cell_not_understood"
    message: ClassVar[str] = N_("“{value}” cannot be understood here.")
    hint: ClassVar[str] = N_("Write {expected}.")


class LineRefused(FileRefused):
    """A line says something that the catalogue refuses; the words are those of the refusal."""

    code: ClassVar[str] = "catalogue_line_refused"

    def __init__(self, refusal: ValiseError) -> None:
        self.refusal = refusal
        super().__init__()

    def text(self, translate: Translator | Callable[..., str]) -> str:
        """Return what the refusal says."""
        return self.refusal.text(translate)

    def advice(self, translate: Translator | Callable[..., str]) -> str:
        """Return what to do about it."""
        return self.refusal.advice(translate)


class LineTwice(FileRefused):
    """Two lines of a file are about the same item."""

    code: ClassVar[str] = "catalogue_line_twice"
    message: ClassVar[str] = N_("Line {other} is about the same item.")
    hint: ClassVar[str] = N_("Keep one of the two.")


class LineMixed(FileRefused):
    """A line names several items."""

    code: ClassVar[str] = "catalogue_line_mixed"
    message: ClassVar[str] = N_("This line names two items of the catalogue: “{one}” and “{other}”.")
    hint: ClassVar[str] = N_("Correct its identifiers, or remove one of the items' references first.")


class ItemIdMalformed(FileRefused):
    """An identifier is not one that the catalogue gives."""

    code: ClassVar[str] = "catalogue_item_id_malformed"
    message: ClassVar[str] = N_("“{value}” is not an identifier of the catalogue.")
    hint: ClassVar[str] = N_("Leave it empty for a new item.")
