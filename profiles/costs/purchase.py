"""A purchase: what was bought, for whom, at what price, and what it costs in each year; pure.

Amounts are cents and include VAT; rates are per mille. A year is the calendar year of the public budget.
"""

from datetime import date

import msgspec

from mdm.fleet.names import clean_name
from profiles.costs.errors import (
    LotsDoNotAddUp,
    NothingCovered,
    PlannedLifeNeedsUnits,
    PlannedLifeRefused,
    RecurrenceContradicts,
    UnitsAbsurd,
)
from profiles.costs.money import VAT_LIMIT, check_amount, check_rate, euros
from profiles.costs.words import Extent, PurchaseKind, Recurrence, check_day, check_year, clean_text

SHORTEST_LIFE = 4
LONGEST_LIFE = 6
"""Years: what the charter plans tablets for."""
UNITS_LIMIT = 100_000
LOTS_LIMIT = 100


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """The places that a purchase is for: one territory's identifier, INSEE codes, UAIs, or kits' identifiers."""

    extent: Extent
    places: tuple[str, ...]


class Lot(msgspec.Struct, frozen=True, kw_only=True):
    """A lot of a call for tenders: its name, its supplier's reference, its amount with VAT."""

    label: str
    amount_cents: int
    supplier_reference: str = ""


class PurchaseDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a person enters of a purchase.

    ``amount_cents`` includes VAT; for a ``yearly`` purchase it is one year's. ``last_year``: the last one that a
    yearly purchase is paid for, None without end. ``item_id``: what it buys, as the catalogue of apps names it, or
    empty. ``units``: how many tablets or licences it is. ``life_years``: how long its tablets are planned for.
    """

    label: str
    kind: PurchaseKind
    amount_cents: int
    vat_per_mille: int
    bought_on: date
    coverage: Coverage
    supplier_reference: str = ""
    item_id: str = ""
    group_purchase: bool = False
    lots: tuple[Lot, ...] = ()
    recurrence: Recurrence = Recurrence.ONCE
    last_year: int | None = None
    units: int | None = None
    life_years: int | None = None


class Purchase(PurchaseDraft, frozen=True, kw_only=True):
    """A purchase as it is kept; ``revision`` counts its corrections from 1."""

    purchase_id: str
    revision: int
    withdrawn: bool = False


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """What one purchase costs in one year, and the day that counts for subsidies."""

    purchase: Purchase
    year: int
    day: date

    @property
    def amount_cents(self) -> int:
        """The amount with VAT."""
        return self.purchase.amount_cents


def check_purchase(draft: PurchaseDraft) -> PurchaseDraft:
    """Return the draft with its texts cleaned.

    Raises `AmountNotPositive`, `AmountAbsurd`, `RateAbsurd`, `YearAbsurd`, `TextTooLong`, `NothingCovered`,
    `LotsDoNotAddUp`, `RecurrenceContradicts`, `UnitsAbsurd`, `PlannedLifeRefused`, `PlannedLifeNeedsUnits`, or
    `mdm.fleet.errors.NameInvalid`.
    """
    check_amount(draft.amount_cents)
    check_rate(draft.vat_per_mille, highest=VAT_LIMIT)
    check_day(draft.bought_on)
    _check_recurrence(draft)
    _check_life(draft)
    return msgspec.structs.replace(
        draft,
        label=clean_name(draft.label),
        supplier_reference=clean_text(draft.supplier_reference),
        item_id=clean_text(draft.item_id, limit=64),
        coverage=_checked_coverage(draft.coverage),
        lots=_checked_lots(draft),
    )


def check_life(years: int) -> int:
    """Return ``years``; raise `PlannedLifeRefused`."""
    if not SHORTEST_LIFE <= years <= LONGEST_LIFE:
        raise PlannedLifeRefused(years=years, shortest=SHORTEST_LIFE, longest=LONGEST_LIFE)
    return years


def charge_in(purchase: Purchase, year: int) -> Charge | None:
    """Return what a purchase costs in ``year``, or None when it costs nothing then."""
    first = purchase.bought_on.year
    if purchase.withdrawn or year < first:
        return None
    if year > first and purchase.recurrence is Recurrence.ONCE:
        return None
    if purchase.last_year is not None and year > purchase.last_year:
        return None
    return Charge(purchase=purchase, year=year, day=_same_day(purchase.bought_on, year))


def _same_day(day: date, year: int) -> date:
    leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=year, day=28 if leap_day and year != day.year else day.day)


def _check_recurrence(draft: PurchaseDraft) -> None:
    if draft.last_year is None:
        return
    check_year(draft.last_year)
    if draft.recurrence is Recurrence.ONCE or draft.last_year < draft.bought_on.year:
        raise RecurrenceContradicts(first=str(draft.bought_on.year), last=str(draft.last_year))


def _check_life(draft: PurchaseDraft) -> None:
    if draft.units is not None and not 1 <= draft.units <= UNITS_LIMIT:
        raise UnitsAbsurd(units=draft.units, limit=UNITS_LIMIT)
    if draft.life_years is None:
        return
    check_life(draft.life_years)
    if draft.kind is not PurchaseKind.HARDWARE or draft.units is None:
        raise PlannedLifeNeedsUnits


def _checked_coverage(coverage: Coverage) -> Coverage:
    places = tuple(sorted({clean_text(place, limit=120) for place in coverage.places} - {""}))
    if not places or (coverage.extent is Extent.TERRITORY and len(places) > 1):
        raise NothingCovered
    return Coverage(extent=coverage.extent, places=places)


def _checked_lots(draft: PurchaseDraft) -> tuple[Lot, ...]:
    if not draft.lots:
        return ()
    lots = tuple(
        Lot(
            label=clean_name(lot.label),
            amount_cents=check_amount(lot.amount_cents),
            supplier_reference=clean_text(lot.supplier_reference),
        )
        for lot in draft.lots[:LOTS_LIMIT]
    )
    together = sum(lot.amount_cents for lot in draft.lots)
    if together != draft.amount_cents or len(draft.lots) > LOTS_LIMIT:
        raise LotsDoNotAddUp(lots=euros(together), amount=euros(draft.amount_cents))
    return lots
