"""Content tokens: taken in, listed, and warned about in time."""

from collections.abc import Sequence

import msgspec

from mdm.clock import Clock
from mdm.fleet.territory_store import require_school
from mdm.journal import Journal
from mdm.store import Connection, Database
from mdm.vault import Vault
from profiles.licences import location_store
from profiles.licences.content_token import TOKEN_PURPOSE, ContentToken, Level, days_left, level_of, read_token
from profiles.licences.errors import LocationTaken, TokenExpired
from profiles.licences.service_client import ServiceClient
from profiles.licences.transport import Access


class TokenView(msgspec.Struct, frozen=True, kw_only=True):
    """A location and how its token stands; times in milliseconds, ``schools`` by UAI code, none for everybody.

    ``trouble`` is the code of the error that keeps it from being used, empty for none.
    """

    location_id: str
    name: str
    organization: str
    level: Level
    days_left: int
    expires_at: int
    counted_at: int | None
    schools: tuple[str, ...]
    trouble: str


class ContentTokens:
    """Takes tokens in and lists them."""

    def __init__(self, database: Database, clock: Clock, vault: Vault, journal: Journal, client: ServiceClient) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._journal = journal
        self._client = client

    async def import_token(
        self, body: bytes, *, schools: Sequence[str] | None = None, force: bool = False, actor: str
    ) -> TokenView:
        """Take in a token file, and write at its location that this server manages it.

        A newer token of a location takes the place of the old. ``schools`` (UAI codes): the location is theirs alone,
        with an empty list everybody's; None leaves that as it was.

        Raises `TokenUnreadable`, `TokenExpired`, `SchoolUnknown`, another `TokenError` or a `ServiceError`, or
        `LocationTaken` where another service manages the location and ``force`` is not said.
        """
        token = read_token(body)
        if token.expires_at <= self._clock.ms():
            raise TokenExpired(location=token.organization)
        await self._database.read(lambda conn: [require_school(conn, uai) for uai in schools or ()])
        access = Access(location=token.organization, bearer=token.bearer)
        config = await self._client.client_config(access)
        info = config.mdm_info
        if info is not None and info.id not in ("", self._client.own_id) and not force:
            raise LocationTaken(location=config.name, service=info.name or info.id)
        if info is None or info.id != self._client.own_id:
            await self._client.claim(access)
        await self._database.write(
            lambda conn: self._keep(conn, token, config.u_id, config.name, schools, actor, forced=force)
        )
        return next(one for one in await self.list() if one.location_id == config.u_id)

    async def list(self) -> Sequence[TokenView]:
        """Return the locations by name."""
        return await self._database.read(lambda conn: token_views(conn, self._clock))

    def _keep(
        self,
        conn: Connection,
        token: ContentToken,
        location_id: str,
        name: str,
        schools: Sequence[str] | None,
        actor: str,
        *,
        forced: bool,
    ) -> None:
        location_store.save_location(
            conn,
            location_id=location_id,
            name=name,
            organization=token.organization,
            sealed_token=self._vault.seal(token.bearer.encode(), TOKEN_PURPOSE),
            expires_at=token.expires_at,
            now=self._clock.ms(),
            actor=actor,
        )
        if schools is not None:
            location_store.give_to_schools(conn, location_id, schools)
        self._journal.record(
            conn,
            "content_token_imported",
            actor=actor,
            subject=f"licence_location:{location_id}",
            detail={
                "expires_at": token.expires_at,
                "forced": forced,
                "schools": sorted(schools) if schools is not None else None,
            },
        )
        conn.publish("licences", location_id)


def token_views(conn: Connection, clock: Clock) -> list[TokenView]:
    """Return the locations by name, with how their tokens stand."""
    own = location_store.own_locations(conn)
    now = clock.ms()
    return [
        TokenView(
            location_id=one.location_id,
            name=one.name,
            organization=one.organization,
            level=level_of(one.expires_at, now),
            days_left=days_left(one.expires_at, now),
            expires_at=one.expires_at,
            counted_at=one.counted_at,
            schools=tuple(sorted(uai for uai, location_id in own.items() if location_id == one.location_id)),
            trouble=one.trouble,
        )
        for one in location_store.locations(conn)
    ]
