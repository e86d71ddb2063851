"""The demonstration's doors: one click signs in as each of its people, and the letters that it sent are shown.

These pages exist only where the server answers its own machine alone.
"""

from aiohttp import web

from mdm.mail.catcher import MailCatcher
from mdm.store import Connection
from webui.access import local_path
from webui.account_store import Account, account_by_login
from webui.doors.at_the_door import caller_of, let_in
from webui.doors.demo_people import DEMO_LOGINS
from webui.doors.me_pages import role_lines
from webui.doors.parts import Doors
from webui.doors.places import names_of_places
from webui.errors import PageNotFound
from webui.pages import Door, page
from webui.sessions import Proof
from webui.site import Site


class DemoPages:
    """The pages of the demonstration."""

    def __init__(self, site: Site, doors: Doors, catcher: MailCatcher) -> None:
        self._site = site
        self._doors = doors
        self._catcher = catcher

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/demo/people", self.people, needs=Door.OPEN),
            page("POST", "/demo/people", self.become, needs=Door.OPEN),
            page("GET", "/demo/mail", self.mail, needs=Door.OPEN),
        ]

    async def people(self, request: web.Request) -> web.Response:
        """Show whom one can be."""

        def read(conn: Connection) -> list[Account]:
            found = [account_by_login(conn, login) for login in DEMO_LOGINS]
            return [one for one in found if one is not None and one.disabled_at is None]

        accounts = await self._site.services.database.read(read)
        scopes = [grant.scope for one in accounts for grant in one.grants]
        places = await self._site.services.database.read(lambda conn: names_of_places(conn, scopes))
        return self._site.renderer.page(
            request,
            "doors/demo_people.html",
            people=[(one.login, role_lines(one.grants, places, request)) for one in accounts],
        )

    async def become(self, request: web.Request) -> web.StreamResponse:
        """Sign in as somebody."""
        form = await request.post()
        login = str(form.get("login", ""))
        account = None
        if login in DEMO_LOGINS:
            account = await self._site.services.database.read(lambda conn: account_by_login(conn, login))
        if account is None:
            raise PageNotFound
        caller = caller_of(request, self._site.rules)
        entered = await self._doors.entrance.enter(caller, account, Proof(method="demo", device=caller.device))
        raise let_in(entered, local_path(str(form.get("next", "/"))), self._site.rules)

    async def mail(self, request: web.Request) -> web.Response:
        """Show the letters."""
        return self._site.renderer.page(request, "doors/demo_mail.html", letters=self._catcher.caught)
