"""What a camera reads or a person types in an inventory: a kit's label, or a serial number; pure.

A label holds ``valise:`` and the last 12 hex digits of the kit's identifier, ``/`` and the number of the place. Codes
that enrol tablets hold a secret: they are refused here, and never kept.
"""

import re

import msgspec

from mdm.repairs.inventory.errors import CodeEmpty, CodeOfEnrolment, LabelDamaged, NotACode

_PREFIX = "valise:"
_LABEL = re.compile(r"valise:([0-9a-f]{12})/([1-9][0-9]{0,3})", re.ASCII)
_SERIAL = re.compile(r"[A-Z0-9][A-Z0-9._-]{1,63}", re.ASCII | re.IGNORECASE)


class LabelCode(msgspec.Struct, frozen=True):
    """A label: the kit by the last digits of its identifier, and the number of the place."""

    kit: str
    number: int

    def __str__(self) -> str:
        return f"{_PREFIX}{self.kit}/{self.number}"


class SerialCode(msgspec.Struct, frozen=True):
    """A serial number as it was scanned or typed, without spaces; its text is in capitals."""

    typed: str

    def __str__(self) -> str:
        return self.typed.upper()

    @property
    def spellings(self) -> tuple[str, ...]:
        """The serial numbers that may be meant, the likeliest first.

        The barcode on a box has an S before the number (ANSI MH10.8.2, data identifier S).
        """
        found = [self.typed, self.typed.upper()]
        if self.typed[0] in "sS":
            found += [one[1:] for one in found]
        return tuple(dict.fromkeys(found))


def parse_code(text: str) -> LabelCode | SerialCode:
    """Return what a scanned or typed text names; raise `CodeRefused`."""
    code = "".join(text.split())
    if not code:
        raise CodeEmpty
    lower = code.lower()
    if lower.startswith(_PREFIX):
        found = _LABEL.fullmatch(lower)
        if found is None:
            raise LabelDamaged
        return LabelCode(found[1], int(found[2]))
    if "://" in code or code[0] in "{<":
        raise CodeOfEnrolment
    if not _SERIAL.fullmatch(code):
        raise NotACode
    return SerialCode(code)
