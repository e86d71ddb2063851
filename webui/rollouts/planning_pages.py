"""The form for a new rollout: its pilots, its waves, when each may move kits, and the limits at which it stops."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from aiohttp import web

from mdm.errors import ValiseError, Words
from mdm.i18n import N_
from mdm.store import Connection
from profiles.rollouts.gates import Gates
from profiles.rollouts.rollout import Plan
from profiles.rollouts.waves import NOW, Wave, Window
from webui.forms import NOTHING, Given, given_in
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.repairs.places import FoundKit, find_kits, kits_named
from webui.rollouts.errors import HoursMissing, LimitRefused
from webui.site import Site

SHARES = (1, 2, 3)
"""Waves between the pilots and all that are left."""
_FIRST_SHARE = "10"
_PILOTS = 60

WINDOWS: Mapping[str, str] = {
    "outside": N_("outside class time"),
    "both": N_("outside class time, in these hours"),
    "hours": N_("in these hours"),
    "now": N_("at any time"),
}
"""The choices of a wave, as messages to translate."""


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """A number of the form. ``label`` is a message to translate."""

    name: str
    label: str
    usual: int
    lowest: int
    highest: int


LIMITS = (
    Limit(name="errors", label=N_("Pauses above so many % with errors"), usual=10, lowest=0, highest=100),
    Limit(name="drifted", label=N_("Pauses above so many % that lost something"), usual=10, lowest=0, highest=100),
    Limit(name="converged", label=N_("Pauses under so many % that are done in time"), usual=90, lowest=0, highest=100),
    Limit(name="heard", label=N_("Waits until so many % were heard"), usual=50, lowest=0, highest=100),
    Limit(name="battery", label=N_("Waits until a kit has so many % of battery"), usual=20, lowest=0, highest=100),
    Limit(name="grace", label=N_("Hours that a tablet, and a wave, has"), usual=24, lowest=1, highest=720),
    Limit(name="pace", label=N_("Kits moved in a minute at most"), usual=20, lowest=1, highest=1000),
)


class PlanningPages:
    """Plans rollouts."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._rollouts = site.services.rollouts

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/rollouts/new", self.ask, needs=Action.PACE_ROLLOUT),
            page("POST", "/rollouts/new", self.plan, needs=Action.PACE_ROLLOUT),
        ]

    async def ask(self, request: web.Request) -> web.Response:
        """Show the form."""
        return await self._form(request)

    async def plan(self, request: web.Request) -> web.StreamResponse:
        """Plan a rollout, or look for pilot kits with what was written so far."""
        given = await given_in(request)
        if given.is_set("look"):
            return await self._form(request, given=given)
        try:
            made = await self._rollouts.plan(plan_in(given), actor=self._site.person(request).actor)
        except ValiseError as refused:
            return await self._form(request, given=given, refused=refused)
        raise see_other(f"/rollouts/{made.rollout_id}", notice=N_("Planned. See what it would do, then start it."))

    async def _form(
        self, request: web.Request, *, given: Given = NOTHING, refused: ValiseError | None = None
    ) -> web.Response:
        words, chosen = given.text("words")[:100], given.every("pilot")[:_PILOTS]
        reach = self._site.reach(request, Action.READ_FLEET)

        def read(conn: Connection) -> tuple[list[FoundKit], list[FoundKit], int, str]:
            found = find_kits(conn, reach, words) if words else []
            number, problem = 0, ""
            try:
                number = self._site.services.charter.agreed.head(conn).number
            except ValiseError as error:
                problem = error.code
            return kits_named(conn, chosen), found, number, problem

        pilots, found, number, problem = await self._site.services.database.read(read)
        values: dict[str, Any] = {
            "pilots": pilots,
            "found": [one for one in found if one.kit_id not in chosen],
            "number": number,
            "founded": not problem,
            "shares": [(place, given.text(f"share-{place}", _FIRST_SHARE if place == 1 else "")) for place in SHARES],
            "windows": WINDOWS,
            "limits": LIMITS,
        }
        return self._site.renderer.page(
            request,
            "rollouts/new.html",
            status=refused.status if refused else 200,
            refused=refused,
            given=given,
            words=words,
            **values,
        )


def plan_in(given: Given) -> Plan:
    """Return the plan that a form describes; raise what a person can mend in it."""
    pilots = tuple(given.every("pilot")[:_PILOTS])
    waves = [Wave(pilots=True, window=_window(given, "pilots"))] if pilots else []
    waves += _shares(given)
    waves.append(Wave(window=_window(given, "rest")))
    limits = {limit.name: _limit(given, limit) for limit in LIMITS}
    return Plan(
        waves=tuple(waves),
        pilots=pilots,
        kits_per_minute=limits["pace"],
        gates=Gates(
            converged_percent=limits["converged"],
            grace_minutes=limits["grace"] * 60,
            errors_percent=limits["errors"],
            drifted_percent=limits["drifted"],
            heard_percent=limits["heard"],
            battery_percent=limits["battery"],
        ),
    )


def _shares(given: Given) -> Sequence[Wave]:
    found = []
    for place in SHARES:
        text = given.text(f"share-{place}").replace("%", "").strip()
        if not text:
            continue
        try:
            per_mille = round(float(text.replace(",", ".")) * 10)
        except (ValueError, OverflowError):
            per_mille = 0
        if not 1 <= per_mille <= 999:
            raise LimitRefused(field=Words(N_("Share of the other kits, in %")), value=text[:20], lowest=1, highest=99)
        found.append(Wave(per_mille=per_mille, window=_window(given, str(place))))
    return found


def _window(given: Given, wave: str) -> Window:
    kind = given.text(f"window-{wave}", "outside")
    if kind == "now":
        return NOW
    if kind not in ("hours", "both"):
        return Window()
    begin, end = given.text("begin")[:5], given.text("end")[:5]
    if not _is_hour(begin) or not _is_hour(end) or begin == end:
        raise HoursMissing
    return Window(outside_class=kind == "both", begin=begin, end=end)


def _limit(given: Given, limit: Limit) -> int:
    value = given.whole(limit.name, limit.label)
    if value is None:
        return limit.usual
    if not limit.lowest <= value <= limit.highest:
        raise LimitRefused(field=Words(limit.label), value=value, lowest=limit.lowest, highest=limit.highest)
    return value


def _is_hour(text: str) -> bool:
    hours, colon, minutes = text.partition(":")
    digits = len(hours) == 2 and len(minutes) == 2 and (hours + minutes).isascii() and (hours + minutes).isdigit()
    return bool(colon) and digits and int(hours) < 24 and int(minutes) < 60
