"""SQL of letters that wait, and of what became of them."""

import msgspec

from mdm.store import Connection, Row


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that is to be sent now. ``tries``: how often it was tried before; times in milliseconds."""

    letter_id: str
    about: str
    sealed_letter: bytes
    tries: int
    made_at: int


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """How a letter stands: ``waiting``, ``sent`` or ``failed``; ``reply``: the mail server's code at a refusal."""

    letter_id: str
    about: str
    state: str
    tries: int
    reply: int | None
    done_at: int | None


def insert_letter(conn: Connection, letter_id: str, about: str, sealed: bytes, *, now: int) -> None:
    """Add a letter that is due at once."""
    conn.run(
        "INSERT INTO letter (letter_id, about, state, sealed_letter, made_at, next_at)"
        " VALUES (:letter_id, :about, 'waiting', :sealed, :now, :now)",
        letter_id=letter_id,
        about=about,
        sealed=sealed,
        now=now,
    )


def take_due(conn: Connection, *, now: int, until: int) -> Waiting | None:
    """Return a letter that is due, and keep everybody else from it until then."""
    row = conn.one(
        "UPDATE letter SET next_at = :until WHERE letter_id IN (SELECT letter_id FROM letter"
        " WHERE state = 'waiting' AND next_at <= :now ORDER BY next_at, letter_id LIMIT 1)"
        " AND state = 'waiting' AND next_at <= :now RETURNING letter_id, about, sealed_letter, tries, made_at",
        now=now,
        until=until,
    )
    return Waiting(**{**row, "sealed_letter": bytes(row["sealed_letter"])}) if row else None


def mark_done(conn: Connection, letter_id: str, *, state: str, reply: int | None, now: int) -> bool:
    """Note that a letter was sent or given up, and forget what it said and to whom; False for one that was done."""
    done = conn.run(
        "UPDATE letter SET state = :state, sealed_letter = NULL, tries = tries + 1, reply = :reply, done_at = :now"
        " WHERE letter_id = :letter_id AND state = 'waiting'",
        state=state,
        reply=reply,
        now=now,
        letter_id=letter_id,
    )
    return bool(done)


def put_off(conn: Connection, letter_id: str, *, reply: int | None, next_at: int) -> None:
    """Note that a letter could not be sent now."""
    conn.run(
        "UPDATE letter SET tries = tries + 1, reply = :reply, next_at = :next_at"
        " WHERE letter_id = :letter_id AND state = 'waiting'",
        reply=reply,
        next_at=next_at,
        letter_id=letter_id,
    )


def withdraw(conn: Connection, about: str, *, now: int) -> int:
    """Give up the letters about something that were not sent yet; return how many."""
    return conn.run(
        "UPDATE letter SET state = 'failed', sealed_letter = NULL, done_at = :now"
        " WHERE about = :about AND state = 'waiting'",
        about=about,
        now=now,
    )


def next_due(conn: Connection) -> int | None:
    """Return when the next letter is due."""
    row = conn.one("SELECT MIN(next_at) AS at FROM letter WHERE state = 'waiting'")
    return row["at"] if row else None


def deliveries(conn: Connection, about: list[str]) -> dict[str, Delivery]:
    """Return how the newest letter about each of some things stands."""
    found: dict[str, Delivery] = {}
    for one in about:
        row = conn.one(
            "SELECT letter_id, about, state, tries, reply, done_at FROM letter WHERE about = :about"
            " ORDER BY made_at DESC, letter_id DESC LIMIT 1",
            about=one,
        )
        if row is not None:
            found[one] = _delivery(row)
    return found


def _delivery(row: Row) -> Delivery:
    return Delivery(**row)
