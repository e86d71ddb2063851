"""The first page: what the tablet may do now and until when, its use where it is told, and what waits."""

from datetime import timedelta

from mdm.fleet.slot_binding import Identity
from mdm.fleet.states import TabletEvent
from mdm.fleet.tablet import Platform
from mdm.home.use.categories import Category, Source
from mdm.home.use.report import UseReport
from mdm.privacy.controller import Controller, Controllers
from mdm.store import Connection
from tests.webui.home.conftest import Families


async def android_tablet(families: Families) -> str:
    """A ready Android tablet in a kit of the school."""
    kit_id = await families.site.android_kit(slots=1)
    fleet = families.site.services.fleet

    def join(conn: Connection) -> str:
        identity = Identity(platform=Platform.ANDROID, serial="DROID1", model="tab")
        tablet_id = fleet.bind(conn, identity, kit_id=kit_id, slot_number=1, actor="test")
        fleet.apply(conn, tablet_id, TabletEvent.ENROL, actor="test")
        return tablet_id

    tablet_id = await families.database.write(join)
    await families.site.converge(tablet_id)
    return tablet_id


async def test_what_it_may_do_changes_with_the_clock(families: Families) -> None:
    ilse = await families.parent("ilse")
    await families.lend()
    now = await ilse.get("/home")
    assert "Elle peut servir en ce moment." in now.text
    assert "19:30" in now.text
    families.clock.advance(timedelta(hours=1, minutes=45))
    assert "Elle se repose : ce ne sont pas ses heures d&#39;usage." in (await ilse.get("/home")).text
    families.clock.advance(timedelta(hours=1))
    night = await ilse.get("/home")
    assert "Elle se repose : c&#39;est la nuit." in night.text
    english = await ilse.get("/home", **{"Accept-Language": "en"})
    assert "It rests now: it is night." in english.text


async def test_an_ipad_tells_no_minutes_and_the_page_says_so(families: Families) -> None:
    ilse = await families.parent("ilse")
    await families.lend()
    page = await ilse.get("/home")
    assert "Aucune durée n&#39;est connue." in page.text
    assert "Un iPad ne dit rien à l" in page.text
    assert "83" in page.text


async def test_minutes_are_shown_by_kind_of_app_where_they_are_told(families: Families) -> None:
    await families.parent("ilse")
    families.tablets.append(await android_tablet(families))
    loan = await families.lend(tablet=2)
    families.clock.advance(timedelta(days=2))
    ilse = await families.parent("ilse")
    today = families.clock.now().date()
    use = UseReport(
        number=1,
        days={today: {Category.READING: 12}, today - timedelta(days=1): {Category.READING: 58, Category.WEB: 5}},
        version=1,
    )
    daily = families.home.figures.use
    await families.database.write(lambda conn: daily.take(conn, loan.tablet_id, Source.AGENT_FIELD, use))
    page = await ilse.get("/home")
    for cell in ("<td>12 min</td>", "<td>1 h 10</td>", "<td>0 min</td>", "<td>5 min</td>", "<td>1 h 15</td>"):
        assert cell in page.text
    assert "écran de cette tablette est couvert" in page.text


async def test_a_family_with_two_children_sees_both_and_no_other(families: Families) -> None:
    ilse = await families.parent("ilse")
    await families.lend()
    before = await ilse.get("/home")
    assert "Noé" not in before.text
    await ilse.post("/home/join", {"code": families.codes["zoe"], "sure": "1"})
    page = await ilse.get("/home")
    assert page.text.index("Lina V.") < page.text.index("Noé T.")


async def test_help_names_the_school_and_the_authority(families: Families) -> None:
    ilse = await families.parent("ilse")
    services = families.site.services
    wanted = Controller(name="MACS", contact="05 58 00 00 00", officer="dpo@exemple.fr")
    await Controllers(families.database, families.clock, services.journal).set(wanted, actor="test")
    page = await ilse.get("/home")
    for words in ("École d&#39;Audignon", "MACS", "05 58 00 00 00", "tel:3018"):
        assert words in page.text
