"""Messages to the agent: which the open agent obeys, what each needs, and what is never sent.

Source: the agent's ``json/PushMessage.java`` and ``worker/PushNotificationProcessor.java``. A shell command
(``runCommand``) and the administrator's panel without its password are not offered.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from mdm.android.errors import MessageRefused
from mdm.i18n import N_

CONFIG_UPDATED = "configUpdated"
CLEAR_DOWNLOADS = "clearDownloadHistory"
UNINSTALL = "uninstallApp"
RUN_APP = "runApp"
INTENT = "intent"

_PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+")
_ACTION = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,200}")
_EXTRA = re.compile(r"extra\.([A-Za-z][A-Za-z0-9_.]{0,100})")
_VALUE = 2000


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """An order that may be given: what it does, and its arguments with what each means."""

    about: str
    needs: Mapping[str, str] = {}
    takes: Mapping[str, str] = {}


_PKG = N_("the app's package, such as org.geogebra.android")
_DATA = N_("an address that the app opens")
FORMS: Mapping[str, Form] = {
    CONFIG_UPDATED: Form(about=N_("Fetch the configuration again.")),
    RUN_APP: Form(
        about=N_("Open an app."), needs={"pkg": _PKG}, takes={"action": N_("an Android action"), "data": _DATA}
    ),
    "broadcast": Form(
        about=N_("Send a broadcast to an app."),
        needs={"pkg": _PKG, "action": N_("an Android action")},
        takes={"data": _DATA},
    ),
    UNINSTALL: Form(about=N_("Remove an app; it comes back if the edition has it."), needs={"pkg": _PKG}),
    INTENT: Form(
        about=N_("Open a screen of the system."), needs={"action": N_("an Android action")}, takes={"data": _DATA}
    ),
    CLEAR_DOWNLOADS: Form(about=N_("Try downloads again that failed.")),
    "grantPermissions": Form(about=N_("Grant apps their permissions again."), takes={"pkg": _PKG}),
    "clearAppData": Form(about=N_("Erase the data of an app (Android 9)."), needs={"pkg": _PKG}),
    "deleteFile": Form(
        about=N_("Delete a file of the shared storage."), needs={"path": N_("its path in the shared storage")}
    ),
    "deleteDir": Form(
        about=N_("Delete a folder of the shared storage."), needs={"path": N_("its path in the shared storage")}
    ),
    "purgeDir": Form(
        about=N_("Empty a folder of the shared storage."),
        needs={"path": N_("its path in the shared storage")},
        takes={"recursive": N_("1 for its folders too")},
    ),
    "exitKiosk": Form(about=N_("Leave the kiosk (agents that have one).")),
    "permissiveMode": Form(about=N_("Let everything be opened for a while (agents that can).")),
}
_WITH_EXTRAS = frozenset({RUN_APP, "broadcast", INTENT})


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message: its type, and its payload as the agent's own JSON or None."""

    message_type: str
    payload: dict[str, Any] | None = None


def message_of(name: str, arguments: Mapping[str, str]) -> Message:
    """Return the message for an order; raise `MessageRefused` for what is unknown, missing, or dangerous."""
    form = FORMS.get(name)
    if form is None:
        raise MessageRefused(name=name, reason=N_("there is no such order"))
    payload: dict[str, Any] = {}
    extras: dict[str, str] = {}
    for key, value in arguments.items():
        extra = _EXTRA.fullmatch(key)
        if extra is not None and name in _WITH_EXTRAS:
            extras[extra[1]] = _checked(name, "extra", value)
        elif key in form.needs or key in form.takes:
            payload[key] = _checked(name, key, value)
        else:
            raise MessageRefused(name=name, reason=N_("it has no argument {argument}"), argument=key)
    if missing := [key for key in form.needs if key not in payload]:
        raise MessageRefused(name=name, reason=N_("it needs {arguments}"), arguments=", ".join(missing))
    if extras:
        payload["extra"] = extras
    return Message(message_type=name, payload=payload or None)


def to_body(messages: tuple[Message, ...]) -> bytes:
    """Return the form that the queue keeps."""
    return msgspec.json.encode(messages)


def from_body(body: bytes) -> tuple[Message, ...]:
    """Read the form that the queue keeps."""
    return _DECODER.decode(body)


def for_polling(messages: tuple[Message, ...]) -> bytes:
    """Return the list that a poll is answered with; several wishes to look again are one, and the last.

    The payload is a JSON text inside a string, or null: an object would spoil the whole batch.
    """
    once: dict[bytes, Message] = {}
    for message in messages:
        once[msgspec.json.encode(message, order="deterministic")] = message
    ordered = sorted(once.values(), key=lambda message: message.message_type == CONFIG_UPDATED)
    return msgspec.json.encode(
        [
            {
                "messageType": message.message_type,
                "payload": None if message.payload is None else msgspec.json.encode(message.payload).decode(),
            }
            for message in ordered
        ]
    )


def _checked(name: str, key: str, value: str) -> str:
    if len(value) > _VALUE or any(ord(character) < 32 for character in value):
        raise MessageRefused(name=name, reason=N_("{argument} is too long or holds control characters"), argument=key)
    if key == "pkg" and not _PACKAGE.fullmatch(value):
        raise MessageRefused(name=name, reason=N_("pkg is not a package's name"))
    if key == "action" and not _ACTION.fullmatch(value):
        raise MessageRefused(name=name, reason=N_("action is not an Android action"))
    if key == "path" and (value.startswith("/") or not value.strip("/. ") or ".." in value.split("/")):
        raise MessageRefused(name=name, reason=N_("path must lie inside the shared storage"))
    if key == "recursive" and value not in ("0", "1"):
        raise MessageRefused(name=name, reason=N_("recursive is 0 or 1"))
    return value


_DECODER = msgspec.json.Decoder(tuple[Message, ...])
