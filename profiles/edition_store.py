"""SQL of editions: which there are, and which one a kit follows."""

import msgspec

from mdm.store import Connection
from profiles.edition import Edition, edition_of
from profiles.errors import EditionUnknown


class StoredEdition(msgspec.Struct, frozen=True, kw_only=True):
    """An edition's line in a list; ``followed_by`` counts the kits."""

    edition_id: str
    name: str
    loaded_at: int
    loaded_by: str
    followed_by: int


class TabletKind(msgspec.Struct, frozen=True, kw_only=True):
    """What decides a tablet's target: its edition and what it is. ``abi`` concerns Android alone."""

    edition_id: str
    platform: str
    os_version: str
    supervised: bool
    abi: str = ""


def add_edition(conn: Connection, edition: Edition, *, now: int, actor: str) -> bool:
    """Store an edition; tell whether it is new."""
    return bool(
        conn.run(
            "INSERT INTO edition (edition_id, name, body, loaded_at, loaded_by)"
            " VALUES (:edition_id, :name, :body, :now, :actor) ON CONFLICT (edition_id) DO NOTHING",
            edition_id=edition.edition_id,
            name=edition.name,
            body=edition.canonical().decode(),
            now=now,
            actor=actor,
        )
    )


def edition_body(conn: Connection, edition_id: str) -> str:
    """Return an edition's canonical JSON; raise `EditionUnknown`."""
    row = conn.one("SELECT body FROM edition WHERE edition_id = :edition_id", edition_id=edition_id)
    if row is None:
        raise EditionUnknown(edition=edition_id)
    return str(row["body"])


def find_edition(conn: Connection, reference: str) -> str:
    """Return the identifier that a person means by the beginning of one, or by a name; raise `EditionUnknown`."""
    rows = conn.all("SELECT edition_id, name FROM edition ORDER BY loaded_at DESC")
    exact = [row["edition_id"] for row in rows if row["name"] == reference]
    begun = [row["edition_id"] for row in rows if len(reference) >= 4 and row["edition_id"].startswith(reference)]
    if exact:
        return str(exact[0])
    if len(begun) == 1:
        return str(begun[0])
    raise EditionUnknown(edition=reference)


def list_editions(conn: Connection) -> list[StoredEdition]:
    """Return the editions, newest first."""
    rows = conn.all(
        "SELECT e.edition_id, e.name, e.loaded_at, e.loaded_by, (SELECT COUNT(*) FROM kit k"
        " JOIN school s ON s.uai = k.uai WHERE COALESCE(k.edition_id, s.edition_id) = e.edition_id) AS followed_by"
        " FROM edition e ORDER BY e.loaded_at DESC, e.edition_id"
    )
    return [StoredEdition(**row) for row in rows]


def follow(conn: Connection, edition_id: str, *, kit_id: str | None, uai: str | None) -> None:
    """Let a kit, or a school's kits that follow none of their own, follow an edition."""
    if kit_id is not None:
        conn.run("UPDATE kit SET edition_id = :edition WHERE kit_id = :kit", edition=edition_id, kit=kit_id)
    if uai is not None:
        conn.run("UPDATE school SET edition_id = :edition WHERE uai = :uai", edition=edition_id, uai=uai)


def edition_of_kit(conn: Connection, kit_id: str) -> Edition | None:
    """Return the edition that a kit follows; None where no edition was agreed."""
    row = conn.one(
        "SELECT e.body FROM kit k JOIN school s ON s.uai = k.uai"
        " JOIN edition e ON e.edition_id = COALESCE(k.edition_id, s.edition_id) WHERE k.kit_id = :kit_id",
        kit_id=kit_id,
    )
    return None if row is None else edition_of(msgspec.json.decode(row["body"]))


def kind_of_tablet(conn: Connection, tablet_id: str) -> TabletKind | None:
    """Return the edition that a tablet's kit follows and what the tablet is; None where no edition was agreed."""
    row = conn.one(
        "SELECT COALESCE(k.edition_id, s.edition_id) AS edition_id, k.platform, r.supervised,"
        " COALESCE(r.os_version, e.os_version, a.os_version, '') AS os_version, a.abi"
        " FROM slot t JOIN kit k ON k.kit_id = t.kit_id JOIN school s ON s.uai = k.uai"
        " LEFT JOIN tablet_report r ON r.tablet_id = t.tablet_id"
        " LEFT JOIN apple_enrollment e ON e.tablet_id = t.tablet_id"
        " LEFT JOIN android_enrollment a ON a.tablet_id = t.tablet_id AND a.state = 'enrolled'"
        " WHERE t.tablet_id = :tablet_id",
        tablet_id=tablet_id,
    )
    if row is None or row["edition_id"] is None:
        return None
    if row["platform"] == "ipad" and row["supervised"] is None:
        return None
    return TabletKind(
        edition_id=row["edition_id"],
        platform=row["platform"],
        os_version=row["os_version"] or "0",
        supervised=bool(row["supervised"]),
        abi=row["abi"] or "",
    )
