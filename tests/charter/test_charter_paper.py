"""The charter on paper: it says what was agreed, in French, for everybody, and its code leads to the same edition."""

import asyncio
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from weasyprint.urls import URLFetcher

from mdm.i18n import Catalogs
from mdm.printing import PaperImpossible
from profiles.charter import printing
from profiles.charter.charter_paper import charter_pdf
from profiles.charter.charter_view import in_groups
from profiles.charter.printing import paper_html, print_paper
from profiles.charter.record import Record
from profiles.charter.sentence import Day
from tests.charter.agreeing import PaperCharter
from tests.charter.every_kind import CONVENTION, SEATS, every_kind
from tests.conftest import not_run

CATALOGS = Catalogs("profiles")
FRENCH, ENGLISH = CATALOGS.for_language("fr"), CATALOGS.for_language("en")
PLACES = {"0400377T": "École d'Audignon", "0400378U": "École de Doazit"}
HOSTILE = "<script>alert(1)</script>&amp; {{ 7 * 7 }} " + "é" * 60 + " שלום עולם مرحبا"


@pytest.fixture(scope="module")
def charter() -> PaperCharter:
    return every_kind()


@pytest.fixture(scope="module")
def paper(charter: PaperCharter) -> bytes:
    return asyncio.run(printed(charter))


async def printed(charter: PaperCharter, translate: Any = FRENCH, records: list[Record] | None = None) -> bytes:
    return await charter_pdf(
        records or charter.records,
        charter.keys[0].key,
        translate,
        address="https://valise.example/",
        places=PLACES,
    )


