"""Proposing by forms: what a teacher writes in a few fields becomes a real draft, and what members change does too."""

import re
from typing import Any
from urllib.parse import urlencode

from profiles.charter.proposal import Proposal
from tests.webui.committee.conftest import LIRE_ITEM, Hall, Page

NEW = "/proposals/new"
APPS = [
    {"name": "GeoGebra", "bundle_id": "org.geogebra.Geometry", "store_id": 7},
    {"name": "Lecture Facile", "bundle_id": "fr.vieux", "store_id": 99},
]
POLICY = {
    "name": "Cycle 3",
    "apps": APPS,
    "web_clips": [{"label": "Lumni", "url": "https://www.lumni.fr/"}],
    "restrictions": {"camera": True},
    "home": {"school_days_from": "17:00", "school_days_to": "19:00"},
}
REVIEW = {"kind": "review", "title": "Première charte", "changes": [{"op": "adopt", "policy": POLICY}]}


async def proposed(hall: Hall, page: Page) -> Proposal:
    """The proposal whose page this is."""
    proposal_id = page.path.rsplit("/", 1)[1]
    return (await hall.site.services.proposals.show(proposal_id)).proposal


async def state_of(hall: Hall, page: Page) -> str:
    return (await hall.site.services.proposals.show(page.path.rsplit("/", 1)[1])).row.state


async def test_a_teacher_proposes_an_app_of_the_catalogue_in_a_few_fields(hall: Hall) -> None:
    entry = await hall.item()
    teacher = hall.reader("teacher-1")
    found = await teacher.get(f"{NEW}?q=lire")
    address = re.search(r'href="(/proposals/new/app\?item=[0-9a-f]+)"', found.text)
    assert address is not None
    assert "Nothing of the catalogue has these words." in (await teacher.get(f"{NEW}?q=dinosaure")).text
    form = await teacher.get(address[1])
    assert 'value="3" checked' in form.text
    why = "Un quart d'heure de lecture chaque matin."
    page = await teacher.done(address[1], f"{NEW}/app", why=why, level=["3"], then="submit")
    assert "Your proposal is submitted. Thank you." in page.text
    made = await proposed(hall, page)
    assert (made.kind, made.title) == ("add_app", "Add “Lire à la volée”")
    assert made.purpose == f"{why}\n\nFor: cycle 3 (CM1 to 6e)."
    assert [one.item_id for one in made.dossiers] == [entry.item_id]
    assert made.changes[0].value["bundle_id"] == "fr.lire"  # type: ignore[union-attr]
    assert await state_of(hall, page) == "submitted"


async def test_an_app_that_is_not_in_the_catalogue_becomes_a_draft_that_others_complete(hall: Hall) -> None:
    teacher = hall.reader("teacher-1")
    link = "https://play.google.com/store/apps/details?id=fr.lire.android"
    page = await teacher.done(f"{NEW}/app", f"{NEW}/app", name="Lire", link=link, why="Lire mieux.", level=["2"])
    assert "Your draft is kept." in page.text
    assert "The app is not in the catalogue yet." in page.text
    made = await proposed(hall, page)
    assert (made.kind, made.changes, made.title) == ("add_app", (), "Add “Lire”")
    assert made.purpose == f"Lire mieux.\n\nFor: cycle 2 (CP to CE2).\n\nLink: {link}"
    too_early = await teacher.post(f"{page.path}/submission", {})
    assert (too_early.status, "it changes nothing" in too_early.text) == (422, True)

    await hall.reader("secretary").done("/catalogue/new", "/catalogue", **flat(LIRE_ITEM))
    edit = f"{page.path}/edit"
    chosen = await teacher.get(f"{edit}?q=volée")
    item = re.search(r'name="item" value="([0-9a-f]+)"', chosen.text)
    assert item is not None
    fields = {**chosen.form(edit), "item": item[1]}
    fields.pop("csrf")
    changed = await teacher.post(edit, fields)
    assert changed.status == 200, changed.text
    submitted = await teacher.done(page.path, f"{page.path}/submission")
    assert await state_of(hall, submitted) == "submitted"
    assert (await proposed(hall, submitted)).changes[0].value["package"] == "fr.lire.android"  # type: ignore[union-attr]


async def test_a_pilot_is_proposed_for_some_schools_until_a_day(hall: Hall) -> None:
    entry = await hall.item()
    address = f"{NEW}/app?item={entry.item_id}"
    pilot = {"why": "Essayer d'abord.", "where": "pilot", "schools": "0400377t", "then": "submit"}
    teacher = hall.reader("teacher-1")
    endless = await teacher.send(address, f"{NEW}/app", **pilot)
    assert (endless.status, "a pilot says until when" in endless.text) == (422, True)
    odd = await teacher.send(address, f"{NEW}/app", **pilot, until="demain")
    assert (odd.status, "“Until” cannot be read" in odd.text) == (422, True)
    assert odd.form(f"{NEW}/app")["why"] == "Essayer d'abord."
    page = await teacher.done(address, f"{NEW}/app", **pilot, until="2026-10-31")
    made = await proposed(hall, page)
    assert made.kind == "pilot"
    assert made.scope is not None
    assert (made.scope.name, made.scope.schools) == ("add-lire-a-la-volee", ("0400377T",))
    assert "Concerns only: École d&#39;Audignon." in page.text
    assert "Until October 31, 2026." in page.text


