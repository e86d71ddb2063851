"""Faults as a spreadsheet: one line each, without what people wrote and who they are; pure."""

from collections.abc import Iterable

from mdm.csv_writing import csv_table
from mdm.i18n import N_, Translator
from mdm.repairs.fault import KIND_NAMES, FaultLine
from mdm.repairs.fault_states import STATE_NAMES
from mdm.repairs.sheet import amount, day

TITLES = (
    N_("Reported on"),
    N_("School code (UAI)"),
    N_("School"),
    N_("Kit"),
    N_("Place number"),
    N_("Serial number"),
    N_("Model"),
    N_("Fault"),
    N_("State"),
    N_("Outcome"),
    N_("Cannot be used"),
    N_("Reports"),
    N_("Photos"),
    N_("Workshop"),
    N_("Workshop's reference"),
    N_("Sent on"),
    N_("Quote, with VAT"),
    N_("Replaced on"),
    N_("Settled on"),
    N_("Closed on"),
    N_("Fault's identifier"),
)


def faults_csv(lines: Iterable[FaultLine], words: Translator) -> bytes:
    """Return the file."""
    return csv_table([words(title) for title in TITLES], (_row(line, words) for line in lines))


def _row(line: FaultLine, words: Translator) -> list[str]:
    fault = line.fault
    return [
        day(fault.reported_at),
        fault.uai or "",
        line.school_name,
        line.kit_name,
        "" if fault.slot_number is None else str(fault.slot_number),
        line.serial or "",
        line.model,
        words(KIND_NAMES[fault.kind]),
        words(STATE_NAMES[fault.state]),
        words(STATE_NAMES[fault.outcome]) if fault.outcome else "",
        words("yes") if fault.unusable else words("no"),
        str(fault.reports),
        str(line.photos),
        fault.workshop,
        fault.workshop_reference,
        "" if fault.sent_on is None else fault.sent_on.strftime("%d/%m/%Y"),
        amount(fault.quote_cents),
        day(fault.replaced_at),
        day(fault.settled_at),
        day(fault.closed_at),
        fault.fault_id,
    ]
