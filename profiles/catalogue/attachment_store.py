"""SQL of the files that dossiers are documented with. Every function runs inside the caller's transaction."""

import msgspec

from mdm.store import Connection
from profiles.catalogue.attachments import KeptFile


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that lies in the folder; ``added_at`` in milliseconds since the epoch."""

    hash: str
    size: int
    pages: int
    added_at: int
    added_by: str


def add_file(conn: Connection, file: KeptFile, *, now: int, actor: str) -> bool:
    """Note a file that is in the folder already; tell whether it is new."""
    return bool(
        conn.run(
            "INSERT INTO attachment (hash, size, pages, added_at, added_by)"
            " VALUES (:hash, :size, :pages, :now, :actor) ON CONFLICT (hash) DO NOTHING",
            hash=file.hash,
            size=file.size,
            pages=file.pages,
            now=now,
            actor=actor,
        )
    )


def file_of_hash(conn: Connection, digest: str) -> StoredFile | None:
    """Return what is known of the file with that SHA-256."""
    row = conn.one("SELECT hash, size, pages, added_at, added_by FROM attachment WHERE hash = :hash", hash=digest)
    return None if row is None else StoredFile(**row)


def list_files(conn: Connection) -> list[StoredFile]:
    """Return every file, by its hash."""
    rows = conn.all("SELECT hash, size, pages, added_at, added_by FROM attachment ORDER BY hash")
    return [StoredFile(**row) for row in rows]
