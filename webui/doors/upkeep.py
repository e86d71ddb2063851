"""What the doors forget by the clock; the rest is forgotten as their declarations of personal data say."""

from mdm.clock import Clock
from mdm.store import Database
from webui.doors import invitation_store


async def tidy_doors(database: Database, clock: Clock) -> None:
    """Forget for whom invitations were that nobody used in time."""
    now = clock.ms()
    await database.write(lambda conn: invitation_store.forget_labels(conn, now=now))
