"""What a kit or a school follows, set by hand and at once: only where no rollout would be gone past."""

from mdm.store import Connection
from profiles.charter.edition_store import edition_row
from profiles.charter.following import Following
from profiles.rollouts import rollout_store
from profiles.rollouts.errors import RolloutGonePast
from profiles.rollouts.rollout import STATE_NAMES


class FollowingByHand:
    """Lets kits and schools follow editions without waves and gates, inside the caller's transaction.

    A rollout that is planned or under way has promised the committee an order and a stop at the first trouble: what it
    concerns waits for its end.
    """

    def __init__(self, following: Following) -> None:
        self._following = following

    def follow(
        self, conn: Connection, edition_id: str, *, kit_id: str | None = None, uai: str | None = None, actor: str
    ) -> int:
        """Let a kit, or a school's kits that follow none of their own, follow an edition; return the tablets concerned.

        Raises `RolloutGonePast`, or what `Following.follow` raises.
        """
        _require_no_rollout(conn, kit_id=kit_id, uai=uai)
        return self._following.follow(conn, edition_id, kit_id=kit_id, uai=uai, actor=actor)

    def set_current(self, conn: Connection, edition_id: str, *, actor: str) -> None:
        """Make an edition the one that is followed where nothing else is said. Raises as `follow` does."""
        _require_no_rollout(conn)
        self._following.set_current(conn, edition_id, actor=actor)


def _require_no_rollout(conn: Connection, *, kit_id: str | None = None, uai: str | None = None) -> None:
    for found in rollout_store.open_rollouts(conn):
        rollout = rollout_store.hold_rollout(conn, found.rollout_id)
        if rollout is None or rollout.is_over:
            continue
        everybody = kit_id is None and uai is None
        if everybody or rollout_store.concerns(conn, rollout, kit_id=kit_id, uai=uai):
            edition = edition_row(conn, rollout.edition_id)
            raise RolloutGonePast(number=edition.number if edition else 0, state=STATE_NAMES[rollout.state])
