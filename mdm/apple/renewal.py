"""Sends tablets the enrollment profile anew before their identity expires; its identifiers make it a replacement."""

from collections.abc import Awaitable, Callable

import structlog

from mdm.apple.commands.base import encode
from mdm.apple.commands.content import InstallProfile
from mdm.clock import Clock
from mdm.commands.queue import NewCommand, enqueue
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.store import Connection, Database

log = structlog.get_logger()

_AGAIN_MS = 7 * 24 * 3600 * 1000
STEP = "renew-identity"


class IdentityRenewals:
    """Queues one renewal a week at most for a tablet; ``profile_for`` makes it for a certificate's serial number."""

    def __init__(
        self, database: Database, clock: Clock, journal: Journal, profile_for: Callable[[str], Awaitable[bytes | None]]
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._profile_for = profile_for

    async def renew(self, tablet_id: str, serial: str) -> bool:
        """Queue the renewal of a tablet's identity; False when it was done lately, or cannot be."""
        if await self._database.read(lambda conn: self._was_lately(conn, tablet_id)):
            return False
        profile = await self._profile_for(serial)
        if profile is None:
            return False
        await self._database.write(lambda conn: self._queue(conn, tablet_id, profile))
        log.info("identity_renewal_queued", tablet=tablet_id)
        return True

    def _was_lately(self, conn: Connection, tablet_id: str) -> bool:
        row = conn.one(
            "SELECT 1 AS found FROM delivery d JOIN command c ON c.command_id = d.command_id"
            " WHERE d.tablet_id = :tablet_id AND c.step = :step AND c.created_at > :since",
            tablet_id=tablet_id,
            step=STEP,
            since=self._clock.ms() - _AGAIN_MS,
        )
        return row is not None

    def _queue(self, conn: Connection, tablet_id: str, profile: bytes) -> None:
        command_id = new_id(self._clock)
        body = encode(InstallProfile(profile=profile), command_id)
        command = NewCommand(command_id=command_id, request_type="InstallProfile", body=body, step=STEP)
        enqueue(conn, command, [tablet_id], now=self._clock.ms(), actor="system")
        self._journal.record(conn, "identity_renewal_sent", actor="system", subject=f"tablet:{tablet_id}")
