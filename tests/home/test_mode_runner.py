"""Tablets follow their modes: at home, in the holidays, back at school; on time, spread, and after a restart."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.fleet.states import TabletEvent
from mdm.fleet.tablet import Platform
from mdm.home.calendar.calendars import Calendars
from mdm.home.calendar.hours import FOUR_AND_A_HALF_DAYS, parse_sessions
from mdm.home.modes import mode_store
from mdm.home.modes.errors import NotOnLoan, StricterInvalid
from mdm.home.modes.spread import HOME_MS, after
from mdm.home.modes.stricter import StricterRules, stricter_rules
from mdm.store import Connection
from tests.home.classroom import (
    CHROME,
    EDITION,
    GEOGEBRA,
    GEOGEBRA_ANDROID,
    HOME_ADDRESS,
    SCHOOL_ADDRESS,
    UAI,
    Classroom,
    SimulatedIpad,
)
from tests.home.test_mode_at import paris

MOTHER, FATHER = "account:mother", "account:father"


async def until(room: Classroom, local: str, *, spread: bool = True) -> None:
    """Let it be a time in Audignon, and the little time after it over which changes are spread."""
    goal = paris(local) + timedelta(milliseconds=HOME_MS if spread else 0)
    room.clock.advance(goal - room.clock.now())
    await room.runner.run_once()


async def lent_ipad(room: Classroom, edition: str = EDITION) -> SimulatedIpad:
    await room.open(edition=edition)
    ipad = await room.ipad()
    await room.lend(ipad.tablet_id)
    await room.later(minutes=2)
    await ipad.converse()
    return ipad


async def test_a_loaned_ipad_follows_the_hours_of_use(any_room: Classroom) -> None:
    room = any_room
    ipad = await lent_ipad(room)
    assert await room.mode(ipad.tablet_id) == ("home", False)
    assert not ipad.tablet.opens(GEOGEBRA)
    for moment, usable in (
        ("2026-11-24T16:30", True),
        ("2026-11-24T19:00", False),
        ("2026-11-25T16:30", True),
        ("2026-11-28T10:00", True),
        ("2026-11-28T18:00", False),
    ):
        await until(room, moment)
        await ipad.converse()
        assert await room.mode(ipad.tablet_id) == ("home", usable), moment
        assert ipad.tablet.opens(GEOGEBRA) is usable, moment
        # What the home rules take away stays away in the hours of use too.
        assert not ipad.tablet.opens("self.Kiwix")
        assert await room.holds(ipad.tablet_id)


async def test_a_lent_tablet_follows_the_hours_that_its_school_sets(any_room: Classroom) -> None:
    room = any_room
    ipad = await lent_ipad(room)
    ipad.address = SCHOOL_ADDRESS
    await room.networks.set(UAI, [SCHOOL_ADDRESS], actor="test")
    calendars = Calendars(room.database, room.clock, room.journal)
    # Wednesday afternoon, in the school's network: no class in the usual week, the home rules hold.
    await until(room, "2026-11-25T14:00", spread=False)
    await ipad.converse()
    await room.later(minutes=1)
    before = await room.mode(ipad.tablet_id)
    assert before is not None
    assert before[0] == "home"
    week = msgspec.structs.replace(FOUR_AND_A_HALF_DAYS, wednesday=parse_sessions("13:30-16:30"))
    await calendars.set_week(UAI, week, actor="account:head")
    await room.later(minutes=1)
    await room.later(minutes=5)
    assert await room.mode(ipad.tablet_id) == ("school", True)
    # The head closes the school on Thursday: the tablet stays as at home in what would be class.
    await calendars.close_day(UAI, date(2026, 11, 26), actor="account:head")
    await until(room, "2026-11-26T10:00")
    await ipad.converse()
    await room.later(minutes=6)
    closed = await room.mode(ipad.tablet_id)
    assert closed is not None
    assert closed[0] == "home"
    await calendars.open_day(UAI, date(2026, 11, 26), actor="account:head")
    await room.later(minutes=1)
    await room.later(minutes=5)
    assert await room.mode(ipad.tablet_id) == ("school", True)


async def test_the_holidays_have_the_hours_of_other_days(room: Classroom) -> None:
    ipad = await lent_ipad(room)
    await until(room, "2026-12-21T10:30")
    assert await room.mode(ipad.tablet_id) == ("holiday", True)
    await until(room, "2026-12-21T19:00")
    assert await room.mode(ipad.tablet_id) == ("holiday", False)


async def test_a_tablet_that_comes_back_is_as_at_school_and_its_guardians_rules_are_erased(room: Classroom) -> None:
    ipad = await lent_ipad(room)
    await room.stricter.give(ipad.tablet_id, {"apps_taken_away": [GEOGEBRA]}, actor=MOTHER)
    await until(room, "2026-11-24T16:30")
    await ipad.converse()
    assert not ipad.tablet.opens(GEOGEBRA)
    await room.change(ipad.tablet_id, TabletEvent.GIVE_BACK)
    await room.later(minutes=2)
    await ipad.converse()
    assert await room.mode(ipad.tablet_id) is None
    assert ipad.tablet.opens(GEOGEBRA)
    assert await room.stricter.show(ipad.tablet_id) == {}


async def test_a_guardian_is_stricter_and_two_who_disagree_are_both_obeyed(any_room: Classroom) -> None:
    room = any_room
    ipad = await lent_ipad(room)
    await room.stricter.give(ipad.tablet_id, {"school_days_from": "17:00", "school_days_to": "21:00"}, actor=MOTHER)
    await room.stricter.give(
        ipad.tablet_id, {"school_days_from": "16:00", "school_days_to": "18:00", "apps_taken_away": [GEOGEBRA]},
        actor=FATHER,
    )  # fmt: skip
    for moment, usable in (
        ("2026-11-24T16:40", False),
        ("2026-11-24T17:10", True),
        ("2026-11-24T18:10", False),
        ("2026-11-24T20:00", False),
    ):
        await until(room, moment, spread=False)
        assert await room.mode(ipad.tablet_id) == ("home", usable), moment
    assert set(await room.stricter.show(ipad.tablet_id)) == {MOTHER, FATHER}
    await room.stricter.give(ipad.tablet_id, {}, actor=FATHER)
    await until(room, "2026-11-25T18:30")
    assert await room.mode(ipad.tablet_id) == ("home", True)
    assert await room.told("stricter_rules_given", "stricter_rules_lifted") == [
        "stricter_rules_given", "stricter_rules_given", "stricter_rules_lifted",
    ]  # fmt: skip


async def test_rules_at_home_are_given_for_a_tablet_on_loan_alone(room: Classroom) -> None:
    await room.open()
    ipad = await room.ipad()
    with pytest.raises(NotOnLoan):
        await room.stricter.give(ipad.tablet_id, {}, actor=MOTHER)


@pytest.mark.parametrize(
    "fields",
    [
        {"bedtime": "20:00"},
        {"night_from": "20:00"},
        {"night_from": "20:00", "night_to": "20:00"},
        {"night_from": "8 pm", "night_to": "07:00"},
        {"night_from": 20, "night_to": "07:00"},
        {"apps_taken_away": "all"},
        {"apps_taken_away": ["no such; app"]},
        {"apps_taken_away": [f"a.b{number}" for number in range(501)]},
    ],
)
def test_rules_that_do_not_hold_together_are_refused_by_name(fields: dict[str, object]) -> None:
    with pytest.raises(StricterInvalid):
        stricter_rules(fields)


@given(
    st.builds(
        lambda begin, end, apps: {
            "night_from": f"{begin:%H:%M}", "night_to": f"{end:%H:%M}", "apps_taken_away": apps,
        },
        st.times(),
        st.times(),
        st.lists(st.sampled_from(["org.a", "org.b"]), unique=True),
    )
)  # fmt: skip
def test_rules_survive_the_store(fields: dict[str, object]) -> None:
    if fields["night_from"] == fields["night_to"]:
        return
    rules = stricter_rules(fields)
    assert StricterRules.from_json(rules.to_json()) == rules


async def test_in_class_and_seen_at_school_a_loaned_tablet_is_as_at_school(any_room: Classroom) -> None:
    room = any_room
    ipad = await lent_ipad(room)
    await room.networks.set(UAI, ["203.0.113.0/28"], actor="account:technician")
    await until(room, "2026-11-26T09:00")
    ipad.address = SCHOOL_ADDRESS
    await ipad.converse()
    await room.runner.run_once()
    assert await room.mode(ipad.tablet_id) == ("school", True)
    await ipad.converse()
    assert ipad.tablet.opens(GEOGEBRA)
    # At noon it is as at home; on Friday it stays at home with a cold.
    await until(room, "2026-11-26T11:45")
    assert await room.mode(ipad.tablet_id) == ("home", False)
    await until(room, "2026-11-27T09:00")
    ipad.address = HOME_ADDRESS
    await ipad.converse()
    await room.runner.run_once()
    assert await room.mode(ipad.tablet_id) == ("home", False)


async def test_of_a_tablets_place_nothing_is_kept_but_school_or_elsewhere(room: Classroom) -> None:
    ipad = await lent_ipad(room)
    await room.networks.set(UAI, [SCHOOL_ADDRESS], actor="account:technician")
    room.clock.advance(timedelta(minutes=2))
    ipad.address = HOME_ADDRESS
    await ipad.converse()

    def everything(conn: Connection) -> str:
        tables = [row["name"] for row in conn.all("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return " ".join(str(row) for table in tables for row in conn.all(f"SELECT * FROM {table}"))

    assert HOME_ADDRESS not in await room.database.read(everything)
    row = await room.database.read(lambda conn: conn.one("SELECT at_school FROM tablet_place"))
    assert row == {"at_school": 0}


async def test_android_hides_at_home_and_shows_again_without_fetching_anything_anew(room: Classroom) -> None:
    await room.open(Platform.ANDROID)
    agent = await room.agent()
    await room.lend(agent.tablet_id)
    await room.later(minutes=2)
    await agent.live()
    locked = next(one for one in agent.configuration["applicationSettings"] if one["name"] == "locked_packages")
    assert set(locked["value"].split(",")) == {GEOGEBRA_ANDROID, CHROME}
    assert (agent.tiles, agent.configuration["lock"]) == (set(), True)
    # What is hidden is not there for the agent.
    await agent.reports({})
    assert (await room.report(agent.tablet_id)).veiled == (CHROME, GEOGEBRA_ANDROID)
    await until(room, "2026-11-24T16:30")
    await agent.live()
    by_package = {one["pkg"]: one for one in agent.configuration["applications"]}
    assert "url" not in by_package[GEOGEBRA_ANDROID]
    unlocked = next(one for one in agent.configuration["applicationSettings"] if one["name"] == "unlocked_packages")
    assert set(unlocked["value"].split(",")) == {GEOGEBRA_ANDROID, CHROME}
    # It reports once before it has done what it fetched, then with all that is shown again.
    await agent.reports({})
    await agent.reports({GEOGEBRA_ANDROID: "5.2", CHROME: "120.0"})
    await agent.live()
    by_package = {one["pkg"]: one for one in agent.configuration["applications"]}
    assert by_package[GEOGEBRA_ANDROID]["url"]
    assert (await room.report(agent.tablet_id)).veiled == ()
    assert agent.messages.count("uninstallApp") == 0


async def test_a_hidden_app_that_does_not_come_back_is_fetched_in_the_end(room: Classroom) -> None:
    await room.open(Platform.ANDROID)
    agent = await room.agent()
    await room.lend(agent.tablet_id)
    await room.later(minutes=2)
    await agent.live()
    await agent.reports({})
    await until(room, "2026-11-24T16:30")
    await agent.live()
    await agent.reports({CHROME: "120.0"})
    room.clock.advance(timedelta(minutes=31))
    await room.database.write(lambda conn: room.convergence.look(conn, agent.tablet_id, "android"))
    await agent.live()
    by_package = {one["pkg"]: one for one in agent.configuration["applications"]}
    assert by_package[GEOGEBRA_ANDROID]["url"]


async def test_a_tablet_declared_lost_shows_nothing_on_android_and_is_left_alone_on_ipads(room: Classroom) -> None:
    await room.open(Platform.ANDROID)
    agent = await room.agent()
    await room.change(agent.tablet_id, TabletEvent.LOSE)
    await room.later(minutes=2)
    await agent.live()
    assert await room.mode(agent.tablet_id) == ("lost", False)
    assert (agent.tiles, agent.configuration["lock"]) == (set(), True)
    await room.change(agent.tablet_id, TabletEvent.FIND)
    await room.later(minutes=2)
    assert await room.mode(agent.tablet_id) is None


async def test_a_new_edition_with_other_hours_holds_without_waiting_for_the_old_ones(room: Classroom) -> None:
    ipad = await lent_ipad(room)
    await until(room, "2026-11-24T16:30")
    await room.agreement.agree(EDITION.replace('"19:00"', '"17:30"'))
    await room.later(minutes=1)
    await room.later(minutes=6)
    await until(room, "2026-11-24T17:30")
    assert await room.mode(ipad.tablet_id) == ("home", False)


async def test_the_schedule_is_in_the_store(any_room: Classroom) -> None:
    """A server that was down at 16:30 does at its start what was due."""
    room = any_room
    ipad = await lent_ipad(room)
    room.clock.advance(paris("2026-11-24T17:00") - room.clock.now())
    await room.another_runner().run_once()
    assert await room.mode(ipad.tablet_id) == ("home", True)
    due = await room.database.read(mode_store.next_due)
    assert due is not None
    expected = paris("2026-11-24T19:00").timestamp() * 1000
    assert expected <= due < expected + HOME_MS


async def test_a_tablet_that_cannot_be_brought_to_its_mode_is_put_off_and_holds_no_other_up(
    room: Classroom, tmp_path: Path
) -> None:
    """The edition names a secret that somebody took away from the server."""
    await room.open()
    ipad = await room.ipad()
    secrets = tmp_path / "secrets.toml"
    secrets.write_text('wifi = "un mot de passe"\n', encoding="utf-8")
    await room.agreement.agree(EDITION + '[[wifi]]\nssid = "ecole"\npassword_secret = "wifi"\n')
    await room.lend(ipad.tablet_id)
    secrets.unlink()
    await room.later(minutes=2)
    assert await room.mode(ipad.tablet_id) == ("school", True)
    assert await room.runner.run_once() == 0
    secrets.write_text('wifi = "un mot de passe"\n', encoding="utf-8")
    await room.later(minutes=10)
    assert await room.mode(ipad.tablet_id) == ("home", False)


def test_changes_are_spread_and_each_tablet_has_the_same_time_every_day() -> None:
    tablets = [f"{number:032x}" for number in range(10_000)]
    found = [after(one, HOME_MS) for one in tablets]
    assert found == [after(one, HOME_MS) for one in tablets]
    assert all(0 <= one < HOME_MS for one in found)
    by_second = Counter(one // 1000 for one in found)
    # 10,000 in 300 seconds: 33 a second, and never many times that.
    assert max(by_second.values()) < 100
