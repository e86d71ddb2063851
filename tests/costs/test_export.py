"""The accountant's file: read again by a spreadsheet, cent for cent, and never a formula."""

import csv
import hashlib
import io
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.csv_writing import harmless
from mdm.i18n import Catalogs, Translator
from mdm.journal import latest_entries
from mdm.store import Database
from profiles.costs.export import TITLES, export_csv
from profiles.costs.money import parse_amount
from profiles.costs.purchase import Lot
from profiles.costs.sharing import AUTHORITY, Rule, SharingKey
from profiles.costs.statement import ItemCost, Share, Statement
from profiles.costs.subsidies import SubsidyDraft
from profiles.costs.words import Basis, SubsidyState
from tests.costs.conftest import ACTOR, AUDIGNON, DAX, MARSAN, World, kept

FRENCH = Catalogs("profiles.costs").for_language("fr")
ENGLISH = Catalogs("profiles.costs").for_language("en")
_BEGINS_A_FORMULA = tuple("=+-@\t\r|%＝＋－＠")


def rows(body: bytes, words: Translator = FRENCH) -> list[dict[str, str]]:
    assert body.startswith(b"\xef\xbb\xbf")
    read = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";", strict=True)
    titles = next(read)
    assert titles == [words(title) for title in TITLES]
    return [dict(zip(titles, row, strict=True)) for row in read]


def cents(text: str) -> int:
    return 0 if text == "0,00" else parse_amount(text)


async def test_the_file_says_who_bears_what_of_each_purchase(small_world: World, database: Database) -> None:
    await small_world.adopt()
    await small_world.count_pupils()
    bought = await small_world.buy(
        label="iPad ; 24 pièces", coverage=small_world.everywhere(), amount_cents=1_200_001,
        supplier_reference="UGAP 77", group_purchase=True, lots=(Lot(label="Tablettes", amount_cents=1_200_001),),
    )  # fmt: skip
    feder = SubsidyDraft(funder="FEDER", rate_per_mille=300, purchases=(bought.purchase_id,))
    asked = await small_world.funding.add(feder, actor=ACTOR)
    await small_world.funding.move(asked.subsidy_id, SubsidyState.GRANTED, revision=1, actor=ACTOR)
    body = await small_world.costs.export(2026, authority="MACS", words=FRENCH, actor=ACTOR)
    found = rows(body)
    assert [(row["Code INSEE"], row["Qui le supporte"]) for row in found] == [
        ("", "MACS"), (AUDIGNON, "Audignon"), (DAX, "Dax"), (MARSAN, "Mont-de-Marsan"),
    ]  # fmt: skip
    first, dax = found[0], found[2]
    assert first["Achat"] == bought.purchase_id
    assert (first["Désignation"], first["Nature"], first["Date"]) == ("iPad ; 24 pièces", "matériel", "02/03/2026")
    assert (first["Montant brut TTC"], first["Montant brut HT"], first["Taux de TVA (%)"]) == (
        "12000,01",
        "10000,01",
        "20",
    )
    assert (first["Subvention accordée"], first["Net à répartir"]) == ("3600,00", "8400,01")
    assert (first["Achat groupé"], first["Lots"]) == ("oui", "Tablettes : 12000,01")
    assert (dax["Critère"], dax["Effectif"], dax["Effectif total"]) == ("élèves", "150", "400")
    assert (dax["Clé de répartition"], dax["Part commune (%)"]) == ("Délibération 2026-14", "40")
    assert sum(cents(row["Part"]) for row in found) == 840_001
    (entry,) = await database.read(lambda conn: latest_entries(conn, limit=1))
    assert (entry.kind, entry.subject) == ("costs_exported", f"file:{hashlib.sha256(body).hexdigest()}")


async def test_a_year_without_purchases_is_a_file_with_titles_alone(small_world: World) -> None:
    await small_world.adopt()
    body = await small_world.costs.export(2026, authority="MACS", words=FRENCH, actor=ACTOR)
    assert rows(body) == []
    assert body.endswith(b"\r\n")


def statement_of(label: str, shares: list[int], *, reference: str = "2026-14", supplier: str = "") -> Statement:
    purchase = msgspec.structs.replace(
        kept(amount_cents=sum(shares) or 1), label=label, supplier_reference=supplier,
        lots=(Lot(label=label, amount_cents=1),),
    )  # fmt: skip
    rule = Rule(common_per_mille=0, basis=Basis.TABLETS)
    key = SharingKey(version=1, reference=reference, adopted_on=date(2026, 3, 12), first_year=2026, rule=rule)
    borne = tuple(
        Share(insee=f"{number:05d}" if number else AUTHORITY, weight=number, amount_cents=one)
        for number, one in enumerate(shares)
    )
    item = ItemCost(
        purchase=purchase, gross_cents=sum(shares), subsidy_cents=0, asked_cents=0, rule=rule, weight=9, shares=borne
    )
    return Statement(year=2026, key=key, items=(item,))


texts = st.text(st.characters(blacklist_categories=("Cs",)), max_size=15) | st.text(
    st.sampled_from("=+-@|%\t\r\n;\",' \u00a0\u202fA＝"), max_size=8
)


@given(texts, texts, texts, texts, st.lists(st.integers(0, 10**9), min_size=1, max_size=5))
def test_no_text_is_taken_for_a_formula_and_no_cent_is_lost(
    label: str, supplier: str, reference: str, commune: str, shares: list[int]
) -> None:
    statement = statement_of(label, shares, reference=reference, supplier=supplier)
    body = export_csv(statement, {"00001": commune}, authority=commune, words=ENGLISH)
    found = rows(body, ENGLISH)
    assert [cents(row["Share"]) for row in found] == shares
    assert sum(cents(row["Share"]) for row in found) == cents(found[0]["Net to share"])
    for row in found:
        assert all(not cell.strip(" \u00a0\u202f").startswith(_BEGINS_A_FORMULA) for cell in row.values())
        assert row["What it is"].removeprefix("'") == label.removeprefix("'")


@pytest.mark.parametrize("text", ["=1+1", "+33 5", "-cmd|' /C calc'!A0", "@SUM(A1)", "  =1", "\u00a0=1", "＝1", "%0A"])
def test_a_formula_becomes_a_text(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "École", "12", "a=b", "'=1", "Saint-Sever"])
def test_a_plain_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text
