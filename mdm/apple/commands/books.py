"""Commands about managed books. They follow from the edition that was agreed, and nobody gives them by hand."""

from typing import Any, ClassVar

from mdm.apple.commands.base import ArgumentInvalid, ArgumentMissing, Command

_BOOK = "Book"


class InstallMedia(Command, frozen=True, kw_only=True):
    """Install a book, or replace the one of the same identifier: from its address, or from Apple's store.

    ``persistent_id`` is in reverse-DNS form; ``kind`` is pdf or epub. Raises `ArgumentMissing` for a book that comes
    from nowhere, and `ArgumentInvalid` for an address that is not fetched by https.
    """

    request_type: ClassVar[str] = "InstallMedia"
    introduced: ClassVar[str] = "8.0"
    store_id: int | None = None
    url: str | None = None
    persistent_id: str | None = None
    kind: str | None = None
    version: str | None = None
    author: str | None = None
    title: str | None = None

    def __post_init__(self) -> None:
        if self.store_id is None and (self.url is None or self.persistent_id is None):
            raise ArgumentMissing(command=self.request_type, argument="url")
        if self.url is not None and not self.url.startswith("https://"):
            raise ArgumentInvalid(command=self.request_type, argument="url")

    def payload(self) -> dict[str, Any]:
        """Return where the book comes from and what it is; the store tells the rest of its own."""
        if self.store_id is not None:
            return {"MediaType": _BOOK, "iTunesStoreID": self.store_id}
        told = {"Kind": self.kind, "Version": self.version, "Author": self.author, "Title": self.title}
        return {
            "MediaType": _BOOK,
            "MediaURL": self.url,
            "PersistentID": self.persistent_id,
            **{name: value for name, value in told.items() if value is not None},
        }


class ManagedMediaList(Command, frozen=True, kw_only=True):
    """Ask which managed books the device has."""

    request_type: ClassVar[str] = "ManagedMediaList"
    introduced: ClassVar[str] = "8.0"


class RemoveMedia(Command, frozen=True, kw_only=True):
    """Remove a managed book by its number in Apple's store, or by its persistent identifier."""

    request_type: ClassVar[str] = "RemoveMedia"
    introduced: ClassVar[str] = "8.0"
    store_id: int | None = None
    persistent_id: str | None = None

    def __post_init__(self) -> None:
        if self.store_id is None and self.persistent_id is None:
            raise ArgumentMissing(command=self.request_type, argument="persistent_id")

    def payload(self) -> dict[str, Any]:
        """Return which book; here the number is a text in Apple's schema."""
        if self.store_id is not None:
            return {"MediaType": _BOOK, "iTunesStoreID": str(self.store_id)}
        return {"MediaType": _BOOK, "PersistentID": self.persistent_id}
