"""A school's loans as a spreadsheet opens them; pure."""

from collections.abc import Iterable

from mdm.csv_writing import csv_table
from mdm.home.loans.loan import PART_NAMES, LoanView
from mdm.home.loans.states import STATE_NAMES
from mdm.i18n import N_, Translator

TITLES = (
    N_("Pupil"),
    N_("Class"),
    N_("Tablet"),
    N_("Serial number"),
    N_("State"),
    N_("Day of return"),
    N_("Overdue"),
    N_("What goes with it"),
)


def loans_csv(loans: Iterable[LoanView], words: Translator) -> bytes:
    """Return the file of a list of loans."""
    return csv_table([words(title) for title in TITLES], (_row(one, words) for one in loans))


def _row(one: LoanView, words: Translator) -> list[str]:
    return [
        one.pupil.shown_name if one.pupil is not None else "",
        one.class_name,
        one.tablet_name,
        one.serial or "",
        words(STATE_NAMES[one.loan.state]),
        one.loan.due_on.strftime("%d/%m/%Y"),
        words("yes") if one.overdue else words("no"),
        ", ".join(words(PART_NAMES[part]) for part in one.loan.parts),
    ]
