"""What a technician does about a fault, step by step; a refusal is shown where the step was tried."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any

from aiohttp import web

from mdm.errors import ValiseError, Words
from mdm.i18n import N_
from mdm.repairs.fault import Fault
from mdm.repairs.fault_states import FaultEvent
from webui.errors import FieldUnreadable, NothingChosen
from webui.forms import Given, given_in
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.repairs.fault_pages import FAULT
from webui.repairs.fault_sheet import FaultSheet
from webui.repairs.where import at_fault
from webui.site import Site

_DONE: Mapping[FaultEvent, str] = {
    FaultEvent.TAKE: N_("Noted: you look at it."),
    FaultEvent.MARK_UNUSABLE: N_("Noted: the tablet cannot be used, so nobody counts on it."),
    FaultEvent.SEND: N_("Noted: the tablet is at the workshop."),
    FaultEvent.CLAIM: N_("Noted: the warranty is claimed."),
    FaultEvent.QUOTE: N_("Noted: the quote is with the fault."),
    FaultEvent.REPAIR: N_("Noted: the tablet works again."),
    FaultEvent.REPLACE: N_("Done: the spare is in the tablet's place."),
    FaultEvent.WRITE_OFF: N_("Done: the tablet has left the fleet."),
    FaultEvent.DISMISS: N_("Noted: there is nothing to repair."),
    FaultEvent.CLOSE: N_("The fault is closed."),
    FaultEvent.REOPEN: N_("The fault is open again."),
}
_QUOTE = N_("Amount in euros, with VAT")
_SENT_ON = N_("Sent on")


class FaultSteps:
    """Carries out steps of repairs."""

    def __init__(self, site: Site, sheet: FaultSheet) -> None:
        self._site = site
        self._sheet = sheet
        self._repairs = site.services.repair.repairs
        self._spares = site.services.repair.spares

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        events = "|".join(event.value for event in FaultEvent if event is not FaultEvent.REPORT)
        return [
            page("POST", f"{FAULT}/{{event:{events}}}", self.step, needs=Action.MANAGE_FAULTS),
            page("POST", f"{FAULT}/reserve", self.reserve, needs=Action.MANAGE_FAULTS),
            page("POST", f"{FAULT}/release", self.release, needs=Action.MANAGE_FAULTS),
        ]

    async def step(self, request: web.Request) -> web.StreamResponse:
        """Take a step."""
        event = FaultEvent(request.match_info["event"])
        carry_out = {
            FaultEvent.TAKE: self._plain(self._repairs.take),
            FaultEvent.MARK_UNUSABLE: self._plain(self._repairs.mark_unusable),
            FaultEvent.SEND: self._send,
            FaultEvent.CLAIM: self._claim,
            FaultEvent.QUOTE: self._quote,
            FaultEvent.REPAIR: self._repair,
            FaultEvent.REPLACE: self._replace,
            FaultEvent.WRITE_OFF: self._plain(self._repairs.write_off),
            FaultEvent.DISMISS: self._plain(self._repairs.dismiss),
            FaultEvent.CLOSE: self._plain(self._repairs.close),
            FaultEvent.REOPEN: self._reopen,
        }[event]
        return await self._try(request, event, carry_out, _DONE[event])

    async def reserve(self, request: web.Request) -> web.StreamResponse:
        """Put a spare aside for the fault, to replace the tablet later."""

        async def put_aside(fault_id: str, given: Given, actor: str) -> None:
            await self._spares.reserve(_chosen_spare(given), fault_id, actor=actor)

        return await self._try(request, FaultEvent.REPLACE, put_aside, N_("Done: the spare is put aside."))

    async def release(self, request: web.Request) -> web.StreamResponse:
        """Let the spare that is put aside be anybody's."""

        async def let_go(fault_id: str, _given: Given, actor: str) -> None:
            await self._spares.release(fault_id, actor=actor)

        return await self._try(request, FaultEvent.REPLACE, let_go, N_("The spare can be used for something else."))

    async def _try(
        self,
        request: web.Request,
        event: FaultEvent,
        carry_out: Callable[[str, Given, str], Awaitable[object]],
        notice: str,
    ) -> web.StreamResponse:
        fault_id = request.match_info["fault_id"]
        await at_fault(self._site, request, Action.MANAGE_FAULTS, fault_id)
        given = await given_in(request)
        try:
            await carry_out(fault_id, given, self._site.person(request).actor)
        except ValiseError as refused:
            return await self._sheet.page(request, fault_id, chosen=event, refused=refused, given=given)
        raise see_other(f"/faults/{fault_id}", notice=notice)

    def _plain(self, method: Callable[..., Awaitable[Fault]]) -> Callable[[str, Given, str], Awaitable[Fault]]:
        async def carry_out(fault_id: str, given: Given, actor: str) -> Fault:
            return await method(fault_id, **_said(given), actor=actor)

        return carry_out

    async def _send(self, fault_id: str, given: Given, actor: str) -> Fault:
        return await self._repairs.send(
            fault_id,
            workshop=given.text("workshop"),
            reference=given.text("reference"),
            sent_on=_day(given),
            **_said(given),
            actor=actor,
        )

    async def _claim(self, fault_id: str, given: Given, actor: str) -> Fault:
        return await self._repairs.claim(fault_id, reference=given.text("reference"), **_said(given), actor=actor)

    async def _quote(self, fault_id: str, given: Given, actor: str) -> Fault:
        amount = given.cents("amount", _QUOTE) or 0
        return await self._repairs.quote(fault_id, amount_cents=amount, **_said(given), actor=actor)

    async def _repair(self, fault_id: str, given: Given, actor: str) -> Fault:
        return await self._repairs.repair(fault_id, wiped=given.is_set("wiped"), **_said(given), actor=actor)

    async def _replace(self, fault_id: str, given: Given, actor: str) -> Fault:
        return await self._repairs.replace(fault_id, _chosen_spare(given), **_said(given), actor=actor)

    async def _reopen(self, fault_id: str, given: Given, actor: str) -> Fault:
        return await self._repairs.reopen(fault_id, unusable=given.is_set("unusable"), **_said(given), actor=actor)


def _said(given: Given) -> dict[str, Any]:
    return {"words": given.text("words")}


def _chosen_spare(given: Given) -> str:
    spare = given.text("spare")
    if not spare:
        raise NothingChosen
    return spare


def _day(given: Given) -> date | None:
    text = given.text("sent_on")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise FieldUnreadable(
            field=Words(_SENT_ON), reason=Words(N_("a day is expected, such as 2026-09-22"))
        ) from None
