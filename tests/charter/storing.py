"""Puts a charter on paper into a database, as a server would have kept it."""

from mdm.store import Connection, Database
from mdm.vault import Vault
from profiles.charter.edition_store import CharterRow, KeyRow, insert_charter, insert_edition, insert_key
from profiles.charter.seals import Seals
from tests.charter.agreeing import PaperCharter


async def keep(charter: PaperCharter, database: Database, vault: Vault) -> None:
    """Store every key and edition; the newest is the current one."""
    seals, head = Seals(vault), charter.head

    def write(conn: Connection) -> None:
        for position, (key, private) in enumerate(zip(charter.keys, charter.private_keys, strict=True), start=1):
            row = KeyRow(key=key, sealed_key=vault.seal(private.private_bytes_raw(), "edition key"))
            insert_key(conn, row, position=position, now=charter.now, actor="test")
        for edition in charter.editions:
            insert_edition(conn, edition, actor="test")
        insert_charter(
            conn,
            CharterRow(
                territory=head.territory,
                head_id=head.edition_id,
                head_seal=seals.seal("head", head.edition_id),
                current_id=head.edition_id,
                current_seal=seals.seal("charter", head.edition_id),
                founded_at=charter.now,
                moments_until=charter.now,
            ),
        )

    await database.write(write)
