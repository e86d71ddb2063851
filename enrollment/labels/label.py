"""What is on a kit's labels: the slot, and a code, to enrol a tablet or only to count it."""

from collections.abc import Sequence

import msgspec

from enrollment.kit_codes import KitCode
from mdm.fleet.kit import KitView

_SHORT = 12
"""The last digits of a kit's identifier are random: 48 bits tell a territory's kits apart."""


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """One slot's label. ``code`` is what its QR code holds: a secret, or an inventory code.

    ``expires_at``: until when the code enrols a tablet, in milliseconds; None for an inventory code.
    """

    number: int
    slot: str
    school: str
    code: str
    expires_at: int | None = None

    @property
    def digits(self) -> str:
        """The number, as in the slot's name."""
        return f"{self.number:02d}"


def inventory_code(kit_id: str, number: int) -> str:
    """Return the code of a slot for inventory: it opens nothing, and stays the same: ``valise:9f0c12ab34cd/7``."""
    return f"valise:{kit_id[-_SHORT:]}/{number}"


def enrolment_labels(view: KitView, codes: Sequence[KitCode]) -> list[Label]:
    """Return the labels of a kit's slots that have a code, with it."""
    by_number = {code.slot_number: code for code in codes}
    return [
        Label(
            number=slot.number,
            slot=slot.name,
            school=view.school.name,
            code=by_number[slot.number].address,
            expires_at=by_number[slot.number].expires_at,
        )
        for slot in view.slots
        if slot.number in by_number
    ]


def inventory_labels(view: KitView) -> list[Label]:
    """Return the labels of a kit's slots, with codes that are no secret."""
    return [
        Label(
            number=slot.number,
            slot=slot.name,
            school=view.school.name,
            code=inventory_code(view.kit.kit_id, slot.number),
        )
        for slot in view.slots
    ]
