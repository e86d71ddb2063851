"""A parent reads what is stored: in words, the child and the loan first, with photos; an objection takes hold."""

import io
import json
import re
import zipfile
from datetime import timedelta

from PIL import Image

from mdm.home.loans.loan import Condition, Loan, Moment, Part, Wear
from mdm.home.use.categories import Category, Source
from mdm.home.use.report import UseReport
from tests.webui.home.conftest import DIRECTOR, Families
from tests.webui.signed_in import Browser, browser_of
from webui.roles import Role

RAW = re.compile(r"[0-9a-f]{32}|\{&#34;|\[&#34;|\b\d{13}\b|handed_over|municipal|\bonde\b")


def photo(colour: str) -> bytes:
    body = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(body, "JPEG")
    return body.getvalue()


async def shown_of_loan(families: Families) -> tuple[Loan, Browser, str]:
    loan = await families.lend()
    await families.home.loans.add_photo(loan.loan_id, Moment.HANDED, photo("teal"), actor=DIRECTOR)
    odon = await families.parent("odon")
    await odon.post(f"/home/rules/{families.ids['Lina']}", {"night_from": "19:00", "night_to": "07:00"})
    return loan, await families.parent("ilse"), f"/home/data/{families.ids['Lina']}"


def words_of(page: str) -> str:
    """Return what a page says, without its addresses and markup."""
    main = page.partition("<main")[2].partition("evaluations")[0]
    return re.sub(r"<[^>]*>", " ", main)


async def test_nothing_on_the_page_is_a_key_a_number_of_milliseconds_or_an_english_word(families: Families) -> None:
    _, ilse, here = await shown_of_loan(families)
    said = words_of((await ilse.get(here)).text)
    assert RAW.findall(said) == []
    for words in ("Cassiopée 01", "remis", "la liste de l&#39;école (ONDE)", "CE1 A", "nuit de 19:00 à 07:00",
                  "écran : en bon état"):  # fmt: skip
        assert words in said, words
    mine = words_of((await ilse.get("/home/data")).text)
    assert RAW.findall(mine) == []


async def test_the_child_and_the_loan_come_first(families: Families) -> None:
    _, ilse, here = await shown_of_loan(families)
    summaries = re.findall(r"<summary>([^<]*)", (await ilse.get(here)).text)
    assert [one.strip() for one in summaries[:2]] == ["L&#39;enfant", "L&#39;école et la classe de l&#39;enfant"]
    assert "Prêts" in " ".join(summaries[:5])


async def test_photos_are_looked_at_and_taken_along_by_their_family_alone(families: Families) -> None:
    _, ilse, here = await shown_of_loan(families)
    page = (await ilse.get(here)).text
    (address,) = set(re.findall(rf'src="({here}/photos/[0-9a-f]{{64}})"', page))
    seen = await ilse.get(address)
    assert (seen.status, seen.headers["Content-Type"]) == (200, "image/jpeg")
    zoe = await families.parent("zoe")
    assert (await zoe.get(address)).status == 404
    digest = address.rpartition("/")[2]
    assert (await zoe.get(f"/home/data/{families.ids['Noé']}/photos/{digest}")).status == 404
    archive = zipfile.ZipFile(io.BytesIO((await ilse.get(f"{here}/export.zip")).body))
    assert archive.read(f"photos/{digest}.jpg") == seen.body
    told = json.loads(archive.read("valise.json"))["data"]
    said = {one["key"]: one["said"] for one in told}
    assert said["loan.tablet_id"] == "Cassiopée 01"
    assert b"Cassiop" in archive.read("valise.csv")
    assert {"loan.handed_at", "loan.due_on", "loan.state"} <= said.keys()


async def test_a_state_is_told_with_what_is_worn_and_missing(families: Families) -> None:
    loan = await families.lend()
    await families.home.loans.take_back(
        loan.loan_id,
        Condition(screen=Wear.DAMAGED, works=False, missing=(Part.CABLE,), note="Coin fendu."),
        actor=DIRECTOR,
    )
    ilse = await families.parent("ilse")
    said = words_of((await ilse.get(f"/home/data/{families.ids['Lina']}")).text)
    for words in ("écran : abîm", "elle ne fonctionne pas", "il manque : câble", "Coin fendu."):
        assert words in said, words


