"""Two who edit at once: the second is told, and nothing is lost."""

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.api.conftest import Api, Serve
from tests.webui.conftest import PASSWORD
from webui.api.errors import HeaderWrong, PreconditionNeeded, Stale
from webui.api.operation import Call, operation
from webui.api.preconditions import expected_from, is_known, revision_tag
from webui.api.results import Nothing, Versioned


def grants(role: str) -> list[dict[str, str]]:
    return [{"role": role, "at": "territory"}]


BERTHE = {"login": "berthe", "grants": grants("teacher"), "password": PASSWORD}


async def test_the_second_of_two_edits_of_one_version_is_refused(api: Api) -> None:
    tag = (await api.ask("POST", "/accounts", json=BERTHE)).headers["ETag"]
    shown = await api.ask("GET", "/accounts/berthe")
    assert shown.headers["ETag"] == tag
    first = await api.ask("PATCH", "/accounts/berthe", json={"grants": grants("head")}, headers={"If-Match": tag})
    assert (first.status, first.json["grants"]) == (200, grants("head"))
    second = await api.ask("PATCH", "/accounts/berthe", json={"disabled": True}, headers={"If-Match": tag})
    assert (second.status, second.code) == (412, "stale")
    now = await api.ask("GET", "/accounts/berthe")
    assert (now.json["grants"], now.json["disabled_at"]) == (grants("head"), None)
    assert now.headers["ETag"] == first.headers["ETag"] != tag


async def test_of_many_edits_at_once_exactly_one_is_done(api: Api) -> None:
    tag = (await api.ask("POST", "/accounts", json=BERTHE)).headers["ETag"]
    roles = ["head", "member", "parent", "evaluator", "dpo", "manager"]
    replies = await asyncio.gather(
        *(
            api.ask("PATCH", "/accounts/berthe", json={"grants": grants(role)}, headers={"If-Match": tag})
            for role in roles
        )
    )
    assert sorted(one.status for one in replies) == [200] + [412] * (len(roles) - 1)
    done = next(one for one in replies if one.status == 200)
    assert (await api.ask("GET", "/accounts/berthe")).json == done.json


@pytest.mark.parametrize("header", [None, "*"])
async def test_an_edit_must_name_its_version(api: Api, header: str | None) -> None:
    headers = {"If-Match": header} if header is not None else {}
    reply = await api.ask("PATCH", "/accounts/anne", json={"grants": grants("head")}, headers=headers)
    assert (reply.status, reply.code) == (428, "precondition_needed")


async def test_what_the_client_has_already_is_not_sent_again(api: Api) -> None:
    first = await api.ask("GET", "/kits")
    tag = first.headers["ETag"]
    for header in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = await api.ask("GET", "/kits", headers={"If-None-Match": header})
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag), header
    for header in ('"other"', "nonsense", '"', "W/"):
        assert (await api.ask("GET", "/kits", headers={"If-None-Match": header})).body == first.body


async def test_an_edit_that_forgets_to_compare_is_a_fault(serve: Serve) -> None:
    async def forget(call: Call[Nothing, Nothing, Nothing]) -> Versioned[Nothing]:
        return Versioned(value=Nothing(), revision=2)

    api = await serve([operation("PUT", "/it", forget, name="it", summary="", needs=None, edits=True)])
    assert (await api.ask("PUT", "/it", headers={"If-Match": '"r1"'})).status == 500


async def test_nobody_shuts_the_last_administrator_out(api: Api) -> None:
    tag = (await api.ask("GET", "/accounts/anne")).headers["ETag"]
    for change in ({"disabled": True}, {"grants": grants("technician")}):
        reply = await api.ask("PATCH", "/accounts/anne", json=change, headers={"If-Match": tag})
        assert (reply.status, reply.code) == (409, "last_administrator")
    await api.ask("POST", "/accounts", json={**BERTHE, "grants": grants("administrator")})
    ended = await api.ask("PATCH", "/accounts/anne", json={"disabled": True}, headers={"If-Match": tag})
    assert ended.status == 200
    assert ended.json["disabled_at"] == "2026-09-01T08:00:00Z"


@given(st.integers(0, 2**60), st.integers(0, 2**60))
def test_only_the_version_that_was_named_is_changed(named: int, stored: int) -> None:
    expected = expected_from(f'"x" , {revision_tag(named)}', needed=True)
    if named == stored:
        expected.check(stored)
    else:
        with pytest.raises(Stale):
            expected.check(stored)


@pytest.mark.parametrize("header", ['"x"', 'W/"r3"', '"r3", "r4"', '"r"', '"r-1"'])
def test_a_service_that_compares_itself_is_told_one_revision(header: str) -> None:
    assert expected_from(revision_tag(3), needed=True).revision() == 3
    with pytest.raises(Stale):
        expected_from(header, needed=True).revision()


@given(st.integers(0, 2**60), st.binary(max_size=40), st.binary(max_size=40))
def test_what_is_shown_beside_a_revision_changes_its_tag_and_hinders_no_edit(n: int, one: bytes, other: bytes) -> None:
    tag = revision_tag(n, one)
    assert (tag == revision_tag(n, other)) is (one == other)
    assert not is_known(revision_tag(n), tag)
    assert expected_from(tag, needed=True).revision() == n
    expected_from(tag, needed=True).check(n)
    with pytest.raises(Stale):
        expected_from(tag, needed=True).check(n + 1)


def test_a_weak_tag_names_no_version() -> None:
    with pytest.raises(Stale):
        expected_from(f"W/{revision_tag(1)}", needed=True).check(1)


@given(st.text(max_size=40))
def test_no_header_breaks_the_reading(text: str) -> None:
    assert is_known(text, '"a"') in (True, False)
    with suppress(HeaderWrong, PreconditionNeeded):
        expected_from(text, needed=True)
