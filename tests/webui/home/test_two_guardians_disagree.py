"""Two guardians want different hours: the stricter hold, and the pages of both say so and why."""

from datetime import timedelta

from tests.webui.following import following
from tests.webui.home.conftest import Families


async def test_both_see_the_same_hours_and_whose_they_are(families: Families) -> None:
    ilse, odon = await families.parent("ilse"), await families.parent("odon")
    await families.lend()
    lina = families.ids["Lina"]
    here = f"/home/rules/{lina}"
    await ilse.post(here, {"school_days_from": "17:00", "school_days_to": "19:00"})
    await odon.post(here, {"school_days_from": "18:30", "school_days_to": "19:30"})
    # It is six in the evening: for the one it may be used, for the other it may not.
    for one in (ilse, odon):
        first = await one.get("/home")
        assert "Elle se repose : ce ne sont pas ses heures d&#39;usage." in first.text
        assert f'<a href="{here}">Qui a fixé ces heures</a>' in first.text
        rules = await one.get(here)
        assert "de 18:30 à 19:00" in rules.text
        assert "le plus strict l&#39;emporte" in rules.text
        assert "Un autre responsable" in rules.text
    assert "de 18:30 à 19:30" in (await ilse.get(here)).text
    assert "de 17:00 à 19:00" in (await odon.get(here)).text


async def test_both_pages_turn_when_one_of_them_gives_way(families: Families) -> None:
    ilse, odon = await families.parent("ilse"), await families.parent("odon")
    loan = await families.lend()
    lina = families.ids["Lina"]
    await odon.post(f"/home/rules/{lina}", {"school_days_from": "18:30", "school_days_to": "19:30"})
    async with (
        following(families.site, ilse, "/home/events") as mother,
        following(families.site, odon, "/home/events") as father,
    ):
        for page in (mother, father):
            await page.until(f"card-{lina}", "Elle se repose")
        await odon.post(f"/home/rules/{lina}", {})
        # As the server's round does it, which brings the tablet there.
        await families.database.write(lambda conn: conn.publish("tablet", loan.tablet_id))
        for page in (mother, father):
            await page.until(f"card-{lina}", "Elle peut servir en ce moment.")
    families.clock.advance(timedelta(hours=2))
    for one in (ilse, odon):
        assert "Elle se repose" in (await one.get("/home")).text
