"""What the pages read themselves is the same on SQLite and on PostgreSQL."""

from datetime import UTC, date, datetime

from mdm.clock import ManualClock
from mdm.fleet.reach import Reach
from mdm.home.guardians.guardian_store import InvitationState
from mdm.home.loans.states import LoanState
from mdm.store import Connection, Database
from tests.home.guardians.conftest import _with_families
from tests.home.loans.conftest import Desk
from tests.home.pupils.families import BOURG, PINS
from webui.loans.family_store import families_of_class, free_tablets
from webui.loans.ground import loan_grounds, pupil_places
from webui.privacy.purge_store import last_purges
from webui.school.school_store import schools_reached

NOW = datetime(2026, 9, 15, 8, 0, tzinfo=UTC)


async def test_families_loans_and_places(any_database: Database) -> None:
    clock = ManualClock(NOW)
    desk = Desk(await _with_families(any_database, clock))
    await desk.build(tablets=2)
    town = desk.town
    loan = await desk.prepare(due_on=date(2027, 6, 25))
    await desk.train()
    classes = {one.name: one.class_id for one in (await town.pupils.school(BOURG)).classes}

    def read(conn: Connection) -> None:
        (lina,) = [
            one
            for class_id in classes.values()
            for one in families_of_class(conn, BOURG, class_id, now=clock.ms())
            if one.pupil_id == desk.lina
        ]
        assert (lina.loan_id, lina.loan_state) == (loan.loan_id, LoanState.PREPARED)
        assert [one.code for one in lina.guardians] == [InvitationState.USED, InvitationState.USED]
        assert lina.trained
        assert len(free_tablets(conn, BOURG)) == len(desk.tablets) - 1
        ground = loan_grounds(conn, BOURG)[loan.loan_id]
        assert ground.kit.kit_id == desk.kit.kit_id
        (place,) = pupil_places(conn, desk.lina)
        assert (place.uai, place.class_id) == (BOURG, ground.pupil.class_id)
        assert schools_reached(conn, Reach(schools=frozenset({PINS}))) == [PINS]
        assert last_purges(conn, limit=5) == []

    await any_database.read(read)
