"""SQL of the accounts' list: by login, filtered by a part of it and by a role."""

import msgspec

from mdm.store import Connection
from webui.account_store import grants_of
from webui.roles import Role
from webui.scopes import Grant


class AccountLine(msgspec.Struct, frozen=True, kw_only=True):
    """An account in the list. ``protected``: it has a passkey or one-time codes; ``has_password``: it has one."""

    account_id: str
    login: str
    grants: tuple[Grant, ...]
    disabled_at: int | None
    protected: bool
    has_password: bool


def list_account_lines(
    conn: Connection, *, words: str, role: Role | None, ended: bool, after: str, limit: int
) -> list[AccountLine]:
    """Return accounts by login from the one after ``after``, in whose login the words are found."""
    pattern = "%" + words.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
    rows = conn.all(
        "SELECT a.account_id, a.login, a.disabled_at, CASE WHEN EXISTS (SELECT 1 FROM totp_secret t"
        " WHERE t.account_id = a.account_id AND t.confirmed_at IS NOT NULL) OR EXISTS (SELECT 1 FROM member_passkey p"
        " WHERE p.login = a.login AND p.revoked_at IS NULL) THEN 1 ELSE 0 END AS protected,"
        " CASE WHEN a.password_hash = '' THEN 0 ELSE 1 END AS has_password"
        " FROM account a WHERE a.login > :after AND a.login LIKE :pattern ESCAPE '!'"
        " AND (:role = '' OR EXISTS (SELECT 1 FROM account_grant g WHERE g.account_id = a.account_id"
        " AND g.role = :role))"
        " AND (:ended = 1 OR a.disabled_at IS NULL) ORDER BY a.login LIMIT :limit",
        after=after,
        pattern=pattern,
        role=role.value if role else "",
        ended=1 if ended else 0,
        limit=limit,
    )
    return [
        AccountLine(
            account_id=row["account_id"],
            login=row["login"],
            grants=grants_of(conn, row["account_id"]),
            disabled_at=row["disabled_at"],
            protected=bool(row["protected"]),
            has_password=bool(row["has_password"]),
        )
        for row in rows
    ]
