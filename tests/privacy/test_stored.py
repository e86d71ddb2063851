"""What is stored about a person is shown whole to that person, and to others only what they may see."""

import csv
from io import StringIO

import msgspec
import pytest

from mdm.clock import DAY_MS, ManualClock, from_ms
from mdm.i18n import Catalogs, Translator
from mdm.privacy.composition import PrivacyParts
from mdm.privacy.declaration import Search, Stay
from mdm.privacy.errors import StillNeeded, SubjectUnknown
from mdm.privacy.exports import as_csv, as_json
from mdm.privacy.register import Register
from mdm.privacy.schema_store import Schema
from mdm.privacy.stored import StoredField, Told, stored_about, told
from mdm.privacy.subject import Subject
from mdm.store import Connection, Database
from tests.privacy.rows import ON_SQLITE, Maker
from tests.privacy.test_purge_of_everything import naming

CHILD = Subject(kind="pupil", key="pupil-lent")
GUARDIAN = Subject(kind="guardian", key="guardian-lent")
ACCOUNT = Subject(kind="account", key="account-lent")
FRENCH = Catalogs("mdm.privacy").for_language("fr")


@pytest.fixture
async def family(any_database: Database, clock: ManualClock, register: Register, schema: Schema) -> Maker:
    """Two families with a row in every table; the tablet of one is at home."""
    maker = Maker(register, schema)
    now = clock.ms()
    days = {"lent": now, "other": now - DAY_MS}
    ages = {age: (moment, from_ms(moment).date().isoformat()) for age, moment in days.items()}

    def fill(conn: Connection) -> None:
        maker.fill(conn, ages, {"lent": "lea.martin", "other": "somebody.else"})
        conn.run("UPDATE journal_head SET seq = 1000")
        conn.run("UPDATE loan SET state = 'handed_over', closed_at = NULL")
        conn.run("UPDATE account SET disabled_at = NULL")
        conn.run("UPDATE idempotency_key SET answer = :b WHERE key_digest LIKE '%lent'", b=b'{"login":"lea.martin"}')

    await any_database.write(fill)
    return maker


async def about(database: Database, subject: Subject, *viewers: str) -> list[StoredField]:
    return await database.read_long(lambda conn: stored_about(conn, subject, viewers=viewers or ("self",)))


@pytest.mark.parametrize("subject", [CHILD, GUARDIAN, ACCOUNT], ids=str)
async def test_a_person_sees_every_declared_field(
    any_database: Database, family: Maker, register: Register, subject: Subject
) -> None:
    found = {one.key for one in await about(any_database, subject)}
    wanted = {
        one.key
        for one in register.fields.values()
        if any(owner.subject == subject.kind and owner.holds != "pseudonym" for owner in one.owners)
        # Rows whose subject is written as a whole are made by requests; one row is there only once.
        and one.table.name not in ("data_request", "data_controller", "journal_person")
    }
    assert wanted
    assert found >= wanted


@ON_SQLITE
@pytest.mark.parametrize("subject", [CHILD, GUARDIAN, ACCOUNT], ids=str)
async def test_nothing_of_another_person_is_shown(any_database: Database, family: Maker, subject: Subject) -> None:
    values = " ".join(str(one.value) for one in await about(any_database, subject))
    assert "lent" in values
    for other in ("pupil-other", "guardian-other", "account-other", "somebody.else", ".other"):
        assert other not in values, other


@ON_SQLITE
async def test_secrets_are_named_and_their_values_shown_to_nobody(any_database: Database, family: Maker) -> None:
    found = {one.key: one for one in await about(any_database, ACCOUNT)}
    secret = found["account.password_hash"]
    assert (secret.value, secret.hidden) == (None, True)
    (line,) = told([secret], FRENCH)
    assert (line.value, line.seen_by) == ("(montré à personne)", ())
    assert "account.password_hash" not in {one.key for one in await about(any_database, ACCOUNT, "administrator")}


@ON_SQLITE
async def test_fields_that_somebody_may_not_see_are_left_out(any_database: Database, family: Maker) -> None:
    guardian = {one.key for one in await about(any_database, CHILD, "guardian")}
    technician = {one.key for one in await about(any_database, CHILD, "technician")}
    teacher = {one.key for one in await about(any_database, CHILD, "teacher")}
    assert "home_use_day.minutes" in guardian
    assert "pupil.first_name" in teacher
    assert "home_use_day.minutes" not in teacher
    assert "tablet_report.battery" in technician
    assert not {"pupil.first_name", "home_use_day.minutes", "loan.pupil_id"} & technician
    assert await about(any_database, CHILD, "evaluator") == []


