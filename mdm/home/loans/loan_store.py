"""Loans, their terms, yeses and photos in the store.

Every function runs inside the caller's transaction.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from mdm.fleet.territory_store import require_school
from mdm.home.calendar.places import place_of
from mdm.home.loans.errors import LoanUnknown
from mdm.home.loans.loan import Acceptance, Condition, Loan, Moment, Part, Way
from mdm.home.loans.states import LoanState
from mdm.home.loans.terms import LoanTerms
from mdm.store import Connection, Row


def add_loan(conn: Connection, loan: Loan, *, actor: str) -> None:
    """Store a loan that is prepared."""
    conn.run(
        "INSERT INTO loan (loan_id, tablet_id, kit_id, slot_number, uai, pupil_id, state, terms_digest, due_on, parts,"
        " prepared_at, prepared_by) VALUES (:loan_id, :tablet_id, :kit_id, :slot_number, :uai, :pupil_id, :state,"
        " :terms_digest, :due_on, :parts, :prepared_at, :actor)",
        loan_id=loan.loan_id,
        tablet_id=loan.tablet_id,
        kit_id=loan.kit_id,
        slot_number=loan.slot_number,
        uai=loan.uai,
        pupil_id=loan.pupil_id,
        state=loan.state.value,
        terms_digest=loan.terms_digest,
        due_on=loan.due_on.isoformat(),
        parts=msgspec.json.encode(loan.parts).decode(),
        prepared_at=loan.prepared_at,
        actor=actor,
    )


def hold_loan(conn: Connection, loan_id: str) -> Loan:
    """Return a loan that no other transaction can change before this one ends; raise `LoanUnknown`."""
    row = conn.one("UPDATE loan SET state = state WHERE loan_id = :loan_id RETURNING *", loan_id=loan_id)
    if row is None:
        raise LoanUnknown
    return loan_of_row(row)


def require_loan(conn: Connection, loan_id: str) -> Loan:
    """Return a loan; raise `LoanUnknown`."""
    row = conn.one("SELECT * FROM loan WHERE loan_id = :loan_id", loan_id=loan_id)
    if row is None:
        raise LoanUnknown
    return loan_of_row(row)


def open_loan_of_tablet(conn: Connection, tablet_id: str) -> Loan | None:
    """Return the loan that holds a tablet, from its preparation on, or None."""
    row = conn.one(
        "SELECT * FROM loan WHERE tablet_id = :tablet_id AND state IN ('prepared', 'accepted', 'handed_over', 'lost')",
        tablet_id=tablet_id,
    )
    return loan_of_row(row) if row is not None else None


def open_loan_of_pupil(conn: Connection, pupil_id: str) -> Loan | None:
    """Return the loan that a pupil has, from its preparation on, or None."""
    row = conn.one(
        "SELECT * FROM loan WHERE pupil_id = :pupil_id AND state IN ('prepared', 'accepted', 'handed_over', 'lost')",
        pupil_id=pupil_id,
    )
    return loan_of_row(row) if row is not None else None


def loans_of_pupils(conn: Connection, pupil_ids: Sequence[str]) -> list[Loan]:
    """Return all the loans of pupils, the newest first."""
    rows = [
        row
        for pupil_id in pupil_ids
        for row in conn.all("SELECT * FROM loan WHERE pupil_id = :pupil_id", pupil_id=pupil_id)
    ]
    return sorted(map(loan_of_row, rows), key=lambda loan: (loan.prepared_at, loan.loan_id), reverse=True)


def running_loans(conn: Connection, tablet_ids: Sequence[str]) -> dict[str, Loan]:
    """Return the loan of each of these tablets that a family has in its hands."""
    rows = conn.many_returning(
        "SELECT * FROM loan WHERE tablet_id = :tablet_id AND state = 'handed_over'",
        [{"tablet_id": one} for one in tablet_ids],
    )
    return {row["tablet_id"]: loan_of_row(row) for row in rows if row is not None}


def open_loans_of_school(conn: Connection, uai: str) -> list[Loan]:
    """Return a school's loans that are not over."""
    rows = conn.all(
        "SELECT * FROM loan WHERE uai = :uai AND state IN ('prepared', 'accepted', 'handed_over') ORDER BY loan_id",
        uai=uai,
    )
    return [loan_of_row(row) for row in rows]


