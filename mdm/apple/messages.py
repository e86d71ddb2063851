"""What an iPad says at the check-in URL and at the server URL, parsed once.

Source: Apple's schema, mdm/checkin/*.yaml and "Implementing device management" (Idle, Acknowledged, Error, NotNow).
"""

import re
from typing import Any, ClassVar, Literal

import msgspec

from mdm.apple.plist import MalformedPlist, parse, require_well_formed
from mdm.errors import ValiseError
from mdm.i18n import N_

Status = Literal["Idle", "Acknowledged", "Error", "CommandFormatError", "NotNow"]
STATUSES: frozenset[str] = frozenset({"Idle", "Acknowledged", "Error", "CommandFormatError", "NotNow"})

_UDID = re.compile(r"[0-9A-Za-z-]{8,64}")
_TEXT_LIMIT = 256
_TOKEN_LIMIT = 16 * 1024


class MessageInvalid(ValiseError):
    """The property list is no message of Apple's protocol."""

    code: ClassVar[str] = "message_invalid"
    status: ClassVar[int] = 400
    message: ClassVar[str] = N_("The message is not one of Apple's check-in protocol: {reason}.")
    hint: ClassVar[str] = N_("See Apple's schema of check-in messages for its keys and types.")


class CheckinMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What every check-in message has; ``user_id`` names a user of a Shared iPad, who is not managed here."""

    udid: str = msgspec.field(name="UDID")
    user_id: str | None = msgspec.field(name="UserID", default=None)


class Authenticate(CheckinMessage, frozen=True, kw_only=True):
    """A device that has just installed the enrollment profile; what identifies a SIM or a phone is not kept."""

    topic: str = msgspec.field(name="Topic")
    serial_number: str | None = msgspec.field(name="SerialNumber", default=None)
    os_version: str | None = msgspec.field(name="OSVersion", default=None)
    build_version: str | None = msgspec.field(name="BuildVersion", default=None)
    product_name: str | None = msgspec.field(name="ProductName", default=None)
    model: str | None = msgspec.field(name="Model", default=None)
    model_name: str | None = msgspec.field(name="ModelName", default=None)
    device_name: str | None = msgspec.field(name="DeviceName", default=None)


class TokenUpdate(CheckinMessage, frozen=True, kw_only=True):
    """A device's address at Apple's push service, and its unlock token."""

    topic: str = msgspec.field(name="Topic")
    token: bytes = msgspec.field(name="Token")
    push_magic: str = msgspec.field(name="PushMagic")
    unlock_token: bytes | None = msgspec.field(name="UnlockToken", default=None)
    awaiting_configuration: bool = msgspec.field(name="AwaitingConfiguration", default=False)


class CheckOut(CheckinMessage, frozen=True, kw_only=True):
    """A device whose management profile was removed."""

    topic: str | None = msgspec.field(name="Topic", default=None)


class SetBootstrapToken(CheckinMessage, frozen=True, kw_only=True):
    """A device's bootstrap token; empty asks to forget it."""

    bootstrap_token: bytes = msgspec.field(name="BootstrapToken", default=b"")


class GetBootstrapToken(CheckinMessage, frozen=True, kw_only=True):
    """A device asks for its bootstrap token."""


class DeclarativeManagement(CheckinMessage, frozen=True, kw_only=True):
    """A request of declarative management; ``data`` is JSON where the endpoint takes some."""

    endpoint: str = msgspec.field(name="Endpoint")
    data: bytes | None = msgspec.field(name="Data", default=None)


class GetToken(CheckinMessage, frozen=True, kw_only=True):
    """A device asks for a token of another service."""

    token_service_type: str = msgspec.field(name="TokenServiceType")


class UserAuthenticate(CheckinMessage, frozen=True, kw_only=True):
    """A user of a Shared iPad or a Mac asks to be managed."""


_MESSAGES: dict[str, type[CheckinMessage]] = {
    one.__name__: one
    for one in (
        Authenticate,
        TokenUpdate,
        CheckOut,
        SetBootstrapToken,
        GetBootstrapToken,
        DeclarativeManagement,
        GetToken,
        UserAuthenticate,
    )
}


class DeviceReport(msgspec.Struct, frozen=True, kw_only=True):
    """A message at the server URL: how the last command went. ``error_chain`` is JSON, ``body`` as received."""

    udid: str
    status: Status
    command_uuid: str | None
    user_id: str | None
    error_chain: str | None
    body: bytes


def parse_checkin(body: bytes) -> CheckinMessage:
    """Return the check-in message in ``body``; raise `MalformedPlist` or `MessageInvalid`."""
    tree = parse(body)
    name = tree.get("MessageType")
    kind = _MESSAGES.get(name) if isinstance(name, str) else None
    if kind is None:
        raise MessageInvalid(reason="its MessageType is not known")
    if "UDID" not in tree:
        reason = "it has no UDID" if "EnrollmentID" not in tree else "user enrollments are not offered"
        raise MessageInvalid(reason=reason)
    try:
        message = msgspec.convert(tree, kind, strict=True)
    except msgspec.ValidationError as error:
        raise MessageInvalid(reason=str(error)[:200]) from error
    _require_sane(message)
    return message


