"""Licences as rollouts and technicians ask for them: what is missing, and what should be assigned.

Nothing here speaks with Apple: it reads the last count and writes wishes, which `LicenceWorker` carries out.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from mdm.clock import Clock
from mdm.journal import Journal
from mdm.store import Connection
from profiles.licences import licence_store, location_store, wish_store
from profiles.licences.licence_store import Usage
from profiles.licences.shortage import Shortage, by_location, missing_licences
from profiles.licences.wish_store import WishView

_NOTHING: Mapping[int, str] = {}


class Licences:
    """Every method runs inside the caller's transaction.

    ``enabled``: this server manages licences; where it does not, none is ever missing, and nothing is wished.
    """

    def __init__(self, clock: Clock, journal: Journal, *, enabled: bool) -> None:
        self._clock = clock
        self._journal = journal
        self._enabled = enabled

    def missing(
        self, conn: Connection, wanted: Mapping[int, Collection[str]], *, names: Mapping[int, str] = _NOTHING
    ) -> tuple[Shortage, ...]:
        """Return the apps of which too few licences are free, by the last count.

        ``wanted``: for each App Store number the tablets (identifiers) that should have the app; those that have a
        licence, and those that are no iPads, need none. Licences that were promised to other tablets are not free.
        ``names``: what to call the apps.
        """
        if not self._enabled or not wanted:
            return ()
        own = wish_store.ipads(conn)
        known = {**licence_store.app_names(conn), **names}
        locations = location_store.locations(conn)
        schools = set(location_store.own_locations(conn).values())
        counts = licence_store.counts(conn)
        counted_at = (
            None
            if not locations or any(one.counted_at is None for one in locations)
            else min(one.counted_at for one in locations if one.counted_at is not None)
        )
        found = []
        for store_id, tablets in wanted.items():
            ipads = {one for one in tablets if one in own}
            needing = ipads - licence_store.holders(conn, store_id)
            promised = {one: at for one, at in wish_store.promised(conn, store_id).items() if one not in ipads}
            free: dict[str | None, int | None] = {}
            for count in counts:
                if count.store_id == store_id:
                    where = count.location_id if count.location_id in schools else None
                    before = free.get(where, 0)
                    more = None if count.unlimited else max(0, count.available)
                    free[where] = None if before is None or more is None else before + more
            more_needed = missing_licences(by_location(needing, own), by_location(promised, promised), free)
            if more_needed:
                found.append(
                    Shortage(
                        store_id=store_id,
                        name=known.get(store_id, ""),
                        needed=len(needing),
                        more=more_needed,
                        counted_at=counted_at,
                    )
                )
        return tuple(found)

    def assign(
        self,
        conn: Connection,
        tablet_ids: Iterable[str],
        store_ids: Iterable[int],
        *,
        names: Mapping[int, str] = _NOTHING,
        actor: str = "system",
    ) -> int:
        """Wish that each of these tablets has a licence of each of these apps; return how many wishes are new.

        Tablets that are no iPads, or retired, are left out. ``names``: what to call the apps in lists.
        """
        if not self._enabled:
            return 0
        licence_store.name_apps(conn, names)
        return self._wish(conn, tablet_ids, store_ids, actor, wanted=True)

    def give_back(
        self, conn: Connection, tablet_ids: Iterable[str], store_ids: Iterable[int], *, actor: str = "system"
    ) -> int:
        """Wish that these tablets give back their licences of these apps; return how many wishes are new.

        A licence that a tablet has without anybody's wish is given back too. What a retired tablet has is given back
        without being asked for.
        """
        if not self._enabled:
            return 0
        return self._wish(conn, tablet_ids, store_ids, actor, wanted=False)

    def usages(self, conn: Connection) -> Sequence[Usage]:
        """Return what each location owns and how much of it is used, by the last count."""
        return licence_store.usages(conn)

    def wishes(self, conn: Connection, *, undone: bool, limit: int = 1000) -> Sequence[WishView]:
        """Return wishes, the newest first; with ``undone`` those alone that are not done."""
        return wish_store.list_wishes(conn, undone=undone, limit=limit)

    def _wish(
        self, conn: Connection, tablet_ids: Iterable[str], store_ids: Iterable[int], actor: str, *, wanted: bool
    ) -> int:
        tablets, apps = sorted(set(tablet_ids)), sorted(set(store_ids))
        keys = [(tablet_id, store_id) for tablet_id in tablets for store_id in apps]
        new = wish_store.wish(conn, keys, wanted=wanted, now=self._clock.ms(), actor=actor)
        if new:
            self._journal.record(
                conn,
                "licences_wished" if wanted else "licences_unwished",
                actor=actor,
                subject="licences",
                detail={"apps": apps, "tablets": len(tablets), "new": new},
            )
            conn.publish("licences", "")
        return new
