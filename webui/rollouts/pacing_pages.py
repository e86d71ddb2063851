"""What a technician does about a rollout: start, pause, go on, go back; each with the reason."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from mdm.errors import ValiseError
from mdm.i18n import N_
from webui.forms import Given, given_in
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.rollouts.errors import NotSure
from webui.rollouts.rollout_pages import ROLLOUT
from webui.rollouts.sheet import RolloutSheet
from webui.site import Site


class PacingPages:
    """Paces rollouts."""

    def __init__(self, site: Site, sheet: RolloutSheet) -> None:
        self._site = site
        self._sheet = sheet
        self._rollouts = site.services.rollouts

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("POST", f"{ROLLOUT}/start", self.start, needs=Action.PACE_ROLLOUT),
            page("POST", f"{ROLLOUT}/pause", self.pause, needs=Action.PACE_ROLLOUT),
            page("POST", f"{ROLLOUT}/resume", self.resume, needs=Action.PACE_ROLLOUT),
            page("POST", f"{ROLLOUT}/roll-back", self.roll_back, needs=Action.ROLL_BACK),
        ]

    async def start(self, request: web.Request) -> web.StreamResponse:
        """Start it."""
        return await self._do(request, "start", self._rollouts.start, N_("Started: the first wave begins in a moment."))

    async def pause(self, request: web.Request) -> web.StreamResponse:
        """Stop moving kits."""
        return await self._do(request, "pause", self._rollouts.pause, N_("Paused: nothing moves any more."))

    async def resume(self, request: web.Request) -> web.StreamResponse:
        """Go on."""
        return await self._do(request, "resume", self._rollouts.resume, N_("It goes on."))

    async def roll_back(self, request: web.Request) -> web.StreamResponse:
        """Bring the kits back."""
        notice = N_("The kits go back to the edition before.")
        return await self._do(request, "roll-back", self._rollouts.roll_back, notice, sure=True)

    async def _do(
        self,
        request: web.Request,
        act: str,
        method: Callable[..., Awaitable[object]],
        notice: str,
        *,
        sure: bool = False,
    ) -> web.StreamResponse:
        rollout_id, given = request.match_info["rollout_id"], await given_in(request)
        try:
            if sure:
                _require_sure(given)
            await method(rollout_id, words=given.text("words"), actor=self._site.person(request).actor)
        except ValiseError as refused:
            return await self._sheet.page(request, rollout_id, chosen=act, refused=refused, given=given)
        raise see_other(f"/rollouts/{rollout_id}", notice=notice)


def _require_sure(given: Given) -> None:
    if not given.is_set("sure"):
        raise NotSure
