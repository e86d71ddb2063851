"""One's own passkeys for ballots: registered in the browser, compared with the charter, taken out of use."""

from aiohttp import web

from mdm.errors import ValiseError
from mdm.i18n import N_
from profiles.charter.charter_view import in_groups
from profiles.charter.passkeys import Passkeys
from webui.committee.desk import Desk
from webui.errors import NothingChosen
from webui.forms import NOTHING, Given, given_in
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action

PATH = "/committee/passkeys"
CREDENTIAL = "{credential_id:[A-Za-z0-9_-]{1,1400}}"


class PasskeyPages:
    """Registers, shows and revokes passkeys. The page's script asks the API for what the browser needs."""

    def __init__(self, desk: Desk, passkeys: Passkeys) -> None:
        self._desk = desk
        self._passkeys = passkeys

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", PATH, self.show, needs=Action.VOTE),
            page("POST", PATH, self.register, needs=Action.VOTE),
            page("POST", f"{PATH}/{CREDENTIAL}/end", self.revoke, needs=Action.VOTE),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show one's passkeys with their fingerprints."""
        return await self._shown(request)

    async def register(self, request: web.Request) -> web.Response:
        """Register the passkey that the browser made."""
        given = await given_in(request)
        try:
            login = self._desk.login(request)
            if not given.text("answer"):
                raise NothingChosen
            await self._passkeys.finish(login, given.text("answer").encode(), label=given.text("label"))
        except ValiseError as refused:
            return await self._shown(request, refused=refused, at="register", given=given)
        raise see_other(PATH, notice=N_("This device can sign your ballots now."))

    async def revoke(self, request: web.Request) -> web.Response:
        """Take a passkey out of use."""
        credential = request.match_info["credential_id"]
        try:
            login = self._desk.login(request)
            await self._passkeys.revoke(login, credential, actor=self._desk.site.person(request).actor)
        except ValiseError as refused:
            return await self._shown(request, refused=refused, at=credential)
        raise see_other(PATH, notice=N_("The passkey signs nothing any more."))

    async def _shown(
        self, request: web.Request, *, refused: ValiseError | None = None, at: str = "", given: Given = NOTHING
    ) -> web.Response:
        login = self._desk.login_or_none(request)
        return self._desk.page(
            request,
            "passkeys.html",
            refused=refused,
            at=at,
            given=given,
            passkeys=await self._passkeys.list(login) if login else [],
            in_groups=in_groups,
        )
