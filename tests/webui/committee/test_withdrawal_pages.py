"""Urgent withdrawals by the pages: two steps, nothing before the second, and words for everything that is refused."""

import re

from tests.api.chamber import ADD_LIRE
from tests.webui.committee.conftest import Hall
from tests.webui.committee.test_proposing import plain

FIRST, CHECK, DO = "/withdrawals/new", "/withdrawals/check", "/withdrawals"


async def test_a_withdrawal_happens_at_the_second_step_and_not_before(hall: Hall) -> None:
    await hall.chamber.agreed(ADD_LIRE)
    assert await hall.chamber.apps() == ["Lire"]
    inspector = hall.reader("inspector")
    form = await inspector.get(FIRST)
    token = re.search(r'name="what" value="([^"]+)"', form.text)
    assert token is not None
    what = plain(token[1])
    unsaid = await inspector.send(FIRST, CHECK, what=what, why="")
    assert (unsaid.status, "Say why" in unsaid.text) == (422, True)
    assert "checked" in unsaid.text
    unchosen = await inspector.send(FIRST, CHECK, why="Elle montre des images violentes.")
    assert (unchosen.status, "Nothing is chosen yet." in unchosen.text) == (422, True)
    assert unchosen.form(CHECK)["why"] == "Elle montre des images violentes."

    check = await inspector.send(FIRST, CHECK, what=what, why="Elle montre des images violentes.")
    assert check.status == 200
    for words in (
        "“Lire” (app) leaves every tablet of the territory at once",
        "Kits concerned: 1; tablets: 0.",
        "The committee is asked to ratify it until October 1, 2026.",
        "In the name of the seat: Inspector.",
    ):
        assert words in check.text, words
    assert await hall.chamber.apps() == ["Lire"]

    fields = check.form(DO)
    fields.pop("csrf")
    done = await inspector.post(DO, fields)
    assert "It is withdrawn everywhere. The committee is asked to ratify that." in done.text
    assert "Elle montre des images violentes." in done.text
    assert await hall.chamber.apps() == []
    again = await inspector.post(DO, fields)
    assert (again.status, "is not on the tablets any more" in again.text) == (409, True)
    mayor = await hall.reader("mayor").get("/committee")
    assert "Withdrawals to ratify" in mayor.text
    assert "It comes back by itself unless the committee ratifies." in mayor.text
    assert "was withdrawn urgently on September 1, 2026" in (await hall.reader("parent").get("/editions/3")).text


async def test_whose_seat_may_not_is_told_so_and_is_not_offered_it(hall: Hall) -> None:
    await hall.chamber.agreed(ADD_LIRE)
    for login, offered in (("mayor", True), ("inspector", True), ("secretary", False), ("newcomer", False)):
        page = await hall.reader(login).get("/committee")
        assert ('href="/withdrawals/new"' in page.text) is offered, login
    page = await hall.reader("secretary").get(FIRST)
    assert (page.status, "Your seat may not withdraw anything urgently." in page.text) == (403, True)
    assert not page.offers(CHECK)
    refused = await hall.reader("secretary").post(DO, {"what": 'apps:{"bundle_id":"fr.lire"}', "why": "x"})
    assert (refused.status, "Your seat may not withdraw anything urgently." in refused.text) == (403, True)
    assert await hall.chamber.apps() == ["Lire"]
