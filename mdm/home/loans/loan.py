"""Loans as they are stored and shown."""

import unicodedata
from datetime import date
from enum import StrEnum

import msgspec

from mdm.home.loans.errors import NoteTooLong
from mdm.home.loans.states import LoanState
from mdm.home.loans.terms import LoanTerms
from mdm.home.pupils.pupil import Pupil
from mdm.i18n import N_

NOTE_LIMIT = 300
"""Characters of a note about a tablet's state."""


class Part(StrEnum):
    """What goes with a tablet."""

    CHARGER = "charger"
    CABLE = "cable"
    CASE = "case"
    KEYBOARD = "keyboard"
    STYLUS = "stylus"
    HEADPHONES = "headphones"


PART_NAMES: dict[Part, str] = {
    Part.CHARGER: N_("charger"),
    Part.CABLE: N_("cable"),
    Part.CASE: N_("protective case"),
    Part.KEYBOARD: N_("keyboard"),
    Part.STYLUS: N_("stylus"),
    Part.HEADPHONES: N_("headphones"),
}
USUAL_PARTS = (Part.CHARGER, Part.CABLE, Part.CASE)


class Wear(StrEnum):
    """How something looks."""

    GOOD = "good"
    WORN = "worn"
    DAMAGED = "damaged"


WEAR_NAMES: dict[Wear, str] = {
    Wear.GOOD: N_("in good condition"),
    Wear.WORN: N_("worn, with scratches"),
    Wear.DAMAGED: N_("damaged"),
}


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """A tablet's state as two people saw it; ``note`` is about the tablet, never about persons."""

    screen: Wear = Wear.GOOD
    body: Wear = Wear.GOOD
    works: bool = True
    missing: tuple[Part, ...] = ()
    note: str = ""

    @property
    def at_fault(self) -> bool:
        """Tell whether something has to be repaired or found."""
        return Wear.DAMAGED in (self.screen, self.body) or not self.works or bool(self.missing)


class Moment(StrEnum):
    """When a photo was taken."""

    HANDED = "handed"
    RETURNED = "returned"


class Way(StrEnum):
    """How a guardian said yes."""

    PHONE = "phone"
    PAPER = "paper"


class Loan(msgspec.Struct, frozen=True, kw_only=True):
    """A loan. ``pupil_id`` is None once the pupil's data are erased; ``closed_at``: when it was over. Times in ms."""

    loan_id: str
    tablet_id: str
    kit_id: str
    slot_number: int
    uai: str
    pupil_id: str | None
    state: LoanState
    terms_digest: str
    due_on: date
    parts: tuple[Part, ...]
    prepared_at: int
    handed_at: int | None
    handed: Condition | None
    closed_at: int | None
    returned: Condition | None

    def overdue(self, today: date) -> bool:
        """Tell whether the planned day is over and the family has the tablet."""
        return self.state is LoanState.HANDED_OVER and self.due_on < today


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """A guardian's yes, with the day on which it was given."""

    guardian_id: str
    label: str
    way: Way
    insured: bool
    accepted_on: date
    terms_digest: str


class LoanView(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a school's lists. ``trained``: a guardian has done the training; ``accepted``: how many said yes."""

    loan: Loan
    pupil: Pupil | None
    class_name: str
    tablet_name: str
    serial: str | None
    overdue: bool
    trained: bool
    accepted: int

    @property
    def pupil_left(self) -> bool:
        """Tell whether the pupil is in no school here any more, and still has the tablet."""
        return self.pupil is not None and self.pupil.left_at is not None


class LoanDetail(msgspec.Struct, frozen=True, kw_only=True):
    """All that a loan's page shows. ``photos``: hashes of the photo store, by moment."""

    view: LoanView
    terms: LoanTerms
    acceptances: tuple[Acceptance, ...]
    photos: dict[Moment, tuple[str, ...]]


class LoanPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a list of loans; ``next`` asks for the following part, and is empty after the last."""

    loans: tuple[LoanView, ...]
    next: str


class LoanCounts(msgspec.Struct, frozen=True, kw_only=True):
    """A school's loans in numbers. ``waiting``: prepared; ``to_hand_over``: accepted; ``out`` includes ``overdue``."""

    uai: str
    waiting: int = 0
    to_hand_over: int = 0
    out: int = 0
    overdue: int = 0
    lost: int = 0


def clean_note(text: str) -> str:
    """Return a note without control characters, its blanks made single; raise `NoteTooLong`."""
    note = unicodedata.normalize("NFC", " ".join(text.split()))
    note = "".join(character for character in note if character.isprintable())
    if len(note) > NOTE_LIMIT:
        raise NoteTooLong(length=len(note), limit=NOTE_LIMIT)
    return note
