"""Pupils, their keys, inscriptions and schools' choices in the store.

Every function runs inside the caller's transaction.
"""

from collections.abc import Iterable, Sequence
from itertools import islice

from mdm.fleet.folding import fold
from mdm.fleet.territory import SchoolClass
from mdm.home.pupils.errors import ClassUnknown, PupilUnknown
from mdm.home.pupils.lines import Source
from mdm.home.pupils.names import NameForm
from mdm.home.pupils.pupil import ClassCount, Inscription, Pupil, PupilPage, PupilView
from mdm.store import Connection, Row

PAGE_LIMIT = 1000
"""Pupils in one page of a list."""


def require_pupil(conn: Connection, pupil_id: str) -> Pupil:
    """Return a pupil; raise `PupilUnknown`."""
    row = conn.one("SELECT * FROM pupil WHERE pupil_id = :pupil_id", pupil_id=pupil_id)
    if row is None:
        raise PupilUnknown
    return _pupil(row)


def hold_pupil(conn: Connection, pupil_id: str) -> Pupil:
    """Return a pupil whom no other transaction can change before this one ends; raise `PupilUnknown`."""
    row = conn.one("UPDATE pupil SET left_at = left_at WHERE pupil_id = :pupil_id RETURNING *", pupil_id=pupil_id)
    if row is None:
        raise PupilUnknown
    return _pupil(row)


def inscriptions_of(conn: Connection, pupil_id: str) -> list[Inscription]:
    """Return the schools that a pupil is in, by UAI."""
    rows = conn.all(
        "SELECT uai, class_id, level, source FROM inscription WHERE pupil_id = :pupil_id ORDER BY uai",
        pupil_id=pupil_id,
    )
    return [_inscription(row) for row in rows]


def pupil_views(conn: Connection, pupil_ids: Iterable[str]) -> dict[str, PupilView]:
    """Return pupils by identifier, with the first of their schools; those that are no more are left out."""
    views: dict[str, PupilView] = {}
    for pupil_id in dict.fromkeys(pupil_ids):
        row = conn.one(_VIEW + "WHERE pupil.pupil_id = :pupil_id ORDER BY inscription.uai", pupil_id=pupil_id)
        if row is not None:
            views[pupil_id] = _view(row)
    return views


def list_pupils(
    conn: Connection, uai: str, *, class_id: str | None = None, text: str = "", after: str = "", limit: int = 100
) -> PupilPage:
    """Return a page of a school's pupils by name; of one class (empty: without a class) when it is given.

    ``text`` is the beginning of a first name; case, accents and punctuation do not count. ``after`` is the ``next`` of
    the page before.
    """
    wanted, begins = max(1, min(limit, PAGE_LIMIT)), fold(text)
    if text.strip() and not begins:
        return PupilPage(pupils=(), next="")
    found = conn.stream(_VIEW + _PAGE, uai=uai, class_id=class_id or "", any_class=class_id is None, after=after)
    rows = list(islice((row for row in found if fold(row["first_name"]).startswith(begins)), wanted + 1))
    views = tuple(_view(row) for row in rows[:wanted])
    return PupilPage(pupils=views, next=views[-1].pupil.pupil_id if len(rows) > wanted else "")


def count_classes(conn: Connection, uai: str) -> list[ClassCount]:
    """Return a school's classes with their pupils, by name; those without a class last, where there are any."""
    rows = conn.all(
        "SELECT school_class.class_id, school_class.name, school_class.level, COUNT(inscription.pupil_id) AS pupils"
        " FROM school_class LEFT JOIN inscription ON inscription.class_id = school_class.class_id"
        " WHERE school_class.uai = :uai"
        " GROUP BY school_class.class_id, school_class.name, school_class.level ORDER BY school_class.name",
        uai=uai,
    )
    found = [ClassCount(**row) for row in rows]
    without = conn.one("SELECT COUNT(*) AS pupils FROM inscription WHERE uai = :uai AND class_id IS NULL", uai=uai)
    if without and without["pupils"]:
        found.append(ClassCount(class_id="", name="", level="", pupils=without["pupils"]))
    return found


