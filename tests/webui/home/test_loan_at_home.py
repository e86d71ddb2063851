"""From the training to the tablet: read, answered, agreed to on the phone, handed over by the school, given back."""

from datetime import timedelta

import pytest

from mdm.home.loans.errors import TrainingMissing, YesMissing
from mdm.home.loans.labels import parse_label
from mdm.home.loans.loan import Condition, Moment, Wear
from mdm.home.training.course import shipped_course
from tests.webui.home.conftest import DIRECTOR, Families
from tests.webui.repairs.test_fault_pages import photo_with_position
from tests.webui.signed_in import Browser


async def pass_training(browser: Browser) -> None:
    """Answer every part rightly."""
    for module in shipped_course().modules:
        right = {
            f"answer-{question.key}": next(choice.key for choice in question.choices if choice.right)
            for question in module.questions
        }
        answer = await browser.post(f"/home/training/parts/{module.key}", right)
        assert answer.status == 200
        assert "Tout est juste" in answer.text


async def test_from_the_training_to_the_tablet_and_back(families: Families) -> None:
    ilse = await families.parent("ilse")
    loan = await families.prepare()
    first = await ilse.get("/home")
    assert "Suivre la formation" in first.text
    assert "Lire et accepter la convention" in first.text

    await pass_training(ilse)
    certificate = await ilse.get("/home/training/certificate")
    assert "Mme V." in certificate.text
    assert "Suivre la formation" not in (await ilse.get("/home")).text

    here = f"/home/loans/{loan.loan_id}"
    read = await ilse.get(here)
    assert "Le prêt est gratuit." in read.text
    with pytest.raises(YesMissing):
        await families.home.loans.hand_over(loan.loan_id, Condition(), actor=DIRECTOR)
    accepted = await ilse.post(f"{here}/accept", {"terms": loan.terms_digest, "read": "1", "insured": "1"})
    assert accepted.path == here
    assert "Votre accord est noté." in accepted.text
    assert await families.state(loan) == "accepted"
    assert "venez chercher la tablette" in (await ilse.get("/home")).text

    await families.home.loans.hand_over(loan.loan_id, Condition(screen=Wear.WORN), actor=DIRECTOR)
    home = await ilse.get("/home")
    assert "Elle peut servir en ce moment." in home.text
    assert "19:30" in home.text
    assert "rayures" in (await ilse.get(here)).text

    await families.home.loans.take_back(loan.loan_id, Condition(), actor=DIRECTOR)
    after = await ilse.get("/home")
    assert "Aucune tablette n&#39;est prêtée" in after.text
    assert here in after.text
    assert "Le prêt est gratuit." in (await ilse.get(here)).text


async def test_without_the_training_the_school_does_not_hand_over(families: Families) -> None:
    ilse = await families.parent("ilse")
    loan = await families.prepare()
    await ilse.post(f"/home/loans/{loan.loan_id}/accept", {"terms": loan.terms_digest, "read": "1", "insured": "1"})
    with pytest.raises(TrainingMissing):
        await families.home.loans.hand_over(loan.loan_id, Condition(), actor=DIRECTOR)
    assert "Il reste à suivre la formation" in (await ilse.get(f"/home/loans/{loan.loan_id}")).text


async def test_a_wrong_answer_is_told_why_and_may_be_given_anew(families: Families) -> None:
    ilse = await families.parent("ilse")
    module = shipped_course().modules[0]
    question = module.questions[0]
    wrong = next(choice for choice in question.choices if not choice.right)
    answers = {
        f"answer-{one.key}": next(choice.key for choice in one.choices if choice.right) for one in module.questions
    }
    here = f"/home/training/parts/{module.key}"
    missing = await ilse.post(here, {f"answer-{question.key}": wrong.key})
    assert missing.status == 422
    judged = await ilse.post(here, {**answers, f"answer-{question.key}": wrong.key})
    assert judged.status == 200
    assert wrong.why["fr"][:40].replace("'", "&#39;") in judged.text
    assert "pas encore juste" in judged.text
    assert "Tout est juste." in (await ilse.post(here, answers)).text


