"""What a technician may tell Android tablets alone: messages, flags that the tablet confirms, and the lock."""

from collections.abc import Mapping, Sequence

import msgspec

from mdm.android import enrollment_store
from mdm.android.errors import MessageRefused
from mdm.android.flags import FACTORY_RESET, FLAGS, PASSWORD_PURPOSE, PASSWORD_RESET, REBOOT
from mdm.android.joining import PLATFORM
from mdm.android.messages import CONFIG_UPDATED, FORMS, Form, Message, message_of, to_body
from mdm.clock import Clock
from mdm.commands.queue import NewCommand, enqueue
from mdm.i18n import N_
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.store import Connection, Database
from mdm.vault import Vault

LOCK, UNLOCK = "lock", "unlock"
_PASSWORD = (4, 64)
_MESSAGE = 200

ORDERS: Mapping[str, Form] = {
    **FORMS,
    REBOOT: Form(about=N_("Restart; the tablet confirms it.")),
    FACTORY_RESET: Form(about=N_("Erase everything; the tablet confirms it.")),
    PASSWORD_RESET: Form(
        about=N_("Set the password of the lock screen."), needs={"password": N_("4 to 64 characters")}
    ),
    LOCK: Form(
        about=N_("Cover the agent's screen until it is unlocked."), takes={"message": N_("what the screen says")}
    ),
    UNLOCK: Form(about=N_("Uncover the agent's screen.")),
}


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an order: its command, and for which tablets it was queued; ``absent`` are not enrolled."""

    command_id: str
    queued: tuple[str, ...]
    absent: tuple[str, ...]


class AgentOrders:
    """Queues technicians' orders; every one is journalled with who gave it. ``push`` is how agents listen."""

    def __init__(self, database: Database, clock: Clock, journal: Journal, vault: Vault, *, push: str) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._vault = vault
        self._push = push

    async def give(self, name: str, arguments: Mapping[str, str], tablets: Sequence[str], *, actor: str) -> Ordered:
        """Queue an order for those of the tablets that are enrolled; raise `MessageRefused`."""
        return await self._database.write(lambda conn: self.queue(conn, name, arguments, tablets, actor=actor))

    def queue(
        self, conn: Connection, name: str, arguments: Mapping[str, str], tablets: Sequence[str], *, actor: str
    ) -> Ordered:
        """Queue an order inside the caller's transaction, as `give` does."""
        command = self._command(name, arguments)
        able = [one for one in tablets if enrollment_store.of_tablet(conn, one) is not None]
        if name in (LOCK, UNLOCK):
            lock = _lock_message(name, arguments)
            for tablet_id in able:
                enrollment_store.set_lock(conn, tablet_id, lock)
        if able:
            enqueue(conn, command, able, now=self._clock.ms(), actor=actor, platform=PLATFORM)
            subject = f"tablet:{able[0]}" if len(able) == 1 else f"command:{command.command_id}"
            detail: dict[str, str | int] = {"command": name, "tablets": len(able), "id": command.command_id}
            self._journal.record(conn, "command_ordered", actor=actor, subject=subject, detail=detail)
        absent = tuple(one for one in tablets if one not in able)
        return Ordered(command_id=command.command_id, queued=tuple(able), absent=absent)

    def _command(self, name: str, arguments: Mapping[str, str]) -> NewCommand:
        command_id = new_id(self._clock)
        if name == PASSWORD_RESET:
            password = _only(name, arguments, "password")
            if not _PASSWORD[0] <= len(password) <= _PASSWORD[1] or not password.isprintable():
                raise MessageRefused(name=name, reason=N_("the password has 4 to 64 characters"))
            body = self._vault.seal(password.encode(), PASSWORD_PURPOSE)
            return NewCommand(command_id=command_id, request_type=name, body=body)
        if name in FLAGS or name in (LOCK, UNLOCK):
            if name != LOCK:
                _none(name, arguments)
            # The tablet reads a flag and the lock in its configuration: it is told to look there.
            kind = name if name in FLAGS else CONFIG_UPDATED
            body = to_body((Message(message_type=CONFIG_UPDATED),))
            return NewCommand(command_id=command_id, request_type=kind, body=body)
        message = message_of(name, arguments)
        if self._push != "polling" and name != CONFIG_UPDATED:
            raise MessageRefused(name=name, reason=N_("tablets that listen by MQTT are only told to look again"))
        return NewCommand(command_id=command_id, request_type=name, body=to_body((message,)))


def _lock_message(name: str, arguments: Mapping[str, str]) -> str | None:
    if name == UNLOCK:
        return None
    message = _only(name, arguments, "message") if arguments else ""
    if len(message) > _MESSAGE or not message.isprintable():
        raise MessageRefused(
            name=name, reason=N_("the message has at most {number} characters in one line"), number=_MESSAGE
        )
    return message


def _only(name: str, arguments: Mapping[str, str], key: str) -> str:
    if set(arguments) != {key}:
        raise MessageRefused(name=name, reason=N_("it takes {argument} and nothing else"), argument=key)
    return arguments[key]


def _none(name: str, arguments: Mapping[str, str]) -> None:
    if arguments:
        raise MessageRefused(name=name, reason=N_("it takes no argument"))
