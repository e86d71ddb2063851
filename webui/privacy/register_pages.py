"""The register (article 30), the impact assessment's data section (article 35), and what the purge did."""

from aiohttp import web

from mdm.errors import ValiseError
from mdm.i18n import N_, Translator
from mdm.privacy.composition import PrivacyParts
from mdm.privacy.controller import Controller
from mdm.privacy.register import Register
from mdm.privacy.reports import (
    assessment_csv,
    assessment_pdf,
    field_entries,
    register_csv,
    register_entries,
    register_pdf,
)
from webui.forms import NOTHING, Given, given_in
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.privacy.purge_store import last_purges
from webui.privacy.request_pages import VIEWERS
from webui.site import Site
from webui.visitor import visitor_of

_PURGES = 5


class RegisterPages:
    """Shows what is declared; says who answers for it; tells of the purge."""

    def __init__(self, site: Site, parts: PrivacyParts) -> None:
        self._site = site
        self._services = site.services
        self._parts = parts

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        reads = Action.READ_PRIVACY
        return [
            page("GET", "/privacy", self.show, needs=reads),
            page("POST", "/privacy/controller", self.say_controller, needs=Action.MANAGE_PRIVACY),
            page("GET", "/privacy/register.pdf", self.register_paper, needs=reads),
            page("GET", "/privacy/register.csv", self.register_sheet, needs=reads),
            page("GET", "/privacy/assessment", self.assessment, needs=reads),
            page("GET", "/privacy/assessment.pdf", self.assessment_paper, needs=reads),
            page("GET", "/privacy/assessment.csv", self.assessment_sheet, needs=reads),
            page("GET", "/privacy/purge", self.purge, needs=reads),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show the register."""
        return await self._page(request)

    async def say_controller(self, request: web.Request) -> web.StreamResponse:
        """Enter who answers for the processing."""
        given = await given_in(request)
        wanted = Controller(name=given.text("name"), contact=given.text("contact"), officer=given.text("officer"))
        try:
            await self._parts.controllers.set(wanted, actor=self._site.person(request).actor)
        except ValiseError as refused:
            return await self._page(request, refused=refused, given=given)
        raise see_other("/privacy", notice=N_("Noted: the register names them now."))

    async def register_paper(self, request: web.Request) -> web.Response:
        """Print the register."""
        known, controller, words = await self._paper(request)
        return _file(
            await register_pdf(known, controller, words, now=self._services.clock.ms()),
            "application/pdf",
            "register.pdf",
        )

    async def register_sheet(self, request: web.Request) -> web.Response:
        """Give the register as a spreadsheet."""
        known, controller, words = await self._paper(request)
        return _file(register_csv(known, controller, words).encode(), "text/csv", "register.csv")

    async def assessment(self, request: web.Request) -> web.Response:
        """Show every declared field, activity by activity."""
        entries = field_entries(self._parts.register, visitor_of(request).translate)
        activities = list(dict.fromkeys(one.activity for one in entries))
        wanted = request.query.get("activity", "")
        chosen = int(wanted) if wanted.isdecimal() and int(wanted) < len(activities) else 0
        return self._site.renderer.page(
            request,
            "privacy/assessment.html",
            activities=activities,
            chosen=chosen,
            shown=[one for one in entries if one.activity == activities[chosen]],
        )

    async def assessment_paper(self, request: web.Request) -> web.Response:
        """Print the assessment's data section."""
        known, controller, words = await self._paper(request)
        body = await assessment_pdf(known, controller, words, now=self._services.clock.ms())
        return _file(body, "application/pdf", "assessment.pdf")

    async def assessment_sheet(self, request: web.Request) -> web.Response:
        """Give the assessment's data section as a spreadsheet."""
        return _file(
            assessment_csv(self._parts.register, visitor_of(request).translate).encode(), "text/csv", "assessment.csv"
        )

    async def purge(self, request: web.Request) -> web.Response:
        """Tell what the purge did last; with ``count=1``, what is past its time now."""
        words, register = visitor_of(request).translate, self._parts.register
        wanted = request.query.get("count") == "1"
        overdue = await self._parts.purge.overdue() if wanted else {}
        done = await self._services.database.read(lambda conn: last_purges(conn, limit=_PURGES))
        return self._site.renderer.page(
            request,
            "privacy/purge.html",
            purges=[(one.at, _counts(one.rows, register, words)) for one in done],
            counted=wanted,
            overdue=_counts(overdue, register, words),
        )

    async def _page(
        self, request: web.Request, *, refused: ValiseError | None = None, given: Given = NOTHING
    ) -> web.Response:
        waiting = 0
        if self._site.may(request, Action.MANAGE_PRIVACY):
            waiting = len(await self._parts.requests.listed("open", VIEWERS))
        return self._site.renderer.page(
            request,
            "privacy/register.html",
            status=refused.status if refused else 200,
            refused=refused,
            given=given,
            controller=await self._parts.controllers.current(),
            declared=register_entries(self._parts.register, visitor_of(request).translate),
            fields=len(self._parts.register.fields),
            waiting=waiting,
        )

    async def _paper(self, request: web.Request) -> tuple[Register, Controller, Translator]:
        return self._parts.register, await self._parts.controllers.current(), visitor_of(request).translate


def _file(body: bytes, kind: str, name: str) -> web.Response:
    charset = "utf-8" if kind == "text/csv" else None
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=body, content_type=kind, charset=charset, headers=headers)


def _counts(rows: dict[str, int], register: Register, words: Translator) -> list[tuple[str, int]]:
    """Return numbers by what was erased, in words where a table is meant."""
    about = {one.name: words(one.about) for one in register.tables if one.about}
    return [(about.get(name.partition(".")[0].partition(" ")[0], name), many) for name, many in sorted(rows.items())]
