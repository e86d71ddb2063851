"""docs/catalogue.md says what is so."""

import re
from pathlib import Path

import pytest

from profiles.catalogue.catalogue import ATTACHMENT_LIMIT
from profiles.catalogue.cells import KIND, OFFLINE, PERIOD, UNIT, Form
from profiles.catalogue.columns import FIELDS
from profiles.catalogue.dossier import DataSheet, Dossier
from profiles.catalogue.exchange import Exchange
from profiles.catalogue.files import ITEM_LIMIT
from profiles.catalogue.item import Item, Licences
from profiles.catalogue.pdf_check import LARGEST
from profiles.catalogue.subjects import FRENCH_NAMES
from tests.catalogue.conftest import ACTOR

PAPER = (Path(__file__).resolve().parents[2] / "docs" / "catalogue.md").read_text(encoding="utf-8")
FLAT = " ".join(PAPER.split())


def test_the_table_has_every_column_with_its_titles_and_its_field() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| ([^|]+) \| `([a-z_.]+)` \|", PAPER, re.MULTILINE)
    assert rows == [(field.name, field.french, ".".join(field.path)) for field in FIELDS]


@pytest.mark.parametrize(
    ("kind", "under"),
    [(Item, "item"), (Licences, "item.licences"), (Dossier, "dossier"), (DataSheet, "dossier.data")],
)
def test_every_field_is_documented(kind: type, under: str) -> None:
    names = [name for name in kind.__struct_fields__ if name not in ("licences", "data")]  # type: ignore[attr-defined]
    assert [name for name in names if f"`{under}.{name}`" not in PAPER] == []


@pytest.mark.parametrize(
    ("form", "values"),
    [
        (KIND, ("app", "web_clip", "book", "web_site")),
        (UNIT, ("tablet", "pupil", "class", "school", "territory")),
        (PERIOD, ("once", "month", "year")),
        (OFFLINE, ("yes", "partly", "no")),
    ],
)
def test_the_words_of_a_column_are_those_that_are_read(form: Form, values: tuple[str, ...]) -> None:
    for value in values:
        french = form.write(value, "fr")
        assert f"`{value}` ({french})" in FLAT
        assert form.read(french.upper()) == form.read(value) == value


def test_the_subjects_are_those_that_are_read() -> None:
    assert [
        f"`{subject}` ({words[0]})"
        for subject, words in FRENCH_NAMES.items()
        if f"`{subject}` ({words[0]})" not in FLAT
    ] == []


async def test_the_example_can_be_imported(exchange: Exchange) -> None:
    (example,) = re.findall(r"```csv\n(.*?)```", PAPER, re.DOTALL)
    report = await exchange.import_file(example.encode(), "csv", actor=ACTOR)
    assert [one.name for one in report.created] == ["Kiwix"]
    assert report.ignored_columns == ()


def test_the_limits_are_those_that_hold() -> None:
    assert f"at most {ITEM_LIMIT:,} items" in FLAT
    assert f"at most {LARGEST // 1024**2} MB, at most {ATTACHMENT_LIMIT} for a dossier" in FLAT
