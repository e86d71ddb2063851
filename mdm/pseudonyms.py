"""How the journal speaks of persons: by words that can be taken from them later.

The journal is never changed, so it must not hold a login. `Journal.record` writes ``person:<identifier>`` for
``account:anne`` and ``cli:root``; who that is stands in a table of its own. When the person's data are erased the row
goes, and what the journal says is about nobody any more.
"""

import re
from collections.abc import Iterable, Mapping

import msgspec

from mdm.clock import DAY_MS, Clock
from mdm.ids import new_id
from mdm.store import Connection

_NAME = re.compile(r"(?:account|cli):.+", re.DOTALL)
_PSEUDONYM = re.compile(r"person:[0-9a-f]{32}")
_TOLD = re.compile(r'"(person:[0-9a-f]{32})"')


def names_a_person(text: str) -> bool:
    """Tell whether an identifier names a person, such as ``account:anne``."""
    return _NAME.fullmatch(text) is not None


def is_pseudonym(text: str) -> bool:
    """Tell whether a text stands for a person."""
    return _PSEUDONYM.fullmatch(text) is not None


def pseudonym_of(conn: Connection, name: str, clock: Clock) -> str:
    """Return what stands for a name such as ``account:anne``, made at its first use; of others, the text itself.

    To be called by one transaction at a time, as by `Journal.record`, which holds the journal's head.
    """
    if not names_a_person(name):
        return name
    now = clock.ms()
    row = conn.one("SELECT person_id, used_at FROM journal_person WHERE name = :name", name=name)
    if row is None:
        person_id = new_id(clock)
        conn.run(
            "INSERT INTO journal_person (person_id, name, used_at) VALUES (:person_id, :name, :now)",
            person_id=person_id,
            name=name,
            now=now,
        )
        return f"person:{person_id}"
    if row["used_at"] <= now - DAY_MS:
        conn.run("UPDATE journal_person SET used_at = :now WHERE name = :name", now=now, name=name)
    return f"person:{row['person_id']}"


def known_pseudonym(conn: Connection, name: str) -> str | None:
    """Return what stands for a name, if something does."""
    if not names_a_person(name):
        return None
    row = conn.one("SELECT person_id FROM journal_person WHERE name = :name", name=name)
    return None if row is None else f"person:{row['person_id']}"


def names_of(conn: Connection, texts: Iterable[str]) -> dict[str, str]:
    """Return the names of the persons whose pseudonyms occur in texts; those that were erased have none."""
    found: dict[str, str] = {}
    for pseudonym in {one for text in texts for one in _PSEUDONYM.findall(text)}:
        row = conn.one(
            "SELECT name FROM journal_person WHERE person_id = :person_id", person_id=pseudonym.removeprefix("person:")
        )
        if row is not None:
            found[pseudonym] = row["name"]
    return found


def with_names(text: str, names: Mapping[str, str]) -> str:
    """Return an identifier with its person's name, where that is known."""
    return names.get(text, text)


def json_with_names(text: str, names: Mapping[str, str]) -> str:
    """Return JSON with persons' names in the place of their pseudonyms."""

    def swap(found: re.Match[str]) -> str:
        name = names.get(found.group(1))
        return found.group(0) if name is None else msgspec.json.encode(name).decode()

    return _TOLD.sub(swap, text)


def forget_name(conn: Connection, name: str) -> bool:
    """Forget who a pseudonym stands for; return whether anything did."""
    return bool(conn.run("DELETE FROM journal_person WHERE name = :name", name=name))
