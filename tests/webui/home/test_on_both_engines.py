"""A family's whole way, on SQLite and on PostgreSQL: code, agreement, stricter rules, data, lost."""

import pytest

from mdm.home.loans.loan import Condition
from mdm.store import Database
from tests.webui.home.conftest import DIRECTOR, Families


@pytest.fixture
def database(any_database: Database) -> Database:
    """Each engine in turn, in the place of SQLite."""
    return any_database


async def test_a_family_goes_the_whole_way(families: Families) -> None:
    ilse, odon = await families.parent("ilse"), await families.parent("odon")
    lina = families.ids["Lina"]
    loan = await families.prepare()
    here = f"/home/loans/{loan.loan_id}"
    await ilse.post(f"{here}/accept", {"terms": loan.terms_digest, "read": "1", "insured": "1"})
    today = families.clock.now().date()
    await families.home.training.note_attended([families.guardians["odon"]], today, actor=DIRECTOR)
    assert "venez chercher la tablette" in (await ilse.get("/home")).text
    await families.home.loans.hand_over(loan.loan_id, Condition(), actor=DIRECTOR)
    assert "Elle peut servir en ce moment." in (await odon.get("/home")).text
    await odon.post(f"/home/rules/{lina}", {"school_days_from": "17:00", "school_days_to": "17:30", "app": "fr.lire"})
    assert "Elle se repose" in (await ilse.get("/home")).text
    evaluation = await families.evaluation()
    chosen = await ilse.post(f"/home/data/{lina}/evaluations/{evaluation}", {"choice": "objected"})
    assert "Pour le moment, votre enfant ne participe pas." in chosen.text
    asked = await ilse.post(f"/home/data/{lina}/ask", {"kind": "erasure", "words": "Merci."})
    assert "un effacement" in asked.text
    told = (await ilse.get(f"/home/data/{lina}/export.json")).text
    assert '"value": "Lina"' in told
    assert "Noé" not in told
    assert (await ilse.get("/home/data")).status == 200
    assert (await ilse.get(here)).status == 200
    await odon.post(f"{here}/lost", {})
    assert await families.state(loan) == "lost"
