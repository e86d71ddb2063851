"""Proposals over HTTP, by people who signed in: drafted, submitted, discussed, examined."""

from typing import Any

import pytest

from mdm.journal import latest_entries
from mdm.store import Database
from profiles.charter.convention import example
from tests.api.chamber import ADD_LIRE, NO_CAMERA, Chamber, tag_of
from webui.roles import Role

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
NOWHERE = "0" * 32


async def test_a_teachers_draft_becomes_a_proposal_that_can_be_voted(chamber: Chamber) -> None:
    made = await chamber.ask("teacher-1", "POST", "/proposals", ADD_LIRE)
    path = f"/proposals/{made.json['proposal']['proposal_id']}"
    assert (made.status, made.headers["Location"]) == (201, f"/api/v1{path}")
    shown = await chamber.ask("parent", "GET", path)
    assert (shown.json, shown.headers["ETag"]) == (made.json, made.headers["ETag"])
    assert (shown.json["state"], shown.json["author"]) == ("draft", "teacher-1")
    states = [
        (await chamber.done("teacher-1", "POST", f"{path}/submission"))["state"],
        (await chamber.done("secretary", "POST", f"{path}/admission", {}))["state"],
        (await chamber.done("secretary", "POST", f"{path}/examination", {"words": "Étudiée."}))["state"],
    ]
    assert states == ["submitted", "admissible", "examined"]
    seen = (await chamber.ask("evaluator", "GET", path)).json
    assert seen["steps"] == ["change", "send_back", "withdraw", "open_vote"]
    assert [(one["kind"], one["actor"], one["at"], one["words"]) for one in seen["events"]] == [
        ("draft", "account:teacher-1", "2026-09-01T08:00:00Z", ""),
        ("submitted", "account:teacher-1", "2026-09-01T08:00:00Z", ""),
        ("admissible", "account:secretary", "2026-09-01T08:00:00Z", ""),
        ("examined", "account:secretary", "2026-09-01T08:00:00Z", "Étudiée."),
    ]


async def test_what_is_submitted_again_comes_with_its_reasons(chamber: Chamber) -> None:
    proposal_id = await chamber.submitted()
    path = f"/proposals/{proposal_id}"
    silent = await chamber.ask("secretary", "POST", f"{path}/return", {"words": " "})
    assert (silent.status, silent.code) == (422, "reasons_needed")
    sent = await chamber.ask("secretary", "POST", f"{path}/return", {"words": "Quel niveau ?"})
    assert sent.json["state"] == "sent_back"
    better = {**ADD_LIRE, "purpose": "Pour le cycle 2."}
    changed = await chamber.ask("teacher-1", "PUT", path, better, tag=tag_of(sent))
    assert (changed.status, changed.json["state"], changed.json["submitted_at"]) == (200, "draft", None)
    assert changed.json["digest"] != sent.json["digest"]
    again = await chamber.ask("teacher-1", "POST", f"{path}/submission")
    assert (again.status, again.json["submitted_at"]) == (200, "2026-09-01T08:00:00Z")


@pytest.mark.parametrize(
    ("tag", "status", "code"),
    [
        (None, 428, "precondition_needed"),
        ("*", 428, "precondition_needed"),
        ("r1", 400, "header_wrong"),
        ('"r9"', 412, "stale"),
        ('"r1", "r2"', 412, "stale"),
        ('W/"r1"', 412, "stale"),
        ('"r1-0123"', 412, "stale"),
    ],
)
async def test_a_change_names_the_one_version_that_was_read(
    chamber: Chamber, tag: str | None, status: int, code: str
) -> None:
    proposal_id = await chamber.drafted()
    reply = await chamber.ask("teacher-1", "PUT", f"/proposals/{proposal_id}", ADD_LIRE, tag=tag)
    assert (reply.status, reply.code) == (status, code)


