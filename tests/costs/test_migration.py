"""The tables of costs need only the first schema, whichever other migrations there are."""

from mdm.clock import ManualClock
from mdm.store.engine import engine_for
from mdm.store.migrations import apply_migrations, known_migrations

NEEDED = ("initial", "android", "costs")


def test_the_tables_are_made_on_the_schema_that_they_name_and_the_others_follow(
    empty_url: str, clock: ManualClock
) -> None:
    known = known_migrations()
    needed = [one for one in known if one.name in NEEDED]
    assert [one.name for one in needed] == list(NEEDED)
    engine = engine_for(empty_url)
    engine.open()
    try:
        assert apply_migrations(engine, clock, needed) == needed
        rest = [one for one in known if one not in needed]
        assert apply_migrations(engine, clock, known) == rest
        assert apply_migrations(engine, clock, known) == []
    finally:
        engine.close()
