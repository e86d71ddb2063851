"""An item of the catalogue: an app, a web page on the home screen, a book, or a web site that is let through."""

import re
import unicodedata
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from mdm.errors import Words
from mdm.i18n import N_
from profiles.books import BookKind, kind_of
from profiles.catalogue.errors import FieldInvalid, OtherKind
from profiles.catalogue.reading import converted
from profiles.catalogue.subjects import Cycle, Subject
from profiles.policy import App, Book, BundleId, HttpsUrl, Name, Package, WebClip, WebUrl

Kind = Literal["app", "web_clip", "book", "web_site"]
NEWEST = "newest"
LARGEST_NUMBER = 2**53 - 1
"""What canonical JSON (RFC 8785) holds exactly."""
_ICON_BYTES = 64 * 1024
_SLUG_LENGTH = 60
_PNG = b"\x89PNG\r\n\x1a\n"

ItemId = Annotated[str, Meta(pattern=r"^([0-9a-f]{32})?$")]
Cents = Annotated[int, Meta(ge=0, le=10_000_000_000)]
Language = Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]
Day = Annotated[str, Meta(pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]

KIND_NAMES: dict[Kind, str] = {
    "app": N_("an app"),
    "web_clip": N_("a web page on the home screen"),
    "book": N_("a book"),
    "web_site": N_("a web site"),
}


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of an item or a dossier. Defaults are not written, so that a field that is added changes no digest."""


class Licences(Part, frozen=True, kw_only=True):
    """How the right to use an item is had: its price with taxes, in cents, for each ``unit``, once or by ``period``.

    ``held``: how many the territory has, until ``held_until``; ``terms``: the licence's name or conditions.
    """

    price_cents: Cents = 0
    unit: Literal["tablet", "pupil", "class", "school", "territory"] = "tablet"
    period: Literal["once", "month", "year"] = "once"
    held: Annotated[int, Meta(ge=0, le=10_000_000)] | None = None
    held_until: Day | None = None
    terms: Annotated[str, Meta(max_length=300)] = ""


class Item(Part, frozen=True, kw_only=True):
    """One thing that may be proposed. ``item_id`` is empty until the catalogue gives it one.

    ``bundle_id``, ``store_id`` and ``manifest_url`` are the app on iPads, ``package`` the one on Android tablets;
    ``url`` is where a page, a book or a site is. ``version`` is ``newest`` or the one that is meant. ``levels`` are
    cycles. ``size_bytes`` once installed. ``icon`` is a PNG picture of at most 64 KiB.
    """

    item_id: ItemId = ""
    kind: Kind
    name: Name
    publisher: Annotated[str, Meta(max_length=100)] = ""
    bundle_id: BundleId | None = None
    store_id: Annotated[int, Meta(gt=0, le=LARGEST_NUMBER)] | None = None
    manifest_url: HttpsUrl | None = None
    package: Package | None = None
    url: WebUrl | None = None
    version: Annotated[str, Meta(min_length=1, max_length=100)] = NEWEST
    licences: Licences = Licences()
    levels: Annotated[tuple[Cycle, ...], Meta(max_length=4)] = ()
    subjects: Annotated[tuple[Subject, ...], Meta(max_length=15)] = ()
    languages: Annotated[tuple[Language, ...], Meta(max_length=50)] = ()
    size_bytes: Annotated[int, Meta(gt=0, le=2**50)] | None = None
    offline: Literal["yes", "partly", "no"] | None = None
    icon: bytes | None = None

    @property
    def platforms(self) -> tuple[str, ...]:
        """The kinds of tablet that the item is for: ``ipad``, ``android``."""
        on_ipads = self.kind != "app" or self.bundle_id is not None
        on_androids = self.kind in ("web_clip", "web_site") or self.package is not None
        if self.kind == "book":
            on_androids = self.url is not None
        return tuple(name for name, has in (("ipad", on_ipads), ("android", on_androids)) if has)

    @property
    def references(self) -> tuple[tuple[str, str], ...]:
        """What no other item may have: pairs of a space (``ipad``, ``store``, ``android``, or the kind) and a value."""
        return references_of(msgspec.to_builtins(self))


def item_of(tree: Any) -> Item:
    """Return the item in a tree of plain values, its texts cleaned; raise `FieldInvalid`."""
    item: Item = converted(tree, Item)
    _require_coherent(item)
    return msgspec.structs.replace(
        item,
        levels=tuple(sorted(set(item.levels))),
        subjects=tuple(sorted(set(item.subjects))),
        languages=tuple(sorted(set(item.languages))),
    )


def references_of(tree: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the references in an item's tree, which may be a part of one."""
    found: list[tuple[str, str]] = []
    if isinstance(tree.get("bundle_id"), str):
        # Apple's store compares bundle identifiers without regard to case.
        found.append(("ipad", tree["bundle_id"].lower()))
    if isinstance(tree.get("store_id"), int):
        found.append(("store", str(tree["store_id"])))
    if isinstance(tree.get("package"), str):
        found.append(("android", tree["package"]))
    if isinstance(tree.get("url"), str):
        kinds = (tree["kind"],) if "kind" in tree else ("web_clip", "book", "web_site")
        found += [(str(kind), tree["url"]) for kind in kinds]
    return tuple(found)


def app_of(item: Item, *, install: Literal["required", "allowed"] = "required", removable: bool = False) -> App:
    """Return an app as a policy has it; raise `OtherKind`."""
    if item.kind != "app":
        raise OtherKind(name=item.name, kind=Words(KIND_NAMES[item.kind]))
    return App(
        name=item.name,
        bundle_id=item.bundle_id,
        package=item.package,
        version=None if item.version == NEWEST else item.version,
        store_id=item.store_id,
        manifest_url=item.manifest_url,
        install=install,
        removable=removable,
    )


def web_clip_of(item: Item, *, removable: bool = False, full_screen: bool = False) -> WebClip:
    """Return a web page on the home screen as a policy has it; raise `OtherKind`."""
    if item.kind != "web_clip" or item.url is None:
        raise OtherKind(name=item.name, kind=Words(KIND_NAMES[item.kind]))
    return WebClip(label=item.name, url=item.url, removable=removable, full_screen=full_screen, icon=item.icon)


def book_of(
    item: Item, *, identifier: str = "", version: int = 1, kind: BookKind | None = None, author: str = ""
) -> Book:
    """Return a book as a policy has it: a file at an https address where there is one, else the store's.

    ``identifier`` is made of the name where none is given; the publisher stands for an author who is not given.
    ``kind`` is needed where the address does not tell. Raises `OtherKind`, or `FieldInvalid` for a book that no tablet
    could fetch.
    """
    if item.kind != "book":
        raise OtherKind(name=item.name, kind=Words(KIND_NAMES[item.kind]))
    name = identifier or _slug(item.name)
    told = kind or (kind_of(item.url) if item.url is not None else None)
    secure = item.url is not None and item.url.startswith("https://")
    if secure and told is not None:
        by = author or item.publisher or None
        return Book(name=item.name, identifier=name, url=item.url, kind=told, version=version, author=by)
    if item.store_id is not None:
        return Book(name=item.name, identifier=name, store_id=item.store_id)
    if not secure:
        raise FieldInvalid(where="url", reason=Words(N_("tablets fetch books by https only")))
    raise FieldInvalid(where="url", reason=Words(N_("it does not tell whether the book is a PDF or an ePub file")))


def site_of(item: Item) -> str:
    """Return the address of a web site, for the list that a policy's web filter lets through; raise `OtherKind`."""
    if item.kind != "web_site" or item.url is None:
        raise OtherKind(name=item.name, kind=Words(KIND_NAMES[item.kind]))
    return item.url


def _slug(name: str) -> str:
    joined = name.lower().replace("œ", "oe").replace("æ", "ae")
    plain = unicodedata.normalize("NFKD", joined).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:_SLUG_LENGTH].strip("-") or "book"


