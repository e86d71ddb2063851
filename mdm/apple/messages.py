"""What an iPad says at the check-in URL and at the server URL, parsed once.

Source: Apple's schema, mdm/checkin/*.yaml and "Implementing device management" (Idle, Acknowledged, Error, NotNow).
"""

import re
from typing import Any, ClassVar, Literal

import msgspec

from mdm.apple.envelope import Envelope, read_envelope
from mdm.apple.plist import MalformedPlist, parse
from mdm.errors import ValiseError
from mdm.i18n import N_

Status = Literal["Idle", "Acknowledged", "Error", "CommandFormatError", "NotNow"]
STATUSES: frozenset[str] = frozenset({"Idle", "Acknowledged", "Error", "CommandFormatError", "NotNow"})

_UDID = re.compile(r"[0-9A-Fa-f-]{8,64}")
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
    """A message at the server URL: how the last command went.

    ``command_uuid`` is None only when idle. ``error_chain`` is JSON, of a refused command only; ``body`` as received.
    """

    udid: str
    status: Status
    command_uuid: str | None
    user_id: str | None
    error_chain: str | None
    body: bytes


Message = CheckinMessage | DeviceReport


def parse_message(body: bytes) -> Message:
    """Return the check-in message or the report in ``body``: a device may send both to one address.

    Raises `MalformedPlist` or `MessageInvalid`. A report in the plain form is told by its envelope alone, and the
    answer within, which can be large, is left to who needs it.
    """
    envelope = read_envelope(body)
    if envelope is not None:
        return _report(envelope, None, None, body)
    tree = parse(body)
    return _checkin(tree) if "MessageType" in tree else _report_of_tree(tree, body)


def parse_checkin(body: bytes) -> CheckinMessage:
    """Return the check-in message in ``body``; raise `MalformedPlist` or `MessageInvalid`."""
    return _checkin(parse(body))


def is_report(body: bytes) -> bool:
    """Tell at a glance whether ``body`` is a report, for it names no MessageType; `parse_message` is exact."""
    return b"MessageType" not in body


def parse_report(body: bytes) -> DeviceReport:
    """Return the report in ``body``; raise `MalformedPlist` or `MessageInvalid`."""
    envelope = read_envelope(body)
    return _report(envelope, None, None, body) if envelope is not None else _report_of_tree(parse(body), body)


def _checkin(tree: dict[str, Any]) -> CheckinMessage:
    name = tree.get("MessageType")
    kind = _MESSAGES.get(name) if isinstance(name, str) else None
    if kind is None:
        raise MessageInvalid(reason="its MessageType is not known")
    if "UDID" not in tree:
        reason = "it has no UDID" if "EnrollmentID" not in tree else "user enrollments are not offered"
        raise MessageInvalid(reason=reason)
    try:
        # Without builtin_types, a text would be taken for base64.
        message = msgspec.convert(tree, kind, strict=True, builtin_types=(bytes,))
    except msgspec.ValidationError as error:
        raise MessageInvalid(reason=str(error)[:200]) from error
    _require_sane(message)
    return message


def _require_sane(message: CheckinMessage) -> None:
    if not _UDID.fullmatch(message.udid):
        raise MessageInvalid(reason="its UDID is not valid")
    for name in message.__struct_fields__:
        value = getattr(message, name)
        if isinstance(value, str) and (len(value) > _TEXT_LIMIT or "\0" in value):
            raise MessageInvalid(reason=f"its {name} is too long or has a null character")
        if isinstance(value, bytes) and name != "data" and len(value) > _TOKEN_LIMIT:
            raise MessageInvalid(reason=f"its {name} is too long")


def _report_of_tree(tree: dict[str, Any], body: bytes) -> DeviceReport:
    values = [tree.get(name) for name in ("UDID", "Status", "CommandUUID", "UserID")]
    if any(value is not None and not isinstance(value, str) for value in values):
        raise MessageInvalid(reason="UDID, Status, CommandUUID and UserID must be texts")
    udid, status, command_uuid, user_id = values
    if udid is None and "EnrollmentID" in tree:
        raise MessageInvalid(reason="user enrollments are not offered")
    return _report(Envelope(udid, status, command_uuid), user_id, tree, body)


def _report(envelope: Envelope, user_id: str | None, tree: dict[str, Any] | None, body: bytes) -> DeviceReport:
    udid, status, command_uuid = envelope.udid, envelope.status, envelope.command_uuid
    if udid is None or not _UDID.fullmatch(udid):
        raise MessageInvalid(reason="it has no valid UDID")
    if status not in STATUSES:
        raise MessageInvalid(reason="its Status is not known")
    if status != "Idle" and not command_uuid:
        raise MessageInvalid(reason="it has no CommandUUID")
    failed = status in ("Error", "CommandFormatError")
    return DeviceReport(
        udid=udid,
        status=status,  # type: ignore[arg-type]  # one of STATUSES, which has the same members
        command_uuid=command_uuid[:_TEXT_LIMIT] if command_uuid else None,
        user_id=user_id[:_TEXT_LIMIT] if user_id is not None else None,
        error_chain=_error_chain(tree if tree is not None else parse(body)) if failed else None,
        body=body,
    )


_ERROR_KEYS = ("ErrorCode", "ErrorDomain", "LocalizedDescription", "USEnglishDescription")


def _error_chain(tree: dict[str, Any]) -> str:
    """Return the error chain as JSON, with the four keys that Apple documents and no others."""
    chain = tree.get("ErrorChain")
    links = [
        {name: _short(link[name]) for name in _ERROR_KEYS if name in link}
        for link in (chain if isinstance(chain, list) else [])[:20]
        if isinstance(link, dict)
    ]
    return msgspec.json.encode(links).decode()


def _short(value: object) -> str | int:
    if isinstance(value, int):
        return int(max(min(value, 2**53), -(2**53)))
    return str(value)[:500] if isinstance(value, str | float) else ""


__all__ = ["MalformedPlist", "MessageInvalid", "is_report", "parse_checkin", "parse_message", "parse_report"]
