"""What a tablet's getting lost and its being found do to its search, in the transaction that changes its state.

Whatever takes a tablet out of the state ``lost`` comes by here, so that no position outlives it.
"""

from mdm.fleet.states import TabletEvent
from mdm.ids import id_at
from mdm.store import Connection

LOOKED_AT = "lost"
"""The topic on which it is told that a search is due; its key is the tablet."""

_FRESH = frozenset({TabletEvent.ENROL, TabletEvent.FIND_WIPED})
"""The tablet was erased meanwhile: its screen is free."""


def begin_search(conn: Connection, tablet_id: str, *, now: int) -> None:
    """Begin the search of a tablet that was declared lost; one that runs already goes on."""
    conn.run(
        "INSERT INTO lost_search (search_id, tablet_id, loan_id, state, declared_at, due_at)"
        " VALUES (:search_id, :tablet_id, (SELECT loan.loan_id FROM loan WHERE loan.tablet_id = :tablet_id"
        " AND loan.state IN ('handed_over', 'lost')), 'declared', :now, :now) ON CONFLICT DO NOTHING",
        search_id=id_at(now),
        tablet_id=tablet_id,
        now=now,
    )
    conn.publish(LOOKED_AT, tablet_id)


def end_search(conn: Connection, tablet_id: str, event: TabletEvent, *, now: int) -> None:
    """End a tablet's search: its position is erased, it is asked for no other, and its screen is to be unlocked.

    The screen of one that is given up for good stays locked.
    """
    withdraw_questions(conn, tablet_id, now=now)
    conn.run(
        "UPDATE lost_search SET state = 'ended', sealed_position = NULL, place_command = NULL, place_problem = NULL,"
        " ended_at = :now, ended_why = :why, due_at = :now, screen = CASE WHEN :fresh = 1 THEN 'free'"
        " WHEN :gone = 0 AND screen IN ('locking', 'locked') THEN 'to_unlock' ELSE screen END"
        " WHERE tablet_id = :tablet_id AND state <> 'ended'",
        tablet_id=tablet_id,
        why=event.value,
        fresh=int(event in _FRESH),
        gone=int(event is TabletEvent.RETIRE),
        now=now,
    )
    conn.publish(LOOKED_AT, tablet_id)


def withdraw_questions(conn: Connection, tablet_id: str, *, now: int) -> None:
    """Take back what asks a tablet where it is or lets it ring; an answer that is under way meets no question."""
    conn.run(
        "UPDATE delivery SET state = 'cancelled', answered_at = :now WHERE tablet_id = :tablet_id"
        " AND state IN ('queued', 'sent', 'not_now') AND command_id IN (SELECT command_id FROM command"
        " WHERE request_type IN ('DeviceLocation', 'PlayLostModeSound'))",
        tablet_id=tablet_id,
        now=now,
    )
