"""A tablet's life in the store, and finding tablets among many."""

from datetime import timedelta

import pytest

from mdm.clock import ManualClock
from mdm.fleet.errors import TabletUnknown
from mdm.fleet.fleet import Fleet
from mdm.fleet.kit import Kit
from mdm.fleet.report_store import ReportedFacts, save_facts
from mdm.fleet.slot_binding import Identity
from mdm.fleet.states import TabletEvent, TabletState, TransitionRefused
from mdm.fleet.tablet import Platform
from mdm.journal import entries, verify
from mdm.store import Connection, Database

ACTOR = "account:test"


async def enrolled(fleet: Fleet, database: Database, kit: Kit, slot: int = 1, serial: str = "F9FXK1") -> str:
    def join(conn: Connection) -> str:
        identity = Identity(platform=Platform.IPAD, serial=serial)
        joined = fleet.bind(conn, identity, kit_id=kit.kit_id, slot_number=slot, actor="ticket:1")
        fleet.apply(conn, joined, TabletEvent.ENROL, actor="system")
        return joined

    return await database.write(join)


async def converge(database: Database, tablet_id: str, converged_at: int | None) -> None:
    await database.write(
        lambda conn: conn.run(
            "INSERT INTO convergence (tablet_id, converged_at, next_check_at) VALUES (:tablet_id, :at, 0)"
            " ON CONFLICT (tablet_id) DO UPDATE SET converged_at = excluded.converged_at",
            tablet_id=tablet_id,
            at=converged_at,
        )
    )


async def test_a_change_of_state_is_dated_and_journalled(
    fleet: Fleet, database: Database, kit: Kit, clock: ManualClock
) -> None:
    tablet_id = await enrolled(fleet, database, kit)
    clock.advance(timedelta(hours=1))
    assert await fleet.change_state(tablet_id, TabletEvent.LOSE, actor=ACTOR) is TabletState.LOST
    tablet = (await fleet.tablet(tablet_id)).tablet
    assert (tablet.state, tablet.state_since) == (TabletState.LOST, clock.ms())
    entry = (await database.read(lambda conn: entries(conn, subject=f"tablet:{tablet_id}")))[-1]
    assert (entry.kind, entry.actor) == ("tablet_state", ACTOR)
    assert entry.detail == '{"event":"lose","from":"enrolled","to":"lost"}'
    assert (await database.read(verify)).intact


async def test_a_refused_change_changes_nothing(fleet: Fleet, database: Database, kit: Kit) -> None:
    tablet_id = await enrolled(fleet, database, kit)
    before = await database.read(lambda conn: len(entries(conn)))
    with pytest.raises(TransitionRefused):
        await fleet.change_state(tablet_id, TabletEvent.LEND, actor=ACTOR)
    assert (await fleet.tablet(tablet_id)).tablet.state is TabletState.ENROLLED
    assert await database.read(lambda conn: len(entries(conn))) == before


async def test_a_state_that_stays_is_not_told_again(
    fleet: Fleet, database: Database, kit: Kit, clock: ManualClock
) -> None:
    tablet_id = await enrolled(fleet, database, kit)
    await database.write(lambda conn: fleet.tablet_converged(conn, tablet_id))
    since = (await fleet.tablet(tablet_id)).tablet.state_since
    before = await database.read(lambda conn: len(entries(conn)))
    clock.advance(timedelta(hours=1))
    await database.write(lambda conn: fleet.tablet_converged(conn, tablet_id))
    assert (await fleet.tablet(tablet_id)).tablet.state_since == since
    assert await database.read(lambda conn: len(entries(conn))) == before


@pytest.mark.parametrize(
    ("away", "back"), [(["lend"], "give_back"), (["lose"], "find"), (["break"], "repair"), (["lend", "lose"], "find")]
)
@pytest.mark.parametrize(
    ("convergence", "state"), [("complete", "ready"), ("incomplete", "enrolled"), ("unmanaged", "new")]
)
async def test_a_tablet_that_comes_back_is_what_its_convergence_says(
    fleet: Fleet, database: Database, kit: Kit, away: list[str], back: str, convergence: str, state: str
) -> None:
    tablet_id = await enrolled(fleet, database, kit)
    for event in ["converge", *away]:
        await fleet.change_state(tablet_id, TabletEvent(event), actor=ACTOR)
    if convergence != "unmanaged":
        await converge(database, tablet_id, 1 if convergence == "complete" else None)
    assert await fleet.change_state(tablet_id, TabletEvent(back), actor=ACTOR) == state
    assert (await fleet.tablet(tablet_id)).tablet.state == state


