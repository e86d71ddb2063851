"""Proposals as they are read: the list, the dossier beside what it replaces, the talk, and refusals at their forms."""

import re
from datetime import timedelta
from typing import Any

from mdm.clock import ManualClock
from profiles.catalogue.dossier import dossier_of
from tests.api.chamber import ADD_LIRE, NO_CAMERA
from tests.webui.committee.conftest import Hall, Page

OLD = {
    "kind": "app",
    "name": "Lecture Facile",
    "publisher": "Vieil Éditeur",
    "bundle_id": "fr.vieux",
    "store_id": 99,
    "levels": [2],
}
OLD_DOSSIER = {"purpose": "Lire des textes courts.", "data": {"hosting": ["US"], "transfers": [], "advertising": True}}
OLD_APP = {"name": "Lecture Facile", "bundle_id": "fr.vieux", "store_id": 99}
NEW_APP = {"name": "Lire à la volée", "bundle_id": "fr.lire", "package": "fr.lire.android", "store_id": 7}


def listed(page: Page) -> list[str]:
    """The titles of a list's lines."""
    return re.findall(r"<li><a href=\"/proposals/[0-9a-f]{32}\"><strong>(.*?)</strong>", page.text)


def replacing(item_id: str) -> Any:
    """A proposal that puts the new app in the place of the old one."""
    change = {"op": "replace", "path": ["apps"], "match": {"bundle_id": "fr.vieux"}, "value": NEW_APP}
    return {
        "kind": "replace_app",
        "title": "Remplacer la lecture",
        "purpose": "Moins de publicité.",
        "price_cents": 125_000,
        "changes": [change],
        "items": [item_id],
    }


async def test_the_dossier_stands_beside_what_it_replaces(hall: Hall) -> None:
    await hall.item(OLD, OLD_DOSSIER)
    new = await hall.item()
    await hall.chamber.agreed(
        {"kind": "add_app", "title": "L'ancienne", "changes": [{"op": "add", "path": ["apps"], "value": OLD_APP}]}
    )
    proposal_id = await hall.chamber.submitted(replacing(new.item_id))
    page = await hall.reader("inspector").get(f"/proposals/{proposal_id}")
    now, then = page.text.split('class="card was"')[1].split('class="card will"')
    assert "Now: Lecture Facile" in now
    assert "Vieil Éditeur" in now
    assert "Lire des textes courts." in now
    assert "Data are kept in US, and the dossier says that none leave the European Union." in now
    assert "Proposed: Lire à la volée" in then
    assert "cycle 2 (CP to CE2), cycle 3 (CM1 to 6e)" in then
    assert "€2.50 for each pupil, each year" in then
    for words in ("The app “Lire à la volée” is put on every tablet.", "The app “Lecture Facile” goes away."):
        assert words in page.text
    assert "It costs €1,250.00 a year." in page.text
    french = await hall.reader("inspector").get(f"/proposals/{proposal_id}", language="fr")
    assert "Ce qui part" in french.text
    assert "Remplacer une application" in french.text


async def test_a_dossier_that_changed_since_is_shown_as_it_was_examined(hall: Hall) -> None:
    entry = await hall.item()
    proposal_id = await hall.chamber.submitted({**ADD_LIRE, "items": [entry.item_id]})
    dossier = dossier_of({"purpose": "Tout autre chose."})
    await hall.catalogue.change(entry.item_id, revision=1, dossier=dossier, actor="account:secretary")
    page = await hall.reader("mayor").get(f"/proposals/{proposal_id}")
    assert "Entraîner la fluence en lecture." in page.text
    assert "Tout autre chose." not in page.text
    assert "This is the dossier as it was when the proposal was submitted" in page.text
    assert "A dossier of the catalogue has changed since this proposal was submitted" in page.text


async def test_proposals_are_searched_filtered_and_paged(hall: Hall, clock: ManualClock) -> None:
    reader = hall.reader("parent")
    assert "No proposal is like that." in (await reader.get("/proposals")).text
    for number in range(51):
        await hall.chamber.drafted({**NO_CAMERA, "title": f"Réglage numéro {number:02d}"})
    clock.advance(timedelta(seconds=1))
    lire = await hall.chamber.submitted()
    first = await reader.get("/proposals")
    assert listed(first)[0] == "Ajouter Lire"
    assert len(listed(first)) == 50
    more = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert more is not None
    second = await reader.get(more[1])
    assert len(listed(second)) == 2
    assert not set(listed(first)) & set(listed(second))
    assert "Back to the beginning" in second.text
    assert listed(await reader.get("/proposals?q=ajouter+lire")) == ["Ajouter Lire"]
    assert listed(await reader.get("/proposals?state=submitted")) == ["Ajouter Lire"]
    assert listed(await reader.get("/proposals?kind=add_app&state=submitted&q=LIRE")) == ["Ajouter Lire"]
    assert listed(await reader.get("/proposals?mine=yes")) == []
    assert len(listed(await hall.reader("teacher-1").get("/proposals?mine=yes"))) == 50
    for odd in ("after=nonsense", "state=nonsense", "kind=%00", "q=%00%25_", "after=1.%00"):
        assert (await reader.get(f"/proposals?{odd}")).status == 200, odd
    assert (await reader.get(f"/proposals/{lire}")).status == 200
    assert (await reader.get(f"/proposals/{'0' * 32}")).status == 404


