"""The messages that wake a tablet, and what the open agent does about each."""

import json
from typing import Any

import msgspec

from mdm.simulator.android.device import VirtualTablet
from mdm.simulator.android.errors import BadAnswer
from mdm.simulator.android.memory import Memory
from mdm.simulator.android.tolerance import Fields, require_list

CONFIG_UPDATED = "configUpdated"
REBOOT = "reboot"

_ANDROID_9 = 28
_VIEW = "android.intent.action.VIEW"
_BROWSER = "com.android.chrome"
_WITH_PAYLOAD = frozenset(
    {
        "runApp", "broadcast", "uninstallApp", "deleteFile", "deleteDir", "purgeDir", "intent", "grantPermissions",
        "clearAppData", "runCommand",
    }
)  # fmt: skip


class PushMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message; ``payload`` is the text of a JSON object, or None."""

    kind: str
    payload: str | None = None


def read_messages(data: Any) -> tuple[PushMessage, ...]:
    """Return the messages of a poll, whose payloads are strings; one that is an object spoils all of them."""
    return tuple(_message(one) for one in require_list(data, "the messages"))


def read_wake(body: bytes) -> PushMessage:
    """Return the message in what a broker delivered, where the payload is an object; raise `BadAnswer`."""
    try:
        fields = Fields(json.loads(body), "the message")
    except (ValueError, RecursionError) as cause:
        raise BadAnswer("the message is no JSON") from cause
    payload = fields.value("payload")
    text = payload if payload is None or isinstance(payload, str) else json.dumps(payload, separators=(",", ":"))
    return PushMessage(kind=fields.text("messageType") or "", payload=text)


def obey(tablet: VirtualTablet, memory: Memory, message: PushMessage) -> str:
    """Do what a message says, except to update and to restart; return what was done, in words without secrets.

    Raises `BadAnswer` for a payload that the agent cannot use: it logs that and goes on.
    """
    payload = _payload(message) if message.kind in _WITH_PAYLOAD else {}
    match message.kind:
        case "runApp":
            return _run_app(tablet, _word(payload, "pkg"), payload.get("data"))
        case "broadcast":
            return f"broadcast {payload.get('action') or ''}".rstrip()
        case "uninstallApp":
            return _uninstall(tablet, _word(payload, "pkg"))
        case "deleteFile":
            return _delete_file(tablet, _word(payload, "path"))
        case "deleteDir":
            return _delete_files(tablet, _word(payload, "path"), deep=True)
        case "purgeDir":
            return _delete_files(tablet, _word(payload, "path"), deep=payload.get("recursive") == "1")
        case "clearDownloadHistory":
            memory.attempts.clear()
            return "forgot what failed"
        case "intent":
            return _call(tablet, _word(payload, "action"), payload.get("data"))
        case "grantPermissions":
            return _grant(payload.get("pkg"))
        case "clearAppData":
            return _clear_data(tablet, _word(payload, "pkg"))
        case "adminPanel":
            return "opened the administrator's panel" if tablet.screen_alive else "the launcher's screen is not alive"
        case "runCommand":
            return f"ran a command of {len(_word(payload, 'command'))} signs"
        case "permissiveMode" | "exitKiosk":
            return "the open agent does nothing about it"
    return "broadcast to other applications"


def _message(value: Any) -> PushMessage:
    fields = Fields(value, "a message")
    return PushMessage(kind=fields.text("messageType") or "", payload=fields.text("payload"))


def _payload(message: PushMessage) -> dict[str, Any]:
    try:
        value = json.loads(message.payload or "{}")
    except (ValueError, RecursionError) as cause:
        raise BadAnswer(f"the payload of {message.kind} is no JSON") from cause
    if not isinstance(value, dict):
        raise BadAnswer(f"the payload of {message.kind} is no object")
    return value


def _word(payload: dict[str, Any], key: str) -> str:
    value = payload.get(key)
    if not isinstance(value, str) or not value:
        raise BadAnswer(f"the payload has no {key}")
    return value


def _run_app(tablet: VirtualTablet, package: str, data: Any) -> str:
    if not tablet.open(package, data if isinstance(data, str) else None):
        return f"{package} is not there to be started"
    return f"started {package}"


def _call(tablet: VirtualTablet, action: str, data: Any) -> str:
    """Let Android choose who opens an address: the browser that is there."""
    if action == _VIEW and isinstance(data, str) and data.startswith(("http://", "https://")):
        tablet.open(_BROWSER, data)
    return f"opened {action}"


def _uninstall(tablet: VirtualTablet, package: str) -> str:
    return f"removed {package}" if tablet.owned and tablet.uninstall(package) else f"{package} cannot be removed"


def _grant(named: Any) -> str:
    packages = [named] if isinstance(named, str) else named if isinstance(named, list) else None
    return "granted permissions to " + ("all applications" if packages is None else f"{len(packages)} applications")


def _clear_data(tablet: VirtualTablet, package: str) -> str:
    if tablet.spec.model.sdk < _ANDROID_9 or not tablet.owned or package not in tablet.installed:
        return f"the data of {package} cannot be cleared"
    return f"cleared the data of {package}"


def _delete_file(tablet: VirtualTablet, path: str) -> str:
    return "deleted a file" if tablet.files.pop(stored_path(path), None) is not None else "there is no such file"


def _delete_files(tablet: VirtualTablet, folder: str, *, deep: bool) -> str:
    root = stored_path(folder).rstrip("/") + "/"
    gone = [path for path in tablet.files if path.startswith(root) and (deep or "/" not in path[len(root) :])]
    for path in gone:
        del tablet.files[path]
    return f"deleted {len(gone)} files"


def stored_path(path: str) -> str:
    """Return where a path of the configuration lies: from the root after ``//``, else on shared storage."""
    return path[1:] if path.startswith("//") else "/storage/emulated/0/" + path.removeprefix("/")