async def test_a_comment_is_news_for_readers_and_no_obstacle_for_the_author(chamber: Chamber) -> None:
    path = f"/proposals/{await chamber.submitted()}"
    before = await chamber.ask("teacher-1", "GET", path)
    await chamber.done("parent", "POST", f"{path}/comments", {"words": "Très bien."})
    known = {"If-None-Match": tag_of(before)} | chamber.headers("teacher-1")
    fresh = await chamber.api.ask("GET", path, role=None, headers=known)
    assert (fresh.status, fresh.json["events"][-1]["words"]) == (200, "Très bien.")
    known["If-None-Match"] = tag_of(fresh)
    assert (await chamber.api.ask("GET", path, role=None, headers=known)).status == 304
    changed = await chamber.ask("teacher-1", "PUT", path, ADD_LIRE, tag=tag_of(before))
    assert changed.status == 200


async def test_a_key_is_its_own_persons(chamber: Chamber) -> None:
    first = await chamber.ask("teacher-1", "POST", "/proposals", ADD_LIRE, key=KEY)
    second = await chamber.ask("teacher-2", "POST", "/proposals", ADD_LIRE, key=KEY)
    assert first.json["proposal"]["proposal_id"] != second.json["proposal"]["proposal_id"]


async def test_a_comment_that_is_sent_twice_is_said_once(chamber: Chamber) -> None:
    path = f"/proposals/{await chamber.submitted()}"
    said = {"words": "Combien de mégaoctets ?", "kind": "request"}
    for _ in range(2):
        reply = await chamber.ask("tim", "POST", f"{path}/comments", said, key=KEY)
        assert reply.status == 201
    assert [one["kind"] for one in reply.json["events"]] == ["draft", "submitted", "request"]
    assert reply.json["open_requests"] == [3]
    answer = {"words": "Quarante.", "kind": "answer", "about": 3}
    answered = await chamber.ask("teacher-1", "POST", f"{path}/comments", answer)
    assert (answered.json["open_requests"], answered.json["events"][-1]["about"]) == ([], 3)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"words": "x", "kind": "answer"}, 422, "body_wrong"),
        ({"words": "x", "about": 2}, 422, "body_wrong"),
        ({"words": "x", "kind": "answer", "about": 7}, 404, "request_unknown"),
        ({"words": " \n"}, 422, "reasons_needed"),
        ({"words": "a\u202eb"}, 422, "words_refused"),
        ({"words": "x" * 20_001}, 422, "body_wrong"),
        ({"words": "x", "kind": "shout"}, 422, "body_wrong"),
    ],
)
async def test_what_nobody_can_read_is_not_said(chamber: Chamber, body: Any, status: int, code: str) -> None:
    path = f"/proposals/{await chamber.submitted()}/comments"
    reply = await chamber.ask("mayor", "POST", path, body)
    assert (reply.status, reply.code) == (status, code)


async def test_a_conflict_of_interest_is_declared_once_and_for_ones_own_seat(chamber: Chamber) -> None:
    path = f"/proposals/{await chamber.submitted()}/recusals"
    aside = {"seat": "teacher-1", "words": "J'en suis l'autrice."}
    done = await chamber.ask("teacher-1", "POST", path, aside)
    assert (done.status, done.json["recusals"]) == (
        201,
        [{"seat": "teacher-1", "at": "2026-09-01T08:00:00Z", "words": "J'en suis l'autrice."}],
    )
    for login, seat, code in (
        ("teacher-1", "teacher-1", "stands_aside_already"),
        ("teacher-2", "teacher-1", "not_your_seat"),
        ("newcomer", "mayor", "not_your_seat"),
        ("newcomer", "no-such-seat", "not_your_seat"),
    ):
        assert (await chamber.ask(login, "POST", path, {"seat": seat, "words": "x"})).code == code


async def test_only_its_author_changes_submits_and_takes_back_a_proposal(chamber: Chamber) -> None:
    proposal_id = await chamber.drafted()
    path = f"/proposals/{proposal_id}"
    tag = tag_of(await chamber.ask("secretary", "GET", path))
    for method, end, body in (("PUT", "", ADD_LIRE), ("POST", "/submission", None), ("POST", "/retraction", {})):
        for login in ("teacher-2", "secretary", "inspector"):
            reply = await chamber.ask(login, method, path + end, body, tag=tag)
            assert (reply.status, reply.code) == (403, "not_the_author"), (login, end)
    assert (await chamber.done("teacher-1", "POST", f"{path}/retraction", {}))["state"] == "withdrawn"


