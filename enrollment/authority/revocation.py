"""The published list of revoked certificates: numbered, signed anew after a revocation and before it expires."""

import asyncio
from datetime import timedelta

import msgspec
import structlog
from cryptography.hazmat.primitives.serialization import Encoding

from enrollment.authority.authority import Authority
from enrollment.authority.certificate_store import revoked_certificates
from mdm.clock import Clock, to_ms
from mdm.store import Connection, Database

log = structlog.get_logger()

LIST_LIFE = timedelta(days=7)
RENEW_LIST = timedelta(days=1)
_ATTEMPTS = 10


class PublishedList(msgspec.Struct, frozen=True, kw_only=True):
    """A signed list (DER), its number, and until when it is good (milliseconds; zero or less: it is stale)."""

    number: int
    der: bytes
    next_update: int


class RevocationLists:
    """Gives the current list; any of several server processes may sign the next one."""

    def __init__(self, database: Database, authority: Authority, clock: Clock) -> None:
        self._database = database
        self._authority = authority
        self._clock = clock

    async def current(self) -> PublishedList:
        """Return a list that has every revocation and a day or more to live; signs and stores one when due."""
        for _ in range(_ATTEMPTS):
            published = await self._database.read(_published)
            if published is not None and self._is_good(published):
                return published
            await self._publish(published)
        raise RuntimeError("revocations come faster than their list can be signed")

    def _is_good(self, published: PublishedList) -> bool:
        return bool(published.der) and published.next_update - self._clock.ms() > RENEW_LIST // timedelta(
            milliseconds=1
        )

    async def _publish(self, before: PublishedList | None) -> None:
        revoked = await self._database.read(lambda conn: revoked_certificates(conn, self._clock.ms()))
        until = self._clock.now() + LIST_LIFE
        number = before.number + 1 if before is not None else 1
        signed = await asyncio.to_thread(self._authority.sign_revocation_list, revoked, number, until)
        after = PublishedList(number=number, der=signed.public_bytes(Encoding.DER), next_update=to_ms(until))
        if await self._database.write(lambda conn: _replace(conn, before, after)):
            log.info("revocation_list_published", number=number, revoked=len(revoked))


def _published(conn: Connection) -> PublishedList | None:
    row = conn.one("SELECT number, der, next_update FROM certificate_list WHERE one = 1")
    if row is None:
        return None
    return PublishedList(number=row["number"], der=bytes(row["der"]), next_update=row["next_update"])


def _replace(conn: Connection, before: PublishedList | None, after: PublishedList) -> bool:
    """Store the new list unless another process published one, or a revocation came, since ``before`` was read."""
    values = {"number": after.number, "der": after.der, "next_update": after.next_update}
    if before is None:
        return bool(
            conn.run(
                "INSERT INTO certificate_list (one, number, der, next_update)"
                " VALUES (1, :number, :der, :next_update) ON CONFLICT (one) DO NOTHING",
                **values,
            )
        )
    return bool(
        conn.run(
            "UPDATE certificate_list SET number = :number, der = :der, next_update = :next_update"
            " WHERE one = 1 AND number = :old_number AND next_update = :old_next_update",
            old_number=before.number,
            old_next_update=before.next_update,
            **values,
        )
    )
