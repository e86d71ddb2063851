"""The tablet's state at the door: photos without place and date, and faults for what came back damaged."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from mdm.fleet.states import TabletState
from mdm.home.loans.errors import LoanUnknown, NoPhotos, NoteTooLong, PhotosTooMany
from mdm.home.loans.loan import Condition, Moment, Part, Wear
from mdm.home.loans.loan_store import known_photos
from mdm.home.loans.loans import PHOTOS_LIMIT, Loans
from mdm.home.loans.return_faults import ReturnFaults
from mdm.repairs.fault import FaultKind
from mdm.repairs.faults import Faults
from mdm.repairs.photo_errors import PhotoRefused
from mdm.repairs.photos import Photos
from mdm.repairs.warranties import NoWarranties
from mdm.store import Connection
from tests.home.loans.conftest import Desk
from tests.home.pupils.families import ACTOR


def photo(shade: int = 120) -> bytes:
    out = BytesIO()
    Image.new("RGB", (64, 48), (shade, 90, 60)).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def furnished(desk: Desk, tmp_path: Path) -> Desk:
    photos = Photos(tmp_path / "photos", desk.clock)
    faults = Faults(desk.database, desk.clock, desk.town.journal, photos, NoWarranties())
    desk.loans = Loans(
        desk.database, desk.clock, desk.town.journal, desk.terms, photos=photos, faults=ReturnFaults(faults)
    )
    return desk


async def test_photos_are_kept_by_their_hash_at_the_handing_over_and_at_the_return(furnished: Desk) -> None:
    loan = await furnished.prepare()
    first = await furnished.loans.add_photo(loan.loan_id, Moment.HANDED, photo(), actor=ACTOR)
    second = await furnished.loans.add_photo(loan.loan_id, Moment.RETURNED, photo(200), actor=ACTOR)
    assert (await furnished.lists.loan(loan.loan_id)).photos == {
        Moment.HANDED: (first,),
        Moment.RETURNED: (second,),
    }
    known = await furnished.database.read(lambda conn: known_photos(conn, [first, "0" * 64]))
    assert known == {first}


async def test_photos_have_their_bounds(furnished: Desk) -> None:
    loan = await furnished.prepare()
    for shade in range(PHOTOS_LIMIT):
        await furnished.loans.add_photo(loan.loan_id, Moment.HANDED, photo(shade * 20), actor=ACTOR)
    with pytest.raises(PhotosTooMany):
        await furnished.loans.add_photo(loan.loan_id, Moment.HANDED, photo(255), actor=ACTOR)
    with pytest.raises(PhotoRefused):
        await furnished.loans.add_photo(loan.loan_id, Moment.RETURNED, b"no photo", actor=ACTOR)
    with pytest.raises(LoanUnknown):
        await furnished.loans.add_photo("0" * 32, Moment.HANDED, photo(), actor=ACTOR)


async def test_a_server_without_photos_says_so(desk: Desk) -> None:
    loan = await desk.prepare()
    with pytest.raises(NoPhotos):
        await desk.loans.add_photo(loan.loan_id, Moment.HANDED, photo(), actor=ACTOR)


async def faults_of(desk: Desk) -> list[str]:
    def read(conn: Connection) -> list[str]:
        return [row["kind"] for row in conn.all("SELECT kind FROM fault ORDER BY kind")]

    return await desk.database.read(read)


async def test_what_came_back_damaged_or_missing_is_a_fault(furnished: Desk) -> None:
    loan = await furnished.lend()
    condition = Condition(screen=Wear.DAMAGED, missing=(Part.CHARGER,), note="Fissure en haut à gauche")
    await furnished.loans.take_back(loan.loan_id, condition, actor=ACTOR)
    assert await faults_of(furnished) == [FaultKind.ACCESSORY, FaultKind.SCREEN]
    assert await furnished.state_of() is TabletState.READY


async def test_what_does_not_work_is_broken_at_once(furnished: Desk) -> None:
    loan = await furnished.lend()
    await furnished.loans.take_back(loan.loan_id, Condition(works=False), actor=ACTOR)
    assert await faults_of(furnished) == [FaultKind.START]
    assert await furnished.state_of() is TabletState.BROKEN


async def test_what_came_back_worn_is_no_fault(furnished: Desk) -> None:
    loan = await furnished.lend()
    await furnished.loans.take_back(loan.loan_id, Condition(screen=Wear.WORN, body=Wear.WORN), actor=ACTOR)
    assert await faults_of(furnished) == []


async def test_a_note_is_short(desk: Desk) -> None:
    loan = await desk.lend()
    with pytest.raises(NoteTooLong):
        await desk.loans.take_back(loan.loan_id, Condition(note="x" * 301), actor=ACTOR)
