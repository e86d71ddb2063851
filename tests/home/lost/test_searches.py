"""Who may ask where a tablet is, and what becomes of the position."""

import struct
from datetime import timedelta

import pytest

from mdm.fleet.states import TabletEvent, TabletState
from mdm.home.loans.errors import LoanError
from mdm.home.loans.loan import Condition
from mdm.home.loans.states import LoanState
from mdm.home.lost.errors import (
    AskedAlready,
    NobodyDeclared,
    NoPerson,
    NoPlaceTold,
    NotLocked,
    NotLost,
    NotOneOfTwo,
    NotSearched,
    NotTheirs,
    OtherPersonNeeded,
    SearchRuns,
)
from mdm.home.lost.search import Screen, SearchState, Standing, Stopped
from tests.home.lost.conftest import HEAD, LATITUDE, LONGITUDE, MANAGER, NUMBER, PLACE, Bytes, Street

HEAD_IS, MANAGER_IS = Standing.HEAD, Standing.MANAGER


async def by_two(street: Street) -> None:
    """The head declares, and the authority confirms."""
    await street.searches.declare(street.tablet, standing=HEAD_IS, actor=HEAD)
    await street.searches.confirm(street.tablet, standing=MANAGER_IS, actor=MANAGER)


async def test_a_guardian_declares_and_is_shown_where_it_is(any_street: Street) -> None:
    street = any_street
    search = await street.declare()
    assert (search.state, search.screen, search.declared_as) == (
        SearchState.SEARCHING,
        Screen.LOCKING,
        Standing.GUARDIAN,
    )
    assert "École" in search.screen_words
    assert search.screen_number == NUMBER
    assert await street.connect() == ["EnableLostMode", "DeviceLocation"]
    assert await street.position() == (LATITUDE, LONGITUDE)
    assert await street.position("parent2") == (LATITUDE, LONGITUDE)
    assert street.told == ["lost_search_opened", "lost_position_known"]


async def test_nobody_else_is_shown_anything_as_a_guardian(street: Street) -> None:
    await street.declare()
    with pytest.raises(NotTheirs):
        await street.searches.for_guardian(street.loan.loan_id, account_id="parent9")
    with pytest.raises(NotTheirs):
        await street.searches.found_by_guardian(street.loan.loan_id, account_id="parent9", actor="account:parent9")
    with pytest.raises(NotTheirs):
        await street.searches.for_guardian("0" * 32, account_id="parent1")


async def test_it_takes_two_persons_of_the_school_or_the_authority(any_street: Street) -> None:
    street = any_street
    search = await street.searches.declare(street.tablet, standing=HEAD_IS, actor=HEAD)
    assert (search.state, search.declared_as) == (SearchState.DECLARED, HEAD_IS)
    assert await street.connect() == ["EnableLostMode"]
    assert await street.later(hours=1) == 0
    assert await street.connect() == []
    for again in (street.searches.declare, street.searches.confirm):
        with pytest.raises(OtherPersonNeeded):
            await again(street.tablet, standing=HEAD_IS, actor=HEAD)
    await street.searches.confirm(street.tablet, standing=MANAGER_IS, actor=MANAGER)
    assert await street.connect() == ["DeviceLocation"]
    for actor in (HEAD, MANAGER):
        found = await street.searches.look(street.tablet, standing=HEAD_IS, actor=actor)
        assert found is not None
        assert (found.latitude, found.longitude, found.accuracy) == (LATITUDE, LONGITUDE, 35.0)
    kinds = await street.journal()
    assert [one for one in kinds if one.startswith("lost_")] == [
        "lost_search_asked",
        "lost_search_confirmed",
        "lost_search_opened",
        "lost_position_seen",
        "lost_position_seen",
    ]


async def test_confirming_needs_somebody_who_declared_and_a_person(street: Street) -> None:
    with pytest.raises(NotLost):
        await street.searches.confirm(street.tablet, standing=MANAGER_IS, actor=MANAGER)
    await street.loans.declare_lost(street.loan.loan_id, actor="cli:root")
    with pytest.raises(NobodyDeclared):
        await street.searches.confirm(street.tablet, standing=MANAGER_IS, actor=MANAGER)
    for program in ("cli:root", "token:7", "system"):
        with pytest.raises(NoPerson):
            await street.searches.declare(street.tablet, standing=Standing.TECHNICIAN, actor=program)
    await by_two(street)
    with pytest.raises(SearchRuns):
        await street.searches.confirm(street.tablet, standing=Standing.TECHNICIAN, actor="account:third")


