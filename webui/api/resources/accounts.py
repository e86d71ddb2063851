"""The accounts: who may sign in, and with which role."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mdm.clock import from_ms
from mdm.store import Connection
from webui.account_store import Account
from webui.accounts import LOGIN_PATTERN, Accounts
from webui.api.operation import Call, Creates, Operation, operation
from webui.api.paging import Page, PageQuery, after, page_of
from webui.api.resources.grants import GrantItem, grant_items, grants_in
from webui.api.results import Created, Nothing, Versioned
from webui.errors import AccountUnknown, LastAdministrator, LoginTaken, LoginUsedBefore
from webui.passwords import MAXIMUM_LENGTH, MINIMUM_LENGTH
from webui.permissions import Action

Login = Annotated[str, Meta(pattern=LOGIN_PATTERN)]


class AccountItem(msgspec.Struct, frozen=True, kw_only=True):
    """An account. `disabled_at` is when it ended, null while it may sign in."""

    login: str
    grants: tuple[GrantItem, ...]
    created_at: datetime
    disabled_at: datetime | None


class NewAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account to create."""

    login: Login
    grants: Annotated[tuple[GrantItem, ...], Meta(min_length=1, max_length=50)]
    password: Annotated[str, Meta(min_length=MINIMUM_LENGTH, max_length=MAXIMUM_LENGTH)]


class AccountChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes of an account; what is left out stays."""

    grants: Annotated[tuple[GrantItem, ...], Meta(min_length=1, max_length=50)] | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET


class AccountPath(msgspec.Struct, frozen=True, kw_only=True):
    """Names an account."""

    login: Login


class AccountOperations:
    """Reads and changes accounts."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [
            operation(
                "GET",
                "/accounts",
                self.list_accounts,
                name="list_accounts",
                summary="The accounts by login.",
                needs=Action.READ_ACCOUNTS,
            ),
            operation(
                "POST",
                "/accounts",
                self.create,
                name="create_account",
                summary="Create an account.",
                needs=Action.MANAGE_ACCOUNTS,
                creates=Creates.AT_ONCE,
                errors=(LoginTaken, LoginUsedBefore),
            ),
            operation(
                "GET",
                "/accounts/{login}",
                self.show,
                name="show_account",
                summary="An account.",
                needs=Action.READ_ACCOUNTS,
                errors=(AccountUnknown,),
            ),
            operation(
                "PATCH",
                "/accounts/{login}",
                self.change,
                name="change_account",
                summary="Change an account's grants, end it or reopen it.",
                needs=Action.MANAGE_ACCOUNTS,
                edits=True,
                errors=(AccountUnknown, LastAdministrator),
            ),
        ]

    async def list_accounts(self, call: Call[Nothing, PageQuery, Nothing]) -> Page[AccountItem]:
        """Return accounts by login."""
        (login,) = after(call.query, tuple[str]) or ("",)
        rows = await self._accounts.listed(after=login, limit=call.query.limit + 1)
        return page_of(call.query, rows, _item, lambda row: (row.login,))

    async def create(self, call: Call[Nothing, Nothing, NewAccount]) -> Created[AccountItem]:
        """Make an account."""
        body = call.body
        prepared = await self._accounts.prepare(body.login, body.password, *grants_in(body.grants))

        def add(conn: Connection) -> Created[AccountItem]:
            account = self._accounts.add(conn, prepared, actor=call.person.actor)
            return Created(
                value=_item(account), location=f"/api/v1/accounts/{account.login}", revision=account.revision
            )

        return await call.once(add)

    async def show(self, call: Call[AccountPath, Nothing, Nothing]) -> Versioned[AccountItem]:
        """Return an account."""
        account = await self._accounts.find(call.path.login)
        return Versioned(value=_item(account), revision=account.revision)

    async def change(self, call: Call[AccountPath, Nothing, AccountChange]) -> Versioned[AccountItem]:
        """Change an account that nobody changed since it was read."""
        body = call.body
        account = await self._accounts.change(
            call.path.login,
            grants=grants_in(body.grants) if isinstance(body.grants, tuple) else None,
            disabled=body.disabled if isinstance(body.disabled, bool) else None,
            actor=call.person.actor,
            check=call.expected.check,
        )
        return Versioned(value=_item(account), revision=account.revision)


def _item(account: Account) -> AccountItem:
    return AccountItem(
        login=account.login,
        grants=grant_items(account.grants),
        created_at=from_ms(account.created_at),
        disabled_at=from_ms(account.disabled_at) if account.disabled_at is not None else None,
    )
