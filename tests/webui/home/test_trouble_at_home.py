"""What does not work reaches the technician."""

from mdm.fleet.tablet_store import require_tablet
from mdm.repairs.fault import FaultKind
from tests.webui.home.conftest import Families
from tests.webui.repairs.test_fault_pages import photo_with_position


async def state_of(families: Families, tablet_id: str) -> str:
    """A tablet's state in the fleet."""
    return (await families.database.read(lambda conn: require_tablet(conn, tablet_id))).state.value


async def test_a_tablet_that_is_not_handed_over_is_neither_lost_nor_broken(families: Families) -> None:
    ilse = await families.parent("ilse")
    loan = await families.prepare()
    assert (await ilse.post(f"/home/loans/{loan.loan_id}/lost", {})).status == 409
    assert (await ilse.post(f"/home/loans/{loan.loan_id}/fault", {"kind": "screen"})).status == 409
    assert await state_of(families, loan.tablet_id) == "ready"


async def test_a_fault_reaches_the_technician_with_a_photo(families: Families) -> None:
    ilse = await families.parent("ilse")
    loan = await families.lend()
    here = f"/home/loans/{loan.loan_id}/fault"
    photo = ("a.jpg", photo_with_position(), "image/jpeg")
    sent = await ilse.post(here, {"kind": "screen", "words": "Tombée de la table.", "photos": photo})
    assert sent.path == "/home"
    assert "Le technicien le voit" in sent.text
    (line,) = (await families.site.services.repair.faults.of_tablet(loan.tablet_id)).faults
    assert (line.fault.kind, line.photos, line.fault.unusable) == (FaultKind.SCREEN, 1, False)
    assert "Déjà connu" in (await ilse.get(here)).text
    assert await state_of(families, loan.tablet_id) == "loaned"


async def test_what_is_no_fault_is_told_and_what_was_written_stays(families: Families) -> None:
    ilse = await families.parent("ilse")
    loan = await families.lend()
    here = f"/home/loans/{loan.loan_id}/fault"
    for kind in ("", "lost", "nonsense"):
        answer = await ilse.post(here, {"kind": kind, "words": "Depuis hier."})
        assert 400 <= answer.status < 500
        assert "Depuis hier." in answer.text
    assert (await families.site.services.repair.faults.of_tablet(loan.tablet_id)).faults == ()
