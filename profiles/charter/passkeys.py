"""Passkeys: registered once, then each opens the door to its holder, and signs the ballots of one who votes.

Registration: WebAuthn Level 3, section 7.1, by the `webauthn` library. Assertions are checked in
`profiles.charter.ballot`, by the same code that checks an export. What is signed to come in is longer than any ballot's
digest, so that neither can stand for the other.
"""

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from webauthn import generate_registration_options, options_to_json, verify_registration_response
from webauthn.helpers import decode_credential_public_key
from webauthn.helpers.decoded_public_key_to_cryptography import decoded_public_key_to_cryptography
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from mdm.clock import Clock
from mdm.errors import Words
from mdm.i18n import N_
from mdm.journal import Journal
from mdm.store import Connection, Database
from profiles.charter import edition_store, passkey_store, seat_store
from profiles.charter.ballot import Base64Url, Passkey, RelyingParty, decode, encode, verify_passkey
from profiles.charter.errors import BallotRefused
from profiles.charter.passkey_store import MemberPasskey
from profiles.charter.seals import Seals
from profiles.charter.seat_key_store import seat_keys_of
from profiles.charter.texts import one_line
from profiles.charter.vote_errors import PasskeyRefused, PasskeyUnknown

ENTRY_BYTES = 48
"""How long what is signed to come in is; a ballot's digest has 32 bytes."""