def is_report(body: bytes) -> bool:
    """Tell whether a message belongs to the command cycle: a check-in message has a MessageType."""
    return b"MessageType" not in body


def parse_report(body: bytes) -> DeviceReport:
    """Return the report in ``body``; raise `MalformedPlist` or `MessageInvalid`.

    The envelope is read without building the answer within, which can be large and is parsed by who needs it.
    """
    found = _envelope(body)
    if found is None:
        found = _envelope_of_tree(parse(body))
    udid, status, command_uuid, user_id = found
    if udid is None or not _UDID.fullmatch(udid):
        raise MessageInvalid(reason="it has no valid UDID")
    if status not in STATUSES:
        raise MessageInvalid(reason="its Status is not known")
    if status != "Idle" and not command_uuid:
        raise MessageInvalid(reason="it has no CommandUUID")
    return DeviceReport(
        udid=udid,
        status=status,  # type: ignore[arg-type]  # one of STATUSES, which has the same members
        command_uuid=command_uuid[:_TEXT_LIMIT] if command_uuid else None,
        user_id=user_id,
        error_chain=_error_chain(body) if status in ("Error", "CommandFormatError") else None,
        body=body,
    )


_Envelope = tuple[str | None, str | None, str | None, str | None]
_NAMES = (b"UDID", b"Status", b"CommandUUID", b"UserID")
_KEYS = tuple(b"<key>" + name + b"</key>" for name in _NAMES)
_VALUE = re.compile(rb"\s*<string>([^<&]*)</string>")
_HEAD = re.compile(rb"\s*(?:<\?xml[^>]*\?>)?\s*(?:<!DOCTYPE[^>\[]*>)?\s*<plist[^>]*>\s*<dict>")


def _envelope(body: bytes) -> _Envelope | None:
    """Find the top-level texts by their bytes, or None where the writing is unusual and a full parse must decide.

    Sound because the document is well-formed and has no comment, CDATA section, processing instruction or character
    reference: then every ``<`` in its bytes begins a tag, and counting ``<dict>`` gives a key's depth.
    """
    head = _HEAD.match(body)
    if head is None or b"<!--" in body or b"<![" in body or b"&#" in body or body.count(b"<?") > 1:
        return None
    if body.count(b"<dict") != body.count(b"<dict>") + body.count(b"<dict/>"):
        return None
    if body.count(b"<key") != body.count(b"<key>") or body.count(b"</key") != body.count(b"</key>"):
        return None
    if body.count(b"</dict") != body.count(b"</dict>"):
        return None
    require_well_formed(body)
    values: list[str | None] = []
    for key in _KEYS:
        place = _top_level(body, key, head.end())
        if place is None:
            values.append(None)
            continue
        value = _VALUE.match(body, place + len(key)) if place >= 0 else None
        if value is None:
            return None
        try:
            values.append(value[1].decode("utf-8"))
        except UnicodeDecodeError:
            return None
    return values[0], values[1], values[2], values[3]


def _top_level(body: bytes, key: bytes, start: int) -> int | None:
    """Return where ``key`` is at the top level; None when it is not, -1 when it is more than once."""
    found: int | None = None
    place = body.find(key, start)
    depth, counted = 1, start
    while place >= 0:
        depth += body.count(b"<dict>", counted, place) - body.count(b"</dict>", counted, place)
        counted = place
        if depth == 1:
            if found is not None:
                return -1
            found = place
        place = body.find(key, place + len(key))
    return found


def _envelope_of_tree(tree: dict[str, Any]) -> _Envelope:
    values = [tree.get(name.decode()) for name in _NAMES]
    if any(value is not None and not isinstance(value, str) for value in values):
        raise MessageInvalid(reason="UDID, Status, CommandUUID and UserID must be texts")
    return values[0], values[1], values[2], values[3]


def _error_chain(body: bytes) -> str:
    """Return the error chain as JSON, with the four keys that Apple documents and no others."""
    chain = parse(body).get("ErrorChain")
    links = []
    for link in chain if isinstance(chain, list) else []:
        if isinstance(link, dict):
            links.append({name: _short(link[name]) for name in _ERROR_KEYS if name in link})
    return msgspec.json.encode(links[:20]).decode()


_ERROR_KEYS = ("ErrorCode", "ErrorDomain", "LocalizedDescription", "USEnglishDescription")


def _short(value: object) -> str | int:
    if isinstance(value, int):
        return max(min(value, 2**53), -(2**53))
    return str(value)[:500]


def _require_sane(message: CheckinMessage) -> None:
    if not _UDID.fullmatch(message.udid):
        raise MessageInvalid(reason="its UDID is not valid")
    for name in message.__struct_fields__:
        value = getattr(message, name)
        if isinstance(value, str) and (len(value) > _TEXT_LIMIT or "\0" in value):
            raise MessageInvalid(reason=f"its {name} is too long or has a null character")
        if isinstance(value, bytes) and name != "data" and len(value) > _TOKEN_LIMIT:
            raise MessageInvalid(reason=f"its {name} is too long")


__all__ = ["MalformedPlist", "MessageInvalid", "parse_checkin", "parse_report"]
