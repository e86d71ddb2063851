"""Two guardians, different rules: the stricter holds, nothing is ever added, and what a tablet obeys is said."""

from datetime import timedelta

from mdm.fleet.report_store import ReportedFacts, save_facts
from mdm.home.modes import stricter_store
from mdm.home.modes.mode import Why
from tests.webui.home.conftest import Families


async def may_be_used(families: Families, tablet_id: str) -> tuple[bool, Why]:
    """What decides says of a tablet now."""
    reader = families.site.services.modes.reader
    (found,) = await families.database.read(lambda conn: reader.modes_of(conn, [tablet_id]))
    return found.moded.usable, found.moded.why


async def test_of_two_guardians_the_stricter_holds(families: Families) -> None:
    ilse, odon = await families.parent("ilse"), await families.parent("odon")
    loan = await families.lend()
    here = f"/home/rules/{families.ids['Lina']}"
    assert await may_be_used(families, loan.tablet_id) == (True, Why.HOURS_OF_USE)

    page = await ilse.post(here, {"school_days_from": "17:30", "school_days_to": "18:30", "app": "fr.dessin"})
    assert page.path == here
    assert "Vos règles sont gardées." in page.text
    assert "de 17:30 à 18:30" in page.text
    await odon.post(
        here, {"school_days_from": "17:00", "school_days_to": "17:45", "night_from": "19:00", "night_to": "07:30"}
    )

    shown = await ilse.get(here)
    assert "de 17:30 à 17:45" in shown.text
    assert "de 10:00 à 19:00" in shown.text
    assert "Un autre responsable" in shown.text
    assert "odon" not in shown.text
    assert 'value="17:30"' in shown.text
    assert "retirée par un autre responsable" in (await odon.get(here)).text
    assert await may_be_used(families, loan.tablet_id) == (False, Why.OUT_OF_HOURS)
    taken = await families.database.read(lambda conn: stricter_store.taken_away(conn, loan.tablet_id))
    assert taken.apps == {"fr.dessin"}

    # Who takes his own away does not take away the other's.
    await odon.post(here, {})
    assert "de 17:30 à 18:30" in (await odon.get(here)).text


async def test_hours_that_are_laxer_than_the_charters_change_nothing(families: Families) -> None:
    ilse = await families.parent("ilse")
    loan = await families.lend()
    here = f"/home/rules/{families.ids['Lina']}"
    page = await ilse.post(here, {"school_days_from": "06:00", "school_days_to": "23:30"})
    assert "de 17:00 à 19:30" in page.text
    families.clock.advance(timedelta(hours=3))
    assert await may_be_used(families, loan.tablet_id) == (False, Why.NIGHT)


async def test_what_is_wrong_is_told_beside_what_was_written(families: Families) -> None:
    ilse = await families.parent("ilse")
    loan = await families.lend()
    here = f"/home/rules/{families.ids['Lina']}"
    for form in ({"night_from": "20:00"}, {"night_from": "20:00", "night_to": "soon"}, {"app": "com.game"}):
        answer = await ilse.post(here, form)
        assert answer.status == 422
        assert 'role="alert"' in answer.text
    assert 'value="20:00"' in (await ilse.post(here, {"night_from": "20:00"})).text
    given = await families.database.read(lambda conn: stricter_store.rules_by_guardian(conn, loan.tablet_id))
    assert given == {}


async def test_there_are_no_rules_without_a_tablet_at_home(families: Families) -> None:
    ilse = await families.parent("ilse")
    await families.prepare()
    here = f"/home/rules/{families.ids['Lina']}"
    assert "pas chez vous" in (await ilse.get(here)).text
    assert (await ilse.post(here, {"night_from": "20:00", "night_to": "07:00"})).status == 409


async def test_what_a_tablet_does_not_obey_is_said(families: Families) -> None:
    ilse = await families.parent("ilse")
    loan = await families.lend()
    here = f"/home/rules/{families.ids['Lina']}"
    assert "n&#39;ouvre que ses réglages" in (await ilse.get(here)).text

    said = ReportedFacts(supervised=False)
    await families.database.write(lambda conn: save_facts(conn, [(loan.tablet_id, said)], now=families.clock.ms()))
    free = await ilse.get(here)
    assert "n&#39;est pas supervisé" in free.text
    assert "n&#39;ouvre que ses réglages" not in free.text
