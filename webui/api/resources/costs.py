"""The purchases: what the tablets cost, and for whom it was bought. Amounts are in cents and include VAT."""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.fleet.errors import (
    CommuneUnknown,
    KitAmbiguous,
    KitUnknown,
    NameEmpty,
    NameTooLong,
    NameUnprintable,
    SchoolUnknown,
    TerritoryUnknown,
)
from mdm.store import Connection, Database
from profiles.costs import place_store, purchase_store
from profiles.costs.costs import Costs
from profiles.costs.errors import (
    LotsDoNotAddUp,
    NothingCovered,
    PlannedLifeNeedsUnits,
    PurchaseChanged,
    PurchaseSubsidised,
    PurchaseUnknown,
    PurchaseWithdrawn,
    RecurrenceContradicts,
    TextTooLong,
    YearAbsurd,
)
from profiles.costs.money import AMOUNT_LIMIT, VAT_LIMIT
from profiles.costs.purchase import (
    LONGEST_LIFE,
    LOTS_LIMIT,
    SHORTEST_LIFE,
    UNITS_LIMIT,
    Purchase,
    PurchaseDraft,
)
from profiles.costs.words import FIRST_YEAR, LAST_YEAR, Extent, PurchaseKind, Recurrence
from webui.api.errors import Stale
from webui.api.operation import Call, Creates, Operation, operation
from webui.api.paging import Page, PageQuery, after, page_of
from webui.api.resources.places import Id
from webui.api.results import Created, Nothing, Versioned
from webui.permissions import Action

Amount = Annotated[int, Meta(ge=1, le=AMOUNT_LIMIT, description="Cents, with VAT.")]
Year = Annotated[int, Meta(ge=FIRST_YEAR, le=LAST_YEAR)]
Text = Annotated[str, Meta(max_length=200)]
NAME_ERRORS = (NameEmpty, NameTooLong, NameUnprintable)
_PLACES = 5_000


class CoverageWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom it is for: one territory, or communes (INSEE codes), schools (UAI codes) or kits, by identifier."""

    extent: Extent
    places: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=120)], ...], Meta(min_length=1, max_length=_PLACES)
    ]


class LotWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lot of a call for tenders."""

    label: Annotated[str, Meta(min_length=1, max_length=120)]
    amount_cents: Amount
    supplier_reference: Text = ""


class PurchaseWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A purchase to enter, or what takes the place of one.

    `amount_cents` of a `yearly` purchase is one year's, until `last_year`. The amounts of `lots` make it together.
    `units`: how many tablets or licences; `life_years`: how long its tablets are planned for. `item_id`: what it buys,
    as the catalogue names it.
    """

    label: Annotated[str, Meta(min_length=1, max_length=120)]
    kind: PurchaseKind
    amount_cents: Amount
    vat_per_mille: Annotated[int, Meta(ge=0, le=VAT_LIMIT)]
    bought_on: date
    coverage: CoverageWanted
    supplier_reference: Text = ""
    item_id: Annotated[str, Meta(max_length=64)] = ""
    group_purchase: bool = False
    lots: Annotated[tuple[LotWanted, ...], Meta(max_length=LOTS_LIMIT)] = ()
    recurrence: Recurrence = Recurrence.ONCE
    last_year: Year | None = None
    units: Annotated[int, Meta(ge=1, le=UNITS_LIMIT)] | None = None
    life_years: Annotated[int, Meta(ge=SHORTEST_LIFE, le=LONGEST_LIFE)] | None = None


class CoverageItem(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a purchase is for, by identifier."""

    extent: Extent
    places: tuple[str, ...]


class LotItem(msgspec.Struct, frozen=True, kw_only=True):
    """A lot."""

    label: str
    amount_cents: int
    supplier_reference: str


