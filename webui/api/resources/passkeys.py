"""One's own passkeys, with which one signs ballots."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from mdm.clock import from_ms
from profiles.charter.passkey_store import MemberPasskey
from profiles.charter.passkeys import Passkeys
from profiles.charter.vote_errors import PasskeyRefused, PasskeyUnknown
from webui.api.operation import Call, Operation, operation
from webui.api.results import Nothing
from webui.permissions import Action

Credential = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,1400}$")]


class PasskeyItem(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey in use."""

    credential_id: str
    label: str
    created_at: datetime


class PasskeyAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the browser's `navigator.credentials.create` returned, as its `toJSON` gives it."""

    answer: dict[str, Any]
    label: Annotated[str, Meta(max_length=60)] = ""


class PasskeyPath(msgspec.Struct, frozen=True, kw_only=True):
    """Names a passkey."""

    credential_id: Credential


class PasskeyOperations:
    """Registers, lists and revokes one's own passkeys."""

    def __init__(self, passkeys: Passkeys) -> None:
        self._passkeys = passkeys

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [
            operation(
                "GET",
                "/me/passkeys",
                self.list_own,
                name="list_passkeys",
                summary="One's own passkeys in use.",
                needs=Action.VOTE,
            ),
            operation(
                "POST",
                "/me/passkey-options",
                self.options,
                name="begin_passkey",
                summary="The options that a browser needs to make a passkey.",
                needs=Action.VOTE,
            ),
            operation(
                "POST",
                "/me/passkeys",
                self.register,
                name="register_passkey",
                summary="Register the passkey that a browser made.",
                needs=Action.VOTE,
                errors=(PasskeyRefused,),
            ),
            operation(
                "DELETE",
                "/me/passkeys/{credential_id}",
                self.revoke,
                name="revoke_passkey",
                summary="Take a passkey out of use.",
                needs=Action.VOTE,
                errors=(PasskeyUnknown,),
            ),
        ]

    async def list_own(self, call: Call[Nothing, Nothing, Nothing]) -> tuple[PasskeyItem, ...]:
        """Return one's passkeys."""
        return tuple(_item(one) for one in await self._passkeys.list(call.login))

    async def options(self, call: Call[Nothing, Nothing, Nothing]) -> dict[str, Any]:
        """Return what `navigator.credentials.create` takes."""
        options: dict[str, Any] = msgspec.json.decode(await self._passkeys.begin(call.login))
        return options

    async def register(self, call: Call[Nothing, Nothing, PasskeyAnswer]) -> PasskeyItem:
        """Register a passkey."""
        answer = msgspec.json.encode(call.body.answer)
        return _item(await self._passkeys.finish(call.login, answer, label=call.body.label))

    async def revoke(self, call: Call[PasskeyPath, Nothing, Nothing]) -> None:
        """Revoke a passkey."""
        login = call.login
        await self._passkeys.revoke(login, call.path.credential_id, actor=call.person.actor)


def _item(passkey: MemberPasskey) -> PasskeyItem:
    return PasskeyItem(credential_id=passkey.credential_id, label=passkey.label, created_at=from_ms(passkey.created_at))
