"""SQL of the catalogue's items and their revisions. Every function runs inside the caller's transaction."""

from collections.abc import Iterator

import msgspec

from mdm.fleet.csv_reading import fold_title
from mdm.store import Connection, Row
from profiles.catalogue.entry import Content, Entry, Page, Revision, Summary
from profiles.catalogue.errors import ItemAmbiguous, ItemExists, ItemUnknown, RevisionUnknown
from profiles.catalogue.item import Item, Kind
from profiles.catalogue.subjects import Cycle, Subject
from profiles.charter.canonical import canonical_json

PAGE_LIMIT = 1000
"""Items in one page of a list."""
_WORDS = 4
"""Words of a search that count."""
_SHOWN = 80


def add_item(conn: Connection, entry: Entry, changed: tuple[str, ...]) -> None:
    """Store a new item with its first revision; raise `ItemExists` when another is the same thing."""
    conn.run(
        "INSERT INTO catalogue_item (item_id, kind, name, publisher, platforms, levels, subjects, sort_key,"
        " search_key, revision, digest, changed_at, changed_by) VALUES (:item_id, :kind, :name, :publisher,"
        " :platforms, :levels, :subjects, :sort_key, :search_key, :revision, :digest, :changed_at, :changed_by)",
        **_columns(entry),
    )
    _add_references(conn, entry.item)
    _add_revision(conn, entry, changed)


def save_revision(conn: Connection, entry: Entry, changed: tuple[str, ...]) -> None:
    """Store an item's next revision; raise `ItemExists`. The caller holds the item, see `hold_entry`."""
    conn.run(
        "UPDATE catalogue_item SET kind = :kind, name = :name, publisher = :publisher, platforms = :platforms,"
        " levels = :levels, subjects = :subjects, sort_key = :sort_key, search_key = :search_key,"
        " revision = :revision, digest = :digest, changed_at = :changed_at, changed_by = :changed_by"
        " WHERE item_id = :item_id",
        **_columns(entry),
    )
    conn.run("DELETE FROM catalogue_reference WHERE item_id = :item_id", item_id=entry.item_id)
    _add_references(conn, entry.item)
    _add_revision(conn, entry, changed)


def hold_entry(conn: Connection, item_id: str) -> Entry:
    """Return an item that no other transaction can change before this one ends; raise `ItemUnknown`."""
    # Written to itself: on PostgreSQL this takes the row's lock, on SQLite the transaction has the only one.
    conn.run("UPDATE catalogue_item SET revision = revision WHERE item_id = :item_id", item_id=item_id)
    return require_entry(conn, item_id)


def require_entry(conn: Connection, item_id: str) -> Entry:
    """Return an item as it is now; raise `ItemUnknown`."""
    row = conn.one(_ENTRY + " WHERE catalogue_item.item_id = :item_id", item_id=item_id)
    if row is None:
        raise ItemUnknown(reference=item_id[:_SHOWN])
    return _entry(row)


def all_entries(conn: Connection) -> Iterator[Entry]:
    """Yield every item by name."""
    for row in conn.stream(_ENTRY + " ORDER BY catalogue_item.sort_key, catalogue_item.item_id"):
        yield _entry(row)


def find_item(conn: Connection, reference: str) -> str:
    """Return the identifier of the item that a person means.

    It is named by its identifier or the beginning of it (6 digits at least), bundle identifier, package, number in
    Apple's store, address, or name. Raises `ItemUnknown` or `ItemAmbiguous`.
    """
    wanted = reference.strip().replace("\0", "")
    rows = conn.all(
        "SELECT DISTINCT item_id FROM catalogue_reference WHERE value = :it OR (space = 'ipad' AND value = :small)",
        it=wanted,
        small=wanted.lower(),
    )
    if not rows:
        begun = wanted.lower() if len(wanted) >= 6 and set(wanted.lower()) <= set("0123456789abcdef") else "-"
        rows = conn.all(
            "SELECT item_id FROM catalogue_item WHERE sort_key = :key OR (item_id >= :begun AND item_id < :after)",
            key=fold_title(wanted) or "-",
            begun=begun,
            after=f"{begun}g",
        )
    if not rows:
        raise ItemUnknown(reference=wanted[:_SHOWN])
    if len(rows) > 1:
        raise ItemAmbiguous(reference=wanted[:_SHOWN])
    return str(rows[0]["item_id"])


def owner_of(conn: Connection, space: str, value: str) -> str | None:
    """Return the identifier of the item that has a reference."""
    row = conn.one(
        "SELECT item_id FROM catalogue_reference WHERE space = :space AND value = :value", space=space, value=value
    )
    return None if row is None else str(row["item_id"])


def name_of(conn: Connection, item_id: str) -> str:
    """Return an item's name, empty when there is no such item."""
    row = conn.one("SELECT name FROM catalogue_item WHERE item_id = :item_id", item_id=item_id)
    return "" if row is None else str(row["name"])


