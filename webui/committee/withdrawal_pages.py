"""Urgent withdrawals in two steps: what and why, then the consequences, before anything happens."""

import msgspec
from aiohttp import web

from mdm.clock import DAY_MS
from mdm.errors import ValiseError
from mdm.i18n import N_
from mdm.store import Connection
from profiles.charter import seat_store
from profiles.charter.charter import Charter
from profiles.charter.convention import Rule, rule_for
from profiles.charter.proposal import Withdrawn
from profiles.charter.proposal_errors import ReasonsNeeded
from profiles.charter.seat_store import Holding
from profiles.charter.vote_errors import MayNotWithdraw
from webui.committee.agreed_things import Thing, chosen, things_agreed
from webui.committee.desk import Desk
from webui.committee.follower_store import count_followers
from webui.forms import NOTHING, Given, given_in, query_of
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action

PATH = "/withdrawals/new"


class Power(msgspec.Struct, frozen=True, kw_only=True):
    """What a person may withdraw, for which seats, and what that would do.

    ``ratify_by``: until when the committee must ratify it, in milliseconds since the epoch.
    """

    things: tuple[Thing, ...]
    seats: tuple[Holding, ...]
    ratify_by: int
    kits: int
    tablets: int


class WithdrawalPages:
    """Withdraws urgently."""

    def __init__(self, desk: Desk, charter: Charter) -> None:
        self._desk = desk
        self._charter = charter

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        needs = Action.WITHDRAW_URGENTLY
        return [
            page("GET", PATH, self.write, needs=needs),
            page("POST", "/withdrawals/check", self.check, needs=needs),
            page("POST", "/withdrawals", self.withdraw, needs=needs),
        ]

    async def write(self, request: web.Request) -> web.Response:
        """Show the first step: what, and why."""
        return await self._first(request, given=query_of(request))

    async def check(self, request: web.Request) -> web.Response:
        """Show the second step: what will happen. Nothing has happened yet."""
        given = await given_in(request)
        try:
            power = await self._power(request)
            thing = chosen(power.things, given.text("what"))
            if not given.text("why"):
                raise ReasonsNeeded
        except ValiseError as refused:
            return await self._first(request, refused=refused, given=given)
        return self._second(request, power, thing, given)

    async def withdraw(self, request: web.Request) -> web.Response:
        """Withdraw it, at once and everywhere."""
        given = await given_in(request)
        try:
            power = await self._power(request)
            thing = chosen(power.things, given.text("what"))
        except ValiseError as refused:
            return await self._first(request, refused=refused, given=given)
        title = given.text("title") or self._desk.speech(request).translate(
            N_("Urgent withdrawal: {name}"), name=thing.name
        )
        try:
            done = await self._charter.withdrawals.withdraw(
                Withdrawn(path=thing.path, match=thing.match),
                title=title[:200],
                purpose=given.text("why"),
                login=self._desk.login(request),
                seat=given.text("seat")[:64] or None,
            )
        except ValiseError as refused:
            return self._second(request, power, thing, given, refused=refused)
        notice = N_("It is withdrawn everywhere. The committee is asked to ratify that.")
        raise see_other(f"/proposals/{done.ratification_id}", notice=notice)

    async def _first(
        self, request: web.Request, *, refused: ValiseError | None = None, given: Given = NOTHING
    ) -> web.Response:
        power: Power | None = None
        try:
            power = await self._power(request)
        except ValiseError as error:
            refused = refused or error
        return self._desk.page(request, "withdrawal.html", refused=refused, at="what", given=given, power=power)

    def _second(
        self, request: web.Request, power: Power, thing: Thing, given: Given, *, refused: ValiseError | None = None
    ) -> web.Response:
        return self._desk.page(
            request, "withdrawal_check.html", refused=refused, at="do", given=given, power=power, thing=thing
        )

    async def _power(self, request: web.Request) -> Power:
        login = self._desk.login(request)
        return await self._desk.services.database.read(lambda conn: self._read(conn, login))

    def _read(self, conn: Connection, login: str) -> Power:
        now = self._desk.services.clock.ms()
        head = self._charter.agreed.head(conn)
        rule: Rule = rule_for(head.state.convention, "urgent_withdrawal")
        bodies = {need.body for need in rule.needs}
        held = seat_store.holdings_of_person(conn, login, now, self._charter.seals)
        seats = tuple(one for one in held if one.body in bodies)
        if not seats:
            raise MayNotWithdraw
        kits, tablets = count_followers(conn)
        return Power(
            things=things_agreed(head.state, now, everywhere=True),
            seats=seats,
            ratify_by=now + (rule.ratify_days or 0) * DAY_MS,
            kits=kits,
            tablets=tablets,
        )
