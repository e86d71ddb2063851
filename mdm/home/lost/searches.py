"""What people do about a lost tablet: declare, confirm, ask where it is, let it ring, say that it is found, look.

Whether somebody may act for a school or the authority is decided by the caller; that nobody alone asks for a position,
and that a guardian's child has the tablet, is decided here, in the transaction.
"""

from collections.abc import Callable

import msgspec

from mdm.clock import Clock
from mdm.fleet.lost_store import begin_search
from mdm.fleet.states import TabletEvent, TabletState
from mdm.fleet.tablet_life import change_state
from mdm.fleet.tablet_store import hold_tablet
from mdm.home.guardians.guardian_store import guardian_of_account, pupils_of_guardian
from mdm.home.loans import loan_store
from mdm.home.loans.errors import LoanUnknown
from mdm.home.loans.loan import Loan
from mdm.home.loans.loans import Loans
from mdm.home.loans.states import LoanState
from mdm.home.lost import search_store
from mdm.home.lost.answers import open_position
from mdm.home.lost.errors import (
    AskedAlready,
    NobodyDeclared,
    NoPerson,
    NoPlaceTold,
    NotLocked,
    NotLost,
    NotOneOfTwo,
    NotSearched,
    NotTheirs,
    OtherPersonNeeded,
    SearchRuns,
)
from mdm.home.lost.orders import LostOrders
from mdm.home.lost.search import (
    DEMAND_MS,
    RING_MS,
    Look,
    Means,
    Position,
    Screen,
    Search,
    SearchState,
    SearchView,
    Standing,
    Stopped,
)
from mdm.journal import Journal
from mdm.store import Connection, Database
from mdm.vault import Vault

_PERSON = "account:"
_MINUTE_MS = 60_000


