"""How large an iPad's apps and all tablets' books are to download, as far as the catalogue says; APKs say it."""

from typing import Protocol

from mdm.store import Connection
from profiles.catalogue import item_store
from profiles.policy import App, Book


class AppSizes(Protocol):
    """Knows the sizes of apps of Apple's store, and of books."""

    def size_of(self, conn: Connection, app: App) -> int | None:
        """Return an app's size in bytes; None where nobody said it."""
        ...

    def size_of_book(self, conn: Connection, book: Book) -> int | None:
        """Return a book's size in bytes; None where nobody said it."""
        ...


class CatalogueSizes:
    """The sizes that the catalogue holds; implements `AppSizes`."""

    def size_of(self, conn: Connection, app: App) -> int | None:
        """Return the size of the catalogue's item with the app's number in Apple's store, or its bundle identifier."""
        item_id = None
        if app.store_id is not None:
            item_id = item_store.owner_of(conn, "store", str(app.store_id))
        if item_id is None and app.bundle_id is not None:
            item_id = item_store.owner_of(conn, "ipad", app.bundle_id.lower())
        return None if item_id is None else item_store.require_entry(conn, item_id).item.size_bytes

    def size_of_book(self, conn: Connection, book: Book) -> int | None:
        """Return the size of the catalogue's item with the book's address, or its number in Apple's store."""
        if book.store_id is not None:
            item_id = item_store.owner_of(conn, "store", str(book.store_id))
        else:
            item_id = item_store.owner_of(conn, "book", book.url or "")
        return None if item_id is None else item_store.require_entry(conn, item_id).item.size_bytes