@ON_SQLITE
async def test_being_a_guardian_opens_nothing_about_an_adult(any_database: Database, family: Maker) -> None:
    assert {one.key for one in await about(any_database, ACCOUNT, "guardian")} <= {"data_request.subject"}


@ON_SQLITE
async def test_it_is_said_until_when_each_field_is_kept(any_database: Database, family: Maker) -> None:
    found = {one.key: one for one in await about(any_database, CHILD)}
    assert found["pupil.first_name"].erased_at is not None
    day = found["home_use_day.day"]
    assert day.erased_at is not None
    assert 56 * DAY_MS < day.erased_at - family.made["pupil"]["lent"]["created_at"] < 58 * DAY_MS
    assert found["loan.handed"].erased_at is None
    (line,) = told([day], FRENCH)
    assert line.erased == "56 jours après le jour"
    assert line.erased_on == "2026-10-27"
    # A row that goes with another one has its date.
    assert found["inscription.level"].erased_at == found["pupil.first_name"].erased_at


@ON_SQLITE
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_it_is_exported_whole_as_json_and_csv(
    any_database: Database, family: Maker, clock: ManualClock, language: str
) -> None:
    translate = Catalogs("mdm.privacy").for_language(language)
    lines = told(await about(any_database, CHILD), translate)
    tree = msgspec.json.decode(as_json(lines, translate, clock))
    assert tree["language"] == language
    assert tree["made_at"] == "2026-09-01T08:00:00Z"
    assert [one["key"] for one in tree["data"]] == [one.key for one in lines]
    rows = list(csv.reader(StringIO(as_csv(lines, translate).removeprefix("\ufeff")), delimiter=";"))
    assert len(rows) == len(lines) + 1
    assert [row[-1] for row in rows[1:]] == [one.key for one in lines]
    assert all(all(row[2:3] + row[4:7]) or row[6] == "" for row in rows[1:])


def test_no_cell_of_a_spreadsheet_is_a_formula(clock: ManualClock) -> None:
    translate: Translator = FRENCH
    line = msgspec.convert(
        {
            "key": "pupil.first_name", "record": "=1+1", "row": 1, "field": "@x", "value": "x", "said": "=HYPERLINK()",
            "purpose": "-", "basis": "+", "seen_by": [], "source": "", "recipients": [], "erased_on": "", "erased": "",
            "technical": False, "file": "",
        },
        type=Told,
    )  # fmt: skip
    text = as_csv([line], translate)
    assert not any(cell[:1] in "=+-@" for row in csv.reader(StringIO(text), delimiter=";") for cell in row if cell)


@ON_SQLITE
async def test_nobody_is_shown_who_is_not_there(any_database: Database, family: Maker) -> None:
    for subject in (Subject(kind="pupil", key="nobody"), Subject(kind="cli", key="nobody")):
        with pytest.raises(SubjectUnknown):
            await about(any_database, subject)


@pytest.mark.parametrize("subject", [CHILD, GUARDIAN], ids=str)
async def test_a_family_is_erased_once_the_tablet_is_back(
    any_database: Database,
    family: Maker,
    parts: PrivacyParts,
    register: Register,
    schema: Schema,
    subject: Subject,
) -> None:
    with pytest.raises(StillNeeded):
        await parts.erasure.erase(subject, actor="system")
    await any_database.write(lambda conn: conn.run("UPDATE loan SET state = 'returned', closed_at = 1"))
    await parts.erasure.erase(subject, actor="system")
    left = await naming(any_database, schema, subject.key)
    for place in left:
        assert isinstance(register.field(place).erasure, Stay), place
    other = Subject(kind=subject.kind, key=subject.key.replace("lent", "other"))
    assert {one.key for one in await about(any_database, other)} >= {f"{subject.kind}.{subject.kind}_id"}


@ON_SQLITE
async def test_an_account_s_kept_answers_are_shown_and_searched_for(
    any_database: Database, family: Maker, register: Register
) -> None:
    (answer,) = [one for one in await about(any_database, ACCOUNT) if one.key == "idempotency_key.answer"]
    assert answer.value == '{"login":"lea.martin"}'
    assert isinstance(register.field("idempotency_key.answer").erasure, Search)
