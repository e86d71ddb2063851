"""The label on a tablet's back: ``valise:9f0c12ab34cd/7``, the end of its kit's identifier and its place's number."""

import re

import msgspec

from mdm.fleet.kit import Slot
from mdm.home.loans.errors import LabelMalformed, LabelUnknown
from mdm.store import Connection

_LABEL = re.compile(r"valise:([0-9a-f]{12})/([1-9][0-9]{0,2})")


class ScannedSlot(msgspec.Struct, frozen=True, kw_only=True):
    """The place of a label, with the school of its kit."""

    slot: Slot
    uai: str


def parse_label(text: str) -> tuple[str, int]:
    """Return the end of the kit's identifier and the place's number; raise `LabelMalformed`."""
    found = _LABEL.fullmatch("".join(text[:100].split()).lower())
    if found is None:
        raise LabelMalformed
    return found[1], int(found[2])


def slot_of_label(conn: Connection, text: str) -> ScannedSlot:
    """Return the place that a label is of; raise `LabelMalformed` or `LabelUnknown`."""
    short, number = parse_label(text)
    rows = conn.all(
        "SELECT slot.kit_id, slot.number, slot.name, slot.tablet_id, slot.joining_since, kit.uai FROM slot"
        " JOIN kit ON kit.kit_id = slot.kit_id WHERE substr(slot.kit_id, 21) = :short AND slot.number = :number",
        short=short,
        number=number,
    )
    if len(rows) != 1:
        raise LabelUnknown
    row = dict(rows[0])
    uai = row.pop("uai")
    return ScannedSlot(slot=Slot(**row), uai=uai)
