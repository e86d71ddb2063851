"""Rules that are stricter than the charter's: each guardian sets some, and what both took away holds."""

from collections.abc import Mapping, Sequence

import msgspec
from aiohttp import web

from mdm.errors import ValiseError
from mdm.fleet.tablet import Platform
from mdm.home.modes.hours import HomeHours
from mdm.home.modes.stricter import StricterRules
from mdm.i18n import N_
from mdm.store import Connection
from profiles.mode_rules import hours_of, name_on
from profiles.policy import Policy
from webui.forms import NOTHING, Given, given_in
from webui.home.errors import NotAnApp, NotAtHome
from webui.home.family import Family, LentTablet
from webui.home.in_force import hours_together
from webui.home.speech import Speech, obeys
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.site import Site
from webui.visitor import visitor_of

_SPANS = ("school_days", "other_days", "night")
_RULES = "/home/rules/{child:[0-9a-f]{32}}"


class AppShown(msgspec.Struct, frozen=True, kw_only=True):
    """An app of the tablet. ``by_charter``, ``by_other``: who took it away besides the person who asks."""

    key: str
    name: str
    mine: bool
    by_charter: bool
    by_other: bool


class RulesShown(msgspec.Struct, frozen=True, kw_only=True):
    """The hours of the charter, of who asks, and of each other guardian; and the apps of the tablet."""

    charter: HomeHours
    mine: StricterRules
    others: tuple[StricterRules, ...]
    apps: tuple[AppShown, ...]

    @property
    def all_hours(self) -> tuple[HomeHours, ...]:
        """All hours that hold."""
        return (self.charter, self.mine.hours, *(one.hours for one in self.others))


class RulesPages:
    """Shows and takes a guardian's rules."""

    def __init__(self, site: Site, family: Family) -> None:
        self._site = site
        self._family = family
        self._stricter = site.services.modes.stricter
        self._agreed = site.services.charter.agreed

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", _RULES, self.show, needs=Action.OWN_LOANS),
            page("POST", _RULES, self.give, needs=Action.OWN_LOANS),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show what holds, and the form."""
        return await self._page(request)

    async def give(self, request: web.Request) -> web.StreamResponse:
        """Let a guardian's rules hold, in the place of that guardian's earlier ones."""
        lent = await self._family.lent_to(request)
        if lent is None:
            raise NotAtHome
        given = await given_in(request)
        shown = await self._rules(request, lent)
        chosen = given.every("app")
        fields: dict[str, object] = {f"{name}_{end}": given.text(f"{name}_{end}") for name in _SPANS for end in _ENDS}
        try:
            if not {one.key for one in shown.apps}.issuperset(chosen):
                raise NotAnApp
            actor = self._site.person(request).actor
            await self._stricter.give(lent.loan.tablet_id, {**fields, "apps_taken_away": chosen}, actor=actor)
        except ValiseError as refused:
            return await self._page(request, given=given, refused=refused)
        raise see_other(
            f"/home/rules/{lent.child.pupil.pupil_id}", notice=N_("Your rules are kept. The tablet gets them soon.")
        )

    async def _page(
        self, request: web.Request, *, given: Given = NOTHING, refused: ValiseError | None = None
    ) -> web.Response:
        child = await self._family.child(request)
        lent = await self._family.lent_to(request)
        if lent is None:
            return self._site.renderer.page(request, "home/no_rules.html", child=child)
        shown = await self._rules(request, lent)
        speech = Speech(translate=visitor_of(request).translate, now=self._site.services.clock.now(), zone=lent.zone)
        report = lent.tablet.report
        return self._site.renderer.page(
            request,
            "home/rules.html",
            status=refused.status if refused else 200,
            child=child,
            lent=lent,
            shown=shown,
            speech=speech,
            school_days=speech.spans(hours_together(shown.all_hours, school_day=True)),
            other_days=speech.spans(hours_together(shown.all_hours, school_day=False)),
            obeys=obeys(lent.tablet.tablet.platform, report.supervised if report is not None else None),
            values=_values(shown.mine.hours) if refused is None else _given_values(given),
            chosen=[one.key for one in shown.apps if one.mine] if refused is None else given.every("app"),
            refused=refused,
        )

    async def _rules(self, request: web.Request, lent: LentTablet) -> RulesShown:
        given = await self._stricter.show(lent.loan.tablet_id)
        actor = self._site.person(request).actor
        others = tuple(rules for who, rules in given.items() if who != actor)
        mine = given.get(actor, StricterRules())
        clock = self._site.services.clock

        def read(conn: Connection) -> Policy | None:
            found = self._agreed.policy_of_kit(conn, lent.loan.kit_id, clock.ms())
            return found.policy if found is not None else None

        policy = await self._site.services.database.read(read)
        return RulesShown(
            charter=hours_of(policy.home) if policy is not None else HomeHours(),
            mine=mine,
            others=others,
            apps=_apps(policy, lent.tablet.tablet.platform, mine, others) if policy is not None else (),
        )


_ENDS = ("from", "to")


def _apps(
    policy: Policy, platform: Platform, mine: StricterRules, others: Sequence[StricterRules]
) -> tuple[AppShown, ...]:
    by_charter = set(policy.home.apps_taken_away) if policy.home is not None else set()
    by_other = {key for one in others for key in one.apps_taken_away}
    found = []
    for app in policy.apps:
        key = name_on(app, platform.value)
        if key is None:
            continue
        names = {app.bundle_id, app.package}
        found.append(
            AppShown(
                key=key,
                name=app.name,
                mine=bool(names.intersection(mine.apps_taken_away)),
                by_charter=bool(names & by_charter),
                by_other=bool(names & by_other),
            )
        )
    return tuple(sorted(found, key=lambda one: one.name.casefold()))


def _values(hours: HomeHours) -> Mapping[str, str]:
    values: dict[str, str] = {}
    for name in _SPANS:
        span = getattr(hours, name)
        values[f"{name}_from"] = span.begin.strftime("%H:%M") if span is not None else ""
        values[f"{name}_to"] = span.end.strftime("%H:%M") if span is not None else ""
    return values


def _given_values(given: Given) -> Mapping[str, str]:
    return {f"{name}_{end}": given.text(f"{name}_{end}")[:5] for name in _SPANS for end in _ENDS}
