"""Subsidies as the authority's manager keeps them: asked for, granted or refused, paid."""

from collections.abc import Callable

import msgspec

from mdm.clock import Clock
from mdm.ids import new_id
from mdm.journal import Detail, Journal
from mdm.store import Connection, Database
from profiles.costs import purchase_store, subsidy_store
from profiles.costs.errors import PurchaseWithdrawn
from profiles.costs.subsidies import (
    Grant,
    Subsidy,
    SubsidyDraft,
    check_move,
    check_subsidy,
    check_together,
    grants,
)
from profiles.costs.words import SubsidyState, check_year


class Funding:
    """Keeps subsidies; each change is journalled with it, and names the revision that was seen."""

    def __init__(self, database: Database, clock: Clock, journal: Journal) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal

    async def add(self, draft: SubsidyDraft, *, actor: str) -> Subsidy:
        """Enter a subsidy that is asked for; its purchases may be named by the end of their identifiers.

        Raises `PurchaseUnknown`, `PurchaseWithdrawn`, `SubsidiesExceed`, and what `check_subsidy` does.
        """
        return await self._database.write(lambda conn: self.add_in(conn, draft, actor=actor))

    def add_in(self, conn: Connection, draft: SubsidyDraft, *, actor: str) -> Subsidy:
        """Enter a subsidy inside the caller's transaction; see `add`."""
        subsidy = _settled(conn, check_subsidy(draft), new_id(self._clock), SubsidyState.ASKED, revision=1)
        subsidy_store.add_subsidy(conn, subsidy)
        _check_all(conn)
        self._record(conn, "subsidy_added", subsidy, actor)
        return subsidy

    async def change(self, subsidy_id: str, draft: SubsidyDraft, *, revision: int, actor: str) -> Subsidy:
        """Correct a subsidy that was seen at ``revision``; its state stays.

        Raises `SubsidyChanged`, `SubsidyUnknown`, and what `add` does.
        """
        checked = check_subsidy(draft)

        def corrected(conn: Connection, before: Subsidy) -> Subsidy:
            return _settled(conn, checked, subsidy_id, before.state, revision=revision)

        return await self._replace(subsidy_id, revision, "subsidy_changed", actor, corrected)

    async def move(self, subsidy_id: str, state: SubsidyState, *, revision: int, actor: str) -> Subsidy:
        """Note what became of a subsidy that was seen at ``revision``.

        Raises `SubsidyMoveRefused`, `SubsidyChanged` or `SubsidyUnknown`.
        """

        def moved(conn: Connection, before: Subsidy) -> Subsidy:
            del conn
            check_move(before.state, state)
            return msgspec.structs.replace(before, state=state)

        return await self._replace(subsidy_id, revision, "subsidy_moved", actor, moved)

    async def subsidy(self, reference: str) -> Subsidy:
        """Return a subsidy by its identifier or the end of it; raise `SubsidyUnknown`."""
        return await self._database.read(lambda conn: subsidy_store.find_subsidy(conn, reference))

    async def subsidies(self) -> list[Subsidy]:
        """Return the subsidies, oldest first."""
        return await self._database.read(subsidy_store.list_subsidies)

    async def grants(self, year: int) -> list[Grant]:
        """Return what each subsidy gives for each purchase of a year."""
        check_year(year)

        def read(conn: Connection) -> list[Grant]:
            purchases = {one.purchase_id: one for one in purchase_store.list_purchases(conn)}
            return grants(subsidy_store.list_subsidies(conn), purchases, year)

        return await self._database.read(read)

    async def _replace(
        self, subsidy_id: str, revision: int, kind: str, actor: str, make: Callable[[Connection, Subsidy], Subsidy]
    ) -> Subsidy:
        def write(conn: Connection) -> Subsidy:
            before = subsidy_store.require_subsidy(conn, subsidy_id)
            # What was seen is told apart first: whoever looks at an old version must not be told about its state.
            if before.revision != revision:
                raise subsidy_store.changed(before, seen=revision)
            kept = subsidy_store.replace_subsidy(conn, make(conn, before), seen=revision)
            _check_all(conn)
            self._record(conn, kind, kept, actor)
            return kept

        return await self._database.write(write)

    def _record(self, conn: Connection, kind: str, subsidy: Subsidy, actor: str) -> None:
        detail: Detail = {
            "revision": subsidy.revision,
            "state": subsidy.state.value,
            "rate_per_mille": subsidy.rate_per_mille,
            "ceiling_cents": subsidy.ceiling_cents,
            "purchases": list(subsidy.purchases)[:20],
        }
        self._journal.record(conn, kind, actor=actor, subject=f"subsidy:{subsidy.subsidy_id}", detail=detail)


def _settled(conn: Connection, draft: SubsidyDraft, subsidy_id: str, state: SubsidyState, *, revision: int) -> Subsidy:
    """Return the subsidy with its purchases by identifier, none of which another transaction can change meanwhile."""
    named = {purchase_store.find_purchase(conn, one).purchase_id for one in draft.purchases}
    for purchase_id in sorted(named):
        purchase = purchase_store.hold_purchase(conn, purchase_id)
        if purchase.withdrawn:
            raise PurchaseWithdrawn(label=purchase.label)
    fields = {name: getattr(draft, name) for name in SubsidyDraft.__struct_fields__}
    fields["purchases"] = tuple(sorted(named))
    return Subsidy(**fields, subsidy_id=subsidy_id, revision=revision, state=state)


def _check_all(conn: Connection) -> None:
    purchases = {one.purchase_id: one for one in purchase_store.list_purchases(conn)}
    check_together(subsidy_store.list_subsidies(conn), purchases)
