"""The catalogue as files: what is exported is imported as the same, and a wrong file changes nothing."""

import csv
import io
import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mdm.clock import ManualClock
from mdm.fleet.import_report import ImportRefused
from mdm.i18n import Catalogs
from mdm.journal import Journal, latest_entries
from mdm.store import Database
from profiles.catalogue.catalogue import Catalogue
from profiles.catalogue.cells import disarmed, rearmed
from profiles.catalogue.columns import FIELDS
from profiles.catalogue.dossier import Dossier, dossier_of
from profiles.catalogue.entry import Content, Entry
from profiles.catalogue.errors import FieldInvalid
from profiles.catalogue.exchange import CatalogueReport, Exchange
from profiles.catalogue.files import ITEM_LIMIT, read_csv, read_json, write_csv, write_json
from profiles.catalogue.item import Item, item_of
from profiles.catalogue.subjects import SUBJECTS
from tests.catalogue.conftest import ACTOR, KIWIX, app

FRENCH = """Application;Type;Adresse;Éditeur;Paquet;Prix;Prix par;Cycles;Matières;Hébergement;Publicité;Traceurs;Note
Kiwix;appli;;Kiwix;org.kiwix.kiwixmobile;"1 012,5 €";école;cycle 2, C3;Maths, français;France;non;aucun;x
Lumni;page web;https://www.lumni.fr/;;;;;;;;;;
"""

_characters = st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp"))
_texts = st.text(_characters | st.sampled_from("=+-@'\"; ,|＝\n"), max_size=20)
_names = _texts.map(lambda text: " ".join(text.split())).filter(bool)
_lines = st.none() | st.lists(_names, max_size=3)
_codes = st.lists(st.sampled_from(["fr", "en", "oc", "pcd", "zh-Hant"]), unique=True, max_size=3)


