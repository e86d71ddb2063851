"""Another language is a catalogue more: what is written from right to left turns the page round."""

import pytest

from tests.webui.home.conftest import Families
from webui.rendering import direction_of


@pytest.mark.parametrize(
    ("language", "direction"), [("fr", "ltr"), ("en", "ltr"), ("ar", "rtl"), ("he", "rtl"), ("fa", "rtl")]
)
def test_a_language_has_its_direction(language: str, direction: str) -> None:
    assert direction_of(language) == direction


@pytest.mark.usefixtures("arabic")
async def test_pages_in_a_language_that_is_written_from_right_to_left(families: Families) -> None:
    ilse = await families.parent("ilse")
    loan = await families.lend()
    lina = families.ids["Lina"]
    for path in ("/home", "/home/training", f"/home/loans/{loan.loan_id}", f"/home/rules/{lina}", f"/home/data/{lina}"):
        page = await ilse.get(path, **{"Accept-Language": "ar"})
        assert page.status == 200, path
        assert '<html lang="ar" dir="rtl">' in page.text
        assert "ع " in page.text
    home = await ilse.get("/home", **{"Accept-Language": "ar"})
    assert "<bdi>Lina V.</bdi>" in home.text
    french = await ilse.get("/home")
    assert '<html lang="fr" dir="ltr">' in french.text