class LostSearches:
    """Searches of lost tablets. ``actor``: an identifier such as ``account:anne``; ``account_id``: the guardian's."""

    def __init__(
        self, database: Database, clock: Clock, journal: Journal, vault: Vault, loans: Loans, orders: LostOrders
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._vault = vault
        self._loans = loans
        self._orders = orders

    async def declare_by_guardian(self, loan_id: str, *, account_id: str, actor: str) -> Search:
        """Declare a child's tablet lost, or join what the school declared; it is searched at once, where it can be.

        Raises `NotTheirs`, `SearchRuns`, `LoanNotSo` or `TransitionRefused`.
        """

        def write(conn: Connection) -> Search:
            loan = self._their_loan(conn, loan_id, account_id)
            fresh = loan.state is LoanState.HANDED_OVER
            if fresh:
                self._loans.declare_lost_in(conn, loan_id, actor=actor)
            search = self._lost(conn, loan.tablet_id)
            if search.guardian is not None:
                raise SearchRuns
            search = msgspec.structs.replace(
                search, guardian=actor, declared_as=Standing.GUARDIAN if fresh else search.declared_as
            )
            return self._search(conn, search, actor)

        return await self._database.write(write)

    async def found_by_guardian(self, loan_id: str, *, account_id: str, actor: str) -> None:
        """Say that the family has the tablet again: it is on loan as before. Raises `NotTheirs` or `NotLost`."""

        def write(conn: Connection) -> None:
            loan = self._their_loan(conn, loan_id, account_id)
            if search_store.hold_search(conn, loan.tablet_id) is None:
                raise NotLost
            self._loans.find_in(conn, loan_id, actor=actor)

        await self._database.write(write)

    async def ask_by_guardian(self, loan_id: str, *, account_id: str, actor: str) -> None:
        """Ask the tablet where it is; raise `NotTheirs`, `NotSearched` or `AskedAlready`."""
        await self._as_guardian(loan_id, account_id, lambda conn, search: self._ask(conn, search, actor))

    async def ring_by_guardian(self, loan_id: str, *, account_id: str, actor: str) -> None:
        """Let the tablet ring; raise `NotTheirs`, `NotLocked` or `AskedAlready`."""
        await self._as_guardian(loan_id, account_id, lambda conn, search: self._ring(conn, search, actor))

    async def declare(self, tablet_id: str, *, standing: Standing, actor: str) -> Search:
        """Declare a tablet lost, and ask as the first of two for a search; it is locked, and not asked where it is.

        For one that is lost already, only the search is asked for. Raises `NoPerson`, `OtherPersonNeeded`,
        `TransitionRefused` or `TabletUnknown`.
        """
        _require_person(actor)

        def write(conn: Connection) -> Search:
            fresh = self._lose(conn, tablet_id, actor)
            search = self._lost(conn, tablet_id)
            if search.first_by == actor and search.second_by is None:
                raise OtherPersonNeeded
            if search.first_by is not None:
                return search
            search = msgspec.structs.replace(
                search,
                first_by=actor,
                first_as=standing,
                second_by=None,
                second_as=Standing.NOBODY,
                declared_as=standing if fresh else search.declared_as,
            )
            self._note(conn, "lost_search_asked", search, actor, standing)
            search_store.save_search(conn, search)
            return self._orders.follow_one(conn, search)

        return await self._database.write(write)

    async def confirm(self, tablet_id: str, *, standing: Standing, actor: str) -> Search:
        """Confirm, as another person, that the tablet is lost: it is asked where it is, and the two may look.

        Raises `NoPerson`, `NotLost`, `NobodyDeclared`, `OtherPersonNeeded`, `SearchRuns` or `NoPlaceTold`.
        """
        _require_person(actor)

        def write(conn: Connection) -> Search:
            search = search_store.hold_search(conn, tablet_id)
            if search is None:
                raise NotLost
            if search.first_by is None:
                raise NobodyDeclared
            if search.first_by == actor:
                raise OtherPersonNeeded
            if search.second_by is not None:
                raise SearchRuns
            if search_store.means_of(conn, tablet_id) is not Means.LOST_MODE:
                raise NoPlaceTold
            search = msgspec.structs.replace(search, second_by=actor, second_as=standing)
            self._note(conn, "lost_search_confirmed", search, actor, standing)
            if search.asks(self._clock.ms()):
                # The family asked before: they join it, and its end stays.
                search_store.save_search(conn, search)
                return search
            return self._orders.open(conn, search, actor=actor)

        return await self._database.write(write)

    async def ask(self, tablet_id: str, *, actor: str) -> None:
        """Ask the tablet where it is, as one of the two; raise `NotOneOfTwo`, `NotSearched` or `AskedAlready`."""
        await self._as_one_of_two(tablet_id, actor, lambda conn, search: self._ask(conn, search, actor))

    async def ring(self, tablet_id: str, *, actor: str) -> None:
        """Let the tablet ring, as one of the two; raise `NotOneOfTwo`, `NotLocked` or `AskedAlready`."""
        await self._as_one_of_two(tablet_id, actor, lambda conn, search: self._ring(conn, search, actor))

    async def look(self, tablet_id: str, *, standing: Standing, actor: str) -> Position | None:
        """Return the position to one of the two; that they looked is journalled, and told to the family.

        None where none is known yet, which is no look. Raises `NotLost` or `NotOneOfTwo`.
        """

        def write(conn: Connection) -> Position | None:
            search = search_store.hold_search(conn, tablet_id)
            if search is None:
                raise NotLost
            if not search.seen_by(actor):
                raise NotOneOfTwo
            now = self._clock.ms()
            position = open_position(self._vault, search, now)
            if position is not None:
                search_store.add_look(conn, search.search_id, Look(at=now, standing=standing, by=actor))
                self._note(conn, "lost_position_seen", search, actor, standing)
                conn.publish("tablet", tablet_id)
            return position

        return await self._database.write(write)

    async def of_tablet(self, tablet_id: str) -> SearchView | None:
        """Return a lost tablet's search without its position; None for a tablet that is not lost."""

        def read(conn: Connection) -> SearchView | None:
            search = search_store.open_search(conn, tablet_id)
            return self._view(conn, search) if search is not None else None

        return await self._database.read(read)

    async def for_guardian(self, loan_id: str, *, account_id: str) -> SearchView | None:
        """Return the search of a child's tablet, with its position; None where it is not lost. Raises `NotTheirs`."""

        def read(conn: Connection) -> SearchView | None:
            loan = self._their_loan(conn, loan_id, account_id, held=False)
            search = search_store.open_search(conn, loan.tablet_id)
            if search is None:
                return None
            position = open_position(self._vault, search, self._clock.ms())
            return msgspec.structs.replace(self._view(conn, search), position=position)

        return await self._database.read(read)

    def follow_loan(self, conn: Connection, kind: str, loan: Loan) -> None:
        """Do what a loan's change asks, in its transaction: see ``after`` of `Loans`."""
        if kind in ("loan_lost", "loan_found", "loan_returned"):
            self._orders.follow(conn, loan.tablet_id)
        if kind == "loan_ended":
            search = search_store.hold_search(conn, loan.tablet_id)
            if search is not None and search.state is not SearchState.STOPPED:
                self._orders.stop(conn, search, Stopped.GIVEN_UP, actor="system")

    def _search(self, conn: Connection, search: Search, actor: str) -> Search:
        """Go on to the position where a tablet can tell it, and was not asked for it already; else lock it alone."""
        if search_store.means_of(conn, search.tablet_id) is Means.LOST_MODE and not search.asks(self._clock.ms()):
            return self._orders.open(conn, search, actor=actor)
        search_store.save_search(conn, search)
        return self._orders.follow_one(conn, search)

    def _lost(self, conn: Connection, tablet_id: str) -> Search:
        # One that was lost before searches were kept has none yet.
        if hold_tablet(conn, tablet_id).state is not TabletState.LOST:
            raise NotLost
        begin_search(conn, tablet_id, now=self._clock.ms())
        search = search_store.hold_search(conn, tablet_id)
        if search is None:
            raise NotLost
        return search

    def _lose(self, conn: Connection, tablet_id: str, actor: str) -> bool:
        """Declare a tablet lost, with its loan where one runs; tell whether it was not lost before."""
        loan = loan_store.open_loan_of_tablet(conn, tablet_id)
        if loan is not None and loan.state is LoanState.HANDED_OVER:
            before = hold_tablet(conn, tablet_id).state
            self._loans.declare_lost_in(conn, loan.loan_id, actor=actor)
            return before is not TabletState.LOST
        if hold_tablet(conn, tablet_id).state is TabletState.LOST:
            return False
        change_state(
            conn, self._journal, tablet_id=tablet_id, event=TabletEvent.LOSE, actor=actor, now=self._clock.ms()
        )
        return True

    def _ask(self, conn: Connection, search: Search, actor: str) -> None:
        now = self._clock.ms()
        if not search.asks(now):
            raise NotSearched
        if search.screen is Screen.REFUSED:
            # What refused to be locked is asked to lock itself once more: without that it tells no place.
            search = msgspec.structs.replace(search, screen=Screen.FREE)
            self._orders.follow_one(conn, search)
            return
        if search_store.means_of(conn, search.tablet_id) is not Means.LOST_MODE:
            raise NoPlaceTold
        if search.place_command is not None or search.screen is Screen.LOCKING:
            raise AskedAlready(minutes=DEMAND_MS // _MINUTE_MS)
        _require_rest(search.place_asked_at, DEMAND_MS, now)
        self._note(conn, "lost_position_asked", search, actor)
        search_store.save_search(conn, self._orders.ask(conn, search, actor=actor))
        conn.publish("tablet", search.tablet_id)

    def _ring(self, conn: Connection, search: Search, actor: str) -> None:
        now = self._clock.ms()
        means = search_store.means_of(conn, search.tablet_id)
        if search.screen is not Screen.LOCKED or means is not Means.LOST_MODE:
            raise NotLocked
        _require_rest(search.rang_at, RING_MS, now)
        self._note(conn, "lost_tablet_rings", search, actor)
        search_store.save_search(conn, self._orders.ring(conn, search, actor=actor))

    async def _as_guardian(self, loan_id: str, account_id: str, act: Callable[[Connection, Search], None]) -> None:
        def write(conn: Connection) -> None:
            loan = self._their_loan(conn, loan_id, account_id)
            search = search_store.hold_search(conn, loan.tablet_id)
            if search is None:
                raise NotLost
            act(conn, search)

        await self._database.write(write)

    async def _as_one_of_two(self, tablet_id: str, actor: str, act: Callable[[Connection, Search], None]) -> None:
        def write(conn: Connection) -> None:
            search = search_store.hold_search(conn, tablet_id)
            if search is None:
                raise NotLost
            if not search.seen_by(actor):
                raise NotOneOfTwo
            act(conn, search)

        await self._database.write(write)

    def _their_loan(self, conn: Connection, loan_id: str, account_id: str, *, held: bool = True) -> Loan:
        guardian = guardian_of_account(conn, account_id)
        try:
            loan = loan_store.hold_loan(conn, loan_id) if held else loan_store.require_loan(conn, loan_id)
        except LoanUnknown as unknown:
            raise NotTheirs from unknown
        open_now = loan.state in (LoanState.HANDED_OVER, LoanState.LOST)
        if guardian is None or not open_now or loan.pupil_id not in pupils_of_guardian(conn, guardian.guardian_id):
            raise NotTheirs
        return loan

    def _view(self, conn: Connection, search: Search) -> SearchView:
        return SearchView(
            search=search,
            means=search_store.means_of(conn, search.tablet_id),
            looks=search_store.looks_of(conn, search.search_id),
            heard_at=search_store.heard_at(conn, search.tablet_id),
        )

    def _note(
        self, conn: Connection, kind: str, search: Search, actor: str, standing: Standing = Standing.NOBODY
    ) -> None:
        detail = {"search": search.search_id, **({"as": standing.value} if standing else {})}
        self._journal.record(conn, kind, actor=actor, subject=f"tablet:{search.tablet_id}", detail=detail)


def _require_person(actor: str) -> None:
    if not actor.startswith(_PERSON):
        raise NoPerson


def _require_rest(last: int | None, rest: int, now: int) -> None:
    if last is not None and now < last + rest:
        left = last + rest - now
        raise AskedAlready(minutes=max(1, -(-left // _MINUTE_MS)))