async def test_no_step_is_left_out(chamber: Chamber) -> None:
    path = f"/proposals/{await chamber.drafted()}"
    for step in ("admission", "examination", "return"):
        reply = await chamber.ask("secretary", "POST", f"{path}/{step}", {"words": "x"})
        assert (reply.status, reply.code) == (409, "step_impossible"), step
    assert (await chamber.ask("mayor", "POST", f"{path}/comments", {"words": "x"})).code == "not_under_discussion"
    reply = await chamber.ask("secretary", "POST", f"{path}/vote", {})
    assert (reply.status, reply.code) == (409, "not_ready_for_vote")
    assert "« brouillon »" in reply.json["detail"] or "“brouillon”" in reply.json["detail"], reply.json["detail"]


async def test_a_pilot_is_validated_by_the_dsden_and_by_nobody_else(chamber: Chamber) -> None:
    until = chamber.clock.ms() + 30 * 86_400_000
    pilot = {**ADD_LIRE, "kind": "pilot", "scope": {"name": "essai", "kits": [chamber.site.kit_id], "until": until}}
    path = f"/proposals/{await chamber.submitted(pilot)}"
    await chamber.done("secretary", "POST", f"{path}/admission", {})
    assert (await chamber.ask("secretary", "POST", f"{path}/examination", {})).code == "not_allowed"
    assert (await chamber.ask("secretary", "POST", f"{path}/validation", {})).code == "not_allowed"
    assert (await chamber.done("inspector", "POST", f"{path}/validation", {}))["state"] == "examined"
    plain = f"/proposals/{await chamber.submitted()}"
    await chamber.done("secretary", "POST", f"{plain}/admission", {})
    assert (await chamber.ask("inspector", "POST", f"{plain}/validation", {})).code == "not_allowed"


@pytest.mark.parametrize(
    ("draft", "status", "code"),
    [
        ({}, 422, "body_wrong"),
        ({**ADD_LIRE, "kind": "coup"}, 422, "body_wrong"),
        ({**ADD_LIRE, "title": "ab"}, 422, "body_wrong"),
        ({**ADD_LIRE, "title": "    "}, 422, "proposal_malformed"),
        ({**ADD_LIRE, "title": "abc\u202e"}, 422, "words_refused"),
        ({**ADD_LIRE, "proposal_id": NOWHERE}, 422, "body_wrong"),
        ({**ADD_LIRE, "items": ["nothing"]}, 404, "catalogue_item_unknown"),
        ({**ADD_LIRE, "changes": [{"op": "add", "path": ["apps"], "value": 1.5}]}, 422, "proposal_malformed"),
        ({**ADD_LIRE, "changes": [{"op": "add", "path": ["apps"], "value": 2**60}]}, 422, "proposal_malformed"),
        ({**ADD_LIRE, "changes": [{"op": "add", "path": ["apps"]}]}, 422, "body_wrong"),
        ({**ADD_LIRE, "changes": [{"op": "grow", "path": ["apps"], "value": 1}]}, 422, "body_wrong"),
        ({**ADD_LIRE, "price_cents": -1}, 422, "body_wrong"),
    ],
)
async def test_what_is_no_draft_is_told_why(chamber: Chamber, draft: Any, status: int, code: str) -> None:
    reply = await chamber.ask("teacher-1", "POST", "/proposals", draft)
    assert (reply.status, reply.code) == (status, code), reply.json
    assert (await chamber.ask("teacher-1", "GET", "/proposals")).json["items"] == []


