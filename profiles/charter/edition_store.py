"""SQL of the charter's editions and keys, and of what kits and schools follow."""

import msgspec

from mdm.store import Connection
from profiles.charter.canonical import canonical_json
from profiles.charter.edition_keys import EditionKey
from profiles.charter.record import Record, SignedEdition


class EditionRow(msgspec.Struct, frozen=True, kw_only=True):
    """An edition as it is kept: ``body`` is the record's canonical JSON, not checked yet."""

    edition_id: str
    number: int
    body: str
    signature: str


class EditionLine(msgspec.Struct, frozen=True, kw_only=True):
    """An edition in a list. ``followed_by`` counts the kits; ``made_at`` in milliseconds since the epoch."""

    edition_id: str
    number: int
    made_at: int
    made_by: str
    decisions: int
    followed_by: int
    current: bool


class CharterRow(msgspec.Struct, frozen=True, kw_only=True):
    """The charter's one row."""

    territory: str
    head_id: str
    head_seal: str
    current_id: str
    current_seal: str
    founded_at: int
    moments_until: int


class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """An edition key, with its private half sealed."""

    key: EditionKey
    sealed_key: bytes


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """What a kit follows, as it is kept: its own edition, its school's or the territory's; None without a charter.

    ``by`` is ``kit``, ``school`` or ``charter``. ``head_id``: the newest edition, whose withdrawals hold for all.
    """

    kit_id: str
    uai: str
    edition_id: str | None
    seal: str | None
    by: str
    head_id: str | None
    head_seal: str | None


class TabletKind(msgspec.Struct, frozen=True, kw_only=True):
    """What decides a tablet's target: what its kit follows, and what it is. ``abi`` concerns Android alone."""

    followed: Followed
    platform: str
    os_version: str
    supervised: bool
    abi: str = ""


def insert_edition(conn: Connection, edition: SignedEdition, *, actor: str) -> None:
    """Store a signed edition."""
    record: Record = edition.record
    conn.run(
        "INSERT INTO edition (edition_id, name, body, loaded_at, loaded_by, number, previous_id, key_id, signature)"
        " VALUES (:edition_id, :name, :body, :at, :actor, :number, :previous, :key, :signature)",
        edition_id=record.edition_id,
        name=f"{record.territory} {record.number}",
        body=canonical_json(record.tree()).decode(),
        at=record.made_at,
        actor=actor,
        number=record.number,
        previous=record.previous,
        key=record.key,
        signature=edition.signature,
    )


def edition_row(conn: Connection, edition_id: str) -> EditionRow | None:
    """Return a signed edition by its identifier."""
    row = conn.one(
        "SELECT edition_id, number, body, signature FROM edition WHERE edition_id = :edition_id AND number IS NOT NULL",
        edition_id=edition_id,
    )
    return None if row is None else EditionRow(**row)


def edition_rows(conn: Connection) -> list[EditionRow]:
    """Return the signed editions with all that they hold, oldest first."""
    rows = conn.all("SELECT edition_id, number, body, signature FROM edition WHERE number IS NOT NULL ORDER BY number")
    return [EditionRow(**row) for row in rows]


def edition_ids(conn: Connection) -> list[tuple[int, str]]:
    """Return number and identifier of the signed editions, oldest first, without reading what they hold."""
    rows = conn.all("SELECT number, edition_id FROM edition WHERE number IS NOT NULL ORDER BY number")
    return [(row["number"], row["edition_id"]) for row in rows]


