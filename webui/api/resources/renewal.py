"""When tablets are to be replaced and at what cost, as figures and as a picture, and what that is foreseen from."""

import asyncio
from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.fleet.errors import KitAmbiguous, KitUnknown, SchoolUnknown, TabletUnknown, UaiLetterWrong
from mdm.i18n import N_
from profiles.costs.errors import DayInFuture, NoTabletNamed, PurchaseUnknown, PurchaseWithdrawn, YearAbsurd
from profiles.costs.life_store import FleetModel
from profiles.costs.purchase import LONGEST_LIFE, SHORTEST_LIFE
from profiles.costs.renewal_plot import plot_renewals
from profiles.costs.renewals import NamedForecast, Renewals
from webui.api.errors import BodyWrong, Wrong
from webui.api.operation import Call, Operation, operation
from webui.api.paging import Page, PageQuery, after, page_of
from webui.api.resources.costs import NAME_ERRORS, Amount
from webui.api.resources.places import Id, Uai
from webui.api.results import Document, Nothing
from webui.permissions import Action

SVG = "image/svg+xml"
_TABLETS = 1000


class RenewalItem(msgspec.Struct, frozen=True, kw_only=True):
    """The tablets of one school that are to be replaced in one school year, named by the year that it begins in.

    `school` is empty for tablets without a place. `overdue` of them ended their life earlier; the price of `unpriced`
    of them is not known, and is not in `amount_cents`.
    """

    school: str
    school_name: str
    school_year: int
    tablets: int
    amount_cents: int
    unpriced: int
    overdue: int


class YearSum(msgspec.Struct, frozen=True, kw_only=True):
    """The renewals of a school year, of all the schools that are shown."""

    school_year: int
    tablets: int
    amount_cents: int
    unpriced: int
    overdue: int


class ForecastShown(msgspec.Struct, frozen=True, kw_only=True):
    """Renewals by school and school year, from the present one on.

    `undated`: the tablets that never enrolled and have no day entered, which are in no renewal.
    """

    first_year: int
    renewals: tuple[RenewalItem, ...]
    years: tuple[YearSum, ...]
    undated: int


class ModelItem(msgspec.Struct, frozen=True, kw_only=True):
    """A model, how many tablets of it there are, and its planned life in years; null where nothing was said."""

    model: str
    tablets: int
    life_years: int | None
    price_cents: int | None


class ModelWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long tablets of a model are planned for, and what a new one costs."""

    model: Annotated[str, Meta(min_length=1, max_length=120)]
    life_years: Annotated[int, Meta(ge=SHORTEST_LIFE, le=LONGEST_LIFE)]
    price_cents: Amount | None = None


class ServiceWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Since when tablets serve, or with which purchase they came; what is null stays as it is.

    `kits` stand for the tablets that are in them.
    """

    tablets: Annotated[tuple[Id, ...], Meta(max_length=_TABLETS)] = ()
    kits: Annotated[tuple[Id, ...], Meta(max_length=_TABLETS)] = ()
    since: date | None = None
    purchase_id: Id | None = None


class InServiceNoted(msgspec.Struct, frozen=True, kw_only=True):
    """The tablets for which it was noted."""

    tablets: tuple[str, ...]


class ForecastQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Chooses a school."""

    school: Annotated[Uai, Meta(description="The renewals of one school.")] | None = None


class RenewalOperations:
    """Foresees renewals."""

    def __init__(self, renewals: Renewals) -> None:
        self._renewals = renewals

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [
            operation(
                "GET",
                "/costs/renewal",
                self.show,
                name="show_renewal",
                summary="Which tablets are to be replaced in which school year, and at what cost.",
                needs=Action.READ_COSTS,
                errors=(UaiLetterWrong, SchoolUnknown),
            ),
            operation(
                "GET",
                "/costs/renewal.svg",
                self.plot,
                name="plot_renewal",
                summary="The renewals as a picture.",
                needs=Action.READ_COSTS,
                produces=SVG,
                errors=(UaiLetterWrong, SchoolUnknown),
            ),
            operation(
                "GET",
                "/costs/models",
                self.list_models,
                name="list_models",
                summary="The models of tablets, with their planned lives.",
                needs=Action.READ_COSTS,
            ),
            operation(
                "PUT",
                "/costs/models",
                self.plan_model,
                name="plan_model",
                summary="Set how long tablets of a model are planned for.",
                needs=Action.EDIT_COSTS,
                errors=NAME_ERRORS,
            ),
            operation(
                "POST",
                "/costs/service-days",
                self.put_in_service,
                name="put_in_service",
                summary="Enter since when tablets serve, or with which purchase they came.",
                needs=Action.EDIT_COSTS,
                errors=(
                    NoTabletNamed,
                    DayInFuture,
                    YearAbsurd,
                    TabletUnknown,
                    KitUnknown,
                    KitAmbiguous,
                    PurchaseUnknown,
                    PurchaseWithdrawn,
                ),
            ),
        ]

    async def show(self, call: Call[Nothing, ForecastQuery, Nothing]) -> ForecastShown:
        """Return the forecast."""
        return _shown(await self._renewals.forecast(uai=call.query.school or ""))

    async def plot(self, call: Call[Nothing, ForecastQuery, Nothing]) -> Document:
        """Return the picture, with its words in the language that is asked for."""
        named = await self._renewals.forecast(uai=call.query.school or "")
        drawn = await asyncio.to_thread(plot_renewals, named.forecast, named.schools, call.translate)
        return Document(content=drawn.encode(), filename="renewal.svg")

    async def list_models(self, call: Call[Nothing, PageQuery, Nothing]) -> Page[ModelItem]:
        """Return models by name."""
        place = after(call.query, tuple[str])
        found = await self._renewals.models()
        rows = [one for one in found if place is None or one.model > place[0]][: call.query.limit + 1]
        return page_of(call.query, rows, _model, lambda row: (row.model,))

    async def plan_model(self, call: Call[Nothing, Nothing, ModelWanted]) -> ModelItem:
        """Plan a model."""
        body = call.body
        life = await self._renewals.plan_model(
            body.model, body.life_years, price_cents=body.price_cents, actor=call.person.actor
        )
        return next(_model(one) for one in await self._renewals.models() if one.model == life.model)

    async def put_in_service(self, call: Call[Nothing, Nothing, ServiceWanted]) -> InServiceNoted:
        """Note it."""
        body = call.body
        if body.since is None and body.purchase_id is None:
            raise BodyWrong(Wrong(place="", reason=N_("Name a day, or the purchase that they came with."), params={}))
        noted = await self._renewals.put_in_service(
            tablets=body.tablets,
            kits=body.kits,
            since=body.since,
            purchase=body.purchase_id or "",
            actor=call.person.actor,
        )
        return InServiceNoted(tablets=tuple(noted))


def _model(model: FleetModel) -> ModelItem:
    return msgspec.convert(model, ModelItem, from_attributes=True)


def _shown(named: NamedForecast) -> ForecastShown:
    forecast = named.forecast
    sums = [forecast.of_year(year) for year in forecast.years]
    return ForecastShown(
        first_year=forecast.first_year,
        renewals=tuple(
            RenewalItem(
                school=one.uai,
                school_name=named.schools.get(one.uai, ""),
                school_year=one.school_year,
                tablets=one.tablets,
                amount_cents=one.amount_cents,
                unpriced=one.unpriced,
                overdue=one.overdue,
            )
            for one in forecast.renewals
        ),
        years=tuple(msgspec.convert(one, YearSum, from_attributes=True) for one in sums),
        undated=forecast.undated,
    )