def the_app(op: str, **fields: Any) -> list[Any]:
    """A change of the list of apps."""
    return [{"op": op, "path": ["apps"], **fields}]


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"changes": []}, 422, "proposal_malformed"),
        ({"changes": the_app("remove", match={"bundle_id": "fr.lire"})}, 422, "proposal_malformed"),
        ({"kind": "remove_app", "changes": the_app("remove", match={"name": "x"})}, 409, "change_impossible"),
        ({"kind": "setting", "changes": [{"op": "set", "path": ["nonsense"], "value": 1}]}, 422, "policy_invalid"),
        ({"kind": "setting", "changes": [{"op": "set", "path": [], "value": 1}]}, 409, "change_impossible"),
        ({"kind": "group", "scope": {"name": "rpi", "schools": ["0409999Z"]}}, 404, "school_unknown"),
        ({"kind": "group", "scope": {"name": "rpi", "kits": [NOWHERE]}}, 404, "kit_unknown"),
        ({"kind": "ratification", "changes": [], "ratifies": "0" * 64}, 409, "change_impossible"),
        (
            {"kind": "urgent_withdrawal", "changes": [], "withdrawn": {"path": [], "match": "x"}},
            422,
            "proposal_malformed",
        ),
    ],
)
async def test_what_could_never_be_applied_is_not_submitted(
    chamber: Chamber, changed: Any, status: int, code: str
) -> None:
    proposal_id = await chamber.drafted({**ADD_LIRE, **changed})
    reply = await chamber.ask("teacher-1", "POST", f"/proposals/{proposal_id}/submission")
    assert (reply.status, reply.code) == (status, code), reply.json
    gaps = await chamber.ask("mayor", "GET", f"/proposals/{proposal_id}/gaps")
    assert (gaps.status, gaps.code) == (status, code)
    assert (await chamber.ask("mayor", "GET", f"/proposals/{proposal_id}")).json["state"] == "draft"


async def test_a_new_convention_is_newer_and_holds_together(chamber: Chamber) -> None:
    tree = example("default").tree()
    for changed, code in (
        ({"version": 1}, "convention_not_newer"),
        ({"version": 2, "rules": {"pilot": tree["rules"]["default"]}}, "convention_invalid"),
    ):
        draft = {"kind": "convention", "title": "Autre convention", "convention": {**tree, **changed}}
        path = f"/proposals/{await chamber.drafted(draft)}"
        reply = await chamber.ask("teacher-1", "POST", f"{path}/submission")
        assert (reply.status, reply.code) == (422, code)


async def test_what_is_nested_too_deep_is_refused_in_words(chamber: Chamber) -> None:
    headers = chamber.headers("teacher-1") | {"Content-Type": "application/json"}
    for depth in (40, 60, 100, 900, 100_000):
        for inner in ("1", '"\\u0000"'):
            value = "[" * depth + inner + "]" * depth
            change = f'{{"op": "set", "path": ["x"], "value": {value}}}'
            body = f'{{"kind": "setting", "title": "abc", "changes": [{change}]}}'.encode()
            reply = await chamber.api.ask("POST", "/proposals", role=None, data=body, headers=headers)
            assert reply.status in ((201, 422) if depth < 60 else (400, 422)), (depth, reply.status)
            if reply.status == 201:
                path = f"/proposals/{reply.json['proposal']['proposal_id']}/submission"
                assert (await chamber.ask("teacher-1", "POST", path)).code == "policy_invalid"


async def test_problems_are_told_in_the_readers_language(chamber: Chamber) -> None:
    path = f"/proposals/{await chamber.drafted()}/submission"
    french = await chamber.ask("teacher-2", "POST", path, language="fr")
    english = await chamber.ask("teacher-2", "POST", path, language="en-GB,en;q=0.9")
    assert (french.headers["Content-Language"], english.headers["Content-Language"]) == ("fr", "en")
    assert french.json["code"] == english.json["code"] == "not_the_author"
    assert english.json["detail"] == "Only the author of a proposal submits, changes or withdraws it."
    assert french.json["detail"] != english.json["detail"]
    assert (french.json["title"], english.json["title"]) == ("Non autorisé", "Not allowed")


