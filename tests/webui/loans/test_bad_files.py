"""Each kind of bad file that docs/loans.md names has its plain answer on the page, and nothing is lost by it."""

import pytest

from tests.webui.loans.office import HERE, THERE, Office
from tests.webui.loans.test_imports import sent

TITLES = "Nom élève;Prénom élève;Date naissance;Niveau;Libellé classe"
GOOD = "MARTIN;Lina;12/03/2018;CP;CP A"
GUARDIANS = (
    "Civilité Responsable;Nom responsable;Prénom responsable;Nom de famille enfant;Prénom enfant;Classes enfants"
)


def file_of(*lines: str, encoding: str = "utf-8") -> bytes:
    return "\r\n".join(lines).encode(encoding)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b"%PDF-1.7 \x00\x01", "", id="no text at all"),
        pytest.param(b"PK\x03\x04" + bytes(range(256)), "", id="a spreadsheet that is not CSV"),
        pytest.param(file_of(TITLES, GOOD)[:-3] + b"\x00\x00", "", id="broken at the end"),
        pytest.param(b"   \r\n", "", id="nothing in it"),
        pytest.param(file_of("a;b;c", "1;2;3"), "", id="no known titles"),
        pytest.param(file_of("Nom élève;Classe", "MARTIN;CP A"), "prenom", id="a needed column is missing"),
        pytest.param(file_of("Nom élève;Nom de famille;Prénom", "A;B;Lina"), "", id="two columns say the same"),
        pytest.param(
            file_of("Code UAI;" + TITLES, "0400377T;" + GOOD)[:50] + b"\xff\xfe\x00", "", id="cut in a character"
        ),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_in_the_form(office: Office, body: bytes, words: str) -> None:
    head = await office.head()
    answer = await head.post("/pupils/import", {"school": HERE, "files": sent(body)})
    assert answer.status == 422
    assert answer.text.count('role="alert"') == 1
    # The form is still there, for the right file.
    assert 'type="file"' in answer.text
    assert words in answer.text.lower().replace("é", "e")
    assert await office.home.imports.waiting() == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param("MARTIN;;12/03/2018;CP;CP A", "Prénom élève", id="a name is missing"),
        pytest.param("MARTIN;Lina;31/02/2018;CP;CP A", "La date de naissance", id="a day that no calendar has"),
        pytest.param("MARTIN;Lina;12/03/1918;CP;CP A", "La date de naissance", id="a birth date of another century"),
        pytest.param("DURAND;Zoé;01/01/2018;CP;CP A", "déjà", id="the same child twice"),
    ],
)
async def test_a_line_that_cannot_be_used_is_left_out_and_told_and_the_others_are_read(
    office: Office, line: str, words: str
) -> None:
    head = await office.head()
    body = file_of(TITLES, "DURAND;Zoé;01/01/2018;CP;CP A", line)
    told = await head.post("/pupils/import", {"school": HERE, "files": sent(body)})
    assert told.status == 200
    assert "ligne 3" in told.text
    assert words in told.text
    assert "1918" not in told.text
    await head.post(f"{told.path}/apply", {})
    assert [one.pupil.first_name for one in (await office.home.pupils.page(HERE)).pupils] == ["Zoé"]


async def test_a_line_of_another_school_is_left_out_and_told(office: Office) -> None:
    head = await office.head()
    body = file_of("Code UAI;" + TITLES, f"{HERE};{GOOD}", f"{THERE};DURAND;Zoé;01/01/2018;CP;CP A")
    told = await head.post("/pupils/import", {"school": HERE, "files": sent(body)})
    assert THERE in told.text
    assert "ne fait pas partie" in told.text
    await head.post(f"{told.path}/apply", {})
    assert (await office.home.pupils.school(HERE)).pupils == 1
    assert (await office.home.pupils.school(THERE)).pupils == 0


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param("MME;NORD;Ada;INCONNU;Personne", "pas dans la liste", id="a child whom nobody knows"),
        pytest.param("MME;NORD;Ada;DUPONT;Noé", "Plusieurs élèves", id="two children of one name"),
        pytest.param("MME;NORD;Ada;;", "ne nomme aucun enfant", id="no child"),
    ],
)
async def test_a_guardian_whose_child_is_not_found_is_told_and_the_others_are_kept(
    office: Office, line: str, words: str
) -> None:
    await office.fill()
    await office.home.pupils.add(HERE, first_name="Noé", last_name="Dupont", class_id=None, level="", actor="test")
    head = await office.head()
    body = file_of(GUARDIANS, "MME;MARTIN;Ilse;MARTIN;Lina", line)
    told = await head.post("/pupils/import", {"school": HERE, "files": sent(body)})
    assert "ligne 3" in told.text
    assert words in told.text
    await head.post(f"{told.path}/apply", {})
    found = await office.home.guardians.of_pupil(await office.pupil("Lina"))
    assert [one.guardian.label for one in found] == ["Mme M."]


async def test_nobody_leaves_because_of_a_line_that_cannot_be_read(office: Office) -> None:
    await office.fill()
    head = await office.head()
    body = file_of(TITLES, GOOD, "DUPONT;Noé;99/11/2017;CE1;CE1 B")
    told = await head.post("/pupils/import", {"school": HERE, "files": sent(body)})
    refused = await head.post(f"{told.path}/apply", {"leavers": "1"})
    assert refused.status == 409
    assert 'role="alert"' in refused.text
    assert (await office.home.pupils.school(HERE)).pupils == 2
