"""Refusals are problem details (RFC 9457), in the asker's language, whatever goes wrong."""

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from mdm.errors import ValiseError
from tests.api.conftest import Api, Serve
from webui.api.operation import Call, operation
from webui.api.results import Nothing
from webui.roles import Role

JSON = {"Content-Type": "application/json"}
MEMBERS = {"type", "title", "status", "detail", "code", "instance", "hint", "errors"}


async def test_a_problem_says_what_why_and_what_to_do_in_both_languages(api: Api) -> None:
    french = await api.ask("GET", "/kits/" + "0" * 32)
    english = await api.ask("GET", "/kits/" + "0" * 32, headers={"Accept-Language": "en"})
    assert french.status == english.status == 404
    assert (french.headers["Content-Language"], english.headers["Content-Language"]) == ("fr", "en")
    assert set(french.json) == MEMBERS
    assert french.json["type"] == english.json["type"] == "urn:valise:problem:kit_not_found"
    assert (french.json["title"], english.json["title"]) == ("Introuvable", "Not found")
    assert (french.json["detail"], english.json["detail"]) == ("Cette valise n'existe pas.", "This kit does not exist.")
    assert english.json["hint"] == "It may have been removed. Look for it in the list of kits."
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", french.json["instance"])
    assert french.json["instance"] != english.json["instance"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "data", "status", "code"),
    [
        ("GET", "/nowhere", {}, None, 404, "path_unknown"),
        ("GET", "/api/v2/me", {}, None, 404, "path_unknown"),
        ("GET", "/kits/nonsense", {}, None, 404, "path_unknown"),
        ("PUT", "/me", {}, None, 405, "method_refused"),
        ("GET", "/me", {"Accept": "text/csv"}, None, 406, "not_acceptable"),
        ("GET", "/me", {"Accept": "application/json;q=0, */*"}, None, 406, "not_acceptable"),
        ("GET", "/kits?limit=0", {}, None, 400, "parameter_wrong"),
        ("GET", "/kits?limit=1&limit=2", {}, None, 400, "parameter_wrong"),
        ("GET", "/kits?colour=red", {}, None, 400, "parameter_wrong"),
        ("GET", "/tablets?beginning=%00", {}, None, 400, "parameter_wrong"),
        ("GET", "/tablets?state=asleep", {}, None, 400, "parameter_wrong"),
        ("POST", "/tokens", {}, None, 400, "body_missing"),
        ("POST", "/tokens", {"Content-Type": "text/plain"}, b"{}", 415, "media_type_refused"),
        ("POST", "/tokens", {"Content-Type": "application/json; charset=latin-1"}, b"{}", 415, "media_type_refused"),
        ("POST", "/tokens", JSON, b"{", 400, "body_unreadable"),
        ("POST", "/tokens", JSON, b'{"name": "\xff"}', 400, "body_unreadable"),
        ("POST", "/tokens", JSON, b"{}", 422, "body_wrong"),
        ("POST", "/tokens", JSON, b" " * 300_000, 413, "body_too_large"),
        (
            "POST",
            "/tokens",
            JSON,
            b'{"name": "a\\u0000b", "role": "parent"}',
            422,
            "body_wrong",
        ),
        ("PATCH", "/accounts/anne", JSON, b"{}", 428, "precondition_needed"),
        ("POST", "/tokens", {**JSON, "Idempotency-Key": "short"}, b"{}", 400, "header_wrong"),
    ],
)  # fmt: skip
async def test_every_refusal_of_the_framework_is_a_problem(
    api: Api, method: str, path: str, headers: dict[str, str], data: bytes | None, status: int, code: str
) -> None:
    reply = await api.ask(method, path, headers=headers, data=data)
    assert (reply.status, reply.code) == (status, code)
    assert reply.json["status"] == status
    if status == 405:
        assert set(reply.headers["Allow"].split(",")) == {"GET", "HEAD"}


async def test_a_body_that_is_streamed_without_an_end_is_cut(api: Api) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(10_000):
            yield b" " * 1024

    headers = {"Authorization": f"Bearer {api.tokens[Role.ADMINISTRATOR]}", "Content-Type": "application/json"}
    async with aiohttp.ClientSession() as session:
        try:
            async with session.post(f"{api.url}/api/v1/tokens", data=chunks(), headers=headers) as answer:
                assert answer.status == 413
        except aiohttp.ClientError:
            pass  # the line was cut while the rest was still being sent
    assert (await api.ask("GET", "/me")).status == 200


async def test_what_is_wrong_is_named_with_its_place(api: Api) -> None:
    reply = await api.ask("POST", "/tokens", json={"name": "x", "role": "king"}, headers={"Accept-Language": "en"})
    assert reply.json["errors"] == [{"place": "/role", "detail": "It is not one of the values that are possible."}]
    reply = await api.ask("GET", "/kits?limit=9999")
    assert reply.json["errors"] == [{"place": "limit", "detail": "La valeur est supérieure à 500."}]


async def test_a_fault_of_ours_tells_nothing_of_itself_but_its_reference(serve: Serve) -> None:
    async def fail(call: Call[Nothing, Nothing, Nothing]) -> Nothing:
        raise RuntimeError("the password is cheval")

    api = await serve([operation("GET", "/fail", fail, name="fail", summary="", needs=None)])
    reply = await api.ask("GET", "/fail")
    assert (reply.status, reply.code) == (500, "server_fault")
    assert reply.json["instance"] in reply.json["hint"]
    assert b"cheval" not in reply.body


async def test_an_error_that_was_not_declared_is_answered_all_the_same(serve: Serve) -> None:
    class Surprise(ValiseError):
        code = "surprise"
        status = 409

    async def surprise(call: Call[Nothing, Nothing, Nothing]) -> Nothing:
        raise Surprise

    api = await serve([operation("GET", "/surprise", surprise, name="surprise", summary="", needs=None)])
    assert (await api.ask("GET", "/surprise")).code == "surprise"


async def test_head_is_answered_like_get_without_a_body(api: Api) -> None:
    reply = await api.ask("HEAD", "/kits")
    assert (reply.status, reply.body) == (200, b"")
    assert reply.headers["ETag"]
