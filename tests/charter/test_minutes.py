"""The minutes of a meeting: what was called, who was there, what was said, how each body voted, and where to sign."""

import asyncio
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from mdm.i18n import Catalogs
from profiles.charter.meeting_record import AgendaItem, MeetingRecord
from profiles.charter.minutes import minutes_pdf
from tests.charter.meetings_on_paper import ADDING, YES, meeting, of, tally, vote

CATALOGS = Catalogs("profiles")


def printed(record: MeetingRecord, language: str = "fr") -> bytes:
    return asyncio.run(minutes_pdf(record, CATALOGS.for_language(language)))


def words_of(record: MeetingRecord, language: str = "fr") -> str:
    pages = PdfReader(BytesIO(printed(record, language))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_they_say_all_that_happened() -> None:
    words = words_of(meeting())
    for told in (
        "Comité de la charte, rentrée 2026",
        "Procès-verbal de la réunion du 1er septembre 2026 à 15:00",
        "le 17 août 2026 à 10:00 par secretariat",
        "Salle du conseil, Saint-Vincent-de-Tyrosse",
        "délibération 2026-41 du 1er septembre 2026",
        "Présidente f.lartigue p.dubos présent",
        "représenté par son suppléant",
        "Maire d'Audignon j.lafitte excusé",
        "absent",
        "non notée",
        "Quorum : atteint (1 sur 1).",
        "Quorum : non atteint (1 sur 2).",
        "Représentants des parents (avis) Personne n'y siège.",
        "Elle rappelle que l'éthique prime sur l'équipement.",
        "1. Bilan de l'année L'inspectrice présente le bilan. Pour information.",
        "2. Acheter « Lire à la volée »",
        "Entraîner la fluence en lecture, du CM1 à la 6e.",
        "M. Dupont demande où vont les données : elles restent en France.",
        "Se sont retirés pour conflit d'intérêts : Enseignante à Horsarrieu.",
        "Élus de l'autorité 2 2 0 0 d'accord",
        "Enseignants 3 1 0 1 d'accord",
        "Bulletins : 4 avec la clé du votant, 1 sur la parole du serveur.",
        "La proposition est adoptée.",
        "pas d'accord : trop peu de oui",
        "vote secret",
        "La proposition est rejetée.",
        "Aucun vote n'a eu lieu.",
        "Signatures Le secrétariat Élus de l'autorité",
        ADDING.digest,
    ):
        assert told in words, told
    assert "projet" not in words


def test_a_meeting_that_is_not_closed_is_a_draft() -> None:
    items = (AgendaItem(position=1, title="Acheter", proposal=of(ADDING, "vote_open"), vote=vote(None)),)
    words = words_of(meeting(state="held", closed_at=None, items=items))
    assert "La réunion n'est pas close : ceci est un projet." in words
    assert "Le vote est ouvert." in words
    assert "Close pas encore" in words


def test_a_meeting_that_is_only_called_has_no_moment_yet() -> None:
    words = words_of(meeting(state="called", opened_at=None, closed_at=None, items=(), notes=""))
    assert "Rien n'était à l'ordre du jour." in words
    assert "Ouverte pas encore" in words


def test_a_written_consultation_says_so() -> None:
    words = words_of(meeting(kind="written", place=""))
    assert "Procès-verbal de la consultation écrite ouverte le 1er septembre 2026" in words
    assert "Lieu" not in words


def test_what_was_adopted_and_does_not_fit_any_more_is_told() -> None:
    late = vote(tally(*YES), impossible="l'application n'est plus là")
    words = words_of(meeting(items=(AgendaItem(position=1, title="Retirer", proposal=of(ADDING), vote=late),)))
    assert "La proposition est adoptée, et ne peut plus être appliquée : l'application n'est plus là" in words


def test_they_are_printed_in_english_too() -> None:
    assert "The proposal is adopted." in words_of(meeting(), "en")


def test_they_bear_the_meetings_own_moment_and_nothing_of_the_clock() -> None:
    reader = PdfReader(BytesIO(printed(meeting())))
    assert reader.metadata is not None
    assert reader.metadata["/CreationDate"].startswith("D:20260901160000")
    assert reader.metadata.title == "Procès-verbal : Comité de la charte, rentrée 2026, 1er septembre 2026"
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "fr"
    assert "/StructTreeRoot" in root


def test_whatever_people_wrote_is_only_printed() -> None:
    nasty = "<script>alert('x')</script> {{ 7*7 }} &lt; " + "x" * 300
    items = (AgendaItem(position=1, title=nasty[:200], notes=nasty + "\n" + "ligne\n" * 400),)
    words = words_of(meeting(title=nasty[:200], notes=nasty, place=nasty[:100], items=items)).replace(" ", "")
    assert words.count("<script>alert('x')</script>{{7*7}}&lt;") >= 4
    assert words.count("ligne") == 400
