"""How recently somebody proved who it is, where how one signs in is to be changed."""

from mdm.clock import Clock
from webui.doors.errors import ProveFirst
from webui.session_store import Session

FRESH_MS = 30 * 60 * 1000
"""How long after a sign-in one may change how one signs in."""


def require_fresh(session: Session, clock: Clock) -> None:
    """Raise `ProveFirst` when the person proved who it is too long ago to change how one signs in."""
    if session.owes == "confirm" or clock.ms() - session.proved_at > FRESH_MS:
        raise ProveFirst
