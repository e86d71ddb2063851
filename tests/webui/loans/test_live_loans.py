"""Who waits for a loan sees it move: the teacher at the desk while the family says yes, the family at the counter."""

import re

from tests.webui.following import following
from tests.webui.loans.office import HERE, THERE, Office
from tests.webui.loans.test_loans import handed_over, prepared
from tests.webui.signed_in import Browser, browser_of
from webui.roles import Role


async def parent_of(office: Office, guardian: str) -> Browser:
    """The browser of a guardian who has used the code."""
    invited = await office.home.guardians.invite(guardian, actor="account:test")
    browser = await browser_of(office.site, "ilse", Role.PARENT)
    await browser.post("/home/join", {"code": invited.code, "sure": "1"})
    return browser


async def say_yes(parent: Browser, loan_id: str) -> None:
    terms = re.search(r'name="terms" value="([^"]+)"', (await parent.get(f"/home/loans/{loan_id}")).text)
    assert terms is not None
    form = {"terms": terms[1], "read": "1", "insured": "1"}
    assert "Votre accord est noté." in (await parent.post(f"/home/loans/{loan_id}/accept", form)).text


async def test_the_teacher_at_the_desk_sees_the_yes_that_is_said_on_a_phone(office: Office) -> None:
    await office.fill()
    teacher = await office.teacher()
    address, guardian = await prepared(office, teacher)
    parent = await parent_of(office, guardian)
    async with (
        following(office.site, teacher, f"{address}/events") as loan,
        following(office.site, teacher, f"/loans/events?school={HERE}&list=to_hand_over") as lists,
    ):
        waiting = await loan.until("loan-state", "Cette page change d&#39;elle-même")
        form = loan.parts["loan-next"]
        await lists.until("loans-lines", "Cette liste est vide.")
        await say_yes(parent, address.rpartition("/")[2])
        agreed = await loan.until("loan-state", "La famille est d&#39;accord")
        assert agreed != waiting
        await loan.until("loan-yes", "sur un téléphone")
        # The form that the teacher may be filling in is the same one.
        assert loan.parts["loan-next"] == form
        await lists.until("loans-lines", "Lina M.")
        await lists.until("loans-lists", 'À remettre <span class="hint">1</span>')


async def test_the_family_sees_the_tablet_handed_over_and_what_it_may_do_now(office: Office) -> None:
    await office.fill()
    teacher = await office.teacher()
    address, guardian = await prepared(office, teacher)
    parent, lina = await parent_of(office, guardian), await office.pupil("Lina")
    loan_id = address.rpartition("/")[2]
    async with (
        following(office.site, parent, "/home/events") as home,
        following(office.site, parent, f"/home/loans/{loan_id}/events") as loan,
    ):
        await home.until(f"card-{lina}", "Lire et accepter la convention")
        await loan.until("loan-agreement", "J&#39;accepte le prêt")
        await teacher.post(f"{address}/paper", {"guardian": guardian, "signed": "2026-11-20", "insured": "1"})
        await home.until(f"card-{lina}", "venez chercher la tablette")
        await loan.until("loan-agreement", "Vous avez accepté")
        await teacher.post(f"{address}/hand-over", {"screen": "worn", "body": "good"})
        await home.until(f"card-{lina}", "Être plus strict")
        await loan.until("loan-state", "Remis")
        await loan.until("loan-seen", "rayures")


async def test_the_family_sees_the_mode_change_by_itself(office: Office) -> None:
    await office.fill()
    address, guardian = await prepared(office, await office.head())
    parent, lina = await parent_of(office, guardian), await office.pupil("Lina")
    head = await office.head()
    await head.post(f"{address}/paper", {"guardian": guardian, "signed": "2026-11-20", "insured": "1"})
    await head.post(f"{address}/hand-over", {"screen": "good", "body": "good"})
    async with following(office.site, parent, "/home/events") as home:
        before = await home.until(f"card-{lina}", "À rendre")
        await head.post(f"{address}/lost", {})
        assert await home.until(f"card-{lina}", "Elle a été déclarée perdue.") != before


async def test_a_manager_follows_numbers_and_is_sent_no_name(office: Office) -> None:
    await office.fill()
    head, manager = await office.head(), await office.person(Role.MANAGER)
    async with following(office.site, manager, f"/loans/events?school={HERE}") as numbers:
        await numbers.until("loans-numbers", "<dt>À la maison</dt><dd>0</dd>")
        await handed_over(office, head)
        await numbers.until("loans-numbers", "<dt>À la maison</dt><dd>1</dd>")
        assert set(numbers.parts) == {"loans-numbers"}
        assert "Lina" not in str(numbers.parts)


async def test_whoever_may_not_see_a_loan_does_not_follow_it(office: Office) -> None:
    await office.fill()
    head, stranger = await office.head(), await office.head(THERE)
    address = await handed_over(office, head)
    parent = await office.person(Role.PARENT)
    assert (await stranger.get(f"{address}/events")).status == 403
    assert (await stranger.get(f"/loans/events?school={HERE}")).status == 403
    assert (await parent.get(f"{address}/events")).status == 403
    assert (await parent.get(f"/home{address}/events")).status == 404


async def test_the_pages_say_all_of_it_without_following(office: Office) -> None:
    await office.fill()
    teacher = await office.teacher()
    address, guardian = await prepared(office, teacher)
    page = await teacher.get(address)
    for part in ("loan-state", "loan-next", "loan-seen", "loan-yes", "loan-facts"):
        assert page.text.count(f'id="{part}"') == 1, part
    assert f'data-live="{address}/events"' in page.text
    wrong = await teacher.post(f"{address}/paper", {"guardian": guardian, "signed": "2030-01-01", "insured": "1"})
    assert wrong.status == 422
    assert wrong.text.count('role="alert"') == 1
