"""SQL of invitations."""

import msgspec

from mdm.store import Connection, Row
from webui.roles import Role
from webui.scopes import Extent, Grant, Scope


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """A code that is used once. ``account_id``: the account that it leads back into; it gives no role then.

    ``way``: ``mail`` or ``paper``. ``label``: words by which the inviting person recognises it.
    """

    invitation_id: str
    grant: Grant
    way: str
    label: str
    made_at: int
    made_by: str
    expires_at: int
    account_id: str | None = None
    used_at: int | None = None
    withdrawn_at: int | None = None

    def state(self, now: int) -> str:
        """Return ``open``, ``used``, ``withdrawn`` or ``expired``."""
        if self.used_at is not None:
            return "used"
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "open" if now < self.expires_at else "expired"


def insert_invitation(conn: Connection, one: Invitation, digest: str, *, email_digest: str | None) -> None:
    """Add an invitation."""
    conn.run(
        "INSERT INTO invitation (invitation_id, code_digest, role, extent, place_id, account_id, way, label,"
        " email_digest, made_at, made_by, expires_at) VALUES (:invitation_id, :digest, :role, :extent, :place_id,"
        " :account_id, :way, :label, :email_digest, :made_at, :made_by, :expires_at)",
        invitation_id=one.invitation_id,
        digest=digest,
        role=one.grant.role.value,
        extent=one.grant.scope.extent.value,
        place_id=one.grant.scope.place_id,
        account_id=one.account_id,
        way=one.way,
        label=one.label,
        email_digest=email_digest,
        made_at=one.made_at,
        made_by=one.made_by,
        expires_at=one.expires_at,
    )


def invitation_by_digest(conn: Connection, digest: str) -> Invitation | None:
    """Return the invitation with this code."""
    return _one(conn.one("SELECT * FROM invitation WHERE code_digest = :digest", digest=digest))


def invitation_by_id(conn: Connection, invitation_id: str) -> Invitation | None:
    """Return an invitation."""
    return _one(conn.one("SELECT * FROM invitation WHERE invitation_id = :id", id=invitation_id))


def invitation_for_address(conn: Connection, email_digest: str, *, now: int) -> Invitation | None:
    """Return the newest open invitation that was sent to an address, to somebody who has no account."""
    return _one(
        conn.one(
            "SELECT * FROM invitation WHERE email_digest = :digest AND used_at IS NULL AND withdrawn_at IS NULL"
            " AND expires_at > :now AND account_id IS NULL ORDER BY made_at DESC, invitation_id DESC LIMIT 1",
            digest=email_digest,
            now=now,
        )
    )


def mark_used(conn: Connection, invitation_id: str, actor: str, *, now: int) -> bool:
    """Use an invitation, and forget whom it was for; return False when it is not open. ``actor``: who came in by it."""
    return bool(
        conn.run(
            "UPDATE invitation SET used_at = :now, used_by = :actor, label = '', email_digest = NULL"
            " WHERE invitation_id = :id AND used_at IS NULL AND withdrawn_at IS NULL AND expires_at > :now",
            now=now,
            actor=actor,
            id=invitation_id,
        )
    )


def mark_withdrawn(conn: Connection, invitation_id: str, *, now: int) -> bool:
    """Withdraw an invitation; return False when it is not open."""
    return bool(
        conn.run(
            "UPDATE invitation SET withdrawn_at = :now, label = '', email_digest = NULL"
            " WHERE invitation_id = :id AND used_at IS NULL AND withdrawn_at IS NULL AND expires_at > :now",
            now=now,
            id=invitation_id,
        )
    )


def withdraw_returns(conn: Connection, account_id: str, *, now: int) -> list[str]:
    """Withdraw the open codes that lead back into an account; return which."""
    rows = conn.all(
        "UPDATE invitation SET withdrawn_at = :now, email_digest = NULL WHERE account_id = :account_id"
        " AND used_at IS NULL AND withdrawn_at IS NULL RETURNING invitation_id",
        now=now,
        account_id=account_id,
    )
    return [row["invitation_id"] for row in rows]


def renew_code(conn: Connection, invitation_id: str, digest: str, *, expires_at: int, email_digest: str | None) -> None:
    """Give an invitation another code, and more time."""
    conn.run(
        "UPDATE invitation SET code_digest = :digest, expires_at = :expires_at, email_digest = :email_digest"
        " WHERE invitation_id = :id",
        digest=digest,
        expires_at=expires_at,
        email_digest=email_digest,
        id=invitation_id,
    )


def list_invitations(
    conn: Connection, *, made_by: str | None, before: tuple[int, str] | None, limit: int
) -> list[Invitation]:
    """Return invitations, the newest first, from the one after ``before``; one person's where it is said whose."""
    at, invitation_id = before or (2**62, "")
    rows = conn.all(
        "SELECT * FROM invitation WHERE (:anybody = 1 OR made_by = :made_by)"
        " AND (made_at < :at OR (made_at = :at AND invitation_id < :id))"
        " ORDER BY made_at DESC, invitation_id DESC LIMIT :limit",
        anybody=1 if made_by is None else 0,
        made_by=made_by or "",
        at=at,
        id=invitation_id,
        limit=limit,
    )
    return [one for one in (_one(row) for row in rows) if one is not None]


def _one(row: Row | None) -> Invitation | None:
    if row is None:
        return None
    return Invitation(
        invitation_id=row["invitation_id"],
        grant=Grant(role=Role(row["role"]), scope=Scope(extent=Extent(row["extent"]), place_id=row["place_id"])),
        way=row["way"],
        label=row["label"],
        made_at=row["made_at"],
        made_by=row["made_by"],
        expires_at=row["expires_at"],
        account_id=row["account_id"],
        used_at=row["used_at"],
        withdrawn_at=row["withdrawn_at"],
    )