def _require_coherent(item: Item) -> None:
    given = [name for name in ("bundle_id", "store_id", "manifest_url", "package", "url") if getattr(item, name)]
    allowed, needed = _REFERENCES[item.kind]
    for name in given:
        if name not in allowed:
            raise FieldInvalid(where=name, reason=Words(N_("an item of this kind has none")))
    if not any(name in given for name in needed):
        raise FieldInvalid(where=needed[0], reason=Words(_NEEDS[item.kind]))
    if item.kind == "app" and item.bundle_id is None and len(given) > 1:
        raise FieldInvalid(where="bundle_id", reason=Words(N_("an app that comes from Apple's side needs it")))
    if item.kind != "app" and item.version != NEWEST:
        raise FieldInvalid(where="version", reason=Words(N_("only apps have versions")))
    for name in ("manifest_url", "url"):
        _require_address(getattr(item, name), name)
    if item.icon is not None and not (item.icon.startswith(_PNG) and len(item.icon) <= _ICON_BYTES):
        raise FieldInvalid(where="icon", reason=Words(N_("it must be a PNG picture of at most 64 KiB, in base64")))


_REFERENCES: dict[Kind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "app": (("bundle_id", "store_id", "manifest_url", "package"), ("bundle_id", "package")),
    "web_clip": (("url",), ("url",)),
    "book": (("store_id", "url"), ("url", "store_id")),
    "web_site": (("url",), ("url",)),
}
_NEEDS: dict[Kind, str] = {
    "app": N_("an app needs its bundle identifier on iPads, its package on Android, or both"),
    "web_clip": N_("a web page needs its address"),
    "book": N_("a book needs its address or its number in Apple's store"),
    "web_site": N_("a web site needs its address"),
}


def _require_address(url: str | None, where: str) -> None:
    if url is None:
        return
    try:
        parts = urlsplit(url)
        host, secret = parts.hostname, parts.username is not None or parts.password is not None
        _ = parts.port
    except ValueError:
        host, secret = None, False
    if not host:
        raise FieldInvalid(where=where, reason=Words(N_("it is not an address")))
    if secret:
        raise FieldInvalid(where=where, reason=Words(N_("it must hold neither a name nor a password")))
