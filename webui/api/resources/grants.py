"""Grants as the API writes them: a role, and where it holds."""

from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

from webui.roles import Role
from webui.scopes import SCOPE_PATTERN, Grant, parse_scope

ScopeText = Annotated[str, Meta(pattern=SCOPE_PATTERN)]
"""`territory`, or an extent and an identifier, such as `school:0400377T`."""


class GrantItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A role, and where it holds: `territory`, `commune:40018`, `school:0400377T`, `class:…`, `kit:…`, `seat:…`."""

    role: Role
    at: ScopeText


def grant_items(grants: Iterable[Grant]) -> tuple[GrantItem, ...]:
    """Return grants as they are written."""
    return tuple(GrantItem(role=grant.role, at=str(grant.scope)) for grant in grants)


def grants_in(items: Iterable[GrantItem]) -> tuple[Grant, ...]:
    """Return the grants that were written."""
    return tuple(Grant(role=item.role, scope=parse_scope(item.at)) for item in items)
