"""Meetings by the pages: called, opened, attended, voted in with counts that move by themselves, and minuted."""

import asyncio
import json
import re
from collections.abc import AsyncIterator

import aiohttp

from tests.api.chamber import NO_CAMERA
from tests.charter.committee import EVERYBODY
from tests.webui.committee.conftest import Hall

NEW = {"title": "Comité de rentrée", "kind": "room", "begins_at": "2026-09-08T18:00", "place": "Mairie"}


async def called(hall: Hall, *proposals: str) -> str:
    """A meeting with proposals on its agenda; return its page."""
    secretary = hall.reader("secretary")
    page = await secretary.done("/meetings/new", "/meetings", **NEW)
    for proposal_id in proposals:
        await secretary.done(page.path, f"{page.path}/agenda", deed="add", item="", proposal=proposal_id)
    return page.path


async def live(hall: Hall, login: str, path: str) -> AsyncIterator[dict[str, str]]:
    """What a page is sent while it is open: the parts that changed, by their elements."""
    headers = {"Cookie": hall.chamber.headers(login)["Cookie"], "Accept-Language": "en"}
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
        session.get(f"{hall.site.url}{path}", headers=headers) as answer,
    ):
        assert answer.status == 200
        async for line in answer.content:
            if line.startswith(b"data: {"):
                yield json.loads(line.removeprefix(b"data: "))


async def test_a_meeting_is_called_with_an_agenda_that_can_be_put_in_order(hall: Hall) -> None:
    examined = await hall.chamber.examined(NO_CAMERA)
    secretary = hall.reader("secretary")
    for wrong, reason in (
        ({**NEW, "place": ""}, "a meeting in a room needs a place"),
        ({**NEW, "begins_at": "2020-01-01T10:00"}, "it would begin in the past"),
        ({**NEW, "title": ""}, "a title is missing"),
        ({**NEW, "begins_at": "hier"}, "“Begins” cannot be read"),
    ):
        refused = await secretary.send("/meetings/new", "/meetings", **wrong)
        assert (refused.status, reason in refused.text) == (422, True), reason
        assert refused.form("/meetings")["place"] == wrong["place"]
    path = await called(hall, examined)
    agenda = f"{path}/agenda"
    await secretary.done(path, agenda, deed="add", item="", title="Questions diverses")
    page = await secretary.get(path)
    revision = page.form(agenda)["revision"]
    assert re.findall(r'id="item-\d-title">(\d)\. (?:<a [^>]*>)?([^<]+)', page.text) == [
        ("1", "Sans appareil photo"),
        ("2", "Questions diverses"),
    ]
    page = await secretary.post(agenda, {"revision": revision, "deed": "down", "item": "1"})
    assert [one[0] for one in re.findall(r'-title">1\. ([^<]+)', page.text)] == ["Q"]
    stale = await secretary.post(agenda, {"revision": revision, "deed": "remove", "item": "1"})
    assert (stale.status, "was changed meanwhile" in stale.text) == (409, True)
    draft = await hall.chamber.drafted()
    early = await secretary.send(path, agenda, deed="add", item="", proposal=draft)
    assert (early.status, "cannot be put on the agenda" in early.text) == (409, True)
    await secretary.done(path, f"{path}/move", place="Salle des fêtes")
    mayor = await hall.reader("mayor").get(path)
    assert "Place: Salle des fêtes" in mayor.text
    assert not mayor.offers(agenda)
    assert "Comité de rentrée" in (await hall.reader("parent").get("/meetings?state=called")).text
    assert "There is no meeting here." in (await hall.reader("parent").get("/meetings?state=closed")).text


