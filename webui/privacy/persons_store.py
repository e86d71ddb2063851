"""Whom a request or an erasure is about, in words for the data protection officer. Inside the caller's transaction."""

import msgspec

from mdm.home.guardians.guardian_store import pupils_of_guardian
from mdm.home.pupils.pupil_store import pupil_views
from mdm.privacy.subject import Subject
from mdm.store import Connection


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """A person: the name as the tool knows it, and the place, such as class and school; empty where unknown."""

    subject: Subject
    name: str = ""
    place: str = ""


def described(conn: Connection, subject: Subject) -> Described:
    """Return who somebody is, as far as the officer may see it."""
    if subject.kind == "pupil":
        name, place = _pupil(conn, subject.key)
    elif subject.kind == "guardian":
        row = conn.one("SELECT label FROM guardian WHERE guardian_id = :it", it=subject.key)
        name = "" if row is None else row["label"]
        children = [_pupil(conn, one) for one in pupils_of_guardian(conn, subject.key)]
        place = ", ".join(dict.fromkeys(where for _, where in children if where))
    elif subject.kind == "account":
        row = conn.one("SELECT login FROM account WHERE account_id = :it", it=subject.key)
        name, place = ("" if row is None else row["login"]), ""
    else:
        name, place = subject.key, ""
    return Described(subject=subject, name=name, place=place)


def subject_in(text: str | None) -> Subject | None:
    """Read a stored subject, such as ``pupil:<id>``."""
    kind, _, key = (text or "").partition(":")
    return Subject(kind=kind, key=key) if key else None


def _pupil(conn: Connection, pupil_id: str) -> tuple[str, str]:
    view = pupil_views(conn, [pupil_id]).get(pupil_id)
    if view is None:
        return "", ""
    row = conn.one("SELECT name FROM school WHERE uai = :uai", uai=view.uai)
    school = view.uai if row is None else row["name"]
    return view.pupil.shown_name, ", ".join(one for one in (view.class_name, school) if one)
