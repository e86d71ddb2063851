"""Who asks, what they may do, and the proof that it is still the same person."""

from typing import Annotated, Literal, cast

import msgspec
from msgspec import Meta

from mdm.i18n import N_
from webui.api.errors import BodyWrong, Wrong
from webui.api.operation import Call, Operation, operation
from webui.api.resources.grants import GrantItem, grant_items
from webui.api.results import Nothing
from webui.doors.entrance import Entrance
from webui.doors.errors import CodeRefused
from webui.errors import SignInRefused
from webui.passwords import MAXIMUM_LENGTH
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
        csrf_token=call.session.csrf if call.session else None,
    )


class Confirmation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A one-time code or a recovery code, or one's password: one of them."""

    password: Annotated[str, Meta(max_length=MAXIMUM_LENGTH)] = ""
    code: Annotated[str, Meta(max_length=200)] = ""


class MeOperations:
    """Says who asks, and lets whoever is signed in confirm it."""

    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [
            operation("GET", "/me", _show, name="show_me", summary="Who asks, and what they may do.", needs=None),
            operation(
                "POST",
                "/me/confirmation",
                self.confirm,
                name="confirm_me",
                summary="Confirm who one is, to change how one signs in; good for half an hour.",
                needs=None,
                errors=(CodeRefused, SignInRefused),
            ),
        ]

    async def confirm(self, call: Call[Nothing, Nothing, Confirmation]) -> None:
        """Take the code or the password of whoever is signed in; a passkey is taken by the page `/sign-in/confirm`."""
        said = call.body
        if bool(said.password) is bool(said.code):
            raise BodyWrong(Wrong(place="", reason=N_("Send a password or a code, and not both."), params={}))
        await self._entrance.confirm(call.own_session, password=said.password, code=said.code)
