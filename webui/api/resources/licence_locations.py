"""The locations that own licences: their content tokens, which come in and never go out, and their counts."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.clock import Clock, from_ms
from mdm.fleet.errors import SchoolUnknown
from mdm.store import Database
from profiles.licences.content_token import Level
from profiles.licences.errors import (
    AnswerLost,
    AnswerNotUnderstood,
    CountOvertaken,
    LicencesOff,
    LocationTaken,
    LocationUnknown,
    PermissionMissing,
    ServiceBusy,
    ServiceRefused,
    ServiceUnreachable,
    TokenExpired,
    TokenRefused,
    TokenSealed,
    TokenUnreadable,
)
from profiles.licences.room import LicenceRoom
from profiles.licences.tokens import TokenView, token_views
from webui.api.operation import Call, Creates, Operation, operation
from webui.api.paging import Page, PageQuery, after, page_of
from webui.api.resources.licences import LocationId
from webui.api.resources.places import Uai
from webui.api.results import Created, Nothing
from webui.permissions import Action

_SERVICE = (
    LicencesOff,
    TokenExpired,
    TokenRefused,
    PermissionMissing,
    LocationTaken,
    ServiceUnreachable,
    ServiceBusy,
    ServiceRefused,
    AnswerLost,
    AnswerNotUnderstood,
)
_TOKEN_LENGTH = 16 * 1024
_SCHOOLS = 5_000


class LocationItem(msgspec.Struct, frozen=True, kw_only=True):
    """A location and how its content token stands. The token itself is shown to nobody.

    `level` is `good`, or how urgent a new token is. `schools` have the location for themselves; with none it is
    everybody's. `trouble` is the code of what keeps it from being used, empty for none.
    """

    location_id: str
    name: str
    organization: str
    level: Level
    days_left: int
    expires_at: datetime
    counted_at: datetime | None
    schools: tuple[str, ...]
    trouble: str


class ContentTokenGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A content token to take in: what Apple's file holds, as it is.

    `schools`: those that have the location for themselves, with an empty list everybody; null leaves that as it was.
    `force` takes the location from another management service.
    """

    token: Annotated[str, Meta(min_length=1, max_length=_TOKEN_LENGTH)]
    schools: Annotated[tuple[Uai, ...], Meta(max_length=_SCHOOLS)] | None = None
    force: bool = False

    def __repr__(self) -> str:
        return f"ContentTokenGiven(schools={self.schools!r}, force={self.force!r})"


class LocationCounted(msgspec.Struct, frozen=True, kw_only=True):
    """What a count found.

    `lost` licences were assigned and are not any more; `found` were wished and are there; `retired` are to be given
    back; `strangers` are devices that are none of our tablets.
    """

    location_id: str
    name: str
    apps: int
    assigned: int
    lost: int
    found: int
    retired: int
    strangers: int


class LocationPath(msgspec.Struct, frozen=True, kw_only=True):
    """Names a location."""

    location_id: LocationId


class LicenceLocationOperations:
    """Takes tokens in, and counts."""

    def __init__(self, database: Database, clock: Clock, room: LicenceRoom | None) -> None:
        self._database = database
        self._clock = clock
        self._room = room

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [
            operation(
                "GET",
                "/licences/locations",
                self.list_locations,
                name="list_licence_locations",
                summary="The locations, and how their content tokens stand.",
                needs=Action.READ_LICENCES,
            ),
            operation(
                "GET",
                "/licences/locations/{location_id}",
                self.show,
                name="show_licence_location",
                summary="A location, and how its content token stands.",
                needs=Action.READ_LICENCES,
                errors=(LocationUnknown,),
            ),
            operation(
                "POST",
                "/licences/locations",
                self.import_token,
                name="import_content_token",
                summary="Take in a location's content token; a newer one takes the place of the old.",
                needs=Action.MANAGE_LICENCES,
                creates=Creates.IN_STEPS,
                errors=(*_SERVICE, TokenUnreadable, SchoolUnknown),
            ),
            operation(
                "POST",
                "/licences/locations/{location_id}/count",
                self.count,
                name="count_licences",
                summary="Count a location's licences anew, and compare them with what is wished.",
                needs=Action.MANAGE_LICENCES,
                errors=(*_SERVICE, TokenSealed, LocationUnknown, CountOvertaken),
            ),
        ]

    async def list_locations(self, call: Call[Nothing, PageQuery, Nothing]) -> Page[LocationItem]:
        """Return locations by identifier."""
        (last,) = after(call.query, tuple[str]) or ("",)
        found = sorted(await self._views(), key=lambda one: one.location_id)
        rows = [one for one in found if one.location_id > last][: call.query.limit + 1]
        return page_of(call.query, rows, _location, lambda row: (row.location_id,))

    async def show(self, call: Call[LocationPath, Nothing, Nothing]) -> LocationItem:
        """Return a location."""
        for one in await self._views():
            if one.location_id == call.path.location_id:
                return _location(one)
        raise LocationUnknown(location=call.path.location_id)

    async def import_token(self, call: Call[Nothing, Nothing, ContentTokenGiven]) -> Created[LocationItem]:
        """Take a token in."""
        body = call.body
        view = await self._on().tokens.import_token(
            body.token.encode(), schools=body.schools, force=body.force, actor=call.person.actor
        )
        return Created(value=_location(view), location=f"/api/v1/licences/locations/{view.location_id}")

    async def count(self, call: Call[LocationPath, Nothing, Nothing]) -> LocationCounted:
        """Ask Apple what is owned and assigned."""
        counted = await self._on().counting.count(call.path.location_id, anew=True)
        return msgspec.convert(counted, LocationCounted, from_attributes=True)

    async def _views(self) -> list[TokenView]:
        return await self._database.read(lambda conn: token_views(conn, self._clock))

    def _on(self) -> LicenceRoom:
        if self._room is None:
            raise LicencesOff
        return self._room


def _location(view: TokenView) -> LocationItem:
    return LocationItem(
        location_id=view.location_id,
        name=view.name,
        organization=view.organization,
        level=view.level,
        days_left=view.days_left,
        expires_at=from_ms(view.expires_at),
        counted_at=from_ms(view.counted_at) if view.counted_at is not None else None,
        schools=view.schools,
        trouble=view.trouble,
    )
