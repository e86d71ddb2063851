"""A tablet's history: everything once, newest first, in words; every kind of entry that the code writes has words."""

import fnmatch
from datetime import timedelta

import pytest

from mdm.android.orders import ORDERS
from mdm.apple.commands import books, content, orders, queries
from mdm.apple.commands.base import Command
from mdm.apple.commands.by_name import NAMES
from mdm.commands.queue import NewCommand, enqueue
from mdm.fleet.errors import TabletUnknown
from mdm.fleet.states import TabletEvent
from mdm.fleet_view.command_words import REQUESTS
from mdm.fleet_view.errors import CursorInvalid
from mdm.fleet_view.history import HistoryItem, TabletHistory, entry_in_words, who_in_words
from mdm.fleet_view.journal_words import KINDS
from mdm.i18n import Catalogs
from mdm.journal import Entry
from mdm.store import Connection
from tests.fleet_view.conftest import ACTOR, World
from tests.fleet_view.journal_kinds import written_kinds

ROOMS = ("mdm.android", "mdm.apple", "mdm.fleet", "mdm.fleet_view")
FRENCH = Catalogs(*ROOMS).for_language("fr")
ENGLISH = Catalogs(*ROOMS).for_language("en")
CHAIN = '[{"ErrorDomain":"MCMDMErrorDomain","ErrorCode":12054,"LocalizedDescription":"x"}]'


async def lived(world: World) -> str:
    """A tablet that was enrolled, moved, broken, told things, and refused one."""
    tablet = await world.enrol("Cassiopée", 1, "AAA1")
    world.clock.advance(timedelta(minutes=1))
    await world.fleet.assign_tablet(tablet, kit_id=world.kits["Orion"].kit_id, slot_number=3, actor=ACTOR)
    world.clock.advance(timedelta(minutes=1))
    for number, (kind, step) in enumerate(
        [("RestartDevice", None), ("InstallApplication", "app:org.geogebra"), ("DeviceInformation", "query:device")]
    ):
        await give(world, tablet, f"command-{number}", kind, step)
        world.clock.advance(timedelta(minutes=1))
    await world.database.write(lambda conn: answer(conn, tablet, world.clock.ms()))
    world.clock.advance(timedelta(minutes=1))
    await world.fleet.change_state(tablet, TabletEvent.BREAK, actor=ACTOR)
    return tablet


async def give(world: World, tablet: str, command_id: str, kind: str, step: str | None) -> None:
    command = NewCommand(command_id=command_id, request_type=kind, body=b"", step=step)
    now = world.clock.ms()
    await world.database.write(lambda conn: enqueue(conn, command, [tablet], now=now, actor=ACTOR))


def answer(conn: Connection, tablet: str, now: int) -> None:
    conn.run("UPDATE delivery SET state = 'error', answered_at = :now WHERE command_id = 'command-1'", now=now)
    conn.run(
        "INSERT INTO answer (tablet_id, command_id, status, body, error_chain, received_at)"
        " VALUES (:it, 'command-1', 'Error', :b, :chain, :now)",
        it=tablet,
        b=b"",
        chain=CHAIN,
        now=now,
    )


async def test_everything_that_happened_is_told_newest_first(world: World) -> None:
    tablet = await lived(world)
    page = await TabletHistory(world.database).page(tablet, ENGLISH)
    told = [(one.what, one.more, one.who) for one in page.items]
    assert told == [
        ("Its state changed.", "From “enrolled” to “broken”.", "test"),
        (
            "Install an app. (org.geogebra)",
            "The tablet refused it. The tablet has not enough storage for the update.",
            "",
        ),
        ("Ask what the tablet is: model, system, battery, storage.", "It waits for the tablet.", ""),
        ("Restart.", "It waits for the tablet.", "test"),
        ("It moved to another place.", "Orion, place 3.", "test"),
        ("Its state changed.", "From “new” to “enrolled”.", "test"),
        ("It took its place in a kit.", "Cassiopée, place 1.", "test"),
    ]
    refused = page.items[1]
    assert (refused.state, bool(refused.advice), refused.technical) == ("error", True, "MCMDMErrorDomain 12054")
    assert [one.at for one in page.items] == sorted((one.at for one in page.items), reverse=True)
    assert page.next == ""


