"""Failed attempts to be let in, counted in the database for all server processes, and how long they make one wait."""

import hmac
from collections.abc import Mapping, Sequence

from mdm.clock import Clock
from mdm.store import Connection, Database
from mdm.vault import Vault
from webui import failure_store
from webui.errors import TooManyAttempts
from webui.failure_store import Failed

MINUTE = 60_000
REMEMBERED = 100_000
"""Keys whose failures are kept; beyond, those that failed longest ago are forgotten."""

_LONGEST_WAIT = 15 * MINUTE
_FORGET_AFTER = 30 * MINUTE
_SWEEP_EVERY = 200

Key = tuple[str, ...]
"""What is counted, the kind first: ``("address", "192.0.2.1")``. The database has a digest of it alone."""


class Failures:
    """Counts failures by key; half an hour of quiet forgets them.

    What must wait is told from a read, so that a flood of attempts that are refused writes nothing.
    """

    def __init__(self, database: Database, clock: Clock, vault: Vault, *, remembered: int = REMEMBERED) -> None:
        self._database = database
        self._clock = clock
        self._secret = vault.derive("failed attempts")
        self._remembered = remembered
        self._counted = 0

    async def admit(self, limits: Mapping[Key, int]) -> None:
        """Count a failure for each key, of which so many are free; raise `TooManyAttempts` when one must wait.

        Counting first keeps many simultaneous attempts from passing together; what was right is taken back.
        """
        now = self._clock.ms()
        free = {self._digest(key): number for key, number in limits.items()}
        digests = sorted(free)

        def look(conn: Connection) -> None:
            for digest in digests:
                _require_no_wait(failure_store.failed(conn, digest, now=now), free[digest], now)

        def count(conn: Connection) -> None:
            held = {digest: failure_store.hold_failed(conn, digest, now=now) for digest in digests}
            for digest, said in held.items():
                _require_no_wait(said, free[digest], now)
            for digest, said in held.items():
                one_more = Failed(failures=said.failures + 1, forget_at=now + _FORGET_AFTER)
                failure_store.keep_failed(conn, digest, one_more)

        await self._database.read(look)
        await self._database.write(count)
        await self._sweep_at_times(now)

    async def take_back(self, keys: Sequence[Key], *, forget: Key | None = None) -> None:
        """Count one failure less for each key, since it was none; ``forget``: a key whose failures are all over."""
        digests = sorted(self._digest(key) for key in keys)

        def work(conn: Connection) -> None:
            if forget is not None:
                failure_store.forget(conn, self._digest(forget))
            failure_store.take_back(conn, digests)

        await self._database.write(work)

    async def _sweep_at_times(self, now: int) -> None:
        self._counted += 1
        if self._counted % _SWEEP_EVERY == 1:
            await self._database.write(lambda conn: failure_store.sweep(conn, now=now, most=self._remembered))

    def _digest(self, key: Key) -> str:
        return hmac.digest(self._secret, "\0".join(key).encode("utf-8", "replace"), "sha256").hex()


def _require_no_wait(said: Failed, free: int, now: int) -> None:
    wait = said.forget_at - _FORGET_AFTER + wait_after(said.failures, free=free) - now
    if wait > 0:
        raise TooManyAttempts(wait_ms=wait)


def wait_after(count: int, *, free: int) -> int:
    """Return for how long, in milliseconds: a minute after ``free`` failures, doubled by each up to fifteen."""
    return 0 if count < free else min(MINUTE << min(count - free, 10), _LONGEST_WAIT)
