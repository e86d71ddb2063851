"""The networks of schools: the public addresses from which their tablets come."""

from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.fleet.errors import SchoolUnknown, UaiLetterWrong
from mdm.home.modes.errors import (
    NetworkInvalid,
    NetworkNowhere,
    NetworkOfProxy,
    NetworkPrivate,
    NetworkTooWide,
    TooManyNetworks,
)
from mdm.home.modes.school_networks import LIMIT, SchoolNetworks
from mdm.store import Database
from webui.api.operation import Call, Operation, operation
from webui.api.resources.places import SchoolPath
from webui.api.results import Nothing
from webui.permissions import Action, Person, require
from webui.places import school_place

Network = Annotated[
    str,
    Meta(min_length=3, max_length=60, description="An address or a range, such as 203.0.113.7 or 203.0.113.0/28."),
]


class Networks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The networks of a school, all of them."""

    networks: Annotated[tuple[Network, ...], Meta(max_length=LIMIT)]


class SchoolNetworkOperations:
    """Reads and sets the networks of schools."""

    def __init__(self, database: Database, networks: SchoolNetworks) -> None:
        self._database = database
        self._networks = networks

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [
            operation(
                "GET",
                "/schools/{uai}/networks",
                self.show,
                name="show_school_networks",
                summary="The networks of a school.",
                needs=Action.READ_SCHOOL,
                errors=(SchoolUnknown, UaiLetterWrong),
            ),
            operation(
                "PUT",
                "/schools/{uai}/networks",
                self.set,
                name="set_school_networks",
                summary="Set the networks of a school, in the place of the earlier ones.",
                needs=Action.SET_NETWORKS,
                errors=(
                    SchoolUnknown,
                    UaiLetterWrong,
                    NetworkInvalid,
                    NetworkTooWide,
                    NetworkNowhere,
                    NetworkPrivate,
                    NetworkOfProxy,
                    TooManyNetworks,
                ),
            ),
        ]

    async def show(self, call: Call[SchoolPath, Nothing, Nothing]) -> Networks:
        """Return a school's networks."""
        await self._at(call.person, Action.READ_SCHOOL, call.path.uai)
        return Networks(networks=await self._networks.show(call.path.uai))

    async def set(self, call: Call[SchoolPath, Nothing, Networks]) -> Networks:
        """Set a school's networks."""
        await self._at(call.person, Action.SET_NETWORKS, call.path.uai)
        networks = await self._networks.set(call.path.uai, call.body.networks, actor=call.person.actor)
        return Networks(networks=networks)

    async def _at(self, person: Person, action: Action, uai: str) -> None:
        require(person, action, await self._database.read(lambda conn: school_place(conn, uai)))
