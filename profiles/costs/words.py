"""The field's words as people choose and read them, and the small checks of texts, years and days; pure."""

import unicodedata
from datetime import date
from enum import StrEnum
from typing import TypeVar

from mdm.i18n import N_
from profiles.costs.errors import DayMalformed, TextTooLong, WordUnknown, YearAbsurd

Word = TypeVar("Word", bound=StrEnum)

FIRST_YEAR = 2000
LAST_YEAR = 2100
TEXT_LIMIT = 200
"""Characters of a reference; long enough for a deliberation's title."""
_SHOWN = 40


class PurchaseKind(StrEnum):
    """What is bought."""

    HARDWARE = "hardware"
    LICENCE = "licence"
    SERVICE = "service"
    CASE = "case"
    REPAIR = "repair"


class Recurrence(StrEnum):
    """How often it is paid."""

    ONCE = "once"
    YEARLY = "yearly"


class Extent(StrEnum):
    """The kind of places that a purchase is for."""

    TERRITORY = "territory"
    COMMUNES = "communes"
    SCHOOLS = "schools"
    KITS = "kits"


class Basis(StrEnum):
    """What communes are counted by."""

    PUPILS = "pupils"
    TABLETS = "tablets"


class SubsidyState(StrEnum):
    """How far a subsidy is."""

    ASKED = "asked"
    GRANTED = "granted"
    PAID = "paid"
    REFUSED = "refused"


KIND_NAMES: dict[PurchaseKind, str] = {
    PurchaseKind.HARDWARE: N_("hardware"),
    PurchaseKind.LICENCE: N_("licence"),
    PurchaseKind.SERVICE: N_("service"),
    PurchaseKind.CASE: N_("carrying case"),
    PurchaseKind.REPAIR: N_("repair"),
}
BASIS_NAMES: dict[Basis, str] = {Basis.PUPILS: N_("pupils"), Basis.TABLETS: N_("tablets")}
STATE_NAMES: dict[SubsidyState, str] = {
    SubsidyState.ASKED: N_("asked for"),
    SubsidyState.GRANTED: N_("granted"),
    SubsidyState.PAID: N_("paid out"),
    SubsidyState.REFUSED: N_("turned down"),
}


def parse_word(kind: type[Word], text: str) -> Word:
    """Return the word of a list that a text is, in any case; raise `WordUnknown`."""
    try:
        return kind(text.strip().lower())
    except ValueError as unknown:
        raise WordUnknown(word=_printable(text)[:_SHOWN], known=", ".join(kind)) from unknown


def check_year(year: int) -> int:
    """Return ``year``; raise `YearAbsurd`."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise YearAbsurd(year=str(year), first=str(FIRST_YEAR), last=str(LAST_YEAR))
    return year


def check_day(day: date) -> date:
    """Return ``day``; raise `YearAbsurd`."""
    check_year(day.year)
    return day


def parse_day(text: str) -> date:
    """Return the day of ``2026-03-31`` or ``31/03/2026``; raise `DayMalformed` or `YearAbsurd`."""
    plain = text.strip()
    parts = plain.split("/")
    if len(parts) == 3:
        plain = "-".join(reversed(parts))
    try:
        return check_day(date.fromisoformat(plain))
    except ValueError as malformed:
        raise DayMalformed(text=_printable(text)[:_SHOWN]) from malformed


def clean_text(text: str, *, limit: int = TEXT_LIMIT) -> str:
    """Return a reference in form NFC, its white space made single spaces; may be empty. Raises `TextTooLong`."""
    plain = unicodedata.normalize("NFC", " ".join(text.split()))
    if len(plain) > limit or not plain.isprintable():
        raise TextTooLong(text=_printable(plain)[:_SHOWN], limit=limit)
    return plain


def _printable(text: str) -> str:
    return "".join(character for character in text.strip() if character.isprintable())
