"""Editions: all of them, what each changed and who follows it, what comes next, and the check of the whole chain."""

from aiohttp import web

from mdm.errors import ValiseError
from mdm.i18n import N_
from mdm.store import Event
from profiles.charter.chain import Verdict
from profiles.charter.charter import Charter
from profiles.charter.charter_view import in_groups
from profiles.charter.errors import EditionUnknown, NoCharter
from profiles.charter.public_page import PublicCharter
from webui.charter_page import CharterNotShown
from webui.committee.coming import ComingReading
from webui.committee.desk import Desk
from webui.committee.follower_store import followers_of
from webui.live import Parts
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action

_LINES = 50
EDITION = "/editions/{number:[0-9]{1,6}}"


class EditionPages:
    """Shows editions, and publishes the next."""

    def __init__(self, desk: Desk, charter: Charter, public: PublicCharter, coming: ComingReading) -> None:
        self._desk = desk
        self._charter = charter
        self._public = public
        self._coming = coming

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/editions", self.list, needs=Action.READ_EDITIONS),
            page("POST", "/editions", self.publish, needs=Action.PUBLISH_EDITION),
            page("GET", "/editions/next", self.next, needs=Action.READ_EDITIONS),
            page("GET", "/editions/next/events", self.follow, needs=Action.READ_EDITIONS),
            page("GET", "/editions/verification", self.verify, needs=Action.READ_EDITIONS),
            page("GET", EDITION, self.show, needs=Action.READ_EDITIONS),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """Show the editions, the newest first."""
        after = request.query.get("after", "")
        before = int(after) if after.isdecimal() and len(after) < 10 else 2**31
        lines = [one for one in await self._charter.editions.lines() if one.number < before]
        shown = lines[:_LINES]
        more = str(shown[-1].number) if len(lines) > _LINES else None
        return self._desk.page(
            request,
            "editions.html",
            lines=shown,
            first=self._desk.first_address(request),
            next=self._desk.next_address(request, more),
        )

    async def show(self, request: web.Request) -> web.Response:
        """Show an edition: what changed, by which decisions, who follows it, and how to check it."""
        number = int(request.match_info["number"])
        try:
            edition = await self._public.edition(number)
        except (EditionUnknown, NoCharter) as error:
            raise CharterNotShown from error
        view, after = edition.view, request.query.get("after", "")[:8]
        lines = await self._charter.editions.lines()
        followers = await self._desk.services.database.read(
            lambda conn: followers_of(conn, view.edition_id, after=after, limit=_LINES + 1)
        )
        more = followers[_LINES - 1].uai if len(followers) > _LINES else None
        return self._desk.page(
            request,
            "edition.html",
            view=view,
            is_newest=edition.is_newest,
            line=next((one for one in lines if one.edition_id == view.edition_id), None),
            decisions=[one for one in view.register if one.edition == number],
            followers=followers[:_LINES],
            in_groups=in_groups,
            first=self._desk.first_address(request),
            next=self._desk.next_address(request, more),
        )

    async def next(self, request: web.Request) -> web.Response:
        """Show what is coming."""
        return await self._ahead(request)

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send what is coming, again when a vote opens, closes or is published."""

        async def render() -> Parts:
            return {"coming": self._desk.part(request, "_coming.html", coming=await self._coming.read())}

        def concerns(event: Event) -> bool:
            return event.topic in ("proposal", "charter")

        return await self._desk.site.follow(request, render, concerns, topics=("proposal", "charter"))

    async def publish(self, request: web.Request) -> web.Response:
        """Publish an edition of the adopted proposals that wait."""
        try:
            made = await self._charter.editions.publish(actor=f"account:{self._desk.login(request)}")
        except ValiseError as refused:
            return await self._ahead(request, refused=refused)
        if made.left_out:
            notice = N_("Some decisions could not be carried out any more: they are below, with the reason.")
            raise see_other("/editions/next", notice=notice)
        raise see_other(f"/editions/{made.record.number}", notice=N_("The edition is published and signed."))

    async def verify(self, request: web.Request) -> web.Response:
        """Check the whole chain of editions, and say what was found."""
        verdict: Verdict | None = None
        wrong: ValiseError | None = None
        try:
            verdict = await self._charter.editions.verify()
        except NoCharter:
            raise
        except ValiseError as error:
            wrong = error
        return self._desk.page(request, "verification.html", verdict=verdict, wrong=wrong, in_groups=in_groups)

    async def _ahead(self, request: web.Request, *, refused: ValiseError | None = None) -> web.Response:
        coming = await self._coming.read()
        return self._desk.page(request, "coming.html", refused=refused, at="publish", coming=coming)
