"""A head sets the hours and the closed days of the school; a manager takes in the dates; others read."""

import json
import re
from datetime import date, time

import pytest

from mdm.home.calendar.calendars import Calendars
from mdm.home.calendar.hours import FOUR_DAYS, SchoolHours, Session
from mdm.home.calendar.school_years import FORMAT
from mdm.journal import Entry, entries
from mdm.store import Database
from tests.webui.conftest import MakeSite, Site
from tests.webui.signed_in import Browser, browser_of
from webui.roles import Role
from webui.scopes import parse_scope

HERE, ISLAND = "0400377T", "9710001Z"
PAGE = f"/schools/{HERE}/calendar"


@pytest.fixture
def database(any_database: Database) -> Database:
    """Each engine in turn, in the place of SQLite."""
    return any_database


@pytest.fixture
async def site(make_site: MakeSite) -> Site:
    return await make_site(demo=False)


@pytest.fixture
async def head(site: Site) -> Browser:
    return await browser_of(site, "claire", Role.HEAD, parse_scope(f"school:{HERE}"))


@pytest.fixture
async def manager(site: Site) -> Browser:
    return await browser_of(site, "marc", Role.MANAGER)


def calendars(site: Site) -> Calendars:
    return Calendars(site.services.database, site.services.clock, site.services.journal)


async def hours(site: Site) -> SchoolHours:
    return (await calendars(site).show(HERE)).hours


async def told(site: Site, subject: str) -> list[Entry]:
    return await site.services.database.read(lambda conn: entries(conn, subject=subject, limit=100))


def shown_fields(text: str) -> dict[str, str]:
    return dict(re.findall(r'name="(\w+day-\d-(?:begin|end))" value="([\d:]*)"', text))


async def add_island(site: Site) -> None:
    fleet = site.services.fleet
    (territory,) = await fleet.territories()
    await fleet.create_commune("97105", "Basse-Terre", territory_id=territory.territory_id, actor="test")
    await fleet.create_school(ISLAND, "École des Palmes", insee="97105", actor="test")


def file_of(zone: str = "guadeloupe", year: int = 2026) -> bytes:
    one = {
        "zone": zone,
        "year": year,
        "first": f"{year}-09-01",
        "last": f"{year + 1}-08-31",
        "source": "arrêté rectoral",
        "breaks": [{"name": "Vacances de Noël", "first": f"{year}-12-19", "last": f"{year + 1}-01-03"}],
    }
    return json.dumps({"format": FORMAT, "years": [one]}).encode()


async def test_a_head_reads_the_zone_the_hours_and_the_dates(head: Browser) -> None:
    assert PAGE in (await head.get(f"/schools/{HERE}")).text
    page = await head.get(PAGE)
    assert page.status == 200
    assert "dimanche 1er novembre 2026" in page.text
    for words in ("Zone A", "Bordeaux", "08:30-11:45, 13:45-15:45", "24 h 00", "jeudi 31 août 2028", "Ascension"):
        assert words in page.text, words
    assert "du samedi 19 décembre 2026 au dimanche 3 janvier 2027" in page.text
    assert "Personne ne les a encore réglés" in page.text


async def test_hours_that_a_head_enters_are_shown_again_and_journalled(site: Site, head: Browser) -> None:
    form = {"monday-0-begin": "08:45", "monday-0-end": "12:00", "tuesday-1-begin": "13:30", "tuesday-1-end": "16:30"}
    done = await head.post(f"{PAGE}/hours", form)
    assert "d&#39;ici six minutes" in done.text
    assert {name: value for name, value in shown_fields(done.text).items() if value} == form
    kept = await hours(site)
    assert kept.monday == (Session(begin=time(8, 45), end=time(12)),)
    assert kept.wednesday == ()
    (*_, last) = await told(site, f"school:{HERE}")
    assert (last.kind, last.actor) == ("school_hours_set", "account:claire")
    assert json.loads(last.detail) == {"monday": "08:45-12:00", "tuesday": "13:30-16:30"}


async def test_a_usual_week_is_taken_with_one_tap_and_closed_days_stay(site: Site, head: Browser) -> None:
    await head.post(f"{PAGE}/close", {"day": "2027-05-10"})
    page = await head.post(f"{PAGE}/week", {"week": "4-days"})
    assert "lundi 10 mai 2027" in page.text
    kept = await hours(site)
    assert (kept.monday, kept.wednesday, kept.closed) == (FOUR_DAYS.monday, (), (date(2027, 5, 10),))
    assert (await head.post(f"{PAGE}/week", {"week": "7-days"})).status == 422


async def test_a_closed_day_is_added_and_removed(site: Site, head: Browser) -> None:
    added = await head.post(f"{PAGE}/close", {"day": "2027-05-10"})
    assert "Retirer le lundi 10 mai 2027" in added.text
    again = await head.post(f"{PAGE}/close", {"day": "2027-05-10"})
    assert again.status == 409
    gone = await head.post(f"{PAGE}/open", {"day": "2027-05-10"})
    assert "Retirer le" not in gone.text
    assert (await head.post(f"{PAGE}/open", {"day": "2027-05-10"})).status == 404
    assert (await hours(site)).closed == ()
    kinds = [(one.kind, json.loads(one.detail)) for one in await told(site, f"school:{HERE}")][-2:]
    assert kinds == [("school_day_closed", {"day": "2027-05-10"}), ("school_day_opened", {"day": "2027-05-10"})]


