"""A child of two schools is one pupil with two inscriptions: one tablet, lent by one of them, and no list too many."""

from tests.webui.loans.office import HERE, THERE, Office
from tests.webui.loans.test_imports import sent
from tests.webui.loans.test_loans import DUE, handed_over

LINA_THERE = (
    "Nom élève;Prénom élève;Date naissance;Niveau;Libellé classe\r\nMARTIN;Lina;12/03/2018;CP;Petits\r\n"
).encode()


async def shared(office: Office) -> str:
    """Lina is in both schools, by the answer of the second one's head; return her identifier."""
    await office.fill()
    lina, head = await office.pupil("Lina"), await office.head(THERE)
    told = await head.post("/pupils/import", {"school": THERE, "files": sent(LINA_THERE)})
    asked = await head.post(f"{told.path}/apply", {})
    assert asked.path == f"/pupils/doubts?school={THERE}"
    assert "Le même enfant, dans les deux écoles" in asked.text
    (doubt,) = await office.home.doubts.of_school(THERE)
    form = {"school": THERE, "doubt": doubt.doubt_id, "answer": f"both:{lina}"}
    assert (await head.post("/pupils/doubts", form)).path == f"/pupils?school={THERE}"
    return lina


async def test_she_is_in_the_lists_of_both_and_both_heads_are_told_so(office: Office) -> None:
    lina = await shared(office)
    for uai in (HERE, THERE):
        head = await office.head(uai)
        class_id = next(
            one.class_id for one in (await office.home.pupils.school(uai)).classes if one.name in ("CP A", "Petits")
        )
        page = await head.get(f"/pupils?school={uai}&class={class_id}")
        assert "Lina M." in page.text
        assert "aussi dans une autre école" in page.text
        assert (await head.get(f"/pupils/{lina}")).status == 200
    assert len((await office.home.pupils.page(HERE)).pupils) == 2
    assert [one.pupil.pupil_id for one in (await office.home.pupils.page(THERE)).pupils] == [lina]


async def test_one_school_lends_and_the_other_sees_that_it_is_lent(office: Office) -> None:
    lina = await shared(office)
    here, there = await office.head(), await office.head(THERE)
    address = await handed_over(office, here)
    # The other head sees on the child's page that there is a tablet, and not the loan itself, which is not theirs.
    page = await there.get(f"/pupils/{lina}")
    assert address not in page.text
    assert "Remis" in page.text
    assert "École d&#39;Audignon" in page.text
    assert f'<a href="{address}">Remis</a>' in (await here.get(f"/pupils/{lina}")).text
    assert (await there.get(address)).status == 403
    listed = await there.get(f"/pupils?school={THERE}")
    assert "par l&#39;autre école" in listed.text
    assert address not in listed.text
    assert "Lina" not in (await there.get(f"/loans?school={THERE}&list=out")).text
    assert "Lina M." in (await here.get(f"/loans?school={HERE}&list=out")).text
    # There is no second tablet for one child.
    form = {"school": HERE, "pupil": lina, "due": DUE, "tablet": office.tablets[1]}
    assert (await here.post("/loans/new", form)).status == 409


async def test_the_other_school_lends_no_tablet_of_this_one(office: Office) -> None:
    lina = await shared(office)
    await office.trained(lina)
    there = await office.head(THERE)
    refused = await there.post("/loans/new", {"school": THERE, "pupil": lina, "due": DUE, "tablet": office.tablets[0]})
    assert refused.status == 403
    assert (await office.home.lists.counts(HERE)).waiting == 0


async def test_leaving_one_school_ends_that_inscription_alone_and_the_loan_stays(office: Office) -> None:
    lina = await shared(office)
    here, there = await office.head(), await office.head(THERE)
    address = await handed_over(office, here)
    left = await there.post(f"/pupils/{lina}/leave", {"school": THERE})
    assert left.path == f"/pupils?school={THERE}"
    assert (await there.get(f"/pupils/{lina}")).status == 403
    assert (await here.get(address)).status == 200
    assert "aussi dans une autre école" not in (await here.get(f"/pupils?school={HERE}")).text
    # From the other one's list she leaves nobody's tablet behind unseen.
    gone = await here.post(f"/pupils/{lina}/leave", {"school": HERE})
    assert gone.status == 200
    assert "Cet élève a quitté l&#39;école et a encore la tablette." in (await here.get(address)).text
