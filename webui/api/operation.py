"""An operation of the API, declared once: routing, reading, answers and the document are all made from this.

The types of the handler say what it takes and gives, so that they cannot differ from the declaration::

    async def show(self, call: Call[KitPath, Nothing, Nothing]) -> KitShown: ...
"""

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any, Generic, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from mdm.errors import ValiseError
from mdm.i18n import Translator
from webui.api.errors import PersonNeeded
from webui.api.idempotency import Once
from webui.api.preconditions import Expected
from webui.api.results import Created, Document, Nothing, Upload, Versioned
from webui.permissions import Action, Person
from webui.session_store import Session

JSON = "application/json"
BODY_BYTES = 256 * 1024

P = TypeVar("P")
Q = TypeVar("Q")
B = TypeVar("B")
A = TypeVar("A")
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


class Call(msgspec.Struct, Generic[P, Q, B], frozen=True, kw_only=True):
    """One request, read and allowed.

    ``expected`` compares revisions in operations that edit. ``once`` runs the transaction of those that create.
    ``session`` is that of a browser; None for a program, which came with a token.
    """

    person: Person
    translate: Translator
    path: P
    query: Q
    body: B
    expected: Expected
    once: Once
    session: Session | None = None

    @property
    def login(self) -> str:
        """The login of the person who signed in; raises `PersonNeeded` for a program, which came with a token."""
        if self.person.login is None:
            raise PersonNeeded
        return self.person.login

    @property
    def own_session(self) -> Session:
        """The session of the person who signed in; raises `PersonNeeded` for a program."""
        if self.session is None:
            raise PersonNeeded
        return self.session


class Shape(Enum):
    """How an answer is sent."""

    VALUE = 200
    CREATED = 201
    NONE = 204
    DOCUMENT = "document"
    VERSIONED = "versioned"

    @property
    def status(self) -> int:
        """The HTTP status of success."""
        return self.value if isinstance(self.value, int) else 200


class Creates(Enum):
    """How something is created once when a request comes twice with the same key.

    ``AT_ONCE``: the handler does all its writing in ``call.once``, in one transaction with the answer.
    ``IN_STEPS``: the handler calls services with transactions of their own; after a crash in between, a repetition is
    refused with the words to look first.
    """

    AT_ONCE = "at_once"
    IN_STEPS = "in_steps"


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """What `operation` makes. ``needs`` is None where it is enough to be signed in."""

    method: Method
    path: str
    name: str
    tag: str
    summary: str
    needs: Action | None
    run: Callable[[Call[Any, Any, Any]], Awaitable[Any]]
    path_type: type[msgspec.Struct]
    query_type: type[msgspec.Struct]
    body_type: type[Any]
    answer_type: Any
    shape: Shape
    errors: tuple[type[ValiseError], ...]
    creates: Creates | None
    edits: bool
    consumes: tuple[str, ...]
    produces: str
    body_bytes: int

    @property
    def is_safe(self) -> bool:
        """Tell whether it changes nothing."""
        return self.method == "GET"

    @property
    def has_body(self) -> bool:
        """Tell whether it takes a body."""
        return self.body_type is not Nothing

    @property
    def takes_json(self) -> bool:
        """Tell whether its body is JSON."""
        return self.has_body and self.body_type is not Upload


def operation(
    method: Method,
    path: str,
    run: Callable[[Call[P, Q, B]], Awaitable[A]],
    *,
    name: str,
    summary: str,
    needs: Action | None,
    errors: tuple[type[ValiseError], ...] = (),
    creates: Creates | None = None,
    edits: bool = False,
    consumes: tuple[str, ...] = (JSON,),
    produces: str = JSON,
    body_bytes: int = BODY_BYTES,
) -> Operation:
    """Declare an operation; ``path`` is below ``/api/v1``, with ``{names}`` that are fields of the path's struct.

    ``errors`` are those that the handler raises; what the API itself may refuse is known already. ``edits`` demands
    If-Match. Raises TypeError when the declaration contradicts itself.
    """
    hints = get_type_hints(run)
    taken = get_args(hints.get("call"))
    if get_origin(hints.get("call")) is not Call or len(taken) != 3 or "return" not in hints:
        raise TypeError(f"{name}: the handler must be annotated (call: Call[Path, Query, Body]) -> Answer")
    answer, shape = _answer(hints["return"])
    made = Operation(
        method=method,
        path=path,
        name=name,
        tag=path.split("/")[1],
        summary=summary,
        needs=needs,
        run=run,
        path_type=taken[0],
        query_type=taken[1],
        body_type=taken[2],
        answer_type=answer,
        shape=shape,
        errors=errors,
        creates=creates,
        edits=edits,
        consumes=consumes,
        produces=produces,
        body_bytes=body_bytes,
    )
    if (creates is not None) != (shape is Shape.CREATED):
        raise TypeError(f"{name}: what creates returns Created, and says how it is done once")
    if (made.has_body and method not in ("POST", "PUT", "PATCH")) or (made.is_safe and edits):
        raise TypeError(f"{name}: {method} cannot do that")
    if (taken[2] is Upload) == (consumes == (JSON,)) or (shape is Shape.DOCUMENT) == (produces == JSON):
        raise TypeError(f"{name}: a file says its media type, and JSON needs none")
    return made


def _answer(returned: Any) -> tuple[Any, Shape]:
    if returned is type(None):
        return None, Shape.NONE
    if returned is Document:
        return None, Shape.DOCUMENT
    origin, inner = get_origin(returned), get_args(returned)
    if origin is Created:
        return inner[0], Shape.CREATED
    if origin is Versioned:
        return inner[0], Shape.VERSIONED
    return returned, Shape.VALUE
