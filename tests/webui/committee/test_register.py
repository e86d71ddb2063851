"""The register of decisions: searched, filtered by kind, year, body and result, and given as a file."""

import csv
import io
import re
from datetime import timedelta

from mdm.clock import ManualClock
from profiles.charter.convention import convention_of
from tests.api.chamber import ADD_LIRE, NO_CAMERA
from tests.charter.agreeing import SIMPLE
from tests.charter.committee import EVERYBODY
from tests.webui.committee.conftest import Hall, MakeHall, Page

RULES = SIMPLE.tree()["rules"]
TEACHERS_DECIDE = convention_of({**SIMPLE.tree(), "rules": {**RULES, "setting": {"needs": [{"body": "teachers"}]}}})


def titles(page: Page) -> list[str]:
    return re.findall(r'<h2 id="d-\d+"><a href="/proposals/[0-9a-f]+">([^<]*)</a>', page.text)


async def decide(hall: Hall, draft: object, choice: str) -> str:
    proposal_id = await hall.chamber.opened(draft)
    await hall.chamber.say(proposal_id, choice, *EVERYBODY)
    await hall.chamber.done("secretary", "POST", f"/proposals/{proposal_id}/vote/close")
    return proposal_id


async def test_the_register_is_searched_filtered_and_given_as_a_file(make_hall: MakeHall, clock: ManualClock) -> None:
    hall = await make_hall(TEACHERS_DECIDE)
    reader = hall.reader("parent")
    assert "No decision is like that." in (await reader.get("/decisions")).text
    await decide(hall, NO_CAMERA, "yes")
    await hall.chamber.done("secretary", "POST", "/editions")
    clock.advance(timedelta(days=150))
    await hall.chamber.sign_in_again()
    await hall.confirm_everybody()
    reader = hall.reader("parent")
    await decide(hall, {**ADD_LIRE, "title": "=2+5 Lire", "price_cents": 125_050}, "no")
    page = await reader.get("/decisions")
    assert titles(page) == ["=2+5 Lire", "Sans appareil photo"]
    assert 'href="/charter/editions/2">In edition 2 of the public charter' in page.text
    for query, found in (
        ("year=2026", ["Sans appareil photo"]),
        ("year=2027", ["=2+5 Lire"]),
        ("year=1800", ["=2+5 Lire", "Sans appareil photo"]),
        ("kind=setting", ["Sans appareil photo"]),
        ("kind=add_app", ["=2+5 Lire"]),
        ("result=adopted", ["Sans appareil photo"]),
        ("result=rejected", ["=2+5 Lire"]),
        ("body=teachers", ["=2+5 Lire", "Sans appareil photo"]),
        ("body=dsden", ["=2+5 Lire"]),
        ("body=nobody", ["=2+5 Lire", "Sans appareil photo"]),
        ("q=appareil", ["Sans appareil photo"]),
        ("q=appareil&year=2027", []),
        ("q=%25%00", ["=2+5 Lire", "Sans appareil photo"]),
    ):
        assert titles(await reader.get(f"/decisions?{query}")) == found, query
    answer = await reader.get("/decisions.csv", language="fr")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig")), delimiter=";"))
    assert [(one["Titre"], one["Résultat"], one["Édition"]) for one in rows] == [
        ("'=2+5 Lire", "rejetée", ""),
        ("Sans appareil photo", "adoptée", "2"),
    ]
    assert rows[0]["Prix par an (€)"] == "1250,50"
    assert [rows[0][f"Enseignants: {part}"] for part in ("sièges", "oui", "non", "abstentions")] == ["3", "0", "3", "0"]
    filtered = await reader.get("/decisions.csv?kind=setting")
    assert filtered.body.decode("utf-8-sig").count("\r\n") == 2


async def test_a_long_register_comes_in_parts(hall: Hall) -> None:
    for number in range(26):
        await decide(hall, {**NO_CAMERA, "title": f"Réglage {number:02d}"}, "no")
        hall.chamber.clock.advance(timedelta(seconds=1))
    reader = hall.reader("parent")
    first = await reader.get("/decisions")
    assert titles(first) == [f"Réglage {number:02d}" for number in range(25, 0, -1)]
    more = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert more is not None
    assert titles(await reader.get(more[1])) == ["Réglage 00"]
    assert (await reader.get("/decisions.csv")).body.count(b"\r\n") == 27