async def test_who_is_not_one_of_the_two_sees_no_position(street: Street) -> None:
    await by_two(street)
    await street.connect()
    for act in (street.searches.ask, street.searches.ring):
        with pytest.raises(NotOneOfTwo):
            await act(street.tablet, actor="account:technician")
    with pytest.raises(NotOneOfTwo):
        await street.searches.look(street.tablet, standing=Standing.TECHNICIAN, actor="account:technician")
    view = await street.searches.of_tablet(street.tablet)
    assert view is not None
    assert (view.position, view.looks) == (None, ())


async def test_the_family_is_told_who_looked(street: Street) -> None:
    await by_two(street)
    await street.connect()
    street.clock.advance(timedelta(minutes=5))
    await street.searches.look(street.tablet, standing=HEAD_IS, actor=HEAD)
    view = await street.searches.for_guardian(street.loan.loan_id, account_id="parent1")
    assert view is not None
    assert [(one.standing, one.at) for one in view.looks] == [(HEAD_IS, street.clock.ms())]


async def test_looking_where_nothing_is_known_is_no_look(street: Street) -> None:
    await by_two(street)
    assert await street.searches.look(street.tablet, standing=HEAD_IS, actor=HEAD) is None
    assert "lost_position_seen" not in await street.journal()


async def test_two_of_the_school_join_the_search_of_a_family(street: Street) -> None:
    search = await street.declare()
    await street.connect()
    with pytest.raises(NotOneOfTwo):
        await street.searches.look(street.tablet, standing=HEAD_IS, actor=HEAD)
    street.clock.advance(timedelta(days=1))
    await by_two(street)
    joined = await street.search()
    assert joined is not None
    assert joined.searching_until == search.searching_until
    assert await street.searches.look(street.tablet, standing=HEAD_IS, actor=HEAD) is not None


async def test_a_guardian_joins_what_the_school_declared(street: Street) -> None:
    await street.searches.declare(street.tablet, standing=HEAD_IS, actor=HEAD)
    search = await street.declare("parent2")
    assert (search.state, search.declared_as) == (SearchState.SEARCHING, HEAD_IS)
    with pytest.raises(SearchRuns):
        await street.declare("parent1")


@pytest.mark.parametrize("way", ["returned", "found", "found_at_school", "broken", "enrolled", "retired"])
async def test_nothing_of_the_position_is_left_when_it_is_not_lost_any_more(any_street: Street, way: str) -> None:
    street = any_street
    await street.declare()
    await street.connect()
    await street.later(minutes=16)
    got = await street.says("Idle")
    assert got is not None
    fleet = street.desk.town.fleet
    if way == "returned":
        await street.loans.take_back(street.loan.loan_id, Condition(), actor=HEAD)
    elif way == "found":
        await street.searches.found_by_guardian(street.loan.loan_id, account_id="parent1", actor="account:parent1")
    else:
        event = {
            "found_at_school": TabletEvent.FIND,
            "broken": TabletEvent.BREAK,
            "enrolled": TabletEvent.ENROL,
            "retired": TabletEvent.RETIRE,
        }[way]
        await fleet.change_state(street.tablet, event, actor="account:technician")
    rows = await street.database.read(
        lambda conn: conn.all("SELECT state, sealed_position, place_command FROM lost_search")
    )
    assert rows == [{"state": "ended", "sealed_position": None, "place_command": None}]
    # What it answers to the question that was under way is thrown away.
    await street.lost.runner.run_once()
    kind, command = got
    assert kind == "DeviceLocation"
    following = await street.says("Acknowledged", command, **PLACE)
    unlocks = way in ("returned", "found", "found_at_school", "broken")
    assert (following is not None and following[0] == "DisableLostMode") == unlocks
    assert str(LATITUDE) not in await street.everything()
    assert await street.database.read(lambda conn: conn.all("SELECT body FROM answer WHERE body <> :no", no=b"")) == [
        row
        for row in await street.database.read(lambda conn: conn.all("SELECT body FROM answer"))
        if bytes(row["body"]) and str(LATITUDE).encode() not in bytes(row["body"])
    ]
    assert street.told[-1] == "lost_search_ended"


async def test_a_position_is_nowhere_in_the_files_of_the_database(street: Street, file_bytes: Bytes) -> None:
    await street.declare()
    await street.connect()
    assert await street.position() == (LATITUDE, LONGITUDE)
    for written in (str(LATITUDE).encode(), struct.pack(">d", LATITUDE), struct.pack("<d", LATITUDE)):
        assert written not in file_bytes()
    assert b"EnableLostMode" in file_bytes()


