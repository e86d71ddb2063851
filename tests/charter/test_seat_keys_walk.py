"""Whatever happens to seats and passkeys, in whatever order and by whatever clock: each edition can be published."""

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdm.clock import ManualClock
from mdm.store import open_database
from profiles.charter.canonical import canonical_json
from profiles.charter.committee import Appointment
from profiles.charter.errors import BallotRefused, CharterError, RecordMalformed
from tests.charter.committee import SETTING, convention_with
from tests.charter.signers import Signers
from tests.charter.verifying import Said

HOLDERS = ("teacher-1", "newcomer")
DEPUTIES = ("teacher-1-deputy", "other")
SEAT = "teacher-1"

people = st.sampled_from((*HOLDERS, *DEPUTIES, *HOLDERS[:1], *DEPUTIES[:1]))
acts = st.one_of(
    st.tuples(st.just("register"), people),
    st.tuples(st.just("revoke"), people),
    st.tuples(st.just("suspend"), people),
    st.tuples(st.just("appoint"), st.sampled_from(HOLDERS)),
    st.tuples(st.just("deputy"), st.sampled_from(DEPUTIES)),
    st.tuples(st.just("confirm")),
    st.tuples(st.just("wait"), st.sampled_from((-86_400, -60, 60, 86_400))),
    st.tuples(st.just("vote"), people),
    st.tuples(st.just("vote"), people),
    st.tuples(st.just("publish")),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(acts, min_size=5, max_size=24))
def test_no_sequence_of_acts_keeps_an_edition_from_being_published(tried: list[tuple[Any, ...]]) -> None:
    asyncio.run(walk(tried))


async def walk(tried: list[tuple[Any, ...]]) -> None:
    clock = ManualClock(datetime(2026, 9, 1, 8, 0, tzinfo=UTC))
    with tempfile.TemporaryDirectory() as folder:
        database = await open_database(f"sqlite:///{Path(folder) / 'walk.db'}", clock, migrate=True)
        walker = Walker(Signers(database, clock), clock)
        # The inspector's word is enough, so that a vote is over whatever becomes of the seat.
        await walker.signers.begin(convention_with(setting={"needs": [{"body": "dsden"}]}))
        clock.advance(timedelta(days=60))
        for login in (HOLDERS[0], DEPUTIES[0]):
            await walker.signers.register(login)
        for act in [*tried, ("publish",)]:
            await walker.attempt(*act)
        export = await walker.signers.charter.editions.export()
        await walker.signers.charter.editions.verify()
        said = Said(Path(folder), canonical_json(export.tree()))
        assert said.code == 0, said.text
        await database.close()


class Walker:
    """Does one thing after the other with one seat. What cannot be done is left; what cannot be verified is not."""

    def __init__(self, signers: Signers, clock: ManualClock) -> None:
        self.signers = signers
        self.clock = clock
        self.votes: list[str] = []

    async def attempt(self, kind: str, *given: Any) -> None:
        """Do one thing, unless something forbids it."""
        try:
            await self.act(kind, *given)
        except (RecordMalformed, BallotRefused):
            raise
        except CharterError:
            return

    async def act(self, kind: str, *given: Any) -> None:
        signers, desk = self.signers, self.signers.seats
        if kind == "wait":
            self.clock.advance(timedelta(seconds=given[0]))
        elif kind == "register":
            await signers.register(given[0])
        elif kind == "revoke" and given[0] in signers.devices:
            await signers.revoke(given[0])
        elif kind == "appoint":
            await desk.appoint(
                Appointment(seat_id=SEAT, body="teachers", label="Enseignante", holder=given[0]), login="secretary"
            )
            await self.confirm()
        elif kind == "deputy":
            await desk.change_deputy(SEAT, given[0], login="secretary")
            await self.confirm()
        elif kind == "suspend":
            await desk.suspend_for(given[0], actor="account:technician")
        elif kind == "confirm":
            await self.confirm()
        elif kind == "vote":
            self.votes.append(await signers.opened(changes=[{**SETTING[0], "value": len(self.votes) % 2 == 0}]))
            await self.sign(given[0])
        elif kind == "publish":
            await self.close()
            await signers.publish()

    async def confirm(self) -> None:
        """Somebody confirms what waits for the seat."""
        for one in [one for one in await self.signers.seats.seats() if one.state == "proposed"]:
            await self.signers.seats.confirm(one.holding_id, login="teacher-2")

    async def sign(self, login: str) -> None:
        """Vote wherever it is open; a passkey that the clock made younger than the vote is refused."""
        for proposal_id in self.votes:
            try:
                await self.signers.sign(proposal_id, login)
            except BallotRefused as error:
                if "the server's clock was put back" not in str(error):
                    raise
            except CharterError:
                continue

    async def close(self) -> None:
        """The inspector votes, and then every vote is over."""
        for proposal_id in self.votes:
            await self.signers.say(proposal_id, "yes", "inspector")
            await self.signers.charter.votes.close(proposal_id, actor="account:secretary")
        self.votes = []
