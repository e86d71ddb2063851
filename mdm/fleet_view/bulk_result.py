"""What came of an action on many tablets: those to which it could not be done, by the reason."""

from mdm.fleet_view.bulk import Hindered
from mdm.long_work.work import read_params
from mdm.store import Connection

_REASONS = 20


def reasons_of(conn: Connection, work_id: str) -> tuple[Hindered, ...]:
    """Return the reasons for which parts of long work failed, the most frequent first."""
    rows = conn.all(
        "SELECT message, params, COUNT(*) AS tablets, MIN(key) AS example FROM long_work_item"
        " WHERE work_id = :work_id AND state = 'failed' GROUP BY message, params"
        " ORDER BY tablets DESC, message, params LIMIT :limit",
        work_id=work_id,
        limit=_REASONS,
    )
    return tuple(
        Hindered(
            message=row["message"],
            params=read_params(row["params"]),
            tablets=int(row["tablets"]),
            examples=(row["example"],),
        )
        for row in rows
    )