async def test_what_was_found_at_home_is_on_loan_as_before(any_street: Street) -> None:
    street = any_street
    await street.declare()
    assert await street.connect() == ["EnableLostMode", "DeviceLocation"]
    await street.searches.found_by_guardian(street.loan.loan_id, account_id="parent1", actor="account:parent1")
    assert (await street.desk.lists.loan(street.loan.loan_id)).view.loan.state is LoanState.HANDED_OVER
    assert await street.desk.state_of() is TabletState.LOANED
    assert await street.connect() == ["DisableLostMode"]
    assert await street.position() is None
    with pytest.raises(NotLost):
        await street.searches.found_by_guardian(street.loan.loan_id, account_id="parent1", actor="account:parent1")
    with pytest.raises(LoanError):
        await street.loans.find(street.loan.loan_id, actor=HEAD)
    # It may be lost again.
    assert (await street.declare()).state is SearchState.SEARCHING
    assert await street.connect() == ["EnableLostMode", "DeviceLocation"]


async def test_what_a_technician_declared_may_be_found_at_home(street: Street) -> None:
    await street.desk.town.fleet.change_state(street.tablet, TabletEvent.LOSE, actor="account:technician")
    assert await street.later() == 1
    assert await street.connect() == ["EnableLostMode"]
    assert (await street.desk.lists.loan(street.loan.loan_id)).view.loan.state is LoanState.HANDED_OVER
    await street.searches.found_by_guardian(street.loan.loan_id, account_id="parent1", actor="account:parent1")
    assert await street.desk.state_of() is TabletState.LOANED


async def test_a_tablet_that_never_locked_itself_is_not_told_to_unlock(street: Street) -> None:
    await street.declare()
    await street.loans.take_back(street.loan.loan_id, Condition(), actor=HEAD)
    assert await street.connect() == []


async def test_a_tablet_is_asked_each_quarter_of_an_hour_and_only_once_at_a_time(street: Street) -> None:
    await street.declare()
    await street.connect()
    await street.later(minutes=14)
    assert await street.connect() == []
    await street.later(minutes=2)
    assert await street.connect(place=None) == ["DeviceLocation"]
    # It is silent for hours: no further question waits for it.
    for _ in range(5):
        await street.later(minutes=30)
    assert await street.connect(place=None) == ["DeviceLocation"]
    moved = {**PLACE, "Latitude": 44.5}
    assert await street.connect(moved) == ["DeviceLocation"]
    assert await street.position() == (44.5, LONGITUDE)


async def test_a_person_asks_again_and_lets_it_ring_with_a_pause(street: Street) -> None:
    ask = street.searches.ask_by_guardian
    given = {"account_id": "parent1", "actor": "account:parent1"}
    with pytest.raises(NotLost):
        await ask(street.loan.loan_id, **given)
    await street.declare()
    with pytest.raises(AskedAlready):
        await ask(street.loan.loan_id, **given)
    with pytest.raises(NotLocked):
        await street.searches.ring_by_guardian(street.loan.loan_id, **given)
    await street.connect()
    with pytest.raises(AskedAlready):
        await ask(street.loan.loan_id, **given)
    street.clock.advance(timedelta(minutes=4))
    await ask(street.loan.loan_id, **given)
    await street.searches.ring_by_guardian(street.loan.loan_id, **given)
    with pytest.raises(AskedAlready):
        await street.searches.ring_by_guardian(street.loan.loan_id, **given)
    assert await street.connect() == ["DeviceLocation", "PlayLostModeSound"]
    await by_two(street)
    street.clock.advance(timedelta(minutes=4))
    await street.searches.ask(street.tablet, actor=HEAD)
    await street.searches.ring(street.tablet, actor=MANAGER)
    assert await street.connect() == ["DeviceLocation", "PlayLostModeSound"]


async def test_a_search_ends_after_a_fortnight_and_is_asked_for_anew(any_street: Street) -> None:
    street = any_street
    await street.declare()
    await street.connect()
    await street.later(days=13, hours=23)
    await street.connect()
    assert await street.position() is not None
    street.clock.advance(timedelta(hours=2))
    # Nobody looked yet, and it is over all the same.
    assert await street.position() is None
    await street.lost.runner.run_once()
    search = await street.search()
    assert search is not None
    assert (search.state, search.stopped_why, search.sealed_position) == (
        SearchState.STOPPED,
        Stopped.EXPIRED,
        None,
    )
    assert await street.desk.state_of() is TabletState.LOST
    assert await street.connect() == []
    with pytest.raises(NotSearched):
        await street.searches.ask_by_guardian(street.loan.loan_id, account_id="parent1", actor="account:parent1")
    assert (await street.declare()).state is SearchState.SEARCHING
    assert await street.connect() == ["DeviceLocation"]
    assert street.told.count("lost_search_stopped") == 1


