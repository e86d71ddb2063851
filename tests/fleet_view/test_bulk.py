"""Bulk actions: the dry run says what would happen, the work then does exactly that, and nothing without a person."""

import asyncio
from datetime import timedelta

import pytest

from mdm.android.orders import AgentOrders
from mdm.apple.orders import Orders
from mdm.fleet.errors import KitUnknown
from mdm.fleet.reach import EVERYTHING, Reach
from mdm.fleet.states import TabletEvent, TabletState
from mdm.fleet_view.bulk import Bulk
from mdm.fleet_view.bulk_actions import (
    ACTIONS,
    ActionArgumentWrong,
    ActionUnknown,
    CountNotTyped,
    NothingChosen,
)
from mdm.fleet_view.filters import NO_FILTER, TabletFilter
from mdm.i18n import Catalogs
from mdm.journal import latest_entries
from mdm.long_work.errors import WorkUnknown
from mdm.long_work.service import LongWorks, WorkRunner
from mdm.long_work.work import LongWork, WorkKind, WorkState
from mdm.store import Connection
from mdm.vault import Vault
from tests.fleet_view.conftest import ACTOR, BOURG, World

OTHER = "account:other"
FRENCH = Catalogs("mdm.apple", "mdm.fleet", "mdm.fleet_view").for_language("fr")


class Room:
    """The service with its runner, and tablets by name."""

    def __init__(self, world: World) -> None:
        self.world = world
        parts = (world.database, world.clock, world.journal)
        vault = Vault(bytes(range(32)))
        self.works = LongWorks(*parts)
        self.bulk = Bulk(
            *parts, world.fleet, Orders(*parts, vault), AgentOrders(*parts, vault, push="polling"), self.works
        )
        self.runner = WorkRunner(world.database, world.clock, [self.bulk.kind()])
        self.tablets: dict[str, str] = {}

    async def ipad(self, slot: int, *, supervised: bool = True, kit: str = "Cassiopée") -> str:
        """Enrol an iPad as Apple's protocol leaves it."""
        tablet_id = await self.world.enrol(kit, slot, f"IPAD{kit[0]}{slot}")
        await self.world.report(tablet_id, os_version="18.1", supervised=supervised)

        def enrol(conn: Connection) -> None:
            conn.run(
                "INSERT INTO apple_enrollment (udid, tablet_id, identity_digest, topic, state, enrolled_at)"
                " VALUES (:it, :it, :it, 'com.apple.mgmt.External.x', 'enrolled', 1)",
                it=tablet_id,
            )

        await self.world.database.write(enrol)
        return tablet_id

    async def android(self, slot: int) -> str:
        """Enrol an Android tablet as the agent's protocol leaves it."""
        tablet_id = await self.world.enrol("Pégase", slot, f"DROID{slot}")
        kit_id = self.world.kits["Pégase"].kit_id

        def enrol(conn: Connection) -> None:
            conn.run(
                "INSERT INTO ticket"
                " (ticket_id, kit_id, secret_digest, sealed_secret, created_at, created_by, expires_at)"
                " VALUES (:it, :kit, :it, :b, 1, 'x', 2)",
                it=tablet_id,
                kit=kit_id,
                b=b"",
            )
            conn.run(
                "INSERT INTO android_enrollment (number, path_digest, sealed_path, sealed_admin_password, asked_as,"
                " ticket_id, kit_id, slot_number, state, tablet_id, created_at)"
                " VALUES (:it, :it, :b, :b, 'x', :it, :kit, :slot, 'enrolled', :it, 1)",
                it=tablet_id,
                kit=kit_id,
                slot=slot,
                b=b"",
            )

        await self.world.database.write(enrol)
        return tablet_id

    async def run(self, work: LongWork, *, typed: int | None = None) -> LongWork:
        """Carry out what was prepared."""
        await self.bulk.carry_out(work.work_id, typed=typed, actor=ACTOR)
        await self.runner.once()
        return await self.works.show(work.work_id)

    async def queued(self) -> list[tuple[str, str, str]]:
        """Return what waits for tablets: identifier, request type, who gave it."""
        rows = await self.world.database.read(
            lambda conn: conn.all(
                "SELECT d.tablet_id, c.request_type, c.created_by FROM delivery d"
                " JOIN command c ON c.command_id = d.command_id WHERE d.state = 'queued' ORDER BY d.tablet_id"
            )
        )
        return [(row["tablet_id"], row["request_type"], row["created_by"]) for row in rows]

    async def states(self, *tablets: str) -> list[TabletState]:
        """Return tablets' states."""
        return [(await self.world.fleet.tablet(one)).tablet.state for one in tablets]


@pytest.fixture
def room(world: World) -> Room:
    return Room(world)


