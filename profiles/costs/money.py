"""Money and rates: whole cents and per mille inside, euros and percent for people; pure.

Nothing here, or anywhere in this room, is a floating-point number.
"""

import re
from decimal import Decimal

from babel.numbers import format_currency, format_decimal

from profiles.costs.errors import AmountAbsurd, AmountMalformed, AmountNotPositive, RateAbsurd, RateMalformed

AMOUNT_LIMIT = 10_000_000_000
"""Cents; one purchase never costs a hundred million euros."""
VAT_LIMIT = 300
"""Per mille; the highest rate in France is 200."""

_SPACES = re.compile(r"[\s\u00a0\u202f]+")
_AMOUNT = re.compile(r"(-?)(\d{1,12})(?:[.,](\d{1,2}))?", re.ASCII)
_PERCENT = re.compile(r"(-?)(\d{1,6})(?:[.,](\d))?", re.ASCII)
_SHOWN = 40


def parse_amount(text: str) -> int:
    """Return the cents of an amount such as ``12 345,60 €``; raise `AmountMalformed` or what `check_amount` does."""
    plain = _SPACES.sub("", text).removesuffix("€").removesuffix("EUR")
    found = _AMOUNT.fullmatch(plain)
    if found is None:
        raise AmountMalformed(text=_shown(text))
    cents = int(found[2]) * 100 + int((found[3] or "0").ljust(2, "0"))
    return check_amount(-cents if found[1] else cents)


def check_amount(cents: int) -> int:
    """Return ``cents``; raise `AmountNotPositive` or `AmountAbsurd`."""
    if cents <= 0:
        raise AmountNotPositive(amount=euros(cents))
    if cents > AMOUNT_LIMIT:
        raise AmountAbsurd(amount=euros(cents), limit=euros(AMOUNT_LIMIT))
    return cents


def parse_percent(text: str) -> int:
    """Return the per mille of a rate such as ``5,5 %``, unchecked; raise `RateMalformed`."""
    found = _PERCENT.fullmatch(_SPACES.sub("", text).removesuffix("%"))
    if found is None:
        raise RateMalformed(text=_shown(text))
    per_mille = int(found[2]) * 10 + int(found[3] or 0)
    return -per_mille if found[1] else per_mille


def check_rate(per_mille: int, *, lowest: int = 0, highest: int = 1000) -> int:
    """Return ``per_mille``; raise `RateAbsurd` when it is outside of the bounds."""
    if not lowest <= per_mille <= highest:
        raise RateAbsurd(rate=percent(per_mille), lowest=percent(lowest), highest=percent(highest))
    return per_mille


def without_vat(cents: int, vat_per_mille: int) -> int:
    """Return what an amount that includes VAT is without it, rounded half up to the cent."""
    whole = 1000 + vat_per_mille
    return (2 * cents * 1000 + whole) // (2 * whole)


def euros(cents: int, language: str = "fr") -> str:
    """Return an amount as people of a language write it: ``12 345,60 €``."""
    return str(format_currency(Decimal(cents) / 100, "EUR", locale=language))


def whole_euros(cents: int, language: str = "fr") -> str:
    """Return an amount rounded half up to the euro: ``12 346 €``; for pictures, never for accounts."""
    pattern = "¤#,##0" if language == "en" else "#,##0\u00a0¤"
    return str(format_currency((cents + 50) // 100, "EUR", format=pattern, locale=language, currency_digits=False))


def percent(per_mille: int, language: str = "fr") -> str:
    """Return a rate in percent, without the sign: ``5,5``."""
    return str(format_decimal(Decimal(per_mille) / 10, locale=language))


def decimal_comma(cents: int) -> str:
    """Return an amount as a French spreadsheet reads a number: ``12345,60``."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100},{abs(cents) % 100:02d}"


def _shown(text: str) -> str:
    return "".join(character for character in text.strip() if character.isprintable())[:_SHOWN]
