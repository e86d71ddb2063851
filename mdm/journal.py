"""The journal: append-only, each entry hashed over the one before, written with the change that it tells.

An entry's hash is the SHA-256 of the canonical JSON of its other fields, the previous hash among them. Persons are in
it by pseudonyms (`mdm.pseudonyms`), so that it need not be changed when one is forgotten.
"""

import hashlib
from collections.abc import Iterator, Mapping

import msgspec

from mdm.clock import Clock
from mdm.pseudonyms import json_with_names, known_pseudonym, names_a_person, names_of, pseudonym_of, with_names
from mdm.store import Connection, Row

Value = str | int | bool | list[str] | list[int] | None
Detail = Mapping[str, Value]

_NOTHING: Detail = {}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the journal; ``at`` in milliseconds since the epoch, ``detail`` canonical JSON."""

    seq: int
    at: int
    kind: str
    actor: str
    subject: str
    detail: str
    previous: str
    hash: str

    def computed_hash(self) -> str:
        """Return the hash that the other fields give."""
        return _hash(self.seq, self.at, self.kind, self.actor, self.subject, self.detail, self.previous)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What `verify` found: how many entries, the head's hash, and the first wrong entry with the reason.

    ``named``: how many entries name persons themselves, since a version before pseudonyms wrote them.
    """

    entries: int
    head: str
    named: int = 0
    wrong_seq: int | None = None
    reason: str = ""

    @property
    def intact(self) -> bool:
        """Tell whether nothing is wrong."""
        return self.wrong_seq is None


class Journal:
    """Appends entries inside the caller's transaction."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def record(self, conn: Connection, kind: str, *, actor: str, subject: str, detail: Detail = _NOTHING) -> int:
        """Append an entry and return its number.

        ``actor`` and ``subject`` are identifiers such as ``system``, ``account:anne`` or ``tablet:01a2...``; no
        secret and no person's name ever goes in. For ``account:`` and ``cli:``, in ``detail`` too, a pseudonym is
        written, which `entries` and `latest_entries` turn back.
        """
        # The update takes the head's row lock, so that writers of other processes wait for this transaction.
        head = conn.one("UPDATE journal_head SET seq = seq + 1 WHERE one = 1 RETURNING seq, hash")
        if head is None:
            raise LookupError("the journal has no head")
        seq, previous, at = head["seq"], head["hash"], self._clock.ms()
        actor, subject = (pseudonym_of(conn, name, self._clock) for name in (actor, subject))
        told = {key: self._told(conn, value) for key, value in detail.items()}
        text = msgspec.json.encode(told, order="sorted").decode()
        hashed = _hash(seq, at, kind, actor, subject, text, previous)
        conn.run(
            "INSERT INTO journal (seq, at, kind, actor, subject, detail, previous, hash)"
            " VALUES (:seq, :at, :kind, :actor, :subject, :detail, :previous, :hash)",
            seq=seq,
            at=at,
            kind=kind,
            actor=actor,
            subject=subject,
            detail=text,
            previous=previous,
            hash=hashed,
        )
        conn.run("UPDATE journal_head SET hash = :hash WHERE one = 1", hash=hashed)
        return int(seq)

    def _told(self, conn: Connection, value: Value) -> Value:
        if isinstance(value, str):
            return pseudonym_of(conn, value, self._clock)
        if isinstance(value, list):
            return [pseudonym_of(conn, one, self._clock) if isinstance(one, str) else one for one in value]  # type: ignore[return-value]
        return value


def entries(conn: Connection, *, after: int = 0, subject: str | None = None, limit: int = 100) -> list[Entry]:
    """Return entries in order, from the one after number ``after``; of one subject when it is given.

    They name persons as far as these are known: they are for reading, and `verify` alone checks their hashes.
    """
    if subject is None:
        rows = conn.all("SELECT * FROM journal WHERE seq > :after ORDER BY seq LIMIT :limit", after=after, limit=limit)
    else:
        rows = conn.all(
            "SELECT * FROM journal WHERE subject IN (:subject, :written) AND seq > :after ORDER BY seq LIMIT :limit",
            subject=subject,
            written=known_pseudonym(conn, subject) or subject,
            after=after,
            limit=limit,
        )
    return _named(conn, rows)


def latest_entries(conn: Connection, *, subject: str | None = None, limit: int = 50) -> list[Entry]:
    """Return the newest entries, newest first; of one subject when it is given. They name persons, as `entries` do."""
    if subject is None:
        rows = conn.all("SELECT * FROM journal ORDER BY seq DESC LIMIT :limit", limit=limit)
    else:
        rows = conn.all(
            "SELECT * FROM journal WHERE subject IN (:subject, :written) ORDER BY seq DESC LIMIT :limit",
            subject=subject,
            written=known_pseudonym(conn, subject) or subject,
            limit=limit,
        )
    return _named(conn, rows)


def verify(conn: Connection) -> Verdict:
    """Walk the whole journal, streaming; name the first entry that was changed, removed or moved."""
    expected, previous, named = 1, "", 0
    for entry in _stream(conn):
        if entry.seq != expected:
            return _wrong(expected, previous, "missing")
        if entry.previous != previous:
            return _wrong(expected, previous, "does not follow the entry before")
        if entry.computed_hash() != entry.hash:
            return _wrong(expected, previous, "changed")
        expected, previous = expected + 1, entry.hash
        named += _names_somebody(entry)
    head = conn.one("SELECT seq, hash FROM journal_head WHERE one = 1")
    if head is None or head["seq"] != expected - 1:
        return _wrong(expected, previous, "missing")
    if head["hash"] != previous:
        return _wrong(expected - 1, previous, "is not the one that the head names")
    return Verdict(entries=expected - 1, head=previous, named=named)


def _names_somebody(entry: Entry) -> bool:
    told = '"account:' in entry.detail or '"cli:' in entry.detail
    return told or names_a_person(entry.actor) or names_a_person(entry.subject)


def _named(conn: Connection, rows: list[Row]) -> list[Entry]:
    names = names_of(conn, (text for row in rows for text in (row["actor"], row["subject"], row["detail"])))
    return [
        Entry(
            **{
                **row,
                "actor": with_names(row["actor"], names),
                "subject": with_names(row["subject"], names),
                "detail": json_with_names(row["detail"], names),
            }
        )
        for row in rows
    ]


def _wrong(seq: int, head: str, reason: str) -> Verdict:
    return Verdict(entries=seq - 1, head=head, wrong_seq=seq, reason=reason)


def _stream(conn: Connection) -> Iterator[Entry]:
    for row in conn.stream("SELECT * FROM journal ORDER BY seq"):
        yield Entry(**row)


def _hash(seq: int, at: int, kind: str, actor: str, subject: str, detail: str, previous: str) -> str:
    canonical = msgspec.json.encode(
        {
            "actor": actor,
            "at": at,
            "detail": detail,
            "kind": kind,
            "previous": previous,
            "seq": seq,
            "subject": subject,
        },
        order="sorted",
    )
    return hashlib.sha256(canonical).hexdigest()
