"""The first page: for each child what the tablet may do now and why, its use, and what waits for the family."""

from typing import Any

import msgspec
from aiohttp import web

from mdm.errors import ValiseError
from mdm.home.evaluation.guardians import PupilEvaluation
from mdm.home.loans.states import STATE_NAMES
from mdm.home.modes.mode import WHY_WORDS
from mdm.home.use.categories import CATEGORIES, CATEGORY_NAMES, TOLD, Told
from mdm.home.use.daily import NOT_KEPT_WORDS, LoanUse
from mdm.store import Event
from webui.home.family import Family
from webui.home.home_view import ChildShown, home_of
from webui.home.speech import Speech, obeys
from webui.live import Parts
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.site import Site
from webui.visitor import visitor_of


class ChildCard(msgspec.Struct, frozen=True, kw_only=True):
    """A child on the page. ``use`` is None where the family has no tablet; ``to_choose``: evaluations not answered."""

    shown: ChildShown
    speech: Speech
    use: LoanUse | None = None
    told: Told | None = None
    obeys: tuple[str, ...] = ()
    to_choose: tuple[PupilEvaluation, ...] = ()

    @property
    def waiting(self) -> bool:
        """Tell whether something waits for the family."""
        shown = self.shown
        others = shown.others_must and shown.loan is not None and not shown.has_tablet
        return bool(
            shown.must_train or shown.must_accept or shown.may_fetch or others or shown.overdue or self.to_choose
        )

    @property
    def days_heard(self) -> int:
        """On how many of the last days the tablet was heard out of school."""
        return sum(1 for one in self.use.days if one.hours_seen) if self.use is not None else 0


class HomePage:
    """Shows a family its children's tablets."""

    def __init__(self, site: Site, family: Family) -> None:
        self._site = site
        self._family = family
        self._home = site.services.home
        self._reader = site.services.modes.reader

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/home", self.show, needs=Action.OWN_LOANS),
            page("GET", "/home/events", self.follow, needs=Action.OWN_LOANS),
            page("POST", "/home/label", self.find, needs=Action.OWN_LOANS),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show the children."""
        return await self._page(request)

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send each child's part as it changes: its loan, what the tablet may do now, what waits for the family."""
        visitor = visitor_of(request)
        cared: set[str] = set()

        async def render() -> Parts:
            values = await self._values(request)
            cards: list[ChildCard] = values.pop("cards")
            cared.update(one.shown.school.uai for one in cards)
            cared.update(one.shown.loan.tablet_id for one in cards if one.shown.loan is not None)
            return {
                f"card-{one.shown.child.pupil.pupil_id}": self._site.renderer.fragment(
                    visitor.translate, "home/_child.html", card=one, **values
                )
                for one in cards
            }

        def concerns(event: Event) -> bool:
            return event.key in cared

        return await self._site.follow(request, render, concerns, topics=("loans", "tablet"))

    async def find(self, request: web.Request) -> web.StreamResponse:
        """Open the loan of the tablet whose label was scanned or typed."""
        account_id = self._site.person(request).account_id or ""
        label = str((await request.post()).get("label", ""))[:200]
        try:
            detail = await self._home.lists.scan_at_home(label, account_id)
        except ValiseError as refused:
            return await self._page(request, label=label, refused=refused)
        raise see_other(f"/home/loans/{detail.view.loan.loan_id}")

    async def _page(self, request: web.Request, *, label: str = "", refused: ValiseError | None = None) -> web.Response:
        return self._site.renderer.page(
            request,
            "home/home.html",
            status=refused.status if refused else 200,
            label=label,
            refused=refused,
            **await self._values(request),
        )

    async def _values(self, request: web.Request) -> dict[str, Any]:
        services = self._site.services
        account_id = self._site.person(request).account_id
        home = await services.database.read(lambda conn: home_of(conn, account_id, self._reader, services.clock))
        guardian_id = home.guardian.guardian_id if home.guardian is not None else ""
        progress = await self._home.training.progress(account_id or "")
        return {
            "home": home,
            "cards": [await self._card(request, one, guardian_id) for one in home.children],
            "trained": progress.completion is not None,
            "states": STATE_NAMES,
            "why": WHY_WORDS,
            "categories": CATEGORIES,
            "category_names": CATEGORY_NAMES,
            "not_kept_words": NOT_KEPT_WORDS,
        }

    async def _card(self, request: web.Request, shown: ChildShown, guardian_id: str) -> ChildCard:
        speech = Speech(translate=visitor_of(request).translate, now=self._site.services.clock.now(), zone=shown.zone)
        evaluations = await self._home.figures.guardians.of_pupil(shown.child.pupil.pupil_id, to_come=True)
        card = ChildCard(
            shown=shown,
            speech=speech,
            to_choose=tuple(one for one in evaluations if one.may_choose and guardian_id not in one.choices),
        )
        if shown.loan is None or shown.tablet is None or not shown.has_tablet:
            return card
        platform, report = shown.tablet.tablet.platform, shown.tablet.report
        return msgspec.structs.replace(
            card,
            use=await self._home.figures.use.of_loan(shown.loan.loan_id, shown.loan.tablet_id),
            told=TOLD[platform],
            obeys=obeys(platform, report.supervised if report is not None else None),
        )
