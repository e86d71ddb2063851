"""An inventory as a spreadsheet: what was scanned, and what was not seen; pure."""

from collections.abc import Iterable

from mdm.csv_writing import csv_table
from mdm.i18n import N_, Translator
from mdm.repairs.inventory.inventory import AWAY_NAMES, MISSING_NAME, VERDICT_NAMES, Scan, Unseen
from mdm.repairs.sheet import day, time

TITLES = (
    N_("Result"),
    N_("School"),
    N_("Kit"),
    N_("Place number"),
    N_("Serial number"),
    N_("Model"),
    N_("Scanned code"),
    N_("Scanned at"),
    N_("Declared lost on"),
)


def inventory_csv(scans: Iterable[Scan], unseen: Iterable[Unseen], school_name: str, words: Translator) -> bytes:
    """Return the file; ``school_name``: of the school that was counted."""

    def rows() -> Iterable[list[str]]:
        for one in unseen:
            yield [
                words(AWAY_NAMES.get(one.tablet_state, MISSING_NAME)),
                school_name,
                one.kit_name,
                str(one.slot_number),
                one.serial or "",
                one.model,
                "",
                "",
                day(one.lost_at),
            ]
        for scan in scans:
            yield [
                words(VERDICT_NAMES[scan.verdict]),
                scan.school_name,
                scan.kit_name,
                "" if scan.slot_number is None else str(scan.slot_number),
                scan.serial or "",
                scan.model,
                scan.code,
                time(scan.at),
                "",
            ]

    return csv_table([words(title) for title in TITLES], rows())
