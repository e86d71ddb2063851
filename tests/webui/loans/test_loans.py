"""A loan's life as a school sees it, and who sees it."""

from datetime import timedelta
from io import BytesIO

from PIL import Image
from pypdf import PdfReader

from mdm.fleet.states import TabletState
from mdm.fleet.tablet_store import require_tablet
from mdm.home.loans.loan import Moment
from mdm.home.loans.states import LoanState
from tests.webui.loans.office import HERE, THERE, Office
from tests.webui.signed_in import Browser
from webui.roles import Role

DUE = "2027-06-25"


def photo() -> tuple[str, bytes, str]:
    body = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(body, "JPEG")
    return "photo.jpg", body.getvalue(), "image/jpeg"


def text_of(pdf: bytes) -> str:
    """What a paper says, on one line."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


async def prepared(office: Office, browser: Browser, first_name: str = "Lina") -> tuple[str, str]:
    """A loan's address, and the guardian of its pupil, who did the training."""
    pupil = await office.pupil(first_name)
    guardian = await office.trained(pupil)
    form = {"school": HERE, "pupil": pupil, "due": DUE, "part": "charger"}
    made = await browser.post("/loans/new", {**form, "code": f"valise:{office.site.kit_id[20:]}/1"})
    assert made.path.startswith("/loans/"), made.text
    return made.path, guardian


async def handed_over(office: Office, browser: Browser) -> str:
    address, guardian = await prepared(office, browser)
    await browser.post(f"{address}/paper", {"guardian": guardian, "signed": "2026-11-20", "insured": "1"})
    page = await browser.post(f"{address}/hand-over", {"screen": "good", "body": "good"})
    assert "La tablette est remise." in page.text
    return address


async def state_of(office: Office, tablet_id: str) -> TabletState:
    tablet = await office.site.services.database.read(lambda conn: require_tablet(conn, tablet_id))
    return tablet.state


async def test_a_loan_from_its_preparation_to_its_return(office: Office) -> None:
    await office.fill()
    teacher = await office.teacher()
    waiting = await teacher.get(f"/loans/new?school={HERE}")
    assert "Personne n&#39;attend" in waiting.text
    address, guardian = await prepared(office, teacher)
    assert "Lina M." in (await teacher.get(f"/loans?school={HERE}&list=waiting")).text
    paper = await teacher.get(f"{address}/agreement.pdf")
    assert paper.body.startswith(b"%PDF-")
    early = await teacher.post(f"{address}/hand-over", {"screen": "good", "body": "good"})
    assert early.status == 409
    assert 'role="alert"' in early.text
    accepted = await teacher.post(f"{address}/paper", {"guardian": guardian, "signed": "2026-11-20", "insured": "1"})
    assert "sur papier" in accepted.text
    assert "Lina M." in (await teacher.get(f"/loans?school={HERE}&list=to_hand_over")).text
    out = await teacher.post(f"{address}/hand-over", {"screen": "worn", "body": "good", "photos": photo()})
    assert "La tablette est remise." in out.text
    assert await state_of(office, office.tablets[0]) is TabletState.LOANED
    longer = await teacher.post(f"{address}/extend", {"due": "2027-07-02"})
    assert "2 juillet 2027" in longer.text
    back = await teacher.post(
        f"{address}/return", {"screen": "damaged", "body": "good", "works": "yes", "missing": "charger"}
    )
    assert "une panne est ouverte" in back.text
    detail = await office.home.lists.loan(address.rpartition("/")[2])
    assert detail.view.loan.state is LoanState.RETURNED
    assert len((await office.site.services.repair.faults.of_tablet(office.tablets[0], limit=10)).faults) == 2


