"""A command as it arrives, the answer to it, and what a tablet says when it cannot obey."""

import plistlib
from collections.abc import Mapping
from typing import Any, TypeVar
from xml.parsers.expat import ExpatError

import msgspec

from mdm.simulator.errors import SimulatorError

_T = TypeVar("_T")

MDM_DOMAIN = "MCMDMErrorDomain"


class ErrorItem(msgspec.Struct, frozen=True, kw_only=True):
    """One link of an error chain, as Apple's devices write it."""

    domain: str
    code: int
    text: str

    def plist(self) -> dict[str, Any]:
        """Return it as a dictionary of the answer."""
        return {
            "ErrorCode": self.code,
            "ErrorDomain": self.domain,
            "LocalizedDescription": self.text,
            "USEnglishDescription": self.text,
        }


class Refused(SimulatorError):
    """The tablet cannot obey: it answers Error with this chain, and with ``keys``."""

    def __init__(self, *chain: ErrorItem, keys: Mapping[str, Any] | None = None) -> None:
        super().__init__("; ".join(f"{item.domain} {item.code}: {item.text}" for item in chain))
        self.chain = chain
        self.keys = dict(keys or {})


class CommandMalformed(SimulatorError):
    """The command is none: the tablet answers CommandFormatError."""


class Restart(msgspec.Struct, frozen=True):
    """The tablet restarts once its answer has left."""


class ShutDown(msgspec.Struct, frozen=True):
    """The tablet turns itself off once its answer has left."""


class Erase(msgspec.Struct, frozen=True):
    """The tablet forgets everything; with a profile (Return to Service) it enrols again by itself."""

    profile: bytes | None = None


class Leave(msgspec.Struct, frozen=True):
    """The tablet removes its management profile."""


class Synchronize(msgspec.Struct, frozen=True):
    """The tablet fetches its declarations; ``tokens`` are those that the command brought."""

    tokens: bytes | None = None


After = Restart | ShutDown | Erase | Leave | Synchronize


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the tablet says when it obeyed, and what it does once that is said."""

    keys: Mapping[str, Any] = {}
    after: After | None = None


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A command; its keys are read by their type, and a wrong one raises `CommandMalformed`."""

    uuid: str
    request_type: str
    keys: Mapping[str, Any]

    def need(self, name: str, kind: type[_T]) -> _T:
        """Return a key that the command must have."""
        if name not in self.keys:
            raise CommandMalformed(f"{self.request_type} lacks {name}")
        value = self.keys[name]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise CommandMalformed(f"{name} of {self.request_type} has the wrong type")
        return value

    def may(self, name: str, kind: type[_T], otherwise: _T) -> _T:
        """Return a key that the command may have."""
        return self.need(name, kind) if name in self.keys else otherwise

    def text(self, name: str) -> str | None:
        """Return an optional text."""
        return self.need(name, str) if name in self.keys else None


def read_command(body: bytes) -> Command:
    """Return the command in a server's answer.

    Raises `CommandMalformed`; a command that has a CommandUUID but nothing to do has an empty request type instead,
    so that it can be answered.
    """
    try:
        frame = plistlib.loads(body)
    except (plistlib.InvalidFileException, ExpatError, ValueError, KeyError, AttributeError, OverflowError) as cause:
        raise CommandMalformed("the answer is no property list") from cause
    if not isinstance(frame, dict) or not isinstance(frame.get("CommandUUID"), str):
        raise CommandMalformed("the command has no CommandUUID")
    keys = frame.get("Command")
    if not isinstance(keys, dict):
        keys = {}
    request_type = keys.get("RequestType")
    return Command(
        uuid=frame["CommandUUID"],
        request_type=request_type if isinstance(request_type, str) else "",
        keys=keys,
    )


def mdm_error(code: int, text: str, **keys: Any) -> Refused:
    """Return a refusal with one link, of the domain of device management."""
    return Refused(ErrorItem(domain=MDM_DOMAIN, code=code, text=text), keys=keys)


def not_supervised(what: str) -> Refused:
    """Return the refusal of an unsupervised tablet."""
    return Refused(
        ErrorItem(domain=MDM_DOMAIN, code=12021, text=f"“{what}” is not a valid request type."),
        ErrorItem(domain="MCChaperoneErrorDomain", code=29000, text="The device is not supervised."),
    )