async def test_counts_move_by_themselves_while_a_meeting_votes(hall: Hall) -> None:
    examined = await hall.chamber.examined(NO_CAMERA)
    path = await called(hall, examined)
    secretary = hall.reader("secretary")
    await secretary.done(path, f"{path}/opening")
    stream = live(hall, "inspector", f"{path}/events")
    async with asyncio.timeout(30):
        first = await anext(stream)
        assert set(first) == {"meeting-state", "presence", "item-1"}
        assert "Vote</a>" not in first["item-1"]
        await secretary.post(f"{path}/vote-opening", {"proposal": examined})
        opened = await until(stream, "item-1", "<strong>0</strong> / 6")
        # Whoever has a seat votes from there, one tap away; no count says how.
        assert f'href="/proposals/{examined}/vote">Vote</a>' in opened
        await hall.chamber.say(examined, "yes", "mayor")
        voted = await until(stream, "item-1", "<strong>1</strong> / 6")
        assert "Yes</th>" not in voted
        await hall.chamber.say(examined, "yes", *(one for one in EVERYBODY if one != "mayor"))
        await until(stream, "item-1", "<strong>6</strong> / 6")
        form = (await secretary.get(path)).form(f"{path}/attendance")
        form.pop("csrf")
        await secretary.post(f"{path}/attendance", {**form, "seat-mayor": "holder", "seat-parent": "excused"})
        there = await until(stream, "presence", "Present: 1 of 1")
        assert "excused" in there
        await secretary.post(f"{path}/vote-closing", {"proposal": examined})
        closed = await until(stream, "item-1", "Adopted")
        counts = r"<td class=\"n\">3</td><td class=\"n\">3</td>"
        assert re.search(rf"Enseignants (?:(?!<tr>).)*</th>{counts}", closed, re.DOTALL)
    await stream.aclose()  # type: ignore[attr-defined]


async def test_a_meeting_is_closed_after_its_votes_and_has_minutes(hall: Hall) -> None:
    examined = await hall.chamber.examined(NO_CAMERA)
    path = await called(hall, examined)
    secretary = hall.reader("secretary")
    not_open = await secretary.send(path, f"{path}/opening", revision="99")
    assert (not_open.status, "was changed meanwhile" in not_open.text) == (409, True)
    elsewhere = await secretary.post(f"{path}/vote-opening", {"proposal": examined})
    assert (elsewhere.status, "This meeting is not open." in elsewhere.text) == (409, True)
    await secretary.done(path, f"{path}/opening")
    await secretary.done(path, f"{path}/vote-opening")
    waits = await secretary.send(path, f"{path}/closing")
    assert (waits.status, "Votes of this meeting are still open: 1." in waits.text) == (409, True)
    await hall.chamber.say(examined, "yes", *EVERYBODY)
    await secretary.done(path, f"{path}/vote-closing")
    notes = [fields for action, fields in (await secretary.get(path)).forms() if action == f"{path}/notes"]
    assert [one.get("item") for one in notes] == ["1", None]
    await secretary.post(f"{path}/notes", {"revision": notes[0]["revision"], "item": "1", "words": "Unanimité."})
    stale = await secretary.post(f"{path}/notes", {"revision": notes[0]["revision"], "words": "Bonne ambiance."})
    assert stale.status == 409
    assert "Bonne ambiance." in stale.text
    await secretary.post(f"{path}/notes", {"revision": stale.form(f"{path}/closing")["revision"], "words": "Bref."})
    closed = await secretary.done(path, f"{path}/closing")
    assert "The meeting is closed; its minutes are ready." in closed.text
    late = {"revision": "1", "words": "x", "seat-mayor": "holder", "deed": "add", "title": "Encore"}
    for action in ("agenda", "notes", "attendance", "closing"):
        assert not closed.offers(f"{path}/{action}"), action
        refused = await secretary.post(f"{path}/{action}", late)
        assert (refused.status, "its minutes stay as they are" in refused.text) == (409, True), action
    parent = hall.reader("parent")
    minutes = await parent.get(f"{path}/minutes")
    for words in ("Unanimité.", "Bref.", "Adopted", "Comité de rentrée", "délibération 2026-01"):
        assert words in minutes.text, words
    paper = await parent.get(f"{path}/minutes.pdf")
    assert paper.headers["Content-Type"] == "application/pdf"
    assert paper.body.startswith(b"%PDF-")
    assert "attachment" in paper.headers["Content-Disposition"]


async def until(stream: AsyncIterator[dict[str, str]], part: str, words: str) -> str:
    """Read on until a part says something; return it."""
    async for parts in stream:
        if words in parts.get(part, ""):
            return parts[part]
    raise AssertionError(words)
