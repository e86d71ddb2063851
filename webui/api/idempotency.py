"""Creating once, although a request comes twice: the header Idempotency-Key.

The key, the digest of its request and the answer are written in the transaction that creates: whatever happens, either
both are there or neither. A repetition gets the answer that was kept, for 24 hours.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

import msgspec

from mdm.clock import Clock
from mdm.errors import ValiseError
from mdm.i18n import N_
from mdm.store import Connection, Database
from webui.api.errors import HeaderWrong, KeyReused, OutcomeUnknown, StillGoingOn, Wrong
from webui.api.idempotency_store import Kept, Keyed, find_key, keep_answer, release_key, reserve_key
from webui.api.results import Created

HEADER = "Idempotency-Key"
PATTERN = "^[!-~]{16,255}$"
LIFETIME_MS = 24 * 3600 * 1000

_KEY = re.compile(r"[!-~]{16,255}")
_GOING_ON_MS = 60_000
A = TypeVar("A")


class KeptAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to be given again."""

    status: int
    headers: dict[str, str]
    body: bytes


class Once(Protocol):
    """Runs the one transaction of an operation that creates."""

    async def __call__(self, work: Callable[[Connection], Created[A]], /) -> Created[A]:
        """Return ``work(conn)`` once it is durable, with its answer when the request has a key."""
        ...


class Overtaken(Exception):
    """Another server process carried out the same request in the meantime: its answer is the answer."""


class Idempotency:
    """Knows the keys of the last 24 hours."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._going_on: set[str] = set()

    @contextmanager
    def alone(self, keyed: Keyed) -> Iterator[None]:
        """Keep a second request with the key out while this process works on the first; raise `StillGoingOn`."""
        if keyed.key_digest in self._going_on:
            raise StillGoingOn
        self._going_on.add(keyed.key_digest)
        try:
            yield
        finally:
            self._going_on.discard(keyed.key_digest)

    async def answered(self, keyed: Keyed) -> KeptAnswer | None:
        """Return the answer that was given to this request, or None when it is new.

        Raises `KeyReused` for another request, `StillGoingOn` while another process works on it, and `OutcomeUnknown`
        when the server stopped in the middle.
        """
        now = self._clock.ms()
        kept = await self._database.read(lambda conn: find_key(conn, keyed.key_digest, now=now))
        return self._judge(keyed, kept) if kept is not None else None

    async def once(
        self, keyed: Keyed, work: Callable[[Connection], Created[A]], answer: Callable[[Created[A]], KeptAnswer]
    ) -> Created[A]:
        """Run ``work`` in one transaction with the key and its answer; raise `Overtaken` when that was done already."""
        now = self._clock.ms()

        def write(conn: Connection) -> Created[A]:
            if not reserve_key(conn, keyed, now=now, expires_at=now + LIFETIME_MS):
                raise Overtaken
            result = work(conn)
            keep_answer(conn, keyed, msgspec.msgpack.encode(answer(result)))
            return result

        return await self._database.write(write)

    async def begin(self, keyed: Keyed) -> None:
        """Note that work in several transactions begins; raise `Overtaken` when it was begun already."""
        now = self._clock.ms()
        if not await self._database.write(lambda conn: reserve_key(conn, keyed, now=now, expires_at=now + LIFETIME_MS)):
            raise Overtaken

    async def finish(self, keyed: Keyed, answer: KeptAnswer) -> None:
        """Keep the answer of work in several transactions."""
        kept = msgspec.msgpack.encode(answer)
        await self._database.write(lambda conn: keep_answer(conn, keyed, kept))

    async def give_up(self, keyed: Keyed, refused: ValiseError) -> None:
        """Free the key of work that was refused; after a fault of ours nobody knows what was done, and it stays."""
        if refused.status < 500:
            await self._database.write(lambda conn: release_key(conn, keyed))

    def _judge(self, keyed: Keyed, kept: Kept) -> KeptAnswer:
        if not hmac.compare_digest(kept.request_digest, keyed.request_digest):
            raise KeyReused
        if kept.answer is None:
            raise StillGoingOn if self._clock.ms() - kept.begun_at < _GOING_ON_MS else OutcomeUnknown
        return msgspec.msgpack.decode(kept.answer, type=KeptAnswer)


def keyed_from(header: str | None, *, owner: str, operation: str, request: tuple[str, bytes]) -> Keyed | None:
    """Read the header for a request (its path and its body); None when there is none; raise `HeaderWrong`.

    ``owner`` is who asks: a key is that person's own. Quotes around it, as in a structured field, are allowed.
    """
    if header is None:
        return None
    text = header.strip()
    key = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    if not _KEY.fullmatch(key):
        reason = N_("It must be 16 to 255 visible ASCII characters, new for each thing to create.")
        raise HeaderWrong(Wrong(place=HEADER, reason=reason, params={}))
    path, body = request
    return Keyed(
        key_digest=hashlib.sha256("\0".join((owner, operation, key)).encode()).hexdigest(),
        request_digest=hmac.digest(key.encode(), path.encode() + b"\0" + body, "sha256").hex(),
    )


def plainly(database: Database) -> Once:
    """Return an `Once` for requests without a key."""

    async def once(work: Callable[[Connection], Created[Any]], /) -> Created[Any]:
        return await database.write(work)

    return once