async def test_photos_are_shown_to_those_who_see_the_loan_alone(office: Office) -> None:
    await office.fill()
    teacher = await office.teacher()
    address, guardian = await prepared(office, teacher)
    await teacher.post(f"{address}/paper", {"guardian": guardian, "signed": "2026-11-20", "insured": "1"})
    await teacher.post(f"{address}/hand-over", {"screen": "good", "body": "good", "photos": photo()})
    detail = await office.home.lists.loan(address.rpartition("/")[2])
    (kept,) = detail.photos[Moment.HANDED]
    shown = await teacher.get(f"{address}/photos/{kept}.jpg")
    assert shown.body.startswith(b"\xff\xd8")
    assert (await teacher.get(f"{address}/photos/{'0' * 64}.jpg")).status == 404
    stranger = await office.head(THERE)
    assert (await stranger.get(f"{address}/photos/{kept}.jpg")).status == 403


async def test_what_cannot_be_lent_is_refused_in_the_form(office: Office) -> None:
    await office.fill()
    head = await office.head()
    lina = await office.pupil("Lina")
    await office.trained(lina)
    form = {"school": HERE, "pupil": lina, "due": DUE}
    for wrong in (
        {**form, "code": "no-such-label"},
        {**form, "code": "valise:0000/1"},
        {**form, "tablet": office.tablets[0], "due": "2020-01-01"},
        {**form, "tablet": office.tablets[0], "due": "x"},
        {"school": HERE, "pupil": lina, "due": DUE},
    ):
        answer = await head.post("/loans/new", wrong)
        assert answer.status >= 400
        assert 'role="alert"' in answer.text
    assert (await office.home.lists.counts(HERE)).waiting == 0


async def test_a_late_loan_is_in_the_lists_and_to_be_telephoned(office: Office) -> None:
    await office.fill()
    head = await office.head()
    await handed_over(office, head)
    office.site.services.clock.advance(timedelta(days=215))  # type: ignore[attr-defined]
    head = await office.head()
    await office.home.reminders.once()
    page = await head.get(f"/loans?school={HERE}&list=overdue")
    assert "Lina M." in page.text
    assert "À appeler" in page.text
    sheet = await head.get(f"/loans/list.csv?school={HERE}&list=overdue")
    assert "Lina M." in sheet.body.decode("utf-8-sig")
    assert "Lina" not in sheet.headers["Content-Disposition"]


async def test_a_lost_tablet_is_declared_by_the_head_and_can_be_found_again(office: Office) -> None:
    await office.fill()
    head, teacher = await office.head(), await office.teacher()
    address = await handed_over(office, teacher)
    assert f"{address}/lost" not in (await teacher.get(address)).text
    assert (await teacher.post(f"{address}/lost", {})).status == 403
    lost = await head.post(f"{address}/lost", {})
    assert "déclarée perdue" in lost.text
    assert await state_of(office, office.tablets[0]) is TabletState.LOST
    assert "Lina M." in (await head.get(f"/loans?school={HERE}&list=lost")).text
    await head.post(f"{address}/return", {"screen": "good", "body": "good", "works": "yes"})
    assert await state_of(office, office.tablets[0]) is not TabletState.LOST


async def test_a_yes_is_taken_back_and_a_loan_that_never_began_is_ended(office: Office) -> None:
    await office.fill()
    head = await office.head()
    address, guardian = await prepared(office, head)
    await head.post(f"{address}/paper", {"guardian": guardian, "signed": "2026-11-20", "insured": "1"})
    back = await head.post(f"{address}/yes/take-back", {"guardian": guardian})
    assert "pas encore d&#39;accord" in back.text
    ended = await head.post(f"{address}/end", {})
    assert "Le prêt est terminé." in ended.text
    again = await head.post(f"{address}/extend", {"due": DUE})
    assert again.status == 409


async def test_a_manager_sees_numbers_and_no_name(office: Office) -> None:
    await office.fill()
    address = await handed_over(office, await office.head())
    manager = await office.person(Role.MANAGER)
    page = await manager.get(f"/loans?school={HERE}")
    assert page.status == 200
    assert "À la maison" in page.text
    assert "Lina" not in page.text
    assert (await manager.get(address)).status == 403
    assert (await manager.get(f"/loans/list.csv?school={HERE}")).status == 403
    assert (await manager.get(f"/loans/new?school={HERE}")).status == 403


