"""The register and the assessment say what the declarations say, in both languages, on paper and as CSV."""

import csv
from io import BytesIO, StringIO

import pytest
from pypdf import PdfReader

from mdm.clock import ManualClock
from mdm.i18n import Catalogs
from mdm.privacy.composition import PrivacyParts
from mdm.privacy.controller import Controller
from mdm.privacy.errors import WordsWrong
from mdm.privacy.register import Register
from mdm.privacy.reports import (
    assessment_csv,
    assessment_pdf,
    field_entries,
    register_csv,
    register_entries,
    register_pdf,
)
from tests.privacy.rows import ON_SQLITE

FRENCH = Catalogs("mdm", "mdm.privacy").for_language("fr")
ENGLISH = Catalogs("mdm", "mdm.privacy").for_language("en")
MACS = Controller(name="Département des Épreuves", contact="1 place du Test", officer="dpo@example.org")


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def words(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def test_the_register_has_all_that_article_30_asks_for(register: Register) -> None:
    entries = register_entries(register, FRENCH)
    assert len(entries) == len(register.activities)
    for entry in entries:
        assert entry.purposes, entry.name
        assert entry.bases, entry.name
        assert entry.persons, entry.name
        assert entry.data, entry.name
        assert entry.kept, entry.name
    loans = next(entry for entry in entries if entry.name == "Prêts de tablettes aux familles")
    assert "élèves" in loans.persons
    assert "1 an après la fin du prêt" in dict(loans.kept)


@pytest.mark.parametrize("translate", [FRENCH, ENGLISH], ids=["fr", "en"])
def test_the_csv_has_a_line_for_each_activity_and_for_each_field(register: Register, translate: object) -> None:
    activities = rows(register_csv(register, MACS, translate))  # type: ignore[arg-type]
    assert len(activities) == len(register.activities) + 1
    assert all(row[1] == "Département des Épreuves" for row in activities[1:])
    assert all(len(row) == len(activities[0]) for row in activities)
    fields = rows(assessment_csv(register, translate))  # type: ignore[arg-type]
    assert {row[0] for row in fields[1:]} == set(register.fields)
    assert all(cell for row in fields for cell in row[:10])


def test_no_english_is_left_in_the_french_papers(register: Register) -> None:
    english = {cell for one in field_entries(register, ENGLISH) for cell in (one.field, one.purpose, one.kept)}
    french = {cell for one in field_entries(register, FRENCH) for cell in (one.field, one.purpose, one.kept)}
    assert english & french == set()


async def test_the_papers_are_printed_and_accessible(register: Register, clock: ManualClock) -> None:
    made = await register_pdf(register, MACS, FRENCH, now=clock.ms())
    text = words(made)
    assert "Registre des activités de traitement" in text
    assert "1er septembre 2026" in text
    assert "Département des Épreuves" in text
    for entry in register_entries(register, FRENCH):
        assert entry.name in text
    reader = PdfReader(BytesIO(made))
    assert reader.trailer["/Root"]["/Lang"] == "fr"
    assert "/StructTreeRoot" in reader.trailer["/Root"]
    again = await register_pdf(register, MACS, FRENCH, now=clock.ms())
    assert again == made


async def test_the_assessment_names_every_field(register: Register, clock: ManualClock) -> None:
    text = words(await assessment_pdf(register, MACS, ENGLISH, now=clock.ms())).replace(" ", "")
    missing = [key for key in register.fields if key not in text]
    assert missing == []


@ON_SQLITE
async def test_the_controller_is_entered_once_and_changed(parts: PrivacyParts) -> None:
    assert await parts.controllers.current() == Controller()
    with pytest.raises(WordsWrong):
        await parts.controllers.set(Controller(name="MACS"), actor="account:dpo")
    await parts.controllers.set(MACS, actor="account:dpo")
    await parts.controllers.set(Controller(name=" MACS ", contact="a", officer="b"), actor="account:dpo")
    assert await parts.controllers.current() == Controller(name="MACS", contact="a", officer="b")
