"""How days, moments and amounts stand in a French spreadsheet; pure."""

from mdm.clock import from_ms
from mdm.repairs.warranties import ZONE


def day(moment: int | None) -> str:
    """Return the day of a moment in milliseconds as ``31/03/2026``; empty for none."""
    return "" if moment is None else from_ms(moment).astimezone(ZONE).strftime("%d/%m/%Y")


def time(moment: int) -> str:
    """Return a moment in milliseconds as ``31/03/2026 14:05``."""
    return from_ms(moment).astimezone(ZONE).strftime("%d/%m/%Y %H:%M")


def amount(cents: int | None) -> str:
    """Return cents, none of them negative, as a French spreadsheet reads a number: ``12345,60``; empty for none."""
    return "" if cents is None else f"{cents // 100},{cents % 100:02d}"