def words_of(pdf: bytes) -> str:
    """The text of a PDF, in one line."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def test_it_says_what_is_agreed(charter: PaperCharter, paper: bytes) -> None:
    words = words_of(paper)
    for told in (
        "Charte des tablettes de classe",
        f"Édition {charter.head.number}, 3 juillet 2027",
        "Cycle 3, rentrée 2026",
        "Entraîner la fluence en lecture, du CM1 à la 6e.",
        "L'appareil photo ne peut pas être utilisé.",
        "Les jours d'école, la tablette peut servir à la maison jusqu'à 18:30.",
        "Le groupe « webradio » comprend : École d'Audignon, École de Doazit.",
        "La page web « Radio 2 » est sur l'écran d'accueil.",
        "L'application « Chrome » disparaît.",
        "Élus de l'autorité : un oui de chaque siège",
        "14 jours pour voter, sauf en réunion",
        "Acheter « Lire à la volée »",
        "4 avec la clé du votant, 0 sur la parole du serveur",
        "vote secret",
        "en réunion",
        "Enseignants : 2 oui, 1 non",
    ):
        assert told in words, told
    assert charter.head.edition_id in words
    key = charter.keys[0].key
    assert " ".join(key[place : place + 8] for place in range(0, 64, 8)) in words
    assert f"--first-key {key}" in words


def test_it_prints_the_keys_that_stand_for_seats(charter: PaperCharter, paper: bytes) -> None:
    words = words_of(paper)
    assert "Clés des sièges" in words
    old, new = (one for one in charter.head.seat_keys if one.seat == "mayor")
    assert in_groups(new.fingerprint) in words
    assert in_groups(old.fingerprint) not in words
    adviser = next(one for one in charter.head.seat_keys if one.seat == "adviser")
    assert f"{in_groups(adviser.fingerprint)} {Day(adviser.since).text(FRENCH)}, jusqu'au" in words


def test_it_has_a_title_a_language_and_tags_for_screen_readers(charter: PaperCharter, paper: bytes) -> None:
    reader = PdfReader(BytesIO(paper))
    root: Any = reader.trailer["/Root"]
    assert reader.metadata is not None
    assert reader.metadata.title == f"Charte de MACS, édition {charter.head.number}"
    assert root["/Lang"] == "fr"
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"pdfuaid" in root["/Metadata"].get_data()
    assert all("/JavaScript" not in page and "/AA" not in page for page in reader.pages)


def test_the_same_edition_gives_the_same_bytes(charter: PaperCharter, paper: bytes) -> None:
    assert asyncio.run(printed(charter)) == paper


def test_another_process_gives_the_same_bytes(tmp_path: Path) -> None:
    """Its hashes of texts are seeded otherwise, and its clock shows another moment."""
    program = tmp_path / "print.py"
    program.write_text(
        "import asyncio, sys\n"
        "from mdm.i18n import Catalogs\n"
        "from profiles.charter.minutes import minutes_pdf\n"
        "from tests.charter.meetings_on_paper import meeting\n"
        "sys.stdout.buffer.write(asyncio.run(minutes_pdf(meeting(), Catalogs('profiles').for_language('fr'))))\n"
    )
    root = str(Path(__file__).parents[2])
    made = [
        subprocess.run(
            [sys.executable, program], env={"PYTHONPATH": root, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    ]
    assert made[0] == made[1]
    assert made[0].startswith(b"%PDF-1.7")


def test_a_long_history_is_printed_with_its_newest_decisions(monkeypatch: pytest.MonkeyPatch) -> None:
    charter = every_kind()
    monkeypatch.setattr("profiles.charter.charter_paper._PRINTED", 5)
    words = words_of(asyncio.run(printed(charter)))
    assert "Décisions plus anciennes, dans l'export : 11." in words
    assert "Proposition 16" in words
    assert "Acheter « Lire à la volée »" not in words


def test_it_is_printed_in_english_too(charter: PaperCharter) -> None:
    words = words_of(asyncio.run(printed(charter, ENGLISH)))
    assert "Charter of classroom tablets" in words
    assert "The camera cannot be used." in words


def test_the_founding_edition_is_printed() -> None:
    charter = PaperCharter(CONVENTION, SEATS)
    words = words_of(asyncio.run(printed(charter)))
    assert "Aucune application n'est encore convenue." in words
    assert "C'est l'édition fondatrice : aucune décision n'a encore été prise." in words


@pytest.mark.external
def test_the_code_leads_to_the_page_and_the_digest(charter: PaperCharter, paper: bytes, tmp_path: Path) -> None:
    if shutil.which("pdftoppm") is None or shutil.which("zbarimg") is None:
        not_run("pdftoppm and zbarimg are not installed")
    file = tmp_path / "charter.pdf"
    file.write_bytes(paper)
    subprocess.run(["pdftoppm", "-r", "120", "-f", "1", "-l", "1", "-png", file, tmp_path / "page"], check=True)
    (picture,) = tmp_path.glob("page*.png")
    read = subprocess.run(["zbarimg", "--quiet", "--raw", picture], capture_output=True, check=True)
    head = charter.head
    assert read.stdout.decode().strip() == f"https://valise.example/charter/editions/{head.number}#{head.edition_id}"


def test_a_hostile_title_is_only_printed() -> None:
    charter = PaperCharter(CONVENTION, SEATS)
    app = {"name": "<b>x</b>" + "W" * 90, "bundle_id": "org.long", "store_id": 3}
    change = [{"op": "add", "path": ["apps"], "value": app}]
    fields = {"title": HOSTILE[:200], "purpose": "javascript:alert(1) <img src=http://localhost:1/x>" * 20}
    charter.publish(charter.vote(charter.proposal("add_app", changes=change, **fields)))
    pdf = asyncio.run(printed(charter))
    words = words_of(pdf).replace(" ", "")
    for shown in ("<script>alert(1)</script>&amp;{{7*7}}", "<b>x</b>WWWW", "<imgsrc=http://localhost:1/x>", "éééééé"):
        assert shown in words
    assert b"/URI" not in pdf
    assert len(PdfReader(BytesIO(pdf)).pages) < 5


def test_a_paper_fetches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture of elsewhere, or a file of this machine, is left out."""
    secret = tmp_path / "secret.svg"
    secret.write_text("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><text>geheim</text></svg>")
    asked: list[str] = []
    real = URLFetcher.fetch

    def watched(self: Any, url: str, headers: Any = None) -> Any:
        try:
            return real(self, url, headers)
        finally:
            asked.append(url)

    monkeypatch.setattr(URLFetcher, "fetch", watched)
    source = (
        f"<html lang=fr><title>x</title><body><p>ici</p><img alt=a src='file://{secret}'>"
        "<img alt=b src='http://127.0.0.1:9/x.png'><link rel=stylesheet href='http://127.0.0.1:9/x.css'></body>"
    )
    monkeypatch.setattr(printing, "paper_html", lambda *_, **__: source)
    pdf = print_paper("charter.html", FRENCH, made_at=0)
    assert "geheim" not in words_of(pdf)
    assert {url.partition(":")[0] for url in asked} == {"file", "http"}


def test_a_server_without_the_libraries_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(PaperImpossible) as raised:
        print_paper("charter.html", FRENCH, made_at=0)
    assert "weasyprint" in raised.value.text(FRENCH)
    assert "docs/install.md" in raised.value.advice(FRENCH)


def test_templates_escape_what_people_wrote(charter: PaperCharter) -> None:
    from tests.charter.meetings_on_paper import meeting

    html = paper_html(
        "minutes.html",
        FRENCH,
        made_at=0,
        record=meeting(title=HOSTILE, notes="<script>x</script>", items=()),
        presence=lambda _: "",
        reached=lambda _: "",
        deciding=[],
    )
    assert "<script" not in html
    assert "&lt;script&gt;" in html
