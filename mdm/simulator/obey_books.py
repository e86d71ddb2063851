"""InstallMedia, ManagedMediaList and RemoveMedia.

Sources: Apple's schema, mdm/commands/media.*.yaml; Apple's MDM Protocol Reference, "Installed Books" (nobody is asked,
unless the store needs somebody; a book of the same identifier is replaced) and "Error Codes".
"""

from typing import Any

import msgspec

from mdm.simulator.command import Answer, Command, CommandMalformed, mdm_error
from mdm.simulator.errors import SimulatorError
from mdm.simulator.surroundings import Surroundings
from mdm.simulator.tablet import Book, Tablet

_BOOK = "Book"
_KINDS = ("pdf", "epub", "ibooks")
_BEGINNINGS = {"pdf": (b"%PDF-",), "epub": (b"PK\x03\x04", b"\x1f\x8b"), "ibooks": (b"PK\x03\x04", b"\x1f\x8b")}
_STORE_BYTES = 60_000_000
_BYTES_PER_SECOND = 12_000_000
_GIGABYTE = 1e9


async def install_media(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Obey InstallMedia: the download goes on in the background, and nobody at the tablet is asked."""
    store_id = command.need("iTunesStoreID", int) if "iTunesStoreID" in command.keys else None
    url = command.text("MediaURL")
    if command.need("MediaType", str) != _BOOK:
        raise mdm_error(12044, "The media type is not valid.", RejectionReason="WrongMediaType")
    if (store_id is None) == (url is None):
        raise CommandMalformed("InstallMedia needs a number of the store, or an address")
    if store_id is not None:
        return _from_store(tablet, around, store_id)
    return _from_address(tablet, around, command, url or "")


async def managed_media_list(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Answer ManagedMediaList; that a book did not arrive is told once."""
    del around, command
    listed = [_listed(book) for book in tablet.books.values()]
    for name, book in list(tablet.books.items()):
        if book.state == "Failed":
            _restore(tablet, name, book)
    return Answer(keys={"Books": listed})


async def remove_media(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Obey RemoveMedia, also for a book that is not there."""
    if command.need("MediaType", str) != _BOOK:
        raise mdm_error(12044, "The media type is not valid.")
    store_id, persistent_id = command.text("iTunesStoreID"), command.text("PersistentID")
    if store_id is None and persistent_id is None:
        raise CommandMalformed("RemoveMedia names no book")
    await around.pace.rest(0.5)
    tablet.books.pop(_store_name(store_id) if store_id is not None else persistent_id or "", None)
    return Answer()


def user_deletes_book(tablet: Tablet, name: str) -> bool:
    """Let the user delete a book; return whether it was there."""
    book = tablet.books.get(name)
    if book is None or not book.present:
        return False
    gone = "Uninstalled" if book.store_id is not None else "ManagedButUninstalled"
    tablet.books[name] = msgspec.structs.replace(book, state=gone, size=0, earlier=None)
    return True


def _from_store(tablet: Tablet, around: Surroundings, store_id: int) -> Answer:
    if tablet.restrictions().get("allowAppInstallation") is False:
        raise mdm_error(12031, "The App Store is switched off.", RejectionReason="AppStoreDisabled")
    if store_id <= 0:
        raise mdm_error(12046, "The book is not in the store.", RejectionReason="CouldNotVerifyITunesStoreID")
    name = _store_name(store_id)
    if tablet.licensed_books is None:
        tablet.books[name] = Book(state="PromptingForLogin", store_id=store_id)
    elif store_id not in tablet.licensed_books:
        raise mdm_error(12047, "There is no license of the book.", RejectionReason="PurchaseNotFound")
    else:
        _bring(tablet, around, name, Book(state="Installing", store_id=store_id), None)
    return Answer(keys={"iTunesStoreID": store_id, "MediaType": _BOOK, "State": tablet.books[name].state})


def _from_address(tablet: Tablet, around: Surroundings, command: Command, url: str) -> Answer:
    name = command.need("PersistentID", str)
    kind = command.text("Kind") or url.partition("?")[0].rpartition(".")[2].lower()
    if not url.lower().startswith("https://") or kind not in _KINDS:
        raise mdm_error(12043, "The address leads to no book.", RejectionReason="DownloadInvalid")
    book = Book(
        state="Installing",
        persistent_id=name,
        kind=kind,
        version=command.text("Version"),
        author=command.text("Author"),
        title=command.text("Title"),
    )
    _bring(tablet, around, name, book, url)
    keys: dict[str, Any] = {"MediaURL": url, "PersistentID": name, "MediaType": _BOOK}
    return Answer(keys={**keys, "State": tablet.books[name].state})


def _bring(tablet: Tablet, around: Surroundings, name: str, book: Book, url: str | None) -> None:
    """Begin to fetch a book; an earlier version can be read until the new one is there."""
    before = tablet.books.get(name)
    if before is not None and not before.present:
        before = None
    elif before is not None:
        before = before if before.earlier is None else before.earlier
        book = msgspec.structs.replace(book, state="Updating", earlier=before)
    tablet.books[name] = book

    async def arrive() -> None:
        if tablet.books.get(name) is not book:
            return
        try:
            size = await _fetched(around, book, url)
            if tablet.available_gb < size / _GIGABYTE:
                raise SimulatorError("there is not enough storage for the book")
        except SimulatorError:
            if tablet.books.get(name) is book:
                tablet.books[name] = msgspec.structs.replace(book, state="Failed")
            return
        if tablet.books.get(name) is book:
            there = "Installed" if book.store_id is not None else "Managed"
            tablet.books[name] = msgspec.structs.replace(book, state=there, size=size, earlier=None)

    around.later(4, arrive)


async def _fetched(around: Surroundings, book: Book, url: str | None) -> int:
    """Return how large the book is once it is here; raise `SimulatorError` when no book came."""
    if url is None:
        await around.pace.rest(_STORE_BYTES / _BYTES_PER_SECOND)
        return _STORE_BYTES
    body = await around.fetch(url)
    if not body.startswith(_BEGINNINGS[book.kind or ""]):
        raise SimulatorError(f"what came is no {book.kind}")
    await around.pace.rest(len(body) / _BYTES_PER_SECOND)
    return len(body)


def _restore(tablet: Tablet, name: str, book: Book) -> None:
    if book.earlier is not None:
        tablet.books[name] = book.earlier
    else:
        del tablet.books[name]


def _store_name(store_id: int | str) -> str:
    return f"store/{store_id}"


def _listed(book: Book) -> dict[str, Any]:
    # The schema wants the number in every entry; a book that came from an address has none in the store.
    listed: dict[str, Any] = {"iTunesStoreID": book.store_id or 0, "State": book.state}
    told = {
        "PersistentID": book.persistent_id,
        "Kind": book.kind,
        "Version": book.version,
        "Author": book.author,
        "Title": book.title,
    }
    return {**listed, **{name: value for name, value in told.items() if value is not None}}
