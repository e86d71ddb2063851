"""Each role on each page: what one may not do is not shown, and is refused when it is asked for all the same."""

from tests.api.chamber import NO_CAMERA, PEOPLE
from tests.webui.committee.conftest import Hall, demonstration
from tests.webui.conftest import MakeSite

OPEN_TO_ALL = (
    "/committee",
    "/proposals",
    "/meetings",
    "/decisions",
    "/decisions.csv",
    "/editions",
    "/editions/1",
    "/editions/next",
    "/editions/verification",
    "/committee/seats",
    "/catalogue",
)
TAKES_PART = {"mayor", "inspector", "teacher-1", "parent", "secretary", "newcomer"}
"""Those whose role lets them propose and vote; `tim`, `anne` and `evaluator` do neither."""
MANAGES = {"secretary"}
WITHDRAWS = {"mayor", "inspector", "secretary", "newcomer"}
EDITS = {"secretary", "inspector"}

PAGES = {
    "/proposals/new": TAKES_PART,
    "/proposals/new/app": TAKES_PART,
    "/proposals/new/settings/home": TAKES_PART,
    "/committee/passkeys": TAKES_PART,
    "/meetings/new": MANAGES,
    "/withdrawals/new": WITHDRAWS,
    "/catalogue/new": EDITS,
}
"""Pages that are not for everybody, by those who may open them."""

SOMEONE = ("mayor", "inspector", "teacher-1", "parent", "secretary", "newcomer", "evaluator", "tim", "anne")


async def test_what_everybody_may_read_is_open_to_each_role_and_to_nobody_else(hall: Hall) -> None:
    for login in SOMEONE:
        reader = hall.reader(login)
        for path in OPEN_TO_ALL:
            assert (await reader.get(path)).status == 200, (login, path)
    stranger = hall.stranger()
    for path in OPEN_TO_ALL:
        page = await stranger.get(path)
        assert page.path.startswith("/sign-in?next="), path


async def test_pages_open_to_those_whose_work_they_are(hall: Hall) -> None:
    for path, allowed in PAGES.items():
        for login in SOMEONE:
            status = (await hall.reader(login).get(path)).status
            # A role opens the page of withdrawals; whether a seat may withdraw is said on it.
            expected = {200} if login in allowed else {403}
            if path == "/withdrawals/new" and login in {"secretary", "newcomer"}:
                expected = {403}
            assert status in expected, (login, path, status)


async def test_what_one_may_not_do_is_not_shown_and_is_refused(hall: Hall) -> None:
    submitted = f"/proposals/{await hall.chamber.submitted()}"
    examined = f"/proposals/{await hall.chamber.examined(NO_CAMERA)}"
    item = f"/catalogue/{(await hall.item()).item_id}"
    shown = {
        (submitted, f"{submitted}/admission"): MANAGES,
        (submitted, f"{submitted}/return"): MANAGES,
        (submitted, f"{submitted}/retraction"): {"teacher-1"},
        (submitted, f"{submitted}/comments"): {*TAKES_PART, "evaluator", "tim"},
        (submitted, f"{submitted}/recusals"): {"mayor", "inspector", "teacher-1", "parent"},
        (examined, f"{examined}/opening"): MANAGES,
        ("/committee/seats", "/committee/seats"): MANAGES,
        (f"{item}/edit", f"{item}/edit"): EDITS,
        (f"{item}/documents", f"{item}/documents"): EDITS,
        (f"{item}/facts", f"{item}/facts"): {"tim"},
    }
    for (page, action), allowed in shown.items():
        for login in SOMEONE:
            assert (await hall.reader(login).get(page)).offers(action) is (login in allowed), (login, action)
    refused = {
        f"{submitted}/admission": MANAGES,
        f"{submitted}/examination": MANAGES,
        f"{submitted}/validation": {"inspector"},
        f"{examined}/closing": MANAGES,
        "/committee/seats": MANAGES,
        "/editions": MANAGES,
        "/meetings": MANAGES,
        "/catalogue": EDITS,
        f"{item}/facts": {"tim"},
        f"{item}/data-sheet": set(),
        "/withdrawals": WITHDRAWS,
        f"{submitted}/vote": TAKES_PART,
        "/proposals/new/app": TAKES_PART,
    }
    for action, allowed in refused.items():
        for login in set(SOMEONE) - allowed:
            page = await hall.reader(login).post(action, {"words": "x"})
            assert page.status == 403, (login, action, page.status)
            assert "You are not allowed to do or see this." in page.text


async def test_only_the_author_takes_a_proposal_back_or_changes_it(hall: Hall) -> None:
    proposal = f"/proposals/{await hall.chamber.submitted()}"
    other = hall.reader("teacher-2")
    for action in ("retraction", "submission"):
        page = await other.post(f"{proposal}/{action}", {})
        assert page.status in (403, 409), action
    assert (
        "Only the author of a proposal submits, changes or withdraws it." in (await other.get(f"{proposal}/edit")).text
    )
    assert (await other.post(f"{proposal}/edit", {"title": "Autre titre"})).status == 403


async def test_whoever_has_no_account_reads_and_decides_nothing(make_site: MakeSite) -> None:
    """In the demonstration somebody is there without an account: what is done in one's own name is refused in words."""
    demo = await demonstration(make_site)
    assert (await demo.get("/committee")).status == 200
    page = await demo.get("/proposals/new/app")
    assert page.status == 200
    refused = await demo.send("/proposals/new/app", "/proposals/new/app", name="Calcul vif", why="Pour compter.")
    assert refused.status == 403
    assert "you have not signed in" in refused.text
    # What was written is still there.
    assert refused.form("/proposals/new/app")["why"] == "Pour compter."


def test_everybody_of_the_table_is_known() -> None:
    assert set(SOMEONE) <= set(PEOPLE)
