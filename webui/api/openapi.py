"""The API's document: OpenAPI 3.1, made from the operations and their types, so that it cannot say anything else.

Source: OpenAPI Specification 3.1.1; its schemas are JSON Schema 2020-12, which msgspec writes.
"""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from mdm.errors import ValiseError
from mdm.version import VERSION
from webui.api import idempotency
from webui.api.answers import REPLAYED
from webui.api.entry import CSRF_HEADER
from webui.api.operation import JSON, Operation, Shape
from webui.api.paging import Page
from webui.api.problems import MEDIA_TYPE, Problem
from webui.api.refusals import ALWAYS, by_status, refusals_of
from webui.api.results import Nothing

Tree = dict[str, Any]

_REF = "#/components/schemas/{name}"
_TAGS = (
    "Everything that people do with Valise. See docs/api.md for how to sign in, page through lists, edit what others"
    " edit too, and create things once."
)
_EVERYWHERE = by_status(ALWAYS)
_HEADERS: Mapping[str, Tree] = {
    "ETag": {"description": "The version of what is sent.", "schema": {"type": "string"}},
    "Link": {"description": "`first` and `next` part of the list (RFC 8288).", "schema": {"type": "string"}},
    "Location": {"description": "Where it is now.", "schema": {"type": "string", "format": "uri-reference"}},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
    "WWW-Authenticate": {"description": "How to say who asks.", "schema": {"type": "string"}},
    "Content-Disposition": {"description": "The file's name.", "schema": {"type": "string"}},
    REPLAYED: {
        "description": "The request was carried out before; this is its answer.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}


def document(operations: Sequence[Operation], *, cookie: str) -> Tree:
    """Return the document; ``cookie`` is the name of the session's cookie."""
    schemas = _Schemas(operations)
    paths: dict[str, Tree] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.1",
        "info": {"title": "Valise", "version": VERSION, "description": _TAGS, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": "/api/v1"}],
        "tags": [{"name": name} for name in dict.fromkeys(operation.tag for operation in operations)],
        "paths": paths,
        "components": {
            "schemas": schemas.shared,
            "responses": {
                f"Refused{status}": _refusal(status, errors, schemas) for status, errors in _EVERYWHERE.items()
            },
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": cookie},
                "csrf": {"type": "apiKey", "in": "header", "name": CSRF_HEADER},
            },
        },
    }


class _Schemas:
    """The JSON Schemas of all types; those of parameters are taken apart and not shared."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        parameters = list(dict.fromkeys(kind for one in operations for kind in (one.path_type, one.query_type)))
        values = list(dict.fromkeys(kind for one in operations for kind in _values(one)))
        found, components = msgspec.json.schema_components([*values, Problem, *parameters], ref_template=_REF)
        count = len(values) + 1
        self._values = dict(zip([*values, Problem], found[:count], strict=True))
        names = {kind: _name(schema) for kind, schema in zip(parameters, found[count:], strict=True)}
        self._parameters = {kind: components[name] for kind, name in names.items()}
        hidden = frozenset(names.values())
        self.shared: Tree = {name: schema for name, schema in sorted(components.items()) if name not in hidden}

    def of(self, kind: Any) -> Tree:
        """Return the schema of a body or an answer, mostly a reference."""
        return self._values[kind]

    def parameters(self, kind: type[msgspec.Struct], place: str) -> list[Tree]:
        """Return the parameters that a struct stands for."""
        schema = self._parameters[kind]
        required = frozenset(schema.get("required", ()))
        return [
            _parameter(name, place, _without_nul(_without_null(one)), required=name in required)
            for name, one in schema.get("properties", {}).items()
        ]


def _operation(operation: Operation, schemas: _Schemas) -> Tree:
    made: Tree = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "security": _security(operation),
        "parameters": [
            *schemas.parameters(operation.path_type, "path"),
            *schemas.parameters(operation.query_type, "query"),
            *_header_parameters(operation),
        ],
        "responses": _responses(operation, schemas),
    }
    if operation.needs is not None:
        made["description"] = f"Needs the action `{operation.needs.value}`."
    if operation.takes_json:
        made["requestBody"] = {"required": True, "content": {JSON: {"schema": schemas.of(operation.body_type)}}}
    elif operation.has_body:
        made["requestBody"] = {"required": True, "content": {kind: {} for kind in operation.consumes}}
    return made


def _security(operation: Operation) -> list[Tree]:
    session: Tree = {"session": []} if operation.is_safe else {"session": [], "csrf": []}
    return [{"token": []}, session]


def _header_parameters(operation: Operation) -> Iterable[Tree]:
    yield _parameter(
        "Accept-Language", "header", {"type": "string"}, description="`fr` or `en`: the language of problems."
    )
    if operation.is_safe:
        yield _parameter(
            "If-None-Match",
            "header",
            {"type": "string"},
            description="An ETag that was received: nothing is sent when it still holds.",
        )
    if operation.edits:
        yield _parameter(
            "If-Match",
            "header",
            {"type": "string", "pattern": _TAG_PATTERN},
            required=True,
            description="The ETag of the version that is changed.",
        )
    if operation.creates is not None:
        yield _parameter(
            idempotency.HEADER,
            "header",
            {"type": "string", "pattern": idempotency.PATTERN},
            description="Makes a repetition of this request give the first one's answer, for 24 hours.",
        )


_NO_NUL = r"^[^\u0000]*$"
_TAG_PATTERN = '^"[!#-~]*"$'


def _parameter(name: str, place: str, schema: Tree, *, required: bool = False, description: str = "") -> Tree:
    told = schema.get("description", description)
    made: Tree = {
        "name": name,
        "in": place,
        "required": required or place == "path",
        "schema": {key: value for key, value in schema.items() if key != "description"},
    }
    return {**made, "description": told} if told else made


def _responses(operation: Operation, schemas: _Schemas) -> Tree:
    status = str(operation.shape.status)
    made = {status: _success(operation, schemas)}
    if operation.is_safe:
        made["304"] = {"description": "It has not changed.", "headers": {"ETag": _HEADERS["ETag"]}}
    for number, errors in by_status(refusals_of(operation)).items():
        everywhere = errors == _EVERYWHERE.get(number)
        made[str(number)] = (
            {"$ref": f"#/components/responses/Refused{number}"} if everywhere else _refusal(number, errors, schemas)
        )
    return made


def _success(operation: Operation, schemas: _Schemas) -> Tree:
    made: Tree = {"description": HTTPStatus(operation.shape.status).phrase}
    headers: list[str] = []
    if operation.shape is Shape.DOCUMENT:
        made["content"] = {operation.produces: {}}
        headers = ["ETag", "Content-Disposition"]
    elif operation.shape is not Shape.NONE:
        made["content"] = {JSON: {"schema": schemas.of(operation.answer_type)}}
        headers = ["ETag"] if operation.is_safe or operation.shape is Shape.VERSIONED else []
    if operation.shape is Shape.CREATED:
        headers = ["Location"]
    if getattr(operation.answer_type, "__origin__", None) is Page:
        headers.append("Link")
    if headers:
        made["headers"] = {name: {**_HEADERS[name], "required": True} for name in headers}
    if operation.shape is Shape.CREATED:
        made["headers"][REPLAYED] = _HEADERS[REPLAYED]
        made["headers"]["ETag"] = _HEADERS["ETag"]
    return made


def _refusal(status: int, errors: Sequence[type[ValiseError]], schemas: _Schemas) -> Tree:
    codes = [f"- `{error.code}`: {error.message}" for error in errors]
    made: Tree = {
        "description": "\n".join([f"{HTTPStatus(status).phrase}:", *codes]),
        "content": {MEDIA_TYPE: {"schema": schemas.of(Problem)}},
    }
    if status == 401:
        made["headers"] = {"WWW-Authenticate": {**_HEADERS["WWW-Authenticate"], "required": True}}
    if status == 429:
        made["headers"] = {"Retry-After": {**_HEADERS["Retry-After"], "required": True}}
    return made


def _values(operation: Operation) -> Iterable[Any]:
    if operation.takes_json and operation.body_type is not Nothing:
        yield operation.body_type
    if operation.answer_type is not None:
        yield operation.answer_type


def _name(schema: Tree) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _without_nul(schema: Tree) -> Tree:
    """Return a parameter's schema, which says of a free text that it holds no NUL character."""
    is_free = schema.get("type") == "string" and not schema.keys() & {"pattern", "enum", "format"}
    return {**schema, "pattern": _NO_NUL} if is_free else schema


def _without_null(schema: Tree) -> Tree:
    """Return a parameter's schema: what is absent is left out, never ``null``."""
    kinds = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(kinds) == 1:
        schema = {**{key: value for key, value in schema.items() if key != "anyOf"}, **kinds[0]}
    return {key: value for key, value in schema.items() if not (key == "default" and value in (None, ""))}
