"""SQL of dossiers as they were when a proposal froze them."""

from mdm.store import Connection


def revision_of_digest(conn: Connection, item_id: str, digest: str) -> int | None:
    """Return the newest revision of an item that has a digest; None when it never had."""
    row = conn.one(
        "SELECT MAX(revision) AS revision FROM catalogue_revision WHERE item_id = :item_id AND digest = :digest",
        item_id=item_id,
        digest=digest,
    )
    return None if row is None or row["revision"] is None else int(row["revision"])
