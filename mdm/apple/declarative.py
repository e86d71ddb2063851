"""Declarative management: declaration sets, their tokens, and what a device reports of itself; pure.

Source: Apple, "Leveraging the declarative management data model", and the schema files declarative/protocol/*.yaml.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import msgspec

from mdm.commands.report import DeclarationState
from mdm.errors import ValiseError
from mdm.i18n import N_

Kind = Literal["activation", "asset", "configuration", "management"]
KINDS: tuple[Kind, ...] = ("activation", "asset", "configuration", "management")

_LISTS: dict[Kind, str] = {
    "activation": "Activations",
    "asset": "Assets",
    "configuration": "Configurations",
    "management": "Management",
}
_STATUS_LISTS = ("activations", "assets", "configurations", "management")
_DEPTH = 32


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """One declaration. ``type`` is Apple's, such as ``com.apple.configuration.passcode.settings``."""

    type: str
    identifier: str
    payload: dict[str, Any]

    @property
    def kind(self) -> Kind:
        """What the type's third part says."""
        part = self.type.split(".")[2] if self.type.count(".") >= 2 else ""
        for kind in KINDS:
            if part == kind:
                return kind
        raise ValueError(f"{self.type} is no type of declaration")

    @property
    def server_token(self) -> str:
        """The SHA-256 of the content: it changes when the content does, and only then."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()

    def to_json(self) -> bytes:
        """Return what a device is sent."""
        return msgspec.json.encode(
            {
                "Type": self.type,
                "Identifier": self.identifier,
                "ServerToken": self.server_token,
                "Payload": self.payload,
            },
            order="sorted",
        )


class DeclarationSet(msgspec.Struct, frozen=True, kw_only=True):
    """All the declarations of one kind of tablet."""

    declarations: tuple[Declaration, ...]

    @property
    def token(self) -> str:
        """What names this very set."""
        tokens = sorted(f"{one.type} {one.identifier} {one.server_token}" for one in self.declarations)
        return hashlib.sha256("\n".join(tokens).encode()).hexdigest()

    def tokens(self, timestamp: str) -> bytes:
        """Return the TokensResponse; ``timestamp`` as ``2026-09-01T08:00:00Z``."""
        return msgspec.json.encode({"SyncTokens": {"DeclarationsToken": self.token, "Timestamp": timestamp}})

    def items(self) -> bytes:
        """Return the DeclarationItemsResponse."""
        lists: dict[str, list[dict[str, str]]] = {name: [] for name in _LISTS.values()}
        for one in self.declarations:
            lists[_LISTS[one.kind]].append({"Identifier": one.identifier, "ServerToken": one.server_token})
        return msgspec.json.encode({"Declarations": lists, "DeclarationsToken": self.token})

    def get(self, kind: str, identifier: str) -> bytes | None:
        """Return one declaration as a device gets it, or None when the set has none of that kind and name."""
        for one in self.declarations:
            if one.identifier == identifier and one.kind == kind:
                return one.to_json()
        return None

    def identifiers(self) -> frozenset[str]:
        """Return the names of all declarations."""
        return frozenset(one.identifier for one in self.declarations)

    def to_json(self) -> bytes:
        """Return the whole set in one canonical form, to be kept as one artifact."""
        return msgspec.json.encode(self, order="sorted")

    @classmethod
    def from_json(cls, text: bytes) -> "DeclarationSet":
        """Read what `to_json` wrote."""
        return msgspec.json.decode(text, type=cls)


class DeclarativeInvalid(ValiseError):
    """A device's declarative request cannot be understood."""

    code: ClassVar[str] = "declarative_invalid"
    status: ClassVar[int] = 400
    message: ClassVar[str] = N_("The declarative request is not valid: {reason}.")


class StatusError(msgspec.Struct, frozen=True, kw_only=True):
    """A status item that a device could not report."""

    item: str
    reasons: tuple[str, ...]


class StatusReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a device reports: all it was asked for, or only what changed."""

    items: dict[str, Any]
    errors: tuple[StatusError, ...]
    full: bool


class _StatusBody(msgspec.Struct, frozen=True):
    StatusItems: dict[str, Any] = {}
    Errors: list[dict[str, Any]] = []
    FullReport: bool = False


def parse_status(body: bytes) -> StatusReport:
    """Return the status report in ``body`` (JSON); raise `DeclarativeInvalid`."""
    try:
        parsed = msgspec.json.decode(body, type=_StatusBody)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise DeclarativeInvalid(reason=str(error)[:200]) from error
    if _depth(parsed.StatusItems) > _DEPTH:
        raise DeclarativeInvalid(reason="it is nested too deeply")
    errors = tuple(
        StatusError(
            item=str(one.get("StatusItem", ""))[:200], reasons=_reasons(one.get("Reasons"), "Description", "Code")
        )
        for one in parsed.Errors[:100]
    )
    return StatusReport(items=parsed.StatusItems, errors=errors, full=parsed.FullReport)


def merge(known: Mapping[str, Any], report: StatusReport) -> dict[str, Any]:
    """Return what is known of a device after a report.

    A full report stands alone. A partial one changes the items that it has; in a list of things with an identifier it
    changes the things that it names, and ``_removed`` takes one out.
    """
    if report.full:
        return dict(report.items)
    return _merged(known, report.items)


def declaration_states(status: Mapping[str, Any]) -> dict[str, DeclarationState] | None:
    """Return the state of each declaration in a device's status, or None when it says nothing of them."""
    management = status.get("management")
    listed = management.get("declarations") if isinstance(management, dict) else None
    if not isinstance(listed, dict):
        return None
    states: dict[str, DeclarationState] = {}
    for name in _STATUS_LISTS:
        entries = listed.get(name)
        for entry in entries if isinstance(entries, list) else []:
            if not isinstance(entry, dict) or not isinstance(entry.get("identifier"), str):
                continue
            valid = {"valid": True, "invalid": False}.get(str(entry.get("valid")))
            states[entry["identifier"]] = DeclarationState(
                server_token=str(entry.get("server-token", "")),
                active=entry.get("active") is True,
                valid=valid,
                problem="; ".join(_reasons(entry.get("reasons"), "description", "code")) if valid is False else "",
            )
    return states


def operating_system_version(status: Mapping[str, Any]) -> str | None:
    """Return the system's version in a device's status."""
    value: Any = status
    for name in ("device", "operating-system", "version"):
        value = value.get(name) if isinstance(value, dict) else None
    return value[:50] if isinstance(value, str) else None


def managed_apps(status: Mapping[str, Any]) -> dict[str, str]:
    """Return the declared apps of a device, bundle identifier to state, from ``app.managed.list``."""
    value: Any = status
    for name in ("app", "managed", "list"):
        value = value.get(name) if isinstance(value, dict) else None
    apps = {}
    for entry in value if isinstance(value, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("identifier"), str):
            apps[entry["identifier"]] = str(entry.get("state", ""))
    return apps


def _merged(known: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(known)
    for name, value in said.items():
        before = result.get(name)
        if isinstance(value, dict):
            result[name] = _merged(before if isinstance(before, dict) else {}, value)
        elif _is_identified(value):
            result[name] = _merged_list(before if isinstance(before, list) else [], value)
        else:
            result[name] = value
    return result


def _merged_list(known: list[Any], said: list[dict[str, Any]]) -> list[Any]:
    things = {
        one["identifier"]: one for one in known if isinstance(one, dict) and isinstance(one.get("identifier"), str)
    }
    for one in said:
        if one.get("_removed") is True:
            things.pop(one["identifier"], None)
        else:
            before = things.get(one["identifier"], {})
            things[one["identifier"]] = _merged(before, one)
    return list(things.values())


def _is_identified(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, dict) and isinstance(one.get("identifier"), str) for one in value)
    )


def _reasons(value: object, words: str, code: str) -> tuple[str, ...]:
    found = []
    for one in value[:20] if isinstance(value, list) else []:
        if isinstance(one, dict):
            found.append(str(one.get(words) or one.get(code) or "")[:300])
    return tuple(found)


def _depth(value: object) -> int:
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        one, depth = waiting.pop()
        deepest = max(deepest, depth)
        children = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        waiting += [(child, depth + 1) for child in children]
    return deepest
