"""The files of an import: pupils as ONDE or a town hall exports them, and ONDE's file of guardians; pure.

ONDE's titles are those that open-source readers of its exports expect (see docs/loans.md for what is known and what is
assumed). Only what serves to recognise a child, to name it and to place it in a class is read.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import msgspec

from mdm.errors import ValiseError
from mdm.fleet.csv_reading import Record
from mdm.fleet.errors import FleetError
from mdm.fleet.import_errors import ValueMissing
from mdm.fleet.names import clean_name
from mdm.fleet.school_import import UAI_TITLES
from mdm.fleet.uai import parse_uai
from mdm.home.pupils.errors import (
    BirthDateMalformed,
    GuardianWithoutChild,
    LineTwice,
    SchoolNameTwice,
    SchoolNotHere,
    SchoolNotSaid,
)
from mdm.home.pupils.lines import Child, FileRead, GuardianLine, Lines, PupilLine, Source, Unread
from mdm.home.pupils.names import fold_name, readable
from mdm.home.pupils.pupil import clean_level
from mdm.home.pupils.sheet import Field, Layout, Sheet, read_sheet

_PERSON_LIMIT = 80
_FILE_NAME_LIMIT = 80
_OLDEST = 30
_INE = re.compile(r"[0-9A-Z]{11}")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?:[ T].*)?")
_YEAR_FIRST = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})(?:[ T].*)?")

_SCHOOL = (
    Field("uai", UAI_TITLES),
    Field("school", ("ecole", "nom de l ecole", "nom ecole", "etablissement", "nom etablissement", "school")),
)
PUPILS = Layout(
    "pupils",
    (
        Field(
            "last_name",
            (
                "nom eleve",
                "nom de famille",
                "nom de famille eleve",
                "nom de l eleve",
                "nom enfant",
                "nom de l enfant",
                "nom de famille enfant",
                "nom de naissance",
                "nom",
                "last name",
                "surname",
                "family name",
            ),
            required=True,
            shown="Nom élève",
        ),
        Field(
            "usage_name",
            ("nom d usage eleve", "nom d usage", "nom usage", "nom usage eleve", "nom d usage enfant", "usage name"),
        ),
        Field(
            "first_name",
            (
                "prenom eleve",
                "prenom",
                "prenoms",
                "prenom 1",
                "1er prenom",
                "prenom de l eleve",
                "prenom enfant",
                "prenom de l enfant",
                "first name",
                "given name",
            ),
            required=True,
            shown="Prénom élève",
        ),
        Field(
            "birth",
            (
                "date naissance",
                "date de naissance",
                "date naissance eleve",
                "date de naissance eleve",
                "date de naissance enfant",
                "date naiss",
                "datenaiss",
                "ne le",
                "nee le",
                "ne e le",
                "birth date",
                "date of birth",
            ),
        ),
        Field("ine", ("ine", "n ine", "no ine", "numero ine", "identifiant national", "identifiant national eleve")),
        Field("level", ("niveau", "niveau scolaire", "niveau classe", "level", "grade")),
        Field(
            "class_name",
            ("libelle classe", "libelle de la classe", "classe", "nom classe", "nom de la classe", "division", "class"),
        ),
        *_SCHOOL,
    ),
    ("last_name", "first_name"),
)
GUARDIANS = Layout(
    "guardians",
    (
        Field("civility", ("civilite responsable", "civilite", "title")),
        Field(
            "last_name",
            ("nom responsable", "nom de famille responsable", "guardian last name"),
            required=True,
            shown="Nom responsable",
        ),
        Field("usage_name", ("nom usage responsable", "nom d usage responsable")),
        Field("first_name", ("prenom responsable", "guardian first name"), required=True, shown="Prénom responsable"),
        Field("child_usage_name", ("nom d usage enfant", "nom usage enfant"), repeats=True),
        Field("child_last_name", ("nom de famille enfant", "nom enfant", "child last name"), repeats=True),
        Field(
            "child_first_name",
            ("prenom enfant", "child first name"),
            required=True,
            repeats=True,
            shown="Prénom enfant",
        ),
        Field("child_class", ("classes enfants", "classe enfant", "classe enfants", "child class"), repeats=True),
        *_SCHOOL,
    ),
    ("last_name", "child_first_name"),
)
FIELDS = tuple(field.name for field in PUPILS.fields)
"""The fields for which a chosen mapping may name a file's own title."""
_ONDE_TITLES = ("nom eleve", "libelle classe", "cycle", "identifiant classe")


