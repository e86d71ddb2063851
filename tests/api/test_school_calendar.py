"""Calendars over the API: hours and closed days of one's own school, dates by who answers for the territory."""

from typing import Any

from mdm.clock import ManualClock
from mdm.journal import Journal
from mdm.store import Database
from tests.api.conftest import Api
from webui.api.tokens import Tokens
from webui.roles import Role
from webui.scopes import parse_scope

SHOW, HOURS, YEARS = "/schools/0400377T/calendar", "/schools/0400377T/hours", "/school-years"
WEEK: dict[str, Any] = {
    "monday": [{"begin": "08:45", "end": "12:00"}, {"begin": "13:30", "end": "16:00"}],
    "closed": ["2027-05-10"],
}
YEAR: dict[str, Any] = {
    "zone": "guyane",
    "year": 2026,
    "first": "2026-09-01",
    "last": "2027-07-31",
    "breaks": [{"name": "Vacances de Noël", "first": "2026-12-19", "last": "2027-01-03"}],
    "source": "arrêté rectoral",
}


async def test_a_head_sets_the_hours_and_reads_them_back(api: Api) -> None:
    before = (await api.ask("GET", SHOW, role=Role.HEAD)).json
    assert (before["zone"], before["academy"], before["own_hours"]) == ("A", "Bordeaux", False)
    done = await api.ask("PUT", HOURS, role=Role.HEAD, json=WEEK)
    assert done.status == 200
    assert done.json["hours"]["monday"] == WEEK["monday"]
    assert done.json["hours"]["wednesday"] == []
    assert (await api.ask("GET", SHOW, role=Role.TECHNICIAN)).json["hours"] == done.json["hours"]
    for role in (Role.TECHNICIAN, Role.TEACHER, Role.PARENT):
        assert (await api.ask("PUT", HOURS, role=role, json=WEEK)).code == "not_allowed"
    wrong = {"friday": [{"begin": "12:00", "end": "09:00"}]}
    assert (await api.ask("PUT", HOURS, role=Role.HEAD, json=wrong)).code == "hours_invalid"
    unknown = await api.ask("PUT", "/schools/0400001J/hours", role=Role.MANAGER, json=WEEK)
    assert unknown.code == "school_unknown"


async def test_a_manager_takes_in_the_years_of_a_zone(api: Api) -> None:
    done = await api.ask("PUT", YEARS, role=Role.MANAGER, json={"years": [YEAR]})
    assert (done.status, done.json) == (200, {"years": [YEAR]})
    assert YEAR in (await api.ask("GET", YEARS, role=Role.PARENT)).json["years"]
    assert (await api.ask("PUT", YEARS, role=Role.HEAD, json={"years": [YEAR]})).code == "not_allowed"
    nowhere = {"years": [{**YEAR, "zone": "lune"}]}
    assert (await api.ask("PUT", YEARS, role=Role.MANAGER, json=nowhere)).code == "calendar_invalid"
    assert (await api.ask("PUT", YEARS, role=Role.MANAGER, json={"years": [YEAR, YEAR]})).code == "calendar_invalid"


async def test_whoever_has_a_part_of_the_territory_sets_no_zones_dates(
    api: Api, database: Database, clock: ManualClock
) -> None:
    new = await Tokens(database, clock, Journal(clock)).create(
        "test", Role.MANAGER, scope=parse_scope("commune:40001"), days=1, actor="test"
    )
    headers = {"Authorization": f"Bearer {new.secret}"}
    for method, path, body in (("PUT", YEARS, {"years": [YEAR]}), ("PUT", HOURS, WEEK), ("GET", SHOW, None)):
        answer = await api.ask(method, path, role=None, json=body, headers=headers)
        assert (answer.status, answer.code) == (403, "not_allowed")