class PurchaseItem(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase. One that is `withdrawn` counts no more; it is never erased."""

    purchase_id: str
    revision: int
    withdrawn: bool
    label: str
    kind: PurchaseKind
    amount_cents: int
    vat_per_mille: int
    bought_on: date
    coverage: CoverageItem
    supplier_reference: str
    item_id: str
    group_purchase: bool
    lots: tuple[LotItem, ...]
    recurrence: Recurrence
    last_year: int | None
    units: int | None
    life_years: int | None


class PurchaseShown(PurchaseItem, frozen=True, kw_only=True):
    """A purchase with the names of its places, in the order of `coverage`."""

    place_names: tuple[str, ...]


class PurchasePath(msgspec.Struct, frozen=True, kw_only=True):
    """Names a purchase."""

    purchase_id: Id


class PurchaseQuery(PageQuery, frozen=True, kw_only=True):
    """Chooses purchases."""

    kind: PurchaseKind | None = None
    withdrawn: Annotated[bool, Meta(description="Those too that were withdrawn.")] = False


class PurchaseOperations:
    """Reads and changes purchases."""

    def __init__(self, database: Database, costs: Costs) -> None:
        self._database = database
        self._costs = costs

    def operations(self) -> list[Operation]:
        """Return the operations."""
        refusals = (
            *NAME_ERRORS,
            TextTooLong,
            YearAbsurd,
            NothingCovered,
            LotsDoNotAddUp,
            RecurrenceContradicts,
            PlannedLifeNeedsUnits,
            TerritoryUnknown,
            CommuneUnknown,
            SchoolUnknown,
            KitUnknown,
            KitAmbiguous,
        )
        return [
            operation(
                "GET",
                "/costs/purchases",
                self.list_purchases,
                name="list_purchases",
                summary="The purchases by day.",
                needs=Action.READ_COSTS,
            ),
            operation(
                "POST",
                "/costs/purchases",
                self.create,
                name="create_purchase",
                summary="Enter a purchase.",
                needs=Action.EDIT_COSTS,
                creates=Creates.AT_ONCE,
                errors=refusals,
            ),
            operation(
                "GET",
                "/costs/purchases/{purchase_id}",
                self.show,
                name="show_purchase",
                summary="A purchase.",
                needs=Action.READ_COSTS,
                errors=(PurchaseUnknown,),
            ),
            operation(
                "PUT",
                "/costs/purchases/{purchase_id}",
                self.replace,
                name="replace_purchase",
                summary="Correct a purchase.",
                needs=Action.EDIT_COSTS,
                edits=True,
                errors=(PurchaseUnknown, PurchaseWithdrawn, *refusals),
            ),
            operation(
                "POST",
                "/costs/purchases/{purchase_id}/withdrawal",
                self.withdraw,
                name="withdraw_purchase",
                summary="Let a purchase that was entered by mistake count no more.",
                needs=Action.EDIT_COSTS,
                edits=True,
                errors=(PurchaseUnknown, PurchaseWithdrawn, PurchaseSubsidised),
            ),
        ]

    async def list_purchases(self, call: Call[Nothing, PurchaseQuery, Nothing]) -> Page[PurchaseItem]:
        """Return purchases by day."""
        query = call.query
        last = after(query, tuple[str, str]) or ("", "")
        rows = await self._database.read(
            lambda conn: purchase_store.purchases_after(
                conn, last, kind=query.kind, withdrawn=query.withdrawn, limit=query.limit + 1
            )
        )
        return page_of(query, rows, _item, lambda row: (row.bought_on.isoformat(), row.purchase_id))

    async def create(self, call: Call[Nothing, Nothing, PurchaseWanted]) -> Created[PurchaseShown]:
        """Enter a purchase."""
        draft = _draft(call.body)

        def add(conn: Connection) -> Created[PurchaseShown]:
            made = self._costs.add_in(conn, draft, actor=call.person.actor)
            return Created(
                value=_shown(conn, made),
                location=f"/api/v1/costs/purchases/{made.purchase_id}",
                revision=made.revision,
            )

        return await call.once(add)

    async def show(self, call: Call[PurchasePath, Nothing, Nothing]) -> Versioned[PurchaseShown]:
        """Return a purchase."""
        return await self._read(call.path.purchase_id)

    async def replace(self, call: Call[PurchasePath, Nothing, PurchaseWanted]) -> Versioned[PurchaseShown]:
        """Correct a purchase that nobody corrected since it was read."""
        purchase_id, draft = call.path.purchase_id, _draft(call.body)
        seen = (await self._read(purchase_id)).revision
        call.expected.check(seen)
        try:
            made = await self._costs.change(purchase_id, draft, revision=seen, actor=call.person.actor)
        except PurchaseChanged as meanwhile:
            raise Stale from meanwhile
        return await self._named(made)

    async def withdraw(self, call: Call[PurchasePath, Nothing, Nothing]) -> Versioned[PurchaseShown]:
        """Withdraw a purchase that nobody corrected since it was read."""
        purchase_id = call.path.purchase_id
        seen = (await self._read(purchase_id)).revision
        call.expected.check(seen)
        try:
            made = await self._costs.withdraw(purchase_id, revision=seen, actor=call.person.actor)
        except PurchaseChanged as meanwhile:
            raise Stale from meanwhile
        return await self._named(made)

    async def _read(self, purchase_id: str) -> Versioned[PurchaseShown]:
        def read(conn: Connection) -> PurchaseShown:
            return _shown(conn, purchase_store.require_purchase(conn, purchase_id))

        found = await self._database.read(read)
        return Versioned(value=found, revision=found.revision)

    async def _named(self, purchase: Purchase) -> Versioned[PurchaseShown]:
        shown = await self._database.read(lambda conn: _shown(conn, purchase))
        return Versioned(value=shown, revision=purchase.revision)


def _draft(wanted: PurchaseWanted) -> PurchaseDraft:
    return msgspec.convert(wanted, PurchaseDraft, from_attributes=True)


def _item(purchase: Purchase) -> PurchaseItem:
    return msgspec.convert(purchase, PurchaseItem, from_attributes=True)


def _shown(conn: Connection, purchase: Purchase) -> PurchaseShown:
    names = tuple(place_store.place_names(conn, purchase.coverage))
    return PurchaseShown(**msgspec.structs.asdict(_item(purchase)), place_names=names)
