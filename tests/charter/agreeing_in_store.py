"""A charter in a database, for tests of other rooms: a policy becomes an edition in the only way there is."""

from typing import Any

import msgspec

from mdm.clock import Clock
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.settings import Settings
from mdm.store import Connection, Database
from mdm.vault import Vault
from profiles.charter import proposal_store
from profiles.charter.charter import Charter, charter_of
from profiles.charter.convention import Convention, convention_of
from profiles.charter.errors import NoCharter
from profiles.charter.proposal import Proposal, proposal_of
from profiles.charter.record import Record
from profiles.charter.seat_store import Holding
from profiles.policy import Policy, load_policy

ONE_BODY = convention_of(
    {
        "name": "Convention d'essai",
        "reference": "délibération 2026-01",
        "bodies": [{"body": "committee", "name": "Comité"}],
        "rules": {"default": {"needs": [{"body": "committee"}]}},
    }
)


class Agreement:
    """A committee of one seat, which agrees to everything that it is asked."""

    def __init__(
        self, database: Database, clock: Clock, journal: Journal, vault: Vault, settings: Settings | None = None
    ) -> None:
        self.database = database
        self.clock = clock
        self.charter: Charter = charter_of(database, clock, journal, vault, settings or Settings())

    async def found(self, convention: Convention = ONE_BODY) -> Record:
        """Found the charter, with one seat for each body."""
        now = self.clock.ms()
        seats = [
            holding(body.body, body.body, holder=f"{body.body}-1", now=now, number=place)
            for place, body in enumerate(convention.bodies)
        ]
        return await self.charter.editions.found("MACS", convention, seats, actor="test")

    async def propose(self, kind: str, **fields: Any) -> Proposal:
        """A proposal that was examined: a vote can be opened on it."""
        proposal = proposal_of(
            {"proposal_id": new_id(self.clock), "kind": kind, "title": f"Proposition : {kind}", **fields}
        )
        now = self.clock.ms()

        def add(conn: Connection) -> None:
            proposal_store.insert_proposal(
                conn, proposal, state="examined", author="committee-1", now=now, submitted_at=now
            )

        await self.database.write(add)
        return proposal

    async def decide(self, kind: str, **fields: Any) -> Proposal:
        """A proposal that was adopted: it waits for an edition."""
        proposal = await self.propose(kind, **fields)
        await self.charter.votes.open(proposal.proposal_id, actor="test")
        await self.charter.casting.cast(proposal.proposal_id, "committee-1", "yes")
        await self.charter.votes.close(proposal.proposal_id, actor="test")
        return proposal

    async def agree(self, policy: Policy | dict[str, Any] | str) -> Record:
        """The edition in which a policy holds for everybody; it is the current one at once."""
        if isinstance(policy, str):
            policy = load_policy(policy.encode())
        tree = policy if isinstance(policy, dict) else msgspec.to_builtins(policy)
        try:
            await self.charter.editions.head()
        except NoCharter:
            await self.found()
        await self.decide("review", changes=[{"op": "adopt", "policy": tree}])
        published = await self.charter.editions.publish(actor="test")
        edition_id = published.record.edition_id
        await self.database.write(lambda conn: self.charter.following.set_current(conn, edition_id, actor="test"))
        return published.record


def holding(seat: str, body: str, *, holder: str, now: int, number: int = 0, deputy: str | None = None) -> Holding:
    """A seat that is held from ``now``."""
    return Holding(
        holding_id=f"{number:032x}",
        seat_id=seat,
        body=body,
        label=seat.title(),
        holder=holder,
        deputy=deputy,
        reference="délibération 2026-01",
        state="confirmed",
        since=now,
        proposed_at=now,
        proposed_by="test",
    )
