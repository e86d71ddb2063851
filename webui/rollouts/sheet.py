"""A rollout's page: its waves, what it waits for, what it watches over, who is not well, what happened."""

from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from mdm.errors import ValiseError
from mdm.fleet_view.content_words import content_in_words, step_in_words
from mdm.store import Connection
from profiles.charter.errors import CharterError
from profiles.rollouts.facts import total
from profiles.rollouts.rollout import RolloutState
from profiles.rollouts.rollouts import RolloutView
from webui.fleet.agreed_names import names_in_edition
from webui.forms import NOTHING, Given
from webui.live import Parts
from webui.permissions import Action
from webui.repairs.speech import who
from webui.rollouts.ill_store import SHOWN, IllDetail, ill_in_reach
from webui.rollouts.speech import Gauge, Speech, gauges_of
from webui.sheets import sheet_page, sheet_parts
from webui.site import Site
from webui.visitor import visitor_of

_S = RolloutState
OFFERED: Mapping[RolloutState, tuple[str, ...]] = {
    _S.PLANNED: ("start", "roll-back"),
    _S.RUNNING: ("pause", "roll-back"),
    _S.PAUSED: ("resume", "roll-back"),
    _S.COMPLETED: ("roll-back",),
}
"""What a technician can do in each state."""
_PARTS = ("state", "acts", "waves", "gates", "ill", "history")


class RolloutStory(msgspec.Struct, frozen=True, kw_only=True):
    """All that a rollout's page shows. ``chosen``: the act whose form is open; ``names``: of its apps and books."""

    view: RolloutView
    ill: tuple[IllDetail, ...]
    shows_ill: bool
    acts: tuple[str, ...]
    chosen: str
    names: Mapping[str, str]

    @property
    def moved(self) -> int:
        """How many kits are on the edition."""
        return sum(one.moved - one.returned for one in self.view.waves)

    @property
    def kits(self) -> int:
        """How many kits there are in all waves."""
        return sum(one.kits for one in self.view.waves)

    @property
    def gauges(self) -> list[Gauge]:
        """What the gates measure now."""
        gates = self.view.rollout.plan.gates
        return gauges_of(
            total({one.wave: one.counts for one in self.view.waves}),
            errors=gates.errors_percent,
            drifted=gates.drifted_percent,
            converged=gates.converged_percent,
            heard=gates.heard_percent,
        )


class RolloutSheet:
    """Shows rollouts."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._rollouts = site.services.rollouts

    def speech(self, request: web.Request) -> Speech:
        """Return how pages speak to whoever asks."""
        return Speech(translate=visitor_of(request).translate)

    async def page(
        self,
        request: web.Request,
        rollout_id: str,
        *,
        chosen: str = "",
        refused: ValiseError | None = None,
        given: Given = NOTHING,
    ) -> web.Response:
        """Return a rollout's page; a refusal is shown at the act that was tried."""
        story = await self._story(request, rollout_id, chosen or request.query.get("act", ""))
        values = self._values(request, story)
        return sheet_page(self._site, request, "rollouts/rollout.html", values, refused=refused, given=given)

    async def parts(self, request: web.Request, rollout_id: str) -> Parts:
        """Return the parts of a rollout's page that change."""
        story = await self._story(request, rollout_id, request.query.get("act", ""))
        return sheet_parts(self._site, request, "rollouts", "rollout", _PARTS, self._values(request, story))

    def _values(self, request: web.Request, story: RolloutStory) -> dict[str, Any]:
        words = visitor_of(request).translate
        return {
            "story": story,
            "view": story.view,
            "rollout": story.view.rollout,
            "address": f"/rollouts/{story.view.rollout.rollout_id}",
            "speech": self.speech(request),
            "paces": self._site.may(request, Action.PACE_ROLLOUT),
            "who": who,
            "content": lambda identifier: content_in_words(identifier, words, story.names),
            "refused_step": lambda step: step_in_words(step, words, story.names),
        }

    async def _story(self, request: web.Request, rollout_id: str, chosen: str) -> RolloutStory:
        view = await self._rollouts.show(rollout_id)
        reach = self._site.reach(request, Action.READ_FLEET)

        services = self._site.services

        def read(conn: Connection) -> tuple[list[IllDetail], bool, Mapping[str, str]]:
            ill = ill_in_reach(conn, rollout_id, reach, limit=SHOWN + 1)
            agreed, edition_id = services.charter.agreed, view.rollout.edition_id
            names = names_in_edition(conn, agreed, edition_id, services.clock.ms()) if ill else {}
            return ill, self._is_newest(conn, view), names

        ill, is_newest, names = await self._site.services.database.read(read)
        acts = self._acts(request, view, is_newest)
        return RolloutStory(
            view=view,
            ill=tuple(ill),
            shows_ill=not reach.is_empty,
            acts=acts,
            chosen=chosen if chosen in acts else "",
            names=names,
        )

    def _acts(self, request: web.Request, view: RolloutView, is_newest: bool) -> tuple[str, ...]:
        state = view.rollout.state
        allowed = {
            "start": is_newest and self._site.may(request, Action.PACE_ROLLOUT),
            "pause": self._site.may(request, Action.PACE_ROLLOUT),
            "resume": self._site.may(request, Action.PACE_ROLLOUT),
            "roll-back": self._site.may(request, Action.ROLL_BACK) and (is_newest or state is not _S.COMPLETED),
        }
        return tuple(one for one in OFFERED.get(state, ()) if allowed[one])

    def _is_newest(self, conn: Connection, view: RolloutView) -> bool:
        try:
            head = self._site.services.charter.agreed.head(conn)
        except CharterError:
            return False
        rollout = view.rollout
        if rollout.state is RolloutState.COMPLETED:
            return (rollout.edition_id, rollout.previous_id) == (head.edition_id, head.previous)
        return rollout.edition_id == head.edition_id
