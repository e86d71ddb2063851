"""Families as a class's list shows them: each pupil with guardians, their codes, their training, and the loan.

Every function runs inside the caller's transaction.
"""

import msgspec

from mdm.home.guardians.guardian_store import InvitationState
from mdm.home.loans.states import LoanState
from mdm.store import Connection, Row


class GuardianLine(msgspec.Struct, frozen=True, kw_only=True):
    """A guardian in a class's list; ``trained_on``: ISO 8601, empty while the training is not done."""

    guardian_id: str
    label: str
    linked: bool
    code: InvitationState
    trained_on: str


class PupilLine(msgspec.Struct, frozen=True, kw_only=True):
    """A pupil in a class's list, with the loan that is not over; ``loan_uai``: the school that lends."""

    pupil_id: str
    shown_name: str
    level: str
    other_schools: int
    guardians: tuple[GuardianLine, ...]
    loan_id: str
    loan_uai: str
    loan_state: LoanState | None

    @property
    def trained(self) -> bool:
        """Tell whether a guardian has done the training."""
        return any(one.trained_on for one in self.guardians)


class FreeTablet(msgspec.Struct, frozen=True, kw_only=True):
    """A tablet of a school that could be lent."""

    tablet_id: str
    name: str
    kit_id: str
    kit_name: str
    class_id: str | None
    slot_number: int
    state: str


def families_of_class(conn: Connection, uai: str, class_id: str | None, *, now: int) -> list[PupilLine]:
    """Return a class's pupils by name; ``class_id`` None: those without a class."""
    rows = conn.all(_FAMILIES, uai=uai, class_id=class_id or "")
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["pupil_id"], []).append(row)
    return [_pupil(lines, now) for lines in found.values()]


def free_tablets(conn: Connection, uai: str) -> list[FreeTablet]:
    """Return a school's tablets that have no loan and can get one, by kit and place."""
    rows = conn.all(
        "SELECT tablet.tablet_id, tablet.name, tablet.state, kit.kit_id, kit.name AS kit_name, kit.class_id,"
        " slot.number AS slot_number FROM kit JOIN slot ON slot.kit_id = kit.kit_id"
        " JOIN tablet ON tablet.tablet_id = slot.tablet_id WHERE kit.uai = :uai AND tablet.state IN"
        " ('ready', 'enrolled') AND NOT EXISTS (SELECT 1 FROM loan WHERE loan.tablet_id = tablet.tablet_id"
        " AND loan.state IN ('prepared', 'accepted', 'handed_over', 'lost')) ORDER BY kit.name, slot.number",
        uai=uai,
    )
    return [FreeTablet(**row) for row in rows]


def _pupil(rows: list[Row], now: int) -> PupilLine:
    first = rows[0]
    return PupilLine(
        pupil_id=first["pupil_id"],
        shown_name=f"{first['first_name']} {first['last_name']}".rstrip(),
        level=first["level"],
        other_schools=first["schools"] - 1,
        guardians=tuple(_guardian(row, now) for row in rows if row["guardian_id"] is not None),
        loan_id=first["loan_id"] or "",
        loan_uai=first["loan_uai"] or "",
        loan_state=LoanState(first["loan_state"]) if first["loan_state"] else None,
    )


def _guardian(row: Row, now: int) -> GuardianLine:
    if row["expires_at"] is None:
        state = InvitationState.NONE
    elif row["used_at"] is not None:
        state = InvitationState.USED
    elif row["withdrawn_at"] is not None:
        state = InvitationState.WITHDRAWN
    else:
        state = InvitationState.EXPIRED if row["expires_at"] <= now else InvitationState.WAITING
    return GuardianLine(
        guardian_id=row["guardian_id"],
        label=row["label"],
        linked=row["account_id"] is not None,
        code=state,
        trained_on=row["done_on"] or "",
    )


_FAMILIES = """
SELECT pupil.pupil_id, pupil.first_name, pupil.last_name, inscription.level,
    (SELECT COUNT(*) FROM inscription other WHERE other.pupil_id = pupil.pupil_id) AS schools,
    loan.loan_id, loan.uai AS loan_uai, loan.state AS loan_state,
    guardian.guardian_id, guardian.label, guardian.account_id, training_completion.done_on,
    code.expires_at, code.used_at, code.withdrawn_at
FROM inscription
JOIN pupil ON pupil.pupil_id = inscription.pupil_id
LEFT JOIN loan ON loan.pupil_id = pupil.pupil_id AND loan.state IN ('prepared', 'accepted', 'handed_over', 'lost')
LEFT JOIN guardianship ON guardianship.pupil_id = pupil.pupil_id
LEFT JOIN guardian ON guardian.guardian_id = guardianship.guardian_id
LEFT JOIN training_completion ON training_completion.guardian_id = guardian.guardian_id
LEFT JOIN guardian_invitation code ON code.invitation_id = (
    SELECT last.invitation_id FROM guardian_invitation last WHERE last.guardian_id = guardian.guardian_id
    ORDER BY last.created_at DESC, CASE WHEN last.withdrawn_at IS NULL THEN 0 ELSE 1 END, last.invitation_id DESC
    LIMIT 1)
WHERE inscription.uai = :uai AND COALESCE(inscription.class_id, '') = :class_id
ORDER BY pupil.first_name, pupil.last_name, pupil.pupil_id, guardianship.since, guardian.guardian_id
"""
