"""Bearer tokens: how a program says who asks (RFC 6750). 256 bits, of which only the digest is kept."""

import hashlib
import secrets

from mdm.clock import DAY_MS, Clock
from mdm.fleet.names import clean_name
from mdm.ids import new_id
from mdm.journal import Detail, Journal
from mdm.store import Connection, Database
from webui.api.errors import TokenUnknown
from webui.api.token_store import ApiToken, insert_token, list_tokens, mark_revoked, token_by_digest, token_by_id
from webui.permissions import Person
from webui.roles import Role
from webui.scopes import EVERYWHERE, Grant, Scope

PREFIX = "valise_"
"""Makes a token that was published by mistake easy to find."""
LONGEST_DAYS = 730
_BYTES = 32


class NewToken:
    """A token that is not stored yet, with its secret, which is shown once."""

    def __init__(self, token: ApiToken) -> None:
        self.token = token
        self.secret = PREFIX + secrets.token_urlsafe(_BYTES)

    @property
    def digest(self) -> str:
        """What is stored of the secret."""
        return digest_of(self.secret)


class Tokens:
    """Makes, finds and revokes tokens; each is journalled with it.

    The asynchronous methods open their own transaction; those that take a connection run inside the caller's.
    """

    def __init__(self, database: Database, clock: Clock, journal: Journal) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal

    def prepare(self, name: str, role: Role, *, scope: Scope = EVERYWHERE, days: int, actor: str) -> NewToken:
        """Return a token that holds for ``days``; raise `NameInvalid`."""
        now = self._clock.ms()
        return NewToken(
            ApiToken(
                token_id=new_id(self._clock),
                name=clean_name(name),
                grant=Grant(role=role, scope=scope),
                created_at=now,
                created_by=actor,
                expires_at=now + days * DAY_MS,
            )
        )

    def add(self, conn: Connection, new: NewToken) -> None:
        """Store a token."""
        token = new.token
        insert_token(conn, token, new.digest)
        detail: Detail = {"grant": str(token.grant), "expires_at": token.expires_at}
        self._journal.record(
            conn, "token_created", actor=token.created_by, subject=f"token:{token.token_id}", detail=detail
        )

    def revoke_in(self, conn: Connection, token_id: str, *, actor: str) -> None:
        """End a token; one that was ended before stays so. Raises `TokenUnknown`."""
        if token_by_id(conn, token_id) is None:
            raise TokenUnknown
        if mark_revoked(conn, token_id, now=self._clock.ms()):
            self._journal.record(conn, "token_revoked", actor=actor, subject=f"token:{token_id}")

    async def create(self, name: str, role: Role, *, scope: Scope = EVERYWHERE, days: int, actor: str) -> NewToken:
        """Make a token; raise `NameInvalid`."""
        new = self.prepare(name, role, scope=scope, days=days, actor=actor)
        await self._database.write(lambda conn: self.add(conn, new))
        return new

    async def revoke(self, token_id: str, *, actor: str) -> None:
        """End a token; raise `TokenUnknown`."""
        await self._database.write(lambda conn: self.revoke_in(conn, token_id, actor=actor))

    async def listed(self, *, before: str = "", limit: int = 1000) -> list[ApiToken]:
        """Return tokens, the newest first, from the one before ``before``."""
        return await self._database.read(lambda conn: list_tokens(conn, before=before, limit=limit))

    async def find(self, token_id: str) -> ApiToken:
        """Return a token by its identifier; raise `TokenUnknown`."""
        token = await self._database.read(lambda conn: token_by_id(conn, token_id))
        if token is None:
            raise TokenUnknown
        return token

    async def person(self, digest: str) -> Person | None:
        """Return who comes with the token of this digest; None when it does not hold."""
        token = await self._database.read(lambda conn: token_by_digest(conn, digest))
        if token is None or not token.holds(self._clock.ms()):
            return None
        return Person(actor=f"token:{token.token_id}", grants=(token.grant,))


def digest_of(secret: str) -> str:
    """Return what is kept of a token: the SHA-256 of it, in hex."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
