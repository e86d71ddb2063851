"""Three years later nothing is there that is past its time, and all that should stay is there."""

from datetime import timedelta
from typing import Any

from mdm.clock import DAY_MS, ManualClock, from_ms
from mdm.privacy.composition import PrivacyParts
from mdm.privacy.declaration import Table
from mdm.privacy.register import Register
from mdm.privacy.retention import After, Replaced, SchoolYearEnd, WhileUsed, WithParent
from mdm.privacy.schema_store import Schema
from mdm.store import Connection, Database
from tests.privacy.rows import ON_SQLITE, Maker

OLD, RECENT = "old", "recent"
_ROOM = ("seat_holding", "member_passkey")
"""Tables whose rows the committee's own function changes; here their seals do not hold, and they are left alone."""


async def aged(
    database: Database, clock: ManualClock, register: Register, schema: Schema, *, days: int = 3 * 366
) -> Maker:
    """A database with two rows in every table, of which one is three years old; nothing of the other is over."""
    maker = Maker(register, schema)
    then, later = clock.ms(), clock.ms() + (days + 1) * DAY_MS
    ages = {moment: (at, from_ms(at).date().isoformat()) for moment, at in ((OLD, then), (RECENT, later))}
    people = {OLD: "somebody-old", RECENT: "somebody-recent"}

    def fill(conn: Connection) -> None:
        maker.fill(conn, ages, people)
        conn.run("UPDATE journal_head SET seq = 1000")
        conn.run("UPDATE account SET disabled_at = NULL WHERE login = 'somebody-recent'")
        conn.run("UPDATE journal_person SET name = 'cli:somebody-old-at-the-terminal' WHERE used_at = :then", then=then)
        conn.run("UPDATE apk SET added_by = 'cli:somebody-old-at-the-terminal' WHERE added_at = :then", then=then)

    await database.write(fill)
    clock.advance(timedelta(days=days))
    return maker


def goes(register: Register, table: Table) -> bool:
    """Tell whether a table's old row is to be gone, by its declaration alone."""
    match table.retention:
        case After() | SchoolYearEnd() | WhileUsed():
            return True
        case WithParent(parent=parent) | Replaced(parent=parent):
            return goes(register, register.table(parent))
        case _:
            return False


def matches(row: dict[str, Any], made: dict[str, Any], key: tuple[str, ...]) -> bool:
    return all(row[column] == made[column] for column in key)


async def test_three_years_later_nothing_is_past_its_time_and_the_rest_is_there(
    any_database: Database, clock: ManualClock, register: Register, schema: Schema, parts: PrivacyParts
) -> None:
    maker = await aged(any_database, clock, register, schema)
    assert await parts.purge.overdue()
    await parts.purge.once()
    assert await parts.purge.overdue() == {}
    for table in register.tables:
        if table.name not in maker.made or table.name in ("journal", "journal_person", "data_request"):
            continue
        key, made = schema[table.name].key, maker.made[table.name]
        rows = await any_database.read(lambda conn, name=table.name: conn.all(f"SELECT * FROM {name}"))
        keys = [column for column in key if maker.owner(table.name, column) is None] or list(key)
        found = {age: any(matches(row, made[age], tuple(keys)) for row in rows) for age in made}
        assert found.get(OLD) is not goes(register, table), table.name
        assert found.get(RECENT, True), table.name


@ON_SQLITE
async def test_no_row_is_left_whose_column_says_that_it_is_over(
    any_database: Database, clock: ManualClock, register: Register, schema: Schema, parts: PrivacyParts
) -> None:
    await aged(any_database, clock, register, schema)
    await parts.purge.once()
    looked_at = 0
    for table in register.tables:
        for rule in (table.retention, *(one.retention for one in table.fields)):
            if not isinstance(rule, After) or rule.via is not None or rule.is_day or rule != table.retention:
                continue
            query = f"SELECT COUNT(*) AS n FROM {table.name} WHERE {rule.column} <= :over"
            over = clock.ms() - rule.days * DAY_MS
            row = await any_database.read(lambda conn, q=query, o=over: conn.one(q, over=o))
            assert row == {"n": 0}, table.name
            looked_at += 1
    assert looked_at > 10


@ON_SQLITE
async def test_fields_with_a_time_of_their_own_are_emptied_and_their_rows_stay(
    any_database: Database, clock: ManualClock, register: Register, schema: Schema, parts: PrivacyParts
) -> None:
    maker = await aged(any_database, clock, register, schema)
    await parts.purge.once()
    looked_at = []
    for table in register.tables:
        for field in table.fields:
            if isinstance(field.retention, After) and not goes(register, table):
                column, made = field.column, maker.made[table.name]
                query = f"SELECT {column} AS value FROM {table.name}"
                values = [row["value"] for row in await any_database.read(lambda conn, q=query: conn.all(q))]
                assert field.cleared_to in values, (table.name, column)
                assert made[OLD][column] not in values, (table.name, column)
                assert any(value not in (None, field.cleared_to) for value in values), (table.name, column)
                looked_at.append(f"{table.name}.{column}")
    assert looked_at


async def test_whoever_left_three_years_ago_is_named_nowhere(
    any_database: Database, clock: ManualClock, register: Register, schema: Schema, parts: PrivacyParts
) -> None:
    await aged(any_database, clock, register, schema)
    before = await naming(any_database, schema, "somebody-old")
    await parts.purge.once()
    left = await naming(any_database, schema, "somebody-old")
    assert len(before) > 40
    assert "apk.added_by" in before
    assert {place for place in left if place.split(".")[0] not in _ROOM} == set()
    kept = await naming(any_database, schema, "somebody-recent")
    # What exists once only was the old one's.
    assert before - kept <= {"journal_person.name", "data_controller.changed_by"}


@ON_SQLITE
async def test_what_was_named_by_one_person_is_still_one_person_s_doing(
    any_database: Database, clock: ManualClock, register: Register, schema: Schema, parts: PrivacyParts
) -> None:
    await aged(any_database, clock, register, schema)
    await parts.purge.once()
    row = await any_database.read(
        lambda conn: conn.one(
            "SELECT m.called_by, p.author, c.created_by FROM meeting m, proposal p, command c"
            " WHERE m.called_by LIKE 'person:%' AND p.author LIKE 'person:%' AND c.created_by LIKE 'person:%'"
        )
    )
    assert row is not None
    assert len(set(row.values())) == 1


@ON_SQLITE
async def test_a_second_purge_does_nothing_and_says_nothing(
    any_database: Database, clock: ManualClock, register: Register, schema: Schema, parts: PrivacyParts
) -> None:
    await aged(any_database, clock, register, schema)
    first = await parts.purge.once()
    count = "SELECT COUNT(*) AS n FROM journal WHERE kind = 'personal_data_purged'"
    entries = await any_database.read(lambda conn: conn.one(count))
    second = await parts.purge.once()
    assert not first.nothing
    assert second.nothing, second
    assert await any_database.read(lambda conn: conn.one(count)) == entries == {"n": 1}


async def naming(database: Database, schema: Schema, word: str) -> set[str]:
    """Return every column of the database in which a word is found, in texts and in bytes."""
    found: set[str] = set()

    def look(conn: Connection) -> None:
        for table in schema.values():
            for row in conn.stream(f"SELECT * FROM {table.name}"):
                for column, value in row.items():
                    text = (
                        bytes(value).decode(errors="replace") if isinstance(value, bytes | memoryview) else str(value)
                    )
                    if word in text:
                        found.add(f"{table.name}.{column}")

    await database.read_long(look)
    return found
