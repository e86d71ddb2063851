"""All that is stored about a child, and nothing of anybody else: shown, taken along, objected to."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

from mdm.home.use.categories import Category, Source
from mdm.home.use.report import UseReport
from mdm.privacy.register import whole_register
from mdm.privacy.statements import belongs
from mdm.privacy.subject import Subject, person_of
from mdm.store import Connection
from tests.webui.home.conftest import Families


def stored_rows(conn: Connection, pupil_id: str) -> dict[str, int]:
    """Count the rows of each table that are declared to be a child's."""
    person = person_of(conn, Subject(kind="pupil", key=pupil_id))
    found: dict[str, int] = {}
    for table in whole_register().tables:
        owners = {owner for one in whole_register().fields_of(table.name) for owner in one.owners}
        for owner in owners:
            word = person.word(owner.holds) if owner.subject == "pupil" else None
            if word is not None:
                row = conn.one(f"SELECT COUNT(*) AS n FROM {table.name} WHERE {belongs(owner)}", word=word)
                found[table.name] = max(found.get(table.name, 0), 0 if row is None else row["n"])
    return {name: count for name, count in found.items() if count}


async def test_the_export_holds_everything_and_nothing_of_others(families: Families) -> None:
    ilse, odon = await families.parent("ilse"), await families.parent("odon")
    await families.parent("zoe")
    loan, other = await families.lend(), await families.lend("Noé", tablet=1, by="zoe")
    lina, noe = families.ids["Lina"], families.ids["Noé"]
    await odon.post(f"/home/rules/{lina}", {"night_from": "19:00", "night_to": "07:00"})
    await ilse.post(f"/home/data/{lina}/ask", {"kind": "rectification", "words": "La classe est CE2."})
    await families.evaluation()
    families.clock.advance(timedelta(days=2))
    ilse = await families.parent("ilse")
    day = families.clock.now().date() - timedelta(days=1)
    use = UseReport(number=1, days={day: {Category.READING: 41}}, version=1)
    daily = families.home.figures.use
    await families.database.write(lambda conn: daily.take(conn, loan.tablet_id, Source.AGENT_FIELD, use))

    body = await ilse.get(f"/home/data/{lina}/export.json")
    assert body.headers["Content-Type"].startswith("application/json")
    assert "attachment" in body.headers["Content-Disposition"]
    told: list[dict[str, Any]] = json.loads(body.body)["data"]
    rows: dict[str, set[int]] = {}
    for one in told:
        rows.setdefault(one["key"].partition(".")[0], set()).add(one["row"])
        assert one["purpose"]
        assert one["basis"]
        assert one["erased"]
    wanted = await families.database.read(lambda conn: stored_rows(conn, lina))
    assert {"pupil", "inscription", "loan", "loan_acceptance", "home_use_day", "data_request", "guardianship",
            "evaluation_notice"} <= wanted.keys()  # fmt: skip
    assert {name: len(rows.get(name, ())) for name in wanted} == wanted

    values = {one["key"]: one["value"] for one in told}
    assert values["pupil.first_name"] == "Lina"
    assert values["home_use_day.minutes"] == "41"
    assert values["data_request.words"] == "La classe est CE2."
    for foreign in (noe, "Noé", other.loan_id, other.tablet_id, families.guardians["zoe"], "Mme T."):
        assert foreign not in body.text

    lines = list(csv.reader(io.StringIO((await ilse.get(f"/home/data/{lina}/export.csv")).text), delimiter=";"))
    assert len(lines) - 1 == len(told)

    page = await ilse.get(f"/home/data/{lina}")
    for one in told:
        assert one["record"].replace("'", "&#39;") in page.text


