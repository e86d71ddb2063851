"""Reads a request into the operation's types, strictly: what is not declared is refused."""

import re
from collections.abc import Callable, Mapping
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from aiohttp import web

from mdm.i18n import N_
from webui.api.errors import (
    BodyMissing,
    BodyTooLarge,
    BodyUnreadable,
    BodyWrong,
    MediaTypeRefused,
    ParameterWrong,
    PathUnknown,
    Wrong,
)
from webui.api.operation import Operation
from webui.api.results import Nothing, Upload
from webui.api.validation import wrong_from

NO_NUL = N_("It has a character that texts do not have here.")
TOO_DEEP = N_("It is nested too deep.")
_DEEPEST = 64
_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_STEP = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}
_TRUTH = {"true": True, "false": False}

Reader = Callable[[str], Any]


class Parameters:
    """Reads texts of a path or a query into one struct; its fields are texts, whole numbers, booleans or choices."""

    def __init__(self, struct: type[msgspec.Struct]) -> None:
        self._struct = struct
        hints = get_type_hints(struct)
        self._readers = {field.name: _reader(hints[field.name]) for field in msgspec.structs.fields(struct)}

    def from_path(self, given: Mapping[str, str]) -> msgspec.Struct:
        """Read a path's parts; what cannot be one raises `PathUnknown`."""
        try:
            return self._convert(given)
        except ParameterWrong as error:
            raise PathUnknown from error

    def from_query(self, request: web.Request) -> msgspec.Struct:
        """Read a query; raise `ParameterWrong` for unknown, repeated and wrong parameters."""
        given: dict[str, str] = {}
        for name, value in request.query.items():
            if name in given:
                raise ParameterWrong(Wrong(place=name[:80], reason=N_("It is given more than once."), params={}))
            given[name] = value
        return self._convert(given)

    def _convert(self, given: Mapping[str, str]) -> msgspec.Struct:
        values: dict[str, Any] = {}
        for name, text in given.items():
            if name not in self._readers:
                reason = N_("There is no such parameter.")
                raise ParameterWrong(Wrong(place=_printable(name), reason=reason, params={}))
            if "\0" in text:
                raise ParameterWrong(Wrong(place=name, reason=NO_NUL, params={}))
            values[name] = self._readers[name](text)
        try:
            return msgspec.convert(values, self._struct, strict=True)
        except msgspec.ValidationError as error:
            wrong = wrong_from(error)
            raise ParameterWrong(msgspec.structs.replace(wrong, place=wrong.place.removeprefix("/"))) from error


async def body_bytes(request: web.Request, operation: Operation) -> bytes:
    """Return the body, decompressed; raise `BodyTooLarge`, `BodyMissing` or `MediaTypeRefused`."""
    if not operation.has_body:
        return b""
    limit = operation.body_bytes
    if (request.content_length or 0) > limit:
        raise BodyTooLarge(limit=limit)
    if not request.body_exists:
        raise BodyMissing
    if request.content_type not in operation.consumes or (request.charset or "utf-8").lower() != "utf-8":
        raise MediaTypeRefused(media_type=", ".join(operation.consumes))
    found = bytearray()
    async for chunk in request.content.iter_any():
        found += chunk
        if len(found) > limit:
            raise BodyTooLarge(limit=limit)
    if not found:
        raise BodyMissing
    return bytes(found)


def read_body(raw: bytes, request: web.Request, operation: Operation) -> Any:
    """Return the body as the operation's type; raise `BodyUnreadable` or `BodyWrong`."""
    if operation.body_type is Nothing:
        return Nothing()
    if operation.body_type is Upload:
        return Upload(content=raw, media_type=request.content_type)
    try:
        body = msgspec.json.decode(raw, type=operation.body_type)
    except msgspec.ValidationError as error:
        raise BodyWrong(wrong_from(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BodyUnreadable from error
    if _is_deep(raw):
        raise BodyWrong(Wrong(place="", reason=TOO_DEEP, params={}))
    if b"\\u0000" in raw and _has_nul(msgspec.to_builtins(body)):
        raise BodyWrong(Wrong(place="", reason=NO_NUL, params={}))
    return body


def _is_deep(raw: bytes) -> bool:
    """Tell whether a JSON text has more objects and lists in each other than anything here needs."""
    if raw.count(b"[") + raw.count(b"{") <= _DEEPEST:
        return False
    depth = 0
    for found in _BRACKET.finditer(raw):
        depth += _STEP.get(found[0], 0)
        if depth > _DEEPEST:
            return True
    return False


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_has_nul(key) or _has_nul(one) for key, one in value.items())
    return isinstance(value, (list, tuple)) and any(_has_nul(one) for one in value)


def _reader(hint: Any) -> Reader:
    """Return what turns a parameter's text into the value that msgspec then checks."""
    if get_origin(hint) in (Union, UnionType):
        kinds = [one for one in get_args(hint) if one is not NoneType]
        hint = kinds[0] if len(kinds) == 1 else Any
    if hint is bool:
        return lambda text: _TRUTH.get(text, text)
    if hint is int:
        return lambda text: int(text) if _WHOLE.fullmatch(text) else text
    if hint is str or get_origin(hint) is Literal or (isinstance(hint, type) and issubclass(hint, str)):
        return lambda text: text
    raise TypeError(f"{hint} cannot be a parameter")


def _printable(name: str) -> str:
    return "".join(one for one in name if one.isprintable())[:80]
