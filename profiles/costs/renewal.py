"""When tablets reach the end of their planned life, and what their replacement costs; pure.

A tablet's life and price come from the purchase that a person says it came with, else from the purchase with a planned
life that is for its place (the narrowest first: kit, school, commune, territory; of these the last one bought before
it was put in service), else from its model, else the life is the usual one and the price is not known.

A school year goes from 1 September to 31 August and is named by the year that it begins in.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import msgspec

from profiles.costs.purchase import Purchase
from profiles.costs.words import Extent

USUAL_LIFE = 5
"""Years, where nothing else is said."""
_NARROWEST = (Extent.KITS, Extent.SCHOOLS, Extent.COMMUNES, Extent.TERRITORY)
_SEPTEMBER = 9


class ModelLife(msgspec.Struct, frozen=True, kw_only=True):
    """How long tablets of a model are planned for, and what a new one costs in cents; None where not known."""

    model: str
    life_years: int
    price_cents: int | None = None


class InService(msgspec.Struct, frozen=True, kw_only=True):
    """A tablet that is not retired. ``kit_id``, ``uai``, ``insee``, ``territory_id`` are empty for one without a place.

    ``since``: the day that it was put in service, as entered or as first seen; None for one that never enrolled.
    ``purchase_id``: the purchase that a person says it came with, or empty.
    """

    tablet_id: str
    model: str
    since: date | None
    kit_id: str = ""
    uai: str = ""
    insee: str = ""
    territory_id: str = ""
    purchase_id: str = ""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is planned for a tablet: years of life, and cents to replace it where that is known."""

    life_years: int
    price_cents: int | None


class Renewal(msgspec.Struct, frozen=True, kw_only=True):
    """The tablets of one school (``uai``; empty: without a place) that are to be replaced in one school year.

    ``overdue`` of them ended their life in earlier years; the price of ``unpriced`` of them is not known, and is not
    in ``amount_cents``.
    """

    uai: str
    school_year: int
    tablets: int
    amount_cents: int
    unpriced: int
    overdue: int


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """Renewals by school and school year, from the present school year on.

    ``undated``: the tablets that never enrolled and have no date entered, which are in no renewal.
    """

    first_year: int
    renewals: tuple[Renewal, ...]
    undated: int

    @property
    def years(self) -> range:
        """The school years from the present one to the last renewal."""
        return range(self.first_year, max((one.school_year for one in self.renewals), default=self.first_year) + 1)

    def of_year(self, school_year: int) -> Renewal:
        """Return the renewals of all the schools in a year as one, with an empty ``uai``."""
        return summed([one for one in self.renewals if one.school_year == school_year], "", school_year)

    def of_school(self, uai: str) -> "Forecast":
        """Return the forecast of one school alone."""
        return Forecast(
            first_year=self.first_year, renewals=tuple(one for one in self.renewals if one.uai == uai), undated=0
        )


def school_year_of(day: date) -> int:
    """Return the school year that a day is in, by the year that it begins in."""
    return day.year if day.month >= _SEPTEMBER else day.year - 1


def end_of_life(since: date, years: int) -> date:
    """Return the day on which a tablet's planned life ends."""
    leap_day = (since.month, since.day) == (2, 29)
    return since.replace(year=since.year + years, day=28 if leap_day and years % 4 else since.day)


def plan_for(tablet: InService, purchases: Sequence[Purchase], models: Mapping[str, ModelLife]) -> Plan:
    """Return what is planned for a tablet; ``purchases`` are those that count."""
    found = _purchase_of(tablet, purchases)
    model = models.get(tablet.model)
    price = None
    if found is not None and found.units is not None:
        price = -(-found.amount_cents // found.units)
    elif model is not None:
        price = model.price_cents
    if found is not None and found.life_years is not None:
        return Plan(life_years=found.life_years, price_cents=price)
    return Plan(life_years=model.life_years if model is not None else USUAL_LIFE, price_cents=price)


def forecast(
    tablets: Iterable[InService], purchases: Sequence[Purchase], models: Mapping[str, ModelLife], today: date
) -> Forecast:
    """Return the renewals from the present school year on; a life that ended before falls due now."""
    present = school_year_of(today)
    found: dict[tuple[str, int], list[Renewal]] = {}
    undated = 0
    for tablet in tablets:
        if tablet.since is None:
            undated += 1
            continue
        plan = plan_for(tablet, purchases, models)
        due = school_year_of(end_of_life(tablet.since, plan.life_years))
        one = Renewal(
            uai=tablet.uai,
            school_year=max(due, present),
            tablets=1,
            amount_cents=plan.price_cents or 0,
            unpriced=int(plan.price_cents is None),
            overdue=int(due < present),
        )
        found.setdefault((one.uai, one.school_year), []).append(one)
    renewals = [summed(ones, uai, year) for (uai, year), ones in sorted(found.items())]
    return Forecast(first_year=present, renewals=tuple(renewals), undated=undated)


def summed(renewals: Sequence[Renewal], uai: str, school_year: int) -> Renewal:
    """Return renewals as one, under a school and a year."""
    return Renewal(
        uai=uai,
        school_year=school_year,
        tablets=sum(one.tablets for one in renewals),
        amount_cents=sum(one.amount_cents for one in renewals),
        unpriced=sum(one.unpriced for one in renewals),
        overdue=sum(one.overdue for one in renewals),
    )


def _purchase_of(tablet: InService, purchases: Sequence[Purchase]) -> Purchase | None:
    if tablet.purchase_id:
        return next((one for one in purchases if one.purchase_id == tablet.purchase_id), None)
    if tablet.since is None:
        return None
    for extent in _NARROWEST:
        place = _place(tablet, extent)
        candidates = [
            one
            for one in purchases
            if one.life_years is not None
            and one.coverage.extent is extent
            and place in one.coverage.places
            and one.bought_on <= tablet.since
        ]
        if place and candidates:
            return max(candidates, key=lambda one: (one.bought_on, one.purchase_id))
    return None


def _place(tablet: InService, extent: Extent) -> str:
    match extent:
        case Extent.KITS:
            return tablet.kit_id
        case Extent.SCHOOLS:
            return tablet.uai
        case Extent.COMMUNES:
            return tablet.insee
        case Extent.TERRITORY:
            return tablet.territory_id
