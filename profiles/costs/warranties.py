"""Until when the maker repairs a tablet at his own cost: what a purchase or a model comes with, and from which day.

The warranty begins on the day of the purchase that a person says the tablet came with, else on the day in service that
a person entered. A purchase's months go before its model's. What nobody entered is not guessed.
"""

import calendar
from collections.abc import Mapping
from datetime import date, timedelta

import msgspec

from mdm.clock import Clock
from mdm.fleet.names import clean_name
from mdm.journal import Journal
from mdm.repairs.warranties import check_months
from mdm.store import Connection, Database
from profiles.costs import purchase_store, warranty_store
from profiles.costs.errors import PurchaseWithdrawn
from profiles.costs.warranty_store import WarrantyFacts


class WarrantyTerms(msgspec.Struct, frozen=True, kw_only=True):
    """The months that are entered, by purchase and by model."""

    purchases: Mapping[str, int]
    models: Mapping[str, int]


class PurchasedWarranties:
    """Answers from the purchases; implements `mdm.repairs.warranties.Warranties`."""

    def until(self, conn: Connection, tablet_id: str) -> date | None:
        """Return the last day of a tablet's warranty, None where it is not known."""
        facts = warranty_store.warranty_facts(conn, tablet_id)
        return last_day(facts) if facts is not None else None


class WarrantyDesk:
    """Keeps how long warranties last, as the authority's manager enters it; each change is journalled with it."""

    def __init__(self, database: Database, clock: Clock, journal: Journal) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal

    async def cover_purchase(self, reference: str, months: int, *, actor: str) -> str:
        """Enter the months of warranty of what came with a purchase; return its identifier.

        Raises `WarrantyMonthsRefused`, `PurchaseUnknown` or `PurchaseWithdrawn`.
        """
        checked = check_months(months)

        def write(conn: Connection) -> str:
            purchase = purchase_store.find_purchase(conn, reference)
            if purchase.withdrawn:
                raise PurchaseWithdrawn(label=purchase.label)
            warranty_store.save_of_purchase(conn, purchase.purchase_id, checked)
            self._record(conn, f"purchase:{purchase.purchase_id}", checked, actor)
            return purchase.purchase_id

        return await self._database.write(write)

    async def cover_model(self, model: str, months: int, *, actor: str) -> None:
        """Enter the months of warranty of a model's tablets; raise `WarrantyMonthsRefused` or `NameInvalid`."""
        checked, name = check_months(months), clean_name(model)

        def write(conn: Connection) -> None:
            warranty_store.save_of_model(conn, name, checked)
            self._record(conn, f"model:{name}", checked, actor)

        await self._database.write(write)

    async def terms(self) -> WarrantyTerms:
        """Return the months that are entered."""
        return await self._database.read(
            lambda conn: WarrantyTerms(
                purchases=warranty_store.months_by_purchase(conn), models=warranty_store.months_by_model(conn)
            )
        )

    def _record(self, conn: Connection, subject: str, months: int, actor: str) -> None:
        self._journal.record(conn, "warranty_set", actor=actor, subject=subject, detail={"months": months})


def last_day(facts: WarrantyFacts) -> date | None:
    """Return the last day of the warranty that these facts give, None when they do not say enough."""
    begins = facts.bought_on or facts.in_service_on
    months = facts.purchase_months or facts.model_months
    if begins is None or months is None:
        return None
    year, month = divmod(begins.year * 12 + begins.month - 1 + months, 12)
    day = min(begins.day, calendar.monthrange(year, month + 1)[1])
    # Bought on 3 September for twelve months: covered until 2 September; bought on 31 January for one: 28 February.
    same = date(year, month + 1, day)
    return same if day < begins.day else same - timedelta(days=1)
