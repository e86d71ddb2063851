"""The person that a question about data is about, and by which words the store knows this person."""

import msgspec

from mdm.privacy.errors import SubjectUnknown
from mdm.pseudonyms import known_pseudonym
from mdm.store import Connection, Row

KINDS = ("account", "pupil", "guardian", "cli")
"""``cli`` is somebody at the server's terminal, who has a name in the journal and no account."""

_ROOTS = {"account": ("account", "account_id"), "pupil": ("pupil", "pupil_id"), "guardian": ("guardian", "guardian_id")}


_GONE = "gone"
"""Somebody of whom only the login is left, in what was done: the account was never there, or is not any more."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A person by kind and lasting identifier: the account's, the pupil's, the guardian's; a terminal's user name."""

    kind: str
    key: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"

    @property
    def is_a_name(self) -> bool:
        """Tell whether the key is a word of the person itself, and not an identifier."""
        return self.kind in ("cli", _GONE)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A subject with all the words by which rows name it. ``ended_at``: when the account ended, in milliseconds."""

    subject: Subject
    login: str | None = None
    pseudonym: str | None = None
    ended_at: int | None = None

    @property
    def name(self) -> str | None:
        """What acts in the person's name, such as ``account:anne``."""
        if self.subject.kind == "cli":
            return str(self.subject)
        return None if self.login is None else f"account:{self.login}"

    def word(self, holds: str) -> str | None:
        """Return how a column that ``holds`` such words names this person; None when it cannot."""
        if holds == "id" and self.subject.is_a_name:
            return None
        known = {"id": self.subject.key, "login": self.login, "actor": self.name, "pseudonym": self.pseudonym}
        return str(self.subject) if holds == "subject" else known[holds]

    def is_called(self, kind: str) -> bool:
        """Tell whether columns about persons of a kind may be about this one."""
        return kind == self.subject.kind or (kind == "account" and self.subject.is_a_name)


def root_of(kind: str) -> tuple[str, str] | None:
    """Return the table in which a kind of persons is, with its key; None for those who have none."""
    return _ROOTS.get(kind)


def subject_named(conn: Connection, text: str) -> Subject:
    """Return the person that ``account:LOGIN``, ``account:<id>``, ``pupil:<id>``... names; raise `SubjectUnknown`."""
    kind, _, key = text.strip().partition(":")
    if kind == "account":
        row = conn.one("SELECT account_id FROM account WHERE login = :key OR account_id = :key", key=key)
        if row is not None:
            return Subject(kind=kind, key=row["account_id"])
    elif kind in KINDS and key:
        subject = Subject(kind=kind, key=key)
        if exists(conn, subject):
            return subject
    raise SubjectUnknown(subject=text[:80])


def actor_named(conn: Connection, name: str) -> Subject | None:
    """Return the person who acted under a name such as ``cli:root``; None where an account of that name is there."""
    kind, _, key = name.partition(":")
    if kind != "account":
        return Subject(kind=kind, key=key)
    there = conn.one("SELECT 1 AS one FROM account WHERE login = :key", key=key)
    return None if there is not None else Subject(kind=_GONE, key=key)


def exists(conn: Connection, subject: Subject) -> bool:
    """Tell whether something is stored of the person."""
    if subject.is_a_name:
        return known_pseudonym(conn, _name(subject)) is not None
    return _root_row(conn, subject) is not None


def person_of(conn: Connection, subject: Subject) -> Person:
    """Return the person with the words by which the store names it; raise `SubjectUnknown`."""
    if not exists(conn, subject):
        raise SubjectUnknown(subject=str(subject)[:80])
    row = _root_row(conn, subject)
    login = row["login"] if row is not None and subject.kind == "account" else None
    if subject.kind == _GONE:
        login = subject.key
    name = f"account:{login}" if login is not None else _name(subject)
    return Person(
        subject=subject,
        login=login,
        pseudonym=known_pseudonym(conn, name),
        ended_at=row["disabled_at"] if row is not None and subject.kind == "account" else None,
    )


def _name(subject: Subject) -> str:
    return f"account:{subject.key}" if subject.kind == _GONE else str(subject)


def _root_row(conn: Connection, subject: Subject) -> Row | None:
    match subject.kind:
        case "account":
            return conn.one("SELECT * FROM account WHERE account_id = :key", key=subject.key)
        case "pupil":
            return conn.one("SELECT pupil_id FROM pupil WHERE pupil_id = :key", key=subject.key)
        case "guardian":
            return conn.one("SELECT guardian_id FROM guardian WHERE guardian_id = :key", key=subject.key)
        case _:
            return None
