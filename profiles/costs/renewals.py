"""The life of the hardware as the authority's manager keeps it: planned lives, dates in service, the forecast."""

from collections.abc import Sequence
from datetime import date

import msgspec

from mdm.clock import Clock
from mdm.fleet.kit_store import find_kit, list_slots
from mdm.fleet.names import clean_name
from mdm.fleet.tablet_store import find_tablet
from mdm.fleet.territory_store import list_schools, require_school
from mdm.fleet.uai import parse_uai
from mdm.journal import Detail, Journal
from mdm.store import Connection, Database
from profiles.costs import life_store, purchase_store
from profiles.costs.errors import DayInFuture, NoTabletNamed, PurchaseWithdrawn
from profiles.costs.life_store import ZONE, FleetModel
from profiles.costs.money import check_amount
from profiles.costs.purchase import check_life
from profiles.costs.renewal import Forecast, ModelLife, forecast
from profiles.costs.words import check_day


class NamedForecast(msgspec.Struct, frozen=True, kw_only=True):
    """A forecast with the names of its schools, by UAI."""

    forecast: Forecast
    schools: dict[str, str]


class Renewals:
    """Keeps how long tablets are planned for and since when they serve; each change is journalled with it."""

    def __init__(self, database: Database, clock: Clock, journal: Journal) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal

    async def plan_model(self, model: str, years: int, *, price_cents: int | None = None, actor: str) -> ModelLife:
        """Set how long tablets of a model are planned for, and what a new one costs.

        Raises `PlannedLifeRefused`, `AmountNotPositive`, `AmountAbsurd` or `NameInvalid`.
        """
        price = check_amount(price_cents) if price_cents is not None else None
        life = ModelLife(model=clean_name(model), life_years=check_life(years), price_cents=price)

        def write(conn: Connection) -> ModelLife:
            life_store.save_model_life(conn, life)
            detail: Detail = {"years": years, "price_cents": price_cents}
            self._record(conn, "planned_life_set", f"model:{life.model}", actor, detail)
            return life

        return await self._database.write(write)

    async def models(self) -> list[FleetModel]:
        """Return the models of the fleet with their planned lives, by name."""
        return await self._database.read(life_store.list_models)

    async def put_in_service(
        self,
        *,
        tablets: Sequence[str] = (),
        kits: Sequence[str] = (),
        since: date | None = None,
        purchase: str = "",
        actor: str,
    ) -> list[str]:
        """Enter since when tablets serve, or with which purchase they came; return their identifiers.

        ``tablets`` and ``kits`` are named as people name them; a kit stands for the tablets that are in it. What is
        not given stays as it is. Raises `NoTabletNamed`, `DayInFuture`, `YearAbsurd`, `TabletUnknown`, `KitUnknown`,
        `PurchaseUnknown` or `PurchaseWithdrawn`.
        """
        if since is not None and check_day(since) > self._today():
            raise DayInFuture(day=since.isoformat())

        def write(conn: Connection) -> list[str]:
            chosen = _chosen(conn, tablets, kits)
            came_with = None
            if purchase:
                found = purchase_store.find_purchase(conn, purchase)
                if found.withdrawn:
                    raise PurchaseWithdrawn(label=found.label)
                came_with = found.purchase_id
            life_store.save_service(conn, chosen, since=since, purchase_id=came_with)
            detail: Detail = {"since": since.isoformat() if since else None, "purchase": came_with}
            for tablet_id in chosen:
                self._record(conn, "tablet_in_service", f"tablet:{tablet_id}", actor, detail)
            return chosen

        return await self._database.write(write)

    async def forecast(self, *, uai: str = "") -> NamedForecast:
        """Return the renewals from this school year on, of a school or of all; raise `UaiInvalid`, `SchoolUnknown`."""
        school = parse_uai(uai) if uai else ""
        today = self._today()

        def read(conn: Connection) -> NamedForecast:
            if school:
                require_school(conn, school)
            found = forecast(
                life_store.list_in_service(conn),
                purchase_store.list_purchases(conn),
                life_store.model_lives(conn),
                today,
            )
            names = {one.uai: one.name for one in list_schools(conn)}
            return NamedForecast(forecast=found.of_school(school) if school else found, schools=names)

        return await self._database.read_long(read)

    def _today(self) -> date:
        return self._clock.now().astimezone(ZONE).date()

    def _record(self, conn: Connection, kind: str, subject: str, actor: str, detail: Detail) -> None:
        self._journal.record(conn, kind, actor=actor, subject=subject, detail=detail)


def _chosen(conn: Connection, tablets: Sequence[str], kits: Sequence[str]) -> list[str]:
    chosen = {find_tablet(conn, reference).tablet_id for reference in tablets}
    for reference in kits:
        slots = list_slots(conn, find_kit(conn, reference).kit_id)
        chosen |= {slot.tablet_id for slot in slots if slot.tablet_id is not None}
    if not chosen:
        raise NoTabletNamed
    return sorted(chosen)
