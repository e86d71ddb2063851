"""Files are told about before they change anything; what is doubtful is settled by a person."""

from tests.webui.loans.office import HERE, PUPILS, THERE, Office
from webui.roles import Role

TOWN = "Nom;Prénom;Niveau;Classe\r\nDupont;Noë-Luc;CE1;CE1 B\r\n".encode()
BROKEN = "Nom élève;Prénom élève;Date naissance;Niveau;Libellé classe\r\nMARTIN;Lina;41/03/2018;CP;CP A\r\n".encode()


def sent(body: bytes) -> tuple[str, bytes, str]:
    return "pupils.csv", body, "text/csv"


async def test_files_are_read_told_about_and_then_applied(office: Office) -> None:
    head = await office.head()
    told = await head.post("/pupils/import", {"school": HERE, "files": sent(PUPILS)})
    assert "/pupils/imports/" in told.path
    assert "Lina Martin" in told.text
    assert (await office.home.pupils.school(HERE)).pupils == 0
    # Whoever closed the page finds it again.
    assert told.path in (await head.get(f"/pupils/import?school={HERE}")).text
    done = await head.post(f"{told.path}/apply", {})
    assert done.path == f"/pupils?school={HERE}"
    assert (await office.home.pupils.school(HERE)).pupils == 2
    assert told.path not in (await head.get(f"/pupils/import?school={HERE}")).text


async def test_a_doubtful_pupil_is_asked_about_and_settled(office: Office) -> None:
    await office.fill()
    head = await office.head()
    told = await head.post("/pupils/import", {"school": HERE, "files": sent(TOWN)})
    asked = await head.post(f"{told.path}/apply", {})
    assert asked.path == f"/pupils/doubts?school={HERE}"
    assert "Noë-Luc Dupont" in asked.text
    (doubt,) = await office.home.doubts.of_school(HERE)
    noe = await office.pupil("Noé")
    form = {"school": HERE, "doubt": doubt.doubt_id}
    assert (await head.post("/pupils/doubts", {**form, "answer": "moved:" + noe})).status == 422
    settled = await head.post("/pupils/doubts", {**form, "answer": f"same:{noe}"})
    assert settled.path == f"/pupils?school={HERE}"
    assert (await office.home.pupils.school(HERE)).pupils == 2
    assert (await head.post("/pupils/doubts", {**form, "answer": "different"})).status == 404


async def test_a_question_of_another_school_is_not_answered_from_here(office: Office) -> None:
    await office.fill()
    head, stranger = await office.head(), await office.head(THERE)
    told = await head.post("/pupils/import", {"school": HERE, "files": sent(TOWN)})
    assert (await stranger.get(told.path)).status == 403
    assert (await stranger.post(f"{told.path}/apply", {})).status == 403
    await head.post(f"{told.path}/apply", {})
    (doubt,) = await office.home.doubts.of_school(HERE)
    answer = {"doubt": doubt.doubt_id, "answer": "different"}
    assert (await stranger.post("/pupils/doubts", {"school": THERE, **answer})).status == 404
    assert (await stranger.post("/pupils/doubts", {"school": HERE, **answer})).status == 403
    assert len(await office.home.doubts.of_school(HERE)) == 1


async def test_what_cannot_be_read_is_told_with_its_line(office: Office) -> None:
    head = await office.head()
    told = await head.post("/pupils/import", {"school": HERE, "files": sent(BROKEN)})
    assert "ligne 2" in told.text
    assert "La date de naissance ne se lit pas" in told.text or "date de naissance" in told.text
    refused = await head.post("/pupils/import", {"school": HERE, "files": sent(b"%PDF-1.7 \x00\x01")})
    assert refused.status == 422
    assert 'role="alert"' in refused.text
    nothing = await head.post("/pupils/import", {"school": HERE, "files": sent(b"")})
    assert nothing.status == 422


async def test_columns_are_named_as_onde_names_them(office: Office) -> None:
    head = await office.head()
    nothing = await head.post("/pupils/import", {"school": HERE, "files": sent(b"a;b;c\r\n1;2;3\r\n")})
    assert "Nom élève; Prénom élève" in nothing.text
    missing = await head.post("/pupils/import", {"school": HERE, "files": sent(b"Nom;Classe\r\nX;CP\r\n")})
    assert "Prénom élève" in missing.text
    for page in (nothing, missing):
        assert page.status == 422
        assert "first_name</" not in page.text
        assert "« first_name »" not in page.text
        assert "last_name;" not in page.text


async def test_lines_are_found_by_the_name_of_their_file(office: Office) -> None:
    await office.fill()
    head = await office.head()
    broken = ("casse.csv", BROKEN, "text/csv")
    told = await head.post("/pupils/import", {"school": HERE, "files": broken})
    assert "Fichier casse.csv, ligne 2" in told.text
    asked = await head.post("/pupils/import", {"school": HERE, "files": ("mairie.csv", TOWN, "text/csv")})
    asked = await head.post(f"{asked.path}/apply", {})
    assert asked.path == f"/pupils/doubts?school={HERE}"
    assert "Fichier mairie.csv, ligne 2" in asked.text


async def test_an_import_can_be_dropped(office: Office) -> None:
    head = await office.head()
    told = await head.post("/pupils/import", {"school": HERE, "files": sent(PUPILS)})
    await head.post(f"{told.path}/drop", {})
    assert (await head.get(told.path)).status == 404
    assert (await office.home.pupils.school(HERE)).pupils == 0


async def test_a_manager_imports_for_all_schools_and_reads_names_only_where_it_must_be_settled(office: Office) -> None:
    await office.fill()
    manager = await office.person(Role.MANAGER)
    told = await manager.post("/pupils/import", {"school": HERE, "files": sent(TOWN)})
    assert told.status == 200
    assert "Noë-Luc" not in told.text
    assert '<th scope="row">2</th>' in told.text
    asked = await manager.post(f"{told.path}/apply", {})
    assert "Noë-Luc" in asked.text


async def test_teachers_import_nothing(office: Office) -> None:
    teacher = await office.teacher()
    assert (await teacher.get(f"/pupils/import?school={HERE}")).status == 403
    assert (await teacher.post("/pupils/import", {"school": HERE, "files": sent(PUPILS)})).status == 403
    assert "/pupils/import" not in (await teacher.get(f"/pupils?school={HERE}")).text
