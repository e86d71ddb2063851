"""Another name for a kit: its places, its tablets and what is on their screens follow."""

from mdm.clock import Clock
from mdm.commands import convergence_store
from mdm.fleet import kit_store
from mdm.fleet.kit import Kit
from mdm.fleet.names import KIT_NAME_LIMIT, clean_name
from mdm.fleet.tablet_index import index_tablets
from mdm.journal import Journal
from mdm.store import Connection, Database


class KitNaming:
    """Renames kits."""

    def __init__(self, database: Database, clock: Clock, journal: Journal) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal

    async def rename(self, kit_id: str, name: str, *, actor: str) -> Kit:
        """Give a kit another name; its tablets are looked at again and take theirs from it, as their edition says.

        The name that it has already changes nothing. Raises `KitUnknown`, `NameInvalid` or `KitExists`.
        """
        wanted = clean_name(name, limit=KIT_NAME_LIMIT)
        return await self._database.write(lambda conn: self._rename(conn, kit_id, wanted, actor))

    def _rename(self, conn: Connection, kit_id: str, name: str, actor: str) -> Kit:
        before = kit_store.hold_kit(conn, kit_id)
        if before.name == name:
            return before
        kit, tablets = kit_store.rename_kit(conn, before, name)
        index_tablets(conn, tablets)
        convergence_store.look_again(conn, kit_id=kit_id, uai=None, now=self._clock.ms())
        self._journal.record(
            conn, "kit_renamed", actor=actor, subject=f"kit:{kit_id}", detail={"tablets": len(tablets)}
        )
        conn.publish("kit", kit_id)
        for tablet_id in tablets:
            conn.publish("tablet", tablet_id)
        conn.publish("checks", "")
        return kit
