"""What a technician may tell iPads alone: checked against what each can obey, then queued once for all of them."""

from collections.abc import Mapping, Sequence

import msgspec

from mdm.apple import enrollment_store
from mdm.apple.commands.base import Capabilities, Command, CommandRefused, encode, refusal
from mdm.apple.commands.by_name import command_from_name
from mdm.clock import Clock
from mdm.commands import convergence_store
from mdm.commands.queue import NewCommand, enqueue
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.store import Connection, Database
from mdm.vault import Vault

CLEAR_PASSCODE = "ClearPasscode"


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A tablet that cannot obey, and why."""

    tablet_id: str
    reason: CommandRefused


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an order: for which tablets it was queued, and which cannot obey."""

    command_ids: tuple[str, ...]
    queued: tuple[str, ...]
    refused: tuple[Refusal, ...]


class Orders:
    """Queues technicians' commands; every order is journalled with who gave it."""

    def __init__(self, database: Database, clock: Clock, journal: Journal, vault: Vault) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._vault = vault

    async def give(self, name: str, arguments: Mapping[str, str], tablets: Sequence[str], *, actor: str) -> Ordered:
        """Queue a command by Apple's name for the tablets that can obey it.

        Raises what `command_from_name` raises for an unknown command or a wrong argument.
        """
        if name == CLEAR_PASSCODE:
            return await self._database.write(lambda conn: self._clear_passcodes(conn, tablets, actor))
        command = command_from_name(name, arguments)
        return await self._database.write(lambda conn: self.queue(conn, command, tablets, actor=actor))

    def queue(self, conn: Connection, command: Command, tablets: Sequence[str], *, actor: str) -> Ordered:
        """Queue a command for the tablets that can obey it, inside the caller's transaction."""
        able: list[str] = []
        refused: list[Refusal] = []
        for tablet_id in tablets:
            reason = refusal(command, capabilities_of(conn, tablet_id))
            if reason is None:
                able.append(tablet_id)
            else:
                refused.append(Refusal(tablet_id=tablet_id, reason=reason))
        if not able:
            return Ordered(command_ids=(), queued=(), refused=tuple(refused))
        command_id = self._enqueue(conn, command, able, actor)
        return Ordered(command_ids=(command_id,), queued=tuple(able), refused=tuple(refused))

    def _clear_passcodes(self, conn: Connection, tablets: Sequence[str], actor: str) -> Ordered:
        """Each tablet has an unlock token of its own, so that this order cannot be shared."""
        command_ids: list[str] = []
        able: list[str] = []
        refused: list[Refusal] = []
        for tablet_id in tablets:
            sealed = enrollment_store.unlock_token(conn, tablet_id)
            token = self._vault.open(sealed, "apple.unlock_token") if sealed is not None else None
            capabilities = msgspec.structs.replace(capabilities_of(conn, tablet_id), has_unlock_token=token is not None)
            command = command_from_name(CLEAR_PASSCODE, {}, unlock_token=token or b"none")
            reason = refusal(command, capabilities)
            if reason is not None:
                refused.append(Refusal(tablet_id=tablet_id, reason=reason))
                continue
            able.append(tablet_id)
            command_ids.append(self._enqueue(conn, command, [tablet_id], actor))
        return Ordered(command_ids=tuple(command_ids), queued=tuple(able), refused=tuple(refused))

    def _enqueue(self, conn: Connection, command: Command, tablets: Sequence[str], actor: str) -> str:
        command_id = new_id(self._clock)
        new = NewCommand(command_id=command_id, request_type=command.request_type, body=encode(command, command_id))
        enqueue(conn, new, tablets, now=self._clock.ms(), actor=actor)
        subject = f"tablet:{tablets[0]}" if len(tablets) == 1 else f"command:{command_id}"
        self._journal.record(
            conn,
            "command_ordered",
            actor=actor,
            subject=subject,
            detail={"command": command.request_type, "tablets": len(tablets), "id": command_id},
        )
        return command_id


def capabilities_of(conn: Connection, tablet_id: str) -> Capabilities:
    """Return what a tablet is, as far as it told."""
    row = conn.one(
        "SELECT r.supervised, COALESCE(r.os_version, e.os_version) AS os_version, e.awaiting_configuration AS awaiting"
        " FROM apple_enrollment e LEFT JOIN tablet_report r ON r.tablet_id = e.tablet_id"
        " WHERE e.tablet_id = :tablet_id",
        tablet_id=tablet_id,
    )
    progress = convergence_store.progress_of(conn, tablet_id)
    device = progress.report.device if progress is not None else None
    return Capabilities(
        os_version=(row["os_version"] if row else None) or "",
        supervised=bool(row["supervised"]) if row else False,
        lost_mode=device.lost_mode if device is not None else False,
        awaiting_configuration=bool(row["awaiting"]) if row else False,
    )
