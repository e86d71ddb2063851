"""The committee's seats: who holds them, and the appointments that wait to be confirmed."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.clock import from_ms, to_ms
from profiles.charter.committee import Appointment, Committee
from profiles.charter.convention import Slug
from profiles.charter.errors import EditionNotVerified, NoCharter, RecordMalformed
from profiles.charter.proposal_errors import NotYourSeat
from profiles.charter.seat_errors import (
    BodyUnknown,
    HoldingDecided,
    HoldingUnknown,
    MayNotConfirm,
    NoAccount,
    SeatMalformed,
    SeatUnknown,
    TermOver,
)
from profiles.charter.seat_store import Holding, HoldingState
from webui.api.operation import Call, Creates, Operation, operation
from webui.api.resources.discussions import Seat
from webui.api.resources.places import Id
from webui.api.results import Created, Nothing
from webui.permissions import Action

Login = Annotated[str, Meta(min_length=1, max_length=64)]


class SeatItem(msgspec.Struct, frozen=True, kw_only=True):
    """How a seat is held, or is to be. `holder` and `deputy` are logins; a `holder` of "" is to leave it empty."""

    holding_id: str
    seat: str
    body: str
    label: str
    holder: str
    deputy: str | None
    reference: str
    state: HoldingState
    since: datetime | None
    until: datetime | None
    term_ends_at: datetime | None
    proposed_by: str
    confirmed_by: str | None


class AppointmentWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is to hold a seat; it counts once somebody who holds a seat confirmed it."""

    seat: Slug
    body: Slug
    label: Annotated[str, Meta(min_length=1, max_length=200)]
    holder: Login
    deputy: Login | None = None
    reference: Annotated[str, Meta(max_length=200)] = ""
    term_ends_at: Annotated[datetime, Meta(tz=True)] | None = None


class HoldingPath(msgspec.Struct, frozen=True, kw_only=True):
    """Names an appointment."""

    holding_id: Id


class SeatPath(msgspec.Struct, frozen=True, kw_only=True):
    """Names a seat."""

    seat: Seat


_UNSOUND = (NoCharter, EditionNotVerified, RecordMalformed)


class SeatOperations:
    """Reads and fills seats."""

    def __init__(self, committee: Committee) -> None:
        self._committee = committee

    def operations(self) -> list[Operation]:
        """Return the operations."""
        decided = (*_UNSOUND, HoldingUnknown, HoldingDecided, MayNotConfirm)
        return [
            operation(
                "GET",
                "/seats",
                self.list_seats,
                name="list_seats",
                summary="How seats are held now, and the appointments that wait.",
                needs=Action.READ_SEATS,
            ),
            operation(
                "POST",
                "/seats",
                self.appoint,
                name="appoint_seat",
                summary="Propose who holds a seat.",
                needs=Action.APPOINT_SEAT,
                creates=Creates.IN_STEPS,
                errors=(*_UNSOUND, SeatMalformed, BodyUnknown, NoAccount, TermOver),
            ),
            operation(
                "POST",
                "/appointments/{holding_id}/confirmation",
                self.confirm,
                name="confirm_appointment",
                summary="Confirm an appointment, as somebody who holds a seat.",
                needs=Action.VOTE,
                errors=(*decided, BodyUnknown, TermOver, NoAccount),
            ),
            operation(
                "POST",
                "/appointments/{holding_id}/refusal",
                self.refuse,
                name="refuse_appointment",
                summary="Refuse an appointment, take it back, or decline it.",
                needs=Action.VOTE,
                errors=decided,
            ),
            operation(
                "POST",
                "/seats/{seat}/end",
                self.end,
                name="end_seat",
                summary="Propose to leave a seat empty.",
                needs=Action.APPOINT_SEAT,
                creates=Creates.IN_STEPS,
                errors=(*_UNSOUND, SeatUnknown),
            ),
            operation(
                "POST",
                "/seats/{seat}/resignation",
                self.resign,
                name="resign_seat",
                summary="Give up a seat that one holds, at once.",
                needs=Action.VOTE,
                errors=(*_UNSOUND, SeatUnknown, NotYourSeat),
            ),
        ]

    async def list_seats(self, call: Call[Nothing, Nothing, Nothing]) -> tuple[SeatItem, ...]:
        """Return the seats."""
        del call
        return tuple(_item(one) for one in await self._committee.seats())

    async def appoint(self, call: Call[Nothing, Nothing, AppointmentWanted]) -> Created[SeatItem]:
        """Propose an appointment."""
        login, body = call.login, call.body
        wanted = Appointment(
            seat_id=body.seat,
            body=body.body,
            label=body.label,
            holder=body.holder,
            deputy=body.deputy,
            reference=body.reference,
            term_ends_at=to_ms(body.term_ends_at) if body.term_ends_at is not None else None,
        )
        made = await self._committee.appoint(wanted, login=login)
        return Created(value=_item(made), location="/api/v1/seats")

    async def confirm(self, call: Call[HoldingPath, Nothing, Nothing]) -> SeatItem:
        """Confirm an appointment."""
        login = call.login
        return _item(await self._committee.confirm(call.path.holding_id, login=login))

    async def refuse(self, call: Call[HoldingPath, Nothing, Nothing]) -> SeatItem:
        """Refuse an appointment."""
        login = call.login
        return _item(await self._committee.refuse(call.path.holding_id, login=login))

    async def end(self, call: Call[SeatPath, Nothing, Nothing]) -> Created[SeatItem]:
        """Propose to leave a seat empty."""
        login = call.login
        made = await self._committee.end(call.path.seat, login=login)
        return Created(value=_item(made), location="/api/v1/seats")

    async def resign(self, call: Call[SeatPath, Nothing, Nothing]) -> SeatItem:
        """Give up a seat."""
        login = call.login
        return _item(await self._committee.resign(call.path.seat, login=login))


def _item(one: Holding) -> SeatItem:
    return SeatItem(
        holding_id=one.holding_id,
        seat=one.seat_id,
        body=one.body,
        label=one.label,
        holder=one.holder,
        deputy=one.deputy,
        reference=one.reference,
        state=one.state,
        since=from_ms(one.since) if one.since is not None else None,
        until=from_ms(one.until) if one.until is not None else None,
        term_ends_at=from_ms(one.term_ends_at) if one.term_ends_at is not None else None,
        proposed_by=one.proposed_by,
        confirmed_by=one.confirmed_by,
    )
