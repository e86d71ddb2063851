"""Declarative management: declaration sets, their tokens, and the endpoints that a device asks at; pure.

Source: Apple, "Leveraging the declarative management data model to scale devices", and the schema files
declarative/protocol/tokensresponse.yaml, declarationitemsresponse.yaml and mdm/checkin/declarativemanagement.yaml.
What devices report of themselves is in `mdm.apple.declarative_status`.
"""

import hashlib
from typing import Any, ClassVar, Literal

import msgspec

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


class Endpoint(msgspec.Struct, frozen=True):
    """What a device asks for; ``kind`` and ``identifier`` name one declaration."""

    name: Literal["tokens", "declaration-items", "status", "declaration"]
    kind: str = ""
    identifier: str = ""


_SIMPLE_ENDPOINTS = {
    "tokens": Endpoint("tokens"),
    "declaration-items": Endpoint("declaration-items"),
    "status": Endpoint("status"),
}


class DeclarativeInvalid(ValiseError):
    """A device's declarative request cannot be understood."""

    code: ClassVar[str] = "declarative_invalid"
    status: ClassVar[int] = 400
    message: ClassVar[str] = N_("The declarative request is not valid: {reason}.")


def parse_endpoint(text: str) -> Endpoint:
    """Return the endpoint that a DeclarativeManagement message names; raise `DeclarativeInvalid`.

    An identifier may have slashes in it: everything after the kind is the identifier.
    """
    if text in _SIMPLE_ENDPOINTS:
        return _SIMPLE_ENDPOINTS[text]
    name, _, rest = text.partition("/")
    kind, _, identifier = rest.partition("/")
    if name != "declaration" or kind not in KINDS or not identifier:
        raise DeclarativeInvalid(reason="its endpoint is not known")
    return Endpoint("declaration", kind, identifier)