def unbegun_of_leavers(conn: Connection, limit: int) -> list[str]:
    """Return loans that never began, of pupils who are in no school here any more."""
    rows = conn.all(
        "SELECT loan.loan_id FROM loan JOIN pupil ON pupil.pupil_id = loan.pupil_id"
        " WHERE pupil.left_at IS NOT NULL AND loan.state IN ('prepared', 'accepted')"
        " ORDER BY loan.loan_id LIMIT :limit",
        limit=limit,
    )
    return [row["loan_id"] for row in rows]


def save_state(conn: Connection, loan_id: str, state: LoanState) -> None:
    """Keep a loan's state."""
    conn.run("UPDATE loan SET state = :state WHERE loan_id = :loan_id", state=state.value, loan_id=loan_id)


def save_due(conn: Connection, loan_id: str, due_on: date) -> None:
    """Keep a loan's planned day of return."""
    conn.run("UPDATE loan SET due_on = :due WHERE loan_id = :loan_id", due=due_on.isoformat(), loan_id=loan_id)


def save_terms_of(conn: Connection, loan_id: str, digest: str) -> None:
    """Keep the terms that a loan is under, and forget what was said to others."""
    conn.run("UPDATE loan SET terms_digest = :digest WHERE loan_id = :loan_id", digest=digest, loan_id=loan_id)
    conn.run(
        "DELETE FROM loan_acceptance WHERE loan_id = :loan_id AND terms_digest <> :digest",
        digest=digest,
        loan_id=loan_id,
    )


def save_handed(conn: Connection, loan_id: str, condition: Condition, *, now: int, actor: str) -> None:
    """Note that a tablet was handed over, in which state."""
    conn.run(
        "UPDATE loan SET state = 'handed_over', handed_at = :now, handed_by = :actor, handed = :condition"
        " WHERE loan_id = :loan_id",
        loan_id=loan_id,
        condition=msgspec.json.encode(condition).decode(),
        now=now,
        actor=actor,
    )


def save_closed(
    conn: Connection, loan_id: str, state: LoanState, condition: Condition | None, *, now: int, actor: str
) -> None:
    """Note that a loan is over, and in which state the tablet came back."""
    conn.run(
        "UPDATE loan SET state = :state, closed_at = :now, closed_by = :actor, returned = :condition"
        " WHERE loan_id = :loan_id",
        loan_id=loan_id,
        state=state.value,
        condition=None if condition is None else msgspec.json.encode(condition).decode(),
        now=now,
        actor=actor,
    )


def keep_terms(conn: Connection, terms: LoanTerms, now: int) -> None:
    """Keep terms, so that what somebody accepted can be read again."""
    conn.run(
        "INSERT INTO loan_terms (digest, terms, kept_at) VALUES (:digest, :terms, :now)"
        " ON CONFLICT (digest) DO NOTHING",
        digest=terms.digest,
        terms=terms.canonical().decode(),
        now=now,
    )


def kept_terms(conn: Connection, digest: str) -> LoanTerms:
    """Return terms that were kept."""
    row = conn.one("SELECT terms FROM loan_terms WHERE digest = :digest", digest=digest)
    if row is None:
        raise LoanUnknown
    return msgspec.json.decode(row["terms"], type=LoanTerms)


def save_acceptance(conn: Connection, loan_id: str, acceptance: Acceptance, *, now: int, actor: str) -> None:
    """Keep a guardian's yes, in place of an older one."""
    conn.run(
        "INSERT INTO loan_acceptance"
        " (loan_id, guardian_id, way, terms_digest, insured, accepted_on, noted_by, noted_at) VALUES"
        " (:loan_id, :guardian_id, :way, :terms_digest, :insured, :accepted_on, :actor, :now)"
        " ON CONFLICT (loan_id, guardian_id) DO UPDATE SET way = excluded.way, insured = excluded.insured,"
        " terms_digest = excluded.terms_digest, accepted_on = excluded.accepted_on, noted_by = excluded.noted_by,"
        " noted_at = excluded.noted_at",
        loan_id=loan_id,
        guardian_id=acceptance.guardian_id,
        way=acceptance.way.value,
        terms_digest=acceptance.terms_digest,
        insured=int(acceptance.insured),
        accepted_on=acceptance.accepted_on.isoformat(),
        now=now,
        actor=actor,
    )


