"""An action on one tablet, done at once: the same checks and the same deeds as for many."""

import msgspec

from mdm.errors import ValiseError
from mdm.fleet_view.bulk import KIND, Bulk, BulkSpec
from mdm.fleet_view.bulk_actions import ACTIONS, BulkAction, NotManaged, clean_argument, find_action
from mdm.fleet_view.bulk_checks import Checker
from mdm.long_work.service import LongWorks
from mdm.long_work.work import Part
from mdm.store import Connection, Database


class SingleOrders:
    """Tells what can be done to a tablet now, and does it."""

    def __init__(self, database: Database, works: LongWorks, bulk: Bulk) -> None:
        self._database = database
        self._works = works
        self._step = bulk.kind().step

    async def possible(self, tablet_id: str) -> list[BulkAction]:
        """Return the actions that need no other place and that nothing speaks against now."""

        def read(conn: Connection) -> list[BulkAction]:
            return [
                action
                for action in ACTIONS.values()
                if not action.needs and Checker(conn, action, "").reason(tablet_id) is None
            ]

        return await self._database.read(read)

    async def reason(self, action: BulkAction, tablet_id: str) -> ValiseError | None:
        """Return why an action cannot be done to a tablet now; None when it can."""
        return await self._database.read(lambda conn: Checker(conn, action, "").reason(tablet_id))

    async def carry_out(self, action_name: str, tablet_id: str, *, argument: str = "", actor: str) -> None:
        """Do it; raise why it cannot be done, `ActionUnknown` or `ActionArgumentWrong`."""
        action = find_action(action_name)
        given = clean_argument(action, argument)
        spec = msgspec.json.encode(BulkSpec(action=action.name, argument=given, able=1)).decode()
        work = self._works.new(KIND, [tablet_id], spec=spec, subject="fleet", actor=actor, draft=False)
        carry = await self._step(work, [Part(position=0, key=tablet_id)])

        def write(conn: Connection) -> None:
            reason = Checker(conn, action, given).reason(tablet_id)
            if reason is not None:
                raise reason
            if any(outcome.message for outcome in carry(conn)):
                raise NotManaged

        await self._database.write(write)