async def test_something_is_taken_away_or_replaced(hall: Hall) -> None:
    entry = await hall.item()
    await hall.chamber.agreed(REVIEW)
    member = hall.reader("mayor")
    form = await member.get(f"{NEW}/removal")
    tokens = re.findall(r'name="what" value="([^"]+)"', form.text)
    assert [one.split(":")[0] for one in tokens] == ["apps", "apps", "web_clips"]
    nothing = await member.send(f"{NEW}/removal", f"{NEW}/removal", why="x")
    assert (nothing.status, "Nothing is chosen yet." in nothing.text) == (422, True)
    lumni = plain(tokens[2])
    page = await member.done(f"{NEW}/removal", f"{NEW}/removal", what=lumni, why="Plus utilisée.", then="submit")
    assert "The web page “Lumni” leaves the home screen." in page.text
    assert (await proposed(hall, page)).kind == "resource"

    form = await member.get(f"{NEW}/replacement?{urlencode({'what': plain(tokens[1]), 'q': 'volée'})}")
    assert entry.item_id in form.text
    fields = {**form.form(f"{NEW}/replacement"), "what": plain(tokens[1]), "item": entry.item_id, "why": "Mieux."}
    fields.pop("csrf")
    page = await member.post(f"{NEW}/replacement", {**fields, "then": "submit"})
    made = await proposed(hall, page)
    assert (made.kind, made.title) == ("replace_app", "“Lire à la volée” in the place of “Lecture Facile”")
    assert "Now: Lecture Facile" in page.text
    mixed = await member.post(f"{NEW}/replacement", {**fields, "what": lumni})
    assert (mixed.status, "both must be of the same sort" in mixed.text) == (422, True)
    gone = await member.post(f"{NEW}/removal", {"what": 'apps:{"bundle_id":"fr.rien"}', "why": "x"})
    assert (gone.status, "is not on the tablets any more" in gone.text) == (409, True)


async def test_rules_for_home_and_settings_are_changed_from_what_is_agreed(hall: Hall) -> None:
    await hall.chamber.agreed(REVIEW)
    parent, home = hall.reader("parent"), f"{NEW}/settings/home"
    form = (await parent.get(home)).form(home)
    assert (form["home.school_days_to"], form["home.loan_needs_training"]) == ("19:00", "yes")
    same = await parent.send(home, home, why="x")
    assert (same.status, "This leaves everything as it is." in same.text) == (422, True)
    page = await parent.done(
        home, home, **{"home.school_days_to": "18:30", "home.loan_needs_training": "no"}, why="Trop tard."
    )
    made = await proposed(hall, page)
    assert made.kind == "home_rule"
    assert sorted((one.path, one.value) for one in made.changes) == [  # type: ignore[union-attr]
        (("home", "loan_needs_training"), False),
        (("home", "school_days_to"), "18:30"),
    ]
    assert made.title.startswith("On school days the tablet can be used at home until 18:30.")
    half = await parent.send(home, home, **{"home.other_days_from": "10:00"}, why="x", then="submit")
    assert half.status == 422
    assert "a span of hours needs both its ends" in half.text

    settings = f"{NEW}/settings/use"
    page = await parent.done(settings, settings, **{"restrictions.camera": ""}, why="Comme la tablette.", then="submit")
    assert (await proposed(hall, page)).kind == "setting"
    odd = await parent.send(settings, settings, **{"restrictions.camera": "peut-être"}, why="x")
    assert (odd.status, "yes or no is expected" in odd.text) == (422, True)
    for group in ("system", "web_filter", "passcode", "os_updates", "android", "general"):
        assert (await parent.get(f"{NEW}/settings/{group}")).status == 200, group
    assert (await parent.get(f"{NEW}/settings/nothing")).status == 404
    wrong = f"{NEW}/settings/passcode"
    refused = await parent.send(wrong, wrong, **{"passcode.minimum_length": "six"}, why="x")
    assert (refused.status, "a whole number is expected" in refused.text) == (422, True)


async def test_every_setting_of_the_forms_can_be_proposed(hall: Hall) -> None:
    """What the forms send as they stand changes nothing, whichever group it is: nothing is proposed unawares."""
    await hall.chamber.agreed(REVIEW)
    reader = hall.reader("mayor")
    for group in ("home", "use", "system", "web_filter", "passcode", "os_updates", "android", "general"):
        path = f"{NEW}/settings/{group}"
        page = await reader.send(path, path, why="x")
        assert (page.status, "This leaves everything as it is." in page.text) == (422, True), group


def flat(item: dict[str, Any]) -> dict[str, Any]:
    """An item as the form of the catalogue sends it."""
    kept = {name: str(item[name]) for name in ("kind", "name", "publisher", "bundle_id", "package", "store_id")}
    return {**kept, "levels": [str(one) for one in item["levels"]], "subjects": item["subjects"]}


def plain(text: str) -> str:
    """An attribute's text without HTML's escapes."""
    return text.replace("&#34;", '"').replace("&#39;", "'").replace("&amp;", "&")
