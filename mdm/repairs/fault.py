"""A fault of a tablet: its values, and the small checks of what people write; pure.

Times are milliseconds since the epoch, amounts cents of euros with VAT.
"""

import unicodedata
from datetime import date
from enum import StrEnum

import msgspec

from mdm.i18n import N_
from mdm.repairs.errors import AmountRefused, KindUnknown, WordsMissing, WordsTooLong
from mdm.repairs.fault_states import OUTCOMES, FaultEvent, FaultState

WORDS_LIMIT = 1000
"""Characters of what a person writes about a fault."""
LINE_LIMIT = 120
"""Characters of a workshop's name or reference."""
AMOUNT_LIMIT = 10_000_000
"""Cents: no repair of a tablet costs a hundred thousand euros."""
_SHOWN = 40


class FaultKind(StrEnum):
    """What is wrong with a tablet."""

    SCREEN = "screen"
    BATTERY = "battery"
    CHARGING = "charging"
    CASE = "case"
    SOUND = "sound"
    CAMERA = "camera"
    WIFI = "wifi"
    BUTTONS = "buttons"
    ACCESSORY = "accessory"
    START = "start"
    LOST = "lost"
    OTHER = "other"


KIND_NAMES: dict[FaultKind, str] = {
    FaultKind.SCREEN: N_("screen broken or not working"),
    FaultKind.BATTERY: N_("battery soon empty"),
    FaultKind.CHARGING: N_("does not charge"),
    FaultKind.CASE: N_("case or cover damaged"),
    FaultKind.SOUND: N_("no sound, or bad sound"),
    FaultKind.CAMERA: N_("camera not working"),
    FaultKind.WIFI: N_("no Wi-Fi"),
    FaultKind.BUTTONS: N_("a button not working"),
    FaultKind.ACCESSORY: N_("accessory missing"),
    FaultKind.START: N_("does not start"),
    FaultKind.LOST: N_("tablet lost"),
    FaultKind.OTHER: N_("something else"),
}


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A fault. ``unusable``: the tablet cannot be used until it is settled. ``reports`` counts who reported it.

    ``uai``, ``kit_id``, ``slot_number``: where the tablet belonged when it was reported, None where in no kit.
    ``replaced_by``: the spare that took its place. ``outcome``: what it came to, kept when it is closed.
    """

    fault_id: str
    tablet_id: str
    kind: FaultKind
    state: FaultState
    unusable: bool
    reports: int
    reported_at: int
    changed_at: int
    uai: str | None
    kit_id: str | None
    slot_number: int | None
    workshop: str = ""
    workshop_reference: str = ""
    sent_on: date | None = None
    quote_cents: int | None = None
    replaced_by: str | None = None
    replaced_at: int | None = None
    outcome: FaultState | None = None
    settled_at: int | None = None
    closed_at: int | None = None

    def moved(self, state: FaultState, now: int) -> "Fault":
        """Return the same fault in another state: an outcome settles it, what is still to be done unsettles it."""
        if state in OUTCOMES:
            outcome, settled_at = (state, now) if state is not self.state else (self.outcome, self.settled_at)
        elif state is FaultState.CLOSED:
            outcome, settled_at = self.outcome, self.settled_at
        else:
            outcome, settled_at = None, None
        return msgspec.structs.replace(
            self,
            state=state,
            changed_at=now,
            outcome=outcome,
            settled_at=settled_at,
            closed_at=now if state is FaultState.CLOSED else None,
        )

    def reported_again(self) -> "Fault":
        """Return the same fault with one report more."""
        return msgspec.structs.replace(self, reports=self.reports + 1)

    def marked_unusable(self, unusable: bool = True) -> "Fault":
        """Return the same fault of a tablet that cannot, or can, be used meanwhile."""
        return msgspec.structs.replace(self, unusable=unusable)


class FaultChange(msgspec.Struct, frozen=True, kw_only=True):
    """One report or step: who, when, what follows, and the words given with it."""

    position: int
    at: int
    actor: str
    event: FaultEvent
    state: FaultState
    words: str


class FaultLine(msgspec.Struct, frozen=True, kw_only=True):
    """A fault as lists show it, with its tablet's names and those of the place where it was reported."""

    fault: Fault
    tablet_name: str
    serial: str | None
    model: str
    school_name: str
    kit_name: str
    photos: int


class Photo(msgspec.Struct, frozen=True, kw_only=True):
    """A photo of a fault: its file's SHA-256, its size in bytes, and its sides in pixels."""

    hash: str
    size: int
    width: int
    height: int


class FaultView(msgspec.Struct, frozen=True, kw_only=True):
    """All that a fault's page shows. ``possible``: the steps that its state allows.

    ``warranty_until``: the last day of the maker's warranty, None where nobody knows it; ``warranty_held``: whether it
    held when the fault was reported.
    """

    line: FaultLine
    changes: tuple[FaultChange, ...]
    photos: tuple[Photo, ...]
    possible: tuple[FaultEvent, ...]
    warranty_until: date | None
    warranty_held: bool | None
    reserved_spare: str | None


class FaultPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a list of faults, newest first; ``next`` asks for the following part, and is empty after the last."""

    faults: tuple[FaultLine, ...]
    next: str


class FaultFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which faults are meant; what is not given does not matter.

    ``schools`` (UAIs) and ``kits`` (identifiers) are where the tablet belonged, in either of them; both None is
    everywhere. ``under_way``: only those that are not closed. ``since``: reported at this moment or later.
    """

    state: FaultState | None = None
    under_way: bool = False
    kind: FaultKind | None = None
    since: int = 0
    schools: tuple[str, ...] | None = None
    kits: tuple[str, ...] | None = None
    tablet_id: str = ""


class FaultFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the faults that were settled in a time; the means are None where there is nothing to count.

    ``days_to_repair``: from the report to the working tablet; ``days_to_replace``: to the spare in its place.
    """

    repaired: int
    replaced: int
    written_off: int
    not_a_fault: int
    days_to_repair: float | None
    days_to_replace: float | None


def parse_kind(text: str) -> FaultKind:
    """Return the kind of fault that a text names, in any case; raise `KindUnknown`."""
    try:
        return FaultKind(text.strip().lower())
    except ValueError as unknown:
        raise KindUnknown(kind=_printable(text)[:_SHOWN], known=", ".join(FaultKind)) from unknown


def clean_words(text: str) -> str:
    """Return a text of several lines in form NFC without control characters; raise `WordsTooLong`."""
    lines = unicodedata.normalize("NFC", text).splitlines()
    words = "\n".join(" ".join(_printable(line.replace("\t", " ")).split()) for line in lines).strip()
    if len(words) > WORDS_LIMIT:
        raise WordsTooLong(length=len(words), limit=WORDS_LIMIT)
    return words


def clean_line(text: str, *, what: str = "") -> str:
    """Return a text of one line; raise `WordsTooLong`, or `WordsMissing` when ``what`` it is must be written."""
    line = unicodedata.normalize("NFC", " ".join(_printable(" ".join(text.split())).split()))
    if len(line) > LINE_LIMIT:
        raise WordsTooLong(length=len(line), limit=LINE_LIMIT)
    if what and not line:
        raise WordsMissing(what=what)
    return line


def check_amount(cents: int) -> int:
    """Return ``cents``; raise `AmountRefused`."""
    if not 0 < cents <= AMOUNT_LIMIT:
        raise AmountRefused(limit=AMOUNT_LIMIT // 100)
    return cents


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
