"""What is lent or taken back is looked at at once, so that the tablet gets its rules without waiting."""

from mdm.clock import ManualClock
from mdm.home.loans.loan import Condition
from mdm.store import Connection
from tests.webui.conftest import make_site
from tests.webui.home.conftest import Families, families

__all__ = ["families", "make_site"]


async def test_lending_and_taking_back_hasten_the_tablets_mode(families: Families, clock: ManualClock) -> None:
    def due(conn: Connection) -> int | None:
        row = conn.one("SELECT due_at FROM tablet_mode WHERE tablet_id = :id", id=families.tablets[0])
        return row["due_at"] if row else None

    assert await families.database.read(due) is None
    loan = await families.lend()
    assert await families.database.read(due) == clock.ms()
    await families.database.write(lambda conn: conn.run("UPDATE tablet_mode SET due_at = NULL"))
    await families.home.loans.take_back(loan.loan_id, Condition(), actor="account:directrice")
    assert await families.database.read(due) == clock.ms()
