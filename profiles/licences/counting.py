"""Counts what a location owns and what it assigned, and brings the wishes in line with it."""

from collections.abc import Iterable
from functools import partial

import msgspec
import structlog

from mdm.clock import Clock
from mdm.errors import Words
from mdm.i18n import N_
from mdm.store import Connection, Database
from profiles.licences import licence_store, location_store, wish_store
from profiles.licences.answers import Asset, Assignment
from profiles.licences.errors import AnswerNotUnderstood, CountOvertaken, LicenceError, LocationTaken
from profiles.licences.keys import Keys
from profiles.licences.licence_store import Count, Pair
from profiles.licences.location_store import Location
from profiles.licences.service_client import ServiceClient
from profiles.licences.transport import Access

log = structlog.get_logger()

_TRIES = 3


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What a count found: how many apps are owned, how many licences devices have, and what changed for our tablets.

    ``lost`` licences were assigned and are not any more; ``found`` were wished and are there; ``retired`` are to be
    given back; ``strangers`` are devices that are none of our tablets.
    """

    location_id: str
    name: str
    apps: int
    assigned: int
    lost: int
    found: int
    retired: int
    strangers: int


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    """What Apple told, compared with what was known; ``counts`` is None when they are as they were."""

    counts: list[Count] | None
    added: list[Pair]
    removed: list[Pair]
    assets_version: str
    assignments_version: str


class Counting:
    """Counts licences; a count that is overtaken by a licence that moves is made again."""

    def __init__(self, database: Database, clock: Clock, client: ServiceClient, keys: Keys) -> None:
        self._database = database
        self._clock = clock
        self._client = client
        self._keys = keys

    async def count(self, location_id: str, *, anew: bool = False) -> Counted:
        """Count a location's licences; with ``anew`` even where Apple says that nothing changed.

        Raises a `TokenError` or `ServiceError`, after which the location is left alone for a while, or
        `LocationUnknown`.
        """
        location = await self._keys.location(location_id)
        try:
            return await self._count(location_id, anew=anew)
        except CountOvertaken:
            raise
        except LicenceError as error:
            await self._keys.failed(location, error)
            raise

    async def _count(self, location_id: str, *, anew: bool) -> Counted:
        for _ in range(_TRIES):
            location = await self._keys.location(location_id)
            access = self._keys.access(location)
            await self._require_own(location, access)
            assets = await self._client.assets(access, known_version="" if anew else location.assets_version)
            assignments = await self._client.assignments(
                access, known_version="" if anew else location.assignments_version
            )
            counts = _counts(location_id, assets.items) if assets is not None else None
            known = await self._database.read_long(lambda conn: licence_store.assigned_at(conn, location_id))
            pairs = _pairs(assignments.items) if assignments is not None else known
            found = _Found(
                counts=counts,
                added=sorted(pairs - known),
                removed=sorted(known - pairs),
                assets_version=assets.version if assets is not None else location.assets_version,
                assignments_version=assignments.version if assignments is not None else location.assignments_version,
            )
            counted = await self._database.write(partial(self._store, location, found))
            if counted is not None:
                log.info(
                    "licences_counted",
                    location=location_id,
                    apps=counted.apps,
                    assigned=counted.assigned,
                    lost=counted.lost,
                )
                return counted
        raise CountOvertaken(location=location.name)

    async def _require_own(self, location: Location, access: Access) -> None:
        """Write our name at a location that bears none; raise `LocationTaken` at one that bears another's."""
        config = await self._client.client_config(access)
        if config.u_id != location.location_id:
            raise AnswerNotUnderstood(reason=Words(N_("the token is another location's")))
        info = config.mdm_info
        if info is None or not info.id:
            await self._client.claim(access)
        elif info.id != self._client.own_id:
            raise LocationTaken(location=location.name, service=info.name or info.id)

    def _store(self, seen: Location, what: _Found, conn: Connection) -> Counted | None:
        """Keep what was found; None when licences moved meanwhile, so that it is out of date."""
        now, location_id = self._clock.ms(), seen.location_id
        location = location_store.location_of(conn, location_id)
        if location is None or location.changes != seen.changes:
            return None
        if what.counts is not None:
            licence_store.replace_counts(conn, location_id, what.counts)
        licence_store.add_assignments(conn, location_id, what.added)
        licence_store.remove_assignments(conn, location_id, what.removed)
        location_store.counted(conn, location_id, what.assets_version, what.assignments_version, now=now)
        location_store.resume(conn, location_id)
        lost, found = wish_store.compare(conn, now=now)
        retired = wish_store.give_back_of_retired(conn, now=now)
        conn.publish("licences", location_id)
        return Counted(
            location_id=location_id,
            name=location.name,
            apps=sum(one.location_id == location_id for one in licence_store.counts(conn)),
            assigned=licence_store.assigned_number(conn, location_id),
            lost=lost,
            found=found,
            retired=retired,
            strangers=licence_store.strangers(conn, location_id),
        )


def _counts(location_id: str, assets: Iterable[Asset]) -> list[Count]:
    """Return the apps that can be assigned to devices, each once."""
    found = {
        asset.store_id: Count(
            location_id=location_id,
            store_id=asset.store_id,
            total=asset.total_count,
            assigned=asset.assigned_count,
            available=asset.available_count,
            unlimited=asset.is_unlimited,
            revocable=asset.revocable,
        )
        for asset in assets
        if asset.product_type == "App" and asset.device_assignable
    }
    return list(found.values())


def _pairs(assignments: Iterable[Assignment]) -> set[Pair]:
    return {(one.store_id, one.serial_number) for one in assignments if one.serial_number}