async def test_it_is_told_in_french(world: World) -> None:
    tablet = await lived(world)
    page = await TabletHistory(world.database).page(tablet, FRENCH)
    english = await TabletHistory(world.database).page(tablet, ENGLISH)
    for ours, theirs in zip(page.items, english.items, strict=True):
        assert ours.what != theirs.what
        assert ours.at == theirs.at
    assert page.items[0].more == "De « enrôlée » à « en panne »."


async def test_pages_of_any_size_give_the_same_history(world: World) -> None:
    tablet = await lived(world)
    # Many at one moment, of both sources.
    for number in range(5):
        await give(world, tablet, f"same-{number}", "SecurityInfo", None)
    for event in (TabletEvent.REPAIR_WIPED, TabletEvent.LOSE, TabletEvent.FIND_WIPED):
        await world.fleet.change_state(tablet, event, actor=ACTOR)
    history = TabletHistory(world.database)
    whole = (await history.page(tablet, ENGLISH)).items
    assert len(whole) == 15
    for size in (1, 2, 3, 7):
        items: list[HistoryItem] = []
        after = ""
        while True:
            page = await history.page(tablet, ENGLISH, after=after, limit=size)
            items += page.items
            after = page.next
            if not after:
                break
        assert tuple(items) == whole


async def test_another_tablets_history_and_wrong_places_are_not_told(world: World) -> None:
    await lived(world)
    other = await world.enrol("Pégase", 1, "BBB1")
    history = TabletHistory(world.database)
    assert len((await history.page(other, ENGLISH)).items) == 2
    with pytest.raises(TabletUnknown):
        await history.page("f" * 32, ENGLISH)
    for after in ("x", "W10", "WzEsMCwiLTEiXQ", "é"):
        with pytest.raises(CursorInvalid):
            await history.page(other, ENGLISH, after=after)


async def test_a_family_is_not_named_to_who_reads_a_tablets_history(world: World) -> None:
    tablet = await world.enrol("Cassiopée", 1, "AAA1")

    def rules(conn: Connection) -> None:
        world.journal.record(conn, "stricter_rules_given", actor="account:parent", subject=f"tablet:{tablet}")

    await world.database.write(rules)
    page = await TabletHistory(world.database).page(tablet, ENGLISH)
    assert page.items[0].who == "a family"
    assert "parent" not in str(page)


def test_every_kind_that_the_code_writes_has_words() -> None:
    found = written_kinds()
    assert found.unknown == set()
    assert len(found.kinds) > 150
    assert [kind for kind in found.kinds if not any(fnmatch.fnmatch(one, kind) for one in KINDS)] == []


def test_an_entry_of_a_later_version_is_still_told() -> None:
    entry = Entry(seq=1, at=1, kind="cow_milked", actor="system", subject="cow:1", detail="{}", previous="", hash="")
    assert "cow_milked" in entry_in_words(entry, FRENCH)


def test_every_command_that_there_is_has_words() -> None:
    apple = {
        one.request_type
        for room in (books, content, orders, queries)
        for one in vars(room).values()
        if isinstance(one, type) and issubclass(one, Command) and one.request_type
    }
    assert len(apple) > 20
    assert apple | set(NAMES) | set(ORDERS) <= REQUESTS


def test_actors_are_told_as_people_call_them() -> None:
    told = {
        actor: who_in_words(actor, ENGLISH) for actor in ("account:anne", "cli:root", "system", "tablet:1", "token:1")
    }
    assert told["account:anne"] == "anne"
    assert "root" in told["cli:root"]
    assert len(set(told.values())) == 5
    assert who_in_words("person:" + "0" * 32, ENGLISH) == "a person who was forgotten"
