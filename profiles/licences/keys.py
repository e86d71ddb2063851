"""Who may speak for a location: its token opened, and what keeps it from being used written down."""

from mdm.clock import Clock
from mdm.errors import ValiseError
from mdm.store import Connection, Database
from mdm.vault import Vault, VaultError
from profiles.licences import location_store
from profiles.licences.content_token import TOKEN_PURPOSE
from profiles.licences.errors import LocationUnknown, ServiceBusy, TokenError, TokenExpired, TokenSealed
from profiles.licences.location_store import Location
from profiles.licences.transport import Access

_FIRST_PAUSE_MS = 30_000
_LONGEST_PAUSE_MS = 3600_000
_TOKEN_PAUSE_MS = 3600_000


class Keys:
    """Opens tokens, and closes a location for a while after an error."""

    def __init__(self, database: Database, clock: Clock, vault: Vault) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault

    async def location(self, location_id: str) -> Location:
        """Return a location; raise `LocationUnknown`."""
        found = await self._database.read(lambda conn: location_store.location_of(conn, location_id))
        if found is None:
            raise LocationUnknown(location=location_id)
        return found

    def access(self, location: Location) -> Access:
        """Return what requests to a location are made with; raise `TokenExpired` or `TokenSealed`."""
        if location.expires_at <= self._clock.ms():
            raise TokenExpired(location=location.name)
        try:
            bearer = self._vault.open(location.sealed_token, TOKEN_PURPOSE)
        except VaultError as error:
            raise TokenSealed(location=location.name) from error
        return Access(location=location.name, bearer=bearer.decode("ascii"))

    async def failed(self, location: Location, error: ValiseError) -> None:
        """Leave a location alone for as long as Apple asks, or longer with each failure."""
        pause = min(_FIRST_PAUSE_MS << min(location.failures, 16), _LONGEST_PAUSE_MS)
        if isinstance(error, ServiceBusy) and error.after is not None:
            pause = int(error.after * 1000)
        elif isinstance(error, TokenError):
            pause = _TOKEN_PAUSE_MS
        until = self._clock.ms() + pause

        def write(conn: Connection) -> None:
            location_store.pause(conn, location.location_id, trouble=error.code, until=until)
            conn.publish("licences", location.location_id)

        await self._database.write(write)