async def test_a_restart_reaches_those_that_can_and_the_others_are_told_apart(room: Room) -> None:
    ipads = [await room.ipad(slot) for slot in (1, 2)]
    unsupervised = [await room.ipad(slot, supervised=False) for slot in (3, 4)]
    android = await room.android(1)
    away = await room.world.enrol("Orion", 1, "NEVER")
    dry = await room.bulk.dry_run("restart", NO_FILTER, EVERYTHING, actor=ACTOR)
    assert (dry.work.total, dry.able, dry.typed) == (6, 3, None)
    assert [(one.tablets, set(one.examples)) for one in dry.hindered] == [(2, set(unsupervised)), (1, {away})]
    assert "supervisée" in dry.hindered[0].text(FRENCH)
    assert await room.queued() == []
    done = await room.run(dry.work)
    assert (done.state, done.done, done.failed) == (WorkState.DONE, 3, 3)
    expected = [(one, "RestartDevice", ACTOR) for one in ipads] + [(android, "reboot", ACTOR)]
    assert await room.queued() == sorted(expected)
    failed = {one.key for _, one in await room.works.failures(dry.work.work_id)}
    assert failed == {*unsupervised, away}


async def test_the_choice_is_frozen_at_the_dry_run(room: Room) -> None:
    first = await room.ipad(1)
    dry = await room.bulk.dry_run("refresh", TabletFilter(uai=BOURG), EVERYTHING, actor=ACTOR)
    await room.ipad(2)
    await room.run(dry.work)
    assert await room.queued() == [(first, "DeviceInformation", ACTOR)]


async def test_what_became_impossible_since_the_dry_run_is_not_done(room: Room) -> None:
    tablet = await room.ipad(1)
    dry = await room.bulk.dry_run("broken", [tablet], EVERYTHING, actor=ACTOR)
    assert dry.able == 1
    await room.world.fleet.change_state(tablet, TabletEvent.RETIRE, actor=ACTOR)
    done = await room.run(dry.work)
    assert (done.done, done.failed) == (0, 1)
    ((_, failed),) = await room.works.failures(dry.work.work_id)
    assert "réformée" in failed.text(FRENCH)


async def test_an_erasure_needs_the_number_of_tablets(room: Room) -> None:
    tablets = [await room.ipad(slot) for slot in (1, 2, 3)]
    android = await room.android(1)
    dry = await room.bulk.dry_run("erase", [*tablets, android], EVERYTHING, actor=ACTOR)
    assert dry.typed == 4
    for typed in (None, 0, 3, 5):
        with pytest.raises(CountNotTyped):
            await room.bulk.carry_out(dry.work.work_id, typed=typed, actor=ACTOR)
    assert await room.queued() == []
    await room.run(dry.work, typed=4)
    kinds = {kind for _, kind, _ in await room.queued()}
    assert kinds == {"EraseDevice", "factoryReset"}


async def test_all_that_cannot_be_undone_needs_it_and_the_rest_does_not() -> None:
    assert {action.name for action in ACTIONS.values() if action.final} == {"erase", "retire"}


async def test_nobody_begins_what_somebody_else_prepared(room: Room) -> None:
    dry = await room.bulk.dry_run("restart", [await room.ipad(1)], EVERYTHING, actor=ACTOR)
    with pytest.raises(WorkUnknown):
        await room.bulk.carry_out(dry.work.work_id, actor=OTHER)
    await asyncio.gather(*[room.bulk.carry_out(dry.work.work_id, actor=ACTOR) for _ in range(4)])
    await room.runner.once()
    assert len(await room.queued()) == 1


async def test_nothing_out_of_reach_is_touched(room: Room) -> None:
    mine, other = await room.ipad(1), await room.ipad(1, kit="Orion")
    reach = Reach(schools=frozenset({BOURG}))
    for wanted in (NO_FILTER, [mine, other], [other, mine, mine]):
        dry = await room.bulk.dry_run("restart", wanted, reach, actor=ACTOR)
        assert (dry.work.total, dry.able) == (1, 1)
    for wanted in ([other], [], ["nothing"], TabletFilter(text="orion")):
        with pytest.raises(NothingChosen):
            await room.bulk.dry_run("restart", wanted, reach, actor=ACTOR)


