"""What an operation may answer when it does not do what was asked: the API's own refusals and the operation's."""

from collections.abc import Iterable

from mdm.errors import ValiseError
from mdm.store import Conflict, StoreError
from mdm.store.errors import StoreBusy, StoreClosed
from webui.api import errors
from webui.api.operation import Operation
from webui.api.results import Nothing
from webui.errors import ForeignHost, NotAllowed, ServerFault, TooManyAttempts

ALWAYS: tuple[type[ValiseError], ...] = (
    errors.CredentialsNeeded,
    errors.TokenRefused,
    ForeignHost,
    errors.NotAcceptable,
    errors.ParameterWrong,
    TooManyAttempts,
    ServerFault,
    StoreError,
    StoreBusy,
    StoreClosed,
)
"""What every operation may answer."""


def refusals_of(operation: Operation) -> tuple[type[ValiseError], ...]:
    """Return every class of error that the operation may answer with."""
    found: list[type[ValiseError]] = [*ALWAYS]
    if operation.needs is not None:
        found.append(NotAllowed)
    if operation.path_type is not Nothing:
        found.append(errors.PathUnknown)
    if operation.edits or operation.creates is not None:
        found.append(errors.HeaderWrong)
    if not operation.is_safe:
        found += [errors.CsrfRefused, errors.PersonNeeded, Conflict]
    if operation.has_body:
        found += [errors.BodyMissing, errors.BodyTooLarge, errors.MediaTypeRefused]
    if operation.takes_json:
        found += [errors.BodyUnreadable, errors.BodyWrong]
    if operation.edits:
        found += [errors.PreconditionNeeded, errors.Stale]
    if operation.creates is not None:
        found += [errors.KeyReused, errors.StillGoingOn, errors.OutcomeUnknown]
    return tuple(dict.fromkeys([*found, *operation.errors]))


def by_status(errors: Iterable[type[ValiseError]]) -> dict[int, tuple[type[ValiseError], ...]]:
    """Return errors by their HTTP status, in order."""
    found: dict[int, list[type[ValiseError]]] = {}
    for error in errors:
        found.setdefault(error.status, []).append(error)
    return {status: tuple(classes) for status, classes in sorted(found.items())}