MISTAKES: tuple[tuple[str, dict[str, str], str], ...] = (
    ("hours", {"monday-0-begin": "08:45"}, "« Lundi » : il manque le début ou la fin"),
    ("hours", {"friday-0-begin": "12:00", "friday-0-end": "09:00"}, "« Vendredi »"),
    ("hours", {"friday-0-begin": "08:00", "friday-0-end": "12:00", "friday-1-begin": "11:00", "friday-1-end": "13:00"},
     "« Vendredi »"),
    ("close", {"day": "demain"}, "n&#39;est pas un jour"),
    ("close", {"day": "2207-05-10"}, "Le 10/05/2207 est trop éloigné."),
    ("close", {"day": "2027-05-09"}, "Il n&#39;y a déjà pas classe le 09/05/2027."),
    ("close", {"day": "2026-12-25"}, "Il n&#39;y a déjà pas classe"),
)  # fmt: skip


async def test_a_mistake_is_said_and_what_was_typed_stays(site: Site, head: Browser) -> None:
    for path, form, said in MISTAKES:
        answer = await head.post(f"{PAGE}/{path}", form)
        assert answer.status in (409, 422)
        assert said in answer.text
        for value in form.values():
            assert f'value="{value}"' in answer.text
    assert not (await calendars(site).show(HERE)).own_hours


async def test_others_read_or_see_nothing(site: Site, head: Browser, manager: Browser) -> None:
    assert (await manager.post(f"{PAGE}/close", {"day": "2027-05-10"})).status == 200
    for role in (Role.TECHNICIAN, Role.DSDEN):
        other = await browser_of(site, f"a-{role.value}", role)
        page = await other.get(PAGE)
        assert "lundi 10 mai 2027" in page.text
        assert "<form" not in page.text.split("<main")[1].split("</main>")[0]
        assert (await other.post(f"{PAGE}/hours", {})).status == 403
    for role in (Role.TEACHER, Role.PARENT, Role.EVALUATOR):
        assert (await (await browser_of(site, f"a-{role.value}", role)).get(PAGE)).status == 403
    elsewhere = await browser_of(site, "lou", Role.HEAD, parse_scope("school:0400001J"))
    assert (await elsewhere.get(PAGE)).status == 403
    assert (await elsewhere.post(f"{PAGE}/hours", {})).status == 403


async def test_a_manager_reads_a_file_before_it_is_kept(site: Site, manager: Browser) -> None:
    await add_island(site)
    schools = await manager.get("/schools")
    assert "Guadeloupe" in schools.text
    assert 'href="/calendar"' in schools.text
    assert "aucune date n&#39;est connue" in (await manager.get(f"/schools/{ISLAND}/calendar")).text
    read = await manager.post("/calendar", {"file": ("dates.json", file_of(), "application/json")})
    assert "du samedi 19 décembre 2026 au dimanche 3 janvier 2027" in read.text
    assert "Rien n&#39;est encore enregistré." in read.text
    assert (await calendars(site).show(ISLAND)).known_until is None
    (token,) = set(re.findall(r'name="token" value="([0-9a-f]+)"', read.text))
    kept = await manager.post("/calendar/keep", {"token": token})
    assert "mardi 31 août 2027" in kept.text
    assert (await calendars(site).show(ISLAND)).known_until == date(2027, 8, 31)
    (entry,) = await told(site, "calendar")
    assert (entry.kind, entry.actor) == ("school_calendar_imported", "account:marc")
    assert json.loads(entry.detail) == {"years": ["guadeloupe 2026"]}
    assert "moins de six mois" not in (await manager.get("/schools")).text
    assert (await manager.post("/calendar/keep", {"token": token})).status == 410
    again = await manager.post("/calendar", {"file": ("dates.json", file_of(), "application/json")})
    assert "il n&#39;y a rien à enregistrer" in again.text


async def test_a_file_that_is_none_is_refused_in_words(manager: Browser) -> None:
    csv = await manager.post("/calendar", {"file": ("dates.csv", b"Zone;Date", "text/csv")})
    assert csv.status == 422
    assert "ce n&#39;est pas un fichier JSON" in csv.text
    broken = json.dumps({"format": FORMAT, "years": [{"zone": "A"}]}).encode()
    assert "$.years[0]" in (await manager.post("/calendar", {"file": ("d.json", broken, "application/json")})).text
    assert "Aucun fichier" in (await manager.post("/calendar", {})).text


async def test_what_is_known_can_be_taken_changed_and_given_back(site: Site, manager: Browser) -> None:
    known = await manager.get("/calendar.json")
    read = await manager.post("/calendar", {"file": ("calendar.json", known.body, "application/json")})
    assert "Tout est déjà connu" in read.text
    assert (await calendars(site).years())[0].zone in known.text


async def test_dates_are_for_those_who_answer_for_the_whole_territory(site: Site, head: Browser) -> None:
    local = await browser_of(site, "lou", Role.MANAGER, parse_scope("commune:40018"))
    administrator = await browser_of(site, "ada", Role.ADMINISTRATOR)
    file = {"file": ("dates.json", file_of(), "application/json")}
    for person in (head, local):
        page = await person.get("/calendar")
        assert "Zone A" in page.text
        assert 'type="file"' not in page.text
        assert (await person.post("/calendar", file)).status == 403
        assert (await person.post("/calendar/keep", {"token": "0" * 64})).status == 403
    assert 'href="/calendar"' in (await administrator.get("/accounts")).text
    assert (await administrator.post("/calendar", file)).status == 200
