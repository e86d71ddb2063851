"""How faults look at the terminal."""

from mdm.cli.context import translate
from mdm.clock import from_ms
from mdm.i18n import Translator
from mdm.repairs.fault import KIND_NAMES, FaultLine, FaultPage, FaultView
from mdm.repairs.fault_states import EVENT_NAMES, STATE_NAMES

_SHORT = 8
"""The last digits of an identifier are enough to name a fault."""


def list_lines(words: Translator, page: FaultPage) -> tuple[list[str], list[list[str]]]:
    """Return the head and the rows of a list of faults."""
    head = [
        translate("FAULT"),
        translate("REPORTED"),
        translate("TABLET"),
        translate("SCHOOL"),
        translate("WHAT"),
        translate("STATE"),
    ]
    return head, [_row(words, line) for line in page.faults]


def view_lines(words: Translator, view: FaultView) -> list[str]:
    """Return a fault with its history, for a person."""
    fault, line = view.line.fault, view.line
    lines = [
        f"{fault.fault_id[-_SHORT:]}  {words(KIND_NAMES[fault.kind])}  ({words(STATE_NAMES[fault.state])})",
        f"{line.tablet_name}  {line.serial or '–'}  {line.model}  {line.school_name}".rstrip(),
    ]
    if fault.workshop or fault.workshop_reference:
        day = fault.sent_on.isoformat() if fault.sent_on else ""
        lines.append(" ".join(filter(None, (fault.workshop, fault.workshop_reference, day))))
    if view.warranty_until is not None:
        lines.append(translate("Warranty until {day}", day=view.warranty_until.isoformat()))
    for photo in view.photos:
        lines.append(translate("Photo: {hash}, {width} × {height}", hash=photo.hash, width=photo.width,
                               height=photo.height))  # fmt: skip
    lines += [
        f"{from_ms(one.at):%Y-%m-%d %H:%M}  {one.actor or '–'}  {one.event.value}  {one.words}".rstrip()
        for one in view.changes
    ]
    possible = "; ".join(words(EVENT_NAMES[event]) for event in view.possible)
    return [*lines, translate("Possible now: {possible}", possible=possible)] if possible else lines


def _row(words: Translator, line: FaultLine) -> list[str]:
    return [
        line.fault.fault_id[-_SHORT:],
        f"{from_ms(line.fault.reported_at):%Y-%m-%d}",
        line.tablet_name,
        line.school_name,
        words(KIND_NAMES[line.fault.kind]),
        words(STATE_NAMES[line.fault.state]),
    ]
