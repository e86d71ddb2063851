"""A family asks to be erased, by its own page; the officer does it, by the pages of personal data: on both engines."""

import json
from datetime import timedelta

import pytest

from mdm.home.loans.loan import Condition
from mdm.home.use.categories import Category, Source
from mdm.home.use.report import UseReport
from mdm.journal import entries, verify
from mdm.privacy.declaration import Stay
from mdm.privacy.register import whole_register
from mdm.privacy.schema_store import read_schema
from mdm.store import Database
from tests.privacy.test_purge_of_everything import naming
from tests.webui.home.conftest import DIRECTOR, Families
from tests.webui.signed_in import browser_of
from webui.roles import Role


@pytest.fixture
def database(any_database: Database) -> Database:
    """Each engine in turn, in the place of SQLite."""
    return any_database


async def places_of(families: Families, word: str) -> set[str]:
    """Return the columns in which a word is found, the journal's among them."""
    engine = families.database.engine_name
    schema = await families.database.read(lambda conn: read_schema(conn, engine))
    return await naming(families.database, schema, word)


async def test_a_family_is_erased_from_rows_journal_and_exports(families: Families) -> None:
    database = families.database
    ilse, zoe = await families.parent("ilse"), await families.parent("zoe")
    officer = await browser_of(families.site, "odile", Role.DPO)
    loan = await families.lend()
    lina, noe, mother = families.ids["Lina"], families.ids["Noé"], families.guardians["ilse"]
    here = f"/home/data/{lina}"
    await ilse.post(f"/home/rules/{lina}", {"night_from": "19:00", "night_to": "07:00"})
    evaluation = await families.evaluation()
    await ilse.post(f"{here}/evaluations/{evaluation}", {"choice": "consented"})
    daily, day = families.home.figures.use, families.clock.now().date() - timedelta(days=1)
    use = UseReport(number=1, days={day: {Category.READING: 41}}, version=1)
    await database.write(lambda conn: daily.take(conn, loan.tablet_id, Source.AGENT_FIELD, use))

    asked = await ilse.post(f"{here}/ask", {"kind": "erasure", "words": "Effacez tout de Lina."})
    assert "un effacement" in asked.text
    waiting = (await officer.get("/privacy/requests")).text
    assert "Effacez tout de Lina." in waiting
    named = {"kind": "pupil", "name": lina, "sure": "1"}
    at_home = await officer.post("/privacy/erase", named)
    assert at_home.status == 409
    assert 'role="alert"' in at_home.text
    assert await places_of(families, "Lina") >= {"pupil.first_name"}

    await families.home.loans.take_back(loan.loan_id, Condition(), actor=DIRECTOR)
    request_id = waiting.partition("/privacy/requests/")[2][:32]
    await officer.post(f"/privacy/requests/{request_id}", {"granted": "yes", "answer": "C'est fait."})
    assert '"value": "Lina"' in (await ilse.get(f"{here}/export.json")).text
    looked = await officer.post("/privacy/erase/look", {"kind": "pupil", "name": lina})
    assert f"pupil:{lina}" in looked.text
    assert "Les données de la personne sont effacées." in (await officer.post("/privacy/erase", named)).text

    for path in (here, f"{here}/export.json", f"{here}/export.csv"):
        assert (await ilse.get(path)).status == 404, path
    assert lina not in (await ilse.get("/home/data/export.json")).text
    assert (await officer.post("/privacy/erase", named)).status == 404
    assert {place for place in await places_of(families, "Lina") if not place.startswith("data_request.")} == set()
    stays = {key for key, one in whole_register().fields.items() if isinstance(one.erasure, Stay)}
    left = await places_of(families, lina)
    assert left <= stays, left - stays

    done = await officer.post("/privacy/erase", {"kind": "guardian", "name": mother, "sure": "1"})
    assert "Les données de la personne sont effacées." in done.text
    assert await places_of(families, "Mme V.") == set()
    assert await places_of(families, mother) <= stays
    assert (await ilse.get("/home/data")).status == 200

    assert (await database.read(verify)).intact
    told = await database.read(lambda conn: entries(conn, limit=10_000))
    erased = [one.subject for one in told if one.kind == "person_erased"]
    assert erased == [f"person:{lina}", f"person:{mother}"]
    written = str(await database.read(lambda conn: conn.all("SELECT * FROM journal")))
    for word in ("Lina", "VERNAQUE", "Mme V.", "ilse", "Effacez"):
        assert word not in written, word

    other = json.loads((await zoe.get(f"/home/data/{noe}/export.json")).body)["data"]
    assert "Noé" in {one["value"] for one in other}


async def test_nothing_of_an_erased_family_is_left_a_year_later(families: Families) -> None:
    ilse = await families.parent("ilse")
    officer = await browser_of(families.site, "odile", Role.DPO)
    lina = families.ids["Lina"]
    await ilse.post(f"/home/data/{lina}/ask", {"kind": "erasure", "words": "Effacez tout de Lina."})
    request_id = (await officer.get("/privacy/requests")).text.partition("/privacy/requests/")[2][:32]
    await officer.post(f"/privacy/requests/{request_id}", {"granted": "yes", "answer": "C'est fait."})
    await officer.post("/privacy/erase", {"kind": "pupil", "name": lina, "sure": "1"})
    assert {one.partition(".")[0] for one in await places_of(families, "Lina")} == {"data_request"}
    families.clock.advance(timedelta(days=366))
    await families.site.services.privacy.purge.once()
    assert await places_of(families, "Lina") == set()
    assert {one.partition(".")[0] for one in await places_of(families, lina)} <= {"journal"}
