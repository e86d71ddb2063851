"""Files as they come: encodings, separators, titles, lines before them; whatever the bytes, a plain answer."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mdm.fleet.import_report import ImportRefused
from mdm.home.pupils.errors import BirthDateMalformed
from mdm.home.pupils.files import Schools, parse_birth, read_files
from mdm.home.pupils.lines import Lines, Source
from tests.home.pupils.families import BOURG, LINA, NOE, PINS, guardians_file, onde, town_hall

TODAY = date(2026, 9, 1)
SCHOOLS = Schools(names={BOURG: "École du Bourg", PINS: "École des Pins"}, only=BOURG)


def read(*bodies: bytes, schools: Schools = SCHOOLS, **mapping: str) -> Lines:
    return read_files(bodies, schools, mapping=mapping, today=TODAY)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "iso-8859-1", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_each_encoding_and_separator_gives_the_same_lines(encoding: str, delimiter: str) -> None:
    text = onde(LINA, NOE, encoding="utf-8").decode().replace(";", delimiter)
    lines = read(text.encode(encoding))
    assert [(one.first_name, one.last_name, one.birth, one.class_name) for one in lines.pupils] == [
        ("Lina", "Vernaque", "2018-03-12", "CE1 A"),
        ("Noé", "Tarbouche", "2017-09-01", "CE2 B"),
    ]
    assert {one.source for one in lines.pupils} == {Source.ONDE}
    assert lines.unread == ()


def test_lines_before_the_titles_and_quotes_are_no_harm() -> None:
    head = "Liste des élèves;au 01/09/2026\n\nsep=;\n".encode()
    body = town_hall('"Vernaque";"Lina";"12/03/2018";"CE1; A"')
    (line,) = read(head + body).pupils
    assert (line.line, line.class_name, line.source) == (5, "CE1; A", Source.MUNICIPAL)


@pytest.mark.parametrize(
    "titles",
    [
        "NOM ELEVE;PRENOM ELEVE;DATE DE NAISSANCE;CLASSE",
        "Nom de famille;Prénom(s);Né(e) le;Libellé de la classe",
        "nom de l'enfant;prénom de l'enfant;date de naissance enfant;Nom de la classe",
        "Last name;First name;Birth date;Class",
    ],
)
def test_titles_are_known_whatever_their_case_and_accents(titles: str) -> None:
    titles = titles.replace("Prénom(s)", "Prénoms")
    (line,) = read(town_hall("VERNAQUE;LINA;12/03/2018;CE1", titles=titles)).pupils
    assert (line.last_name, line.first_name, line.birth, line.class_name) == ("Vernaque", "Lina", "2018-03-12", "CE1")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "titles_unknown"),
        (b"Nom;Adresse\nVernaque;Rue\n", "titles_unknown"),
        (b"Nom;Classe\nVernaque;CE1\n", "column_missing"),
        (b"Nom;Pr\xc3\xa9nom;Nom de famille\na;b;c\n", "column_twice"),
        (b"Nom;Pr\xc3\xa9nom\n", "file_empty"),
        (b'Nom;Pr\xc3\xa9nom\n"a;b\n', "quotes_broken"),
        (b"Nom;Pr\xc3\xa9nom\n\0", "encoding_unknown"),
        (b"\xff\xfeN", "encoding_unknown"),
        (b"PK\x03\x04\x14\x00\x06\x00", "encoding_unknown"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_reason(body: bytes, code: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        read(body)
    assert [one.error.code for one in refused.value.problems] == [code]


def test_a_chosen_title_that_is_not_there_is_said_with_those_that_are() -> None:
    with pytest.raises(ImportRefused) as refused:
        read(town_hall("Vernaque;Lina;12/03/2018;CE1"), class_name="Groupe")
    (problem,) = refused.value.problems
    assert problem.error.code == "mapping_unknown"
    assert "Né(e) le" in str(problem.error.params["titles"])


def test_a_line_that_cannot_be_used_is_told_and_the_others_are_read() -> None:
    body = town_hall(
        "Vernaque;Lina;12/03/2018;CE1",
        ";Noé;01/09/2017;CE2",
        "Quinterne;Maya;le 3 mai;CP",
        "Vernaque;Lina;12/03/2018;CE1",
        "Tarbouche;Noé;01/09/2017;CE2",
    )
    lines = read(body)
    assert [one.first_name for one in lines.pupils] == ["Lina", "Noé"]
    assert [(one.line, one.column) for one in lines.unread] == [(3, "Nom"), (4, "Né(e) le"), (5, "Nom")]
    assert all(one.message for one in lines.unread)
    # A birth date is not even shown as a wrong value.
    assert "mai" not in str(lines.unread)


def test_a_line_of_another_school_is_left_out() -> None:
    body = town_hall(f"{PINS};Vernaque;Lina", "0400377A;Tarbouche;Noé", titles="UAI;Nom;Prénom")
    lines = read(body)
    assert lines.pupils == ()
    assert len(lines.unread) == 2


def test_a_name_that_two_schools_have_asks_for_their_codes() -> None:
    twins = Schools(names={BOURG: "École du Bourg", PINS: "Ecole du bourg"})
    lines = read(town_hall("ECOLE DU BOURG;Vernaque;Lina", titles="École;Nom;Prénom"), schools=twins)
    (left,) = lines.unread
    assert left.message == "Several schools have the name “{school}”."
    assert "UAI" in left.hint
    told = read(town_hall(f"ECOLE DU BOURG;{PINS};Vernaque;Lina", titles="École;UAI;Nom;Prénom"), schools=twins)
    assert [one.uai for one in told.pupils] == [PINS]


def test_guardians_are_read_with_all_their_children() -> None:
    body = guardians_file(
        "MME;;VERNAQUE;ILSE;1 rue;i@exemple.fr;;VERNAQUE;Lina;CE1 A;;VERNAQUE;Théo;CP",
        "M.;;TARBOUCHE;Hugues;2 rue;;;;;;;;;",
    )
    lines = read(body)
    (one,) = lines.guardians
    assert (one.civility, one.last_name, [child.first_name for child in one.children]) == (
        "MME",
        "Vernaque",
        ["Lina", "Théo"],
    )
    assert [(one.line, one.message) for one in lines.unread] == [(3, "This line names no child.")]


@pytest.mark.parametrize(
    "text", ["12/03/2018", "12-03-2018", "12.3.2018", "2018-03-12", "2018/03/12", "12/03/2018 00:00:00"]
)
def test_a_birth_date_is_read_as_it_is_written(text: str) -> None:
    assert parse_birth(text, TODAY) == "2018-03-12"


@pytest.mark.parametrize("text", ["", "31/02/2018", "12/03/18", "43171", "12/03/1918", "12/03/2027", "demain"])
def test_what_is_no_birth_date_is_refused(text: str) -> None:
    with pytest.raises(BirthDateMalformed):
        parse_birth(text, TODAY)


@given(st.binary(max_size=400))
@example(b"\xef\xbb\xbf\xff;")
@example(b'Nom;Pr\xe9nom\r\r\n"')
def test_no_bytes_do_more_than_be_refused(body: bytes) -> None:
    try:
        read(body)
    except ImportRefused as refused:
        assert refused.problems  # noqa: PT017


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cs",)), max_size=12)


@given(st.lists(st.lists(cells, min_size=4, max_size=4), min_size=1, max_size=6))
def test_every_line_is_read_or_told(rows: list[list[str]]) -> None:
    quoted = [";".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    filled = sum(any(cell.strip() for cell in row) for row in rows)
    try:
        lines = read(town_hall(*quoted))
    except ImportRefused as refused:
        assert filled == 0 or refused.problems[0].error.code in ("encoding_unknown", "quotes_broken")  # noqa: PT017
        return
    assert len(lines.pupils) + len(lines.unread) == filled


@pytest.mark.parametrize(
    ("sent", "shown"),
    [("mairie.csv", "mairie.csv"), ("C:\\ecole\\mairie.csv", "mairie.csv"), ("a/b\x00é.csv", "bé.csv"), ("", "")],
)
def test_a_file_is_called_by_its_name_alone(sent: str, shown: str) -> None:
    body = town_hall("Vernaque;Lina;12/03/2018;CE1")
    schools = Schools(names={BOURG: "École du Bourg"}, only=BOURG)
    lines = read_files([body], schools, mapping={}, today=TODAY, names=[sent])
    assert (lines.files[0].name, lines.pupils[0].file_name) == (shown, shown)
