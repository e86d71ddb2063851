"""Editions by the pages: what is coming as a teacher reads it, publishing, what changed, who follows, and the check."""

import re
from datetime import timedelta

from profiles.charter.proposal_store import set_state
from tests.api.chamber import ADD_LIRE, NO_CAMERA
from tests.webui.committee.conftest import Hall


async def test_a_teacher_reads_what_is_coming_and_what_may_come(hall: Hall) -> None:
    teacher = hall.reader("teacher-1")
    empty = await teacher.get("/editions/next")
    assert "Nothing is adopted that the tablets do not have yet." in empty.text
    assert "No vote is open." in empty.text
    await hall.chamber.adopted(NO_CAMERA)
    await hall.chamber.opened(ADD_LIRE)
    await hall.chamber.submitted({**NO_CAMERA, "title": "Encore rien"})
    page = await teacher.get("/editions/next")
    adopted, voted = page.text.split('id="voted-title"')
    assert "The camera can no longer be used." in adopted
    assert "The app “Lire” is put on every tablet." in voted
    assert "in 2 weeks" in voted
    assert "Encore rien" not in page.text
    assert not page.offers("/editions")
    assert page.text.count("Publish edition") == 0
    french = await teacher.get("/editions/next", language="fr")
    assert "L&#39;appareil photo ne peut plus être utilisé." in french.text


async def test_an_edition_is_published_once_and_tells_what_changed(hall: Hall) -> None:
    secretary = hall.reader("secretary")
    nothing = await secretary.post("/editions", {})
    assert (nothing.status, "No adopted proposal waits for an edition." in nothing.text) == (409, True)
    await hall.chamber.adopted(ADD_LIRE)
    await hall.chamber.adopted(NO_CAMERA)
    ahead = await secretary.get("/editions/next")
    together = ahead.text.split("All of it together")[1].split("</article>")[0]
    assert "The app “Lire” is put on every tablet." in together
    assert "The camera can no longer be used." in together
    made = await secretary.done("/editions/next", "/editions")
    assert made.path == "/editions/2"
    assert "The edition is published and signed." in made.text
    parent = hall.reader("parent")
    page = await parent.get("/editions/2")
    assert "The app “Lire” is put on every tablet." in page.text
    assert re.search(r"Enseignants</th><td class=\"n\">3</td><td class=\"n\">3</td>", page.text)
    head = await hall.site.services.charter.editions.head()
    assert head.edition_id in page.text
    assert head.previous is not None
    assert head.previous in page.text
    assert "/charter/editions/2.pdf?lang=en" in page.text
    first = await parent.get("/editions/1")
    assert "This is the founding edition" in first.text
    assert "This edition was replaced." in first.text
    assert (await parent.get("/editions/3")).status == 404
    assert re.findall(r'href="/editions/(\d)"', (await parent.get("/editions")).text) == ["2", "1"]


async def test_who_follows_an_edition_is_told_by_school(hall: Hall) -> None:
    await hall.chamber.adopted(ADD_LIRE)
    await hall.chamber.done("secretary", "POST", "/editions")
    parent = hall.reader("parent")
    assert "École d&#39;Audignon" not in (await parent.get("/editions/2")).text
    # Where nothing else is said the founding edition is followed still.
    assert "École d&#39;Audignon" in (await parent.get("/editions/1")).text
    await hall.chamber.done("tim", "PUT", "/editions/2/followers", {"kit_id": hall.site.kit_id})
    page = await parent.get("/editions/2")
    assert re.search(r"École d&#39;Audignon <span class=\"hint\">0400377T</span></span> <span>1 kit</span>", page.text)


async def test_the_check_says_what_it_found_and_what_does_not_verify(hall: Hall) -> None:
    await hall.chamber.agreed(ADD_LIRE)
    page = await hall.reader("parent").get("/editions/verification")
    assert "Everything verifies" in page.text
    assert (await hall.site.services.charter.editions.head()).edition_id in page.text
    await hall.chamber.database.write(
        lambda conn: conn.run("UPDATE edition SET body = replace(body, 'fr.lire', 'fr.mire') WHERE number = 2")
    )
    page = await hall.reader("parent").get("/editions/verification")
    assert "Something does not verify" in page.text
    assert "Edition 2 does not verify" in page.text


async def test_a_decision_that_does_not_fit_any_more_is_left_out_and_told(hall: Hall) -> None:
    first = await hall.chamber.adopted(ADD_LIRE)
    # The same app twice: each fits alone, and the second does not any more once the first is in.
    hall.chamber.clock.advance(timedelta(seconds=1))
    second = await hall.chamber.adopted({**ADD_LIRE, "title": "Ajouter Lire une seconde fois"})
    ahead = await hall.reader("teacher-1").get("/editions/next")
    assert "These decisions do not all fit together any more" in ahead.text
    page = await hall.reader("secretary").done("/editions/next", "/editions")
    assert page.path == "/editions/next"
    assert "Some decisions could not be carried out any more" in page.text
    assert "Adopted, but it cannot come any more" in page.text
    assert "it is there already" in page.text
    told = await hall.reader("teacher-1").get(f"/proposals/{second}")
    assert "It was adopted, and cannot be carried out any more" in told.text
    carried = await hall.reader("teacher-1").get(f"/proposals/{first}")
    assert "It is in edition 2." in carried.text
    assert "The app “Lire” is put on every tablet." in carried.text


async def test_a_proposal_that_cannot_be_compared_any_more_still_tells_its_changes(hall: Hall) -> None:
    await hall.chamber.agreed(ADD_LIRE)
    proposal_id = await hall.chamber.drafted({**ADD_LIRE, "title": "Ajouter Lire encore"})
    page = await hall.reader("teacher-1").get(f"/proposals/{proposal_id}")
    assert "“Lire” is added to the apps." in page.text
    assert "It does not fit what is agreed now:" in page.text
    await hall.chamber.database.write(lambda conn: set_state(conn, proposal_id, "withdrawn", now=1))
    page = await hall.reader("teacher-1").get(f"/proposals/{proposal_id}")
    assert "Its author took it back." in page.text
    assert "“Lire” is added to the apps." in page.text