async def test_each_refusal_is_said_at_its_form_with_what_was_written(hall: Hall) -> None:
    proposal = f"/proposals/{await hall.chamber.submitted()}"
    secretary = hall.reader("secretary")
    empty = await secretary.send(proposal, f"{proposal}/return", words="")
    assert (empty.status, "Say why: this step needs words that others can read." in empty.text) == (422, True)
    hidden = await hall.reader("parent").send(proposal, f"{proposal}/comments", words="secret\u202etxt")
    assert hidden.status == 422
    assert "it has characters that cannot be seen" in hidden.text
    assert hidden.form(f"{proposal}/comments")["words"] == "secret\u202etxt"
    early = await secretary.post(f"{proposal}/opening", {})
    assert (early.status, "A vote cannot be opened on this proposal now" in early.text) == (409, True)
    done = await secretary.done(proposal, f"{proposal}/admission", words="Complète.")
    assert "The proposal is admitted." in done.text
    assert "Complète." in done.text
    again = await secretary.post(f"{proposal}/admission", {})
    assert (again.status, "This cannot be done with the proposal now" in again.text) == (409, True)
    assert "autofocus><p><strong>" in again.text


async def test_a_discussion_asks_answers_and_stands_aside(hall: Hall) -> None:
    proposal = f"/proposals/{await hall.chamber.submitted()}"
    inspector, author = hall.reader("inspector"), hall.reader("teacher-1")
    asked = await inspector.done(
        proposal, f"{proposal}/comments", **{"as": "request", "words": "Où sont les données ?"}
    )
    assert "Nobody has answered yet." in asked.text
    position = re.search(r'id="said-(\d+)"', asked.text)
    assert position is not None
    assert asked.path.endswith(proposal.rsplit("/", 1)[1])
    answered = await author.done(proposal, f"{proposal}/comments", **{"as": position[1], "words": "En France."})
    assert "Nobody has answered yet." not in answered.text
    talk = answered.text.split('<div id="talk"')[1]
    assert talk.index("Où sont les données ?") < talk.index("En France.")
    gone = await author.post(f"{proposal}/comments", {"as": "99", "words": "À quoi ?"})
    assert (gone.status, "has no request for information number 99" in gone.text) == (404, True)
    aside = await inspector.done(proposal, f"{proposal}/recusals", words="Mon frère l'édite.")
    assert "Your seat stands aside from this proposal." in aside.text
    assert "conflict of interest declared" in aside.text
    assert not aside.offers(f"{proposal}/recusals")
    twice = await inspector.post(f"{proposal}/recusals", {"seat": "inspector", "words": "Encore."})
    assert (twice.status, "stands aside from this proposal already" in twice.text) == (409, True)
    foreign = await inspector.post(f"{proposal}/recusals", {"seat": "mayor", "words": "Pas le mien."})
    assert (foreign.status, "You neither hold the seat “mayor”" in foreign.text) == (403, True)


async def test_an_author_changes_a_proposal_that_was_sent_back(hall: Hall) -> None:
    proposal = f"/proposals/{await hall.chamber.submitted()}"
    await hall.reader("secretary").done(proposal, f"{proposal}/return", words="Pour quel niveau ?")
    author = hall.reader("teacher-1")
    page = await author.get(proposal)
    assert "sent back" in page.text
    assert "Pour quel niveau ?" in page.text
    done = await author.done(f"{proposal}/edit", f"{proposal}/edit", title="Ajouter Lire au CM1", purpose="Au CM1.")
    assert "Ajouter Lire au CM1" in done.text
    stale = await author.post(f"{proposal}/edit", {"title": "Autre", "purpose": "x", "revision": "1"})
    assert (stale.status, "was changed meanwhile" in stale.text) == (409, True)
    short = await author.send(f"{proposal}/edit", f"{proposal}/edit", title="a")
    assert (short.status, "its title is too short" in short.text) == (422, True)
    again = await author.done(proposal, f"{proposal}/submission")
    assert "Your proposal is submitted." in again.text