async def test_the_form_tells_of_children_who_wait_for_a_guardians_training(office: Office) -> None:
    await office.fill()
    mine = await office.teacher(f"class:{await office.class_id('CP A')}")
    assert "1 enfant n&#39;est pas dans cette liste" in (await mine.get(f"/loans/new?school={HERE}")).text
    head = await office.head()
    assert "2 enfants ne sont pas dans cette liste" in (await head.get(f"/loans/new?school={HERE}")).text
    await office.trained(await office.pupil("Lina"))
    page = await head.get(f"/loans/new?school={HERE}")
    assert "1 enfant n&#39;est pas dans cette liste" in page.text
    assert "Lina M." in page.text
    await office.trained(await office.pupil("Noé"))
    assert "dans cette liste" not in (await head.get(f"/loans/new?school={HERE}")).text


async def test_the_paper_has_a_line_for_each_who_must_sign_and_a_square_for_the_insurance(office: Office) -> None:
    await office.fill()
    head = await office.head()
    address, _ = await prepared(office, head)
    lina = await office.pupil("Lina")
    alone = text_of((await head.get(f"{address}/agreement.pdf")).body)
    assert alone.count("Nom et signature") == 1
    assert "Une assurance couvre la tablette" in alone
    assert "Chaque responsable" not in alone
    await head.post(f"/pupils/{lina}/both", {"both": "1"})
    both = text_of((await head.get(f"{address}/agreement.pdf")).body)
    assert "Nom et signature de Mme M." in both
    assert both.count("Nom et signature") == 2
    await office.guardian(lina, "M. P.")
    await office.guardian(lina, "Mme R.")
    all_three = text_of((await head.get(f"{address}/agreement.pdf")).body)
    assert [f"Nom et signature de {one}" in all_three for one in ("Mme M.", "M. P.", "Mme R.")] == [True] * 3
    assert all_three.count("Nom et signature") == 3


async def test_others_are_refused(office: Office) -> None:
    await office.fill()
    address = await handed_over(office, await office.head())
    for role in (Role.TECHNICIAN, Role.PARENT, Role.MEMBER, Role.DSDEN, Role.EVALUATOR, Role.DPO, Role.ADMINISTRATOR):
        other = await office.person(role)
        for path in (f"/loans?school={HERE}", address, f"{address}/agreement.pdf", f"/loans/new?school={HERE}"):
            assert (await other.get(path)).status == 403, (role, path)
        assert (await other.post(f"{address}/return", {"screen": "good"})).status == 403


async def test_a_teacher_of_a_class_sees_the_loans_of_its_pupils_and_no_others(office: Office) -> None:
    await office.fill()
    address = await handed_over(office, await office.head())
    mine = await office.teacher(f"class:{await office.class_id('CP A')}")
    assert "Lina M." in (await mine.get(f"/loans?school={HERE}")).text
    assert (await mine.get(address)).status == 200
    other = await office.teacher(f"class:{await office.class_id('CE1 B')}", "tina")
    assert "Lina" not in (await other.get(f"/loans?school={HERE}")).text
    assert (await other.get(address)).status == 403


async def test_a_tablet_of_another_school_is_not_lent_from_here(office: Office) -> None:
    await office.fill()
    stranger = await office.head(THERE)
    lina = await office.pupil("Lina")
    form = {"school": THERE, "pupil": lina, "due": DUE, "tablet": office.tablets[0]}
    assert (await stranger.post("/loans/new", form)).status == 403


async def test_the_years_end_ends_what_never_began(office: Office) -> None:
    await office.fill()
    head = await office.head()
    address, _ = await prepared(office, head)
    done = await head.post("/pupils/year/loans", {"school": HERE, "day": "2027-07-02"})
    assert done.path == f"/loans?school={HERE}"
    assert (await office.home.lists.loan(address.rpartition("/")[2])).view.loan.state is LoanState.ENDED
