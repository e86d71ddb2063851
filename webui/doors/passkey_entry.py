"""Coming in by a passkey: the browser signs a random challenge that was made for it, once."""

import secrets

import msgspec

from mdm.store import Connection, Database
from profiles.charter.ballot import Base64Url, decode, encode
from profiles.charter.errors import BallotRefused
from profiles.charter.passkey_store import MemberPasskey
from profiles.charter.passkeys import ENTRY_BYTES, Assertion, Passkeys
from profiles.charter.vote_errors import PasskeyUnknown
from webui.doors.errors import PasskeyNotKnown
from webui.doors.steps import LIFETIME_MS, Steps

_KIND = "passkey"


class _Asked(msgspec.Struct, frozen=True):
    """The step says nothing more: its token is the challenge."""


class _Descriptor(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    type: str = "public-key"


class RequestOptions(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """WebAuthn's `PublicKeyCredentialRequestOptionsJSON`; without credentials the browser offers those that it has."""

    challenge: str
    rp_id: str
    allow_credentials: tuple[_Descriptor, ...] = ()
    user_verification: str = "required"
    timeout: int = LIFETIME_MS


class _Response(msgspec.Struct, frozen=True, kw_only=True):
    authenticator_data: Base64Url = msgspec.field(name="authenticatorData")
    client_data: Base64Url = msgspec.field(name="clientDataJSON")
    signature: Base64Url


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    id: Base64Url
    response: _Response


class _ClientData(msgspec.Struct, frozen=True):
    challenge: str


class PasskeyEntry:
    """Asks browsers for a passkey, and recognises whose it is."""

    def __init__(self, database: Database, passkeys: Passkeys, steps: Steps) -> None:
        self._database = database
        self._passkeys = passkeys
        self._steps = steps

    async def options(self, browser: str, *, login: str = "") -> bytes:
        """Return what the browser is asked, as JSON; ``login``: whose passkeys will do, anybody's where empty."""
        challenge = encode(secrets.token_bytes(ENTRY_BYTES))
        await self._steps.begin(_KIND, browser, _Asked(), token=challenge)
        known = await self._passkeys.list(login) if login else []
        options = RequestOptions(
            challenge=challenge,
            rp_id=self._passkeys.party.id,
            allow_credentials=tuple(_Descriptor(id=one.credential_id) for one in known),
        )
        return msgspec.json.encode(options)

    async def recognise(self, browser: str, answer: str) -> MemberPasskey:
        """Return the passkey that signed; raise `PasskeyNotKnown`, or `StepOver` for a challenge that is not open."""
        try:
            said = msgspec.json.decode(answer.encode("utf-8", "replace"), type=_Answer)
            challenge = msgspec.json.decode(decode(said.response.client_data), type=_ClientData).challenge
        except (msgspec.DecodeError, UnicodeDecodeError, BallotRefused) as error:
            raise PasskeyNotKnown from error
        await self._steps.take(_KIND, browser, challenge, _Asked)
        assertion = Assertion(
            credential=said.id,
            authenticator_data=said.response.authenticator_data,
            client_data=said.response.client_data,
            signature=said.response.signature,
        )

        def work(conn: Connection) -> MemberPasskey:
            return self._passkeys.recognise(conn, assertion, decode(challenge))

        try:
            return await self._database.write(work)
        except (PasskeyUnknown, BallotRefused) as error:
            raise PasskeyNotKnown from error
