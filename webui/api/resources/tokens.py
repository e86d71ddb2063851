"""The tokens with which programs ask."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.clock import from_ms
from mdm.fleet.errors import NameEmpty, NameTooLong, NameUnprintable
from mdm.store import Connection
from webui.api.errors import TokenUnknown
from webui.api.operation import Call, Creates, Operation, operation
from webui.api.paging import Page, PageQuery, after, page_of
from webui.api.resources.grants import ScopeText
from webui.api.resources.places import Id
from webui.api.results import Created, Nothing
from webui.api.token_store import ApiToken
from webui.api.tokens import LONGEST_DAYS, Tokens
from webui.permissions import Action
from webui.roles import Role
from webui.scopes import parse_scope


class TokenItem(msgspec.Struct, frozen=True, kw_only=True):
    """A token, without its secret. `revoked_at` is null while it was not ended."""

    token_id: str
    name: str
    role: Role
    at: str
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None


class TokenCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A new token. `secret` is told this once: when the request is repeated it is null."""

    token: TokenItem
    secret: str | None


class TokenWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token to create: `name` says what it is for, `days` how long it holds."""

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    role: Role
    at: ScopeText = "territory"
    days: Annotated[int, Meta(ge=1, le=LONGEST_DAYS)] = 90


class TokenPath(msgspec.Struct, frozen=True, kw_only=True):
    """Names a token."""

    token_id: Id


class TokenOperations:
    """Reads, makes and revokes tokens."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [
            operation(
                "GET",
                "/tokens",
                self.list_tokens,
                name="list_tokens",
                summary="The tokens, the newest first.",
                needs=Action.READ_TOKENS,
            ),
            operation(
                "POST",
                "/tokens",
                self.create,
                name="create_token",
                summary="Create a token.",
                needs=Action.MANAGE_TOKENS,
                creates=Creates.AT_ONCE,
                errors=(NameEmpty, NameTooLong, NameUnprintable),
            ),
            operation(
                "GET",
                "/tokens/{token_id}",
                self.show,
                name="show_token",
                summary="A token.",
                needs=Action.READ_TOKENS,
                errors=(TokenUnknown,),
            ),
            operation(
                "DELETE",
                "/tokens/{token_id}",
                self.revoke,
                name="revoke_token",
                summary="End a token.",
                needs=Action.MANAGE_TOKENS,
                errors=(TokenUnknown,),
            ),
        ]

    async def list_tokens(self, call: Call[Nothing, PageQuery, Nothing]) -> Page[TokenItem]:
        """Return tokens, the newest first."""
        (before,) = after(call.query, tuple[str]) or ("",)
        rows = await self._tokens.listed(before=before, limit=call.query.limit + 1)
        return page_of(call.query, rows, _item, lambda row: (row.token_id,))

    async def create(self, call: Call[Nothing, Nothing, TokenWanted]) -> Created[TokenCreated]:
        """Make a token."""
        body = call.body
        scope, actor = parse_scope(body.at), call.person.actor
        new = self._tokens.prepare(body.name, body.role, scope=scope, days=body.days, actor=actor)
        item = _item(new.token)

        def add(conn: Connection) -> Created[TokenCreated]:
            self._tokens.add(conn, new)
            return Created(
                value=TokenCreated(token=item, secret=new.secret),
                location=f"/api/v1/tokens/{item.token_id}",
                kept=TokenCreated(token=item, secret=None),
            )

        return await call.once(add)

    async def show(self, call: Call[TokenPath, Nothing, Nothing]) -> TokenItem:
        """Return a token."""
        return _item(await self._tokens.find(call.path.token_id))

    async def revoke(self, call: Call[TokenPath, Nothing, Nothing]) -> None:
        """End a token."""
        await self._tokens.revoke(call.path.token_id, actor=call.person.actor)


def _item(token: ApiToken) -> TokenItem:
    return TokenItem(
        token_id=token.token_id,
        name=token.name,
        role=token.grant.role,
        at=str(token.grant.scope),
        created_at=from_ms(token.created_at),
        created_by=token.created_by,
        expires_at=from_ms(token.expires_at),
        revoked_at=from_ms(token.revoked_at) if token.revoked_at is not None else None,
    )
