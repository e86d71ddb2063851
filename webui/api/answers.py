"""What an operation returned, as an HTTP answer: status, ETag, Link, Location."""

from typing import Any
from urllib.parse import quote

import msgspec
from aiohttp import web

from webui.api.idempotency import KeptAnswer
from webui.api.operation import JSON, Operation
from webui.api.paging import Page, PageQuery, links
from webui.api.preconditions import content_tag, is_known, revision_tag
from webui.api.results import Created, Document, Versioned

REPLAYED = "Idempotency-Replayed"
VARY = "Accept-Language, Authorization, Cookie"


def to_response(operation: Operation, result: Any, request: web.Request, query: msgspec.Struct) -> web.Response:
    """Return the answer of a handler; 304 without a body when the client has this version already."""
    if result is None:
        return web.Response(status=204)
    if isinstance(result, Created):
        return kept_response(kept_answer(result, to_keep=False))
    if isinstance(result, Document):
        headers = {
            "Content-Type": operation.produces,
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(result.filename, safe='')}",
        }
        return _tagged(web.Response(body=result.content, headers=headers), content_tag(result.content), request)
    value = result.value if isinstance(result, Versioned) else result
    body = msgspec.json.encode(value)
    tag = revision_tag(result.revision, body if result.mixed else None) if isinstance(result, Versioned) else ""
    response = web.Response(body=body, content_type=JSON)
    if isinstance(value, Page) and isinstance(query, PageQuery):
        response.headers["Link"] = links(request.path, query, value.next)
    if operation.is_safe or tag:
        return _tagged(response, tag or content_tag(body), request)
    return response


def kept_answer(result: Created[Any], *, to_keep: bool) -> KeptAnswer:
    """Return the answer that tells of something created: as it is sent first, or as it is kept to be sent again."""
    value = result.kept if to_keep and result.kept is not None else result.value
    body = msgspec.json.encode(value)
    headers = {"Location": quote(result.location, safe="/@")}
    if result.revision is not None:
        headers["ETag"] = revision_tag(result.revision, body if result.mixed else None)
    return KeptAnswer(status=201, headers=headers, body=body)


def kept_response(kept: KeptAnswer, *, again: bool = False) -> web.Response:
    """Return an answer that was kept; ``again`` says so in a header."""
    response = web.Response(body=kept.body, status=kept.status, headers=kept.headers, content_type=JSON)
    if again:
        response.headers[REPLAYED] = "true"
    return response


def _tagged(response: web.Response, tag: str, request: web.Request) -> web.Response:
    if request.method in ("GET", "HEAD") and is_known(request.headers.get("If-None-Match"), tag):
        response = web.Response(status=304)
    response.headers["ETag"] = tag
    response.headers["Vary"] = VARY
    response.headers["Cache-Control"] = "private, no-cache"
    return response
