"""The subsidies: a funder's rate of the purchases that qualify, asked for, granted or refused, paid."""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.store import Connection, Database
from profiles.costs import subsidy_store
from profiles.costs.errors import (
    PurchaseUnknown,
    PurchaseWithdrawn,
    SubsidiesExceed,
    SubsidyChanged,
    SubsidyPeriodBackwards,
    SubsidyUnknown,
    TextTooLong,
    YearAbsurd,
)
from profiles.costs.funding import Funding
from profiles.costs.subsidies import Subsidy, SubsidyDraft, SubsidyMoveRefused
from profiles.costs.words import SubsidyState
from webui.api.errors import Stale
from webui.api.operation import Call, Creates, Operation, operation
from webui.api.paging import Page, PageQuery, after, page_of
from webui.api.resources.costs import NAME_ERRORS, Amount, Text
from webui.api.resources.places import Id
from webui.api.resources.pupils import YearPath
from webui.api.results import Created, Nothing, Versioned
from webui.permissions import Action


class SubsidyWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A subsidy to ask for, or what takes the place of one.

    `rate_per_mille` of what qualifies, up to `ceiling_cents`. The purchases qualify when their day is from `starts_on`
    to `ends_on`. `vat_qualifies` is false when the funder counts amounts without VAT.
    """

    funder: Annotated[str, Meta(min_length=1, max_length=120)]
    rate_per_mille: Annotated[int, Meta(ge=1, le=1000)]
    purchases: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=1000)]
    reference: Text = ""
    ceiling_cents: Amount | None = None
    vat_qualifies: bool = True
    starts_on: date | None = None
    ends_on: date | None = None


class SubsidyItem(msgspec.Struct, frozen=True, kw_only=True):
    """A subsidy. Only what is `granted` or `paid` lowers what communes bear."""

    subsidy_id: str
    revision: int
    state: SubsidyState
    funder: str
    rate_per_mille: int
    purchases: tuple[str, ...]
    reference: str
    ceiling_cents: int | None
    vat_qualifies: bool
    starts_on: date | None
    ends_on: date | None


class StateWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became of a subsidy."""

    state: SubsidyState


class GrantItem(msgspec.Struct, frozen=True, kw_only=True):
    """What one subsidy gives for one purchase in one year; `sure` when it is granted or paid."""

    subsidy_id: str
    purchase_id: str
    year: int
    amount_cents: int
    sure: bool


class SubsidyPath(msgspec.Struct, frozen=True, kw_only=True):
    """Names a subsidy."""

    subsidy_id: Id


