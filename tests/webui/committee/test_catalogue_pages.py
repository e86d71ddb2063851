"""The catalogue by the pages: searched, read, edited by those who may, and its documents kept and given."""

import re

import aiohttp

from profiles.catalogue.item import item_of
from tests.api.chamber import ADD_LIRE
from tests.catalogue.pdf_maker import classic
from tests.webui.committee.conftest import Hall, Page

SHEET = {
    "collected": "prénom\nclasse",
    "hosting": "fr, de",
    "sub_processors": "aucun",
    "minimum_age": "7",
    "advertising": "no",
}


def names(page: Page) -> list[str]:
    return re.findall(r'<li><a href="/catalogue/[0-9a-f]{32}"><strong>([^<]*)</strong>', page.text)


async def test_the_catalogue_is_searched_and_filtered(hall: Hall) -> None:
    await hall.item()
    lumni = {"kind": "web_clip", "name": "Lumni", "url": "https://www.lumni.fr/", "levels": [4], "subjects": ["music"]}
    await hall.item(lumni, {})
    for number in range(50):
        await hall.catalogue.add(
            item_of({"kind": "web_site", "name": f"Site {number:02d}", "url": f"https://s{number}.example/"}),
            actor="account:secretary",
        )
    reader = hall.reader("parent")
    first = await reader.get("/catalogue")
    assert len(names(first)) == 50
    more = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert more is not None
    assert names(await reader.get(more[1].replace("&amp;", "&"))) == ["Site 48", "Site 49"]
    for query, found in (
        ("q=pic", ["Lire à la volée"]),
        ("q=fr.lire", ["Lire à la volée"]),
        ("kind=web_clip", ["Lumni"]),
        ("level=2", ["Lire à la volée"]),
        ("subject=music", ["Lumni"]),
        ("kind=app&platform=android", ["Lire à la volée"]),
        ("kind=book", []),
    ):
        assert names(await reader.get(f"/catalogue?{query}")) == found, query
    for odd in ("level=9", "subject=x", "kind=x", "platform=x", "after=%00", "q=%00"):
        assert (await reader.get(f"/catalogue?{odd}")).status == 200, odd
    assert (await reader.get(f"/catalogue/{'0' * 32}")).status == 404


async def test_those_who_keep_the_catalogue_add_and_change_items(hall: Hall) -> None:
    secretary = hall.reader("secretary")
    form = {"kind": "app", "name": "Calcul vif", "bundle_id": "fr.calcul", "store_id": "12", "price": "1,50", **SHEET}
    for wrong, reason in (
        ({"bundle_id": "", "store_id": ""}, "an app needs its bundle identifier on iPads"),
        ({"price": "douze"}, "an amount in euros is expected"),
        ({"hosting": "France"}, "“data.hosting[0]” is not right"),
    ):
        page = await secretary.send("/catalogue/new", "/catalogue", **{**form, **wrong})
        assert (page.status, reason in page.text) == (422, True), (reason, page.text)
        assert page.form("/catalogue")["name"] == "Calcul vif"
    page = await secretary.done("/catalogue/new", "/catalogue", **form, levels=["2", "3"], subjects=["mathematics"])
    assert "It is in the catalogue now." in page.text
    for words in ("prénom; classe", "DE; FR", "7 years", "€1.50 for each tablet, once", "cycle 2 (CP to CE2)"):
        assert words in page.text, words
    item = page.path
    twice = await secretary.send("/catalogue/new", "/catalogue", **form)
    assert (twice.status, "is in the catalogue already, as “Calcul vif”" in twice.text) == (409, True)

    kept = (await secretary.get(f"{item}/edit")).form(f"{item}/edit")
    assert (kept["price"], kept["collected"], kept["sub_processors"]) == ("1,50", "prénom\nclasse", "none")
    # Sent as it stands, the form changes nothing: no revision is made.
    kept.pop("csrf")
    same = await secretary.post(f"{item}/edit", {**kept, "levels": ["2", "3"], "subjects": ["mathematics"]})
    assert same.status == 200
    entry = await hall.catalogue.show(item.rsplit("/", 1)[1])
    assert entry.revision == 1
    changed = await secretary.send(f"{item}/edit", f"{item}/edit", purpose="Compter vite.", levels=["3"])
    assert "Compter vite." in changed.text
    stale = await secretary.post(f"{item}/edit", {**kept, "purpose": "Autre"})
    assert (stale.status, "Somebody changed “Calcul vif” meanwhile" in stale.text) == (409, True)
    history = await hall.reader("parent").get(f"{item}/history")
    assert "dossier.purpose" in history.text
    assert history.text.count("<li><strong>Revision") == 2


async def test_a_technician_changes_facts_and_nothing_else(hall: Hall) -> None:
    item = f"/catalogue/{(await hall.item()).item_id}"
    tim = hall.reader("tim")
    page = await tim.done(f"{item}/facts", f"{item}/facts", size="120", offline="partly", languages="fr, en")
    assert "120 MB" in page.text
    entry = await hall.catalogue.show(item.rsplit("/", 1)[1])
    assert (entry.item.languages, entry.item.offline) == (("en", "fr"), "partly")
    assert entry.dossier.purpose == "Entraîner la fluence en lecture."
    none = await tim.send(f"{item}/facts", f"{item}/findings")
    assert none.status in (404, 409, 422)
    assert "data-refusal" in none.text
    assert (await tim.get(f"{item}/edit")).status == 403


async def test_documents_are_attached_read_and_taken_out(hall: Hall) -> None:
    entry = await hall.item()
    path = f"/catalogue/{entry.item_id}/documents"
    secretary, headers = hall.reader("secretary"), hall.chamber.headers("secretary")

    async def attach(body: bytes, title: str) -> tuple[int, str]:
        form = aiohttp.FormData()
        form.add_field("csrf", headers["X-CSRF-Token"])
        form.add_field("title", title)
        form.add_field("document", body, filename="scan.pdf", content_type="application/pdf")
        sent = {"Cookie": headers["Cookie"], "Accept-Language": "en", "Accept": "text/html"}
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.post(f"{hall.site.url}{path}", data=form, headers=sent, allow_redirects=False) as answer,
        ):
            return answer.status, await answer.text()

    body = classic()
    status, text = await attach(b"not a document", "Note")
    assert (status, "data-refusal" in text) == (422, True)
    status, _ = await attach(body, "Évaluation")
    assert status == 303
    page = await secretary.get(path)
    link = re.search(rf'href="({path}/[0-9a-f]{{64}})">Évaluation<', page.text)
    assert link is not None
    given = await hall.reader("parent").get(link[1])
    assert (given.headers["Content-Type"], given.body) == ("application/pdf", body)
    out = await secretary.done(path, f"{link[1]}/removal")
    assert "No document yet." in out.text
    # What a proposal froze has it still.
    assert (await hall.reader("parent").get(f"{link[1]}?revision=2")).body == body
    assert (await hall.reader("parent").get(link[1])).status == 404


async def test_what_is_on_the_tablets_is_not_proposed_again(hall: Hall) -> None:
    item = f"/catalogue/{(await hall.item()).item_id}"
    teacher = hall.reader("teacher-1")
    assert "/proposals/new/app?item=" in (await teacher.get(item)).text
    await hall.chamber.agreed(ADD_LIRE)
    page = await teacher.get(item)
    assert "on the tablets" in page.text
    assert "/proposals/new/app?item=" not in page.text