def class_names(conn: Connection) -> dict[str, str]:
    """Return the name of each class of every school, by identifier."""
    return {row["class_id"]: row["name"] for row in conn.all("SELECT class_id, name FROM school_class")}


def require_class(conn: Connection, uai: str, class_id: str) -> SchoolClass:
    """Return a class of a school; raise `ClassUnknown`."""
    row = conn.one(
        "SELECT class_id, uai, name, level FROM school_class WHERE uai = :uai AND class_id = :class_id",
        uai=uai,
        class_id=class_id,
    )
    if row is None:
        raise ClassUnknown
    return SchoolClass(**row)


def save_classes(conn: Connection, classes: Sequence[SchoolClass]) -> None:
    """Store classes, new or with a new level."""
    conn.many(
        "INSERT INTO school_class (class_id, uai, name, level) VALUES (:class_id, :uai, :name, :level)"
        " ON CONFLICT (uai, name) DO UPDATE SET level = excluded.level",
        [{"class_id": one.class_id, "uai": one.uai, "name": one.name, "level": one.level} for one in classes],
    )


def name_form(conn: Connection, uai: str) -> NameForm:
    """Return how much of its pupils' names a school keeps."""
    row = conn.one("SELECT name_form FROM pupil_school WHERE uai = :uai", uai=uai)
    return NameForm.INITIAL if row is None else NameForm(row["name_form"])


def name_forms(conn: Connection) -> dict[str, NameForm]:
    """Return the choice of each school that made one."""
    return {row["uai"]: NameForm(row["name_form"]) for row in conn.all("SELECT uai, name_form FROM pupil_school")}


def save_name_form(conn: Connection, uai: str, form: NameForm, *, now: int, actor: str) -> None:
    """Keep a school's choice."""
    conn.run(
        "INSERT INTO pupil_school (uai, name_form, changed_at, changed_by) VALUES (:uai, :form, :now, :actor)"
        " ON CONFLICT (uai) DO UPDATE SET name_form = excluded.name_form, changed_at = excluded.changed_at,"
        " changed_by = excluded.changed_by",
        uai=uai,
        form=form.value,
        now=now,
        actor=actor,
    )


def names_in_school(conn: Connection, uai: str) -> list[tuple[str, str]]:
    """Return the pupils of a school with what is kept of their last names."""
    rows = conn.all(
        "SELECT pupil.pupil_id, pupil.last_name FROM pupil JOIN inscription"
        " ON inscription.pupil_id = pupil.pupil_id WHERE inscription.uai = :uai ORDER BY pupil.pupil_id",
        uai=uai,
    )
    return [(row["pupil_id"], row["last_name"]) for row in rows]


def save_last_names(conn: Connection, names: Iterable[tuple[str, str]]) -> None:
    """Keep what is known of last names now."""
    conn.many(
        "UPDATE pupil SET last_name = :last_name WHERE pupil_id = :pupil_id",
        [{"pupil_id": pupil_id, "last_name": last_name} for pupil_id, last_name in names],
    )


def pupils_of_class(conn: Connection, uai: str, class_id: str | None) -> list[str]:
    """Return the pupils of a class, or of a school without a class."""
    rows = conn.all(
        "SELECT pupil_id FROM inscription WHERE uai = :uai AND COALESCE(class_id, '') = :class_id ORDER BY pupil_id",
        uai=uai,
        class_id=class_id or "",
    )
    return [row["pupil_id"] for row in rows]


def move_pupils(
    conn: Connection, uai: str, pupil_ids: Sequence[str], class_id: str | None, level: str, now: int
) -> None:
    """Put pupils of a school into a class with a level, empty when it is not known."""
    conn.many(
        "UPDATE inscription SET class_id = :class_id, level = :level, since = :now"
        " WHERE uai = :uai AND pupil_id = :pupil_id",
        [
            {"uai": uai, "pupil_id": pupil_id, "class_id": class_id, "level": level, "now": now}
            for pupil_id in pupil_ids
        ],
    )


def end_inscriptions(conn: Connection, uai: str, pupil_ids: Sequence[str], now: int) -> None:
    """Take pupils out of a school; one who is in no other has left."""
    rows = [{"uai": uai, "pupil_id": pupil_id, "now": now} for pupil_id in pupil_ids]
    conn.many("DELETE FROM inscription WHERE uai = :uai AND pupil_id = :pupil_id", rows)
    conn.many(
        "UPDATE pupil SET left_at = :now WHERE pupil_id = :pupil_id AND left_at IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM inscription WHERE inscription.pupil_id = pupil.pupil_id)",
        rows,
    )


