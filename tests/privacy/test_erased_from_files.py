"""What was erased is not in the database's files either, as far as an engine can see to that."""

from pathlib import Path

import pytest

from mdm.clock import DAY_MS, ManualClock
from mdm.privacy.composition import PrivacyParts
from mdm.store import Connection, Database
from tests.privacy.rows import ON_SQLITE

WORD = "Quatremaille"


def filled(conn: Connection, clock: ManualClock) -> None:
    """Warnings that name somebody; enough of them that pages of the file become free."""
    conn.run(
        "INSERT INTO tablet (tablet_id, platform, name, state, state_since, created_at)"
        " VALUES ('t', 'android', '1', 'ready', 0, 0)"
    )
    conn.many(
        "INSERT INTO android_log (tablet_id, at, digest, level, package, message, received_at)"
        " VALUES ('t', :n, 'd', 1, 'p', :message, :at)",
        [{"n": n, "message": f"{WORD} {n}", "at": clock.ms() - 20 * DAY_MS} for n in range(3000)],
    )


@ON_SQLITE
async def test_no_byte_of_sqlite_s_files_holds_what_was_erased(
    any_database: Database, clock: ManualClock, parts: PrivacyParts, tmp_path: Path
) -> None:
    await any_database.write(lambda conn: filled(conn, clock))
    held = [file.name for file in tmp_path.iterdir() if WORD.encode() in file.read_bytes()]
    assert held
    done = await parts.purge.once()
    assert done.rows["android_log"] == 3000
    assert [file.name for file in tmp_path.iterdir() if file.is_file() and WORD.encode() in file.read_bytes()] == []


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
async def test_a_table_of_postgresql_is_vacuumed_where_something_was_erased(
    any_database: Database, clock: ManualClock, parts: PrivacyParts
) -> None:
    await any_database.write(lambda conn: filled(conn, clock))
    await parts.purge.once()
    query = "SELECT relname FROM pg_stat_user_tables WHERE vacuum_count > 0"
    vacuumed = {row["relname"] for row in await any_database.read(lambda conn: conn.all(query))}
    assert "android_log" in vacuumed
    assert "kit" not in vacuumed