class SubsidyOperations:
    """Reads and changes subsidies."""

    def __init__(self, database: Database, funding: Funding) -> None:
        self._database = database
        self._funding = funding

    def operations(self) -> list[Operation]:
        """Return the operations."""
        refusals = (
            *NAME_ERRORS,
            TextTooLong,
            YearAbsurd,
            SubsidyPeriodBackwards,
            PurchaseUnknown,
            PurchaseWithdrawn,
            SubsidiesExceed,
        )
        return [
            operation(
                "GET",
                "/costs/subsidies",
                self.list_subsidies,
                name="list_subsidies",
                summary="The subsidies, the oldest first.",
                needs=Action.READ_COSTS,
            ),
            operation(
                "POST",
                "/costs/subsidies",
                self.create,
                name="create_subsidy",
                summary="Enter a subsidy that is asked for.",
                needs=Action.EDIT_COSTS,
                creates=Creates.AT_ONCE,
                errors=refusals,
            ),
            operation(
                "GET",
                "/costs/subsidies/{subsidy_id}",
                self.show,
                name="show_subsidy",
                summary="A subsidy.",
                needs=Action.READ_COSTS,
                errors=(SubsidyUnknown,),
            ),
            operation(
                "PUT",
                "/costs/subsidies/{subsidy_id}",
                self.replace,
                name="replace_subsidy",
                summary="Correct a subsidy; its state stays.",
                needs=Action.EDIT_COSTS,
                edits=True,
                errors=(SubsidyUnknown, *refusals),
            ),
            operation(
                "POST",
                "/costs/subsidies/{subsidy_id}/state",
                self.move,
                name="move_subsidy",
                summary="Note that a subsidy was granted, refused or paid.",
                needs=Action.EDIT_COSTS,
                edits=True,
                errors=(SubsidyUnknown, SubsidyMoveRefused),
            ),
            operation(
                "GET",
                "/costs/years/{year}/grants",
                self.grants,
                name="list_grants",
                summary="What each subsidy gives for each purchase of a year.",
                needs=Action.READ_COSTS,
            ),
        ]

    async def list_subsidies(self, call: Call[Nothing, PageQuery, Nothing]) -> Page[SubsidyItem]:
        """Return subsidies."""
        (last,) = after(call.query, tuple[str]) or ("",)
        found = await self._funding.subsidies()
        rows = [one for one in found if one.subsidy_id > last][: call.query.limit + 1]
        return page_of(call.query, rows, _item, lambda row: (row.subsidy_id,))

    async def create(self, call: Call[Nothing, Nothing, SubsidyWanted]) -> Created[SubsidyItem]:
        """Enter a subsidy."""
        draft = _draft(call.body)

        def add(conn: Connection) -> Created[SubsidyItem]:
            made = self._funding.add_in(conn, draft, actor=call.person.actor)
            return Created(
                value=_item(made), location=f"/api/v1/costs/subsidies/{made.subsidy_id}", revision=made.revision
            )

        return await call.once(add)

    async def show(self, call: Call[SubsidyPath, Nothing, Nothing]) -> Versioned[SubsidyItem]:
        """Return a subsidy."""
        return _versioned(await self._read(call.path.subsidy_id))

    async def replace(self, call: Call[SubsidyPath, Nothing, SubsidyWanted]) -> Versioned[SubsidyItem]:
        """Correct a subsidy that nobody changed since it was read."""
        subsidy_id, draft = call.path.subsidy_id, _draft(call.body)
        seen = (await self._read(subsidy_id)).revision
        call.expected.check(seen)
        try:
            made = await self._funding.change(subsidy_id, draft, revision=seen, actor=call.person.actor)
        except SubsidyChanged as meanwhile:
            raise Stale from meanwhile
        return _versioned(made)

    async def move(self, call: Call[SubsidyPath, Nothing, StateWanted]) -> Versioned[SubsidyItem]:
        """Move a subsidy that nobody changed since it was read."""
        subsidy_id = call.path.subsidy_id
        seen = (await self._read(subsidy_id)).revision
        call.expected.check(seen)
        try:
            made = await self._funding.move(subsidy_id, call.body.state, revision=seen, actor=call.person.actor)
        except SubsidyChanged as meanwhile:
            raise Stale from meanwhile
        return _versioned(made)

    async def grants(self, call: Call[YearPath, Nothing, Nothing]) -> tuple[GrantItem, ...]:
        """Return a year's grants."""
        found = await self._funding.grants(call.path.year)
        return tuple(msgspec.convert(one, GrantItem, from_attributes=True) for one in found)

    async def _read(self, subsidy_id: str) -> Subsidy:
        return await self._database.read(lambda conn: subsidy_store.require_subsidy(conn, subsidy_id))


def _draft(wanted: SubsidyWanted) -> SubsidyDraft:
    return msgspec.convert(wanted, SubsidyDraft, from_attributes=True)


def _item(subsidy: Subsidy) -> SubsidyItem:
    return msgspec.convert(subsidy, SubsidyItem, from_attributes=True)


def _versioned(subsidy: Subsidy) -> Versioned[SubsidyItem]:
    return Versioned(value=_item(subsidy), revision=subsidy.revision)
