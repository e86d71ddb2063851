"""The one-shot orders of a classroom: a screen that goes dark, a tablet that shows itself.

On an iPad both are DeviceLock; its message is seen only where the iPad has a passcode (Apple: MessageResult). On
Android the agent's own screen comes to the front, which bears the place's name.
"""

from collections.abc import Sequence

from mdm.android.messages import RUN_APP, Message, to_body
from mdm.apple.commands.base import encode
from mdm.apple.commands.orders import DeviceLock
from mdm.commands.queue import NewCommand, enqueue
from mdm.store import Connection

AGENT = "com.hmdm.launcher"


def darken(conn: Connection, command_id: str, tablets: Sequence[str], *, actor: str, now: int) -> None:
    """Let the screens of iPads go dark once."""
    _lock(conn, command_id, tablets, text=None, actor=actor, now=now)


def show(conn: Connection, command_id: str, tablet_id: str, *, platform: str, name: str, actor: str, now: int) -> None:
    """Let a tablet show its place's name."""
    if platform == "ipad":
        _lock(conn, command_id, [tablet_id], text=name, actor=actor, now=now)
        return
    body = to_body((Message(message_type=RUN_APP, payload={"pkg": AGENT}),))
    command = NewCommand(command_id=command_id, request_type=RUN_APP, body=body)
    enqueue(conn, command, [tablet_id], now=now, actor=actor, platform=platform)


def _lock(conn: Connection, command_id: str, tablets: Sequence[str], *, text: str | None, actor: str, now: int) -> None:
    body = encode(DeviceLock(text=text), command_id)
    command = NewCommand(command_id=command_id, request_type=DeviceLock.request_type, body=body)
    enqueue(conn, command, tablets, now=now, actor=actor)
