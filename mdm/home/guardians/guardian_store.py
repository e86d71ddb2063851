"""Guardians, whose guardians they are, and their invitations, in the store.

Every function runs inside the caller's transaction.
"""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from mdm.home.guardians.errors import GuardianUnknown
from mdm.store import Connection, Row


class Guardian(msgspec.Struct, frozen=True, kw_only=True):
    """A guardian; ``label`` is such as ``Mme M.``, or empty; ``account_id`` is None until a code was used."""

    guardian_id: str
    label: str
    account_id: str | None
    linked_at: int | None


class InvitationState(StrEnum):
    """What became of a code."""

    NONE = "none"
    WAITING = "waiting"
    USED = "used"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """A code that was printed; the code itself is nowhere. Times in milliseconds."""

    invitation_id: str
    guardian_id: str
    created_at: int
    created_by: str
    expires_at: int
    used_at: int | None
    withdrawn_at: int | None

    def state(self, now: int) -> InvitationState:
        """Return what became of it by ``now``."""
        if self.used_at is not None:
            return InvitationState.USED
        if self.withdrawn_at is not None:
            return InvitationState.WITHDRAWN
        return InvitationState.EXPIRED if self.expires_at <= now else InvitationState.WAITING


def add_guardians(conn: Connection, rows: Sequence[Row]) -> None:
    """Store guardians without children. Rows: guardian_id, label, key_digest (or None), now."""
    conn.many(
        "INSERT INTO guardian (guardian_id, label, key_digest, created_at)"
        " VALUES (:guardian_id, :label, :key_digest, :now)",
        rows,
    )


def add_guardianships(conn: Connection, rows: Sequence[Row]) -> None:
    """Note whose guardian somebody is; what is noted stays. Rows: guardian_id, pupil_id, now."""
    conn.many(
        "INSERT INTO guardianship (guardian_id, pupil_id, since) VALUES (:guardian_id, :pupil_id, :now)"
        " ON CONFLICT (guardian_id, pupil_id) DO NOTHING",
        rows,
    )


def add_guardian_of(conn: Connection, guardian_id: str, pupil_id: str, *, label: str, now: int) -> None:
    """Store a guardian of a pupil, of whom no file tells."""
    row: Row = {"guardian_id": guardian_id, "pupil_id": pupil_id, "label": label, "key_digest": None, "now": now}
    add_guardians(conn, [row])
    add_guardianships(conn, [row])


def hold_guardian(conn: Connection, guardian_id: str) -> Guardian:
    """Return a guardian that no other transaction can change before this one ends; raise `GuardianUnknown`."""
    row = conn.one(
        "UPDATE guardian SET label = label WHERE guardian_id = :guardian_id RETURNING *", guardian_id=guardian_id
    )
    if row is None:
        raise GuardianUnknown
    return _guardian(row)


def require_guardian(conn: Connection, guardian_id: str) -> Guardian:
    """Return a guardian; raise `GuardianUnknown`."""
    row = conn.one("SELECT * FROM guardian WHERE guardian_id = :guardian_id", guardian_id=guardian_id)
    if row is None:
        raise GuardianUnknown
    return _guardian(row)


def guardian_of_account(conn: Connection, account_id: str) -> Guardian | None:
    """Return the guardian that an account is, or None."""
    row = conn.one("SELECT * FROM guardian WHERE account_id = :account_id", account_id=account_id)
    return _guardian(row) if row is not None else None


def guardians_of_pupil(conn: Connection, pupil_id: str) -> list[Guardian]:
    """Return a pupil's guardians in the order in which they became so."""
    rows = conn.all(
        "SELECT guardian.* FROM guardian JOIN guardianship ON guardianship.guardian_id = guardian.guardian_id"
        " WHERE guardianship.pupil_id = :pupil_id ORDER BY guardianship.since, guardian.label, guardian.guardian_id",
        pupil_id=pupil_id,
    )
    return [_guardian(row) for row in rows]


