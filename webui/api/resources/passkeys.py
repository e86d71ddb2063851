"""One's own passkeys, with which one signs ballots, and what passes between them and a page.

What a page gives to the browser and gets back has the JSON forms of WebAuthn Level 3 (section 5.1), as they are:
`PublicKeyCredential.parseCreationOptionsFromJSON`, `parseRequestOptionsFromJSON`, and `toJSON` of what was answered.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from mdm.clock import from_ms
from profiles.charter.ballot import Base64Url, encode
from profiles.charter.passkey_store import MemberPasskey
from profiles.charter.passkeys import Assertion
from profiles.charter.proposal_errors import WordsRefused
from profiles.charter.vote_errors import PasskeyRefused, PasskeyUnknown
from webui.api.errors import PersonNeeded
from webui.api.operation import Call, Creates, Operation, operation
from webui.api.resources.editions import Hash
from webui.api.results import Created, Nothing
from webui.doors.errors import NothingLeft, ProveFirst, StillNeedsFactor
from webui.doors.own_passkeys import OwnPasskeys
from webui.permissions import Action

Credential = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,1400}$")]


class PasskeyItem(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey in use. `fingerprint` is the one that the charter publishes for one's seat: compare the two."""

    credential_id: str
    label: str
    fingerprint: Hash
    created_at: datetime


class PasskeyAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the browser's `navigator.credentials.create` returned, as its `toJSON` gives it."""

    answer: dict[str, Any]
    label: Annotated[str, Meta(max_length=60)] = ""


class CredentialDescriptor(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey that may sign."""

    id: str
    type: Literal["public-key"] = "public-key"


class RequestOptions(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a passkey is asked to sign: WebAuthn's `PublicKeyCredentialRequestOptionsJSON`."""

    challenge: str
    rp_id: str
    allow_credentials: tuple[CredentialDescriptor, ...]
    user_verification: Literal["required"] = "required"


class AssertionResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What the authenticator signed, in base64url without padding."""

    authenticator_data: Base64Url = msgspec.field(name="authenticatorData")
    client_data: Base64Url = msgspec.field(name="clientDataJSON")
    signature: Base64Url


class AssertionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the browser's `navigator.credentials.get` returned, as its `toJSON` gives it; its other fields may stay."""

    id: Credential
    response: AssertionResponse

    def assertion(self) -> Assertion:
        """Return it as the charter checks it."""
        said = self.response
        return Assertion(
            credential=self.id,
            authenticator_data=said.authenticator_data,
            client_data=said.client_data,
            signature=said.signature,
        )


def options_for(challenge: bytes, known: list[MemberPasskey], party: str) -> RequestOptions | None:
    """Return what asks one of a person's passkeys to sign; None for who has none. ``party``: the host name."""
    if not known:
        return None
    allowed = tuple(CredentialDescriptor(id=one.credential_id) for one in known)
    return RequestOptions(challenge=encode(challenge), rp_id=party, allow_credentials=allowed)


class PasskeyPath(msgspec.Struct, frozen=True, kw_only=True):
    """Names a passkey."""

    credential_id: Credential


class PasskeyOperations:
    """Registers, lists and revokes one's own passkeys."""

    def __init__(self, passkeys: OwnPasskeys) -> None:
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
                errors=(PersonNeeded,),
            ),
            operation(
                "POST",
                "/me/passkey-options",
                self.options,
                name="begin_passkey",
                summary="The options that a browser needs to make a passkey.",
                needs=Action.VOTE,
                errors=(ProveFirst,),
            ),
            operation(
                "POST",
                "/me/passkeys",
                self.register,
                name="register_passkey",
                summary="Register the passkey that a browser made.",
                needs=Action.VOTE,
                creates=Creates.IN_STEPS,
                errors=(ProveFirst, PasskeyRefused, WordsRefused),
            ),
            operation(
                "DELETE",
                "/me/passkeys/{credential_id}",
                self.revoke,
                name="revoke_passkey",
                summary="Take a passkey out of use.",
                needs=Action.VOTE,
                errors=(ProveFirst, PasskeyUnknown, NothingLeft, StillNeedsFactor),
            ),
        ]

    async def list_own(self, call: Call[Nothing, Nothing, Nothing]) -> tuple[PasskeyItem, ...]:
        """Return one's passkeys."""
        return tuple(_item(one) for one in await self._passkeys.list(call.login))

    async def options(self, call: Call[Nothing, Nothing, Nothing]) -> dict[str, Any]:
        """Return WebAuthn's `PublicKeyCredentialCreationOptionsJSON`."""
        options: dict[str, Any] = msgspec.json.decode(await self._passkeys.begin(call.own_session))
        return options

    async def register(self, call: Call[Nothing, Nothing, PasskeyAnswer]) -> Created[PasskeyItem]:
        """Register a passkey."""
        answer = msgspec.json.encode(call.body.answer)
        made = _item(await self._passkeys.add(call.own_session, answer, label=call.body.label))
        return Created(value=made, location="/api/v1/me/passkeys")

    async def revoke(self, call: Call[PasskeyPath, Nothing, Nothing]) -> None:
        """Revoke a passkey."""
        await self._passkeys.remove(call.own_session, call.path.credential_id)


def _item(passkey: MemberPasskey) -> PasskeyItem:
    return PasskeyItem(
        credential_id=passkey.credential_id,
        label=passkey.label,
        fingerprint=passkey.fingerprint,
        created_at=from_ms(passkey.created_at),
    )