def save_inscriptions(conn: Connection, rows: Sequence[Row]) -> None:
    """Put pupils into schools and classes. Rows: pupil_id, uai, class_id, level, source, now.

    A class or level that is not said leaves the one that is known.
    """
    conn.many(
        "INSERT INTO inscription (pupil_id, uai, class_id, level, source, since)"
        " VALUES (:pupil_id, :uai, :class_id, :level, :source, :now)"
        " ON CONFLICT (pupil_id, uai) DO UPDATE SET class_id = COALESCE(excluded.class_id, inscription.class_id),"
        " level = CASE WHEN excluded.level = '' THEN inscription.level ELSE excluded.level END,"
        " source = excluded.source, since = excluded.since",
        rows,
    )


def bring_back(conn: Connection, pupil_ids: Sequence[str]) -> None:
    """Note that pupils who had left are in a school again."""
    conn.many(
        "UPDATE pupil SET left_at = NULL WHERE pupil_id = :pupil_id",
        [{"pupil_id": pupil_id} for pupil_id in pupil_ids],
    )


def save_pupils(conn: Connection, rows: Sequence[Row]) -> None:
    """Add pupils, or keep what their names are now. Rows: pupil_id, first_name, last_name, now."""
    conn.many(
        "INSERT INTO pupil (pupil_id, first_name, last_name, created_at)"
        " VALUES (:pupil_id, :first_name, :last_name, :now)"
        " ON CONFLICT (pupil_id) DO UPDATE SET first_name = excluded.first_name, last_name = excluded.last_name",
        rows,
    )


def save_keys(conn: Connection, rows: Sequence[Row]) -> None:
    """Add keys of pupils; what is there stays. Rows: key_digest, pupil_id, kind."""
    conn.many(
        "INSERT INTO pupil_key (key_digest, pupil_id, kind) VALUES (:key_digest, :pupil_id, :kind)"
        " ON CONFLICT (key_digest, pupil_id) DO NOTHING",
        rows,
    )


def set_both_must_agree(conn: Connection, pupil_id: str, both: bool) -> None:
    """Note whether a loan to a pupil needs every guardian."""
    conn.run("UPDATE pupil SET both_must_agree = :both WHERE pupil_id = :pupil_id", both=int(both), pupil_id=pupil_id)


def _pupil(row: Row) -> Pupil:
    return Pupil(
        pupil_id=row["pupil_id"],
        first_name=row["first_name"],
        last_name=row["last_name"],
        both_must_agree=bool(row["both_must_agree"]),
        left_at=row["left_at"],
    )


def _inscription(row: Row) -> Inscription:
    return Inscription(uai=row["uai"], class_id=row["class_id"], level=row["level"], source=Source(row["source"]))


def _view(row: Row) -> PupilView:
    return PupilView(
        pupil=_pupil(row),
        uai=row["uai"] or "",
        class_id=row["class_id"],
        class_name=row["class_name"] or "",
        level=row["level"] or "",
        other_schools=max(row["schools"] - 1, 0),
    )


_VIEW = """
SELECT pupil.*, inscription.uai, inscription.class_id, inscription.level, school_class.name AS class_name,
    (SELECT COUNT(*) FROM inscription other WHERE other.pupil_id = pupil.pupil_id) AS schools
FROM pupil
LEFT JOIN inscription ON inscription.pupil_id = pupil.pupil_id
LEFT JOIN school_class ON school_class.class_id = inscription.class_id
"""

_PAGE = """
WHERE inscription.uai = :uai
    AND (:any_class OR COALESCE(inscription.class_id, '') = :class_id)
    AND (:after = '' OR (pupil.first_name, pupil.last_name, pupil.pupil_id) >
        (SELECT last.first_name, last.last_name, last.pupil_id FROM pupil last WHERE last.pupil_id = :after))
ORDER BY pupil.first_name, pupil.last_name, pupil.pupil_id
"""