async def test_a_granted_objection_takes_hold_and_the_family_sees_it(families: Families) -> None:
    loan, ilse, here = await shown_of_loan(families)
    officer = await browser_of(families.site, "odile", Role.DPO)
    families.clock.advance(timedelta(days=2))
    day = families.clock.now().date() - timedelta(days=1)
    daily = families.home.figures.use

    async def report(number: int) -> None:
        use = UseReport(number=number, days={day: {Category.READING: 41}}, version=1)
        await families.database.write(lambda conn: daily.take(conn, loan.tablet_id, Source.AGENT_FIELD, use))

    await report(1)
    ilse = await families.parent("ilse")
    await ilse.post(f"{here}/ask", {"kind": "objection", "about": "home_use_day.minutes", "words": "Pas de comptes."})
    officer = await browser_of(families.site, "odile2", Role.DPO)
    waiting = (await officer.get("/privacy/requests")).text
    assert "Lina" in waiting
    assert "École d&#39;Audignon" in waiting
    request_id = re.findall(r"/privacy/requests/([0-9a-f]{32})", waiting)[0]
    await officer.post(f"/privacy/requests/{request_id}", {"granted": "yes", "answer": "C'est arrêté."})
    await report(2)
    assert await families.database.read(lambda conn: conn.all("SELECT * FROM home_use_day")) == []
    page = (await ilse.get(here)).text
    for words in ("Une opposition vaut depuis", "Pas de comptes.", "C&#39;est arrêté.", "Minutes d"):
        assert words in page, words
    assert "n&#39;est pas compté" in (await ilse.get("/home")).text
    held = (await officer.get("/privacy/requests")).text
    assert "Oppositions qui valent" in held
    form = {"pupil": families.ids["Lina"], "activity": "home-use"}
    await officer.post("/privacy/requests/take-back", form)
    assert "Oppositions qui valent" not in (await officer.get("/privacy/requests")).text
    assert (await ilse.post("/privacy/requests/take-back", form)).status == 403


async def test_an_objection_that_would_stop_nothing_comes_with_its_reason(families: Families) -> None:
    _, ilse, here = await shown_of_loan(families)
    await ilse.post(f"{here}/ask", {"kind": "objection", "about": "pupil.first_name", "words": "Non."})
    refused = await ilse.post(f"{here}/ask", {"kind": "objection", "about": "data_request.words"})
    assert refused.status == 422
    assert "la loi l&#39;impose" in refused.text
    officer = await browser_of(families.site, "odile", Role.DPO)
    waiting = (await officer.get("/privacy/requests")).text
    assert "aucune tablette n&#39;est prêtée sans savoir à qui" in waiting
    request_id = re.findall(r"/privacy/requests/([0-9a-f]{32})", waiting)[0]
    granted = await officer.post(f"/privacy/requests/{request_id}", {"granted": "yes", "answer": "Oui."})
    assert granted.status == 409


async def test_the_officer_goes_from_a_request_to_the_data_hands_it_over_and_erases_it(families: Families) -> None:
    loan, ilse, here = await shown_of_loan(families)
    await ilse.post(f"{here}/ask", {"kind": "rectification", "words": "Elle part."})
    await families.home.loans.take_back(loan.loan_id, Condition(), actor=DIRECTOR)
    lina = families.ids["Lina"]
    officer = await browser_of(families.site, "odile", Role.DPO)
    # As it stands in a list, with its prefix, whatever kind is chosen.
    look = await officer.post("/privacy/erase/look", {"kind": "account", "name": f"pupil:{lina}"})
    assert look.status == 200
    assert "Lina" in look.text
    given = await officer.post("/privacy/hand-over", {"kind": "pupil", "name": lina, "form": "zip"})
    archive = zipfile.ZipFile(io.BytesIO(given.body))
    assert len([one for one in archive.namelist() if one.startswith("photos/")]) == 1
    assert b"Lina" in archive.read("valise.json")
    assert "personal_data_handed_over" in await families.journal()
    (digest,) = [one.removeprefix("photos/").removesuffix(".jpg") for one in archive.namelist() if "photos/" in one]
    file = families.home.photos.path_of(digest)
    assert file.is_file()
    await officer.post("/privacy/erase", {"kind": "pupil", "name": lina, "sure": "1"})
    assert not file.exists()
    assert "Aucune demande" in (await officer.get("/privacy/requests")).text
    assert (await ilse.post("/privacy/hand-over", {"kind": "pupil", "name": lina})).status == 403
