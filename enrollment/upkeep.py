"""What enrollment does by the clock: forget what is of no more use, keep the list fresh, tell whose identity ends."""

from datetime import timedelta

import structlog

from enrollment.authority.certificate_store import ExpiringIdentity, expiring_identities
from enrollment.authority.revocation import RevocationLists
from enrollment.scep.challenge_store import purge_challenges
from enrollment.scep.transaction_store import purge_transactions
from mdm.clock import Clock
from mdm.store import Connection, Database

log = structlog.get_logger()

RENEW_IDENTITY = timedelta(days=45)
"""An identity with less life than this is renewed; a tablet may lie switched off over the summer holidays."""


class Upkeep:
    """To be run by one server process at a time, every few hours."""

    def __init__(self, database: Database, lists: RevocationLists, clock: Clock) -> None:
        self._database = database
        self._lists = lists
        self._clock = clock

    async def tidy(self) -> None:
        """Forget challenges that ran out and transactions that nobody can repeat; sign the next list when due."""

        def purge(conn: Connection) -> tuple[int, int]:
            now = self._clock.ms()
            return purge_challenges(conn, now), purge_transactions(conn, now)

        challenges, transactions = await self._database.write(purge)
        await self._lists.current()
        log.info("enrollment_tidied", challenges=challenges, transactions=transactions)

    async def due_renewals(self, limit: int = 100) -> list[ExpiringIdentity]:
        """Return enrolled tablets whose identity ends soon, the soonest first; `EnrollmentProfiles.renewal` renews."""
        now = self._clock.now()
        return await self._database.read(
            lambda conn: expiring_identities(conn, now=now, before=now + RENEW_IDENTITY, limit=limit)
        )
