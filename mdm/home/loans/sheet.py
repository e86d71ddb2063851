"""A school's loans as a spreadsheet opens them; pure. UTF-8 with its mark, ``;``, CR LF, and no formula."""

import csv
import io
from collections.abc import Iterable

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
_FORMULA_BEGINS = "=+-@|%\t\r\n＝＋－＠"


def loans_csv(loans: Iterable[LoanView], words: Translator) -> bytes:
    """Return the file of a list of loans."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([words(title) for title in TITLES])
    for one in loans:
        writer.writerow(
            [
                _harmless(one.pupil.shown_name if one.pupil is not None else ""),
                _harmless(one.class_name),
                _harmless(one.tablet_name),
                _harmless(one.serial or ""),
                words(STATE_NAMES[one.loan.state]),
                one.loan.due_on.strftime("%d/%m/%Y"),
                words("yes") if one.overdue else words("no"),
                ", ".join(words(PART_NAMES[part]) for part in one.loan.parts),
            ]
        )
    return out.getvalue().encode("utf-8-sig")


def _harmless(text: str) -> str:
    begun = text.lstrip(" \u00a0\u202f\ufeff")
    return f"'{text}" if begun and begun[0] in _FORMULA_BEGINS else text
