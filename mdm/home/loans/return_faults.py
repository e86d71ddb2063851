"""Faults that a returned tablet's state shows, opened with the repairs' service; implements `loans.FaultDesk`."""

from mdm.home.loans.loan import Condition, Wear
from mdm.repairs.fault import FaultKind
from mdm.repairs.faults import Faults
from mdm.store import Connection


class ReturnFaults:
    """Opens one fault for each thing that is wrong."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def open_fault(self, conn: Connection, *, tablet_id: str, condition: Condition, actor: str) -> tuple[str, ...]:
        """Open the faults in the caller's transaction; a tablet that does not work is broken from then on."""
        return tuple(
            self._faults.report_in(
                conn,
                tablet_id,
                kind,
                words=condition.note,
                unusable=kind is FaultKind.START,
                actor=actor,
            ).fault_id
            for kind in kinds_of(condition)
        )


def kinds_of(condition: Condition) -> tuple[FaultKind, ...]:
    """Return what is wrong with a tablet in this state; pure."""
    found = []
    if condition.screen is Wear.DAMAGED:
        found.append(FaultKind.SCREEN)
    if condition.body is Wear.DAMAGED:
        found.append(FaultKind.CASE)
    if condition.missing:
        found.append(FaultKind.ACCESSORY)
    if not condition.works:
        found.append(FaultKind.START)
    return tuple(found)