class Schools(msgspec.Struct, frozen=True, kw_only=True):
    """The schools that an import may speak of, by UAI, with their names; ``only``: the one that it is for."""

    names: dict[str, str]
    only: str = ""


def read_files(
    bodies: Sequence[bytes],
    schools: Schools,
    *,
    mapping: Mapping[str, str],
    today: date,
    names: Sequence[str] = (),
) -> Lines:
    """Return what files say, of whichever kind each is; raise `ImportRefused` when one cannot be read at all.

    ``mapping``: for fields of `FIELDS`, the titles that pupils' files have for them; ``names``: of the files. Lines
    that cannot be used are in ``unread``, with the words for it; they keep no other line from being read.
    """
    called = {number: _file_name(name) for number, name in enumerate(names, start=1)}
    reader = _Reader(schools, today, called)
    files = []
    for number, body in enumerate(bodies, start=1):
        sheet = read_sheet(body, (GUARDIANS, PUPILS), mapping)
        read = reader.read_guardian if sheet.layout is GUARDIANS else reader.read_pupil
        source = Source.ONDE if sum(sheet.has(title) for title in _ONDE_TITLES) >= 2 else Source.MUNICIPAL
        for record in sheet.records:
            reader.try_line(number, sheet, record, source, read)
        files.append(
            FileRead(
                file=number,
                kind=sheet.layout.kind,
                encoding=sheet.encoding,
                delimiter=sheet.delimiter,
                title_line=sheet.titles.line,
                lines=len(sheet.records),
                ignored=sheet.ignored,
                name=called.get(number, ""),
            )
        )
    # ONDE's lines are matched first: where two files say otherwise of a class, the school's own word holds.
    pupils = sorted(reader.pupils, key=lambda one: (one.source is not Source.ONDE, one.file, one.line))
    return Lines(
        files=tuple(files), pupils=tuple(pupils), guardians=tuple(reader.guardians), unread=tuple(reader.unread)
    )


def parse_birth(text: str, today: date) -> str:
    """Return a birth date in ISO 8601; raise `BirthDateMalformed`."""
    text = text.strip()
    if match := _DAY_FIRST.fullmatch(text):
        day, month, year = int(match[1]), int(match[2]), int(match[3])
    elif match := _YEAR_FIRST.fullmatch(text):
        year, month, day = int(match[1]), int(match[2]), int(match[3])
    else:
        raise BirthDateMalformed
    try:
        found = date(year, month, day)
    except ValueError as error:
        raise BirthDateMalformed from error
    if not today.year - _OLDEST <= found.year or found > today:
        raise BirthDateMalformed
    return found.isoformat()


Read = Callable[[int, Sheet, Record, Source], None]


class _Wrong(Exception):
    """A line cannot be used: the column, its value, and why."""

    def __init__(self, column: str, value: str, error: ValiseError) -> None:
        super().__init__(column)
        self.column = column
        self.value = value
        self.error = error


