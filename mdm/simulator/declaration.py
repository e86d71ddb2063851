"""Declarations as a tablet receives them (Apple's schema: declarative/protocol, declarationbase)."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

Kind = Literal["activation", "configuration", "asset", "management"]
Validity = Literal["valid", "invalid", "unknown"]

MANIFEST_NAMES: Mapping[str, Kind] = {
    "Activations": "activation",
    "Configurations": "configuration",
    "Assets": "asset",
    "Management": "management",
}
PREFIXES: Mapping[Kind, str] = {
    "activation": "com.apple.activation.",
    "configuration": "com.apple.configuration.",
    "asset": "com.apple.asset.",
    "management": "com.apple.management.",
}


class Reason(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a declaration is not valid or not active."""

    code: str
    description: str = ""
    details: Mapping[str, Any] = {}


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration; ``identifier`` and ``server_token`` together name its content."""

    kind: Kind
    type: str
    identifier: str
    server_token: str
    payload: Mapping[str, Any]

    def needs(self, name: str) -> str:
        """Return a text of the payload; raise ValueError when it is not there."""
        value = self.payload.get(name)
        if not isinstance(value, str):
            raise ValueError(f"The key “{name}” is missing or is not a text.")
        return value


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a tablet stands to one declaration."""

    active: bool
    valid: Validity
    reasons: tuple[Reason, ...] = ()


class ManifestItem(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the server's list of declarations."""

    kind: Kind
    identifier: str
    server_token: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """All that the server declares to this tablet."""

    token: str
    items: tuple[ManifestItem, ...]


def read_tokens(data: bytes) -> str:
    """Return the DeclarationsToken of a tokens answer; raise ValueError."""
    tokens = _object(data).get("SyncTokens")
    token = tokens.get("DeclarationsToken") if isinstance(tokens, dict) else None
    if not isinstance(token, str):
        raise ValueError("the tokens have no DeclarationsToken")
    return token


def read_manifest(data: bytes) -> Manifest:
    """Return the server's list of declarations; raise ValueError."""
    keys = _object(data)
    token, declared = keys.get("DeclarationsToken"), keys.get("Declarations")
    if not isinstance(token, str) or not isinstance(declared, dict):
        raise ValueError("the list of declarations is not complete")
    try:
        items = [
            ManifestItem(kind=kind, identifier=str(item["Identifier"]), server_token=str(item["ServerToken"]))
            for name, kind in MANIFEST_NAMES.items()
            for item in declared.get(name) or []
        ]
    except (KeyError, TypeError) as cause:
        raise ValueError("the list of declarations is not right") from cause
    return Manifest(token=token, items=tuple(items))


def read_declaration(data: bytes, item: ManifestItem) -> Declaration:
    """Return the declaration that ``item`` announced; raise ValueError when it is another one."""
    keys = _object(data)
    payload, kind = keys.get("Payload"), keys.get("Type")
    if not isinstance(payload, dict) or not isinstance(kind, str) or not kind.startswith(PREFIXES[item.kind]):
        raise ValueError("the declaration is not complete")
    if keys.get("Identifier") != item.identifier or not isinstance(keys.get("ServerToken"), str):
        raise ValueError("the declaration is not the one that was asked for")
    return Declaration(
        kind=item.kind,
        type=kind,
        identifier=item.identifier,
        server_token=keys["ServerToken"],
        payload=payload,
    )


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(data)
    except msgspec.DecodeError as cause:
        raise ValueError("this is no JSON") from cause
    if not isinstance(found, dict):
        raise ValueError("this is not a JSON object")
    return found
