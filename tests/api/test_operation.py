"""Operations are declared once: what contradicts itself is refused, files come and go, the document tells it all."""

import json
import re
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest

from mdm.clock import ManualClock
from mdm.fleet.errors import ClassExists, SchoolUnknown
from mdm.fleet.fleet import Fleet
from mdm.journal import Journal
from mdm.store import Database
from tests.api.conftest import Api, Serve, operations_of
from tests.webui.conftest import Site
from webui.api.openapi import document
from webui.api.operation import Call, Creates, Operation, operation
from webui.api.refusals import refusals_of
from webui.api.resources.places import ClassItem, Uai
from webui.api.results import Created, Document, Nothing, Upload
from webui.permissions import Action, opens
from webui.roles import Role

PAPER = Path(__file__).resolve().parents[2] / "docs" / "api.md"


async def plain(call: Call[Nothing, Nothing, Nothing]) -> Nothing:
    return Nothing()


async def creating(call: Call[Nothing, Nothing, Nothing]) -> Created[Nothing]:
    return Created(value=Nothing(), location="/api/v1/me")


async def taking(call: Call[Nothing, Nothing, Upload]) -> None:
    return None


async def sending(call: Call[Nothing, Nothing, Nothing]) -> Document:
    return Document(content=b"%PDF-", filename="procès-verbal.pdf")


async def unannotated(call):  # type: ignore[no-untyped-def]
    return Nothing()