def edition_lines(conn: Connection) -> list[EditionLine]:
    """Return the editions for a list, newest first."""
    rows = conn.all(
        "SELECT e.edition_id, e.number, e.loaded_at AS made_at, e.loaded_by AS made_by,"
        " COALESCE(d.decisions, 0) AS decisions, COALESCE(f.kits, 0) AS followed_by,"
        " CASE WHEN c.current_id = e.edition_id THEN 1 ELSE 0 END AS current"
        " FROM edition e JOIN charter c ON c.one = 1"
        " LEFT JOIN (SELECT edition_id, COUNT(*) AS decisions FROM vote GROUP BY edition_id) d"
        "  ON d.edition_id = e.edition_id"
        " LEFT JOIN (SELECT COALESCE(k.edition_id, s.edition_id, h.current_id) AS edition_id, COUNT(*) AS kits"
        "  FROM kit k JOIN school s ON s.uai = k.uai JOIN charter h ON h.one = 1 GROUP BY 1) f"
        "  ON f.edition_id = e.edition_id"
        " WHERE e.number IS NOT NULL ORDER BY e.number DESC"
    )
    return [EditionLine(**{**row, "current": bool(row["current"])}) for row in rows]


def newest_made_at(conn: Connection) -> int:
    """Return when the newest edition was made, in milliseconds since the epoch; 0 before the first."""
    row = conn.one("SELECT COALESCE(MAX(loaded_at), 0) AS newest FROM edition WHERE number IS NOT NULL")
    return 0 if row is None else int(row["newest"])


def find_edition(conn: Connection, reference: str) -> str | None:
    """Return the edition that a person means by its number or the beginning of its identifier."""
    if reference.isascii() and reference.isdigit() and len(reference) <= 9:
        row = conn.one("SELECT edition_id FROM edition WHERE number = :number", number=int(reference))
        return None if row is None else str(row["edition_id"])
    if len(reference) < 4:
        return None
    rows = conn.all(
        "SELECT edition_id FROM edition WHERE number IS NOT NULL AND substr(edition_id, 1, :length) = :beginning",
        beginning=reference,
        length=len(reference),
    )
    return str(rows[0]["edition_id"]) if len(rows) == 1 else None


def charter_row(conn: Connection) -> CharterRow | None:
    """Return the charter's row; None before it was founded."""
    row = conn.one(
        "SELECT territory, head_id, head_seal, current_id, current_seal, founded_at, moments_until"
        " FROM charter WHERE one = 1"
    )
    return None if row is None else CharterRow(**row)


def insert_charter(conn: Connection, row: CharterRow) -> bool:
    """Found the charter; return False when there is one."""
    return bool(
        conn.run(
            "INSERT INTO charter (one, territory, head_id, head_seal, current_id, current_seal, founded_at,"
            " moments_until) VALUES (1, :territory, :head_id, :head_seal, :current_id, :current_seal, :founded_at,"
            " :moments_until) ON CONFLICT (one) DO NOTHING",
            **msgspec.structs.asdict(row),
        )
    )


def set_head(conn: Connection, edition_id: str, seal: str) -> None:
    """Make an edition the newest."""
    conn.run(
        "UPDATE charter SET head_id = :edition_id, head_seal = :seal WHERE one = 1", edition_id=edition_id, seal=seal
    )


def set_current(conn: Connection, edition_id: str, seal: str) -> None:
    """Make an edition the one that is followed where nothing else is said."""
    conn.run(
        "UPDATE charter SET current_id = :edition_id, current_seal = :seal WHERE one = 1",
        edition_id=edition_id,
        seal=seal,
    )


def set_moments_until(conn: Connection, moment: int) -> None:
    """Note up to when the beginnings and ends of pilots and withdrawals were acted on."""
    conn.run("UPDATE charter SET moments_until = :moment WHERE one = 1", moment=moment)


def set_followed(
    conn: Connection, edition_id: str, seal: str, *, kit_id: str | None = None, uai: str | None = None
) -> None:
    """Let a kit, or a school's kits that follow none of their own, follow an edition."""
    if kit_id is not None:
        conn.run(
            "UPDATE kit SET edition_id = :edition, follow_seal = :seal WHERE kit_id = :kit",
            edition=edition_id,
            seal=seal,
            kit=kit_id,
        )
    if uai is not None:
        conn.run(
            "UPDATE school SET edition_id = :edition, follow_seal = :seal WHERE uai = :uai",
            edition=edition_id,
            seal=seal,
            uai=uai,
        )


