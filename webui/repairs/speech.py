"""How the pages of faults speak: states, steps, days and amounts in words."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import msgspec
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from mdm.clock import from_ms
from mdm.i18n import N_, Translator
from mdm.repairs.fault import KIND_NAMES, Fault, FaultChange, FaultKind
from mdm.repairs.fault_states import STATE_NAMES, FaultEvent, FaultState
from mdm.repairs.warranties import ZONE

_TONES: Mapping[FaultState, str] = {
    FaultState.OPEN: "bad",
    FaultState.TAKEN: "care",
    FaultState.AT_WORKSHOP: "care",
    FaultState.UNDER_WARRANTY: "care",
    FaultState.QUOTED: "care",
    FaultState.REPAIRED: "good",
    FaultState.REPLACED: "good",
}

_HISTORY: Mapping[FaultEvent, str] = {
    FaultEvent.REPORT: N_("Reported"),
    FaultEvent.MARK_UNUSABLE: N_("Said to be unusable"),
    FaultEvent.TAKE: N_("A technician looks at it"),
    FaultEvent.SEND: N_("Sent to a workshop"),
    FaultEvent.CLAIM: N_("Warranty claimed"),
    FaultEvent.QUOTE: N_("Quote noted"),
    FaultEvent.REPAIR: N_("The tablet works again"),
    FaultEvent.REPLACE: N_("Replaced by a spare"),
    FaultEvent.WRITE_OFF: N_("The tablet was written off"),
    FaultEvent.DISMISS: N_("Nothing to repair"),
    FaultEvent.CLOSE: N_("Closed"),
    FaultEvent.REOPEN: N_("Reopened"),
}

_ACTS: Mapping[FaultEvent, str] = {
    FaultEvent.TAKE: N_("I look at it"),
    FaultEvent.REPLACE: N_("Replace it with a spare"),
    FaultEvent.SEND: N_("Send it to the workshop"),
    FaultEvent.CLAIM: N_("Claim the warranty"),
    FaultEvent.QUOTE: N_("Note a quote"),
    FaultEvent.REPAIR: N_("It works again"),
    FaultEvent.MARK_UNUSABLE: N_("It cannot be used"),
    FaultEvent.DISMISS: N_("There is nothing to repair"),
    FaultEvent.WRITE_OFF: N_("Write the tablet off"),
    FaultEvent.CLOSE: N_("Close the fault"),
    FaultEvent.REOPEN: N_("Reopen the fault"),
}
"""What a technician can do, in the order of the page."""
_FOUND = N_("It was found")
_SENT_ON = N_("Send it on to another workshop")
_BACK = N_("It came back unrepaired")
_ANOTHER_QUOTE = N_("Correct the quote")


class Speech(msgspec.Struct, frozen=True, kw_only=True):
    """Speaks one language, as seen at ``now`` (milliseconds)."""

    translate: Translator
    now: int

    def kind(self, kind: FaultKind) -> str:
        """Return what is wrong, as a sentence begins."""
        return _capital(self.translate(KIND_NAMES[kind]))

    def state(self, state: FaultState) -> str:
        """Return a fault's state, as a sentence begins."""
        return _capital(self.translate(STATE_NAMES[state]))

    def tone(self, state: FaultState) -> str:
        """Return the class of a state's badge."""
        return _TONES.get(state, "")

    def happened(self, change: FaultChange) -> str:
        """Return a line of a fault's history."""
        if change.event is FaultEvent.REPORT and change.position > 1:
            return self.translate(N_("Reported again"))
        return self.translate(_HISTORY[change.event])

    def act(self, event: FaultEvent, fault: Fault) -> str:
        """Return what a step's button says."""
        if event is FaultEvent.REPAIR and fault.kind is FaultKind.LOST:
            return self.translate(_FOUND)
        if event is FaultEvent.SEND and fault.state is FaultState.AT_WORKSHOP:
            return self.translate(_SENT_ON)
        if event is FaultEvent.TAKE and fault.state is not FaultState.OPEN:
            return self.translate(_BACK)
        if event is FaultEvent.QUOTE and fault.quote_cents is not None:
            return self.translate(_ANOTHER_QUOTE)
        return self.translate(_ACTS[event])

    def euros(self, cents: int) -> str:
        """Return an amount."""
        return str(format_currency(cents / 100, "EUR", locale=self.translate.lang))

    def day(self, day: date) -> str:
        """Return a day in full."""
        return str(format_date(day, format="long", locale=self.translate.lang))

    def number(self, count: float) -> str:
        """Return a mean, with one decimal."""
        return str(format_decimal(round(count, 1), locale=self.translate.lang))

    def form(self, count: float) -> int:
        """Return a whole number that takes the same plural as a mean: 1.4 is several in English, one in French."""
        rounded = round(count, 1)
        return 1 if rounded == 1 else 0 if rounded < 2 else 2

    def since(self, at: int) -> str:
        """Return the day of a moment in milliseconds as people say it: today, yesterday, on Monday, on March 3."""
        then, today = _day(from_ms(at)), _day(from_ms(self.now))
        passed = today - then
        if passed <= timedelta(0):
            return self.translate(N_("today"))
        if passed == timedelta(1):
            return self.translate(N_("yesterday"))
        pattern = N_("'on' EEEE") if passed < timedelta(7) else N_("'on' EEEE, MMMM d")
        return str(format_date(then, self.translate(pattern), locale=self.translate.lang))

    def today(self) -> str:
        """Return today as a form's field wants it."""
        return _day(from_ms(self.now)).isoformat()


def acts_in_order() -> tuple[FaultEvent, ...]:
    """Return a technician's steps in the order of the page."""
    return tuple(_ACTS)


def who(actor: str) -> str:
    """Return the login that stands behind an actor; the server itself and tablets have none."""
    kind, _, name = actor.partition(":")
    return name if kind == "account" else ""


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).astimezone(ZONE).date()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