@pytest.mark.parametrize(
    ("method", "run", "options"),
    [
        ("GET", unannotated, {}),
        ("POST", creating, {}),
        ("POST", plain, {"creates": Creates.AT_ONCE}),
        ("GET", plain, {"edits": True}),
        ("GET", taking, {"consumes": ("application/pdf",)}),
        ("POST", taking, {}),
        ("POST", plain, {"consumes": ("application/pdf",)}),
        ("GET", sending, {}),
        ("GET", plain, {"produces": "application/pdf"}),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(method: Any, run: Any, options: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        operation(method, "/things", run, name="things", summary="", needs=None, **options)


async def test_what_a_person_answers_for_is_refused_to_a_program(serve: Serve) -> None:
    async def decide(call: Call[Nothing, Nothing, Nothing]) -> None:
        raise AssertionError(call.login)

    api = await serve([operation("PUT", "/it", decide, name="decide", summary="", needs=Action.PUBLISH_EDITION)])
    reply = await api.ask("PUT", "/it", role=Role.MANAGER)
    assert (reply.status, reply.code) == (403, "person_needed")


async def test_files_come_and_go(serve: Serve) -> None:
    received: list[Upload] = []

    async def take(call: Call[Nothing, Nothing, Upload]) -> None:
        received.append(call.body)

    api = await serve(
        [
            operation(
                "PUT",
                "/minutes",
                take,
                name="put_minutes",
                summary="",
                needs=None,
                consumes=("application/pdf",),
                body_bytes=1000,
            ),
            operation(
                "GET",
                "/minutes",
                sending,
                name="get_minutes",
                summary="",
                needs=None,
                produces="application/pdf",
            ),
        ]
    )
    pdf = {"Content-Type": "application/pdf"}
    assert (await api.ask("PUT", "/minutes", data=b"%PDF-1.7", headers=pdf)).status == 204
    assert received == [Upload(content=b"%PDF-1.7", media_type="application/pdf")]
    assert (await api.ask("PUT", "/minutes", data=b"x" * 1001, headers=pdf)).code == "body_too_large"
    assert (await api.ask("PUT", "/minutes", json={})).code == "media_type_refused"
    sent = await api.ask("GET", "/minutes", headers={"Accept": "application/pdf"})
    assert (sent.body, sent.headers["Content-Type"]) == (b"%PDF-", "application/pdf")
    assert sent.headers["Content-Disposition"] == "attachment; filename*=UTF-8''proc%C3%A8s-verbal.pdf"
    assert (await api.ask("GET", "/minutes", headers={"Accept": "application/json"})).status == 406
    assert (await api.ask("GET", "/minutes", headers={"If-None-Match": sent.headers["ETag"]})).status == 304


def operations(site: Site) -> list[Operation]:
    return operations_of(site.services)


async def test_everybody_may_read_the_document(api: Api, site: Site) -> None:
    reply = await api.ask("GET", "/openapi.json", role=None)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
    assert reply.json == json.loads(json.dumps(document(operations(site), cookie="valise")))
    assert (await api.ask("GET", "/openapi.json", headers={"If-None-Match": reply.headers["ETag"]})).status == 304


async def test_the_document_tells_of_every_operation_and_every_refusal(api: Api, site: Site) -> None:
    told = (await api.ask("GET", "/openapi.json")).json
    assert told["openapi"].startswith("3.1")
    for one in operations(site):
        shown = told["paths"][one.path][one.method.lower()]
        assert shown["operationId"] == one.name
        for error in refusals_of(one):
            response = shown["responses"][str(error.status)]
            if "$ref" in response:
                response = told["components"]["responses"][response["$ref"].rpartition("/")[2]]
            assert f"`{error.code}`" in response["description"], (one.name, error.code)
            assert list(response["content"]) == ["application/problem+json"]
    names = [one.name for one in operations(site)]
    assert len(names) == len(set(names))


async def test_every_reference_of_the_document_leads_somewhere(api: Api) -> None:
    told = (await api.ask("GET", "/openapi.json")).json

    def walk(tree: Any) -> None:
        if isinstance(tree, dict):
            reference = tree.get("$ref")
            if isinstance(reference, str):
                here = told
                for step in reference.removeprefix("#/").split("/"):
                    here = here[step]
            for value in tree.values():
                walk(value)
        elif isinstance(tree, list):
            for value in tree:
                walk(value)

    walk(told)


async def test_the_papers_example_works(serve: Serve, any_database: Database, clock: ManualClock) -> None:
    example = re.search(r"```python\n(.*?)```", PAPER.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    names: dict[str, Any] = {
        **vars(msgspec),
        **{kind.__name__: kind for kind in (Fleet, Call, Nothing, Created, Creates, Operation, Action, ClassItem)},
        **{kind.__name__: kind for kind in (SchoolUnknown, ClassExists)},
        "msgspec": msgspec, "operation": operation, "Annotated": Annotated, "Uai": Uai,
        "_item": lambda made: ClassItem(class_id=made.class_id, name=made.name, level=made.level),
    }  # fmt: skip
    exec(example[1], names)
    fleet = Fleet(any_database, clock, Journal(clock))
    territory = await fleet.create_territory("MACS", actor="test")
    await fleet.create_commune("40018", "Audignon", territory_id=territory.territory_id, actor="test")
    await fleet.create_school("0400377T", "École", insee="40018", actor="test")
    api = await serve(names["ClassOperations"](fleet).operations())
    key = {"Idempotency-Key": "one-class-and-no-more"}
    made = await api.ask("POST", "/schools/0400377T/classes", role=Role.TECHNICIAN, json={"name": "CP"}, headers=key)
    again = await api.ask("POST", "/schools/0400377T/classes", role=Role.TECHNICIAN, json={"name": "CP"}, headers=key)
    assert (made.status, again.body) == (201, made.body)
    assert [one.name for one in await fleet.classes("0400377T")] == ["CP"]
    refused = await api.ask("POST", "/schools/0400377T/classes", role=Role.TECHNICIAN, json={"name": "CP"})
    assert (refused.status, refused.code) == (409, "class_exists")


async def test_the_paper_names_every_operation_and_what_each_role_may_do(site: Site) -> None:
    paper = set(PAPER.read_text(encoding="utf-8").splitlines())
    wanted = [
        f"| `{one.method} {one.path}` | {f'`{one.needs.value}`' if one.needs is not None else '–'} | {one.summary} |"
        for one in operations(site)
    ]
    missing = [row for row in wanted if row not in paper]
    assert not missing, "these rows are missing in docs/api.md:\n" + "\n".join(missing)
    told = {line for line in paper if re.match(r"\| `(GET|POST|PUT|PATCH|DELETE) /", line)}
    assert told == set(wanted), "these rows of docs/api.md tell of nothing that is there"
    for action in Action:
        row = f"| `{action.value}` | " + " | ".join("x" if opens(role, action) else "" for role in Role) + " |"
        assert row in paper
