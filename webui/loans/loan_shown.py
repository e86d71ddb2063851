"""What a loan's page shows, whole and in the parts that change while somebody looks at it."""

import hashlib
from datetime import date
from typing import Any

import msgspec
from aiohttp import web

from mdm.clock import DAY_MS
from mdm.errors import ValiseError
from mdm.fleet.tablet_store import tablet_view
from mdm.fleet.territory_store import require_school
from mdm.home.loans.loan import Loan, LoanDetail, Wear
from mdm.home.loans.loan_store import local_day
from mdm.home.loans.loans import PHOTOS_LIMIT
from mdm.home.loans.states import LoanEvent, LoanState, possible_events
from mdm.store import Connection
from profiles.loan_terms import AgreedLoanTerms
from webui.forms import NOTHING, Given
from webui.live import Parts
from webui.loans.ground import LoanGround, may_with_loan
from webui.loans.speech import Speech
from webui.permissions import Action
from webui.sheets import sheet_parts
from webui.site import Site
from webui.visitor import visitor_of

QUIET_DAYS = 7
"""From how many days of silence on a lent tablet is said to be quiet: the authority counts those seen in a week."""
PARTS = ("state", "next", "seen", "yes", "facts")
_AT_HOME = (LoanState.HANDED_OVER, LoanState.LOST)


class _Around(msgspec.Struct, frozen=True, kw_only=True):
    school: str
    today: date
    terms_changed: bool
    quiet_days: int


class LoanShown:
    """Reads a loan for its page."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._services = site.services
        self._home = site.services.home
        self._terms = AgreedLoanTerms(site.services.clock, site.services.charter.agreed)

    async def values(
        self,
        request: web.Request,
        ground: LoanGround,
        *,
        at: str = "",
        refused: ValiseError | None = None,
        given: Given = NOTHING,
    ) -> dict[str, Any]:
        """Return what the templates show; ``at`` names the form that was refused, with what was ``given`` in it."""
        detail = await self._home.lists.loan(ground.loan_id)
        loan, person = detail.view.loan, self._site.person(request)
        possible = possible_events(loan.state) if may_with_loan(person, Action.MANAGE_LOANS, ground) else ()
        around = await self._services.database.read(lambda conn: self._around(conn, loan, possible))
        guardians = await self._undecided(detail)
        return {
            "refused": refused,
            "at": at,
            "given": given,
            "detail": detail,
            "view": detail.view,
            "loan": loan,
            "school": around.school,
            "address": f"/loans/{loan.loan_id}",
            "possible": {one.value for one in possible},
            "guardians": guardians,
            "may_lose": may_with_loan(person, Action.DECLARE_LOST, ground)
            and LoanEvent.LOSE in possible_events(loan.state),
            "terms_changed": around.terms_changed,
            "quiet_days": around.quiet_days,
            "paragraphs": [one.strip() for one in detail.terms.text.split("\n\n") if one.strip()],
            "today": around.today.isoformat(),
            "wears": list(Wear),
            "photos_limit": PHOTOS_LIMIT,
            "agreed_as": _agreed_as(detail, guardians),
            "facts_as": f"{loan.state.value} {loan.due_on} {loan.closed_at or ''}",
            "speech": Speech(translate=visitor_of(request).translate),
        }

    async def parts(self, request: web.Request, ground: LoanGround) -> Parts:
        """Return the parts of the page by their identifiers."""
        return sheet_parts(self._site, request, "loans", "loan", PARTS, await self.values(request, ground))

    def _around(self, conn: Connection, loan: Loan, possible: tuple[LoanEvent, ...]) -> _Around:
        changed = LoanEvent.TAKE_BACK_YES in possible and (
            self._terms.of_kit(conn, loan.kit_id).digest != loan.terms_digest
        )
        return _Around(
            school=require_school(conn, loan.uai).name,
            today=local_day(conn, loan.uai, self._services.clock.now()),
            terms_changed=changed,
            quiet_days=self._quiet_days(conn, loan),
        )

    def _quiet_days(self, conn: Connection, loan: Loan) -> int:
        """Return since how many days a tablet that is out was not heard from; 0 where that is nothing to tell."""
        if loan.state not in _AT_HOME or loan.handed_at is None:
            return 0
        report = tablet_view(conn, loan.tablet_id).report
        heard = report.seen_at if report is not None else loan.handed_at
        days = (self._services.clock.ms() - heard) // DAY_MS
        return days if days >= QUIET_DAYS else 0

    async def _undecided(self, detail: LoanDetail) -> list[tuple[str, str]]:
        """Return the guardians who said no yes to the present text, with their labels."""
        if detail.view.pupil is None:
            return []
        said = {one.guardian_id for one in detail.acceptances if one.terms_digest == detail.view.loan.terms_digest}
        views = await self._home.guardians.of_pupil(detail.view.pupil.pupil_id)
        return [(one.guardian.guardian_id, one.guardian.label) for one in views if one.guardian.guardian_id not in said]


def _agreed_as(detail: LoanDetail, guardians: list[tuple[str, str]]) -> str:
    """Return a text that is another one when the family's agreement is."""
    loan = detail.view.loan
    yeses = [(one.guardian_id, one.terms_digest, one.insured) for one in detail.acceptances]
    said = repr((loan.state.value, loan.terms_digest, detail.view.trained, yeses, guardians))
    return hashlib.sha256(said.encode()).hexdigest()[:16]