def _given(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for trees that leave some of their fields out."""
    return st.fixed_dictionaries({}, optional=fields)


_licences = _given(
    price_cents=st.integers(0, 10**9),
    unit=st.sampled_from(["tablet", "pupil", "class", "school", "territory"]),
    period=st.sampled_from(["once", "month", "year"]),
    held=st.integers(0, 10**6),
    held_until=st.sampled_from(["2027-08-31", "2030-01-01"]),
    terms=_texts,
)
_items = _given(
    publisher=_texts,
    bundle_id=st.sampled_from(["org.example.Lecture", "a-b.c"]),
    version=_names,
    licences=_licences,
    levels=st.lists(st.integers(1, 4), max_size=4),
    subjects=st.lists(st.sampled_from(SUBJECTS), max_size=4),
    languages=_codes,
    size_bytes=st.integers(1, 2**50),
    offline=st.sampled_from(["yes", "partly", "no"]),
)
_dossiers = _given(
    purpose=_texts,
    data=_given(
        collected=_lines,
        hosting=st.none() | st.lists(st.sampled_from(["FR", "IE", "US"]), max_size=2),
        sub_processors=_lines,
        transfers=_lines,
        minimum_age=st.integers(0, 18),
        advertising=st.booleans(),
        in_app_purchases=st.booleans(),
        trackers=_lines,
    ),
    accessibility=_texts,
    evidence=_texts,
    cost_cents=st.integers(0, 10**9),
    tried_by=st.lists(st.sampled_from(["account:anne", "seat:teachers-1"]), max_size=2),
)


def entry_of(item: dict[str, Any], dossier: dict[str, Any]) -> Entry:
    content = Content(
        item=item_of({"kind": "app", "name": "X", "package": "a.b", **item, "item_id": "a" * 32}),
        dossier=dossier_of(dossier),
    )
    return Entry(revision=3, digest=content.digest, changed_at=0, changed_by=ACTOR, content=content)


def read_again(body: bytes, *, form: str) -> tuple[Item, Dossier]:
    file = read_csv(body) if form == "csv" else read_json(body)
    assert file.problems == ()
    (line,) = file.lines
    assert (line.item_id, line.revision) == ("a" * 32, 3)
    item, dossier = line.applied_to(None)
    return item_of({**item, "item_id": line.item_id}), dossier_of(dossier)


@settings(deadline=None)
@given(item=_items, dossier=_dossiers, name=_names, language=st.sampled_from(["fr", "en"]))
@example(item={}, dossier={"purpose": "'=1+1"}, name="=HYPERLINK(1)", language="fr")
@example(item={}, dossier={"data": {"collected": ["-a", "b; c"]}}, name="''@x", language="en")
def test_what_is_exported_is_imported_as_the_same(
    item: dict[str, Any], dossier: dict[str, Any], name: str, language: Any
) -> None:
    try:
        entry = entry_of({**item, "name": name}, dossier)
    except FieldInvalid as refused:
        assert "too long" in str(refused)  # noqa: PT017
        return
    for form, body in (("csv", write_csv([entry], language)), ("json", write_json([entry]))):
        assert read_again(body, form=form) == (entry.item, entry.dossier)


@settings(deadline=None)
@given(item=_items, dossier=_dossiers, name=_names)
def test_no_cell_of_an_export_is_a_formula(item: dict[str, Any], dossier: dict[str, Any], name: str) -> None:
    try:
        body = write_csv([entry_of({**item, "name": name}, dossier)], "fr").decode("utf-8-sig")
    except FieldInvalid:
        return
    for row in csv.reader(io.StringIO(body), delimiter=";", strict=True):
        assert not [cell for cell in row if cell[:1] in tuple("=+-@\t\r＝＋－＠")]
    assert all(line.startswith('"') for line in body.split("\r\n") if line)


@settings(deadline=None)
@given(st.text(st.sampled_from("'=+-@\t\ra＝"), max_size=6))
def test_disarming_a_text_can_be_undone(text: str) -> None:
    assert rearmed(disarmed(text)) == text


def test_a_formula_is_disarmed() -> None:
    assert disarmed('=cmd|" /C calc"!A0') == '\'=cmd|" /C calc"!A0'
    assert disarmed("a=b") == "a=b"


def test_each_title_means_one_column() -> None:
    titles = [title for field in FIELDS for title in field.column.titles]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
async def test_a_french_spreadsheet_is_imported(
    catalogue: Catalogue, exchange: Exchange, encoding: str, newline: str
) -> None:
    body = FRENCH.replace("\n", newline).encode(encoding)
    report = await exchange.import_file(body, "csv", actor=ACTOR, dry_run=False)
    assert [one.name for one in report.created] == ["Kiwix", "Lumni"]
    assert (report.ignored_columns, report.unchanged, report.applied) == (("Note",), 0, True)
    kiwix = await catalogue.find("org.kiwix.kiwixmobile")
    assert kiwix.item.licences.price_cents == 101250
    assert (kiwix.item.licences.unit, kiwix.item.levels) == ("school", (2, 3))
    assert kiwix.item.subjects == ("french", "mathematics")
    assert (kiwix.dossier.data.hosting, kiwix.dossier.data.advertising) == (("FR",), False)
    assert (kiwix.dossier.data.trackers, kiwix.dossier.data.collected) == ((), None)
    assert (await catalogue.find("https://www.lumni.fr/")).item.kind == "web_clip"


async def test_a_dry_run_tells_what_would_be_and_changes_nothing(
    catalogue: Catalogue, exchange: Exchange, database: Database
) -> None:
    body = b"kind,name,package\napp,Kiwix,org.kiwix.kiwixmobile\n"
    report = await exchange.import_file(body, "csv", actor=ACTOR)
    assert [(one.line, one.name, one.item_id) for one in report.created] == [(2, "Kiwix", "")]
    assert not report.applied
    assert (await catalogue.search()).items == ()
    assert await database.read(latest_entries) == []
    done = await exchange.import_file(body, "csv", actor=ACTOR, dry_run=False)
    assert done.created == report.created
    kinds = [one.kind for one in await database.read(latest_entries)]
    assert kinds == ["catalogue_imported", "catalogue_item_added"]


@pytest.mark.parametrize("form", ["csv", "json"])
async def test_importing_what_was_exported_changes_nothing(
    any_database: Database, any_catalogue: Catalogue, clock: ManualClock, form: Any
) -> None:
    exchange = Exchange(any_database, clock, Journal(clock))
    await any_catalogue.add(app(icon="iVBORw0KGgo="), dossier_of({"purpose": "Lire.\n\n=Écrire"}), actor=ACTOR)
    await any_catalogue.add(app("Scratch"), actor=ACTOR)
    before = await any_database.read(lambda conn: conn.all("SELECT * FROM catalogue_revision ORDER BY digest"))
    report = await exchange.import_file(await exchange.export(form), form, actor=ACTOR, dry_run=False)
    assert (report.created, report.changed, report.unchanged) == ((), (), 2)
    after = await any_database.read(lambda conn: conn.all("SELECT * FROM catalogue_revision ORDER BY digest"))
    assert after == before


async def test_a_column_that_is_missing_leaves_and_an_empty_cell_clears(
    catalogue: Catalogue, exchange: Exchange
) -> None:
    entry = await catalogue.add(
        app(icon="iVBORw0KGgo="), dossier_of({"purpose": "Lire.", "evidence": "Une étude."}), actor=ACTOR
    )
    body = "paquet Android;éditeur;preuves\norg.kiwix.kiwixmobile;Openzim;\n".encode()
    report = await exchange.import_file(body, "csv", actor=ACTOR, dry_run=False)
    assert [one.fields for one in report.changed] == [("dossier.evidence", "item.publisher")]
    after = await catalogue.show(entry.item_id)
    assert (after.item.publisher, after.dossier.evidence, after.dossier.purpose) == ("Openzim", "", "Lire.")
    assert (after.item.icon, after.item.languages) == (entry.item.icon, entry.item.languages)


async def test_a_json_entry_says_all_of_an_item(catalogue: Catalogue, exchange: Exchange) -> None:
    entry = await catalogue.add(app(), dossier_of({"purpose": "Lire."}), actor=ACTOR)
    tree = json.loads(await exchange.export("json"))
    del tree["items"][0]["dossier"]
    del tree["items"][0]["item"]["publisher"]
    await exchange.import_file(json.dumps(tree).encode(), "json", actor=ACTOR, dry_run=False)
    after = await catalogue.show(entry.item_id)
    assert (after.item.publisher, after.dossier, after.revision) == ("", Dossier(), 2)


async def test_another_territorys_file_adds_its_items_and_knows_those_that_are_here(
    catalogue: Catalogue, exchange: Exchange
) -> None:
    here = await catalogue.add(app(publisher="?"), actor=ACTOR)
    theirs = {
        "valise_catalogue": 1,
        "items": [
            {"revision": 9, "item": {**KIWIX, "item_id": "b" * 32}},
            {"revision": 7, "item": {"item_id": "c" * 32, "kind": "web_site", "name": "S", "url": "https://s.fr"}},
        ],
    }
    body = json.dumps(theirs).encode()
    report = await exchange.import_file(body, "json", actor=ACTOR, dry_run=False)
    assert [one.item_id for one in report.changed] == [here.item_id]
    assert (await catalogue.find("https://s.fr")).item_id == "c" * 32
    assert (await catalogue.show(here.item_id)).item.publisher == "Kiwix"
    # The site's revision counts from one here: the file is older than what it made.
    again = json.dumps({**theirs, "items": theirs["items"][:1]}).encode()  # type: ignore[index]
    assert (await exchange.import_file(again, "json", actor=ACTOR, dry_run=False)).unchanged == 1


async def told(exchange: Exchange, body: bytes, form: Any = "csv") -> list[tuple[int, str, str]]:
    """Return what is wrong in a file, the same for a dry run and an import."""
    for dry_run in (True, False):
        with pytest.raises(ImportRefused) as refused:
            await exchange.import_file(body, form, actor=ACTOR, dry_run=dry_run)
    english = Catalogs("profiles", "mdm.fleet").for_language("en")
    return [(one.line, one.column, one.text(english)) for one in refused.value.problems]


async def test_every_mistake_is_told_with_its_place_and_nothing_is_imported(
    catalogue: Catalogue, exchange: Exchange
) -> None:
    body = (
        "nature;nom;paquet Android;cycles;prix;hébergement;publicité;traceurs\n"
        "application;Bon;org.good;2;1,50;FR;non;aucun\n"
        "appli;Mauvais;bad package;;;;;\n"
        "appli;;org.noname;9;douze;Narnia;peut-être;\n"
        ";Sans nature;org.nokind;;;;;\n"
        "appli;Seule;;;;;;\n"
        "appli;Trop;org.more;2;1;FR;non;aucun;de trop\n"
    ).encode()
    assert await told(exchange, body) == [
        (3, "paquet Android", "“package” is not right: it is not in the form that is expected here."),
        (4, "prix", "“douze” cannot be understood here."),
        (4, "cycles", "“9” cannot be understood here."),
        (4, "hébergement", "“Narnia” cannot be understood here."),
        (4, "publicité", "“peut-être” cannot be understood here."),
        (5, "nature", "“kind” is not right: it is missing."),
        (
            6,
            "bundle_id",
            "“bundle_id” is not right: an app needs its bundle identifier on iPads, its package on Android, or both.",
        ),
        (7, "", "This line has 9 values for 8 columns."),
    ]
    assert (await catalogue.search()).items == ()


async def test_somebody_elses_change_since_the_export_is_not_overwritten(
    catalogue: Catalogue, exchange: Exchange
) -> None:
    entry = await catalogue.add(app(), actor=ACTOR)
    exported = (await exchange.export("csv")).replace(b'"Kiwix"', b'"Kiwix 2"')
    await catalogue.change(entry.item_id, revision=1, item=app(publisher="Openzim"), actor="account:bob")
    ((line, _, text),) = await told(exchange, exported)
    assert (line, text[:32]) == (2, "Somebody changed “Kiwix” meanwhi")
    assert (await catalogue.show(entry.item_id)).item.publisher == "Openzim"


@pytest.mark.parametrize("form", ["csv", "json"])
async def test_a_file_of_too_many_items_is_refused_before_any_is_read(exchange: Exchange, form: Any) -> None:
    many = [{"kind": "app", "name": "A", "package": f"org.a{number}"} for number in range(ITEM_LIMIT + 1)]
    if form == "csv":
        body = "kind;name;package\n" + "".join(f"app;A;{one['package']}\n" for one in many)
    else:
        body = json.dumps({"valise_catalogue": 1, "items": [{"item": one} for one in many]})
    assert await told(exchange, body.encode(), form) == [(0, "", f"The file has more than {ITEM_LIMIT} lines.")]


async def test_lines_that_meet_are_refused(catalogue: Catalogue, exchange: Exchange) -> None:
    kiwix = await catalogue.add(app(), actor=ACTOR)
    await catalogue.add(app("Scratch"), actor=ACTOR)
    same = b"kind,name,package\napp,A,org.a\napp,B,org.a\n"
    assert await told(exchange, same) == [(3, "", "Line 2 is about the same item.")]
    twice = f"identifiant,nom\n{kiwix.item_id},A\n{kiwix.item_id},B\n".encode()
    assert await told(exchange, twice) == [(3, "", "Line 2 is about the same item.")]
    new = json.dumps(
        {
            "valise_catalogue": 1,
            "items": [
                {"item": {"item_id": "d" * 32, "kind": "web_site", "name": "x", "url": f"https://{n}.fr"}} for n in "ab"
            ],
        }
    ).encode()
    assert await told(exchange, new, "json") == [(2, "", "Line 1 is about the same item.")]
    mixed = b"package,bundle_id\norg.example.scratch,self.Kiwix\n"
    assert "two items of the catalogue: “Kiwix” and “Scratch”" in (await told(exchange, mixed))[0][2]
    taken = f"identifiant,package\n{kiwix.item_id},org.example.scratch\n".encode()
    assert "in the catalogue already, as “Scratch”" in (await told(exchange, taken))[0][2]
    wrong = b"identifiant,nom\nXYZ,A\n"
    assert await told(exchange, wrong) == [(2, "", "“XYZ” is not an identifier of the catalogue.")]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "it is not whole JSON"),
        (b"{", "it is not whole JSON"),
        (b"\xff\xfe", "it is not whole JSON"),
        (b"[" * 100_000, "it is not whole JSON"),
        (b"[]", "does not begin as an exported"),
        (b'{"items": []}', "does not begin as an exported"),
        (b'{"valise_catalogue": 1, "items": {}}', "does not begin as an exported"),
        (b'{"valise_catalogue": 1, "items": [5]}', "this entry has no item"),
        (b'{"valise_catalogue": 1, "items": [{"item": {"item_id": 5}}]}', "is not one"),
        (b'{"valise_catalogue": 1, "items": [{"item": {}, "dossier": 5}]}', "is not one"),
        (b'{"valise_catalogue": 1, "items": [{"item": {}, "revision": "x"}]}', "not a number"),
        (b'{"valise_catalogue": 1, "items": [{"item": {"kind": {"a": []}}}]}', "kind"),
        (b'{"valise_catalogue": 1, "items": [{"item": {"url": 5, "store_id": "x", "kind": []}}]}', "right"),
    ],
)
async def test_a_json_file_that_is_no_catalogue_is_refused(exchange: Exchange, body: bytes, words: str) -> None:
    assert words in (await told(exchange, body, "json"))[0][2]


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(st.sampled_from('{}[]",:itemsdoskn=1;\n'), max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused_and_nothing_else(body: bytes) -> None:
    for read in (read_csv, read_json):
        try:
            read(b"nom;prix\n" + body if read is read_csv else body)
        except ImportRefused as refused:
            assert refused.problems  # noqa: PT017


async def test_a_report_can_be_shown_as_json(exchange: Exchange) -> None:
    report = await exchange.import_file(b"kind;name;package\napp;A;org.a\n", "csv", actor=ACTOR)
    assert msgspec.json.decode(msgspec.json.encode(report), type=CatalogueReport) == report
