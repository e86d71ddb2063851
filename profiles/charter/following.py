"""What kits and schools follow: an edition, set with a seal. Whoever paces a rollout decides this, and nothing more."""

from mdm.clock import Clock
from mdm.commands import convergence_store
from mdm.journal import Detail, Journal
from mdm.store import Connection
from profiles.charter.agreed import AgreedEditions
from profiles.charter.edition_store import charter_row, set_current, set_followed
from profiles.charter.errors import EditionTooOld, NoCharter
from profiles.charter.seals import Seals


class Following:
    """Lets kits and schools follow editions, inside the caller's transaction."""

    def __init__(self, clock: Clock, journal: Journal, agreed: AgreedEditions, seals: Seals) -> None:
        self._clock = clock
        self._journal = journal
        self._agreed = agreed
        self._seals = seals

    def follow(
        self, conn: Connection, edition_id: str, *, kit_id: str | None = None, uai: str | None = None, actor: str
    ) -> int:
        """Let a kit, or a school's kits that follow none of their own, follow an edition; return the tablets concerned.

        Raises `EditionNotVerified`, or `EditionTooOld` for any but the newest edition, the one before it, and the
        territory's current one.
        """
        self._require_recent(conn, edition_id)
        if kit_id is not None:
            set_followed(conn, edition_id, self._seals.seal("kit", kit_id, edition_id), kit_id=kit_id)
        if uai is not None:
            set_followed(conn, edition_id, self._seals.seal("school", uai, edition_id), uai=uai)
        tablets = convergence_store.look_again(conn, kit_id=kit_id, uai=uai, now=self._clock.ms())
        subject = f"kit:{kit_id}" if kit_id is not None else f"school:{uai}"
        detail: Detail = {"edition": edition_id, "tablets": tablets}
        self._journal.record(conn, "edition_followed", actor=actor, subject=subject, detail=detail)
        if kit_id is not None:
            conn.publish("kit", kit_id)
        conn.publish("checks", "")
        return tablets

    def set_current(self, conn: Connection, edition_id: str, *, actor: str) -> None:
        """Make an edition the one that is followed where nothing else is said. Raises as `follow` does."""
        self._require_recent(conn, edition_id)
        set_current(conn, edition_id, self._seals.seal("charter", edition_id))
        convergence_store.look_again_at_followers(conn, now=self._clock.ms())
        self._journal.record(conn, "current_edition_set", actor=actor, subject=f"edition:{edition_id}")
        conn.publish("checks", "")

    def _require_recent(self, conn: Connection, edition_id: str) -> None:
        row = charter_row(conn)
        if row is None:
            raise NoCharter
        record = self._agreed.record(conn, edition_id)
        head = self._agreed.head(conn)
        if edition_id not in (row.current_id, head.edition_id, head.previous):
            raise EditionTooOld(number=record.number, newest=head.number)
