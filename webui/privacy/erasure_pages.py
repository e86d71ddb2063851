"""Erasing a person: who is meant, what is stored of them, the confirmation, and what was done."""

from aiohttp import web

from mdm.errors import ValiseError
from mdm.i18n import N_
from mdm.privacy.composition import PrivacyParts
from mdm.privacy.errors import SubjectUnknown
from mdm.privacy.exports import as_csv, as_json, as_zip
from mdm.privacy.stored import stored_about
from mdm.privacy.subject import KINDS, Subject, subject_named
from mdm.privacy.vocabulary import SELF
from mdm.store import Connection
from webui.forms import NOTHING, Given, given_in
from webui.pages import page
from webui.permissions import Action
from webui.privacy.errors import NotConfirmed
from webui.privacy.persons_store import described
from webui.site import Site
from webui.visitor import visitor_of

KIND_NAMES = {
    "account": N_("Somebody with an account: the login"),
    "pupil": N_("A pupil: the identifier"),
    "guardian": N_("A guardian: the identifier"),
    "cli": N_("Somebody at the server's terminal: the user name"),
}


class ErasurePages:
    """Erases in two steps. Who is meant is in the form, never in an address."""

    def __init__(self, site: Site, parts: PrivacyParts) -> None:
        self._site = site
        self._parts = parts

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        needs = Action.MANAGE_PRIVACY
        return [
            page("GET", "/privacy/erase", self.ask, needs=needs),
            page("POST", "/privacy/erase/look", self.look, needs=needs),
            page("POST", "/privacy/erase", self.erase, needs=needs),
            page("POST", "/privacy/hand-over", self.hand_over, needs=needs),
        ]

    async def ask(self, request: web.Request) -> web.Response:
        """Ask who is meant."""
        return self._form(request)

    async def look(self, request: web.Request) -> web.Response:
        """Show how much is stored of the person, and ask for the confirmation."""
        given = await given_in(request)
        try:
            return await self._sure(request, await self._subject(given))
        except ValiseError as refused:
            return self._form(request, refused=refused, given=given)

    async def erase(self, request: web.Request) -> web.Response:
        """Erase the person."""
        given = await given_in(request)
        try:
            subject = await self._subject(given)
        except ValiseError as refused:
            return self._form(request, refused=refused, given=given)
        try:
            if not given.is_set("sure"):
                raise NotConfirmed
            done = await self._parts.erasure.erase(subject, actor=self._site.person(request).actor)
        except ValiseError as refused:
            return await self._sure(request, subject, refused=refused)
        words = visitor_of(request).translate
        about = {one.name: words(one.about) for one in self._parts.register.tables if one.about}
        return self._site.renderer.page(
            request,
            "privacy/erased.html",
            rows=[
                (about.get(name, words(N_("files of photos")) if name == "files" else name), many)
                for name, many in sorted(done.rows.items())
            ],
        )

    async def hand_over(self, request: web.Request) -> web.Response:
        """Give the officer all that is stored of a person, for whoever asked by letter; the journal tells that."""
        given = await given_in(request)
        try:
            subject = await self._subject(given)
        except ValiseError as refused:
            return self._form(request, refused=refused, given=given)
        words, clock = visitor_of(request).translate, self._site.services.clock
        found, files = await self._parts.handing_over.gather(subject, words, actor=self._site.person(request).actor)
        match given.text("form"):
            case "csv":
                body, kind, name = as_csv(found, words).encode(), "text/csv", "valise.csv"
            case "json":
                body, kind, name = as_json(found, words, clock), "application/json", "valise.json"
            case _:
                body, kind, name = await as_zip(found, words, clock, files), "application/zip", "valise.zip"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return web.Response(body=body, content_type=kind, headers=headers)

    async def _subject(self, given: Given) -> Subject:
        kind, name = given.text("kind"), given.text("name")
        prefix, _, rest = name.partition(":")
        if prefix in KINDS and rest:
            # Copied from a list with its prefix: it says itself what it is.
            kind, name = prefix, rest
        if kind not in KINDS or not name:
            raise SubjectUnknown(subject=name[:80])
        return await self._parts.database.read(lambda conn: subject_named(conn, f"{kind}:{name}"))

    async def _sure(
        self, request: web.Request, subject: Subject, *, refused: ValiseError | None = None
    ) -> web.Response:
        words = visitor_of(request).translate

        def count(conn: Connection) -> dict[str, int]:
            """Return how many rows of each kind there are; what they hold is not shown to others."""
            found: dict[str, int] = {}
            for one in stored_about(conn, subject, viewers=(SELF,), register=self._parts.register):
                about = words(one.declared.table.about)
                found[about] = max(found.get(about, 0), one.row)
            return found

        return self._site.renderer.page(
            request,
            "privacy/sure.html",
            status=refused.status if refused else 200,
            refused=refused,
            subject=subject,
            who=await self._parts.database.read(lambda conn: described(conn, subject)),
            records=sorted((await self._parts.database.read_long(count)).items()),
        )

    def _form(
        self, request: web.Request, *, refused: ValiseError | None = None, given: Given = NOTHING
    ) -> web.Response:
        words = visitor_of(request).translate
        return self._site.renderer.page(
            request,
            "privacy/erase.html",
            status=refused.status if refused else 200,
            refused=refused,
            given=given,
            kinds=[(key, words(KIND_NAMES[key])) for key in KINDS],
        )