def pupils_of_guardian(conn: Connection, guardian_id: str) -> list[str]:
    """Return the pupils for whom a guardian answers."""
    rows = conn.all(
        "SELECT pupil_id FROM guardianship WHERE guardian_id = :guardian_id ORDER BY since, pupil_id",
        guardian_id=guardian_id,
    )
    return [row["pupil_id"] for row in rows]


def is_guardian_of(conn: Connection, guardian_id: str, pupil_id: str) -> bool:
    """Tell whether a guardian answers for a pupil."""
    row = conn.one(
        "SELECT 1 AS one FROM guardianship WHERE guardian_id = :guardian_id AND pupil_id = :pupil_id",
        guardian_id=guardian_id,
        pupil_id=pupil_id,
    )
    return row is not None


def guardians_by_key(conn: Connection, places: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return who has a key among a pupil's guardians, for each key and pupil of which somebody has."""
    rows = conn.many_returning(
        "SELECT guardian.guardian_id FROM guardianship"
        " JOIN guardian ON guardian.guardian_id = guardianship.guardian_id"
        " WHERE guardianship.pupil_id = :pupil_id AND guardian.key_digest = :key_digest",
        [{"key_digest": key_digest, "pupil_id": pupil_id} for key_digest, pupil_id in places],
    )
    return {place: row["guardian_id"] for place, row in zip(places, rows, strict=True) if row is not None}


def save_labels(conn: Connection, rows: Sequence[Row]) -> None:
    """Keep what guardians are called. Rows: guardian_id, label."""
    conn.many(
        "UPDATE guardian SET label = :label WHERE guardian_id = :guardian_id AND label <> :label",
        [{"guardian_id": row["guardian_id"], "label": row["label"]} for row in rows],
    )


def link_account(conn: Connection, guardian_id: str, account_id: str | None, now: int) -> None:
    """Note which account a guardian is; None undoes the link."""
    conn.run(
        "UPDATE guardian SET account_id = :account_id, linked_at = :linked_at WHERE guardian_id = :guardian_id",
        guardian_id=guardian_id,
        account_id=account_id,
        linked_at=now if account_id is not None else None,
    )


def merge_guardian(conn: Connection, guardian_id: str, into: str) -> None:
    """Let one guardian be another from now on: children, training, yeses; its codes were used up."""
    conn.run(_MERGE_CHILDREN, it=guardian_id, into=into)
    conn.run(_MERGE_PROGRESS, it=guardian_id, into=into)
    conn.run(_MERGE_YESES, it=guardian_id, into=into)
    conn.run(_MERGE_TRAINING, it=guardian_id, into=into)
    conn.run("UPDATE guardian_invitation SET guardian_id = :into WHERE guardian_id = :it", it=guardian_id, into=into)
    erase_guardian(conn, guardian_id)


def end_guardianship(conn: Connection, guardian_id: str, pupil_id: str) -> bool:
    """Note that somebody is no guardian of a pupil any more; False when that was so already."""
    return bool(
        conn.run(
            "DELETE FROM guardianship WHERE guardian_id = :guardian_id AND pupil_id = :pupil_id",
            guardian_id=guardian_id,
            pupil_id=pupil_id,
        )
    )


def add_invitation(conn: Connection, invitation: Invitation, digest: str) -> None:
    """Store an invitation with its code's digest."""
    conn.run(
        "INSERT INTO guardian_invitation"
        " (invitation_id, guardian_id, code_digest, created_at, created_by, expires_at)"
        " VALUES (:invitation_id, :guardian_id, :digest, :created_at, :created_by, :expires_at)",
        invitation_id=invitation.invitation_id,
        guardian_id=invitation.guardian_id,
        digest=digest,
        created_at=invitation.created_at,
        created_by=invitation.created_by,
        expires_at=invitation.expires_at,
    )


def invitation_of_digest(conn: Connection, digest: str) -> Invitation | None:
    """Return the invitation of a code in whatever state, or None."""
    row = conn.one("SELECT * FROM guardian_invitation WHERE code_digest = :digest", digest=digest)
    return _invitation(row) if row is not None else None


def hold_invitation(conn: Connection, digest: str) -> Invitation | None:
    """Return the invitation of a code, which no other transaction can use before this one ends; or None."""
    row = conn.one(
        "UPDATE guardian_invitation SET used_at = used_at WHERE code_digest = :digest RETURNING *", digest=digest
    )
    return _invitation(row) if row is not None else None


def last_invitation(conn: Connection, guardian_id: str) -> Invitation | None:
    """Return a guardian's newest invitation, or None."""
    row = conn.one(
        "SELECT * FROM guardian_invitation WHERE guardian_id = :guardian_id"
        " ORDER BY created_at DESC, CASE WHEN withdrawn_at IS NULL THEN 0 ELSE 1 END, invitation_id DESC LIMIT 1",
        guardian_id=guardian_id,
    )
    return _invitation(row) if row is not None else None


def use_invitation(conn: Connection, invitation_id: str, now: int) -> None:
    """Note that a code was used."""
    conn.run(
        "UPDATE guardian_invitation SET used_at = :now WHERE invitation_id = :it AND used_at IS NULL",
        it=invitation_id,
        now=now,
    )


def withdraw_invitations(conn: Connection, guardian_id: str, now: int) -> int:
    """Withdraw a guardian's codes that nobody used; return how many."""
    return conn.run(
        "UPDATE guardian_invitation SET withdrawn_at = :now"
        " WHERE guardian_id = :guardian_id AND used_at IS NULL AND withdrawn_at IS NULL",
        guardian_id=guardian_id,
        now=now,
    )


def erase_guardian(conn: Connection, guardian_id: str) -> None:
    """Erase a guardian with all that is left of codes, training and yeses."""
    conn.run("DELETE FROM guardian_invitation WHERE guardian_id = :it", it=guardian_id)
    conn.run("DELETE FROM training_progress WHERE guardian_id = :it", it=guardian_id)
    conn.run("DELETE FROM training_completion WHERE guardian_id = :it", it=guardian_id)
    conn.run("DELETE FROM loan_acceptance WHERE guardian_id = :it", it=guardian_id)
    conn.run("DELETE FROM guardianship WHERE guardian_id = :it", it=guardian_id)
    conn.run("DELETE FROM guardian WHERE guardian_id = :it", it=guardian_id)


def _guardian(row: Row) -> Guardian:
    return Guardian(
        guardian_id=row["guardian_id"],
        label=row["label"],
        account_id=row["account_id"],
        linked_at=row["linked_at"],
    )


def _invitation(row: Row) -> Invitation:
    return Invitation(
        invitation_id=row["invitation_id"],
        guardian_id=row["guardian_id"],
        created_at=row["created_at"],
        created_by=row["created_by"],
        expires_at=row["expires_at"],
        used_at=row["used_at"],
        withdrawn_at=row["withdrawn_at"],
    )


_MERGE_CHILDREN = """
UPDATE guardianship SET guardian_id = :into WHERE guardian_id = :it AND NOT EXISTS
    (SELECT 1 FROM guardianship same WHERE same.guardian_id = :into AND same.pupil_id = guardianship.pupil_id)
"""
_MERGE_PROGRESS = """
UPDATE training_progress SET guardian_id = :into WHERE guardian_id = :it AND NOT EXISTS
    (SELECT 1 FROM training_progress same WHERE same.guardian_id = :into AND same.module = training_progress.module)
"""
_MERGE_YESES = """
UPDATE loan_acceptance SET guardian_id = :into WHERE guardian_id = :it AND NOT EXISTS
    (SELECT 1 FROM loan_acceptance same WHERE same.guardian_id = :into AND same.loan_id = loan_acceptance.loan_id)
"""
_MERGE_TRAINING = """
UPDATE training_completion SET guardian_id = :into WHERE guardian_id = :it AND NOT EXISTS
    (SELECT 1 FROM training_completion same WHERE same.guardian_id = :into)
"""
