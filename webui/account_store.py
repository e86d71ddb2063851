"""Accounts and their grants, as the database keeps them."""

import msgspec

from mdm.store import Connection, Row
from webui.permissions import Person
from webui.roles import Role
from webui.scopes import Extent, Grant, Scope


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may sign in; ``password_hash`` in argon2's own text form, empty without a password.

    ``disabled_at`` is when the account ended, in milliseconds; ``revision`` grows with each change, and
    ``device_epoch`` when its devices become unknown.
    """

    account_id: str
    login: str
    password_hash: str
    grants: tuple[Grant, ...]
    created_at: int
    disabled_at: int | None = None
    revision: int = 1
    device_epoch: int = 1

    @property
    def person(self) -> Person:
        """Who this is, once that was proved."""
        return person_of(self.account_id, self.login, self.grants)


def insert_account(conn: Connection, account: Account) -> bool:
    """Add an account; return False when its login is taken."""
    added = conn.run(
        "INSERT INTO account (account_id, login, password_hash, created_at)"
        " VALUES (:account_id, :login, :password_hash, :created_at) ON CONFLICT (login) DO NOTHING",
        account_id=account.account_id,
        login=account.login,
        password_hash=account.password_hash,
        created_at=account.created_at,
    )
    if added:
        _insert_grants(conn, account)
    return added == 1


def account_by_login(conn: Connection, login: str) -> Account | None:
    """Return the account with this login, also one that ended."""
    row = conn.one("SELECT * FROM account WHERE login = :login", login=login)
    return _account(conn, row) if row else None


def account_by_id(conn: Connection, account_id: str) -> Account | None:
    """Return an account, also one that ended."""
    row = conn.one("SELECT * FROM account WHERE account_id = :account_id", account_id=account_id)
    return _account(conn, row) if row else None


def hold_account(conn: Connection, login: str) -> Account | None:
    """Return the account with this login, which no other transaction changes before this one ends."""
    # Written to itself: on PostgreSQL this takes the row's lock, on SQLite the transaction has the only one.
    row = conn.one("UPDATE account SET login = login WHERE login = :login RETURNING *", login=login)
    return _account(conn, row) if row else None


def list_accounts(conn: Connection, *, after: str = "", limit: int) -> list[Account]:
    """Return accounts by login, from the one after ``after``."""
    rows = conn.all("SELECT * FROM account WHERE login > :after ORDER BY login LIMIT :limit", after=after, limit=limit)
    return [_account(conn, row) for row in rows]


def login_is_free(conn: Connection, login: str) -> bool:
    """Tell whether no account has this login, and nobody had it before; see `login_was_used`."""
    taken = conn.one("SELECT 1 AS taken FROM account WHERE login = :login", login=login)
    return taken is None and not login_was_used(conn, login)


def login_was_used(conn: Connection, login: str) -> bool:
    """Tell whether a passkey, or a seat of today or of former days, is known by this login.

    Both are given to those alone who have an account: without one, their person was here before.
    """
    row = conn.one(
        "SELECT 1 AS found WHERE EXISTS (SELECT 1 FROM member_passkey WHERE login = :login)"
        " OR EXISTS (SELECT 1 FROM seat_holding WHERE holder = :login)"
        " OR EXISTS (SELECT 1 FROM seat_holding WHERE deputy = :login)",
        login=login,
    )
    return row is not None


def hold_active_accounts(conn: Connection, role: Role) -> list[str]:
    """Return the logins with a role that may sign in; none of them changes before this transaction ends."""
    rows = conn.all(
        "UPDATE account SET login = login WHERE disabled_at IS NULL"
        " AND account_id IN (SELECT account_id FROM account_grant WHERE role = :role) RETURNING login",
        role=role.value,
    )
    return [row["login"] for row in rows]


def save_account(conn: Connection, account: Account) -> None:
    """Store an account's grants, end and revision."""
    conn.run("DELETE FROM account_grant WHERE account_id = :account_id", account_id=account.account_id)
    _insert_grants(conn, account)
    conn.run(
        "UPDATE account SET disabled_at = :disabled_at, revision = :revision WHERE account_id = :account_id",
        disabled_at=account.disabled_at,
        revision=account.revision,
        account_id=account.account_id,
    )


def replace_password_hash(conn: Connection, account_id: str, password_hash: str) -> None:
    """Keep another hash: of the same password under today's parameters, or of another password."""
    conn.run(
        "UPDATE account SET password_hash = :password_hash WHERE account_id = :account_id",
        account_id=account_id,
        password_hash=password_hash,
    )


def forget_devices(conn: Connection, account_id: str) -> None:
    """Make the devices that an account was used on unknown to it."""
    conn.run("UPDATE account SET device_epoch = device_epoch + 1 WHERE account_id = :account_id", account_id=account_id)


def grants_of(conn: Connection, account_id: str) -> tuple[Grant, ...]:
    """Return an account's grants, in their order."""
    rows = conn.all(
        "SELECT role, extent, place_id FROM account_grant WHERE account_id = :account_id", account_id=account_id
    )
    found = [
        Grant(role=Role(row["role"]), scope=Scope(extent=Extent(row["extent"]), place_id=row["place_id"]))
        for row in rows
    ]
    return tuple(sorted(found))


def _insert_grants(conn: Connection, account: Account) -> None:
    for grant in account.grants:
        conn.run(
            "INSERT INTO account_grant (account_id, role, extent, place_id)"
            " VALUES (:account_id, :role, :extent, :place_id) ON CONFLICT DO NOTHING",
            account_id=account.account_id,
            role=grant.role.value,
            extent=grant.scope.extent.value,
            place_id=grant.scope.place_id,
        )


def person_of(account_id: str, login: str, grants: tuple[Grant, ...]) -> Person:
    """Return who an account stands for."""
    return Person(actor=f"account:{login}", grants=grants, login=login, account_id=account_id)


def _account(conn: Connection, row: Row) -> Account:
    return Account(
        account_id=row["account_id"],
        login=row["login"],
        password_hash=row["password_hash"],
        grants=grants_of(conn, row["account_id"]),
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
        revision=row["revision"],
        device_epoch=row["device_epoch"],
    )
