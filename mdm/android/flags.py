"""Orders that are a flag in the configuration until the tablet confirms: erase, restart, a new password.

Each is a delivery of the queue; the flag is cleared in the transaction that answers the confirmation, so that a tablet
never does it twice. Source: the agent's ``helper/ConfigUpdater.java``.
"""

from typing import Any

from mdm.commands import queue
from mdm.store import Connection
from mdm.vault import Vault

FACTORY_RESET, REBOOT, PASSWORD_RESET = "factoryReset", "reboot", "passwordReset"
FLAGS = (FACTORY_RESET, REBOOT, PASSWORD_RESET)
PASSWORD_PURPOSE = "android.password_reset"  # noqa: S105
EXPIRE_MS = 7 * 24 * 3600 * 1000
"""A tablet that was away for longer is not erased or restarted by surprise."""
REPEATED_MS = 60_000
"""Within this, a confirmation that comes again is the same one: its answer was lost on the way."""


def flag_fields(conn: Connection, vault: Vault, tablet_id: str) -> dict[str, Any]:
    """Return the flags that wait for a tablet, as the configuration's fields."""
    found: dict[str, Any] = {}
    for one in queue.open_deliveries(conn, tablet_id):
        if one.request_type == PASSWORD_RESET:
            found[PASSWORD_RESET] = vault.open(queue.command_body(conn, one.command_id), PASSWORD_PURPOSE).decode()
        elif one.request_type in FLAGS:
            found[one.request_type] = True
    return found


def confirm(conn: Connection, tablet_id: str, flag: str, *, able: bool, now: int) -> bool:
    """End the waiting order ``flag``, done or (not ``able``) refused by the tablet; tell whether there was one.

    The same confirmation within a minute is told the same.
    """
    changed = conn.run(
        "UPDATE delivery SET state = :state, answered_at = :now WHERE tablet_id = :tablet_id"
        " AND state IN ('queued', 'sent')"
        " AND command_id IN (SELECT command_id FROM command WHERE request_type = :flag)",
        state="acknowledged" if able else "error",
        now=now,
        tablet_id=tablet_id,
        flag=flag,
    )
    return bool(changed) or _confirmed_just_now(conn, tablet_id, flag, now)


def expire(conn: Connection, *, now: int) -> int:
    """Withdraw flags that waited too long; return how many."""
    expired = 0
    for flag in FLAGS:
        expired += conn.run(
            "UPDATE delivery SET state = 'cancelled', answered_at = :now WHERE state IN ('queued', 'sent')"
            " AND command_id IN (SELECT command_id FROM command WHERE request_type = :flag AND created_at < :before)",
            now=now,
            flag=flag,
            before=now - EXPIRE_MS,
        )
    return expired


def _confirmed_just_now(conn: Connection, tablet_id: str, flag: str, now: int) -> bool:
    row = conn.one(
        "SELECT MAX(d.answered_at) AS at FROM delivery d JOIN command c ON c.command_id = d.command_id"
        " WHERE d.tablet_id = :tablet_id AND c.request_type = :flag AND d.state = 'acknowledged'",
        tablet_id=tablet_id,
        flag=flag,
    )
    return row is not None and row["at"] is not None and now - int(row["at"]) <= REPEATED_MS
