"""A loan as the family sees it: the agreement, the tablet's state, the yes, and what became of it."""

import hashlib
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from mdm.errors import ValiseError
from mdm.fleet.territory import School
from mdm.fleet.territory_store import require_school
from mdm.home.calendar.places import place_of
from mdm.home.loans.loan import PART_NAMES, WEAR_NAMES
from mdm.home.loans.states import STATE_NAMES, LoanState
from mdm.i18n import N_
from mdm.repairs.errors import RepairError
from mdm.store import Connection
from webui.forms import given_in
from webui.home.errors import NoPhoto, NotReadYet
from webui.home.family import Family
from webui.home.speech import Speech
from webui.live import Parts
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.sheets import sheet_parts
from webui.site import Site
from webui.visitor import visitor_of

LOAN = "/home/loans/{loan_id:[0-9a-f]{32}}"
_PARTS = ("state", "agreement", "seen")


class LoanPages:
    """Shows a loan, and takes a guardian's yes."""

    def __init__(self, site: Site, family: Family) -> None:
        self._site = site
        self._family = family
        self._home = site.services.home

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", LOAN, self.show, needs=Action.OWN_LOANS),
            page("GET", f"{LOAN}/events", self.follow, needs=Action.OWN_LOANS),
            page("POST", f"{LOAN}/accept", self.accept, needs=Action.OWN_LOANS),
            page("POST", f"{LOAN}/take-back", self.take_back, needs=Action.OWN_LOANS),
            page("GET", f"{LOAN}/photos/{{photo:[0-9a-f]{{64}}}}", self.photo, needs=Action.OWN_LOANS),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show the loan."""
        return await self._page(request)

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send the parts of a loan's page as they change: another guardian says yes, the tablet is handed over."""
        loan = (await self._family.loan(request)).view.loan

        async def render() -> Parts:
            return sheet_parts(self._site, request, "home", "loan", _PARTS, await self._values(request))

        return await self._site.follow(request, render, lambda event: event.key == loan.uai, topics=("loans",))

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """Take a guardian's yes to the text that the page showed."""
        detail = await self._family.loan(request)
        loan_id, person = detail.view.loan.loan_id, self._site.person(request)
        given = await given_in(request)
        try:
            if not given.is_set("read"):
                raise NotReadYet
            await self._home.loans.agreements.accept(
                loan_id,
                account_id=person.account_id or "",
                terms_digest=given.text("terms"),
                insured=given.is_set("insured"),
                actor=person.actor,
            )
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other(f"/home/loans/{loan_id}", notice=N_("Your yes is noted. Thank you."))

    async def take_back(self, request: web.Request) -> web.StreamResponse:
        """Take one's own yes back, before the tablet is handed over."""
        detail = await self._family.loan(request)
        guardian = await self._family.guardian(request)
        loan_id = detail.view.loan.loan_id
        actor = self._site.person(request).actor
        try:
            await self._home.loans.agreements.take_back(loan_id, guardian.guardian_id, actor=actor)
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other(f"/home/loans/{loan_id}", notice=N_("Your yes is taken back."))

    async def photo(self, request: web.Request) -> web.Response:
        """Give a photo of the tablet's state."""
        detail = await self._family.loan(request)
        digest = request.match_info["photo"]
        if not any(digest in photos for photos in detail.photos.values()):
            raise NoPhoto
        try:
            body = await self._home.photos.content(digest)
        except RepairError as gone:
            raise NoPhoto from gone
        return web.Response(body=body, content_type="image/jpeg", headers={"Cache-Control": "private, max-age=600"})

    async def _page(self, request: web.Request, *, refused: ValiseError | None = None) -> web.Response:
        return self._site.renderer.page(
            request,
            "home/loan.html",
            status=refused.status if refused else 200,
            refused=refused,
            **await self._values(request),
        )

    async def _values(self, request: web.Request) -> dict[str, Any]:
        detail = await self._family.loan(request)
        guardian = await self._family.guardian(request)
        loan = detail.view.loan

        def read(conn: Connection) -> School:
            return require_school(conn, loan.uai)

        school = await self._site.services.database.read(read)
        own = next((one for one in detail.acceptances if one.guardian_id == guardian.guardian_id), None)
        waits = loan.state in (LoanState.PREPARED, LoanState.ACCEPTED)
        speech = Speech(
            translate=visitor_of(request).translate,
            now=self._site.services.clock.now(),
            zone=ZoneInfo(place_of(school.insee).time_zone),
        )
        accepted = own if own is not None and own.terms_digest == loan.terms_digest else None
        must_train = waits and detail.terms.needs_training and not detail.view.trained
        said = repr((loan.state.value, loan.terms_digest, must_train, accepted is not None))
        return {
            "detail": detail,
            "loan": loan,
            "school": school,
            "paragraphs": [one.strip() for one in detail.terms.text.split("\n\n") if one.strip()],
            "own": accepted,
            "guardian_id": guardian.guardian_id,
            "waits": waits,
            "must_train": must_train,
            "agreed_as": hashlib.sha256(said.encode()).hexdigest()[:16],
            "states": STATE_NAMES,
            "parts": PART_NAMES,
            "wear": WEAR_NAMES,
            "speech": speech,
        }
