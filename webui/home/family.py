"""Who asks, as a guardian: the children for whom the account answers, and their loans. Nobody else's is found.

An address only says which of them is meant; each page asks here first.
"""

from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from mdm.fleet.tablet import TabletView
from mdm.fleet.tablet_store import tablet_view
from mdm.fleet.territory import School
from mdm.fleet.territory_store import require_school
from mdm.home.calendar.places import place_of
from mdm.home.guardians.guardian_store import Guardian, guardian_of_account, pupils_of_guardian
from mdm.home.loans import loan_store
from mdm.home.loans.loan import Loan, LoanDetail
from mdm.home.loans.states import LoanState
from mdm.home.pupils.pupil import PupilView
from mdm.home.pupils.pupil_store import pupil_views
from mdm.store import Connection
from webui.home.errors import NotAtHome, NotYourChild, NotYourLoan
from webui.site import Site

AT_HOME = (LoanState.HANDED_OVER, LoanState.LOST)
"""The states in which the family answers for the tablet."""


class Household(msgspec.Struct, frozen=True, kw_only=True):
    """The guardian that an account is, and the children; ``guardian`` is None before a code was given."""

    guardian: Guardian | None
    children: tuple[PupilView, ...] = ()


class LentTablet(msgspec.Struct, frozen=True, kw_only=True):
    """A tablet in the family's hands: its loan, what it said last, the child and the child's school."""

    loan: Loan
    tablet: TabletView
    child: PupilView
    school: School

    @property
    def zone(self) -> ZoneInfo:
        """The school's local time."""
        return ZoneInfo(place_of(self.school.insee).time_zone)


class Family:
    """Finds what is the family's of whoever asks."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._database = site.services.database
        self._lists = site.services.home.lists

    async def household(self, request: web.Request) -> Household:
        """Return the guardian who asks, and the children."""
        account_id = self._account(request)
        return await self._database.read(lambda conn: household_in(conn, account_id))

    async def guardian(self, request: web.Request) -> Guardian:
        """Return the guardian who asks; raise `NotYourChild` for an account that used no code."""
        guardian = (await self.household(request)).guardian
        if guardian is None:
            raise NotYourChild
        return guardian

    async def child(self, request: web.Request) -> PupilView:
        """Return the child that the address names; raise `NotYourChild`."""
        account_id, pupil_id = self._account(request), request.match_info["child"]
        return await self._database.read(lambda conn: child_in(conn, account_id, pupil_id))

    async def loan(self, request: web.Request) -> LoanDetail:
        """Return the loan that the address names; raise `NotYourLoan`."""
        account_id, loan_id = self._account(request), request.match_info["loan_id"]

        def own(conn: Connection) -> bool:
            children = {one.pupil.pupil_id for one in household_in(conn, account_id).children}
            return any(one.loan_id == loan_id for one in loan_store.loans_of_pupils(conn, sorted(children)))

        if not await self._database.read(own):
            raise NotYourLoan
        return await self._lists.loan(loan_id)

    async def lent_to(self, request: web.Request) -> LentTablet | None:
        """Return the tablet that the child of the address has; None where it has none. Raises `NotYourChild`."""
        child = await self.child(request)

        def read(conn: Connection) -> LentTablet | None:
            loan = loan_store.open_loan_of_pupil(conn, child.pupil.pupil_id)
            if loan is None or loan.state not in AT_HOME:
                return None
            return LentTablet(
                loan=loan,
                tablet=tablet_view(conn, loan.tablet_id),
                child=child,
                school=require_school(conn, loan.uai),
            )

        return await self._database.read(read)

    async def loan_at_home(self, request: web.Request) -> LoanDetail:
        """Return the loan that the address names, whose tablet the family has; raise `NotYourLoan` or `NotAtHome`."""
        detail = await self.loan(request)
        if detail.view.loan.state not in AT_HOME:
            raise NotAtHome
        return detail

    def _account(self, request: web.Request) -> str | None:
        return self._site.person(request).account_id


def household_in(conn: Connection, account_id: str | None) -> Household:
    """Return the guardian that an account is, and the children, by name."""
    guardian = guardian_of_account(conn, account_id) if account_id is not None else None
    if guardian is None:
        return Household(guardian=None)
    views = pupil_views(conn, pupils_of_guardian(conn, guardian.guardian_id)).values()
    by_name = sorted(views, key=lambda one: (one.pupil.shown_name, one.pupil.pupil_id))
    return Household(guardian=guardian, children=tuple(by_name))


def child_in(conn: Connection, account_id: str | None, pupil_id: str) -> PupilView:
    """Return a child of an account; raise `NotYourChild`."""
    for child in household_in(conn, account_id).children:
        if child.pupil.pupil_id == pupil_id:
            return child
    raise NotYourChild
