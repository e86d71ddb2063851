"""The catalogue in parts of a list: items by name, and an item's revisions, the newest first."""

import msgspec

from mdm.fleet.csv_reading import fold_title
from mdm.store import Connection
from profiles.catalogue.entry import Revision
from profiles.catalogue.errors import ItemUnknown
from profiles.catalogue.item import Kind
from profiles.catalogue.subjects import Subject

_WORDS = 4
"""Words of a search that count."""


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """Which items; what is None or empty chooses nothing."""

    text: str = ""
    kind: Kind | None = None
    platform: str | None = None
    level: int | None = None
    subject: Subject | None = None


class ListedItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item's line; ``sort_key`` is its name without case and accents. ``changed_at`` in milliseconds."""

    item_id: str
    sort_key: str
    kind: Kind
    name: str
    publisher: str
    platforms: tuple[str, ...]
    levels: tuple[int, ...]
    subjects: tuple[str, ...]
    revision: int
    digest: str
    changed_at: int


def items_after(conn: Connection, last: tuple[str, str], chosen: Chosen, *, limit: int) -> list[ListedItem]:
    """Return items by name and identifier, from the one after ``last`` (sort key and identifier).

    ``text``: up to four words, or parts of words, of the name, the publisher, or the references, without regard to
    case and accents.
    """
    words = [f"%{word}%" for word in fold_title(chosen.text).split()[:_WORDS]]
    words += ["%"] * (_WORDS - len(words))
    rows = conn.all(
        "SELECT item_id, sort_key, kind, name, publisher, platforms, levels, subjects, revision, digest, changed_at"
        " FROM catalogue_item WHERE (sort_key, item_id) > (:sort_key, :item_id) AND (:kind = '' OR kind = :kind)"
        " AND platforms LIKE :platform AND levels LIKE :level AND subjects LIKE :subject"
        " AND search_key LIKE :word1 AND search_key LIKE :word2 AND search_key LIKE :word3 AND search_key LIKE :word4"
        " ORDER BY sort_key, item_id LIMIT :limit",
        sort_key=last[0],
        item_id=last[1],
        kind=chosen.kind or "",
        platform=_listed(chosen.platform),
        level=_listed(chosen.level),
        subject=_listed(chosen.subject),
        word1=words[0],
        word2=words[1],
        word3=words[2],
        word4=words[3],
        limit=limit,
    )
    lists = ("platforms", "levels", "subjects")
    return [
        msgspec.convert({**row, **{name: _split(row[name]) for name in lists}}, ListedItem, strict=False)
        for row in rows
    ]


def revisions_before(conn: Connection, item_id: str, revision: int, *, limit: int) -> list[Revision]:
    """Return an item's revisions below a number; raise `ItemUnknown`."""
    rows = conn.all(
        "SELECT revision, at, actor, changed, digest FROM catalogue_revision"
        " WHERE item_id = :item_id AND revision < :revision ORDER BY revision DESC LIMIT :limit",
        item_id=item_id,
        revision=revision,
        limit=limit,
    )
    if not rows and conn.one("SELECT 1 AS one FROM catalogue_item WHERE item_id = :item_id", item_id=item_id) is None:
        raise ItemUnknown(reference=item_id)
    return [
        Revision(
            revision=row["revision"],
            at=row["at"],
            by=row["actor"],
            changed=tuple(msgspec.json.decode(row["changed"], type=list[str])),
            digest=row["digest"],
        )
        for row in rows
    ]


def _listed(word: str | int | None) -> str:
    """Return a pattern for a list that is kept as ``,2,3,``; an underscore stands for any character, which suits."""
    return f"%,{word},%" if word is not None else "%"


def _split(text: str) -> list[str]:
    return [word for word in text.split(",") if word]