async def test_a_tablet_that_is_given_up_stays_locked_and_is_asked_no_more(any_street: Street) -> None:
    street = any_street
    await street.declare()
    await street.connect()
    await street.loans.end(street.loan.loan_id, actor=HEAD)
    search = await street.search()
    assert search is not None
    assert (search.state, search.stopped_why, search.screen) == (
        SearchState.STOPPED,
        Stopped.GIVEN_UP,
        Screen.LOCKED,
    )
    assert search.sealed_position is None
    assert await street.later(days=1) == 0
    assert await street.connect() == []
    # Found after all, it is unlocked.
    await street.desk.town.fleet.change_state(street.tablet, TabletEvent.FIND, actor="account:technician")
    await street.lost.runner.run_once()
    assert await street.connect() == ["DisableLostMode"]


async def test_an_ipad_that_is_not_supervised_is_locked_once_and_tells_no_place(street: Street) -> None:
    await street.database.write(lambda conn: conn.run("UPDATE tablet_report SET supervised = 0"))
    search = await street.declare()
    assert search.state is SearchState.DECLARED
    assert await street.connect() == ["DeviceLock"]
    with pytest.raises(NotSearched):
        await street.searches.ask_by_guardian(street.loan.loan_id, account_id="parent1", actor="account:parent1")
    with pytest.raises(NoPlaceTold):
        await by_two(street)
    await street.loans.take_back(street.loan.loan_id, Condition(), actor=HEAD)
    assert await street.connect() == []


async def test_what_refuses_to_lock_itself_says_why_and_is_tried_again(street: Street) -> None:
    await street.declare()
    got = await street.says("Idle")
    assert got is not None
    chain = [{"ErrorCode": 12066, "ErrorDomain": "MCMDMErrorDomain", "LocalizedDescription": "Non"}]
    assert await street.says("Error", got[1], ErrorChain=chain) is None
    search = await street.search()
    assert search is not None
    assert search.screen is Screen.REFUSED
    assert "12066" in (search.screen_problem or "")
    await street.searches.ask_by_guardian(street.loan.loan_id, account_id="parent1", actor="account:parent1")
    assert await street.connect() == ["EnableLostMode", "DeviceLocation"]


async def test_what_left_lost_mode_by_itself_is_locked_again(street: Street) -> None:
    await street.declare()
    got = await street.says("Idle")
    assert got is not None
    got = await street.says("Acknowledged", got[1])
    assert got is not None
    assert got[0] == "DeviceLocation"
    chain = [{"ErrorCode": 12067, "ErrorDomain": "MCMDMErrorDomain"}]
    got = await street.says("Error", got[1], ErrorChain=chain)
    assert got is not None
    assert got[0] == "EnableLostMode"


@pytest.mark.parametrize(
    "said", [{}, {"Latitude": "43.9", "Longitude": 1.0}, {"Latitude": 95.0, "Longitude": 0.0}, {"Latitude": 43.9}]
)
async def test_a_place_that_cannot_be_read_is_none(street: Street, said: dict[str, object]) -> None:
    await street.declare()
    await street.connect(said)
    assert await street.position() is None
    search = await street.search()
    assert search is not None
    assert search.place_problem is not None


async def test_a_place_of_a_tablet_whose_clock_is_wrong_is_of_now(street: Street) -> None:
    await street.declare()
    await street.connect({**PLACE, "Timestamp": "2031-01-01T00:00:00Z"})
    view = await street.searches.for_guardian(street.loan.loan_id, account_id="parent1")
    assert view is not None
    assert view.position is not None
    assert view.position.at == street.clock.ms()


async def test_an_answer_to_a_question_that_no_search_asked_is_not_kept(street: Street) -> None:
    from mdm.apple.commands.base import encode
    from mdm.apple.commands.orders import DeviceLocation
    from mdm.commands.queue import NewCommand, enqueue

    await street.searches.declare(street.tablet, standing=HEAD_IS, actor=HEAD)
    await street.connect()
    command = NewCommand(command_id="c1", request_type="DeviceLocation", body=encode(DeviceLocation(), "c1"))
    await street.database.write(
        lambda conn: enqueue(conn, command, [street.tablet], now=street.clock.ms(), actor="cli:root")
    )
    assert await street.connect() == ["DeviceLocation"]
    assert await street.position() is None
    assert str(LATITUDE) not in await street.everything()