def delete_acceptance(conn: Connection, loan_id: str, guardian_id: str) -> bool:
    """Forget a guardian's yes; False when there is none."""
    return bool(
        conn.run(
            "DELETE FROM loan_acceptance WHERE loan_id = :loan_id AND guardian_id = :guardian_id",
            loan_id=loan_id,
            guardian_id=guardian_id,
        )
    )


def acceptances(conn: Connection, loan_id: str) -> list[Acceptance]:
    """Return the yeses to a loan, the first one first."""
    rows = conn.all(
        "SELECT loan_acceptance.*, guardian.label FROM loan_acceptance"
        " JOIN guardian ON guardian.guardian_id = loan_acceptance.guardian_id"
        " WHERE loan_id = :loan_id ORDER BY noted_at, loan_acceptance.guardian_id",
        loan_id=loan_id,
    )
    return [
        Acceptance(
            guardian_id=row["guardian_id"],
            label=row["label"],
            way=Way(row["way"]),
            insured=bool(row["insured"]),
            accepted_on=date.fromisoformat(row["accepted_on"]),
            terms_digest=row["terms_digest"],
        )
        for row in rows
    ]


def add_photo(conn: Connection, loan_id: str, moment: Moment, photo: str, now: int) -> None:
    """Note a photo of a loan's tablet."""
    conn.run(
        "INSERT INTO loan_photo (loan_id, moment, photo, taken_at) VALUES (:loan_id, :moment, :photo, :now)"
        " ON CONFLICT (loan_id, moment, photo) DO NOTHING",
        loan_id=loan_id,
        moment=moment.value,
        photo=photo,
        now=now,
    )


def photos_of_pupil(conn: Connection, pupil_id: str) -> tuple[str, ...]:
    """Return the photos of all loans of a pupil, each once."""
    rows = conn.all(
        "SELECT DISTINCT loan_photo.photo FROM loan_photo JOIN loan ON loan.loan_id = loan_photo.loan_id"
        " WHERE loan.pupil_id = :pupil_id ORDER BY loan_photo.photo",
        pupil_id=pupil_id,
    )
    return tuple(row["photo"] for row in rows)


def photos_of(conn: Connection, loan_id: str) -> dict[Moment, tuple[str, ...]]:
    """Return the hashes of a loan's photos by moment."""
    rows = conn.all(
        "SELECT moment, photo FROM loan_photo WHERE loan_id = :loan_id ORDER BY taken_at, photo", loan_id=loan_id
    )
    return {
        moment: tuple(row["photo"] for row in rows if row["moment"] == moment.value)
        for moment in Moment
        if any(row["moment"] == moment.value for row in rows)
    }


def known_photos(conn: Connection, hashes: Collection[str]) -> set[str]:
    """Return those of some photos that a loan names: the photo store keeps them."""
    rows = conn.many_returning("SELECT photo FROM loan_photo WHERE photo = :photo", [{"photo": one} for one in hashes])
    return {row["photo"] for row in rows if row is not None}


def local_day(conn: Connection, uai: str, now: datetime) -> date:
    """Return the day that it is at a school."""
    zone = ZoneInfo(place_of(require_school(conn, uai).insee).time_zone)
    return now.astimezone(zone).date()


def loan_of_row(row: Row) -> Loan:
    """Return a loan from a row that has its columns."""
    return Loan(
        loan_id=row["loan_id"],
        tablet_id=row["tablet_id"],
        kit_id=row["kit_id"],
        slot_number=row["slot_number"],
        uai=row["uai"],
        pupil_id=row["pupil_id"],
        state=LoanState(row["state"]),
        terms_digest=row["terms_digest"],
        due_on=date.fromisoformat(row["due_on"]),
        parts=msgspec.json.decode(row["parts"], type=tuple[Part, ...]),
        prepared_at=row["prepared_at"],
        handed_at=row["handed_at"],
        handed=_condition(row["handed"]),
        closed_at=row["closed_at"],
        returned=_condition(row["returned"]),
    )


def _condition(text: str | None) -> Condition | None:
    return None if text is None else msgspec.json.decode(text, type=Condition)
