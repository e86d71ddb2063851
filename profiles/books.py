"""Books of a policy: files at an address, for all tablets, and books of Apple's store, for iPads."""

from collections.abc import Collection, Sequence
from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta

from mdm.commands.target import BOOKS_FOLDER
from profiles.errors import PolicyInvalid
from profiles.part import HttpsUrl, Name, Part

BookId = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*\Z", max_length=60)]
BookKind = Literal["pdf", "epub"]
KINDS: tuple[BookKind, ...] = ("pdf", "epub")
_LARGEST_NUMBER = 2**53 - 1
"""What canonical JSON (RFC 8785) holds exactly."""


class Book(Part, frozen=True, kw_only=True):
    """A book that is put on every tablet: from ``url``, or from Apple's store on iPads alone.

    ``identifier`` stays for as long as it is the same book; ``version`` grows with each change of its file.
    """

    name: Name
    identifier: BookId
    url: HttpsUrl | None = None
    kind: BookKind | None = None
    version: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    author: Name | None = None
    store_id: Annotated[int, Meta(gt=0, le=_LARGEST_NUMBER)] | None = None

    @property
    def path(self) -> str | None:
        """Where Android tablets keep it in their shared storage; another version has another path.

        Their agent never fetches a file of an earlier version in the place of a later one.
        """
        if self.url is None:
            return None
        version = "" if self.version == 1 else f".{self.version}"
        return f"{BOOKS_FOLDER}{self.identifier}{version}.{self.kind}"


def kind_of(url: str) -> BookKind | None:
    """Return what a file is by the end of its address; None where that does not tell."""
    path = urlsplit(url).path.lower()
    return next((kind for kind in KINDS if path.endswith(f".{kind}")), None)


def require_coherent_books(books: Sequence[Book], taken: Collection[str]) -> None:
    """Raise `PolicyInvalid` for books that cannot be; ``taken`` are the paths of a policy's other files on Android."""
    identifiers: set[str] = set()
    store_ids: set[int] = set()
    others = {path.lower() for path in taken}
    for place, book in enumerate(books):
        where = f"books[{place}]"
        if book.identifier in identifiers:
            raise PolicyInvalid(where=f"{where}.identifier", reason=f"{book.identifier} is there twice")
        identifiers.add(book.identifier)
        if book.store_id is not None:
            _require_store_book(book, where)
            if book.store_id in store_ids:
                raise PolicyInvalid(where=f"{where}.store_id", reason=f"{book.store_id} is there twice")
            store_ids.add(book.store_id)
        else:
            _require_file(book, where)
        if book.path is not None and book.path.lower() in others:
            raise PolicyInvalid(where="android.files", reason=f"{book.path} is the place of a book")


def _require_store_book(book: Book, where: str) -> None:
    if book.url is not None:
        raise PolicyInvalid(where=where, reason="a book has a url or a store_id, not both")
    if book.kind is not None or book.version != 1:
        raise PolicyInvalid(where=where, reason="a book of Apple's store has neither a kind nor a version")


def _require_file(book: Book, where: str) -> None:
    if book.url is None:
        raise PolicyInvalid(where=where, reason="a book needs a url or a store_id")
    if book.kind is None:
        raise PolicyInvalid(where=f"{where}.kind", reason='say what its file is: "pdf" or "epub"')
    try:
        parts = urlsplit(book.url)
        is_address = bool(parts.hostname) and book.url.isprintable()
        _ = parts.port
    except ValueError:
        is_address = False
    if not is_address:
        raise PolicyInvalid(where=f"{where}.url", reason="it is not an address")
    if parts.username is not None or parts.password is not None:
        raise PolicyInvalid(where=f"{where}.url", reason="it must hold neither a name nor a password")
    told = kind_of(book.url)
    if told not in (None, book.kind):
        raise PolicyInvalid(where=f"{where}.kind", reason=f"the address ends with .{told}")
