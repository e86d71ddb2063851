"""Steps of coming in that wait for the next one: kept for a few minutes, for one browser, and taken once."""

import hashlib
import secrets
from typing import TypeVar

import msgspec

from mdm.clock import Clock
from mdm.store import Connection, Database
from mdm.vault import Vault
from webui.doors import step_store
from webui.doors.errors import StepOver

LIFETIME_MS = 10 * 60 * 1000

_TRIES = 5
_PURPOSE = "entry step"

Detail = TypeVar("Detail", bound=msgspec.Struct)


class Steps:
    """Keeps steps. The token that the browser brings back is kept as a digest, and what a step says is sealed.

    ``browser``: the secret of the browser's forms (`webui.visitor.Visitor.csrf`); another browser's token is worthless.
    """

    def __init__(self, database: Database, clock: Clock, vault: Vault) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault

    async def begin(self, kind: str, browser: str, detail: msgspec.Struct, *, token: str = "") -> str:
        """Keep a step and return its token; ``token``: one that was made already, such as a passkey's challenge."""
        token = token or secrets.token_urlsafe(32)
        now, digest = self._clock.ms(), _digest(token)
        sealed = self._vault.seal(msgspec.json.encode(detail), f"{_PURPOSE} {kind} {digest}")
        await self._database.write(
            lambda conn: step_store.insert_step(
                conn, digest, browser=_digest(browser), kind=kind, sealed=sealed, expires_at=now + LIFETIME_MS, now=now
            )
        )
        return token

    async def look(self, kind: str, browser: str, token: str, form: type[Detail]) -> Detail:
        """Return what a step says, and leave it; raise `StepOver`."""
        digest, now = _digest(token), self._clock.ms()
        sealed = await self._database.read(
            lambda conn: step_store.step(conn, digest, browser=_digest(browser), kind=kind, now=now)
        )
        return self._opened(sealed, kind, digest, form)

    async def attempt(self, kind: str, browser: str, token: str, form: type[Detail]) -> Detail:
        """Return what a step says and count an attempt at it; the sixth one, and later ones, raise `StepOver`."""
        digest, now = _digest(token), self._clock.ms()
        sealed = await self._database.write(
            lambda conn: step_store.count_try(conn, digest, browser=_digest(browser), kind=kind, now=now, most=_TRIES)
        )
        return self._opened(sealed, kind, digest, form)

    async def take(self, kind: str, browser: str, token: str, form: type[Detail]) -> Detail:
        """Return what a step says, and forget it; raise `StepOver`."""
        digest, now = _digest(token), self._clock.ms()
        sealed = await self._database.write(
            lambda conn: step_store.take_step(conn, digest, browser=_digest(browser), kind=kind, now=now)
        )
        return self._opened(sealed, kind, digest, form)

    def forget_in(self, conn: Connection, token: str) -> None:
        """Forget a step."""
        step_store.delete_step(conn, _digest(token))

    def _opened(self, sealed: bytes | None, kind: str, digest: str, form: type[Detail]) -> Detail:
        if sealed is None:
            raise StepOver
        return msgspec.json.decode(self._vault.open(sealed, f"{_PURPOSE} {kind} {digest}"), type=form)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