async def test_lists_are_filtered_and_paged(chamber: Chamber) -> None:
    for number in range(5):
        await chamber.drafted({**ADD_LIRE, "title": f"Élan {number}"}, author=f"teacher-{number % 2 + 1}")
    await chamber.submitted(NO_CAMERA)

    async def titles(query: str) -> list[str]:
        found, path = [], f"/proposals?{query}"
        while True:
            part = (await chamber.ask("parent", "GET", path)).json
            found += [one["title"] for one in part["items"]]
            if part["next"] is None:
                return found
            path = f"/proposals?{query}&cursor={part['next']}"

    assert len(await titles("limit=2")) == 6
    assert await titles("state=submitted") == ["Sans appareil photo"]
    assert sorted(await titles("author=teacher-2&limit=1")) == ["Élan 1", "Élan 3"]
    assert sorted(await titles("text=elan%204")) == ["Élan 4"]
    assert await titles("kind=review") == []
    for query, status in (("state=lost", 400), ("kind=coup", 400), ("cursor=AAAA", 400), ("limit=0", 400)):
        assert (await chamber.ask("parent", "GET", f"/proposals?{query}")).status == status


async def test_an_unknown_proposal_is_404_for_every_operation(chamber: Chamber) -> None:
    path = f"/proposals/{NOWHERE}"
    asked = [
        ("GET", "", None), ("GET", "/gaps", None), ("PUT", "", ADD_LIRE), ("POST", "/submission", None),
        ("POST", "/retraction", {}), ("POST", "/admission", {}), ("POST", "/return", {"words": "x"}),
        ("POST", "/examination", {}), ("POST", "/comments", {"words": "x"}),
        ("POST", "/recusals", {"seat": "mayor", "words": "x"}),
    ]  # fmt: skip
    for method, end, body in asked:
        reply = await chamber.ask("secretary", method, path + end, body, tag='"r1"')
        assert (reply.status, reply.code) == (404, "proposal_unknown"), end
    for strange in ("x", "0" * 31, "%00", "..%2f"):
        assert (await chamber.ask("secretary", "GET", f"/proposals/{strange}")).status == 404


async def test_a_program_proposes_comments_and_examines_nothing(chamber: Chamber) -> None:
    path = f"/proposals/{await chamber.submitted()}"
    for role, method, end, body in (
        (Role.TEACHER, "POST", "/proposals", ADD_LIRE),
        (Role.TEACHER, "POST", f"{path}/submission", None),
        (Role.TEACHER, "POST", f"{path}/comments", {"words": "x"}),
        (Role.MEMBER, "POST", f"{path}/recusals", {"seat": "mayor", "words": "x"}),
        (Role.MANAGER, "POST", f"{path}/admission", {}),
        (Role.MANAGER, "POST", f"{path}/examination", {}),
        (Role.DSDEN, "POST", f"{path}/validation", {}),
    ):
        reply = await chamber.api.ask(method, end, role=role, json=body)
        assert (reply.status, reply.code) == (403, "person_needed"), end


async def test_what_was_done_is_journalled_without_words(chamber: Chamber, database: Database) -> None:
    proposal_id = await chamber.submitted()
    await chamber.done("parent", "POST", f"/proposals/{proposal_id}/comments", {"words": "Confidence."})
    entries = await database.read(lambda conn: latest_entries(conn, subject=f"proposal:{proposal_id}"))
    assert [(one.kind, one.actor) for one in entries] == [
        ("proposal_comment", "account:parent"),
        ("proposal_submitted", "account:teacher-1"),
        ("proposal_draft", "account:teacher-1"),
    ]
    assert not any("Confidence" in one.detail for one in entries)


async def test_what_tablets_would_not_obey_is_told_before_anybody_decides(chamber: Chamber) -> None:
    for_ipads = {"name": "Lire", "bundle_id": "fr.lire", "store_id": 7}
    draft = {**ADD_LIRE, "changes": [{"op": "add", "path": ["apps"], "value": for_ipads}]}
    proposal_id = await chamber.submitted(draft)
    told = await chamber.done("mayor", "GET", f"/proposals/{proposal_id}/gaps")
    assert told["variant"] == ""
    assert any("Lire" in one for one in told["android"])
    assert not any("Lire" in one for one in told["ipad"])
