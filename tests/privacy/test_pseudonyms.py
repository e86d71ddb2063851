"""The journal names persons by words that can be taken from them; nothing of it is changed for that."""

import msgspec

from mdm.clock import ManualClock
from mdm.journal import Entry, Journal, entries, latest_entries, verify
from mdm.pseudonyms import forget_name, names_of
from mdm.store import Connection, Database


async def test_no_login_is_in_the_journal_and_readers_see_it_all_the_same(
    any_database: Database, clock: ManualClock
) -> None:
    journal = Journal(clock)

    def write(conn: Connection) -> None:
        journal.record(
            conn,
            "seat_proposed",
            actor="account:anne",
            subject="account:bob",
            detail={"holder": "account:anne", "others": ["account:bob", "kit:1"], "by": "cli:root", "n": 1},
        )
        journal.record(conn, "told", actor="system", subject="tablet:1", detail={"name": "anne"})

    await any_database.write(write)
    raw = await any_database.read(lambda conn: conn.all("SELECT actor, subject, detail FROM journal WHERE seq = 1"))
    stored = msgspec.json.encode(raw).decode()
    assert "anne" not in stored
    assert "bob" not in stored
    assert "root" not in stored
    (told, seen) = await any_database.read(latest_entries)
    assert (told.actor, told.detail) == ("system", '{"name":"anne"}')
    assert (seen.actor, seen.subject) == ("account:anne", "account:bob")
    assert msgspec.json.decode(seen.detail) == {
        "holder": "account:anne", "others": ["account:bob", "kit:1"], "by": "cli:root", "n": 1,
    }  # fmt: skip
    assert (await any_database.read(verify)).intact


async def test_one_person_has_one_pseudonym_and_is_found_by_the_name(
    any_database: Database, clock: ManualClock
) -> None:
    journal = Journal(clock)
    for number in range(3):
        await any_database.write(
            lambda conn, n=number: journal.record(conn, f"k{n}", actor="account:anne", subject="account:anne")
        )
    rows = await any_database.read(lambda conn: conn.all("SELECT DISTINCT actor, subject FROM journal"))
    assert len(rows) == 1
    assert rows[0]["actor"] == rows[0]["subject"]
    found = await any_database.read(lambda conn: latest_entries(conn, subject="account:anne"))
    assert [one.kind for one in found] == ["k2", "k1", "k0"]
    assert [one.kind for one in await any_database.read(lambda conn: entries(conn, subject="account:anne"))] == [
        "k0", "k1", "k2",
    ]  # fmt: skip


async def test_a_forgotten_person_s_entries_stay_whole_and_name_nobody(
    any_database: Database, clock: ManualClock
) -> None:
    journal = Journal(clock)
    await any_database.write(lambda conn: journal.record(conn, "before", actor="account:anne", subject="kit:1"))
    assert await any_database.write(lambda conn: forget_name(conn, "account:anne"))
    (entry,) = await any_database.read(latest_entries)
    assert entry.actor.startswith("person:")
    assert await any_database.read(lambda conn: names_of(conn, [entry.actor])) == {}
    # Somebody who comes later under the same login is another person.
    await any_database.write(lambda conn: journal.record(conn, "after", actor="account:anne", subject="kit:1"))
    newest, oldest = await any_database.read(latest_entries)
    assert (newest.actor, oldest.actor) == ("account:anne", entry.actor)
    assert (await any_database.read(verify)).intact


async def test_entries_of_before_that_name_somebody_are_still_found(any_database: Database, clock: ManualClock) -> None:
    journal = Journal(clock)
    await any_database.write(lambda conn: journal.record(conn, "new", actor="account:anne", subject="account:anne"))
    await any_database.write(
        lambda conn: conn.run(
            "INSERT INTO journal (seq, at, kind, actor, subject, detail, previous, hash)"
            " VALUES (0, 0, 'old', 'account:anne', 'account:anne', '{}', '', 'x')"
        )
    )
    found = await any_database.read(lambda conn: latest_entries(conn, subject="account:anne"))
    assert [one.kind for one in found] == ["new", "old"]


async def test_it_is_told_how_many_entries_of_before_name_somebody(any_database: Database, clock: ManualClock) -> None:
    journal = Journal(clock)
    await any_database.write(lambda conn: journal.record(conn, "new", actor="account:anne", subject="kit:1"))
    assert (await any_database.read(verify)).named == 0

    def as_before(conn: Connection) -> None:
        head = conn.one("SELECT seq, hash FROM journal_head WHERE one = 1")
        assert head is not None
        rows = (
            ("account:anne", "kit:1", "{}"),
            ("system", "cli:root", "{}"),
            ("system", "seat:1", '{"holder":"account:anne"}'),
            ("system", "seat:1", '{"holder":"seat:2"}'),
        )
        previous = head["hash"]
        for seq, (actor, subject, detail) in enumerate(rows, start=head["seq"] + 1):
            entry = Entry(
                seq=seq, at=1, kind="old", actor=actor, subject=subject, detail=detail, previous=previous, hash=""
            )
            previous = entry.computed_hash()
            row = msgspec.to_builtins(msgspec.structs.replace(entry, hash=previous))
            conn.run(
                "INSERT INTO journal (seq, at, kind, actor, subject, detail, previous, hash)"
                " VALUES (:seq, :at, :kind, :actor, :subject, :detail, :previous, :hash)",
                **row,
            )
        conn.run("UPDATE journal_head SET seq = seq + :n, hash = :hash WHERE one = 1", n=len(rows), hash=previous)

    await any_database.write(as_before)
    verdict = await any_database.read(verify)
    assert verdict.intact
    assert verdict.named == 3
