"""SQL of what persons ask about their data."""

from typing import Literal

import msgspec

from mdm.privacy.subject import Subject
from mdm.store import Connection

Kind = Literal["access", "objection", "rectification", "erasure"]
State = Literal["open", "granted", "refused"]


class DataRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request. ``about``: a key of the register, or empty for all; moments in milliseconds since the epoch.

    An erasure that is granted and has no ``answered_at`` was begun and is finished by the next purge.
    """

    request_id: str
    subject: str
    kind: Kind
    about: str
    words: str
    state: State
    made_at: int
    made_by: str
    answer: str
    answered_at: int | None
    answered_by: str | None


def insert_request(
    conn: Connection, request_id: str, subject: Subject, kind: Kind, *, about: str, words: str, actor: str, now: int
) -> None:
    """Add a request that waits for its answer."""
    conn.run(
        "INSERT INTO data_request (request_id, subject, kind, about, words, state, made_at, made_by)"
        " VALUES (:request_id, :subject, :kind, :about, :words, 'open', :now, :actor)",
        request_id=request_id,
        subject=str(subject),
        kind=kind,
        about=about,
        words=words,
        now=now,
        actor=actor,
    )


def answer_request(conn: Connection, request_id: str, *, granted: bool, answer: str, actor: str, now: int) -> bool:
    """Keep an answer; return False when there is one already, or no such request."""
    return bool(
        conn.run(
            "UPDATE data_request SET state = :state, answer = :answer, answered_at = :now, answered_by = :actor"
            " WHERE request_id = :request_id AND state = 'open'",
            state="granted" if granted else "refused",
            answer=answer,
            now=now,
            actor=actor,
            request_id=request_id,
        )
    )


def request_by_id(conn: Connection, request_id: str) -> DataRequest | None:
    """Return a request."""
    row = conn.one("SELECT * FROM data_request WHERE request_id = :request_id", request_id=request_id)
    return None if row is None else DataRequest(**row)


def requests_of(conn: Connection, subject: Subject) -> list[DataRequest]:
    """Return a person's requests, the newest first."""
    rows = conn.all(
        "SELECT * FROM data_request WHERE subject = :subject ORDER BY made_at DESC, request_id DESC",
        subject=str(subject),
    )
    return [DataRequest(**row) for row in rows]


def requests_after(
    conn: Connection, state: State, *, made_at: int = -1, request_id: str = "", limit: int
) -> list[DataRequest]:
    """Return requests in a state, the oldest first, from the one after a moment and an identifier."""
    rows = conn.all(
        "SELECT * FROM data_request WHERE state = :state AND (made_at, request_id) > (:made_at, :request_id)"
        " ORDER BY made_at, request_id LIMIT :limit",
        state=state,
        made_at=made_at,
        request_id=request_id,
        limit=limit,
    )
    return [DataRequest(**row) for row in rows]


def begin_erasure(conn: Connection, request_id: str, subject: Subject, *, actor: str, now: int) -> None:
    """Note that a person's erasure begins: an open request of the person, or else a new one, is granted."""
    touched = conn.run(
        "UPDATE data_request SET state = 'granted', answered_by = :actor"
        " WHERE subject = :subject AND kind = 'erasure' AND state = 'open'",
        subject=str(subject),
        actor=actor,
    )
    if touched == 0:
        conn.run(
            "INSERT INTO data_request (request_id, subject, kind, state, made_at, made_by, answered_by)"
            " VALUES (:request_id, :subject, 'erasure', 'granted', :now, :actor, :actor)",
            request_id=request_id,
            subject=str(subject),
            now=now,
            actor=actor,
        )


def begun_erasures(conn: Connection) -> list[Subject]:
    """Return whose erasure was begun and is not finished."""
    rows = conn.all(
        "SELECT DISTINCT subject FROM data_request WHERE state = 'granted' AND kind = 'erasure' AND answered_at IS NULL"
    )
    found = [row["subject"].partition(":") for row in rows]
    return [Subject(kind=kind, key=key) for kind, _, key in found]


def finish_erasure(conn: Connection, subject: Subject, *, called: str, now: int) -> None:
    """Note that a person's erasure is finished, under a word that leads to nobody; the reasons go with it.

    What else the person asked and nobody answered ends with it: there is nothing left that it could be about.
    """
    conn.run(
        "UPDATE data_request SET state = 'granted', answered_at = :now, words = '', answered_by ="
        " (SELECT erasure.answered_by FROM data_request erasure WHERE erasure.subject = :subject"
        " AND erasure.kind = 'erasure' AND erasure.state = 'granted' AND erasure.answered_at IS NULL LIMIT 1)"
        " WHERE subject = :subject AND state = 'open'",
        now=now,
        subject=str(subject),
    )
    conn.run(
        "UPDATE data_request SET answered_at = :now, words = ''"
        " WHERE subject = :subject AND kind = 'erasure' AND state = 'granted' AND answered_at IS NULL",
        now=now,
        subject=str(subject),
    )
    conn.run("UPDATE data_request SET subject = :called WHERE subject = :subject", called=called, subject=str(subject))
