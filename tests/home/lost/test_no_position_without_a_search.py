"""Whatever people and tablets do, in whatever order: no position is asked for or kept without those who may ask."""

import asyncio
import tempfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.clock import ManualClock
from mdm.errors import ValiseError
from mdm.fleet.states import TabletEvent, TabletState
from mdm.home.loans.loan import Condition
from mdm.home.lost.search import LONGEST_MS, SearchState, Standing
from mdm.store import Database, open_database
from tests.home.lost.conftest import PLACE, Street, _street

STAFF = ("account:directrice", "account:elue", "account:technicien")
PARENTS = ("parent1", "parent2")

acts = st.one_of(
    st.tuples(st.just("guardian"), st.sampled_from(PARENTS)),
    st.tuples(st.just("declare"), st.sampled_from(STAFF)),
    st.tuples(st.just("confirm"), st.sampled_from(STAFF)),
    st.tuples(st.just("look"), st.sampled_from(STAFF)),
    st.tuples(st.just("ask"), st.sampled_from(PARENTS)),
    st.tuples(st.just("connects"), st.sampled_from(["answers", "hangs", "answers late"])),
    st.tuples(st.just("later"), st.sampled_from([1, 16, 600, 15 * 24 * 60])),
    st.tuples(st.just("found"), st.sampled_from(PARENTS)),
    st.tuples(st.just("returned"), st.none()),
    st.tuples(st.just("given up"), st.none()),
    st.tuples(
        st.just("fleet"),
        st.sampled_from([TabletEvent.LOSE, TabletEvent.FIND, TabletEvent.BREAK, TabletEvent.ENROL, TabletEvent.RETIRE]),
    ),
)


class Model:
    """Who asked for a search of the tablet since it was lost, or since the last search was over."""

    def __init__(self, street: Street) -> None:
        self.street = street
        self.guardians: set[str] = set()
        self.staff: list[str] = []
        self.confirmed: set[str] = set()
        self.until = 0
        self.late: str | None = None

    @property
    def allowed(self) -> bool:
        """Tell whether the tablet may be asked now."""
        return bool(self.guardians or self.confirmed) and self.street.clock.ms() < self.until

    def forget(self) -> None:
        """Begin anew."""
        self.guardians, self.staff, self.confirmed, self.until = set(), [], set(), 0

    def asked(self) -> None:
        """Note that somebody has just asked who may."""
        self.until = self.until or self.street.clock.ms() + LONGEST_MS

    async def do(self, act: str, by: object) -> None:
        """Do one thing, and note what it allows; what is refused changes nothing."""
        street, searches = self.street, self.street.searches
        with suppress(ValiseError):
            match act, by:
                case "guardian", str():
                    await street.declare(by)
                    self.guardians.add(by)
                    self.asked()
                case "declare", str():
                    await searches.declare(street.tablet, standing=Standing.HEAD, actor=by)
                    self.staff = self.staff or [by]
                case "confirm", str():
                    await searches.confirm(street.tablet, standing=Standing.MANAGER, actor=by)
                    assert self.staff
                    assert by not in self.staff
                    self.confirmed = {*self.staff, by}
                    self.asked()
                case "look", str():
                    await searches.look(street.tablet, standing=Standing.HEAD, actor=by)
                    assert by in self.confirmed
                case "ask", str():
                    await searches.ask_by_guardian(street.loan.loan_id, account_id=by, actor=f"account:{by}")
                    assert self.allowed
                case "connects", str():
                    await self.connect(by)
                case "later", int():
                    street.clock.advance(timedelta(minutes=by))
                case "found", str():
                    await searches.found_by_guardian(street.loan.loan_id, account_id=by, actor=f"account:{by}")
                case "returned", _:
                    await street.loans.take_back(street.loan.loan_id, Condition(), actor=STAFF[0])
                case "given up", _:
                    await street.loans.end(street.loan.loan_id, actor=STAFF[0])
                    self.forget()
                case "fleet", TabletEvent():
                    await street.desk.town.fleet.change_state(street.tablet, by, actor=STAFF[2])
        if await street.desk.state_of() is not TabletState.LOST:
            self.forget()

    async def connect(self, how: str) -> None:
        """Let the tablet do what waits for it: it is asked where it is only while that is allowed."""
        if how == "answers late" and self.late is not None:
            await self.street.says("Acknowledged", self.late, **PLACE)
            self.late = None
            return
        got = await self.street.says("Idle")
        while got is not None:
            kind, command = got
            if kind == "DeviceLocation":
                assert self.allowed
                self.late = command
                if how != "answers":
                    return
            got = await self.street.says("Acknowledged", command, **(PLACE if kind == "DeviceLocation" else {}))


async def holds(model: Model) -> None:
    """What must be so at any time."""
    street = model.street
    rows = await street.database.read(lambda conn: conn.all("SELECT * FROM lost_search"))
    for row in rows:
        if row["sealed_position"] is not None:
            assert row["state"] == SearchState.SEARCHING
            assert model.allowed
    state = await street.desk.state_of()
    assert (sum(row["state"] != SearchState.ENDED for row in rows) == 1) == (state is TabletState.LOST)
    bodies = await street.database.read(
        lambda conn: conn.all(
            "SELECT answer.body FROM answer JOIN command ON command.command_id = answer.command_id"
            " WHERE command.request_type = 'DeviceLocation'"
        )
    )
    assert all(bytes(row["body"]) == b"" for row in bodies)


@settings(max_examples=20, deadline=None)
@given(st.lists(acts, max_size=20))
def test_no_position_is_asked_or_kept_without_a_search(doings: list[tuple[str, object]]) -> None:
    async def run(database: Database, clock: ManualClock) -> None:
        model = Model(await _street(database, clock))
        for act, by in doings:
            await model.do(act, by)
            # Time passed, and the server looked: its rounds are seconds apart.
            await model.street.lost.runner.run_once()
            if not model.allowed:
                model.guardians, model.confirmed, model.until = set(), set(), 0
                search = await model.street.search()
                if search is not None and search.state is SearchState.STOPPED:
                    model.staff = []
            await holds(model)

    async def main() -> None:
        clock = ManualClock(datetime(2026, 9, 1, 8, 0, tzinfo=UTC))
        with tempfile.TemporaryDirectory() as folder:
            database = await open_database(f"sqlite:///{Path(folder) / 'v.db'}", clock, migrate=True)
            try:
                await run(database, clock)
            finally:
                await database.close()

    asyncio.run(main())


async def test_the_store_itself_holds_no_position_without_a_search(any_street: Street) -> None:
    """Were the code wrong, the database would refuse."""
    street = any_street
    await street.searches.declare(street.tablet, standing=Standing.HEAD, actor=STAFF[0])
    for wrong in (
        "UPDATE lost_search SET sealed_position = :it",
        "UPDATE lost_search SET state = 'searching', screen_problem = :it",
        "UPDATE lost_search SET state = 'searching', second_by = first_by, sealed_position = :it",
    ):
        refused = False
        try:
            await street.database.write(lambda conn, sql=wrong: conn.run(sql, it=b"x" if "sealed" in sql else "x"))
        except ValiseError:
            refused = True
        assert refused, wrong