_FOLLOWED = (
    "k.kit_id, k.uai, COALESCE(k.edition_id, s.edition_id, c.current_id) AS edition_id,"
    " CASE WHEN k.edition_id IS NOT NULL THEN k.follow_seal WHEN s.edition_id IS NOT NULL THEN s.follow_seal"
    " ELSE c.current_seal END AS seal,"
    " CASE WHEN k.edition_id IS NOT NULL THEN 'kit' WHEN s.edition_id IS NOT NULL THEN 'school'"
    " ELSE 'charter' END AS by, c.head_id, c.head_seal"
)


def followed_by_kit(conn: Connection, kit_id: str) -> Followed | None:
    """Return what a kit follows; None for an unknown kit."""
    row = conn.one(
        f"SELECT {_FOLLOWED} FROM kit k JOIN school s ON s.uai = k.uai LEFT JOIN charter c ON c.one = 1"  # noqa: S608
        " WHERE k.kit_id = :kit_id",
        kit_id=kit_id,
    )
    return None if row is None else Followed(**row)


def kind_of_tablet(conn: Connection, tablet_id: str) -> TabletKind | None:
    """Return what a tablet's kit follows and what the tablet is; None before an iPad said so, or without a slot."""
    row = conn.one(
        f"SELECT {_FOLLOWED}, k.platform, r.supervised,"  # noqa: S608
        # What an Android tablet said before it was reset does not count: its first installs come first again.
        " CASE WHEN k.platform = 'android' THEN COALESCE(a.os_version, '')"
        " ELSE COALESCE(r.os_version, e.os_version, '') END AS os_version, a.abi"
        " FROM slot t JOIN kit k ON k.kit_id = t.kit_id JOIN school s ON s.uai = k.uai"
        " LEFT JOIN charter c ON c.one = 1"
        " LEFT JOIN tablet_report r ON r.tablet_id = t.tablet_id"
        " LEFT JOIN apple_enrollment e ON e.tablet_id = t.tablet_id"
        " LEFT JOIN android_enrollment a ON a.tablet_id = t.tablet_id AND a.state = 'enrolled'"
        " WHERE t.tablet_id = :tablet_id",
        tablet_id=tablet_id,
    )
    if row is None or (row["platform"] == "ipad" and row["supervised"] is None):
        return None
    followed = Followed(**{name: row[name] for name in Followed.__struct_fields__})
    return TabletKind(
        followed=followed,
        platform=row["platform"],
        os_version=row["os_version"] or "0",
        supervised=bool(row["supervised"]),
        abi=row["abi"] or "",
    )


def key_rows(conn: Connection) -> list[KeyRow]:
    """Return the edition keys, oldest first."""
    rows = conn.all(
        "SELECT key_id, public_key, from_number, previous_id, signature, sealed_key FROM edition_key ORDER BY position"
    )
    return [
        KeyRow(
            key=EditionKey(
                key=row["key_id"],
                public_key=row["public_key"],
                from_number=row["from_number"],
                previous=row["previous_id"],
                signature=row["signature"],
            ),
            sealed_key=bytes(row["sealed_key"]),
        )
        for row in rows
    ]


def insert_key(conn: Connection, row: KeyRow, *, position: int, now: int, actor: str) -> None:
    """Add an edition key."""
    conn.run(
        "INSERT INTO edition_key (key_id, position, public_key, from_number, previous_id, signature, sealed_key,"
        " created_at, created_by) VALUES (:key, :position, :public_key, :from_number, :previous, :signature,"
        " :sealed_key, :now, :actor)",
        key=row.key.key,
        position=position,
        public_key=row.key.public_key,
        from_number=row.key.from_number,
        previous=row.key.previous,
        signature=row.key.signature,
        sealed_key=row.sealed_key,
        now=now,
        actor=actor,
    )
