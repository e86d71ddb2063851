"""A committee whose members sign with passkeys, each with a device of his own."""

from typing import Any

from mdm.clock import ManualClock
from mdm.settings import Settings
from mdm.store import Database
from profiles.charter.ballot import encode
from profiles.charter.casting import Receipt
from profiles.charter.charter import party_of
from profiles.charter.counting import Choice
from profiles.charter.record import Record, SeatKey
from profiles.charter.seat_key_store import seat_keys_of
from tests.charter.authenticator import Authenticator
from tests.charter.committee import EVERYBODY
from tests.charter.members import Members
from tests.charter.test_passkeys import answer_to, assertion

PARTY = party_of(Settings())


class Signers(Members):
    """``devices``: the passkey with which a person signs now, by login."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        super().__init__(database, clock)
        self.devices: dict[str, Authenticator] = {}

    async def register(self, login: str, device: Authenticator | None = None) -> Authenticator:
        """Register a passkey, with which the person signs from now on."""
        made = device or Authenticator()
        options = await self.charter.passkeys.begin(login)
        answer = answer_to(options, made, origin=PARTY.origins[0])
        await self.charter.passkeys.finish(login, answer, label="téléphone")
        self.devices[login] = made
        return made

    async def revoke(self, login: str) -> None:
        """Revoke the passkey with which a person signs."""
        device = self.devices.pop(login)
        await self.charter.passkeys.revoke(login, encode(device.credential), actor=f"account:{login}")

    async def sign(
        self, proposal_id: str, login: str, choice: Choice = "yes", *, seat: str | None = None, **how: Any
    ) -> Receipt:
        """Cast a ballot: with the person's passkey where he has one."""
        casting = self.charter.casting
        statement = await casting.statement(proposal_id, login, choice, seat=seat)
        device = self.devices.get(login)
        signed = None if device is None else assertion(device, statement, PARTY, **how)
        return await casting.cast(proposal_id, login, choice, seat=seat, assertion=signed)

    async def decided(self, *logins: str, **fields: Any) -> str:
        """A vote in which these said yes, closed; return its proposal."""
        proposal_id = await self.opened(**fields)
        for login in logins or EVERYBODY:
            await self.sign(proposal_id, login)
        await self.charter.votes.close(proposal_id, actor="account:secretary")
        return proposal_id

    async def published(self, *logins: str, **fields: Any) -> Record:
        """The edition after a vote in which these said yes; the whole chain verifies."""
        await self.decided(*logins, **fields)
        record: Record = await self.publish()
        await self.charter.editions.verify()
        return record

    async def keys(self) -> tuple[SeatKey, ...]:
        """The keys as the next edition would tell them."""
        return await self.database.read(lambda conn: seat_keys_of(conn, self.charter.seals))