async def test_eight_weeks_of_use_stay_a_light_page(families: Families) -> None:
    await families.parent("ilse")
    loan = await families.lend()
    daily = families.home.figures.use
    for week in range(1, 8):
        families.clock.advance(timedelta(days=7))
        today = families.clock.now().date()
        days = {today - timedelta(days=back): dict.fromkeys(Category, 60 + back) for back in range(1, 8)}
        use = UseReport(number=week, days=days, version=1)
        await families.database.write(
            lambda conn, use=use: daily.take(conn, loan.tablet_id, Source.AGENT_FIELD, use)  # type: ignore[misc]
        )
    ilse = await families.parent("ilse")
    page = await ilse.get(f"/home/data/{families.ids['Lina']}")
    assert page.text.count("<td>61</td>") == 7 * len(Category)
    assert len(page.body) < 100_000
    assert len((await ilse.get("/home")).body) < 20_000


async def test_a_guardian_takes_along_what_is_stored_about_the_account(families: Families) -> None:
    ilse = await families.parent("ilse")
    await families.lend()
    told = json.loads((await ilse.get("/home/data/export.json")).body)["data"]
    values = {one["key"]: one["value"] for one in told}
    assert values["account.login"] == "ilse"
    assert values["guardian.label"] == "Mme V."
    assert values["training_completion.way"] == "room"
    assert "odon" not in str(told)
    assert "Mme V." in (await ilse.get("/home/data")).text
    assert "Mme V." in (await ilse.get("/home/data/export.csv")).text


async def test_an_objection_is_noted_and_its_answer_comes_back(families: Families) -> None:
    ilse, odon = await families.parent("ilse"), await families.parent("odon")
    here = f"/home/data/{families.ids['Lina']}"
    noted = await ilse.post(f"{here}/ask", {"kind": "objection", "about": "loan.handed", "words": "Trop précis."})
    assert noted.path == here
    assert "une opposition" in noted.text
    assert "en cours d&#39;examen" in (await odon.get(here)).text
    row = await families.database.read(lambda conn: conn.one("SELECT * FROM data_request"))
    assert row is not None
    assert (row["subject"], row["kind"], row["about"]) == (f"pupil:{families.ids['Lina']}", "objection", "loan.handed")


async def test_a_request_that_cannot_be_is_told(families: Families) -> None:
    ilse = await families.parent("ilse")
    here = f"/home/data/{families.ids['Lina']}"
    for form, status in (({}, 422), ({"kind": "access"}, 422), ({"kind": "objection", "about": "no.field"}, 404),
                         ({"kind": "objection", "words": "x" * 2001}, 422)):  # fmt: skip
        answer = await ilse.post(f"{here}/ask", form)
        assert answer.status == status
        assert 'role="alert"' in answer.text
    assert await families.database.read(lambda conn: conn.all("SELECT * FROM data_request")) == []


async def test_of_two_guardians_the_one_who_objects_to_an_evaluation_is_heard(families: Families) -> None:
    ilse, odon = await families.parent("ilse"), await families.parent("odon")
    evaluation = await families.evaluation()
    lina = families.ids["Lina"]
    here = f"/home/data/{lina}"
    assert "Une évaluation concerne votre enfant" in (await ilse.get("/home")).text
    assert "Pour le moment, votre enfant participe." in (await ilse.get(here)).text

    agreed = await ilse.post(f"{here}/evaluations/{evaluation}", {"choice": "consented"})
    assert "votre enfant participe" in agreed.text
    assert "Une évaluation concerne votre enfant" not in (await ilse.get("/home")).text
    objected = await odon.post(f"{here}/evaluations/{evaluation}", {"choice": "objected"})
    assert "Pour le moment, votre enfant ne participe pas." in objected.text
    assert "Un autre responsable s&#39;est opposé" in (await ilse.get(here)).text
    (seen,) = await families.home.figures.guardians.of_pupil(lina)
    assert not seen.takes_part
    assert (await ilse.post(f"{here}/evaluations/{evaluation}", {"choice": "perhaps"})).status == 422
    assert (await ilse.post(f"{here}/evaluations/{'0' * 32}", {"choice": "objected"})).status == 404
