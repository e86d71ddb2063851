"""SQL of what families were told, and of who can be told.

Every function runs inside the caller's transaction.
"""

from collections.abc import Iterable, Sequence

import msgspec

from mdm.store import Connection, Row


class ToldLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter to an account; ``letter`` names it in the outbox."""

    letter: str
    account_id: str
    about: str
    made_at: int


def outbox_name(letter: str) -> str:
    """Return what the outbox calls a letter: it says nothing of whom it is for."""
    return f"family:{letter}"


def letter_named(name: str) -> str | None:
    """Return the letter that the outbox calls so; None for those of other rooms."""
    room, _, letter = name.partition(":")
    return letter if room == "family" else None


def add_letter(conn: Connection, one: ToldLetter) -> bool:
    """Note that an account is told of something; False when it was told already."""
    return bool(
        conn.run(
            "INSERT INTO family_letter (letter, account_id, about, made_at)"
            " VALUES (:letter, :account_id, :about, :made_at) ON CONFLICT (account_id, about) DO NOTHING",
            letter=one.letter,
            account_id=one.account_id,
            about=one.about,
            made_at=one.made_at,
        )
    )


def letter_of(conn: Connection, letter: str) -> ToldLetter | None:
    """Return a letter, or None."""
    row = conn.one("SELECT * FROM family_letter WHERE letter = :letter", letter=letter)
    return None if row is None else _letter(row)


def waiting_letters(conn: Connection, account_id: str) -> list[ToldLetter]:
    """Return the letters to an account that were not sent yet."""
    rows = conn.all(
        "SELECT family_letter.* FROM family_letter JOIN letter ON letter.about = 'family:' || family_letter.letter"
        " WHERE family_letter.account_id = :it AND letter.state = 'waiting' ORDER BY family_letter.letter",
        it=account_id,
    )
    return [_letter(row) for row in rows]


def waiting_about(conn: Connection, beginning: str) -> list[ToldLetter]:
    """Return the letters that were not sent yet, about what begins so: identifiers and colons."""
    rows = conn.all(
        "SELECT family_letter.* FROM family_letter JOIN letter ON letter.about = 'family:' || family_letter.letter"
        " WHERE family_letter.about LIKE :pattern AND letter.state = 'waiting' ORDER BY family_letter.letter",
        pattern=f"{beginning}%",
    )
    return [_letter(row) for row in rows]


def reached(conn: Connection, about: str) -> bool:
    """Tell whether a letter about something was sent, or is still to be sent."""
    row = conn.one(
        "SELECT 1 AS one FROM family_letter JOIN letter ON letter.about = 'family:' || family_letter.letter"
        " WHERE family_letter.about = :about AND letter.state <> 'failed' LIMIT 1",
        about=about,
    )
    return row is not None


def delete_letters(conn: Connection, account_id: str) -> None:
    """Forget what an account was told."""
    conn.run("DELETE FROM family_letter WHERE account_id = :it", it=account_id)


def unsend_reminder(conn: Connection, about: str) -> None:
    """Put a loan's reminder back among those to telephone about, where ``about`` names one."""
    kind, _, rest = about.partition(":")
    loan_id, _, rest = rest.partition(":")
    due_on, _, step = rest.partition(":")
    if kind == "loan" and step:
        loan = conn.one("SELECT uai FROM loan WHERE loan_id = :loan_id", loan_id=loan_id)
        if loan is not None:
            conn.publish("loans", loan["uai"])
        conn.run(
            "UPDATE loan_reminder SET sent_at = NULL WHERE loan_id = :loan_id AND due_on = :due_on AND step = :step",
            loan_id=loan_id,
            due_on=due_on,
            step=step,
        )


def accounts_of_pupils(conn: Connection, pupil_ids: Iterable[str]) -> dict[str, list[str]]:
    """Return the accounts with a confirmed address that answer for pupils, with those pupils of theirs."""
    found: dict[str, list[str]] = {}
    for pupil_id in pupil_ids:
        for row in conn.all(
            "SELECT guardian.account_id FROM guardianship JOIN guardian"
            " ON guardian.guardian_id = guardianship.guardian_id JOIN family_address"
            " ON family_address.account_id = guardian.account_id WHERE guardianship.pupil_id = :it"
            " ORDER BY guardian.account_id",
            it=pupil_id,
        ):
            found.setdefault(row["account_id"], []).append(pupil_id)
    return found


def accounts_of_schools(conn: Connection, schools: Sequence[str]) -> dict[str, list[str]]:
    """Return the accounts with a confirmed address that answer for pupils of schools, with those pupils of theirs."""
    found: dict[str, list[str]] = {}
    for uai in schools:
        for row in conn.all(
            "SELECT family_address.account_id, guardianship.pupil_id FROM family_address"
            " JOIN guardian ON guardian.account_id = family_address.account_id"
            " JOIN guardianship ON guardianship.guardian_id = guardian.guardian_id"
            " JOIN inscription ON inscription.pupil_id = guardianship.pupil_id WHERE inscription.uai = :uai"
            " ORDER BY family_address.account_id, guardianship.pupil_id",
            uai=uai,
        ):
            children = found.setdefault(row["account_id"], [])
            if row["pupil_id"] not in children:
                children.append(row["pupil_id"])
    return found


def account_of_actor(conn: Connection, actor: str) -> str | None:
    """Return the account that acts under a name such as ``account:anne``; None for whoever has none."""
    kind, _, login = actor.partition(":")
    if kind != "account":
        return None
    row = conn.one("SELECT account_id FROM account WHERE login = :login", login=login)
    return None if row is None else str(row["account_id"])


def unreachable_pupils(conn: Connection, pupil_ids: Iterable[str]) -> set[str]:
    """Return those of some pupils of whom a guardian's letters come back."""
    rows = conn.many_returning(
        "SELECT guardianship.pupil_id FROM guardianship JOIN guardian"
        " ON guardian.guardian_id = guardianship.guardian_id JOIN family_address"
        " ON family_address.account_id = guardian.account_id WHERE guardianship.pupil_id = :it"
        " AND family_address.unreachable_at IS NOT NULL LIMIT 1",
        [{"it": one} for one in pupil_ids],
    )
    return {row["pupil_id"] for row in rows if row is not None}


def rules_told(conn: Connection, loan_ids: Sequence[str]) -> dict[str, str]:
    """Return the digests that families were told last, by loan."""
    rows = conn.many_returning(
        "SELECT loan_id, digest FROM family_rules_told WHERE loan_id = :it", [{"it": one} for one in loan_ids]
    )
    return {row["loan_id"]: row["digest"] for row in rows if row is not None}


def save_rules_told(conn: Connection, loan_id: str, digest: str, *, now: int) -> None:
    """Keep what a family was told."""
    conn.run(
        "INSERT INTO family_rules_told (loan_id, digest, told_at) VALUES (:loan_id, :digest, :now)"
        " ON CONFLICT (loan_id) DO UPDATE SET digest = excluded.digest, told_at = excluded.told_at",
        loan_id=loan_id,
        digest=digest,
        now=now,
    )


def _letter(row: Row) -> ToldLetter:
    return ToldLetter(**row)
