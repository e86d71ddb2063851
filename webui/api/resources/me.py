"""Who asks, and what they may do."""

from typing import Literal, cast

import msgspec

from webui.api.operation import Call, Operation, operation
from webui.api.resources.grants import GrantItem, grant_items
from webui.api.results import Nothing
from webui.permissions import Action, actions_of


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks. `login` is null for a token. `csrf_token` goes into `X-CSRF-Token`; null where none is needed."""

    actor: str
    login: str | None
    grants: tuple[GrantItem, ...]
    actions: tuple[Action, ...]
    language: Literal["fr", "en"]
    csrf_token: str | None


async def _show(call: Call[Nothing, Nothing, Nothing]) -> Me:
    person = call.person
    return Me(
        actor=person.actor,
        login=person.login,
        grants=grant_items(person.grants),
        actions=tuple(actions_of(person)),
        language=cast(Literal["fr", "en"], call.translate.lang),
        csrf_token=call.csrf,
    )


def operations() -> list[Operation]:
    """Return the operations."""
    return [operation("GET", "/me", _show, name="show_me", summary="Who asks, and what they may do.", needs=None)]
