"""From operations to routes: every request passes the same steps, in this order.

Who asks; whether their role opens the action; whether the answer can be sent as they want it; the path, the query and
the body; the version that an edit expects; the key that makes a creation happen once; the handler.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import structlog
from aiohttp import web

from mdm.clock import Clock
from mdm.errors import ValiseError
from mdm.i18n import Catalogs
from mdm.store import Connection, Database
from webui.api.answers import kept_answer, kept_response, to_response
from webui.api.entry import Entry
from webui.api.errors import StillGoingOn
from webui.api.idempotency import HEADER, Idempotency, KeptAnswer, Overtaken, keyed_from, plainly
from webui.api.idempotency_store import Keyed
from webui.api.negotiation import require_acceptable
from webui.api.operation import Call, Creates, Operation
from webui.api.preconditions import expected_from
from webui.api.reading import Parameters, body_bytes, read_body
from webui.api.refusals import refusals_of
from webui.api.results import Created
from webui.permissions import Person, require
from webui.visitor import translator_for

log = structlog.get_logger()
A = TypeVar("A")

BASE = "/api/v1"


class Router:
    """Serves operations."""

    def __init__(self, database: Database, clock: Clock, catalogs: Catalogs, entry: Entry) -> None:
        self._catalogs = catalogs
        self._entry = entry
        self._idempotency = Idempotency(database, clock)
        self._plainly = plainly(database)

    def routes(self, operations: Sequence[Operation]) -> list[web.RouteDef]:
        """Return a route for each operation; those that read answer HEAD too."""
        return [
            web.get(BASE + one.path, self._handler(one))
            if one.is_safe
            else web.route(one.method, BASE + one.path, self._handler(one))
            for one in operations
        ]

    def _handler(self, operation: Operation) -> Callable[[web.Request], Any]:
        path, query, declared = (
            Parameters(operation.path_type),
            Parameters(operation.query_type),
            refusals_of(operation),
        )

        async def handle(request: web.Request) -> web.StreamResponse:
            asker = await self._entry.asker(request)
            if operation.needs is not None:
                require(asker.person, operation.needs)
            require_acceptable(request.headers.get("Accept"), operation.produces)
            parts, asked = path.from_path(request.match_info), query.from_query(request)
            raw = await body_bytes(request, operation)
            keyed = _keyed(request, operation, asker.person, raw)
            keeping = _Keeping(self._idempotency, keyed) if keyed is not None else None
            call = Call(
                person=asker.person,
                translate=translator_for(request, self._catalogs),
                path=parts,
                query=asked,
                body=read_body(raw, request, operation),
                expected=expected_from(request.headers.get("If-Match"), needed=operation.edits),
                once=keeping if keeping is not None else self._plainly,
                session=asker.session,
            )
            try:
                if keeping is not None:
                    return await self._create_once(operation, call, keeping)
                result = await operation.run(call)
            except ValiseError as error:
                if not isinstance(error, declared):
                    log.warning("api_error_not_declared", operation=operation.name, code=error.code)
                raise
            if operation.edits and not call.expected.asked:
                raise LookupError(f"{operation.name} edits, and did not compare the revision")
            return to_response(operation, result, request, call.query)

        return handle

    async def _create_once(
        self, operation: Operation, call: Call[Any, Any, Any], keeping: "_Keeping"
    ) -> web.StreamResponse:
        with self._idempotency.alone(keeping.keyed):
            try:
                kept = await self._idempotency.answered(keeping.keyed)
                if kept is None:
                    result = await self._create(operation, call, keeping)
                    return kept_response(kept_answer(result, to_keep=False))
            except Overtaken:
                kept = await self._idempotency.answered(keeping.keyed)
        if kept is None:
            raise StillGoingOn
        return kept_response(kept, again=True)

    async def _create(self, operation: Operation, call: Call[Any, Any, Any], keeping: "_Keeping") -> Created[Any]:
        result: Created[Any]
        if operation.creates is Creates.AT_ONCE:
            result = await operation.run(call)
            if not keeping.used:
                raise LookupError(f"{operation.name} creates at once, and did not use call.once")
            return result
        await self._idempotency.begin(keeping.keyed)
        try:
            result = await operation.run(call)
        except ValiseError as refused:
            await self._idempotency.give_up(keeping.keyed, refused)
            raise
        await self._idempotency.finish(keeping.keyed, _to_keep(result))
        return result


class _Keeping:
    """`Once` for a request with a key: what is created and its answer are written together."""

    def __init__(self, idempotency: Idempotency, keyed: Keyed) -> None:
        self._idempotency = idempotency
        self.keyed = keyed
        self.used = False

    async def __call__(self, work: Callable[[Connection], Created[A]], /) -> Created[A]:
        """Return ``work(conn)`` once it and its answer are durable."""
        self.used = True
        return await self._idempotency.once(self.keyed, work, _to_keep)


def _to_keep(result: Created[Any]) -> KeptAnswer:
    return kept_answer(result, to_keep=True)


def _keyed(request: web.Request, operation: Operation, person: Person, raw: bytes) -> Keyed | None:
    if operation.creates is None:
        return None
    return keyed_from(
        request.headers.get(HEADER), owner=person.actor, operation=operation.name, request=(request.path_qs, raw)
    )