async def test_a_tablet_is_found_by_what_a_person_would_write(fleet: Fleet, database: Database, kit: Kit) -> None:
    tablet_id = await enrolled(fleet, database, kit, 7)
    for reference in (tablet_id, "F9FXK1", "Cassiopée 07"):
        assert (await fleet.tablet(reference)).tablet.tablet_id == tablet_id
    for reference in ("", "Cassiopée", "nothing"):
        with pytest.raises(TabletUnknown):
            await fleet.tablet(reference)


async def test_a_tablets_page_has_its_last_report(
    fleet: Fleet, database: Database, kit: Kit, clock: ManualClock
) -> None:
    tablet_id = await enrolled(fleet, database, kit)
    assert (await fleet.tablet(tablet_id)).report is None
    facts = ReportedFacts(os_version="17.5", model_name="iPad", battery=80, supervised=True)
    await database.write(lambda conn: save_facts(conn, [(tablet_id, facts)], now=clock.ms()))
    report = (await fleet.tablet(tablet_id)).report
    assert report is not None
    assert (report.seen_at, report.os_version, report.battery, report.supervised) == (clock.ms(), "17.5", 80, True)
    assert report.capacity is None


async def test_tablets_are_found_by_the_beginning_of_name_or_serial(fleet: Fleet, database: Database, kit: Kit) -> None:
    orion = await fleet.create_kit(kit.uai, "100% Orion_", platform=Platform.IPAD, slots=2, actor=ACTOR)
    for slot in (1, 2, 11):
        await enrolled(fleet, database, kit, slot, f"SER{slot:03d}")
    await enrolled(fleet, database, orion, 1, "OTHER")

    async def names(**wanted: object) -> list[str]:
        return [view.tablet.name for view in (await fleet.tablets(**wanted)).tablets]  # type: ignore[arg-type]

    assert await names(text="cassiopée 0") == ["Cassiopée 01", "Cassiopée 02"]
    assert await names(text="ser01") == ["Cassiopée 11"]
    assert await names(text="100% ORION_") == ["100% Orion_ 01"]
    assert await names(text="%") == []
    assert await names(text="_") == []
    assert await names(kit_id=orion.kit_id) == ["100% Orion_ 01"]
    assert await names(uai="0750654D") == []
    assert await names(state=TabletState.READY) == []
    assert len(await names(uai=kit.uai, state=TabletState.ENROLLED, platform=Platform.IPAD)) == 4
    assert await names(platform=Platform.ANDROID) == []


async def test_pages_follow_each_other_without_gap_or_repetition(fleet: Fleet, database: Database) -> None:
    for number in range(25):
        await fleet.register_tablet(Identity(platform=Platform.IPAD, serial=f"S{number % 7}-{number:02d}"), actor=ACTOR)
    seen: list[str] = []
    page = await fleet.tablets(limit=10)
    while True:
        seen += [view.tablet.name for view in page.tablets]
        if not page.next:
            break
        page = await fleet.tablets(limit=10, after=page.next)
    assert seen == sorted(seen)
    assert len(set(seen)) == len(seen) == 25


async def test_tablets_are_counted_by_state(fleet: Fleet, database: Database, kit: Kit) -> None:
    for slot in (1, 2, 3):
        await enrolled(fleet, database, kit, slot, f"SERIAL{slot}")
    await fleet.change_state((await fleet.tablet("SERIAL2")).tablet.tablet_id, TabletEvent.LOSE, actor=ACTOR)
    counts = await fleet.count_tablets()
    assert (counts[TabletState.ENROLLED], counts[TabletState.LOST], counts[TabletState.READY]) == (2, 1, 0)
