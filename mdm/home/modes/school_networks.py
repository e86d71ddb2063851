"""The networks of schools: a technician names them, for one school or for several that share an outlet."""

from collections.abc import Sequence

import msgspec

from mdm.clock import Clock
from mdm.fleet.territory_store import require_school
from mdm.fleet.uai import parse_uai
from mdm.home.modes import place_store
from mdm.home.modes.errors import NetworkKnown, NetworkUnknown, TooManyNetworks
from mdm.home.modes.network import holds, parse_network
from mdm.home.modes.place_store import KeptNetwork
from mdm.journal import Journal
from mdm.store import Connection, Database

LIMIT = 20
"""How many networks a school can have."""


class Added(msgspec.Struct, frozen=True, kw_only=True):
    """A network as it is kept, and how many schools have it now that had not."""

    network: str
    schools: int


class SchoolNetworks:
    """Shows and sets the networks of schools; each change is journalled.

    ``proxies``: addresses of the proxies that stand before the devices' listener. The same network may be that of
    several schools: whether a tablet is at school is asked of its own school alone.
    """

    def __init__(self, database: Database, clock: Clock, journal: Journal, *, proxies: Sequence[str] = ()) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._proxies = proxies

    async def show(self, uai: str) -> tuple[str, ...]:
        """Return a school's networks; raise `UaiInvalid`."""
        return tuple(one.network for one in await self.list(uai))

    async def list(self, uai: str) -> tuple[KeptNetwork, ...]:
        """Return a school's networks with what is known of each; raise `UaiInvalid` or `SchoolUnknown`."""
        code = parse_uai(uai)

        def read(conn: Connection) -> tuple[KeptNetwork, ...]:
            require_school(conn, code)
            return place_store.kept_networks(conn, code)

        return await self._database.read(read)

    async def set(self, uai: str, networks: Sequence[str], *, actor: str) -> tuple[str, ...]:
        """Set a school's networks, in the place of the earlier ones.

        Raises `UaiInvalid`, `SchoolUnknown`, what `parse_network` does, or `TooManyNetworks`.
        """
        code = parse_uai(uai)
        cleaned = tuple(sorted({self._parsed(one) for one in networks}))
        if len(cleaned) > LIMIT:
            raise TooManyNetworks(limit=LIMIT, school=code)

        def write(conn: Connection) -> None:
            require_school(conn, code)
            before = place_store.networks_of(conn, code)
            if before == cleaned:
                return
            place_store.replace_networks(conn, code, cleaned, actor=actor, now=self._clock.ms())
            self._changed(conn, "school_networks_set", code, len(cleaned), actor)

        await self._database.write(write)
        return cleaned

    async def add(self, schools: Sequence[str], network: str, *, actor: str) -> Added:
        """Add a network to one school or to several at once; smaller ones within it go.

        Of several schools those that have it already stay as they are; where none is left, `NetworkKnown` is raised.
        Raises `UaiInvalid`, `SchoolUnknown`, what `parse_network` does, or `TooManyNetworks`.
        """
        wanted, codes = self._parsed(network), sorted({parse_uai(uai) for uai in schools})

        def write(conn: Connection) -> int:
            return sum(self._add(conn, code, wanted, actor) for code in codes)

        many = await self._database.write(write)
        if codes and not many:
            raise NetworkKnown(network=wanted)
        return Added(network=wanted, schools=many)

    async def remove(self, uai: str, network: str, *, actor: str) -> None:
        """Take a network from a school; raise `UaiInvalid`, `SchoolUnknown` or `NetworkUnknown`."""
        code = parse_uai(uai)

        def write(conn: Connection) -> None:
            require_school(conn, code)
            left = tuple(one for one in place_store.networks_of(conn, code) if one != network.strip())
            if not place_store.remove_network(conn, code, network.strip()):
                raise NetworkUnknown(network=network.strip()[:60])
            self._changed(conn, "school_networks_removed", code, len(left), actor)

        await self._database.write(write)

    def _parsed(self, text: str) -> str:
        return str(parse_network(text, proxies=self._proxies))

    def _add(self, conn: Connection, code: str, network: str, actor: str) -> int:
        """Add a network to a school; return 0 where it has it, or a wider one, already."""
        require_school(conn, code)
        before = place_store.networks_of(conn, code)
        if any(holds(one, network) for one in before):
            return 0
        within = [one for one in before if holds(network, one)]
        if len(before) - len(within) >= LIMIT:
            raise TooManyNetworks(limit=LIMIT, school=code)
        for one in within:
            place_store.remove_network(conn, code, one)
        place_store.add_network(conn, code, network, actor=actor, now=self._clock.ms())
        self._changed(conn, "school_networks_added", code, len(before) - len(within) + 1, actor)
        return 1

    def _changed(self, conn: Connection, kind: str, code: str, left: int, actor: str) -> None:
        """Note a change. Where no network is left, nothing tells any more whether tablets are at school."""
        if not left:
            place_store.forget_places(conn, code, now=self._clock.ms())
        self._journal.record(conn, kind, actor=actor, subject=f"school:{code}", detail={"networks": left})
