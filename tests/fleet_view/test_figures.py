"""Figures: what rounds count is what there is; nothing is told of what is out of reach."""

from datetime import timedelta

from mdm.fleet import glance_store
from mdm.fleet.reach import EVERYTHING, Reach
from mdm.fleet.slot_binding import Identity
from mdm.fleet.states import TabletEvent, TabletState
from mdm.fleet.tablet import Platform
from mdm.fleet_view import figures_store
from mdm.fleet_view.figures import FleetFigures, OsFigure
from mdm.store import Connection
from tests.fleet_view.conftest import ACTOR, BOURG, LAC, MONT, PLAGE, SOUSTONS, World


async def test_before_the_first_round_nothing_is_known(world: World) -> None:
    glance = await FleetFigures(world.database).glance(EVERYTHING)
    assert (glance.counted_at, glance.figures.tablets, glance.systems, glance.days) == (None, 0, (), ())


async def populate(world: World) -> None:
    long_ago = await world.enrol("Orion", 1, "A1")
    await world.report(long_ago, os_version="16.7", battery=10)
    world.clock.advance(timedelta(days=25))
    month = await world.enrol("Orion", 2, "A2")
    await world.report(month, os_version="17.5")
    world.clock.advance(timedelta(days=10))
    week = await world.enrol("Cassiopée", 1, "A3")
    await world.report(week, os_version="18.1", battery=80, capacity=64 * 10**9, free_space=60 * 10**9)
    await world.converge(week)
    world.clock.advance(timedelta(days=3))
    day = await world.enrol("Cassiopée", 2, "A4")
    await world.report(day, os_version="18.1", battery=19, capacity=64 * 10**9, free_space=10**9)
    await world.converge(day, whole=False)
    await world.enrol("Pégase", 1, "A5")
    await world.fleet.register_tablet(Identity(platform=Platform.IPAD, serial="A6"), actor=ACTOR)
    gone = await world.enrol("Cassiopée", 3, "A7")
    await world.report(gone, battery=1)
    await world.fleet.change_state(gone, TabletEvent.RETIRE, actor=ACTOR)
    await world.fleet.change_state(week, TabletEvent.CONVERGE, actor=ACTOR)

    def health(conn: Connection) -> None:
        for tablet_id, told in ((day, "service-recommended"), (week, "normal"), (month, "unsupported")):
            conn.run(
                "INSERT INTO declarative_status (tablet_id, status, received_at) VALUES (:it, :status, 1)",
                it=tablet_id,
                status=f'{{"device":{{"power":{{"battery-health":"{told}"}}}}}}',
            )

    await world.database.write(health)
    await world.database.write(lambda conn: conn.run("UPDATE tablet_glance SET seen_at = -1"))
    await world.rounds.once()


async def test_every_figure_counts_what_it_says(world: World) -> None:
    await populate(world)
    glance = await FleetFigures(world.database).glance(EVERYTHING)
    figures = glance.figures
    assert glance.counted_at == world.clock.ms()
    assert figures.tablets == 7
    assert {state: count for state, count in figures.states.items() if count} == {
        TabletState.NEW: 1,
        TabletState.ENROLLED: 4,
        TabletState.READY: 1,
        TabletState.RETIRED: 1,
    }
    assert (figures.converged, figures.drifting) == (1, 1)
    assert (figures.storage_low, figures.storage_known) == (1, 2)
    assert (figures.battery_low, figures.battery_known) == (2, 3)
    assert (figures.health_normal, figures.health_service, figures.health_other) == (1, 1, 0)
    assert (figures.seen_day, figures.seen_week, figures.seen_month, figures.seen_longer, figures.seen_never) == (
        1,
        1,
        1,
        1,
        2,
    )
    assert glance.systems == (
        OsFigure(platform="android", os_version="", tablets=1),
        OsFigure(platform="ipad", os_version="18.1", tablets=2),
        OsFigure(platform="ipad", os_version="17.5", tablets=1),
        OsFigure(platform="ipad", os_version="16.7", tablets=1),
        OsFigure(platform="ipad", os_version="", tablets=1),
    )
    assert [(day.tablets, day.ready, day.drifting, day.seen) for day in glance.days] == [(7, 1, 1, 1)]
    assert {type(one.tablets) for one in (*glance.systems, *glance.days, figures)} == {int}


async def test_a_scope_has_its_own_figures_and_schools_and_communes_add_up(world: World) -> None:
    await populate(world)
    service = FleetFigures(world.database)
    for reach, tablets in (
        (Reach(schools=frozenset({BOURG})), 2),
        (Reach(communes=frozenset({SOUSTONS})), 3),
        (Reach(kits=frozenset({world.kits["Pégase"].kit_id}), schools=frozenset({BOURG})), 3),
        (Reach(), 0),
    ):
        glance = await service.glance(reach)
        assert (glance.figures.tablets, sum(one.tablets for one in glance.systems)) == (tablets, tablets)
    schools = await service.by_school(EVERYTHING)
    assert [(one.place, one.name, one.figures.tablets) for one in schools] == [
        (LAC, "Collège Saint-Exupéry", 2),
        (BOURG, "École du Bourg", 2),
        (PLAGE, "École de la Plage", 1),
    ]
    assert await service.by_school(EVERYTHING, after=LAC, limit=1) == schools[1:2]
    communes = await service.by_commune(EVERYTHING)
    assert [(one.place, one.name, one.figures.tablets) for one in communes] == [
        (MONT, "Mont-de-Marsan", 2),
        (SOUSTONS, "Soustons", 3),
    ]
    assert [one.place for one in await service.by_commune(Reach(schools=frozenset({BOURG})))] == [MONT]


async def test_a_round_follows_what_changed_and_forgets_what_is_gone(world: World) -> None:
    await populate(world)
    service = FleetFigures(world.database)
    await world.fleet.free_slot(world.kits["Pégase"].kit_id, 1, actor=ACTOR)
    world.clock.advance(timedelta(days=1))
    await world.rounds.once()
    assert [one.place for one in await service.by_school(EVERYTHING)] == [LAC, BOURG]
    glance = await service.glance(EVERYTHING)
    assert (glance.figures.tablets, glance.figures.seen_day, glance.figures.seen_week) == (7, 0, 2)
    assert sum(one.tablets for one in glance.systems) == 6
    assert [day.tablets for day in glance.days] == [7, 7]
    world.clock.advance(timedelta(days=500))
    await world.rounds.once()
    assert len((await service.glance(EVERYTHING)).days) == 1


async def test_after_a_round_nothing_is_left_to_bring_or_to_count(world: World) -> None:
    await populate(world)

    def left(conn: Connection) -> tuple[object, ...]:
        kits = figures_store.count_kits(conn, now=world.clock.ms()), figures_store.known_kits(conn)
        systems = figures_store.count_systems(conn), figures_store.known_systems(conn)
        return (
            glance_store.stale_tablets(conn),
            glance_store.renamed_models(conn),
            glance_store.unranked_versions(conn),
            list(figures_store.changed(*kits, ("kit_id",))),
            list(figures_store.gone(*kits, ("kit_id",))),
            list(figures_store.changed(*systems, ("kit_id", "platform", "os_version"))),
        )

    assert await world.database.read(left) == ([], [], [], [], [], [])
