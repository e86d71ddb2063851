"""The glance's charts: each says in its table what the figures say, in both languages."""

from mdm.fleet.reach import EVERYTHING
from mdm.fleet.states import TabletEvent, TabletState
from mdm.fleet_view import glance_charts
from mdm.fleet_view.figures import Figures, FleetFigures
from mdm.fleet_view.geography import Geography, macs_communes
from mdm.i18n import Catalogs
from tests.fleet_view.conftest import ACTOR, World

ROOMS = ("mdm.charts", "mdm.fleet", "mdm.fleet_view")
FRENCH = Catalogs(*ROOMS).for_language("fr")
ENGLISH = Catalogs(*ROOMS).for_language("en")


async def test_the_charts_say_what_the_figures_say(world: World) -> None:
    broken = await world.enrol("Cassiopée", 1, "A1")
    await world.fleet.change_state(broken, TabletEvent.BREAK, actor=ACTOR)
    drifting = await world.enrol("Orion", 1, "A2")
    await world.report(drifting, os_version="18.1", battery=12)
    await world.converge(drifting, whole=False)
    await world.rounds.once()
    service = FleetFigures(world.database)
    glance, communes = await service.glance(EVERYTHING), await service.by_commune(EVERYTHING)
    geography = Geography(world.database, world.clock, world.journal)
    await geography.import_file(macs_communes(), actor=ACTOR)
    states = glance_charts.states_chart(glance.figures, FRENCH)
    assert states.table.rows == (("enrôlée", "1", "50\u00a0%"), ("en panne", "1", "50\u00a0%"))
    seen = glance_charts.seen_chart(glance.figures, FRENCH)
    assert [row[1] for row in seen.table.rows] == ["1", "0", "0", "0", "1"]
    systems = glance_charts.systems_chart(glance.systems, ENGLISH)
    assert systems.table.rows == (("iPadOS 18.1", "1"), ("iPadOS, version not told", "1"))
    days = glance_charts.days_chart(glance.days, FRENCH)
    assert [row[1:] for row in days.table.rows] == [("0", "1", "1")]
    chart = glance_charts.communes_map(
        communes, await geography.places(), FRENCH, href=lambda insee: f"/fleet?commune={insee}", source="IGN"
    )
    assert chart.table.rows == (("Mont-de-Marsan", "1", "1", "0", "0", "0"), ("Soustons", "1", "0", "1", "0", "0"))
    assert "/fleet?commune=40310" in chart.svg
    assert "perdues ou en panne" in chart.svg


def test_a_place_has_the_tone_of_its_worst_tablet() -> None:
    for figures, expected in (
        (Figures(), ("quiet", 0)),
        (Figures(tablets=5), ("good", 5)),
        (Figures(tablets=5, storage_low=2), ("care", 2)),
        (Figures(tablets=5, storage_low=2, drifting=3), ("care", 3)),
        (Figures(tablets=5, drifting=3, states={TabletState.LOST: 1, TabletState.BROKEN: 1}), ("bad", 2)),
    ):
        assert glance_charts.worst_of(figures)[:2] == expected