def search_items(
    conn: Connection,
    *,
    text: str = "",
    kind: Kind | None = None,
    platform: str = "",
    level: Cycle | None = None,
    subject: Subject | None = None,
    after: str = "",
    limit: int = 100,
) -> Page:
    """Return a page of items by name: those of a kind, platform, cycle or subject, where these are given.

    ``text``: up to four words, or parts of words, of the name, the publisher, or the references, without regard to
    case and accents. ``after`` is the ``next`` of the page before.
    """
    wanted = max(1, min(limit, PAGE_LIMIT))
    words = [f"%{word}%" for word in fold_title(text).split()[:_WORDS]]
    words += ["%"] * (_WORDS - len(words))
    rows = conn.all(
        "SELECT item_id, kind, name, publisher, platforms, levels, subjects, revision, digest, changed_at"
        " FROM catalogue_item WHERE (:kind = '' OR kind = :kind)"
        " AND platforms LIKE :platform AND levels LIKE :level AND subjects LIKE :subject"
        " AND search_key LIKE :word1 AND search_key LIKE :word2 AND search_key LIKE :word3 AND search_key LIKE :word4"
        " AND (:after = '' OR (sort_key, item_id) >"
        " (SELECT last.sort_key, last.item_id FROM catalogue_item last WHERE last.item_id = :after))"
        " ORDER BY sort_key, item_id LIMIT :limit",
        kind=kind or "",
        platform=f"%,{platform},%" if platform in ("ipad", "android") else "%",
        level=f"%,{level},%" if level is not None else "%",
        # An underscore stands for any character; no subject differs from another in that alone.
        subject=f"%,{subject},%" if subject is not None else "%",
        word1=words[0],
        word2=words[1],
        word3=words[2],
        word4=words[3],
        after=after.replace("\0", ""),
        limit=wanted + 1,
    )
    items = tuple(_summary(row) for row in rows[:wanted])
    return Page(items=items, next=items[-1].item_id if len(rows) > wanted else "")


def list_revisions(conn: Connection, item_id: str) -> list[Revision]:
    """Return the changes of an item, the newest first; raise `ItemUnknown`."""
    rows = conn.all(
        "SELECT revision, at, actor, changed, digest FROM catalogue_revision WHERE item_id = :item_id"
        " ORDER BY revision DESC",
        item_id=item_id,
    )
    if not rows:
        raise ItemUnknown(reference=item_id[:_SHOWN])
    return [
        Revision(
            revision=row["revision"],
            at=row["at"],
            by=row["actor"],
            changed=tuple(msgspec.json.decode(row["changed"])),
            digest=row["digest"],
        )
        for row in rows
    ]


def content_of_revision(conn: Connection, item_id: str, revision: int) -> tuple[Content, str]:
    """Return what an item said at a revision, and the digest that was noted; raise `RevisionUnknown`."""
    row = conn.one(
        "SELECT tree, digest FROM catalogue_revision WHERE item_id = :item_id AND revision = :revision",
        item_id=item_id,
        revision=revision,
    )
    if row is None:
        raise RevisionUnknown(revision=revision)
    return msgspec.json.decode(row["tree"], type=Content), str(row["digest"])


def _add_references(conn: Connection, item: Item) -> None:
    for space, value in item.references:
        added = conn.run(
            "INSERT INTO catalogue_reference (space, value, item_id) VALUES (:space, :value, :item_id)"
            " ON CONFLICT (space, value) DO NOTHING",
            space=space,
            value=value,
            item_id=item.item_id,
        )
        if not added:
            owner = owner_of(conn, space, value) or ""
            raise ItemExists(reference=value[:_SHOWN], name=name_of(conn, owner))


def _add_revision(conn: Connection, entry: Entry, changed: tuple[str, ...]) -> None:
    conn.run(
        "INSERT INTO catalogue_revision (item_id, revision, at, actor, changed, digest, tree)"
        " VALUES (:item_id, :revision, :at, :actor, :changed, :digest, :tree)",
        item_id=entry.item_id,
        revision=entry.revision,
        at=entry.changed_at,
        actor=entry.changed_by,
        changed=msgspec.json.encode(changed).decode(),
        digest=entry.digest,
        tree=canonical_json(entry.content.tree()).decode(),
    )


def _columns(entry: Entry) -> dict[str, str | int]:
    item = entry.item
    references = [value for _, value in item.references]
    return {
        "item_id": item.item_id,
        "kind": item.kind,
        "name": item.name,
        "publisher": item.publisher,
        "platforms": _joined(item.platforms),
        "levels": _joined(item.levels),
        "subjects": _joined(item.subjects),
        "sort_key": fold_title(item.name) or item.name,
        "search_key": fold_title(" ".join([item.name, item.publisher, *references])),
        "revision": entry.revision,
        "digest": entry.digest,
        "changed_at": entry.changed_at,
        "changed_by": entry.changed_by,
    }


def _joined(words: tuple[str, ...] | tuple[int, ...]) -> str:
    return "," + "".join(f"{word}," for word in words)


def _split(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def _entry(row: Row) -> Entry:
    return Entry(
        revision=row["revision"],
        digest=row["digest"],
        changed_at=row["changed_at"],
        changed_by=row["changed_by"],
        content=msgspec.json.decode(row["tree"], type=Content),
    )


def _summary(row: Row) -> Summary:
    return msgspec.convert(
        {
            **row,
            "platforms": _split(row["platforms"]),
            "levels": [int(level) for level in _split(row["levels"])],
            "subjects": _split(row["subjects"]),
        },
        Summary,
    )


_ENTRY = """
SELECT catalogue_item.revision, catalogue_item.digest, catalogue_item.changed_at, catalogue_item.changed_by,
    catalogue_revision.tree
FROM catalogue_item JOIN catalogue_revision
    ON catalogue_revision.item_id = catalogue_item.item_id AND catalogue_revision.revision = catalogue_item.revision
"""