async def test_the_training_may_be_read_before_the_code_but_is_not_noted(families: Families) -> None:
    hugo = await families.parent("hugo")
    module = shipped_course().modules[0]
    assert (await hugo.get(f"/home/training/parts/{module.key}")).status == 200
    answers = {f"answer-{one.key}": one.choices[0].key for one in module.questions}
    assert (await hugo.post(f"/home/training/parts/{module.key}", answers)).status == 409
    assert (await hugo.get("/home/training/certificate")).path == "/home/join"
    drawing = await hugo.get(f"/home/training/pictures/{module.pages[0].picture}.svg")
    assert drawing.headers["Content-Type"].startswith("image/svg+xml")
    assert (await hugo.get("/home/training/pictures/passwd.svg")).status == 404
    assert (await hugo.get("/home/training/parts/unknown")).status == 404


async def test_a_yes_counts_only_for_the_text_that_was_read(families: Families) -> None:
    ilse = await families.parent("ilse")
    loan = await families.prepare()
    for form, status in (
        ({"insured": "1"}, 422),
        ({"read": "1", "terms": "0" * 64}, 409),
        ({"read": "1", "terms": ""}, 409),
    ):
        answer = await ilse.post(f"/home/loans/{loan.loan_id}/accept", {"terms": loan.terms_digest, **form})
        assert answer.status == status
        assert 'role="alert"' in answer.text
        assert await families.state(loan) == "prepared"


async def test_a_yes_is_taken_back_before_the_tablet_is_there(families: Families) -> None:
    ilse, odon = await families.parent("ilse"), await families.parent("odon")
    loan = await families.prepare()
    here = f"/home/loans/{loan.loan_id}"
    await ilse.post(f"{here}/accept", {"terms": loan.terms_digest, "read": "1"})
    await odon.post(f"{here}/take-back", {})
    assert await families.state(loan) == "accepted"
    assert "Un autre responsable a accepté" in (await odon.get(here)).text
    await ilse.post(f"{here}/take-back", {})
    assert await families.state(loan) == "prepared"


async def test_the_photos_of_the_tablet_are_the_familys_to_see(families: Families) -> None:
    ilse, zoe = await families.parent("ilse"), await families.parent("zoe")
    loan = await families.prepare()
    photo = await families.home.loans.add_photo(loan.loan_id, Moment.HANDED, photo_with_position(), actor=DIRECTOR)
    here = f"/home/loans/{loan.loan_id}"
    assert photo in (await ilse.get(here)).text
    shown = await ilse.get(f"{here}/photos/{photo}")
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert shown.body.startswith(b"\xff\xd8")
    assert (await ilse.get(f"{here}/photos/{'0' * 64}")).status == 404
    other = await families.prepare("Noé", tablet=1)
    assert (await zoe.get(f"/home/loans/{other.loan_id}/photos/{photo}")).status == 404


async def test_the_label_on_the_back_opens_the_loan_of_ones_own_child_alone(families: Families) -> None:
    ilse, zoe = await families.parent("ilse"), await families.parent("zoe")
    loan = await families.prepare()
    label = f"valise:{loan.kit_id[20:]}/{loan.slot_number}"
    assert parse_label(label) == (loan.kit_id[20:], 1)
    assert (await ilse.post("/home/label", {"label": label.upper()})).path == f"/home/loans/{loan.loan_id}"
    assert (await zoe.post("/home/label", {"label": label})).status == 404
    assert (await ilse.post("/home/label", {"label": "12"})).status == 422


async def test_what_is_late_is_said_first(families: Families) -> None:
    await families.parent("ilse")
    await families.lend()
    families.clock.advance(timedelta(days=201))
    ilse = await families.parent("ilse")
    assert "Rapportez la tablette" in (await ilse.get("/home")).text