class _Reader:
    """Collects the lines of all files."""

    def __init__(self, schools: Schools, today: date, called: Mapping[int, str]) -> None:
        self._schools = schools
        self._called = called
        self._today = today
        self._by_name: dict[str, list[str]] = {}
        for uai, name in schools.names.items():
            self._by_name.setdefault(fold_name(name), []).append(uai)
        self._seen: dict[tuple[str, ...], int] = {}
        self.pupils: list[PupilLine] = []
        self.guardians: list[GuardianLine] = []
        self.unread: list[Unread] = []

    def try_line(self, file: int, sheet: Sheet, record: Record, source: Source, read: Read) -> None:
        """Read a line, or note why it cannot be used."""
        try:
            read(file, sheet, record, source)
        except _Wrong as wrong:
            shown = "".join(character for character in wrong.value if character.isprintable())[:80]
            self.unread.append(
                Unread(
                    file=file,
                    line=record.line,
                    column=wrong.column,
                    value=shown,
                    message=wrong.error.message,
                    hint=wrong.error.hint,
                    params=wrong.error.params,
                )
            )

    def read_pupil(self, file: int, sheet: Sheet, record: Record, source: Source) -> None:
        """Add a pupil's line."""
        ine = sheet.value(record, "ine").replace(" ", "").upper()
        line = PupilLine(
            file=file,
            line=record.line,
            source=source,
            first_name=readable(_name(sheet, record, "first_name")),
            last_name=readable(_name(sheet, record, "last_name")),
            usage_name=readable(_name(sheet, record, "usage_name", needed=False)),
            birth=self._birth(sheet, record),
            ine=ine if _INE.fullmatch(ine) else "",
            uai=self._school(sheet, record),
            class_name=_name(sheet, record, "class_name", needed=False, limit=120),
            level=clean_level(sheet.value(record, "level")),
            file_name=self._called.get(file, ""),
        )
        if line.ine or line.birth:
            self._require_once(sheet, line)
        self.pupils.append(line)

    def read_guardian(self, file: int, sheet: Sheet, record: Record, source: Source) -> None:
        """Add a guardian's line."""
        del source
        children = tuple(
            Child(
                first_name=first,
                last_name=sheet.value(record, "child_last_name", turn),
                usage_name=sheet.value(record, "child_usage_name", turn),
                class_name=sheet.value(record, "child_class", turn),
            )
            for turn in range(len(sheet.places["child_first_name"]))
            if (first := sheet.value(record, "child_first_name", turn))
        )
        if not children:
            raise _Wrong(sheet.title("child_first_name"), "", GuardianWithoutChild())
        self.guardians.append(
            GuardianLine(
                file=file,
                line=record.line,
                uai=self._school(sheet, record),
                civility=sheet.value(record, "civility")[:20],
                first_name=readable(_name(sheet, record, "first_name")),
                last_name=readable(_name(sheet, record, "last_name")),
                children=children,
            )
        )

    def _school(self, sheet: Sheet, record: Record) -> str:
        only = self._schools.only
        code, name = sheet.value(record, "uai"), sheet.value(record, "school")
        if code:
            try:
                found = parse_uai(code)
            except FleetError as error:
                raise _Wrong(sheet.title("uai"), code, error) from error
            if found not in self._schools.names or (only and found != only):
                raise _Wrong(sheet.title("uai"), code, SchoolNotHere(school=found))
            return found
        if only:
            return only
        if not name:
            raise _Wrong(sheet.title("uai"), "", SchoolNotSaid())
        named = self._by_name.get(fold_name(name), [])
        if len(named) > 1:
            raise _Wrong(sheet.title("school"), name, SchoolNameTwice(school=name[:80]))
        if not named:
            raise _Wrong(sheet.title("school"), name, SchoolNotHere(school=name[:80]))
        return named[0]

    def _birth(self, sheet: Sheet, record: Record) -> str:
        text = sheet.value(record, "birth")
        if not text:
            return ""
        try:
            return parse_birth(text, self._today)
        except BirthDateMalformed as error:
            # Neither shown nor kept: the line's number says which it is.
            raise _Wrong(sheet.title("birth"), "", error) from error

    def _require_once(self, sheet: Sheet, line: PupilLine) -> None:
        who = line.ine or f"{fold_name(line.last_name)} {fold_name(line.first_name)} {line.birth}"
        first = self._seen.setdefault((str(line.file), line.uai, who), line.line)
        if first != line.line:
            raise _Wrong(sheet.title("last_name"), "", LineTwice(other=first))


def _file_name(name: str) -> str:
    """Return a file's name as it is shown: without its folders, and not too long."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(character for character in last if character.isprintable()).strip()[:_FILE_NAME_LIMIT]


def _name(sheet: Sheet, record: Record, field: str, *, needed: bool = True, limit: int = _PERSON_LIMIT) -> str:
    text = sheet.value(record, field)
    if not text:
        if needed:
            raise _Wrong(sheet.title(field), "", ValueMissing())
        return ""
    try:
        return clean_name(text, limit=limit)
    except FleetError as error:
        raise _Wrong(sheet.title(field), text, error) from error