async def test_tablets_move_to_the_free_places_of_a_kit_in_order(room: Room) -> None:
    world = room.world
    movers = [await room.ipad(slot) for slot in range(1, 7)]
    await room.ipad(1, kit="Orion")
    android = await room.android(1)
    small = await world.fleet.create_kit(BOURG, "Petite", platform=world.kits["Orion"].platform, slots=4, actor=ACTOR)
    held = await room.world.fleet.kit(small.kit_id)
    await world.fleet.assign_tablet(movers[5], kit_id=small.kit_id, slot_number=2, actor=ACTOR)
    dry = await room.bulk.dry_run("move", [*movers, android], EVERYTHING, argument=small.kit_id, actor=ACTOR)
    reasons = {one.text(FRENCH): one.tablets for one in dry.hindered}
    assert (dry.able, sorted(reasons.values())) == (3, [1, 1, 2])
    done = await room.run(dry.work)
    assert (done.done, done.failed) == (3, 4)
    view = await world.fleet.kit(small.kit_id)
    assert [slot.tablet_id for slot in view.slots] == [movers[0], movers[5], movers[1], movers[2]]
    assert len(held.slots) == 4
    with pytest.raises(KitUnknown):
        await room.bulk.dry_run("move", movers, EVERYTHING, argument="f" * 32, actor=ACTOR)
    with pytest.raises(ActionArgumentWrong):
        await room.bulk.dry_run("move", movers, EVERYTHING, actor=ACTOR)


async def test_tablets_become_broken_spare_or_retired(room: Room) -> None:
    tablets = [await room.ipad(slot) for slot in (1, 2, 3)]
    await room.run((await room.bulk.dry_run("broken", tablets[:1], EVERYTHING, actor=ACTOR)).work)
    again = await room.bulk.dry_run("broken", tablets[:2], EVERYTHING, actor=ACTOR)
    assert (again.able, again.hindered[0].tablets) == (1, 1)
    await room.run((await room.bulk.dry_run("spare", tablets[1:2], EVERYTHING, actor=ACTOR)).work)
    assert (await room.world.fleet.tablet(tablets[1])).place is None
    await room.run((await room.bulk.dry_run("retire", tablets[2:], EVERYTHING, actor=ACTOR)).work, typed=1)
    assert await room.states(*tablets) == [TabletState.BROKEN, TabletState.ENROLLED, TabletState.RETIRED]


async def test_a_lock_takes_a_message_for_both_kinds(room: Room) -> None:
    await room.ipad(1)
    await room.android(1)
    dry = await room.bulk.dry_run("lock", NO_FILTER, EVERYTHING, argument=" Rendez-la   à l'école ", actor=ACTOR)
    await room.run(dry.work)
    rows = await room.world.database.read(
        lambda conn: conn.all("SELECT body FROM command WHERE request_type = 'DeviceLock'")
    )
    assert "Rendez-la à l'école".encode() in bytes(rows[0]["body"])
    (row,) = await room.world.database.read(lambda conn: conn.all("SELECT lock_message FROM android_enrollment"))
    assert row["lock_message"] == "Rendez-la à l'école"
    unlock = await room.bulk.dry_run("unlock", NO_FILTER, EVERYTHING, actor=ACTOR)
    assert (unlock.able, unlock.hindered[0].tablets) == (1, 1)
    for argument in ("x" * 201, "a\x07b"):
        with pytest.raises(ActionArgumentWrong):
            await room.bulk.dry_run("lock", NO_FILTER, EVERYTHING, argument=argument, actor=ACTOR)
    with pytest.raises(ActionArgumentWrong):
        await room.bulk.dry_run("restart", NO_FILTER, EVERYTHING, argument="x", actor=ACTOR)
    with pytest.raises(ActionUnknown):
        await room.bulk.dry_run("InstallProfile", NO_FILTER, EVERYTHING, actor=ACTOR)


async def test_it_can_be_left_found_again_and_stopped(room: Room) -> None:
    tablets = [await room.ipad(slot) for slot in range(1, 13)]
    tablets += [await room.ipad(slot, kit="Orion") for slot in range(1, 13)]
    kind = room.bulk.kind()
    small = WorkKind(name=kind.name, step=kind.step, parts_a_step=5)
    runner = WorkRunner(room.world.database, room.world.clock, [small])
    dry = await room.bulk.dry_run("restart", NO_FILTER, EVERYTHING, actor=ACTOR)
    await room.bulk.carry_out(dry.work.work_id, actor=ACTOR)
    await runner.step()
    (found,) = await room.works.recent(subject="fleet")
    assert (found.work_id, found.done, found.percent) == (dry.work.work_id, 5, 20)
    await room.works.cancel(found.work_id, actor=ACTOR)
    await runner.once()
    assert len(await room.queued()) == 5


async def test_who_did_it_is_in_the_journal_and_no_message_is(room: Room) -> None:
    await room.ipad(1)
    room.world.clock.advance(timedelta(minutes=1))
    dry = await room.bulk.dry_run("lock", NO_FILTER, EVERYTHING, argument="secret words", actor=ACTOR)
    await room.run(dry.work)
    entries = await room.world.database.read(lambda conn: latest_entries(conn, limit=2))
    assert [(one.kind, one.actor) for one in entries] == [("command_ordered", ACTOR), ("long_work_started", ACTOR)]
    assert "secret" not in "".join(one.detail + one.subject for one in entries)
