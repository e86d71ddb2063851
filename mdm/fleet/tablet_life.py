"""What happens to a tablet: one event, its new state, and the journal's entry, in one transaction."""

import structlog

from mdm.fleet import lost_store
from mdm.fleet.glance_store import refresh_glance
from mdm.fleet.kit_store import fill_slot, hold_slot, mark_joining, slot_of_tablet
from mdm.fleet.states import TabletEvent, TabletState, move
from mdm.fleet.tablet_index import index_tablets
from mdm.fleet.tablet_store import hold_tablet, require_tablet
from mdm.journal import Journal
from mdm.store import Connection

log = structlog.get_logger()

_BACK_AS_IT_IS = (TabletEvent.GIVE_BACK, TabletEvent.FIND, TabletEvent.REPAIR)


def change_state(
    conn: Connection, journal: Journal, *, tablet_id: str, event: TabletEvent, actor: str, now: int
) -> TabletState:
    """Let ``event`` happen to a tablet and return the state that follows; a state that stays is written nowhere.

    A tablet that comes back as it is (given back, found, repaired) is at once what its convergence says: ``ready``,
    ``enrolled``, or ``new`` when it is not managed any more. A tablet that is enrolled joins no more; a retired one
    leaves its slot. Raises `TransitionRefused` or `TabletUnknown`.
    """
    after = _happen(conn, journal, tablet_id, event, actor, now)
    if event in _BACK_AS_IT_IS:
        after = _happen(conn, journal, tablet_id, _convergence(conn, tablet_id), actor, now)
    return after


def _happen(
    conn: Connection, journal: Journal, tablet_id: str, event: TabletEvent, actor: str, now: int
) -> TabletState:
    before = require_tablet(conn, tablet_id).state
    if move(before, event) is not before:
        before = hold_tablet(conn, tablet_id).state
    after = move(before, event)
    if after is not before:
        conn.run(
            "UPDATE tablet SET state = :state, state_since = :now WHERE tablet_id = :tablet_id",
            state=after.value,
            now=now,
            tablet_id=tablet_id,
        )
        journal.record(
            conn,
            "tablet_state",
            actor=actor,
            subject=f"tablet:{tablet_id}",
            detail={"event": event.value, "from": before.value, "to": after.value},
        )
        if after is TabletState.LOST:
            lost_store.begin_search(conn, tablet_id, now=now)
        elif before is TabletState.LOST:
            lost_store.end_search(conn, tablet_id, event, now=now)
        refresh_glance(conn, [tablet_id])
        conn.publish("tablet", tablet_id)
        log.info("tablet_state", tablet=tablet_id, state=after.value, trigger=event.value)
    _show_in_slot(conn, tablet_id, event, changed=after is not before)
    return after


def _convergence(conn: Connection, tablet_id: str) -> TabletEvent:
    row = conn.one("SELECT converged_at FROM convergence WHERE tablet_id = :tablet_id", tablet_id=tablet_id)
    if row is None:
        return TabletEvent.UNENROL
    return TabletEvent.DIVERGE if row["converged_at"] is None else TabletEvent.CONVERGE


def _show_in_slot(conn: Connection, tablet_id: str, event: TabletEvent, *, changed: bool) -> None:
    if not changed and event is not TabletEvent.ENROL:
        return
    slot = slot_of_tablet(conn, tablet_id)
    if slot is None:
        return
    if event is TabletEvent.RETIRE:
        fill_slot(conn, hold_slot(conn, slot.kit_id, slot.number), None)
        index_tablets(conn, [tablet_id])
    elif event is TabletEvent.ENROL:
        mark_joining(conn, slot.kit_id, slot.number, None)
    else:
        conn.publish("kit", slot.kit_id)
