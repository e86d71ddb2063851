"""What persons ask is noted, seen by those who may, answered once, and erased a year after the answer."""

from datetime import timedelta

import pytest

from mdm.clock import DAY_MS, ManualClock
from mdm.journal import latest_entries
from mdm.privacy.composition import PrivacyParts
from mdm.privacy.errors import FieldUnknown, RequestAnswered, RequestUnknown, SubjectUnknown, WordsWrong
from mdm.privacy.subject import Subject
from mdm.store import Connection, Database
from tests.privacy.rows import ON_SQLITE

CHILD = Subject(kind="pupil", key="p1")
PARENT = "account:famille"
DPO = "account:dpo"


@pytest.fixture
async def child(any_database: Database) -> Subject:
    def enter(conn: Connection) -> None:
        conn.run("INSERT INTO pupil (pupil_id, first_name, last_name, created_at) VALUES ('p1', 'Lina', 'M.', 1)")

    await any_database.write(enter)
    return CHILD


async def test_an_objection_is_noted_answered_and_kept_a_year(
    any_database: Database, clock: ManualClock, parts: PrivacyParts, child: Subject
) -> None:
    made = await parts.requests.make(
        child, "objection", about="home_use_day.minutes", words="  Trop de chiffres.  ", actor=PARENT
    )
    (seen,) = await parts.requests.listed("open", {"dpo"})
    assert (seen.request_id, seen.kind, seen.about, seen.words) == (
        made, "objection", "home_use_day.minutes", "Trop de chiffres.",
    )  # fmt: skip
    assert seen.due_at == clock.ms() + 30 * DAY_MS
    clock.advance(timedelta(days=3))
    await parts.requests.answer(made, granted=True, answer="Les sommes ne sont plus comptées.", actor=DPO)
    (told,) = await parts.requests.of_person(child, {"guardian"})
    assert (told.state, told.answer, told.answered_by) == ("granted", "Les sommes ne sont plus comptées.", DPO)
    assert await parts.requests.listed("open", {"dpo"}) == []
    clock.advance(timedelta(days=364))
    await parts.purge.once()
    assert len(await parts.requests.of_person(child, {"guardian"})) == 1
    clock.advance(timedelta(days=1))
    await parts.purge.once()
    assert await parts.requests.of_person(child, {"guardian"}) == []


@ON_SQLITE
async def test_the_journal_tells_that_it_was_asked_and_no_word_of_it(
    any_database: Database, parts: PrivacyParts, child: Subject
) -> None:
    made = await parts.requests.make(child, "rectification", words="Elle s'appelle Lina.", actor=PARENT)
    await parts.requests.answer(made, granted=False, answer="C'est écrit ainsi par l'école.", actor=DPO)
    entries = await any_database.read(lambda conn: latest_entries(conn, limit=2))
    assert [(one.kind, one.actor, one.subject) for one in entries] == [
        ("data_request_refused", DPO, f"data_request:{made}"),
        ("data_request_made", PARENT, f"data_request:{made}"),
    ]
    assert all("Lina" not in one.detail and "p1" not in one.detail for one in entries)


@ON_SQLITE
async def test_whoever_may_not_see_a_request_sees_that_there_is_one_and_no_more(
    parts: PrivacyParts, child: Subject
) -> None:
    await parts.requests.make(child, "objection", words="Pour nous.", actor=PARENT)
    (seen,) = await parts.requests.listed("open", {"technician", "administrator", "everybody"})
    assert seen.request_id
    assert [seen.subject, seen.words, seen.kind, seen.made_by, seen.about] == [None] * 5


@ON_SQLITE
async def test_a_request_is_answered_once_with_words(parts: PrivacyParts, child: Subject) -> None:
    made = await parts.requests.make(child, "access", actor=PARENT)
    with pytest.raises(WordsWrong):
        await parts.requests.answer(made, granted=True, answer="  ", actor=DPO)
    await parts.requests.answer(made, granted=True, answer="Voici le fichier.", actor=DPO)
    with pytest.raises(RequestAnswered):
        await parts.requests.answer(made, granted=False, answer="Non.", actor=DPO)
    with pytest.raises(RequestUnknown):
        await parts.requests.answer("nothing", granted=False, answer="Non.", actor=DPO)


@ON_SQLITE
async def test_what_cannot_be_meant_is_refused(parts: PrivacyParts, child: Subject) -> None:
    with pytest.raises(FieldUnknown):
        await parts.requests.make(child, "objection", about="pupil.shoe_size", actor=PARENT)
    with pytest.raises(SubjectUnknown):
        await parts.requests.make(Subject(kind="pupil", key="p2"), "objection", actor=PARENT)
    with pytest.raises(WordsWrong):
        await parts.requests.make(child, "objection", words="x" * 2001, actor=PARENT)


async def test_requests_are_listed_page_by_page(clock: ManualClock, parts: PrivacyParts, child: Subject) -> None:
    made = []
    for number in range(5):
        made.append(await parts.requests.make(child, "objection", words=str(number), actor=PARENT))
        clock.advance(timedelta(seconds=1))
    first = await parts.requests.listed("open", {"dpo"}, limit=2)
    rest = await parts.requests.listed("open", {"dpo"}, after=first[-1], limit=10)
    assert [one.request_id for one in [*first, *rest]] == made


@ON_SQLITE
async def test_an_erasure_that_a_person_asked_for_is_granted_by_carrying_it_out(
    any_database: Database, parts: PrivacyParts, child: Subject
) -> None:
    await parts.requests.make(child, "erasure", words="Nous partons.", actor=PARENT)
    await parts.erasure.erase(child, actor=DPO)
    (seen,) = await parts.requests.listed("granted", {"dpo"})
    assert (seen.state, seen.words, seen.answered_by, seen.subject) == ("granted", "", DPO, "pupil:p1")
    assert seen.answered_at is not None
    assert await any_database.read(lambda conn: conn.all("SELECT * FROM pupil")) == []
