"""What the catalogue keeps of an item: its content at each revision, and the digest that a proposal freezes."""

import base64
from typing import Any, Literal

import msgspec

from profiles.catalogue.dossier import Dossier
from profiles.catalogue.findings import ApkFindings
from profiles.catalogue.item import Item, Kind, Part
from profiles.catalogue.subjects import Cycle, Subject
from profiles.charter.canonical import Tree, digest_of

FORMAT: Literal["valise-dossier/1"] = "valise-dossier/1"


class Attachment(Part, frozen=True, kw_only=True):
    """A document of the dossier: a PDF file by its SHA-256, its title, its size in bytes and its pages."""

    hash: str
    title: str
    size: int
    pages: int


class Content(Part, frozen=True, kw_only=True):
    """All that is examined: the item, its dossier, its documents, and what the machine found."""

    format: Literal["valise-dossier/1"] = FORMAT
    item: Item
    dossier: Dossier = Dossier()
    attachments: tuple[Attachment, ...] = ()
    findings: tuple[ApkFindings, ...] = ()

    def tree(self) -> Tree:
        """Return the content as plain values: what is hashed. Parts that say nothing are left out."""
        return {"format": self.format, "dossier": {}, **_plain(self)}

    @property
    def digest(self) -> str:
        """The SHA-256 of the canonical JSON, in hex."""
        return digest_of(self.tree())


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An item as it is now. ``digest`` is the content's; ``changed_at`` in milliseconds since the epoch."""

    revision: int
    digest: str
    changed_at: int
    changed_by: str
    content: Content

    @property
    def item_id(self) -> str:
        """The item's identifier."""
        return self.content.item.item_id

    @property
    def item(self) -> Item:
        """The item."""
        return self.content.item

    @property
    def dossier(self) -> Dossier:
        """Its dossier."""
        return self.content.dossier


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """An item in a list."""

    item_id: str
    kind: Kind
    name: str
    publisher: str
    platforms: tuple[str, ...]
    levels: tuple[Cycle, ...]
    subjects: tuple[Subject, ...]
    revision: int
    digest: str
    changed_at: int


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a list of items; ``next`` asks for the following part, and is empty after the last."""

    items: tuple[Summary, ...]
    next: str


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """One change of an item: when (milliseconds), by whom, and the names of the fields that it changed."""

    revision: int
    at: int
    by: str
    changed: tuple[str, ...]
    digest: str


def _plain(value: Any) -> Any:
    # Not msgspec's own, which leaves a default out only when it is the very same object: the digest depends on the
    # content alone, and not on how it was made.
    if isinstance(value, Part):
        fields = msgspec.structs.fields(value)
        return {one.name: _plain(said) for one in fields if (said := getattr(value, one.name)) != one.default}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def changed_fields(before: Content | None, after: Content) -> tuple[str, ...]:
    """Return the dotted names of what differs, such as ``item.name`` or ``dossier.data.hosting``."""
    old = _flat(before.tree()) if before is not None else {}
    new = _flat(after.tree())
    names = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    return tuple(sorted(names - {"format"}))


def _flat(tree: dict[str, Any], under: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{under}{key}.")
        else:
            found[f"{under}{key}"] = value
    return found
