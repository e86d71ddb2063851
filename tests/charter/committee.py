"""A committee of several bodies in a database, whose members' logins are their seats' names."""

from typing import Any

import msgspec

from mdm.store import Connection
from profiles.charter import proposal_store, seat_store
from profiles.charter.convention import Convention, convention_of
from profiles.charter.counting import Choice
from tests.charter.agreeing import SIMPLE
from tests.charter.agreeing_in_store import Agreement, holding

SETTING = [{"op": "set", "path": ["restrictions", "camera"], "value": False}]
SEATS = (
    ("mayor", "authority"),
    ("inspector", "dsden"),
    ("teacher-1", "teachers"),
    ("teacher-2", "teachers"),
    ("teacher-3", "teachers"),
    ("parent", "parents"),
)
EVERYBODY = tuple(seat for seat, _ in SEATS)


class Committee(Agreement):
    """Each seat's holder has the seat's name as login; its deputy is ``<seat>-deputy``."""

    async def begin(self, convention: Convention = SIMPLE) -> None:
        now = self.clock.ms()
        known = {one.body for one in convention.bodies}
        seats = [
            holding(seat, body, holder=seat, deputy=f"{seat}-deputy", now=now, number=number)
            for number, (seat, body) in enumerate(SEATS)
            if body in known
        ]
        await self.charter.editions.found("MACS", convention, seats, actor="test")

    async def opened(self, kind: str = "setting", **fields: Any) -> str:
        """An open vote; return its proposal."""
        if kind == "setting":
            fields = {"changes": SETTING, **fields}
        proposal = await self.propose(kind, **fields)
        await self.charter.votes.open(proposal.proposal_id, actor="account:secretary")
        return proposal.proposal_id

    async def say(self, proposal_id: str, choice: Choice, *logins: str) -> None:
        for login in logins:
            await self.charter.casting.cast(proposal_id, login, choice)

    async def adopt(self, kind: str, **fields: Any) -> str:
        """A proposal that everybody agreed to; it waits for an edition."""
        proposal_id = await self.opened(kind, **fields)
        await self.say(proposal_id, "yes", *EVERYBODY)
        await self.charter.votes.close(proposal_id, actor="account:secretary")
        return proposal_id

    async def publish(self) -> Any:
        return (await self.charter.editions.publish(actor="account:secretary")).record

    async def state_of(self, proposal_id: str) -> str:
        row = await self.database.read(lambda conn: proposal_store.proposal_row(conn, proposal_id))
        assert row is not None
        return row.state

    async def end_seat(self, seat: str) -> None:
        def end(conn: Connection) -> None:
            held = seat_store.holding_of(conn, seat, self.clock.ms(), self.charter.seals)
            assert held is not None
            ended = msgspec.structs.replace(held, state="ended", until=self.clock.ms())
            seat_store.replace_holding(conn, ended, self.charter.seals)

        await self.database.write(end)

    async def kit(self, kit_id: str = "k1", uai: str = "0400377T") -> None:
        """A school with a kit, without tablets."""

        def add(conn: Connection) -> None:
            conn.run("INSERT INTO territory (territory_id, name) VALUES ('m', 'MACS') ON CONFLICT DO NOTHING")
            conn.run(
                "INSERT INTO commune (insee, territory_id, name) VALUES ('40018', 'm', 'A') ON CONFLICT DO NOTHING"
            )
            conn.run("INSERT INTO school (uai, insee, name) VALUES (:uai, '40018', :uai)", uai=uai)
            conn.run(
                "INSERT INTO kit (kit_id, uai, name, platform, created_at) VALUES (:kit_id, :uai, :kit_id, 'ipad', 1)",
                kit_id=kit_id,
                uai=uai,
            )

        await self.database.write(add)

    async def apps_of(self, kit_id: str = "k1") -> list[str]:
        """The names of the apps that a kit's policy has now."""
        now = self.clock.ms()
        agreed = await self.database.read(lambda conn: self.charter.agreed.policy_of_kit(conn, kit_id, now))
        assert agreed is not None
        return [app.name for app in agreed.policy.apps]


def convention_with(**rules: Any) -> Convention:
    """The simple convention with other rules."""
    tree = SIMPLE.tree()
    return convention_of({**tree, "rules": {**tree["rules"], **rules}})