_REGISTER = "register"
_MADE = "webauthn.create"
_UNNAMED = "passkey"
# The library reads CBOR, keys and certificates that anybody may have written, and says in many ways that they are none.
_NOT_ONE = (
    WebAuthnException,
    UnsupportedAlgorithm,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
_CHALLENGE_MS = 10 * 60 * 1000


class Assertion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a browser's authenticator answered. Everything in base64url without padding."""

    credential: Base64Url
    authenticator_data: Base64Url
    client_data: Base64Url
    signature: Base64Url


class Passkeys:
    """Registers, revokes and checks passkeys."""

    def __init__(
        self, database: Database, clock: Clock, journal: Journal, seals: Seals, party: RelyingParty, *, name: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._seals = seals
        self._party = party
        self._name = name

    async def begin(self, login: str) -> bytes:
        """Return the options that a browser needs to make a passkey, as JSON. Good for ten minutes."""
        known = await self.list(login)
        options = generate_registration_options(
            rp_id=self._party.id,
            rp_name=self._name,
            user_name=login,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            # The same each time, so that a device keeps one passkey of a person; it says nothing of who that is.
            user_id=bytes.fromhex(self._seals.seal("user_handle", login)),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=decode(one.credential_id)) for one in known],
        )
        challenge, now = encode(options.challenge), self._clock.ms()
        await self._database.write(
            lambda conn: passkey_store.insert_challenge(
                conn, challenge, login=login, purpose=_REGISTER, expires_at=now + _CHALLENGE_MS, now=now
            )
        )
        return options_to_json(options).encode()

    async def finish(self, login: str, answer: bytes, *, label: str) -> MemberPasskey:
        """Register the passkey that a browser made. Raises `PasskeyRefused`, or `WordsRefused` for its label."""
        passkey = await self.examine(login, answer, label=label)
        return await self._database.write(lambda conn: self.add(conn, passkey))

    async def examine(self, login: str, answer: bytes, *, label: str) -> MemberPasskey:
        """Return the passkey that a browser made, for `add`; raises as `finish` does."""
        label, said = one_line(label, longest=60), _said_in(answer)
        challenge, now = said.challenge, self._clock.ms()
        # The challenge is spent before the answer is looked at: it serves once.
        known = await self._database.write(
            lambda conn: passkey_store.take_challenge(conn, challenge, login=login, purpose=_REGISTER, now=now)
        )
        if not known:
            raise PasskeyRefused(reason=Words(N_("it took too long, or was answered already")))
        if said.origin not in self._party.origins or said.type != _MADE:
            raise PasskeyRefused(reason=Words(N_("it was made on another site")))
        try:
            verified = verify_registration_response(
                credential=answer.decode(),
                expected_challenge=decode(challenge),
                expected_rp_id=self._party.id,
                expected_origin=list(self._party.origins),
                require_user_verification=False,
            )
            public = decoded_public_key_to_cryptography(decode_credential_public_key(verified.credential_public_key))
        except _NOT_ONE as error:
            raise PasskeyRefused(reason=Words(N_("what was answered is no passkey that serves here"))) from error
        if not verified.user_verified:
            raise PasskeyRefused(reason=Words(N_("the passkey did not check who holds it")))
        return MemberPasskey(
            credential_id=encode(verified.credential_id),
            login=login,
            public_key=encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
            sign_count=verified.sign_count,
            label=label or _UNNAMED,
            created_at=now,
        )

    async def list(self, login: str) -> list[MemberPasskey]:
        """Return a person's passkeys that are in use."""
        return await self._database.read(lambda conn: passkey_store.passkeys_of(conn, login, self._seals))

    async def rename(self, login: str, credential_id: str, label: str) -> None:
        """Call a passkey something else. Raises `PasskeyUnknown`, or `WordsRefused`."""
        label = one_line(label, longest=60)

        def work(conn: Connection) -> None:
            seat_store.hold_seats(conn)
            passkey_store.rename_passkey(conn, self._known(conn, login, credential_id), label or _UNNAMED, self._seals)

        await self._database.write(work)

    async def revoke(self, login: str, credential_id: str, *, actor: str) -> None:
        """Take a passkey out of use. Raises `PasskeyUnknown`."""
        await self._database.write(lambda conn: self.revoke_in(conn, login, credential_id, actor=actor))

    def recognise(self, conn: Connection, assertion: Assertion, challenge: bytes) -> MemberPasskey:
        """Return whose passkey signed a challenge, to come in.

        Raises `PasskeyUnknown`, or `BallotRefused` for a signature that is not right or a count that went back.
        ``challenge`` is `ENTRY_BYTES` long.
        """
        if len(challenge) != ENTRY_BYTES:
            raise ValueError("a challenge for coming in must not be as long as a ballot's digest")
        seat_store.hold_seats(conn)
        known = passkey_store.passkey_by_credential(conn, assertion.credential, self._seals)
        if known is None:
            raise PasskeyUnknown
        verify_passkey(self._used(conn, known, assertion), challenge, self._party)
        return known

    @property
    def party(self) -> RelyingParty:
        """Whom passkeys are made for."""
        return self._party

    def signed(self, conn: Connection, login: str, assertion: Assertion) -> Passkey:
        """Return an assertion as evidence, with the public key that is registered for this person.

        Raises `PasskeyUnknown`, or `BallotRefused` when the authenticator's count went back, as a copy's does.
        """
        # Held, so that the count of a passkey that is being revoked is not kept over its end.
        seat_store.hold_seats(conn)
        return self._used(conn, self._known(conn, login, assertion.credential), assertion)

    def _known(self, conn: Connection, login: str, credential_id: str) -> MemberPasskey:
        in_use = passkey_store.passkeys_of(conn, login, self._seals)
        known = next((one for one in in_use if one.credential_id == credential_id), None)
        if known is None:
            raise PasskeyUnknown
        return known

    def _used(self, conn: Connection, known: MemberPasskey, assertion: Assertion) -> Passkey:
        count = int.from_bytes(decode(assertion.authenticator_data)[33:37], "big")
        if (count or known.sign_count) and count <= known.sign_count:
            raise BallotRefused(reason=Words(N_("the passkey may have been copied: its count went back")))
        passkey_store.set_sign_count(conn, known, count, self._seals)
        return Passkey(
            credential=known.credential_id,
            public_key=known.public_key,
            authenticator_data=assertion.authenticator_data,
            client_data=assertion.client_data,
            signature=assertion.signature,
        )

    def has_any(self, conn: Connection, login: str) -> bool:
        """Tell whether a person has a passkey."""
        return bool(passkey_store.passkeys_of(conn, login, self._seals))

    def add(self, conn: Connection, passkey: MemberPasskey) -> MemberPasskey:
        """Store a passkey that `examine` returned; raise `PasskeyRefused` when it is known already."""
        # An edition tells which keys stood for seats: a clock that jumped back gives it none that it should have told.
        seat_store.hold_seats(conn)
        created_at = max(self._clock.ms(), edition_store.newest_made_at(conn))
        passkey = msgspec.structs.replace(passkey, created_at=created_at)
        if not passkey_store.insert_passkey(conn, passkey, self._seals):
            raise PasskeyRefused(reason=Words(N_("it is registered already")))
        self._record(conn, "passkey_registered", passkey.login, passkey.credential_id, f"account:{passkey.login}")
        return passkey

    def revoke_in(self, conn: Connection, login: str, credential_id: str, *, actor: str) -> None:
        """Do what `revoke` does, inside the caller's transaction."""
        seat_store.hold_seats(conn)
        known = self._known(conn, login, credential_id)
        passkey_store.revoke_passkey(conn, known, self._seals, now=self._end_of(conn, known))
        self._record(conn, "passkey_revoked", login, credential_id, actor)

    def _end_of(self, conn: Connection, passkey: MemberPasskey) -> int:
        """Return when a passkey ends that is revoked: now, but after all that editions and votes say it stood for."""
        keys = seat_keys_of(conn, self._seals)
        stood = [one.since + 1 for one in keys if one.fingerprint == passkey.fingerprint]
        opened = seat_store.newest_opening(conn) + 1
        return max([self._clock.ms(), edition_store.newest_made_at(conn), opened, passkey.created_at, *stood])

    def _record(self, conn: Connection, kind: str, login: str, credential_id: str, actor: str) -> None:
        detail = {"credential": credential_id[:16]}
        self._journal.record(conn, kind, actor=actor, subject=f"account:{login}", detail=detail)


class _Answer(msgspec.Struct):
    client_data: str = msgspec.field(name="clientDataJSON")


class _Credential(msgspec.Struct):
    response: _Answer


class _ClientData(msgspec.Struct):
    type: str
    challenge: str
    origin: str


def _said_in(answer: bytes) -> _ClientData:
    """Return what the browser says of its answer; the challenge is checked against it later."""
    try:
        client = decode(msgspec.json.decode(answer, type=_Credential).response.client_data)
        return msgspec.json.decode(client, type=_ClientData)
    except (msgspec.DecodeError, BallotRefused, UnicodeDecodeError) as error:
        raise PasskeyRefused(reason=Words(N_("the browser's answer is not readable"))) from error
